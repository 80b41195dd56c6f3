"""Forms for what follows the steps of a case: its tasks, its place codes, taking a step back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from api.ogc.told import Form
from api.people.scopes import Scope
from api.routes.case_bodies import CODES, DONE, LONGER, UNDO
from api.routes.case_desk import EDIT
from api.routes.case_making import MOST, Maker, last_part
from geo.gazetteer.cases import last_step
from geo.gazetteer.cases.coding import TASK, may_code, uncoded
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.record import case_of, reading
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.cases import LastStep

_BY_ACTS: Final = frozenset({"filing", "announcement", TASK})
"""Tasks that are done by an act on their case."""


def scopes_to_undo(last: LastStep | None) -> tuple[Scope, ...]:
    """Return what one must be allowed to take the last step of a case back."""
    return ("approve",) if last is not None and last.approves else EDIT


def codes_of(make: Maker) -> list[Form]:
    """Return the form by which the places that a case named get their codes."""
    desk, kind = make.desk, make.desk.rules.kind(make.row["kind"])
    if not (make.may_edit and may_code(kind) and after_approval(kind, make.row["state"])):
        return []
    with reading(desk.book) as select:
        without = uncoded(select, case_of(make.row, desk.rules), desk.day, desk.rules)
    if without:
        but = frozenset({"code", "note"}) if kind.children else frozenset()
        return [make.form("codes", CODES, "编定地名代码", "Assign place codes", but=but)]
    if kind.children:
        return []
    form = make.form(
        "codes", CODES, "换用别处给的代码", "Enter a code given elsewhere", must=("code",)
    )
    return [replace(form, quiet=True)]


def undo_of(make: Maker) -> list[Form]:
    """Return the form by which the last step is taken back, for those who may."""
    desk = make.desk
    last = last_step(desk.book, make.row["id"], desk.rules)
    if last is None or not all(desk.person.may(scope) for scope in scopes_to_undo(last)):
        return []
    if last.approves and desk.handled([make.row]):
        return []
    word = desk.veil.over(last.reason)
    about = say(
        f"最后一步：{word}（{last.author}，{last.at[:10]}）。",
        f"The last step: {word} ({last.author}, {last.at[:10]}).",
    )
    form = make.form("undo", UNDO, "撤回最后一步", "Take back the last step")
    return [replace(form, quiet=True, about=about)]


def tasks_of(make: Maker) -> list[Form]:
    """Return the forms by which the tasks of a case are done or given more time."""
    still = [one for one in make.told["tasks"] if not one["done_on"]] if make.may_edit else []
    return [form for one in still[:MOST] for form in (*_done(make, one), *_longer(make, one))]


def _done(make: Maker, one: Mapping[str, Any]) -> list[Form]:
    """Return the form by which a task is done, unless an act on its case does it."""
    if one["kind"] in _BY_ACTS:
        return []
    sign = one["kind"].startswith("sign_")
    form = make.form(
        f"tasks/{last_part(one['number'])}/done", DONE, f"完成：{one['title']}",
        f"Done: {one['title']}", seen=one["etag"],
        but=frozenset() if sign else frozenset({"photo", "spec"}),
        must=("photo",) if sign else (),
    )  # fmt: skip
    return [form]


def _longer(make: Maker, one: Mapping[str, Any]) -> list[Form]:
    """Return the form by which a deadline is extended, where a rule lets it be, and once."""
    rule = make.desk.rules.deadline(one["kind"], make.row["division_code"])
    may = rule is not None and (rule.extension_days or rule.extension_months)
    if not may or not one["due_on"] or one["source"] or not make.told["documents"]:
        return []
    form = make.form(
        f"tasks/{last_part(one['number'])}/extension", LONGER, f"延长期限：{one['title']}",
        f"Extend: {one['title']}", seen=one["etag"], choices={"document": make.papers()},
    )  # fmt: skip
    return [replace(form, quiet=True)]
