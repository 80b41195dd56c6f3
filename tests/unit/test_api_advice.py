"""Advice over the API: no command that a reader cannot run, no option that he cannot write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.advice import all_at_a_server, at_a_server
from geo.text import speak

ROOT = Path(__file__).parents[2]
CHINESE = re.compile("[\u4e00-\u9fff]")


def texts() -> Iterator[str]:
    """Yield every text of the library that names a command or an option."""
    for package in ("geo", "optimization"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "alembic" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    parts = [p.value if isinstance(p, ast.Constant) else "x" for p in node.values]
                    text = "".join(map(str, parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    text = node.value
                else:
                    continue
                if len(text) < 300 and re.search(r"fuwuquan [a-z]+ |(?<![-\w])--[a-z]", text):
                    yield text


def test_advice_of_the_library_is_put_into_the_words_of_a_server() -> None:
    for text in texts():
        speak("zh" if CHINESE.search(text) else "en")
        told = at_a_server(text)
        bare = re.sub(r"fuwuquan [^（(]*[（(](?:由管理员|run on the server)", "", told)
        assert not re.search(r"(?<![-\w])--[a-z]", bare), (text, told)
        if "fuwuquan " in bare:
            assert "refuses" in bare or "管理员" in told or "administrator" in told, (text, told)
    speak("zh")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("附材料用 fuwuquan cases document", "附材料用“登记文件”"),
        ("请先读入街路：fuwuquan streets 文件",
         "请先读入街路：fuwuquan streets 文件（由管理员在服务器上运行）"),
        ("请用 fuwuquan candidates -f elder_station 加 --min-area 重新查找。",
         "请用“候选点”（/processes/candidates）加“min_area”重新查找。"),
        ("用 --minutes 5,10", "用 minutes 5,10"),
        ("甲--乙", "甲--乙"),
    ],
)  # fmt: skip
def test_commands_and_options_have_their_own_words_at_a_server(text: str, told: str) -> None:
    assert at_a_server(text) == told
    assert all_at_a_server({"a": [text], "n": 1}) == {"a": [told], "n": 1}
