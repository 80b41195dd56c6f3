"""What to do next, as one does it at a server: advice that names commands put into its words.

The functions that the commands call advise in the words of the commands, and so do their answers
over the API. A command that a server has by another name is told by that one, an option by the
input of the same name, and what only the machine itself can do is left to its administrator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from geo.text import say

_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "accounts add": ("“设管理员”（/setup）", "/setup"),
    "import": ("“导入图层”（/processes/import）", "the process /processes/import"),
    "coverage": ("“覆盖分析”（/processes/coverage）", "the process /processes/coverage"),
    "assess": ("“规范评定”（/processes/assess）", "the process /processes/assess"),
    "candidates": ("“候选点”（/processes/candidates）", "the process /processes/candidates"),
    "site": ("“选址”（/processes/site）", "the process /processes/site"),
    "norms list": ("/norms", "/norms"),
    "scenario list": ("/scenarios", "/scenarios"),
    "names search": ("/names/search", "/names/search"),
    "names audit": ("“地名体检”（/processes/names-audit）", "the process /processes/names-audit"),
    "names publish": ("“地名出版”（/processes/publish）", "the process /processes/publish"),
    "cases list": ("/cases", "/cases"),
    "cases edit": ("“修改案卷”", "the case's edit"),
    "cases document": ("“登记文件”", "the case's documents"),
    "cases read": ("“审定读音”", "the case's readings"),
    "cases check": ("“规则审查”", "the case's check"),
    "cases answer": ("“答复意见”", "the opinion's answer"),
    "cases choose": ("“选定名称”", "the case's choice"),
    "cases done": ("“完成任务”", "the task's completion"),
    "cases approve": ("“批准”", "the case's approval"),
    "cases code": ("“编定地名代码”", "the case's codes"),
    "cases undo": ("“撤回最后一步”", "the case's undo"),
    "cases act": ("“办一步”", "the case's actions"),
}
"""Commands that a server has too: what it calls them."""
_LAYERED: Final = r"import|template"
_DEEP: Final = r"names (?:signs|plan|link|borders|division)"
_VALUE: Final = (
    r"(?: (?:[^\s=，。；、]+=[^\s，。；、]+|[A-Z][A-Z0-9]*|\d[\d.,]*|文件|姓名|理由|…"
    r"|cgcs2000|admin))?"
)
_COMMAND: Final = re.compile(
    r"(?P<before> ?)(?:fuwuquan (?:"
    rf"(?P<layered>{_LAYERED}) [a-z_]+|(?P<deep>{_DEEP}) [a-z]+|(?P<name>[a-z]+(?: [a-z]+)?))"
    rf"(?: -f [a-z_]+| (?:FILE|NAME|文件)[\w.]*| 姓名| 案号| \d+(?:-\d+)*| \S+\.(?:toml|xlsx|gpkg)"
    rf"| --?[a-z][a-z0-9-]*{_VALUE}| …)*"
    r"|--(?P<option>[a-z][a-z0-9-]*)(?P<value> [\w.]*[a-z\d:][\w.,:]*)?)(?P<after> ?)",
    re.ASCII,
)
_OPTIONS: Final[Mapping[str, str]] = {"case": "of"}
"""Inputs that are called otherwise than the options."""
_LABELS: Final[Mapping[str, str]] = {
    "datum": "坐标基准", "add": "并入", "mapping": "列名对照", "sheet": "工作表",
}  # fmt: skip
"""What the forms of processes call an input."""
_ONE_WORD: Final = frozenset({
    "import", "template", "streets", "assess", "candidates", "coverage", "site", "backup",
    "restore", "move", "migrate", "init", "export", "suitability", "whatif", "jobs", "check",
    "layers", "demo", "serve", "plan",
})  # fmt: skip
"""Commands of one word: what follows in a sentence is no part of them."""


def at_a_server(text: str) -> str:
    """Return advice as one follows it over the API.

    Examples
    --------
    >>> at_a_server("请先导入：fuwuquan import compound 文件 --datum …")
    '请先导入：“导入图层”（/processes/import）'
    >>> at_a_server("补填用 fuwuquan cases edit 2026-0001 --set 理由=新建道路")
    '补填用“修改案卷”'
    >>> at_a_server("例如 --min-area 300。")
    '例如 min_area 300。'
    >>> at_a_server("请核对坐标和 --datum；理由写在 --note 里")
    '请核对坐标和“坐标基准”（datum）；理由写在“note”里'
    >>> at_a_server("请重新运行 fuwuquan streets。")
    '请重新运行 fuwuquan streets（由管理员在服务器上运行）。'
    """
    return _COMMAND.sub(_put, text) if "fuwuquan " in text or "--" in text else text


def all_at_a_server(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with the advice in every text of it put so."""
    if isinstance(told, str):
        return at_a_server(told)
    if isinstance(told, Mapping):
        return {key: all_at_a_server(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [all_at_a_server(value) for value in told]
    return told


def _put(match: re.Match[str]) -> str:
    """Return what stands for a command or an option, spaced as its language is."""
    before, after = match["before"], match["after"]
    if match["option"] is not None:
        name = _OPTIONS.get(match["option"], match["option"]).replace("-", "_")
        if match["value"]:
            return f"{before}{name}{match['value']}{after}"
        zh = f"“{_LABELS[name]}”（{name}）" if name in _LABELS else f"“{name}”"
        return say(zh, f"{before}{name}{after}")
    whole = match[0][len(before) : len(match[0]) - len(after)]
    name, rest = match["layered"] or match["name"] or "", ""
    first = name.partition(" ")[0]
    if match["name"] and first in _ONE_WORD and " " in name:  # the second is of the sentence
        at = len("fuwuquan ") + len(first)
        whole, rest, name = whole[:at], whole[at:], first
    if name in _TOLD:
        zh, en = _TOLD[name]
        spaced = zh if zh.startswith("“") else f"{before}{zh}{after}"
        return say(spaced + rest, f"{before}{en}{rest}{after}")
    return say(
        f"{before}{whole}（由管理员在服务器上运行）{rest}",
        f"{before}{whole} (run on the server by its administrator){rest}{after}",
    )
