"""The documents that decide: found by their number, or entered with the change they carry."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import DataError
from geo.gazetteer.book import Change
from geo.gazetteer.calendar import span
from geo.text import say


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as somebody names it."""

    number: str
    title: str = ""
    issuer: str = ""
    issued_on: str = ""
    kind: str = "approval"


def paper(change: Change, told: Paper) -> str:
    """Return the id of a document with this number, entering it where there is none.

    Raises
    ------
    DataError
        The number is empty, or the date is none.
    """
    if not told.number.strip():
        raise DataError(
            say("请写明文号。", "the number of the document is wanted."),
            hint=say("用 --document 文号。", "Give it with --document."),
        )
    if told.issued_on:
        span(told.issued_on)
    found = change.select("document", number=told.number.strip())
    if found:
        return str(found[0]["id"])
    return change.insert(
        "document",
        kind=told.kind,
        number=told.number.strip(),
        title=told.title.strip() or told.number.strip(),
        issuer=told.issuer.strip(),
        issued_on=told.issued_on,
    )
