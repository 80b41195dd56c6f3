"""What Typer itself would say, in the user's language: help and complaints about usage."""

from __future__ import annotations

import re
import sys
from typing import Any

import typer
import typer.core

from api.cli._console import complain
from api.cli._help import help_text
from geo.text import say

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""The base of every complaint about how a command was written (Typer does not export it)."""


_WANTED = {
    r"greater than or equal to (\S+)": "不小于 {0}",
    r"less than or equal to (\S+)": "不大于 {0}",
    r"greater than (\S+)": "大于 {0}",
    r"less than (\S+)": "小于 {0}",
    r"valid integer": "为整数",
    r"valid number": "为数字",
}
"""What the checker of values wants, in its words and in Chinese."""


_USAGE = {
    r"No such command '(.+?)'\.?(?: .*)?": "没有命令 {0}。",
    r"Option '(.+)' requires an argument\.?": "选项 {0} 后面要写值。",
    r"Option '(.+)' requires (\d+) arguments\.?": "选项 {0} 后面要写 {1} 个值。",
    r"Option '(.+)' does not take a value\.?": "选项 {0} 后面不写值。",
    r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)": "多写了“{0}”；含空格的文字要加引号。",
    r"Missing command\.?": "要写是哪个命令。",
}
"""What the reader of commands says, and the same in Chinese."""


class Command(typer.core.TyperCommand):
    """A command whose help speaks the user's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help."""
        formatter.write(help_text(self, ctx))

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401
        """Return the help option."""
        return _explained(super().get_help_option(ctx))


class Group(typer.core.TyperGroup):
    """A group of commands whose help speaks the user's language."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """Return the commands in the order of a planner's work, groups among them."""
        from api.cli import COMMANDS  # noqa: PLC0415  (the program itself imports this module)

        known = super().list_commands(ctx)
        ordered = [name.rstrip("_") for name in COMMANDS]
        return known if ctx.parent else sorted(known, key=ordered.index)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help."""
        formatter.write(help_text(self, ctx))

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401
        """Return the help option."""
        return _explained(super().get_help_option(ctx))


def misused(error: Any) -> int:  # noqa: ANN401
    """Say what is wrong with the command as written, and return the status of that.

    A group that is named without a command shows its help, and nothing is wrong.
    """
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(error.format_message() + "\n")
        return 0
    complain(*usage_message(error))
    return 2


def usage_message(error: Exception) -> tuple[str, str]:
    """Return what is wrong with the command as written, and what to do."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "fuwuquan"
    hint = say(f"用 {path} --help 查看用法。", f"see {path} --help")
    original = getattr(error, "message", None) or str(error)
    return say(_in_chinese(error, original), original), hint


def _in_chinese(error: Exception, original: str) -> str:
    parameter = _parameter(error)
    for pattern, words in _USAGE.items():
        known = re.fullmatch(pattern, original, re.DOTALL)
        if known:
            return words.format(*known.groups()) + _meant(error, original)
    match type(error).__name__:
        case "MissingParameter":
            return f"缺少必填的{parameter}。"
        case "NoSuchOption":
            return f"没有选项 {getattr(error, 'option_name', '')}。" + _meant(error, original)
        case "BadParameter":
            return f"{parameter} 的值不对：{_value_in_chinese(error, original)}"
        case _:
            return f"命令写法不对：{original}"


def _meant(error: Exception, original: str) -> str:
    """Return what was meant perhaps, where the reader of commands has an idea."""
    _, _, named = original.partition("Did you mean")
    likely = getattr(error, "possibilities", None) or re.findall(r"[^\s'\"?,]+(?=['\"?])", named)
    return f"是不是 {'、'.join(likely)}？" if likely else ""


def _value_in_chinese(error: Exception, original: str) -> str:
    """Return what was found and what is wanted; what is not known stays as it was said."""
    cause = error.__cause__ or error.__context__
    faults = cause.errors() if cause is not None and hasattr(cause, "errors") else ()
    for fault in faults:
        for pattern, words in _WANTED.items():
            wanted = re.search(pattern, str(fault["msg"]))
            if wanted:
                return f"写的是“{fault['input']}”，应{words.format(*wanted.groups())}。"
    return original


def _parameter(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return str(getattr(error, "param_hint", "") or "参数")
    if parameter.param_type_name == "argument":
        return f"参数 {parameter.metavar or str(parameter.name).upper()}"
    return f"选项 {max(parameter.opts, key=len)}"


def _explained(option: Any) -> Any:  # noqa: ANN401
    if option is not None:
        option.help = say("显示这份说明。", "Show this message.")
    return option
