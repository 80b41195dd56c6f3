"""On which version of a case one acts: its ETag, and the refusal of an older one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from api.errors import StaleError
from geo.gazetteer import Gazetteer
from geo.gazetteer.tables import CHANGE_SET
from geo.text import say

Row = dict[str, Any]


def marks_of(book: Gazetteer, cases: Sequence[Row]) -> dict[str, str]:
    """Return the ETags of cases, by their ids.

    Taking a step back restores a case whole, its version too; how often that was done stands
    behind the version, lest an earlier one be taken for the present.
    """
    heads = CHANGE_SET.c
    count = (
        sa.select(heads.case_id, sa.func.count())
        .where(heads.case_id.in_([row["id"] for row in cases]), heads.undoes != "")
        .group_by(heads.case_id)
    )
    with book.reading() as connection:
        undone = {str(one): f".{number}" for one, number in connection.execute(count)}
    return {row["id"]: f'"{row["version"]}{undone.get(row["id"], "")}"' for row in cases}


def mark_of(book: Gazetteer, row: Row) -> str:
    """Return the ETag of a case, a task or an opinion."""
    return marks_of(book, [row])[row["id"]] if "campaign_id" in row else f'"{row["version"]}"'


def stale(row: Row, mark: str) -> StaleError:
    """Return the refusal of an act on a row that was changed meanwhile."""
    kept = ("number", "state", "title", "due_on")
    told: dict[str, Any] = {name: row[name] for name in kept if name in row}
    return StaleError(
        say(
            f"已被别人改过，现为第 {row['version']} 版。",
            f"it was changed by somebody else: version {row['version']} now.",
        ),
        hint=say("请重新读取，核对后再办。", "read it again, compare, and act anew."),
        current={"etag": mark, **told},
    )
