"""地名录, 地名志, 地名词典 and the forms of the gazetteer, as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import AREA_CODE, ON, TEXT, TEXTS, TRUTH, day_of
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.publish import IncompleteError

_KINDS: Final = [
    "gazetteer", "annals", "dictionary", "notice", "filing-form", "filing-report", "sign-sheet",
    "plate-card", "stone-card", "stone-table", "inspection",
]  # fmt: skip

PROCESS: Final = Process(
    id="publish",
    zh="地名出版",
    en="Publication of names",
    about_zh="地名录、地名志、地名词典，公告、备案、标志、门牌、界桩、联检文书；先报缺项，不含密。",
    about_en="Lists, annals, a dictionary and forms; missing fields first, secrets never.",
    inputs=(
        Input("kind", "种类", "kind", {"type": "string", "enum": _KINDS}, required=True),
        Input(
            "format",
            "格式",
            "format",
            {"type": "string", "enum": ["docx", "pdf", "xlsx"]},
            "xlsx 只用于地名录和界桩成果表。",
            "xlsx for lists and tables of stones only.",
            default="docx",
        ),
        Input(
            "order",
            "排列",
            "order",
            {"type": "string", "enum": ["pinyin", "strokes", "class", "code"]},
            "按拼音、笔画、类别或代码。",
            "How names are sorted.",
            default="pinyin",
        ),
        Input("title", "书名", "title", TEXT),
        Input("publisher", "单位", "publisher", TEXT, "编纂或发文单位。", "Who publishes it."),
        Input("area", "政区代码", "area", AREA_CODE),
        Input("of", "案卷或界线", "case or line", TEXT, "文书是哪一案、哪条界线的。", "Of forms."),
        Input("names", "名单", "names", TEXTS, "地名词典选收的名称或代码。", "Of a dictionary."),
        Input("census_words", "用普查原文", "census words", TRUTH, default=False),
        Input("draft", "样稿", "draft", TRUTH, "缺项也出。", "Though incomplete.", default=False),
        Input(
            "internal",
            "内部资料",
            "internal",
            TRUTH,
            "加上“内部”地名，位置概略；涉密的仍不收。",
            "Internal records too, their places coarse; never secret ones.",
            default=False,
        ),
        ON,
    ),
    shares={"publish": 0.95},
    module="api.work.publish",
    scope="publish",
    reads="names",
)  # fmt: skip


def _mended(error: IncompleteError) -> str:
    """Return what to do where fields are missing: the report is a file of the job."""
    listed = say(
        f"缺项逐条列在本任务的文件“{error.report.name}”里（files）；补齐后再出，或先看样稿（draft）。",
        f"Each is listed in the file {error.report.name} of this job (files); fill them in, or ask"
        " for a draft.",
    )
    if "roman" not in error.missing:
        return listed
    return listed + say(
        "没有疑问的拼音可以一次核定：fuwuquan names confirm --usable。",
        " Readings without doubt: fuwuquan names confirm --usable.",
    )


def run(task: Task) -> dict[str, Any]:
    """Build a publication or a form."""
    from api.work.steps import TaskSteps  # noqa: PLC0415
    from geo.gazetteer import Gazetteer, publish  # noqa: PLC0415

    inputs, steps = task.inputs, TaskSteps(task)
    wanted = publish.Wanted(
        day_of(inputs),
        order=inputs["order"],
        title=inputs["title"] or "",
        publisher=inputs["publisher"] or "",
        audience="departments" if inputs["internal"] else "public",
        area=inputs["area"] or "",
        of=inputs["of"] or "",
        names=tuple(inputs["names"] or ()),
        own_words=inputs["census_words"],
        draft=inputs["draft"],
    )
    file = task.workspace.output / f"{inputs['kind']}.{inputs['format']}"
    with steps("编制", "publish") as advance:
        book = Gazetteer.of(task.workspace)
        try:
            done = publish.publish(book, inputs["kind"], file, wanted, progress=advance)
        except publish.IncompleteError as error:
            raise DataError(error.message, hint=_mended(error)) from None
    return {
        "publication": done.kind.id,
        "records": done.records,
        "incomplete": done.incomplete,
        "missing": publish.counts(done.lacks, "required"),
        "wanting": publish.counts(done.lacks, "wanted"),
        "left_out": done.left_out,
        "withheld": done.withheld,
        "told": say("涉密内容不出版。", "Nothing secret is published."),
    }
