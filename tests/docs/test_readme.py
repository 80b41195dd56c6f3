"""Whether the commands that the manual and both READMEs show are commands the program takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from api.cli import application
from geo import schema

ROOT = Path(__file__).parents[2]
WRITTEN = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]


_CALLED = r"""(?:^|(?<!\s-[a-z])\s|bin/|Scripts\\)fuwuquan (?!&&|"\$@)(.*)$"""


def _shown(path: Path) -> Iterator[list[str]]:
    """Yield the words behind ``fuwuquan`` of every command in code; a user may be called so too."""
    text = path.read_text("utf-8")
    blocks = re.findall(r"```(?:sh|powershell)\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(fuwuquan [^`]*)`", text)
    for line in lines:
        for found in re.finditer(_CALLED, line):
            yield [word for word in shlex.split(found[1], comments=True) if word]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_command_shown_exists_with_its_options(path: Path) -> None:
    commands = typer.main.get_command(application()).commands  # type: ignore[attr-defined]
    for words in _shown(path):
        rest = list(words)
        while rest and rest[0].startswith("--"):
            assert rest[0] in ("--lang", "--version", "--help", "--debug"), words
            rest = rest[2:] if rest[0] == "--lang" else rest[1:]
        if not rest:
            continue
        assert rest[0] in commands, words
        command, *behind = commands[rest[0]], *rest[1:]
        while behind and not behind[0].startswith("-") and hasattr(command, "commands"):
            parts = command.commands
            command = parts.get(behind.pop(0), parts.get("file"))  # a group may take a file's name
            assert command is not None, words
        known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
        options = {word for word in rest[1:] if word.startswith("-")}
        assert options - known - {"--lang", "--debug", "--help"} == set(), words


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_layer_and_facility_type_shown_is_known_by_that_name(path: Path) -> None:
    for words in _shown(path):
        if words[0] in ("import", "template") and words[1:] and words[1] not in ("层", "LAYER"):
            assert schema.layer(words[1])
        for option, value in pairwise(words):
            if option == "--facility":
                assert schema.facility_type(value)


def test_the_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [words[0] for words in _shown(ROOT / name)] for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese


def test_the_readmes_show_the_commands_of_a_whole_job() -> None:
    shown = {words[0] for words in _shown(ROOT / "README.md") if words}
    assert {"demo", "init", "import", "streets", "check", "coverage", "whatif"} <= shown
