"""How far a campaign is, sub-district by sub-district."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.record import reading
from geo.gazetteer.cases.rulebook import rulebook

_TOWNSHIP: Final = 9


@dataclass(frozen=True, slots=True)
class Stretch:
    """How far the cases of one sub-district are."""

    division_code: str
    """Nine digits, or as many as are known."""
    total: int
    states: Mapping[str, int]
    """Cases in each state, in the order of work."""
    approved: int
    dropped: int
    """Cases rejected, returned or withdrawn."""
    signs: int
    """Sign tasks raised."""
    signs_open: int


def progress(book: Gazetteer, campaign_id: str, rules: Rulebook | None = None) -> list[Stretch]:
    """Return the progress of a campaign, in the order of the division codes.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    rules = rules or rulebook()
    book.row("case", campaign_id)
    with reading(book) as select:
        rows = select("case", campaign_id=campaign_id)
        own = {row["id"] for row in rows}
        signs = [
            task
            for task in select("task")
            if task["case_id"] in own and task["kind"].startswith("sign_")
        ]
    area = {row["id"]: row["division_code"][:_TOWNSHIP] for row in rows}
    raised = Counter(area[task["case_id"]] for task in signs)
    still = Counter(area[task["case_id"]] for task in signs if not task["done_on"])
    found = []
    for code in sorted(set(area.values())):
        here = [row for row in rows if area[row["id"]] == code]
        counted = Counter(row["state"] for row in here)
        found.append(
            Stretch(
                code,
                len(here),
                {state: counted[state] for state in rules.states if counted[state]},
                sum(after_approval(rules.kind(row["kind"]), row["state"]) for row in here),
                sum(counted[state] for state in ("rejected", "returned", "withdrawn")),
                raised[code],
                still[code],
            )
        )
    return found
