"""How a command's help is laid out: aligned and wrapped for Chinese and English alike."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from geo.text import say

_NEVER_FIRST = set("，。；：、！？）」』》”’％…,.;:!?)")
_INDENT = 2
_GAP = 2
_WIDEST = 100


def help_text(command: Any, context: Any) -> str:  # noqa: ANN401
    """Return the whole help of a command or group of commands.

    Parameters
    ----------
    command, context
        Typer's command and the context of its call (Typer does not export their types).
    """
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    parts = [say("用法：", "Usage: ") + _usage(command, context)]
    parts += ["\n".join(_wrap(text, width)) for text in (command.help, command.epilog) if text]
    children = [
        (name, child.help or "")
        for name in getattr(command, "list_commands", lambda _: ())(context)
        if (child := command.get_command(context, name)) and not child.hidden
    ]
    shown = [p for p in command.get_params(context) if not getattr(p, "hidden", False)]
    arguments = [_row(p) for p in shown if p.param_type_name == "argument"]
    options = [_row(p) for p in shown if p.param_type_name == "option"]
    sections = (
        (say("命令", "Commands"), children),
        (say("参数", "Arguments"), arguments),
        (say("选项", "Options"), options),
    )
    parts[2:2] = [_section(title, rows, width) for title, rows in sections if rows]
    return "\n\n".join(parts)


def display_width(text: str) -> int:
    """Return how many columns a text takes on a terminal: a wide character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _usage(command: Any, context: Any) -> str:  # noqa: ANN401
    arguments = [
        p.metavar or str(p.name).upper()
        for p in command.get_params(context)
        if p.param_type_name == "argument" and not getattr(p, "hidden", False)
    ]
    if hasattr(command, "list_commands"):
        arguments.append(say("命令 [参数]…", "COMMAND [ARGS]…"))
    return " ".join((context.command_path, say("[选项]", "[OPTIONS]"), *arguments))


def _row(parameter: Any) -> tuple[str, str]:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        name = parameter.metavar or str(parameter.name).upper()
    else:
        short_first = sorted(parameter.opts, key=len)
        name = ", ".join((*short_first, *parameter.secondary_opts))
        if not (parameter.is_flag or parameter.count):
            name += " " + (parameter.metavar or str(parameter.name).upper())
    return name, (parameter.help or "") + _note(parameter)


def _note(parameter: Any) -> str:  # noqa: ANN401
    if parameter.required:
        return say("（必填）", " [required]")
    shown = getattr(parameter, "show_default", False)
    if isinstance(shown, str):
        default = shown
    elif shown and parameter.default not in (None, "", (), []) and not callable(parameter.default):
        default = "" if isinstance(parameter.default, bool) else str(parameter.default)
    else:
        default = ""
    return say(f"（默认：{default}）", f" [default: {default}]") if default else ""


def _section(title: str, rows: Sequence[tuple[str, str]], width: int) -> str:
    left = min(max(display_width(name) for name, _ in rows), width // 3)
    indent = " " * (_INDENT + left + _GAP)
    lines = [title]
    for name, text in rows:
        wrapped = list(_wrap(text, width - len(indent))) or [""]
        padding = left + _GAP - display_width(name)
        if padding < _GAP:
            lines.append(" " * _INDENT + name)
        else:
            lines.append(" " * _INDENT + name + " " * padding + wrapped.pop(0))
        lines += [indent + line for line in wrapped]
    return "\n".join(line.rstrip() for line in lines)


def _wrap(text: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _pieces(text):
        if line and display_width(line + piece.rstrip()) > width and piece[0] not in _NEVER_FIRST:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where a line may end: after a space and beside every wide character."""
    word = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        if wide and word:
            yield word
            word = ""
        word += character
        if wide or character == " ":
            yield word
            word = ""
    if word:
        yield word
