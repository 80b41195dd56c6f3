"""The commands: their help as they print it, the keys of their JSON, the ways they can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from _parts.tables import code, rows_of, table
from api.cli import COMMANDS
from geo.text import Language, say

_ROOT = Path(__file__).resolve().parents[2]


def names() -> tuple[str, ...]:
    """Return the commands as a user types them."""
    return tuple(name.rstrip("_") for name in COMMANDS)


def commands(language: Language) -> str:
    """Return the help of every command, as the command itself prints it."""
    return "\n\n".join(
        f"## fuwuquan {name}\n\n```text\n{text.strip()}\n```"
        for name, text in zip(names(), _help(language), strict=True)
    )


def json_keys(_: Language) -> str:
    """Return the keys of the JSON object of every command."""
    return "\n\n".join(_keys(name) for name in names())


def settings(_: Language) -> str:
    """Return what a workspace remembers by name."""
    headings = say("设置|记什么", "Setting|What it keeps").split("|")
    return table(headings, [(code(r["name"]), say(r["zh"], r["en"])) for r in rows_of("settings")])


def errors(_: Language) -> str:
    """Return the kinds of refusal."""
    headings = say("种类|意思|常见情形|怎么办", "Kind|Meaning|For example|What to do").split("|")
    rows = [
        (
            code(r["name"]),
            say(r["zh"], r["en"]),
            say(r["example_zh"], r["example_en"]),
            say(r["do_zh"], r["do_en"]),
        )
        for r in rows_of("errors")
    ]
    return table(headings, rows)


def _keys(command: str) -> str:
    headings = say("键|内容", "Key|Content").split("|")
    rows = [
        (code(row["key"]), say(row["zh"], row["en"]))
        for row in rows_of("json")
        if command in row["command"].split()
    ]
    return f"### fuwuquan {command} --json\n\n{table(headings, rows)}"


_SCRIPT = """
import sys
from typer.main import get_command
from api.cli import COMMANDS, application
from geo.text import speak

speak(sys.argv[1])
program = get_command(application())


def told(words, command):
    program.main([*words, "--help"], prog_name="fuwuquan", standalone_mode=False)
    for name, part in getattr(command, "commands", {}).items():
        print(flush=True)
        told([*words, name], part)


for name in (name.rstrip("_") for name in COMMANDS):
    told([name], program.commands[name])
    print(end="\\0", flush=True)
"""


@cache
def _help(language: Language) -> list[str]:
    """Return the help of every command; options get their words when first imported."""
    environment = {**os.environ, "COLUMNS": "96", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, language],
        check=True,
        capture_output=True,
        encoding="utf-8",
        cwd=_ROOT,
        env=environment,
    )
    return done.stdout.split("\0")[:-1]
