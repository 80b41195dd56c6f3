"""Parts of the manual that are made from the program itself, so that they cannot fall behind it.

A page asks for a part by a line of its own: ``[[columns]]``, ``[[facility types]]`` or ``[[commands]]``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from geo import schema
from geo.text import Language, say, speak

ROOT = Path(__file__).resolve().parents[1]


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401
    """Replace every request for a generated part (called by MkDocs for each page)."""
    language: Language = "en" if page.file.src_uri.endswith(".en.md") else "zh"
    speak(language)
    for name, part in PARTS.items():
        request = f"[[{name}]]"
        if request in markdown:
            markdown = markdown.replace(request, part(language))
    return markdown


def columns(_: Language) -> str:
    """Return one table of columns a layer."""
    shared = {column.name for column in schema.layer("rescue_station").columns}
    parts = [_columns_table(schema.layer("elder_station"), shared, invert=False)]
    parts += [
        _columns_table(layer, shared if layer.facility else set(), invert=True)
        for layer in schema.layers().values()
    ]
    return "\n\n".join(filter(None, parts))


def _columns_table(layer: schema.LayerSchema, shared: set[str], *, invert: bool) -> str:
    wanted = [column for column in layer.columns if (column.name in shared) is not invert]
    if not wanted:
        return ""
    title = f"{layer.label} `{layer.name}`" if invert else say("各类设施共有", "All facilities")
    rows = [
        "|".join(
            (
                f"`{column.name}`",
                column.label + (say("（必填）", " (required)") if column.required else ""),
                column.type,
                column.unit,
                say(column.description_zh, column.description),
                "、".join((*column.synonyms, *(c.labels[0] for c in column.choices))),
            )
        )
        for column in wanted
    ]
    heading = say(
        "列|标题|类型|单位|说明|也认得的写法、可选值",
        "Column|Heading|Type|Unit|Meaning|Other headings, allowed values",
    )
    return "\n".join([f"## {title}\n", f"|{heading}|", "|---" * 6 + "|", *(f"|{r}|" for r in rows)])


def facility_types(_: Language) -> str:
    """Return the registry of facility types as a table."""
    heading = say(
        "类型|名称|也认得|默认分钟|服务对象", "Type|Name|Also known as|Minutes|Whom it serves"
    )
    rows = [
        f"|`{kind.name}`|{kind.label}|{'、'.join(kind.synonyms)}|{kind.minutes}|{kind.weight}|"
        for kind in schema.facility_types().values()
    ]
    return "\n".join([f"|{heading}|", "|---" * 5 + "|", *rows])


def commands(language: Language) -> str:
    """Return the help of every command, as the command itself prints it."""
    from api.cli import COMMANDS

    names = [name.rstrip("_") for name in COMMANDS]
    return "\n\n".join(f"## fuwuquan {n}\n\n```text\n{_help(n, language)}\n```" for n in names)


def _help(command: str, language: Language) -> str:
    script = "from api.cli import main; main()"
    environment = {**os.environ, "COLUMNS": "96", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", script, "--lang", language, command, "--help"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
    )
    return done.stdout.rstrip()


PARTS = {"columns": columns, "facility types": facility_types, "commands": commands}
