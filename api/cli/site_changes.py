"""What ``fuwuquan site -m changes`` takes, and how it shows what happens to what stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import print_line, print_table, records
from api.cli.site_asked import money
from geo.errors import DataError
from geo.text import listed, say, yuan

if TYPE_CHECKING:
    import pandas as pd

    from geo.store import Workspace
    from optimization.problem import Problem
    from optimization.report import Report
    from optimization.workspace import SitingInputs

CHANGES = "changes"
"""Name of the model."""

_EVERY = {"all": "all", "全部": "all"}

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


def refuse_options(mine: bool, label: str, given: Mapping[str, object], *, of: str) -> None:
    """Refuse options of one model with another.

    Raises
    ------
    DataError
        One is given though the model is not the one they belong to.
    """
    used = [option for option, value in given.items() if value]
    if not mine and used:
        raise DataError(
            say(
                f"模型“{label}”不用 {listed(used, None)}。",
                f"{label} takes no {listed(used, None)}.",
            ),
            hint=say(f"请去掉，或用 --model {of}。", f"Leave them out, or ask for --model {of}."),
        )


def by_id(
    texts: Sequence[str], option: str, read: Callable[[str], float | None]
) -> dict[str, float]:
    """Return an amount by id from ``ID=amount``; ``all`` stands for every facility.

    Raises
    ------
    DataError
        It is not written so, or an id stands twice.

    Examples
    --------
    >>> by_id(["YL001=200", "全部=100"], "--expandable", float)
    {'YL001': 200.0, 'all': 100.0}
    """
    found: dict[str, float] = {}
    for text in texts:
        identity, named, amount = text.partition("=")
        identity = _EVERY.get(identity.strip(), identity.strip())
        value = read(amount.strip()) if named and identity and amount.strip() else None
        if value is None or identity in found:
            raise DataError(
                say(f"{option} “{text}”不对。", f"{option} {text!r} is not right."),
                hint=say(
                    f"请写成 {option} 编号=数量，每个编号一次；全部设施写 all=数量。",
                    f"Write {option} ID=AMOUNT, each id once; all=AMOUNT for every facility.",
                ),
            )
        found[identity] = value
    return found


def of_area(text: str) -> float | None:
    """Return m² from a text; None when it is no number of 0 or more."""
    try:
        area = float(text.removesuffix("平方米").removesuffix("㎡").removesuffix("m2"))
    except ValueError:
        return None
    return area if math.isfinite(area) and area >= 0 else None


def yuan_of(text: str, option: str) -> float | None:
    """Return yuan as `money` reads them, naming the option in the message.

    Raises
    ------
    DataError
        It is no amount.
    """
    try:
        return money(text)
    except DataError as error:
        raise DataError(
            say(f"{option} “{text}”不是金额。", f"{option} {text!r} is not an amount of money."),
            hint=error.hint,
        ) from None


def closable_ids(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of ``--closable``; 全部 is written ``all``."""
    return tuple(_EVERY.get(text.strip(), text.strip()) for text in texts)


def told(
    workspace: Workspace,
    asked: ChangesAsked,
    read: SitingInputs,
    *,
    area: str,
) -> Callable[[Problem], dict[str, Any]]:
    """Return what to tell the model of changes.

    Raises
    ------
    DataError
        Nothing may change, an extension would serve nobody, or no norm is in force.
    """
    import numpy as np  # noqa: PLC0415

    sites = read.problem.sites
    limited = bool(np.isfinite(sites.capacity[sites.existing]).any())
    if asked.expandable_m2 and not asked.meet_norm:
        if not limited:
            raise DataError(
                say(
                    "现有设施都没有填容量，扩建不会多服务一个人。",
                    "no facility has a capacity: an extension would serve nobody more.",
                ),
                hint=say(
                    "请补全容量，或加 --meet-norm 按用房面积规范调整。",
                    "Fill in capacities, or ask for the norm on floor area with --meet-norm.",
                ),
            )
        if asked.m2_a_place is None:
            raise DataError(
                say("不知道扩建多少平方米增加一个名额。", "how many m² make a place is not known."),
                hint=say("请加 --m2-per-place 5。", "Add --m2-per-place 5."),
            )
    given: dict[str, Any] = {
        "expand_yuan_m2": asked.yuan_m2,
        "m2_a_place": asked.m2_a_place or 1.0,
        "move_yuan": asked.move_yuan,
        "close_yuan": asked.close_yuan,
        "years": asked.rent_years,
    }
    if asked.meet_norm:
        given["need_m2"] = _required_m2(workspace, read, area=area)
    return lambda _: given


def _required_m2(workspace: Workspace, read: SitingInputs, *, area: str) -> Any:  # noqa: ANN401 - an array
    """Return (n_demand,) the floor area that the norms in force require of each estate."""
    import numpy as np  # noqa: PLC0415

    from geo.assess import read_place  # noqa: PLC0415
    from geo.assess.jurisdiction import of_place  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from geo.norms.areas import area_label  # noqa: PLC0415
    from optimization.compliance import requirement  # noqa: PLC0415

    on = read.question.on
    place = read_place(workspace, on=on, as_of=read.question.as_of)
    rules = of_place(place, workspace, area).rules
    estates = place.frames["compound"]
    households = estates["households"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    found = requirement(
        load(),
        area=rules,
        on=on,
        households=np.asarray(households, np.float64),
        build_status=estates["build_status"].to_numpy(object),
    )
    need = dict(zip(estates["id"].astype(str), np.nan_to_num(found.required_m2), strict=True))
    required = np.array([need.get(str(identity), 0.0) for identity in read.problem.demand_id])
    if not (required > 0).any():
        raise DataError(
            say(
                f"{on} 在{area_label(rules)}没有施行中的每百户用房面积规范适用于这些小区。",
                f"no norm on floor area in force in {area_label(rules)} on {on} holds for these "
                "estates.",
            ),
            hint=say(
                "可用 --area 按别处的规范试算，如 --area 340207。",
                "Try the norms of another area: --area 340207.",
            ),
        )
    return required


def tables(report: Report) -> list[tuple[str, str, pd.DataFrame]]:
    """Return sheets of the workbook: name, result table, rows; none for other models."""
    from optimization.changes import Changes  # noqa: PLC0415
    from optimization.report_changes import changes_table, heir_table, takeovers  # noqa: PLC0415

    if not isinstance(report.plan, Changes):
        return []
    told = takeovers(report.problem, report.plan, weight=report.weight, limit_min=report.limit_min)
    return [
        (say("调整", "changes"), "siting_changes", changes_table(report, told)),
        (say("接替", "taken over"), "siting_heirs", heir_table(report.problem, told)),
    ]


def show(report: Report, table: pd.DataFrame) -> None:
    """Print what happens to what stands."""
    from geo.coverage.tables import in_words  # noqa: PLC0415

    plan = report.plan
    words = records(in_words(table, "siting_changes"))
    rows = [
        [
            *(row["id"], row["name"], word["action"], row["added_m2"]),
            *(row["moved_to_name"], row["before"], row["after"]),
            yuan(row["cost_yuan"]),
        ]
        for row, word in zip(records(table), words, strict=True)
        if row["action"] != "kept"
    ]
    kept = int((table["action"] == "kept").sum())
    if rows:
        print_table(
            [
                *(say("编号", "id"), say("名称", "name"), say("调整", "change")),
                *(say("扩建 ㎡", "added m²"), say("迁往", "moved to")),
                *(say("现在就近", "nearest today"), say("调整后就近", "afterwards")),
                say("费用", "cost"),
            ],
            rows,
        )
        for row in records(table.dropna(subset=["heirs"])):
            print_line(
                say(
                    f"· {row['name']}原来的人改去：{row['heirs']}。",
                    f"· {row['name']}: its people go to {row['heirs']}.",
                )
            )
    else:
        print_line(say("什么都不调整就是最好的方案。", "Changing nothing is the best plan."))
    cost, rent = plan.measures["cost_yuan"], plan.measures["rent_yuan"]
    years = float(plan.parameters.get("years", 0.0))
    saved = float(table["rent_saved_yuan_year"].fillna(0.0).sum())
    text = say(
        f"原样保留 {kept} 处；调整费用 {yuan(cost)}",
        f"{kept} kept as they are; the changes cost {yuan(cost)}",
    )
    if years:
        text += say(
            f"，{years:g} 年租金合计 {yuan(rent)}，不再开放的每年省租金 {yuan(saved)}",
            f", rent of {years:g} years {yuan(rent)}, {yuan(saved)} of rent saved a year",
        )
    print_line(text + say("。", "."))
    if plan.measures["unserved"] > 0 and plan.parameters["weight"] != "norm":
        print_line(
            say(
                f"仍没有安排的 {plan.measures['unserved']:,.0f}（现在就走不到或没有名额的）。",
                f"Still without: {plan.measures['unserved']:,.0f} (out of reach or "
                "no place today).",
            )
        )
