"""Which changes of a draft a reader asks for: of a layer, a field, an act, one row, from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from api.drafts.shown import act_of
from api.ogc.parameters import Parameter, asked, whole
from geo.errors import DataError, PlannerError
from geo.schema import layer as layer_schema
from geo.store.drafts.standings import Standing
from geo.store.merging import differences
from geo.text import say

ACTS: Final[Mapping[str, tuple[str, str]]] = {
    "insert": ("新建", "new"),
    "update": ("修改", "changed"),
    "delete": ("删除", "taken away"),
    "conflict": ("有冲突", "in conflict"),
}
AFTER: Final = Parameter(
    "after", "网页从第几行之后接着列，取自上一页的链接。", {"type": "integer", "minimum": 0}
)
PARAMETERS: Final = (
    Parameter("collection", "只列这个图层的改动。", example="compound"),
    Parameter("id", "只列这个编号的行。"),
    Parameter("property", "只列改了这一项的行；图形写 geometry。", example="elders"),
    Parameter(
        "act",
        "只列新建、修改、删除或有冲突的行。",
        {"type": "string", "enum": [*ACTS], "x-labels": {act: zh for act, (zh, _) in ACTS.items()}},
    ),
    AFTER,
)  # fmt: skip
_NAMES: Final = frozenset(one.name for one in PARAMETERS)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reader asks for; what is empty leaves all in."""

    layer: str = ""
    key: str = ""
    field: str = ""
    act: str = ""
    start: int = 0

    @property
    def is_all(self) -> bool:
        """Whether no change is left out."""
        return not (self.layer or self.key or self.field or self.act)

    def of(self, standing: Sequence[Standing]) -> list[Standing]:
        """Return those that are asked for."""
        return [one for one in standing if self._fits(one)]

    def at(self, start: int) -> str:
        """Return what stands behind the question mark of a page that begins elsewhere."""
        told = replace(self, start=start)
        named = {"collection": told.layer, "id": told.key, "property": told.field, "act": told.act}
        asked = {name: text for name, text in named.items() if text}
        return urlencode({"f": "html", **asked, **({"after": start} if start else {})})

    def _fits(self, one: Standing) -> bool:
        change = one.change
        return (
            self.layer in ("", change.layer)
            and self.key in ("", change.key)
            and (not self.field or self.field in fields_of(one))
            and (self.act in ("", act_of(change)) or self._is_at_odds(one))
        )

    def _is_at_odds(self, one: Standing) -> bool:
        return self.act == "conflict" and bool(one.merged.conflicts)


def chosen(request: Request, form: str) -> Chosen:
    """Return what a request asks for; only pages begin anywhere but at the first row.

    Raises
    ------
    DataError
        There is no such act, the start is no number, or a parameter is unknown.
    NotFoundError
        There is no such layer.
    """
    return _chosen(asked(request, ("f", *(_NAMES if form == "html" else _NAMES - {AFTER.name}))))


def back_to(body: object) -> Chosen:
    """Return which changes a page listed whose form was sent, as its field ``back`` says."""
    written = body.get("back", "") if isinstance(body, Mapping) else ""
    try:
        given = dict(parse_qsl(str(written)))
        return _chosen({name: text for name, text in given.items() if name in _NAMES})
    except (PlannerError, ValueError):
        return Chosen()


def _chosen(given: Mapping[str, str]) -> Chosen:
    act = given.get("act", "")
    if act and act not in ACTS:
        raise DataError(
            say(f"act 没有“{act}”。", f"there is no act {act!r}."),
            hint=say(f"可写：{'、'.join(ACTS)}。", f"known: {', '.join(ACTS)}."),
        )
    layer = given.get("collection", "")
    if layer:
        layer_schema(layer)
    return Chosen(
        layer, given.get("id", ""), given.get("property", ""), act,
        whole("after", given.get("after", "0"), least=0, most=10**9),
    )  # fmt: skip


def fields_of(one: Standing) -> Mapping[str, tuple[Any, Any]]:
    """Return what a change does to a row that was there and stays, field by field."""
    change = one.change
    if change.base is None or change.after is None:
        return {}
    return differences(change.base, change.after)
