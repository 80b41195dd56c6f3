"""Cases as JSON: where one stands, all of it, and which steps may follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import loads
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response

from api.ogc.respond import HTML, JSON, Link, address
from api.routes.case_desk import Desk
from api.routes.case_marks import marks_of
from geo.gazetteer.cases import heard
from geo.gazetteer.cases.finding import numbered
from geo.gazetteer.cases.hearing import STANCES
from geo.gazetteer.cases.law import Act
from geo.gazetteer.cases.machine import possible
from geo.gazetteer.cases.paper_files import Attached, attached
from geo.gazetteer.cases.record import facts_of
from geo.gazetteer.cases.shown import steps_taken
from geo.gazetteer.divisions import division_word
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row

LISTED: Final = 200
"""Opinions and tasks that stand in the answer about a case; the rest is on pages of its own."""
BAD: Final = ("block", "warn", "unknown")
_KEPT: Final = (
    "number", "id", "kind", "state", "title", "place_id", "division_code", "applicant", "clerk",
    "approver", "reason_code", "reason", "opened_on", "decided_on", "version",
)  # fmt: skip
_APART: Final = ("documents", "names", "consultation")
_PAPER: Final = ("title", "number", "issuer", "issued_on", "sha256")
_OPINION: Final = (
    "by", "stance", "text", "alternative", "on_day", "answer", "answered_by", "answered_on",
)  # fmt: skip
_DECIDING: Final = "approver"
"""The role of who decides over a case."""
_TASK: Final = ("kind", "title", "due_on", "done_on", "rule", "sign_id", "source")


def case_told(desk: Desk, row: Row) -> dict[str, Any]:
    """Return where a case stands, with the steps that may follow."""
    return cases_told(desk, [row])[0]


def cases_told(desk: Desk, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return where cases stand, with the steps that may follow."""
    marks = marks_of(desk.book, rows)
    apart = desk.handled(rows) if desk.may_as(_DECIDING) else frozenset()
    return [_told(desk, row, marks[row["id"]], apart=row["id"] in apart) for row in rows]


def _told(desk: Desk, row: Row, mark: str, *, apart: bool) -> dict[str, Any]:
    kind = desk.rules.kind(row["kind"])
    own = f"/cases/{row['number'] or row['id']}"
    links = [
        Link(address(desk.request, own), "self", JSON),
        Link(address(desk.request, own, f="html"), "alternate", HTML),
        Link(address(desk.request, f"{own}/tasks"), "tasks", JSON, say("任务", "Tasks")),
        Link(address(desk.request, f"{own}/opinions"), "opinions", JSON, say("意见", "Opinions")),
        Link(address(desk.request, f"{own}/drafts"), "drafts", JSON, say("文稿", "Drafts")),
    ]
    if kind.children:
        on_list = address(desk.request, "/cases", campaign=row["number"])
        links.append(Link(on_list, "item", JSON, say("清单上的案卷", "Cases on its list")))
    return {
        **{name: row[name] for name in _KEPT},
        "kind_label": str(kind.word),
        "state_label": str(desk.rules.state_words[row["state"]]),
        "etag": mark,
        "actions": [
            _action(desk, row, act, apart=apart) for act in possible(desk.rules, kind, row["state"])
        ],
        "links": [link.plain() for link in links],
    }


def _action(desk: Desk, row: Row, act: Act, *, apart: bool) -> dict[str, Any]:
    """Return a step as a link: where it is sent, what to write, and whether this person may.

    ``apart``: whether he handled the case, and so may not decide over it.
    """
    may = [one for one in desk.roles_in(row, act.roles) if not (apart and one == _DECIDING)]
    own = f"/cases/{row['number'] or row['id']}"
    path, body = f"{own}/actions", {"action": act.id}
    if act.id == "approve":
        path, body = f"{own}/approval", {}
    elif act.id == "check_rules":
        path, body = f"{own}/check", {}
    elif act.branch:
        path, body = f"{own}/documents", {"kind": act.branch}
    return {
        "action": act.id,
        "title": str(act.word),
        "roles": list(act.roles),
        "allowed": bool(may),
        "becomes": act.target,
        "method": "POST",
        "href": address(desk.request, path),
        "body": body,
    }


def whole_told(desk: Desk, row: Row) -> dict[str, Any]:
    """Return all of a case."""
    book = desk.book
    kept = ("number", "was", "became", "actor", "role", "on_day", "note")
    campaign = book.rows("case", id=row["campaign_id"]) if row["campaign_id"] else []
    tasks, opinions = tasks_told(desk, row), hearing_told(desk, row)
    with book.reading() as connection:
        division = division_word(connection, row["division_code"], on=desk.day)
    return case_told(desk, row) | {
        "division_label": division,
        "campaign": campaign[0]["number"] if campaign else None,
        "facts": {k: v for k, v in facts_of(row).items() if k not in _APART},
        "steps": [
            {name: one.row[name] for name in kept}
            | {"act": desk.veil.over(one.act), "paper": desk.veil.over(one.paper)}
            for one in steps_taken(book, row["id"], desk.rules)
        ],
        "names": [candidate_told(desk, one) for one in book.rows("candidate", case_id=row["id"])],
        "documents": documents_told(desk, row),
        "hearing": {**opinions, "opinions": opinions["opinions"][:LISTED]},
        "tasks": tasks[:LISTED],
        "tasks_number": len(tasks),
    }


def candidate_told(desk: Desk, row: Row) -> dict[str, Any]:
    """Return a proposed name with the report that was frozen, where one was."""
    report = loads(row["report"]) if row["report"] else {}
    return {
        "name": row["text"],
        "reading": row["reading"],
        "chosen": row["chosen"],
        **report_told(desk, report),
    }


def report_told(desk: Desk, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rules say of a name; a secret name that stands in its way is not told."""
    return {
        "verdict": report.get("verdict", ""),
        "checked_on": report.get("on", ""),
        "missing": report.get("missing", []),
        "packs": report.get("packs", []),
        "pack_sha256": report.get("pack_sha256", ""),
        "findings": [
            _finding(desk, one) for one in report.get("findings", ()) if one["verdict"] in BAD
        ],
    }


def _finding(desk: Desk, plain: Mapping[str, Any]) -> dict[str, Any]:
    shown = [one for one in plain["conflicts"] if one["place_id"] not in desk.hidden]
    message = say(plain["zh"], plain["en"])
    if len(shown) < len(plain["conflicts"]):
        message = say(
            "与不公开的地名冲突，详情在本机查看案卷。",
            "in conflict with a name that is not public: see the case on the machine itself.",
        )
    return {
        "rule": plain["rule"],
        "verdict": plain["verdict"],
        "article": plain["article"],
        "message": desk.veil.over(message),
        "conflicts": [
            {name: one[name] for name in ("text", "place_id", "distance_m")} for one in shown
        ],
        "alternatives": [one["text"] for one in plain["alternatives"]],
    }


def documents_told(desk: Desk, row: Row) -> list[dict[str, Any]]:
    """Return the documents of a case."""
    words = desk.rules.documents
    return [
        {"kind": one.kind, "label": str(words[one.kind]) if one.kind in words else one.kind}
        | {name: one.row[name] for name in _PAPER}
        | {"file": _file_told(desk, row, one)}
        for one in attached(desk.book, row)
    ]


def _file_told(desk: Desk, row: Row, paper: Attached) -> dict[str, Any] | None:
    """Return where the file of a document is fetched; None: only its hash was told."""
    if paper.file is None:
        return None
    own = f"/cases/{row['number'] or row['id']}/documents/{paper.kind}"
    return {
        "href": address(desk.request, own),
        "name": paper.file_name,
        "type": paper.file.media_type,
        "bytes": paper.file.bytes,
    }


def hearing_told(desk: Desk, row: Row) -> dict[str, Any]:
    """Return what was said of a case, and what was answered."""
    found = heard(desk.book, row["id"], desk.rules)
    rows = numbered(desk.book, "opinion", row)
    return {
        "opened_on": found.opened_on,
        "until": found.until,
        "stances": dict(found.stances),
        "alternatives": list(found.alternatives),
        "unanswered": found.unanswered,
        "opinions_number": len(rows),
        "opinions": [
            {
                "number": number,
                "etag": f'"{one["version"]}"',
                "stance_label": str(STANCES[one["stance"]]),
                **{name: one[name] for name in _OPINION},
            }
            for number, one in rows.items()
        ],
    }


def tasks_told(desk: Desk, row: Row) -> list[dict[str, Any]]:
    """Return the tasks of a case."""
    return [
        {
            "number": number,
            "etag": f'"{task["version"]}"',
            **{name: task[name] for name in _TASK},
        }
        for number, task in numbered(desk.book, "task", row).items()
    ]


def answered(
    desk: Desk, row: Row, *, status: int = 200, more: Mapping[str, Any] | None = None
) -> Response:
    """Return the answer to an act on a case: where it stands now, marked with its version."""
    body = {"case": case_told(desk, row), **(more or {})}
    headers = {"ETag": body["case"]["etag"], "Cache-Control": "no-store"}
    if status == 201:  # noqa: PLR2004 - created
        headers["Location"] = body["case"]["links"][0]["href"]
    return Response(orjson.dumps(body), status, media_type=JSON, headers=headers)


def after(found: Sequence[dict[str, Any]], last: str, most: int) -> tuple[list[Any], str]:
    """Return the page of a list after a number, and the last number on it if more come."""
    numbers = [one["number"] for one in found]
    begin = numbers.index(last) + 1 if last in numbers else 0 if not last else len(found)
    page = list(found[begin : begin + most])
    return page, page[-1]["number"] if len(found) > begin + most else ""
