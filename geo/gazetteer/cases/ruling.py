"""A decision over a case, and what its effect did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from geo.errors import ConflictError
from geo.gazetteer.book import Row
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.record import Case
from geo.text import say


@dataclass(frozen=True, slots=True)
class Ruling:
    """A case with the decision over it."""

    case: Case
    decision: Row
    on: date
    rules: Rulebook

    @property
    def day(self) -> str:
        """First day on which the decision holds."""
        return self.on.isoformat()

    @property
    def title(self) -> str:
        """Title of the case, for messages."""
        return str(self.case.row["title"])


@dataclass(frozen=True, slots=True)
class Done:
    """What an effect did."""

    place_id: str = ""
    opened: tuple[str, ...] = ()
    """Ids of names that hold from now on."""
    closed: tuple[str, ...] = ()
    """Ids of names that are former names now."""
    stale: tuple[str, ...] = ()
    """Ids of signs that show what no longer holds."""
    clock_from: str = ""
    """A day from which a clock runs that approval does not start."""


def conflict(ruling: Ruling, why: str) -> ConflictError:
    """Return the refusal of a decision that the gazetteer as it stands does not allow."""
    return ConflictError(
        say(f"案卷“{ruling.title}”不能批准：{why}。", f"{ruling.title} cannot be approved: {why}.")
    )


def for_case(ruling: Ruling, case: Case) -> Ruling:
    """Return the same decision over another case of its campaign."""
    return replace(ruling, case=case)
