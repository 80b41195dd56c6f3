"""Keep drafts: who has which, what a row is in one, and what it changes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import sqlalchemy as sa

from geo.errors import ConflictError, NotFoundError
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store import history
from geo.store.agreeing import Turn
from geo.store.applying import (
    Done,
    Edit,
    StaleRowError,
    absent,
    fit_shape,
    new_key,
    there_already,
)
from geo.store.drafts.agreeing import check_in
from geo.store.drafts.tables import DRAFT, DRAFT_EDIT, FIRST_FID
from geo.store.geometry import encode
from geo.store.history import By
from geo.store.records import SHAPE, Record, Row, read, shapes_of
from geo.store.versions import FIRST_VERSION
from geo.text import say

State = Literal["open", "proposed", "merged", "closed"]
ANY: Final = -1
"""Version of an edit whose editor does not say which one he saw."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Somebody's own edits; `version` counts them."""

    id: str
    title: str
    owner: str
    state: State
    made_at: str
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a draft changes: as it was published when it began, and as the draft has it."""

    layer: str
    key: str
    base: Record | None
    after: Record | None
    base_version: int | None
    by: By


def begin(connection: sa.Connection, title: str, *, owner: str, at: str) -> Draft:
    """Make an empty draft."""
    draft = Draft(uuid.uuid4().hex[:16], title, owner, "open", at, FIRST_VERSION)
    values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    connection.execute(sa.insert(DRAFT).values(values))
    return draft


def draft_of(connection: sa.Connection, identity: str) -> Draft:
    """Return a draft.

    Raises
    ------
    NotFoundError
        There is none.
    """
    row = connection.execute(sa.select(DRAFT).where(DRAFT.c.id == identity)).one_or_none()
    if row is None:
        raise NotFoundError(say(f"没有草稿“{identity}”。", f"there is no draft {identity!r}."))
    return Draft(**row._mapping)  # noqa: SLF001 - SQLAlchemy's name for a public thing


def drafts(connection: sa.Connection, *, owner: str | None = None) -> list[Draft]:
    """Return the drafts of one, or of all, the newest first; closed ones are left out."""
    asked = sa.select(DRAFT).where(DRAFT.c.state != "closed")
    if owner is not None:
        asked = asked.where(DRAFT.c.owner == owner)
    ordered = asked.order_by(DRAFT.c.made_at.desc(), DRAFT.c.id)
    return [Draft(**row._mapping) for row in connection.execute(ordered)]  # noqa: SLF001


def set_state(connection: sa.Connection, draft: Draft, state: State) -> None:
    """Give a draft another state."""
    connection.execute(sa.update(DRAFT).where(DRAFT.c.id == draft.id).values(state=state))


def changes(connection: sa.Connection, draft: str) -> list[Change]:
    """Return what a draft changes, by layer and key."""
    return changes_in(connection, sa.select(DRAFT_EDIT).where(DRAFT_EDIT.c.draft == draft))


def changes_in(connection: sa.Connection, asked: sa.Select[Any]) -> list[Change]:
    """Return the changes that a question finds, by layer and key."""
    found = [
        Change(
            row.layer,
            row.row_key,
            None if row.base_json is None else json.loads(row.base_json),
            None if row.after_json is None else json.loads(row.after_json),
            row.base_version,
            By(row.author, row.at),
        )
        for row in connection.execute(asked)
    ]
    return sorted(found, key=lambda change: (change.layer, change.key))


def authors(connection: sa.Connection, draft: str) -> set[str]:
    """Return all who have edits in a draft."""
    own = sa.select(DRAFT_EDIT.c.author).where(DRAFT_EDIT.c.draft == draft).distinct()
    return set(connection.scalars(own))


def row_in(connection: sa.Connection, draft: str, schema: LayerSchema, key: str) -> Row | None:
    """Return a row as a draft shows it; None when it shows none."""
    change = _standing(connection, draft, schema, key)
    if change is None:
        return read(connection, schema, [key]).get(key)
    return (
        None
        if change.after_json is None
        else Row(change.fid, change.version, json.loads(change.after_json))
    )


def put(
    connection: sa.Connection, draft: Draft, edit: Edit, by: By, *, while_proposed: bool = False
) -> Done:
    """Keep an edit in a draft; the published row is not touched.

    Parameters
    ----------
    connection
        In a writing transaction.
    draft
        Which.
    edit
        Its version is that of the row as the draft shows it; `ANY` when the editor says none.
    by
        Who edits.
    while_proposed
        Whether it is done although the draft is handed in.

    Raises
    ------
    ConflictError
        The draft is no longer open, or a row that is to be new is there already.
    StaleRowError
        The row has another version by now.
    DataError
        The row would break its layer's schema.
    NotFoundError
        There is no such layer or row.
    """
    schema = layer_schema(edit.layer)
    version = _counted(connection, draft, while_proposed=while_proposed)
    key = edit.key or str((edit.after or {}).get(schema.key) or "") or new_key(schema)
    after = None if edit.after is None else {**edit.after, schema.key: key}
    now = row_in(connection, draft.id, schema, key)
    if edit.version is None and now is not None:
        raise there_already(schema, key)
    if edit.version is not None and now is None:
        raise absent(schema, key)
    if now is not None and edit.version not in (ANY, now.version):
        raise StaleRowError(schema, edit, now)
    standing = _standing(connection, draft.id, schema, key)
    if standing is None:
        published = read(connection, schema, [key]).get(key)
        fid = FIRST_FID + version - FIRST_VERSION if published is None else published.fid
        base = None if published is None else published.record
        base_version = None if published is None else published.version
    else:
        fid, base_version = standing.fid, standing.base_version
        base = None if standing.base_json is None else json.loads(standing.base_json)
    if after is not None:
        seen = None if now is None else now.record
        check_in(connection, draft.id, Turn(schema, after, seen))
        fit_shape(connection, schema, after)
    _remove(connection, draft.id, schema.name, key)
    if after == base:
        return Done(key, version if base_version is None else base_version)
    change = Change(schema.name, key, base, after, base_version, by)
    _insert(connection, draft.id, change, fid=fid, version=version)
    return Done(key, version)


def rebase(
    connection: sa.Connection, draft: Draft, change: Change, now: Row | None, after: Record | None
) -> None:
    """Let a change begin from the row as it is published now.

    Raises
    ------
    ConflictError
        The draft is neither open nor handed in.
    DataError
        The row would break its layer's schema.
    """
    schema = layer_schema(change.layer)
    version = _counted(connection, draft, while_proposed=True)
    if after is not None:
        check_in(connection, draft.id, Turn(schema, after, change.after))
    _remove(connection, draft.id, change.layer, change.key)
    base = None if now is None else now.record
    if after != base:
        fid = FIRST_FID + version - FIRST_VERSION if now is None else now.fid
        base_version = None if now is None else now.version
        settled = Change(change.layer, change.key, base, after, base_version, change.by)
        _insert(connection, draft.id, settled, fid=fid, version=version)


def discard(connection: sa.Connection, draft: Draft, layer: str, key: str) -> None:
    """Give up what a draft changes of one row.

    Raises
    ------
    ConflictError
        The draft is no longer open.
    NotFoundError
        The draft does not change this row.
    """
    _counted(connection, draft)
    if not _remove(connection, draft.id, layer, key):
        raise NotFoundError(
            say(f"草稿没有改过“{key}”。", f"the draft does not change {key!r} of {layer}.")
        )


def _counted(connection: sa.Connection, draft: Draft, *, while_proposed: bool = False) -> int:
    """Count one more thing done in a draft, and return its version then."""
    states = ("open", "proposed") if while_proposed else ("open",)
    done = connection.execute(
        sa.update(DRAFT)
        .where(DRAFT.c.id == draft.id, DRAFT.c.state.in_(states))
        .values(version=DRAFT.c.version + 1)
    )
    if not done.rowcount:
        raise ConflictError(
            say(f"草稿“{draft.title}”已报送或已结束，不能再改。", "the draft is no longer open."),
            hint=say("可先撤回报送，或另开草稿。", "withdraw the proposal, or begin another."),
        )
    return int(connection.scalar(sa.select(DRAFT.c.version).where(DRAFT.c.id == draft.id)) or 0)


def _standing(
    connection: sa.Connection, draft: str, schema: LayerSchema, key: str
) -> sa.Row[Any] | None:
    return connection.execute(
        sa.select(DRAFT_EDIT).where(*_this(draft, schema.name, key))
    ).one_or_none()


def _insert(
    connection: sa.Connection, draft: str, change: Change, *, fid: int, version: int
) -> None:
    after, base = change.after, change.base
    connection.execute(
        sa.insert(DRAFT_EDIT).values(
            draft=draft,
            layer=change.layer,
            row_key=change.key,
            fid=fid,
            version=version,
            base_version=change.base_version,
            base_json=None if base is None else history.spelled(base),
            after_json=None if after is None else history.spelled(after),
            shape=None if after is None else _bytes(after),
            author=change.by.author,
            at=change.by.at,
        )
    )


def _bytes(record: Record) -> bytes | None:
    if record.get(SHAPE) is None:
        return None
    return encode(np.asarray(shapes_of([record]), dtype=object), "GEOMETRY")[0]


def _remove(connection: sa.Connection, draft: str, layer: str, key: str) -> bool:
    own = _this(draft, layer, key)
    return bool(connection.execute(sa.delete(DRAFT_EDIT).where(*own)).rowcount)


def _this(draft: str, layer: str, key: str) -> Sequence[sa.ColumnElement[bool]]:
    own = DRAFT_EDIT.c
    return (own.draft == draft, own.layer == layer, own.row_key == key)
