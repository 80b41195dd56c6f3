"""What ``fuwuquan site -m gates`` asks: how many gates may be opened, where, and at what price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli._by_id import refuse_options, yuan_of
from geo.errors import DataError
from geo.text import say

GATES = "gates"
"""Name of the model."""

MostGates = Annotated[
    int | None,
    typer.Option(
        "--gates",
        metavar=say("个数", "N"),
        min=0,
        help=say("开门：最多打开几道门。", "gates: most gates to open."),
        show_default=say("不限", "any number"),
    ),
]
GateYuan = Annotated[
    str,
    typer.Option(
        "--gate-yuan",
        metavar=say("金额", "YUAN"),
        help=say("开门：打开一道关着的门多少元，如 5万。", "gates: of opening a closed gate."),
        show_default="0",
    ),
]
NewGateYuan = Annotated[
    str,
    typer.Option(
        "--new-gate-yuan",
        metavar=say("金额", "YUAN"),
        help=say(
            "开门：在小区围墙上新开一道门多少元；不给就不考虑新开。",
            "gates: of a new gate in a compound's wall; none is considered without it.",
        ),
        show_default=False,
    ),
]
GateOf = Annotated[
    list[str] | None,
    typer.Option(
        "--gate-of",
        metavar=say("小区编号", "ID"),
        help=say("开门：只看这些小区的门（可多次）。", "gates: of these compounds only."),
        show_default=say("全部小区", "every compound"),
    ),
]


@dataclass(frozen=True, slots=True)
class GatesAsked:
    """Which gates may be opened, and at what cost."""

    most: int | None = None
    yuan: float | None = None
    new_yuan: float | None = None
    only: tuple[str, ...] = ()

    def check(self, model: str, label: str, *, budget_yuan: float | None) -> None:
        """Refuse what only the model of gates takes, and a budget without a price.

        Raises
        ------
        DataError
            Options do not go together.
        """
        given = {
            "--gates": self.most is not None,
            "--gate-yuan": self.yuan is not None,
            "--new-gate-yuan": self.new_yuan is not None,
            "--gate-of": self.only,
        }
        refuse_options(model == GATES, label, given, of=say("开门", GATES))
        if model == GATES and budget_yuan is not None and self.yuan is None:
            raise DataError(
                say("有预算时要知道开一道门多少元。", "with a budget a gate needs a price."),
                hint=say("请加 --gate-yuan 5万。", "Add --gate-yuan 50000."),
            )


def gates_asked(
    *, most: int | None, yuan: str, new_yuan: str, only: list[str] | None
) -> GatesAsked:
    """Return what the options say.

    Raises
    ------
    DataError
        A price is no amount of money.
    """
    return GatesAsked(
        most=most,
        yuan=yuan_of(yuan, "--gate-yuan"),
        new_yuan=yuan_of(new_yuan, "--new-gate-yuan"),
        only=tuple(only or ()),
    )
