"""Forms of cases over the API: the fields of each kind, and the proposals that filled ones make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.errors import ApiError
from api.jobs.process import Input
from api.routes.bodies import TEXT, Body
from api.routes.case_desk import ON, Desk
from api.routes.standing import place_meant
from geo.errors import DataError, PlannerError
from geo.gazetteer.cases.forms import (
    Fault,
    Field,
    field_named,
    fields_of,
    proposal_of,
    worded,
)
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.cases import Proposal, Rulebook

_FIELDS: Final = Input(
    "fields", "表上各项", "fields",
    {"type": "object", "additionalProperties": {"type": "string"}},
    "{项: 值}，项用英文键或中文标题，各类案卷有哪些项见 /cases/kinds。",
    required=True,
)  # fmt: skip
OPEN: Final = Body(
    (
        Input("kind", "案卷类型", "kind of case", TEXT, "如 naming（命名）。", required=True),
        _FIELDS,
        Input("campaign", "批量案卷", "campaign", TEXT, "列入哪件批量案卷的清单（案号）。"),
        Input("supersedes", "取代", "supersedes", TEXT, "取代哪件已批准的案卷（案号）。"),
        ON,
    ),
    {
        "kind": "naming",
        "fields": {
            "name": "望潮路",
            "class": "城镇街巷",
            "division": "990101001",
            "reason": "新建道路",
            "shape": "LINESTRING (114.27 30.47, 114.275 30.472)",
        },
    },
)
EDITED: Final = Body((_FIELDS, ON), {"fields": {"reason": "新建道路，已通车"}})
_TITLES: Final = frozenset({"title", "标题", "Title"})
_THINGS: Final = ("place", "line", "stone")
"""What fields read that name a place, a line or a stone."""
_COLUMNS: Final = ("place_id", "division_code", "applicant", "reason_code", "reason")


class UnfitFormError(ApiError, DataError):
    """A form has unfit fields; ``faults`` names each."""


def kinds_told(rules: Rulebook) -> list[dict[str, Any]]:
    """Return every kind of case with the fields of its form."""
    return [
        {
            "kind": kind.id,
            "label": str(kind.word),
            "article": kind.article,
            "documents": [
                {"kind": one, "label": str(rules.documents[one])} for one in kind.documents
            ],
            "reviews": [{"kind": one, "label": str(rules.documents[one])} for one in kind.branches],
            "listed": list(kind.children),
            "fields": [
                {
                    "field": one.field,
                    "label": one.label,
                    "hint": one.hint,
                    "wanted": one.wanted(kind),
                }
                for one in fields_of(kind.id)
            ],
        }
        for kind in rules.kinds.values()
    ]


def proposal_told(
    desk: Desk, kind: str, filled: dict[str, str], *, opening: bool = False
) -> Proposal:
    """Return the proposal that fields make.

    Parameters
    ----------
    desk, kind, filled
        Whose it is, the kind of case, and its fields.
    opening
        Whether a case is opened with it, which must be about something; what else is wanted may
        follow before it is submitted.

    Raises
    ------
    UnfitFormError
        Fields are unknown or unfit; all are named.
    """
    known = {name: field_named(kind, name) for name in filled}
    unknown = say("表上没有这一项", "the form has no such field")
    faults = [Fault(name, unknown) for name, field in known.items() if not field]
    faults += _empty(filled)
    values = {}
    for name, field in known.items():
        if field is None:
            continue
        hidden = _not_there(desk, field, filled[name])
        faults += hidden
        if not hidden:
            values[field.field] = filled[name]
    asked, unfit = proposal_of(desk.book, kind, values, on=desk.day, rules=desk.rules)
    if opening and not faults and not unfit and asked.title == str(desk.rules.kind(kind).word):
        told = say("须填，否则不知道是哪一处、什么名称", "must be told: which place, what name")
        unfit = [Fault(name, told) for name in _about(desk, kind) or ["title"]]
    every = [*faults, *unfit]
    if every:
        there = "、".join(f"{one.label} ({one.field})" for one in fields_of(kind))
        raise UnfitFormError(
            say("填写的内容不对：", "the form is unfit: ") + worded(kind, every),
            hint=say(f"可填的项：{there}", f"Fields: {there}"),
            faults=[{"where": one.field, "what": one.message} for one in every],
        )
    return asked


def columns_of(asked: Proposal, filled: dict[str, str]) -> dict[str, str]:
    """Return what an edit changes beside the facts and the names."""
    columns = {name: getattr(asked, name) for name in _COLUMNS if getattr(asked, name)}
    if _TITLES.intersection(filled):
        columns["title"] = asked.title
    return columns


def _about(desk: Desk, kind: str) -> list[str]:
    """Return the fields that say what a case is about."""
    rules = desk.rules.kind(kind)
    return [
        one.field
        for one in fields_of(kind)
        if one.reads in _THINGS or (one.target == "names.0.text" and one.wanted(rules))
    ]


def _empty(filled: dict[str, str]) -> list[Fault]:
    told = say("不能是空的", "may not be empty")
    return [Fault(name, told) for name, value in filled.items() if not _is_told(value)]


def _is_told(value: str) -> bool:
    """Return whether there is anything in a text that one can see."""
    return any(sign.isprintable() and not sign.isspace() for sign in value)


def _not_there(desk: Desk, field: Field, written: str) -> list[Fault]:
    """Return a fault for every place that is not there, or of which nobody is told."""
    if field.reads not in ("place", "places"):
        return []
    faults = []
    for text in written.replace("；", "、").replace(";", "、").split("、"):
        try:
            place_meant(desk.book, text, on=desk.day)
        except PlannerError as error:
            faults.append(Fault(field.field, f"{error.message}{error.hint or ''}"))
    return faults
