"""Which columns each result table has: names, headings, units and meaning, as data."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from geo.errors import NotFoundError
from geo.schema import Choice
from geo.schema.units import with_unit
from geo.text import say

TABLES = (
    "coverage_points",
    "coverage_facilities",
    "coverage_facility_weights",
    "coverage_areas",
    "coverage_multiplicity",
    "coverage_unserved",
    "coverage_connectors",
    "coverage_islands",
    "coverage_straight",
    "coverage_changes",
    "ageing",
    "candidates",
    "candidates_rejected",
    "scenario_numbers",
    "scenario_walks",
    "scenario_verdicts",
    "siting_sites",
    "siting_assignment",
    "siting_rejected",
    "siting_alternatives",
    "siting_plans",
    "siting_speeds",
    "siting_pareto",
    "siting_changes",
    "siting_heirs",
    "siting_gates",
    "plan_years",
    "plan_projects",
    "plan_townships",
    "plan_cards",
    "plan_niche_years",
    "plan_niche_sites",
    "suitability_cells",
    "suitability_rules",
    "suitability_criteria",
    "suitability_areas",
    "suitability_sites",
    "suitability_villages",
    "suitability_capacity",
    "assess_verdicts",
    "assess_linking",
    "assess_map",
    "street_network",
    "street_islands",
)
"""Result tables; each is a CSV file beside this one."""


_LIMIT = re.compile(r"(?<=_)(?:[0-9.]+(?=_min)|\{minutes\})")
"""Where a limit in minutes stands in the name of a column."""


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result table; ``{minutes}`` in its name stands for one column a limit."""

    name: str
    label_zh: str
    label_en: str
    type: str
    unit: str
    choices: str
    """``value=Chinese|English`` of every value of a choice, parted by semicolons."""
    description_zh: str
    description: str

    @property
    def label(self) -> str:
        """Heading in the user's language."""
        return say(self.label_zh, self.label_en)

    @property
    def kinds(self) -> tuple[Choice, ...]:
        """Every value of a choice column, with its Chinese and its English name."""
        named = (choice.partition("=") for choice in self.choices.split(";") if choice)
        return tuple(Choice(value, tuple(labels.split("|"))) for value, _, labels in named)

    @property
    def values(self) -> dict[str, str]:
        """Name of every value of a choice column, in the user's language."""
        named = (choice.partition("=") for choice in self.choices.split(";") if choice)
        return {value: say(*labels.split("|")) for value, _, labels in named}


@cache
def result_columns(table: str) -> tuple[ResultColumn, ...]:
    """Return the columns of a result table as they are defined.

    Raises
    ------
    NotFoundError
        There is no such table.
    """
    if table not in TABLES:
        raise NotFoundError(
            say(f"没有名为“{table}”的结果表。", f"there is no result table {table!r}"),
            hint="、".join(TABLES),
        )
    text = (files(__name__) / f"{table}.csv").read_text("utf-8")
    return tuple(ResultColumn(**row) for row in csv.DictReader(text.splitlines()))


def table_of(columns: Iterable[str]) -> str | None:
    """Return the result table that has all of these columns, the narrowest one; None: none has.

    Examples
    --------
    >>> table_of(["id", "name", "nearest_min", "covered_15_min", "certainty"])
    'coverage_points'
    """
    wanted = [_LIMIT.sub("{minutes}", column) for column in columns]
    having = [
        table
        for table in TABLES
        if {_LIMIT.sub("{minutes}", one.name) for one in result_columns(table)}.issuperset(wanted)
    ]
    return min(having, key=lambda table: len(result_columns(table)), default=None)


def headings(table: str, minutes: Sequence[float] = ()) -> dict[str, str]:
    """Return the heading of every column of a result; columns of one limit stand together.

    Examples
    --------
    >>> headings("coverage_straight")["weight"]
    '权重'
    """
    named: dict[str, str] = {}
    for by_limit, columns in groupby(result_columns(table), lambda c: "{minutes}" in c.name):
        beside = tuple(columns)
        for limit in minutes if by_limit else (0.0,):
            for column in beside:
                name = column.name.replace("{minutes}", f"{limit:g}")
                label = column.label.replace("{minutes}", f"{limit:g}")
                named[name] = with_unit(label, column.unit)
    return named
