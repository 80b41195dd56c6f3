"""What ``fuwuquan site -m changes`` asks: what may be done to what stands, and its price."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from api.cli._by_id import by_id, of_area, refuse_options, yuan_of
from geo.errors import DataError
from geo.text import say

CHANGES = "changes"
"""Name of the model."""

Expandable = Annotated[
    list[str] | None,
    typer.Option(
        "--expandable",
        metavar=say("编号=平方米", "ID=M2"),
        help=say(
            "调整：现有设施最多可扩建多少平方米（可多次，all=200 为全部）。",
            "changes: m² that may be added to a facility (repeatable; all=200 for every one).",
        ),
        show_default=False,
    ),
]
YuanPerM2 = Annotated[
    str,
    typer.Option(
        "--yuan-per-m2",
        metavar=say("金额", "YUAN"),
        help=say("调整：扩建每平方米多少元。", "changes: price of a m² added."),
        show_default=False,
    ),
]
M2PerPlace = Annotated[
    float | None,
    typer.Option(
        "--m2-per-place",
        metavar=say("平方米", "M2"),
        help=say(
            "调整：扩建多少平方米增加一个名额。", "changes: m² added that make room for one person."
        ),
        show_default=False,
    ),
]
MoveYuan = Annotated[
    str,
    typer.Option(
        "--move-yuan",
        metavar=say("金额", "YUAN"),
        help=say(
            "调整：迁走一处多少元（新址的建设费用另计）。",
            "changes: of moving one away; the candidate's own cost comes on top.",
        ),
        show_default="0",
    ),
]
CloseYuan = Annotated[
    str,
    typer.Option(
        "--close-yuan",
        metavar=say("金额", "YUAN"),
        help=say("调整：关闭一处多少元。", "changes: of closing one for good."),
        show_default="0",
    ),
]
Rent = Annotated[
    list[str] | None,
    typer.Option(
        "--rent",
        metavar=say("编号=金额", "ID=YUAN"),
        help=say(
            "调整：现有设施的年租金（可多次，all=6万 为全部）。",
            "changes: rent of a facility for a year (repeatable; all=60000 for every one).",
        ),
        show_default=False,
    ),
]
RentYears = Annotated[
    float | None,
    typer.Option(
        "--rent-years",
        metavar=say("年数", "YEARS"),
        min=0.0,
        help=say("调整：租金按几年计。", "changes: years of rent that count."),
        show_default=say("给了 --rent 为 5，否则 0", "5 with --rent, else 0"),
    ),
]
MeetNorm = Annotated[
    bool,
    typer.Option(
        "--meet-norm",
        help=say(
            "调整：不是守住现有覆盖，而是使各小区达到用房面积规范。",
            "changes: meet the norm on floor area instead of keeping today's coverage.",
        ),
    ),
]


_RENT_YEARS = 5.0


@dataclass(frozen=True, slots=True)
class ChangesAsked:
    """What may be done to facilities that stand."""

    expandable_m2: Mapping[str, float] = field(default_factory=dict)
    yuan_m2: float = 0.0
    m2_a_place: float | None = None
    move_yuan: float = 0.0
    close_yuan: float = 0.0
    rent_yuan_year: Mapping[str, float] = field(default_factory=dict)
    rent_years: float = 0.0
    meet_norm: bool = False

    def check(self, model: str, label: str) -> None:
        """Refuse what only the model of changes takes.

        Raises
        ------
        DataError
            It is given to another model.
        """
        given = {
            "--expandable": self.expandable_m2,
            "--yuan-per-m2": self.yuan_m2,
            "--m2-per-place": self.m2_a_place is not None,
            "--move-yuan": self.move_yuan,
            "--close-yuan": self.close_yuan,
            "--rent": self.rent_yuan_year,
            "--rent-years": self.rent_years,
            "--meet-norm": self.meet_norm,
        }
        refuse_options(model == CHANGES, label, given, of=say("调整", CHANGES))


def changes_asked(
    *,
    expandable: Sequence[str] | None,
    yuan_per_m2: str,
    m2_per_place: float | None,
    move_yuan: str,
    close_yuan: str,
    rent: Sequence[str] | None,
    rent_years: float | None,
    meet_norm: bool,
) -> ChangesAsked:
    """Return what the options say.

    Raises
    ------
    DataError
        An option is not written as it should be.
    """
    if m2_per_place is not None and not (math.isfinite(m2_per_place) and m2_per_place > 0):
        raise DataError(
            say("--m2-per-place 应为正数。", "--m2-per-place must be above 0."),
            hint=say("例如 --m2-per-place 5。", "Such as --m2-per-place 5."),
        )
    years = rent_years if rent_years is not None else (_RENT_YEARS if rent else 0.0)
    return ChangesAsked(
        expandable_m2=by_id(expandable or (), "--expandable", of_area),
        yuan_m2=yuan_of(yuan_per_m2, "--yuan-per-m2") or 0.0,
        m2_a_place=m2_per_place,
        move_yuan=yuan_of(move_yuan, "--move-yuan") or 0.0,
        close_yuan=yuan_of(close_yuan, "--close-yuan") or 0.0,
        rent_yuan_year=by_id(rent or (), "--rent", lambda text: yuan_of(text, "--rent")),
        rent_years=years,
        meet_norm=meet_norm,
    )
