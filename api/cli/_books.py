"""Which tables travel with a workspace, and how a command tells what travelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.cli._console import Steps, emit_json, print_line, print_table
from geo.text import say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from geo.store import Workspace
    from geo.store.moving import Copied


def all_books() -> list[sa.MetaData]:
    """Return every set of tables that a backup or a move takes along where they are."""
    from geo.gazetteer.tables import GAZETTEER  # noqa: PLC0415

    return [GAZETTEER]


def tell_copied(made: Workspace, copied: Copied, steps: Steps, *, json: bool) -> int:
    """Show what a workspace was copied into; return the exit status."""
    from geo.gazetteer import Gazetteer  # noqa: PLC0415

    book = Gazetteer.of(made) if "gz_event" in copied.rows else None
    broken = None if book is None else book.first_broken()
    if json:
        emit_json(
            {
                "workspace": made.place,
                "layers": copied.layers,
                "rows": copied.rows,
                "gazetteer_sha256": None if book is None else book.state_sha256(),
                "gazetteer_first_broken": broken,
                "left_out": list(copied.left_out),
                "seconds": steps.seconds,
            }
        )
    else:
        _show(made, copied)
        if book is not None:
            _show_log(copied.rows["gz_name"], broken)
    return int(bool(copied.left_out) or broken is not None)


def tell_left_out(tables: Sequence[str]) -> None:
    """Name the tables that did not come along."""
    if tables:
        print_line(
            say(
                f"这些表不属于工作区，没有带上：{'、'.join(tables)}。",
                f"not of the workspace, and left out: {', '.join(tables)}.",
            )
        )


def _show(made: Workspace, copied: Copied) -> None:
    from geo.schema import layer  # noqa: PLC0415

    if copied.layers:
        print_table(
            [
                say("层", "Layer"),
                say("行数", "Rows"),
                say("指纹（两边相同）", "Fingerprint of both"),
            ],
            [[layer(n).label, copied.rows[n], sha[:16]] for n, sha in copied.layers.items()],
        )
    count = sum(copied.rows.values())
    print_line(
        say(
            f"共 {count:,} 行，逐表核对相同：{made.place}",
            f"{count:,} rows, every table the same: {made.place}",
        )
    )
    tell_left_out(copied.left_out)


def _show_log(names: int, broken: int | None) -> None:
    if broken is None:
        whole = say(
            f"地名库：{names:,} 条地名，日志完整。", f"Gazetteer: {names:,} names, log whole."
        )
        print_line(whole)
        return
    print_line(
        say(
            f"地名库的日志在第 {broken} 条断开，原来的工作区也是这样；请查明谁改过。",
            f"The log of the gazetteer breaks at entry {broken}, as it did before; find out why.",
        )
    )
