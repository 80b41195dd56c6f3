"""How rows are put in, changed and taken away: many at once, checked as at import, none lost."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geo.errors import DataError
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store import history
from geo.store.agreeing import Turn, must_agree
from geo.store.batches import Batch, last_versions
from geo.store.dialects import dialect_of
from geo.store.geometry import kind_of
from geo.store.history import By, Entry
from geo.store.record_limits import faults_of
from geo.store.records import SHAPE, Record, Row, fitted, read, shapes_of, stored
from geo.store.referring import must_be_unnamed
from geo.store.refusals import (
    Edit,
    StaleRowError,
    absent,
    refused,
    there_already,
    without_columns,
)
from geo.text import say

__all__ = [
    "Done",
    "Edit",
    "StaleRowError",
    "absent",
    "apply",
    "check",
    "fit_shape",
    "new_key",
    "refused",
    "there_already",
]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one row: its key, and its version (of a row taken away, its last)."""

    key: str
    version: int


def apply(
    connection: sa.Connection, edits: Sequence[Edit], by: By, *, warned: bool = False
) -> list[Done]:
    """Carry out edits, all or none, and keep what the rows were before.

    Parameters
    ----------
    connection
        In a writing transaction.
    edits
        At most one a row.
    by
        Who edits.
    warned
        Whether rows may name others that are not there where an import only warns of it.

    Raises
    ------
    StaleRowError
        A row has another version by now.
    ReferredError
        A row that is to go is named by one that stays.
    ConflictError
        A row that is to be new is there already.
    DataError
        A row would break its layer's schema, or name one that is not there; the message has every
        fault of all rows.
    NotFoundError
        There is no such layer, or no row of this key ever was.
    """
    done: dict[int, Done] = {}
    layers = list(dict.fromkeys(edit.layer for edit in edits))
    plans = [_Plan(connection, layer_schema(name)) for name in layers]
    for plan in plans:
        own = [(at, edit) for at, edit in enumerate(edits) if edit.layer == plan.schema.name]
        plan.settle([edit for _, edit in own])
    check([(plan.schema, plan.wanted()) for plan in plans])
    for plan in plans:
        own_places = [at for at, edit in enumerate(edits) if edit.layer == plan.schema.name]
        done |= zip(own_places, plan.carry_out(by), strict=True)
    must_agree(connection, [turn for plan in plans for turn in plan.turns()], warned=warned)
    must_be_unnamed(connection, [(one.layer, one.key) for one in edits if one.after is None])
    return [done[at] for at in range(len(edits))]


def check(rows: Sequence[tuple[LayerSchema, Sequence[Record]]]) -> None:
    """Refuse rows that their layers do not allow.

    Raises
    ------
    DataError
        With every fault of every row, one a line.
    """
    found: list[str] = []
    for schema, records in rows:
        for record in records:
            key = record.get(schema.key) or say("新行", "new row")
            which = say(f"{schema.zh}“{key}”：", f"{schema.name} {key}: ")
            label = which if len(rows) > 1 or len(records) > 1 else ""
            found += [label + line for line in faults_of(record, schema)]
    if found:
        raise refused(found)


def new_key(schema: LayerSchema) -> str:
    """Return an id for a new row that no other will have; codes of areas cannot be made up.

    Raises
    ------
    DataError
        The layer's rows are called by codes.
    """
    if schema.key != "id":
        label = schema[schema.key].label_zh
        raise DataError(
            say(f"新的{schema.zh}要写“{label}”。", f"a new {schema.name} needs its {schema.key}.")
        )
    return f"{schema.name}-{uuid.uuid4().hex[:12]}"


class _Plan:
    """The edits of one layer on their way into its table."""

    def __init__(self, connection: sa.Connection, schema: LayerSchema) -> None:
        self.schema = schema
        self._connection = connection
        self._dialect = dialect_of(connection)
        self._edits: list[Edit] = []
        self._before: dict[str, Row] = {}

    def settle(self, edits: Sequence[Edit]) -> None:
        """Give new rows their keys, and refuse what does not fit the rows that stand."""
        schema = self.schema
        self._edits = [_keyed(schema, edit) for edit in edits]
        keys = [edit.key for edit in self._edits]
        if len(set(keys)) < len(keys):
            raise DataError(say("同一行改了两次。", "a row is edited twice."))
        self._before = read(self._connection, schema, keys)
        for edit in self._edits:
            now = self._before.get(edit.key)
            if edit.version is None and now is not None:
                raise there_already(schema, edit.key)
            if edit.version is not None and (now is None or now.version != edit.version):
                if now is None and not history.version_of(self._connection, schema.name, edit.key):
                    raise absent(schema, edit.key)
                raise StaleRowError(schema, edit, now)

    def wanted(self) -> list[Record]:
        """Return the rows as they are to be."""
        return [edit.after for edit in self._edits if edit.after is not None]

    def turns(self) -> list[Turn]:
        """Return the rows as they are to be and as they were."""
        stood = {key: row.record for key, row in self._before.items()}
        return [
            Turn(self.schema, edit.after, stood.get(edit.key))
            for edit in self._edits
            if edit.after is not None
        ]

    def carry_out(self, by: By) -> list[Done]:
        """Write."""
        columns = self._dialect.columns_of(self._connection, self.schema.name)
        kind = self._dialect.kind_of_table(self._connection, self.schema.name) or "GEOMETRY"
        new = [edit.key for edit in self._edits if edit.key not in self._before]
        last = last_versions(self._connection, self.schema.name, new)
        batch = Batch(self._connection, self.schema)
        done: list[Done] = []
        kept: list[tuple[str, str, Entry]] = []
        moved = False
        for edit in self._edits:
            before = self._before.get(edit.key)
            if before is None:
                version = last.get(edit.key, 0) + 1
                changed = self._put_in(batch, edit, version, columns, kind)
            else:
                changed = self._put_on(batch, edit, before, columns, kind)
                version = before.version + bool(changed)
            moved = moved or SHAPE in changed
            done.append(Done(edit.key, version))
            if changed:
                was = None if before is None else before.record
                kept.append((self.schema.name, edit.key, Entry(version, was, edit.after, by)))
        stale = batch.write()
        if stale is not None:  # another program writes to the same database
            now = read(self._connection, self.schema, [stale]).get(stale)
            raise StaleRowError(self.schema, next(e for e in self._edits if e.key == stale), now)
        history.keep(self._connection, kept)
        if moved:
            self._dialect.after_edit(self._connection, self.schema.name)
        return done

    def _put_in(
        self, batch: Batch, edit: Edit, version: int, columns: dict[str, str], kind: str
    ) -> list[str]:
        """Let a new row be written; return its fields."""
        assert edit.after is not None
        names = fitted(edit.after, columns, self.schema)
        _fit_shape(self.schema, edit.after, kind)
        batch.put_in(stored(edit.after, self.schema, names, kind), version=version)
        return [*names, SHAPE]

    def _put_on(
        self, batch: Batch, edit: Edit, before: Row, columns: dict[str, str], kind: str
    ) -> list[str]:
        """Let a row that stands be changed or taken away; return the fields that change."""
        if edit.after is None:
            batch.take_away(edit.key, version=before.version)
            return [SHAPE]
        changed = [n for n, cell in edit.after.items() if cell != before.record.get(n)]
        held = set(fitted(edit.after, columns, self.schema)) if changed else set()
        lacking = [name for name in changed if name not in held]
        if lacking:
            raise without_columns(self.schema, lacking)
        if SHAPE in changed:
            _fit_shape(self.schema, edit.after, kind)
        if changed:
            cells = stored(edit.after, self.schema, changed, kind)
            batch.change(edit.key, cells, version=before.version)
        return changed


def fit_shape(connection: sa.Connection, schema: LayerSchema, record: Record) -> None:
    """Refuse a row whose shape its table cannot hold.

    Raises
    ------
    DataError
        The table holds shapes of another kind.
    """
    _fit_shape(schema, record, dialect_of(connection).kind_of_table(connection, schema.name))


def _fit_shape(schema: LayerSchema, record: Record, kind: str | None) -> None:
    kind = kind or "GEOMETRY"
    if kind not in ("GEOMETRY", kind_of(shapes_of([record]), otherwise=kind)):
        raise DataError(
            say(
                f"层“{schema.zh}”登记的图形类型是 {kind}，新图形不是。",
                f"layer {schema.name!r} holds {kind} shapes; the new one is of another kind",
            ),
            hint=say("请重新导入整层。", "import the whole layer anew"),
        )


def _keyed(schema: LayerSchema, edit: Edit) -> Edit:
    if edit.after is None:
        return edit
    key = edit.key or str(edit.after.get(schema.key) or "") or new_key(schema)
    return Edit(edit.layer, key, {**edit.after, schema.key: key}, edit.version)
