"""What ``fuwuquan plan`` asks of cemeteries and columbaria: how many die, where places are free."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from api.cli._by_id import by_id
from geo.errors import DataError
from geo.text import listed, say

PERMILLE = 1000.0

Deaths = Annotated[
    float | None,
    typer.Option(
        "--deaths",
        metavar=say("‰", "PER_MILLE"),
        min=0.0,
        help=say(
            "公墓、骨灰堂：年死亡率（‰），如 7；给了就按年排格位。",
            "cemetery, columbarium: deaths a year per thousand people, such as 7; plans niches.",
        ),
        show_default=False,
    ),
]
Buried = Annotated[
    float | None,
    typer.Option(
        "--buried",
        metavar=say("比例", "SHARE"),
        min=0.0,
        max=1.0,
        help=say(
            "公墓、骨灰堂：死者中葬入这类设施的比例。",
            "cemetery, columbarium: share of the dead who are laid in such a place.",
        ),
        show_default=say("按规范 cemetery.capacity20y", "that of the norm cemetery.capacity20y"),
    ),
]
Niches = Annotated[
    list[str] | None,
    typer.Option(
        "--niches",
        metavar=say("编号=个数", "ID=N"),
        help=say(
            "公墓、骨灰堂：候选点可建多少格位或墓穴（可多次，all=500 为其余全部）。",
            "cemetery, columbarium: places a candidate has room for (repeatable; all=500).",
        ),
        show_default=False,
    ),
]
Free = Annotated[
    list[str] | None,
    typer.Option(
        "--free",
        metavar=say("编号=个数", "ID=N"),
        help=say(
            "公墓、骨灰堂：现有设施还空着多少（可多次，all=0 为其余全部）。",
            "cemetery, columbarium: places still free where it stands (repeatable; all=0).",
        ),
        show_default=say("图层里的总数", "all that the layer counts"),
    ),
]


@dataclass(frozen=True, slots=True)
class NichesAsked:
    """How many die, and how many places there are."""

    deaths_permille: float
    buried_share: float | None
    niches: Mapping[str, float] = field(default_factory=dict)
    free: Mapping[str, float] = field(default_factory=dict)


def niches_asked(
    *,
    deaths: float | None,
    buried: float | None,
    niches: Sequence[str] | None,
    free: Sequence[str] | None,
) -> NichesAsked | None:
    """Return what the options say; None when no deaths are given.

    Raises
    ------
    DataError
        An option is not written as it should be, or needs the deaths.
    """
    if deaths is None:
        given = {"--buried": buried is not None, "--niches": niches, "--free": free}
        used = [option for option, value in given.items() if value]
        if used:
            raise DataError(
                say(f"{listed(used)} 要与 --deaths 同用。", f"{listed(used)} need --deaths."),
                hint=say("例如 --deaths 7（每千人一年 7 人）。", "Such as --deaths 7."),
            )
        return None
    if not (math.isfinite(deaths) and 0 < deaths <= PERMILLE):
        raise DataError(
            say(f"死亡率 {deaths:g}‰ 不对。", f"{deaths:g} deaths per thousand cannot be."),
            hint=say("请写千分数，如 --deaths 7。", "Write deaths per thousand: --deaths 7."),
        )
    return NichesAsked(
        deaths_permille=deaths,
        buried_share=buried,
        niches=by_id(niches or (), "--niches", _count),
        free=by_id(free or (), "--free", _count),
    )


def _count(text: str) -> float | None:
    """Return a number of places; None when it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 and number == int(number) else None
