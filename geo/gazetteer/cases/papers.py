"""Keep the papers of a case: each with number, issuer, day, its file and the file's hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from geo.errors import DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.calendar import span
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.record import (
    BEFORE_DECISION,
    EDITORS,
    Case,
    Select,
    facts_of,
    in_hand,
    must_be_open,
    row_of,
    spelled_facts,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.text import say

_DAY: Final = len("2026-05-01")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document to be kept with a case."""

    kind: str
    """A kind of kinds.toml: what the document is to the case."""
    title: str
    number: str = ""
    issuer: str = ""
    issued_on: str = ""
    sha256: str = ""
    """Of its file."""
    content: bytes | None = None
    """The file itself, which is kept."""


def attach(
    book: Gazetteer,
    case_id: str,
    *,
    version: int,
    kind: str,
    document_id: str,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> Row:
    """Attach a document to a case that is not decided, and return the case's row.

    Raises
    ------
    ConflictError
        It was changed meanwhile, or is decided.
    DataError
        The role may not attach.
    NotFoundError
        There is no such case or document.
    """
    rules = rules or rulebook()
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=EDITORS, at=at,
        reason=say("附材料", "attach"), rules=rules,
    ) as (change, case):  # fmt: skip
        if change.find("document", document_id) is None:
            raise NotFoundError(
                say(f"没有文件 {document_id}。", f"there is no document {document_id}.")
            )
        return _attached(change, case, kind, document_id, rules)


def enclose(
    book: Gazetteer,
    case_id: str,
    paper: Paper,
    *,
    version: int,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> str:
    """Register a document and attach it to a case, and return the id of the document.

    The decision itself may be enclosed while the case is up for decision.

    Raises
    ------
    DataError
        The document has no title, its day is not one, or its kind is none that cases know.
    ConflictError, NotFoundError
        As `attach`.
    """
    rules = rules or rulebook()
    check_paper(paper, rules, at.date())
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=EDITORS, at=at,
        reason=say("附材料", "attach"), rules=rules,
    ) as (change, case):  # fmt: skip
        document_id = register(change, paper)
        _attached(change, case, paper.kind, document_id, rules)
        return document_id


def register(change: Change, paper: Paper) -> str:
    """Add a document to the gazetteer, with its file where there is one, and return its id.

    Raises
    ------
    DataError
        The file is empty, too large, or has another hash than was told.
    """
    sha256 = paper.sha256
    if paper.content is not None:
        sha256 = change.keep_file(paper.content)
        if paper.sha256 not in ("", sha256):
            raise DataError(
                say("文件的 SHA-256 与所写的不同。", "the file's SHA-256 is not the one told."),
                hint=say(f"算得 {sha256}。", f"It is {sha256}."),
            )
    return change.insert(
        "document",
        kind=paper.kind,
        title=paper.title,
        number=paper.number,
        issuer=paper.issuer,
        issued_on=paper.issued_on,
        sha256=sha256,
    )


def check_paper(paper: Paper, rules: Rulebook, on: date) -> None:
    """Refuse a document that cannot be registered, with all that is amiss.

    Raises
    ------
    DataError
        It has no title, its day is none or still to come, or its kind is none that cases know.
    """
    faults = []
    if paper.kind not in rules.documents:
        faults.append(
            say(f"没有文件类型“{paper.kind}”", f"there is no kind of document {paper.kind!r}")
        )
    if not paper.title.strip():
        faults.append(say("没有标题", "it has no title"))
    if paper.issued_on:
        span(paper.issued_on)
        if paper.issued_on > on.isoformat():
            faults.append(
                say(
                    f"发文日期 {paper.issued_on} 在办理日期 {on} 之后",
                    f"its day {paper.issued_on} lies after {on}, on which it is attached",
                )
            )
    if faults:
        raise DataError(
            say("不能登记此文件：", "cannot register it: ")
            + say("；", "; ").join(faults)
            + say("。", "."),
            hint=say("可用的类型：", "Kinds: ") + "、".join(rules.documents)
            if paper.kind not in rules.documents
            else say(
                "请核对标题和 --date；补录早先的事，用 --on 写当时办理的日期。",
                "Compare title and --date; of earlier days give the day with --on.",
            ),
        )


def unfit(select: Select, case: Case, document: Row, today: date, note: str = "") -> list[str]:
    """Return why a document cannot be the decision over a case: its kind, its issuer, its day.

    A note may say why it was decided before the case was opened or put up for decision.
    """
    steps = select("step", case_id=case.id)
    put_up = max((s["on_day"] for s in steps if s["became"] == "deliberation"), default="")
    faults = []
    if document["kind"] not in case.kind.decision:
        kinds = "、".join(case.kind.decision)
        faults.append(
            say(
                f"文件类型“{document['kind']}”不是决定（{kinds}）",
                f"a {document['kind']} is no decision ({kinds})",
            )
        )
    if not document["issuer"]:
        faults.append(say("没有批准机关", "it has no issuer"))
    if len(document["issued_on"]) != _DAY:
        faults.append(say("没有写明批准日期", "it has no day"))
    elif document["issued_on"] > today.isoformat():
        faults.append(
            say(
                f"批准日期 {document['issued_on']} 在今天之后（批准办于 {today}）",
                f"its day {document['issued_on']} is still to come (approved on {today})",
            )
        )
    elif document["issued_on"] < case.row["opened_on"] and not note.strip():
        faults.append(
            say(
                f"批准日期 {document['issued_on']} 早于立案日期 {case.row['opened_on']}",
                f"its day {document['issued_on']} lies before the case was opened, on "
                f"{case.row['opened_on']}",
            )
        )
    elif document["issued_on"] < put_up and not note.strip():
        faults.append(
            say(
                f"批准日期 {document['issued_on']} 早于提请审议的日期 {put_up}",
                f"its day {document['issued_on']} lies before the case was put up for decision, "
                f"on {put_up}",
            )
        )
    return faults


def _attached(change: Change, case: Case, kind: str, document_id: str, rules: Rulebook) -> Row:
    decision = ("deliberation",) if kind in case.kind.decision else ()
    must_be_open(case, rules, (*BEFORE_DECISION, *decision))
    facts = facts_of(case.row)
    facts["documents"] = dict(case.documents) | {kind: document_id}
    change.update("case", case.id, case.row["version"], facts=spelled_facts(facts))
    return row_of(change, case.id)
