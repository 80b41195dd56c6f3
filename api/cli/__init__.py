"""The command line: one module a command, loaded only when its help or its work is asked for."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, get_args

from geo.errors import PlannerError
from geo.text import Language, say, speak

if TYPE_CHECKING:
    import typer

COMMANDS = (
    "demo",
    "init",
    "template",
    "import_",
    "streets",
    "check",
    "layers",
    "coverage",
    "norms",
    "assess",
    "candidates",
    "site",
    "plan",
    "suitability",
    "ageing",
    "whatif",
    "scenario",
    "names",
    "cases",
    "export",
    "backup",
    "restore",
    "move",
    "migrate",
    "serve",
    "jobs",
    "accounts",
)
"""Modules of this package that define one command each, in the order of a planner's work."""


def main() -> None:
    """Run the command line and leave with status 0 (done), 1 (done, with faults) or 2 (refused)."""
    arguments, language, debug = _take_global_options(sys.argv[1:])
    speak(language)
    _write_any_character()
    sys.exit(run(arguments, debug=debug))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command and return its exit status; failures become one message on standard error."""
    import typer  # noqa: PLC0415  (after the language is known)

    from api.cli._console import complain  # noqa: PLC0415
    from api.cli._words import UsageError, misused  # noqa: PLC0415

    try:
        status = application()(
            args=arguments or ["--help"], prog_name="fuwuquan", standalone_mode=False
        )
    except UsageError as error:
        return misused(error)
    except PlannerError as error:
        if debug:
            raise
        complain(error.message, error.hint)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        complain(say("已中止，没有写入半份结果。", "Stopped; nothing was half-written."))
        return 2
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        return 0
    except Exception as error:
        if debug:
            raise
        complain(
            say(f"程序内部错误：{error!r}", f"internal error: {error!r}"),
            say(
                "这是程序的缺陷。请加 --debug 重跑，把完整输出发给开发者。",
                "this is a defect of the program: run again with --debug and report the output",
            ),
        )
        return 2
    return status if isinstance(status, int) else 0


def application() -> typer.Typer:
    """Build the command line in the language now spoken."""
    import typer  # noqa: PLC0415

    from api.cli._options import global_options  # noqa: PLC0415
    from api.cli._words import Group  # noqa: PLC0415

    app = typer.Typer(
        cls=Group,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=say(
            "服务圈：谁在十五分钟之内走得到。从本县的表格和路网，算出真实的步行覆盖。",
            "Who is within fifteen minutes' walk, over real streets, from a county's own files.",
        ),
        epilog=say(
            "先运行 fuwuquan demo 看一座示范城市；手册见 docs/。",
            "Start with: fuwuquan demo",
        ),
    )
    app.callback()(global_options)
    for name in COMMANDS:
        import_module(f"api.cli.{name}").register(app)
    return app


def _take_global_options(arguments: list[str]) -> tuple[list[str], Language, bool]:
    """Take ``--lang`` and ``--debug`` from wherever they stand: help needs the language first."""
    rest: list[str] = []
    language = os.environ.get("FUWUQUAN_LANG", "zh")
    debug = False
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--debug":
            debug = True
        elif argument == "--lang":
            language = next(waiting, "")
        elif argument.startswith("--lang="):
            language = argument.removeprefix("--lang=")
        else:
            rest.append(argument)
    if language not in get_args(Language):
        sys.stderr.write(f"--lang：只有 zh（中文）和 en（English），没有“{language}”。\n")
        sys.exit(2)
    return rest, language, debug  # type: ignore[return-value]


def _write_any_character() -> None:
    """Keep a legacy code page (a Windows console in GBK) from failing on a rare character."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
