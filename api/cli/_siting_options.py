"""Options of the commands that walk, cover and site: each declared once, the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.errors import DataError
from geo.text import say

Facility = Annotated[
    str,
    typer.Option(
        "--facility",
        "-f",
        metavar=say("类型", "TYPE"),
        help=say(
            "设施类型，如 elder_station 或 社区养老服务站。",
            "Facility type, such as elder_station.",
        ),
    ),
]
FacilityOrWord = Annotated[
    str,
    typer.Option(
        "--facility",
        "-f",
        metavar=say("类型", "TYPE"),
        help=say(
            "设施类型，如 elder_station 或 社区养老服务站（必填；-f 两字可省）。",
            "Facility type, such as elder_station; -f itself may be left out [required].",
        ),
        show_default=False,
    ),
]
FacilityWord = Annotated[str, typer.Argument(hidden=True, metavar=say("类型", "TYPE"))]
"""The facility type as a bare word, which is accepted and not advertised."""

Limit = Annotated[
    str,
    typer.Option(
        "--minutes",
        metavar=say("分钟", "MIN"),
        help=say("步行时限，只能一个，如 15。", "Limit of the walk; one, such as 15."),
        show_default=say("按设施类型", "the facility type's"),
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar=say("米/秒", "M/S"),
        help=say("步行速度，代替步行方式自带的速度。", "Walking speed instead of the profile's."),
        show_default=say("按步行方式，老年人 1.0", "the profile's; elder 1.0"),
    ),
]
Walker = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar=say("名称或文件", "NAME|FILE"),
        help=say(
            "步行方式：elder、frail、general、wheelchair，或自备的 TOML 文件。",
            "Walking profile: elder, frail, general, wheelchair, or a TOML file of your own.",
        ),
    ),
]
OwnOnly = Annotated[
    bool,
    typer.Option(
        "--own-only",
        help=say("只计本区设施，不计邻区的。", "Leave out the facilities of neighbours."),
    ),
]
Never = Annotated[
    list[str] | None,
    typer.Option(
        "--never",
        metavar=say("编号", "ID"),
        help=say("禁选的候选点（可多次）。", "A candidate not to be chosen (repeatable)."),
        show_default=False,
    ),
]
Gap = Annotated[
    float,
    typer.Option(
        "--gap",
        metavar=say("比例", "SHARE"),
        min=0.0,
        max=1.0,
        help=say("离理论上限多近就停，如 0.01 为 1 %。", "Stop this near the bound: 0.01 is 1 %."),
    ),
]
Seconds = Annotated[
    float,
    typer.Option(
        "--seconds",
        metavar=say("秒", "S"),
        min=0.1,
        help=say("每次求解最多多少秒。", "Most seconds a solve may take."),
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar=say("整数", "N"), min=0, help=say("随机种子。", "Random seed.")),
]
Draw = Annotated[
    bool,
    typer.Option(
        "--map/--no-map",
        help=say("是否画交互地图。", "Whether to draw the interactive map."),
    ),
]


def table_file(default_zh: str, default_en: str) -> typer.models.OptionInfo:
    """Return the option ``--out`` of a command whose tables go to one file.

    Parameters
    ----------
    default_zh, default_en
        Where they go when nothing is said.
    """
    option: typer.models.OptionInfo = typer.Option(
        "--out",
        metavar=say("文件", "FILE"),
        help=say(
            "全部表格写到哪个 .xlsx 或 .csv；地图写在旁边。",
            "The .xlsx or .csv for all tables; maps stand beside it.",
        ),
        show_default=say(default_zh, default_en),
    )
    return option


_FILES = (".html", ".htm", ".png", ".pdf", ".svg", ".xlsx", ".csv")


def facility_named(word: str, option: str) -> str:
    """Return the facility type that was asked for, by a bare word or by ``-f``.

    Raises
    ------
    DataError
        Neither was given, or both and they differ.
    """
    from geo.schema import facility_type  # noqa: PLC0415

    if Path(word).suffix.lower() in _FILES or "/" in word or "\\" in word:
        raise DataError(
            say(f"“{word}”像是文件，不是设施类型。", f"{word!r} is a file, no facility type."),
            hint=say(
                "--map 只是开关，后面不写文件；写到哪里用 --out 文件.xlsx，地图写在它旁边。",
                "--map takes no file; tables go where --out FILE.xlsx says, the map beside them.",
            ),
        )
    if not (word or option):
        raise DataError(
            say("没有指定设施类型。", "no facility type was named."),
            hint=say("请加 -f，如 -f elder_station。", "Add -f, such as -f elder_station."),
        )
    both = word and option and word != option
    if both and facility_type(word).name != facility_type(option).name:
        raise DataError(
            say(
                f"设施类型给了两个：“{word}”和“{option}”。",
                f"two facility types were named: {word!r} and {option!r}.",
            ),
            hint=say("只留 -f 的那一个。", "Keep the one after -f."),
        )
    return option or word


def numbers(text: str) -> tuple[float, ...]:
    """Return the limits a user wrote as 5,10,15 (Chinese commas too); none for an empty text.

    Raises
    ------
    DataError
        One is no number.
    """
    parts = text.replace("，", ",").replace("、", ",").split(",")
    try:
        return tuple(float(part) for part in parts if part.strip())
    except ValueError:
        raise DataError(
            say(f"时限“{text}”不是数字。", f"{text!r} is not a list of minutes."),
            hint=say("请写成 5,10,15,30 这样。", "Write it as 5,10,15,30."),
        ) from None


def one_limit(text: str) -> float | None:
    """Return the one limit a user wrote; None for an empty text.

    Raises
    ------
    DataError
        It is no number, or there are several.
    """
    found = numbers(text)
    if len(found) > 1:
        raise DataError(
            say("这里只能有一个时限。", "one limit is wanted here."),
            hint=say("例如 --minutes 15。", "Such as --minutes 15."),
        )
    return found[0] if found else None


def limits(text: str) -> tuple[float, ...]:
    """Return the one limit a user wrote as :func:`geo.coverage.ask` takes limits."""
    limit = one_limit(text)
    return () if limit is None else (limit,)
