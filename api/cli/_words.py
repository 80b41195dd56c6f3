"""What Typer itself says, in the user's language: headings, usage lines and usage errors."""

from __future__ import annotations

import re
from typing import Any

import typer
import typer.core
from typer import rich_utils

from geo.text import say

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""The base of every complaint about how a command was written (Typer does not export it)."""


class Command(typer.core.TyperCommand):
    """A command whose usage line and help option speak the user's language."""

    def get_usage(self, ctx: Any) -> str:  # noqa: ANN401
        """Return the usage line."""
        return _usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401
        """Return the help option."""
        return _help(super().get_help_option(ctx))


class Group(typer.core.TyperGroup):
    """A group whose usage line and help option speak the user's language."""

    def get_usage(self, ctx: Any) -> str:  # noqa: ANN401
        """Return the usage line."""
        return _usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401
        """Return the help option."""
        return _help(super().get_help_option(ctx))


def translate_typer() -> None:
    """Set the headings that Typer prints around a command's own help."""
    rich_utils.ARGUMENTS_PANEL_TITLE = say("参数", "Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = say("选项", "Options")
    rich_utils.COMMANDS_PANEL_TITLE = say("命令", "Commands")
    rich_utils.DEFAULT_STRING = say("[默认：{}]", "[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = say("[必填]", "[required]")


def usage_message(error: Exception) -> tuple[str, str]:
    """Return what is wrong with the command as written, and what to do."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "fuwuquan"
    hint = say(f"用 {path} --help 查看用法。", f"see {path} --help")
    original = getattr(error, "message", None) or str(error)
    return say(_in_chinese(error, original), original), hint


def _in_chinese(error: Exception, original: str) -> str:
    parameter = _parameter(error)
    unknown = re.fullmatch(r"No such command '(.+)'\.?", original)
    if unknown:
        return f"没有命令 {unknown[1]}。"
    match type(error).__name__:
        case "MissingParameter":
            return f"缺少必填的{parameter}。"
        case "NoSuchOption":
            return f"没有选项 {getattr(error, 'option_name', '')}。"
        case "BadParameter":
            return f"{parameter}的值不对：{original}"
        case "NoArgsIsHelpError":
            return "请给出命令。"
        case _:
            return f"命令写法不对：{original}"


def _parameter(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return str(getattr(error, "param_hint", "") or "参数")
    if getattr(parameter, "param_type_name", "") == "argument":
        return f"参数 {parameter.human_readable_name}"
    return f"选项 {parameter.opts[-1]}"


def _usage(line: str) -> str:
    return say(
        line.replace("Usage:", "用法：")
        .replace("[OPTIONS]", "[选项]")
        .replace("COMMAND [ARGS]...", "命令 [参数]..."),
        line,
    )


def _help(option: Any) -> Any:  # noqa: ANN401
    if option is not None:
        option.help = say("显示这份说明。", "Show this message.")
    return option
