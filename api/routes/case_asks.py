"""Forms on the page of a case: what its state and the person's rights allow, each act one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from api.ogc.told import Form
from api.routes.case_bodies import (
    ACT,
    ANSWER,
    APPROVAL,
    CANDIDATE,
    CHECK,
    CHOICE,
    DOCUMENT,
    OPINION,
    READING,
    TERM,
)
from api.routes.case_fields import edited_fields, field_controls, filled_fields
from api.routes.case_later_asks import codes_of, undo_of
from api.routes.case_making import MOST, Choices, Maker, last_part
from geo.gazetteer.cases.deciding import authorities
from geo.gazetteer.cases.hearing import STANCES
from geo.gazetteer.cases.machine import CLOSED
from geo.gazetteer.cases.record import BEFORE_DECISION, branches, case_of, reading
from geo.text import say

_EDITABLE: Final = ("draft", "supplement")
_READ_BEFORE: Final = (*_EDITABLE, "submitted", "formal_check")
_HEARD: Final = ("submitted", "formal_check", "rules_checked", "reviews")
_ANSWERED: Final = (*_HEARD, "supplement")


def steps_of(make: Maker) -> list[Form]:
    """Return the acts that follow from the state of the case."""
    return [_step(make, one) for one in make.told["actions"] if one["allowed"]]


def work_of(make: Maker) -> list[Form]:
    """Return what else may be done with the case."""
    found = [*_naming(make), *_handling(make)] if make.may_edit else []
    return [*found, *codes_of(make), *undo_of(make)]


def answers_of(make: Maker) -> list[Form]:
    """Return a form for each opinion that has no answer yet."""
    if not make.may_edit or make.row["state"] not in _ANSWERED:
        return []
    open_ones = [one for one in make.told["hearing"]["opinions"] if not one["answer"]]
    return [
        make.form(
            f"opinions/{last_part(one['number'])}/answer", ANSWER,
            f"答复 {one['by']}：{one['text']}", f"Answer {one['by']}: {one['text']}",
            seen=one["etag"],
        )
        for one in open_ones[:MOST]
    ]  # fmt: skip


def _naming(make: Maker) -> list[Form]:
    """Return the forms of what is proposed: the fields, the names, how they are read."""
    state, found = make.row["state"], []
    names = [one["name"] for one in make.told["names"]]
    choices = {"name": tuple((one, one) for one in names)}
    if state in _EDITABLE:
        found.append(_edit(make))
        if make.desk.rules.kind(make.row["kind"]).names:
            found.append(make.form("candidates", CANDIDATE, "加拟用名称", "Add a name"))
    if state in _READ_BEFORE and names:
        found.append(make.form("readings", READING, "审定读音", "Reading", choices=choices))
    if state in BEFORE_DECISION and len(names) > 1:
        found.append(make.form("choice", CHOICE, "选定名称", "Choose a name", choices=choices))
    return found


def _handling(make: Maker) -> list[Form]:
    """Return the forms of what is gathered about a case: documents and opinions."""
    state, found = make.row["state"], []
    if state not in CLOSED:
        found.append(_document(make))
    if state == "reviews" and "consultation" in _branches(make):
        found.append(make.form("consultation", TERM, "公开征求意见", "Consult"))
    if state in _HEARD:
        found.append(_opinion(make))
    return found


def _step(make: Maker, action: Mapping[str, Any]) -> Form:
    """Return the form of an act of the state machine."""
    kind, title = action["action"], action["title"]
    if kind == "approve":
        choices = {"authority": _authorities(make), "document": make.papers()}
        must = ("authority",) if choices["authority"] else ()
        return make.form("approval", APPROVAL, title, title, choices=choices, must=must)
    if kind == "check_rules":
        return make.form("check", CHECK, title, title)
    if "kind" in action["body"]:
        return _document(make, action["body"]["kind"], title)
    listed = bool(make.desk.rules.kind(make.row["kind"]).children)
    but = {"action", *(() if listed else ("all",))}
    choices = {"document": make.papers()} if make.told["documents"] else {}
    if not choices:
        but.add("document")
    return make.form(
        "actions", ACT, title, title, hidden=(("action", kind),), choices=choices,
        but=frozenset(but),
    )  # fmt: skip


def _edit(make: Maker) -> Form:
    """Return the form by which what a case says is changed, filled in as it stands."""
    key, title = "edit", say("修改", "Edit")
    sent = make.at(key)
    if not sent.fields:
        sent = filled_fields(make.desk, make.row)
    fields = edited_fields(make.row["kind"])
    form = make.whole("", title, field_controls(fields, sent, make.prefix()), key=key)
    about = say("已填好现有内容，改要改的项。", "Filled in as it stands; change what is to change.")
    return replace(form, about=about)


def _document(make: Maker, kind: str = "", title: str = "") -> Form:
    words = make.desk.rules.documents
    kinds = tuple((key, str(word)) for key, word in words.items())
    hidden = (("kind", kind),) if kind else ()
    title = title or say("登记文件", "Add a document")
    return make.form(
        "documents", DOCUMENT, title, title, hidden=hidden, choices={"kind": kinds},
        but=frozenset({"kind"}) if kind else frozenset(),
    )  # fmt: skip


def _opinion(make: Maker) -> Form:
    stances = tuple((key, str(word)) for key, word in STANCES.items())
    return make.form(
        "opinions", OPINION, "记下意见", "Write down an opinion", choices={"stance": stances}
    )


def _authorities(make: Maker) -> Choices:
    """Return who may decide over the case."""
    rules, row = make.desk.rules, make.row
    with reading(make.desk.book) as select:
        rows = select("case", campaign_id=row["id"]) or [row]
        allowed = dict.fromkeys(
            one for each in rows for one in authorities(select, case_of(each, rules), rules)
        )
    return tuple((one, str(rules.authorities[one].word)) for one in allowed)


def _branches(make: Maker) -> tuple[str, ...]:
    with reading(make.desk.book) as select:
        return branches(case_of(make.row, make.desk.rules), select, make.desk.rules)
