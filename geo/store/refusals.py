"""What an edit of a row is, and how one that cannot be carried out is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geo.errors import ConflictError, DataError, NotFoundError
from geo.schema import LayerSchema
from geo.store.records import Record, Row
from geo.store.versions import version_told
from geo.text import say


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to become of one row.

    Attributes
    ----------
    layer, key
        Which row; a new one without a key is given an id.
    after
        The whole row as it is to be; None: it is taken away.
    version
        The version that the editor saw; None: there is no such row yet.
    """

    layer: str
    key: str
    after: Record | None
    version: int | None = None


class StaleRowError(ConflictError):
    """Somebody changed a row since the editor saw it, or put in the one that was to be new.

    Parameters
    ----------
    schema, edit
        The layer, and what was to be done.
    now
        The row by now; None when it was taken away.
    """

    def __init__(self, schema: LayerSchema, edit: Edit, now: Row | None) -> None:
        if edit.version is None and now is not None:
            message, hint = _new_told(schema, edit, now)
        else:
            message, hint = _changed_told(schema, edit, now)
        super().__init__(message, hint=hint)
        self.schema = schema
        self.edit = edit
        self.now = now


def _changed_told(schema: LayerSchema, edit: Edit, now: Row | None) -> tuple[str, str]:
    """Return what is said of a row that is no longer as it was seen, and what to do."""
    key, seen = edit.key, version_told(edit.version or 0)
    if not edit.version and now is not None:
        return (
            say(
                f"If-Match 写的不是层“{schema.zh}”的“{key}”有过的版本"
                f"（现为{version_told(now.version)}）。",
                f"If-Match names no version that {schema.name} {key!r} ever had"
                f" (now {version_told(now.version)})",
            ),
            say("请照读取时的 ETag 原样写。", "send the ETag as it was read"),
        )
    message = (
        say(
            f"层“{schema.zh}”的“{key}”已被别人删除（您看到的是{seen}）。",
            f"{schema.name} {key!r} was deleted by someone else (you saw {seen})",
        )
        if now is None
        else say(
            f"层“{schema.zh}”的“{key}”已被别人改过"
            f"（现为{version_told(now.version)}，您看到的是{seen}）。",
            f"{schema.name} {key!r} was changed by someone else"
            f" (now {version_told(now.version)}, you saw {seen})",
        )
    )
    return message, say("请重新读取这一行，再作修改。", "read the row again, then change it")


def _new_told(schema: LayerSchema, edit: Edit, now: Row) -> tuple[str, str]:
    """Return what is said of a row that was to be new and is there, and what to do."""
    version = version_told(now.version)
    message = say(
        f"层“{schema.zh}”的“{edit.key}”已经存在（现为{version}）。",
        f"{schema.name} {edit.key!r} exists already (now {version})",
    )
    hint = say(
        "要新建请换一个编号；要修改请用 If-Match 写明您看到的是哪一版。",
        "choose another id for a new one; to change this one, name the version by If-Match",
    )
    return message, hint


def refused(faults: Sequence[str]) -> DataError:
    """Return the refusal of rows with faults."""
    lines = "\n".join(f"  · {line}" for line in faults)
    count = len(faults)
    return DataError(
        say(
            f"有 {count} 处不符合要求：\n{lines}",
            f"{count} problem{'s' * (count > 1)}:\n{lines}",
        )
    )


def there_already(schema: LayerSchema, key: str) -> ConflictError:
    """Return the refusal to put in a row that is there."""
    return ConflictError(
        say(f"层“{schema.zh}”已有“{key}”。", f"{schema.name} has {key!r}."),
        hint=say("请换一个编号，或修改已有的。", "choose another, or edit that row."),
    )


def absent(schema: LayerSchema, key: str) -> NotFoundError:
    """Return the complaint that a layer has no such row."""
    return NotFoundError(
        say(f"层“{schema.zh}”里没有“{key}”。", f"layer {schema.name!r} has no row {key!r}")
    )


def without_columns(schema: LayerSchema, lacking: Sequence[str]) -> DataError:
    """Return the refusal to write columns that a table has not."""
    return DataError(
        say(
            f"层“{schema.zh}”的表里还没有列：{'、'.join(lacking)}。",
            f"the table of layer {schema.name!r} lacks columns {', '.join(lacking)}",
        ),
        hint=say("请重新导入整层。", "import the whole layer anew"),
    )
