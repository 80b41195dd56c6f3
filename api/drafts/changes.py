"""What a draft changes as people read it: field by field, the old beside the new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import shapely
from pyproj import Geod

from api.drafts.choosing import ACTS
from api.drafts.shown import act_of
from api.ogc.cells import shape_told
from api.ogc.moments import moment
from api.ogc.stale import title_of
from api.ogc.told import Control
from api.people.person import called
from geo.schema import Column, LayerSchema
from geo.schema import layer as layer_schema
from geo.store.drafts.book import Change
from geo.store.drafts.standings import Standing
from geo.store.merging import WHOLE, Conflict, differences
from geo.store.records import SHAPE, Cell, Record
from geo.text import say

CHOICE, VALUE = "choice.", "value."
"""How the fields of a form begin that settle a conflict: whose value, and one's own."""
_EARTH: Final = Geod(ellps="GRS80")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a row: what it was, what is published now, what the draft makes of it."""

    title: str
    before: str
    published: str
    after: str
    conflict: bool = False
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """What an author chooses for one field in conflict; ``side`` is what he chose before."""

    name: str
    title: str
    theirs: str
    yours: str
    own: Control | None
    side: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row that a draft changes."""

    layer: str
    key: str
    heading: str
    act: str
    act_word: str
    by: str
    at: str
    changed_since: bool
    lines: Sequence[Line]
    settling: Sequence[Settling] = field(default=())


def shown(standing: Standing, sent: Mapping[str, str]) -> Shown:
    """Return a row that a draft changes, for a page.

    Parameters
    ----------
    standing
        The row.
    sent
        What a form had that was refused; it stands in the form of its row again.
    """
    change, schema = standing.change, layer_schema(standing.change.layer)
    theirs = None if standing.now is None else standing.now.record
    conflicts = {one.field: one for one in standing.merged.conflicts}
    pairs = differences(change.base, change.after)
    names = {*pairs, *(name for name in conflicts if name != WHOLE)}
    lines = [
        _line(schema, name, change.base, theirs, change.after, conflict=name in conflicts)
        for name in (*(one.name for one in schema.columns), SHAPE)
        if name in names and name != schema.key
    ]
    this = (sent.get("collection"), sent.get("id")) == (change.layer, change.key)
    at, own = f"{change.layer}-{change.key}-", sent if this else {}
    return Shown(
        change.layer,
        change.key,
        f"{say(schema.zh, schema.en)} {named(change)}",
        act_of(change),
        say(*ACTS[act_of(change)]),
        called(change.by.author),
        moment(change.by.at),
        theirs != change.base,
        lines,
        [_settling(schema, one, own, at=at) for one in conflicts.values()],
    )


def named(change: Change) -> str:
    """Return the name and the id of a row."""
    known = change.after or change.base or {}
    return f"{known.get('name') or ''} {change.key}".strip()


def cell_told(schema: LayerSchema, name: str, cell: Cell) -> str:
    """Return one field of a row as people read it."""
    if cell is None or cell == "":
        return "–"
    if name == SHAPE:
        return shape_told(shapely.from_wkb(str(cell)))
    if isinstance(cell, bool):
        return say("是", "yes") if cell else say("否", "no")
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:,.10g}"
    column = next((one for one in schema.columns if one.name == name), None)
    labels = {one.value: one.labels[0] for one in column.choices} if column else {}
    return say(labels.get(str(cell), str(cell)), str(cell))


def in_box(cell: Record | Cell) -> str:
    """Return one field of a row as it stands in the box of a form."""
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


def _line(
    schema: LayerSchema,
    name: str,
    base: Record | None,
    theirs: Record | None,
    yours: Record | None,
    *,
    conflict: bool,
) -> Line:
    was, now, new = (None if row is None else row.get(name) for row in (base, theirs, yours))
    return Line(
        title_told(schema, name),
        cell_told(schema, name, was),
        cell_told(schema, name, now),
        cell_told(schema, name, new),
        conflict=conflict,
        moved=moved_told(was, new) if name == SHAPE else "",
    )


def title_told(schema: LayerSchema, name: str) -> str:
    """Return what people call a field, with its unit."""
    column = next((one for one in schema.columns if one.name == name), None)
    return title_of(schema, name) if column is None else column.heading


def metres_moved(before: Cell, after: Cell) -> float | None:
    """Return how far a point was moved; nothing where a shape is no point."""
    if before is None or after is None:
        return None
    first, second = shapely.from_wkb(str(before)), shapely.from_wkb(str(after))
    if first.geom_type != "Point" or second.geom_type != "Point":
        return None
    return float(_EARTH.inv(*shapely.get_coordinates([first, second]).ravel())[2])


def moved_told(before: Cell, after: Cell) -> str:
    """Return in words how far a point was moved."""
    far_m = metres_moved(before, after)
    if far_m is None:
        return ""
    return say(f"移动约 {far_m:,.1f} 米", f"moved by about {far_m:,.1f} m")


def _settling(
    schema: LayerSchema, conflict: Conflict, sent: Mapping[str, str], *, at: str
) -> Settling:
    side = sent.get(f"{CHOICE}{conflict.field}", "")
    if conflict.field == WHOLE:
        gone, kept = say("删除这一行", "taken away"), say("保留这一行", "kept")
        sides = [gone if side is None else kept for side in (conflict.theirs, conflict.yours)]
        return Settling(WHOLE, say("整行", "The whole row"), sides[0], sides[1], None, side)
    theirs, yours = (
        "" if isinstance(one, Mapping) else cell_told(schema, conflict.field, one)
        for one in (conflict.theirs, conflict.yours)
    )
    title = title_told(schema, conflict.field)
    value = sent.get(f"{VALUE}{conflict.field}", "") if side else in_box(conflict.yours)
    own = None if conflict.field == SHAPE else _own(schema[conflict.field], title, value, at=at)
    return Settling(conflict.field, title, theirs, yours, own, side)


def _own(column: Column, title: str, value: str, *, at: str) -> Control:
    """Return the control in which an author writes a value of his own."""
    choices = [(one.value, say(one.labels[0], one.value)) for one in column.choices]
    if column.type == "bool":
        choices = [("true", say("是", "yes")), ("false", say("否", "no"))]
    kinds = {"int": "number", "float": "number", "date": "date"}
    kind = "choice" if choices else kinds.get(column.type, "text")
    step = (("step", "1" if column.type == "int" else "any"),) if kind == "number" else ()
    return Control(
        kind,
        f"{VALUE}{column.name}",
        say(f"“{title}”另填的值", f"Another value of {title}"),
        value=value,
        choices=(("", say("空", "empty")), *choices) if choices else (),
        limits=step,
        prefix=at,
    )
