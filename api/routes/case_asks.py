"""Forms on the page of a case: what its state and the person's rights allow, each act one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from api.ogc.asking import EMPTY, controls_of
from api.ogc.respond import address
from api.ogc.sent import Sent
from api.ogc.told import Control, Form, token_of
from api.routes.bodies import Body
from api.routes.case_bodies import (
    ACT,
    ANSWER,
    APPROVAL,
    CANDIDATE,
    CHECK,
    CHOICE,
    DOCUMENT,
    DONE,
    LONGER,
    OPINION,
    READING,
    TERM,
    UNDO,
)
from api.routes.case_desk import EDIT, Desk
from api.routes.case_fields import field_controls
from geo.errors import PlannerError
from geo.gazetteer.cases.deciding import authorities
from geo.gazetteer.cases.forms import fields_of
from geo.gazetteer.cases.hearing import STANCES
from geo.gazetteer.cases.machine import CLOSED, after_approval
from geo.gazetteer.cases.record import BEFORE_DECISION, branches, case_of, reading
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row

SEEN: Final = "if_match"
WHICH: Final = "form"
EXTRA: Final = (SEEN, WHICH)
"""Fields beside those of the act: the version that was seen, and which form it was."""
_EDITABLE: Final = ("draft", "supplement")
_READ_BEFORE: Final = (*_EDITABLE, "submitted", "formal_check")
_HEARD: Final = ("submitted", "formal_check", "rules_checked", "reviews")
_ANSWERED: Final = (*_HEARD, "supplement")
_UNASKED: Final = frozenset({"role", "sha256"})
_MOST: Final = 30
"""Opinions and tasks of a page that have forms of their own; the others are on pages."""


class Asks:
    """The forms of one case for one person.

    Parameters
    ----------
    desk, row, told
        Who looks, the case, and what is told of it.
    sent, problem
        The form that was refused before, and why.
    """

    def __init__(
        self,
        desk: Desk,
        row: Row,
        told: Mapping[str, Any],
        sent: Sent = EMPTY,
        problem: PlannerError | None = None,
    ) -> None:
        self._desk = desk
        self._row = row
        self._told = told
        self._sent = sent
        self._problem = problem
        self._own = f"/cases/{row['number'] or row['id']}"
        self._count = 0
        self._may_edit = all(desk.person.may(scope) for scope in EDIT)

    def steps(self) -> list[Form]:
        """Return the acts that follow from the state of the case."""
        return [self._step(one) for one in self._told["actions"] if one["allowed"]]

    def work(self) -> list[Form]:
        """Return what else may be done with the case."""
        desk, row, state = self._desk, self._row, self._row["state"]
        kind, found = desk.rules.kind(row["kind"]), []
        names = [one["name"] for one in self._told["names"]]
        if self._may_edit:
            if state in _EDITABLE:
                found.append(self._edit())
                if kind.names:
                    found.append(self._form("candidates", CANDIDATE, "加拟用名称", "Add a name"))
            if state in _READ_BEFORE and names:
                found.append(self._of_names("readings", READING, names, "审定读音", "Reading"))
            if state in BEFORE_DECISION and len(names) > 1:
                found.append(self._of_names("choice", CHOICE, names, "选定名称", "Choose a name"))
            if state not in CLOSED:
                found.append(self._document())
            if state == "reviews" and "consultation" in self._branches():
                found.append(self._form("consultation", TERM, "公开征求意见", "Consult"))
            if state in _HEARD:
                found.append(self._opinion())
        if self._may_undo(kind_after=after_approval(kind, state)):
            form = self._form("undo", UNDO, "撤回最后一步", "Take back the last step")
            found.append(replace(form, quiet=True))
        return found

    def answers(self) -> list[Form]:
        """Return a form for each opinion that has no answer yet."""
        if not self._may_edit or self._row["state"] not in _ANSWERED:
            return []
        open_ones = [one for one in self._told["hearing"]["opinions"] if not one["answer"]]
        return [
            self._form(
                f"opinions/{_last(one['number'])}/answer", ANSWER,
                f"答复 {one['by']}：{one['text']}", f"Answer {one['by']}: {one['text']}",
                seen=one["etag"],
            )
            for one in open_ones[:_MOST]
        ]  # fmt: skip

    def tasks(self) -> list[Form]:
        """Return the forms by which tasks are done or given more time."""
        if not self._may_edit:
            return []
        made = []
        for one in [task for task in self._told["tasks"] if not task["done_on"]][:_MOST]:
            at = f"tasks/{_last(one['number'])}"
            sign = one["kind"].startswith("sign_")
            but = frozenset() if sign else frozenset({"photo", "spec"})
            title = one["title"]
            done = self._form(
                f"{at}/done", DONE, f"完成：{title}", f"Done: {title}", seen=one["etag"], but=but,
                must=("photo",) if sign else (),
            )  # fmt: skip
            made.append(done)
            if one["due_on"] and self._told["documents"]:
                longer = self._form(
                    f"{at}/extension", LONGER, f"延长期限：{title}", f"Extend: {title}",
                    seen=one["etag"], choices={"document": self._papers()},
                )  # fmt: skip
                made.append(replace(longer, quiet=True))
        return made

    def _step(self, action: Mapping[str, Any]) -> Form:
        """Return the form of an act of the state machine."""
        kind, title = action["action"], action["title"]
        if kind == "approve":
            choices = {"authority": self._authorities(), "document": self._papers()}
            return self._form("approval", APPROVAL, title, title, choices=choices)
        if kind == "check_rules":
            return self._form("check", CHECK, title, title)
        if "kind" in action["body"]:
            return self._document(action["body"]["kind"], title)
        listed = bool(self._desk.rules.kind(self._row["kind"]).children)
        but = {"action", *(() if listed else ("all",))}
        choices = {"document": self._papers()} if self._told["documents"] else {}
        if not choices:
            but.add("document")
        return self._form(
            "actions", ACT, title, title, hidden=(("action", kind),), choices=choices,
            but=frozenset(but),
        )  # fmt: skip

    def _edit(self) -> Form:
        fields = fields_of(self._row["kind"])
        return self._whole(
            "", say("修改", "Edit"), field_controls(fields, self._at("edit"), self._prefix()),
            about=say("只填要改的项，其余不动。", "Fill in only what changes."),
        )  # fmt: skip

    def _document(self, kind: str = "", title: str = "") -> Form:
        words = self._desk.rules.documents
        kinds = tuple((key, str(word)) for key, word in words.items())
        hidden = (("kind", kind),) if kind else ()
        title = title or say("登记文件", "Add a document")
        return self._form(
            "documents", DOCUMENT, title, title, hidden=hidden, choices={"kind": kinds},
            but=frozenset({"kind"}) if kind else frozenset(),
        )  # fmt: skip

    def _opinion(self) -> Form:
        words = tuple((key, str(word)) for key, word in STANCES.items())
        stances = (("", say("请选择", "choose")), *words)
        return self._form(
            "opinions", OPINION, "记下意见", "Write down an opinion", choices={"stance": stances}
        )

    def _of_names(self, what: str, body: Body, names: Iterable[str], zh: str, en: str) -> Form:
        return self._form(what, body, zh, en, choices={"name": tuple((n, n) for n in names)})

    def _form(
        self,
        what: str,
        body: Body,
        zh: str,
        en: str,
        *,
        seen: str = "",
        hidden: tuple[tuple[str, str], ...] = (),
        choices: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
        but: frozenset[str] = frozenset(),
        must: tuple[str, ...] = (),
    ) -> Form:
        """Return the form of an act that is sent to an address below the case's own."""
        key = f"{what}#{'|'.join(value for _, value in hidden)}"
        asks = [one for one in body.members if one.name not in (_UNASKED | but)]
        controls = [
            _chosen(one, (choices or {}).get(one.name, ()))
            for one in controls_of(asks, self._at(key), prefix=self._prefix())
        ]
        controls = [replace(one, required=True) if one.name in must else one for one in controls]
        return self._whole(what, say(zh, en), tuple(controls), seen=seen, hidden=hidden, key=key)

    def _whole(
        self,
        what: str,
        title: str,
        controls: tuple[Control, ...],
        *,
        about: str = "",
        seen: str = "",
        hidden: tuple[tuple[str, str], ...] = (),
        key: str = "",
    ) -> Form:
        key = key or "edit"
        path = f"{self._own}/{what}" if what else self._own
        mark = seen or self._desk.mark(self._row)
        return Form(
            title,
            address(self._desk.request, path),
            title if len(title) <= 12 else say("确定", "OK"),  # noqa: PLR2004 - fits on a button
            controls,
            hidden=(*token_of(self._desk.request), (SEEN, mark), (WHICH, key), *hidden),
            about=about,
            problem=self._problem if self._sent.text(WHICH) == key else None,
        )

    def _at(self, key: str) -> Sent:
        """Return what was filled into a form before, where it was this one."""
        return self._sent if self._sent.text(WHICH) == key else EMPTY

    def _prefix(self) -> str:
        self._count += 1
        return f"f{self._count}-"

    def _papers(self) -> tuple[tuple[str, str], ...]:
        """Return the documents of the case, to choose one."""
        found = []
        for one in self._told["documents"]:
            key = one["number"] or one["title"]
            found.append((key, f"{one['label']}：{key}"))
        return tuple(found)

    def _authorities(self) -> tuple[tuple[str, str], ...]:
        """Return who may decide over the case."""
        rules, row = self._desk.rules, self._row
        with reading(self._desk.book) as select:
            rows = select("case", campaign_id=row["id"]) or [row]
            allowed = dict.fromkeys(
                one for each in rows for one in authorities(select, case_of(each, rules), rules)
            )
        return tuple((one, str(rules.authorities[one].word)) for one in allowed)

    def _branches(self) -> tuple[str, ...]:
        with reading(self._desk.book) as select:
            return branches(case_of(self._row, self._desk.rules), select, self._desk.rules)

    def _may_undo(self, *, kind_after: bool) -> bool:
        steps = len(self._told["steps"]) > 1
        return steps and (self._desk.person.may("approve") if kind_after else self._may_edit)


def _chosen(one: Control, choices: tuple[tuple[str, str], ...]) -> Control:
    """Return a control that lets choose from what there is."""
    if not choices:
        return one
    left_open = () if one.required else (("", say("不写", "open")),)
    return replace(one, kind="choice", choices=(*left_open, *choices), about="")


def _last(number: str) -> str:
    return number.rpartition("/")[2]
