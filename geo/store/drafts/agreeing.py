"""Whether a draft may have a row: its layer allows it, and it agrees with what the draft shows."""

from __future__ import annotations

import sqlalchemy as sa

from geo.store.agreeing import Turn, must_agree, named_anew
from geo.store.applying import check
from geo.store.drafts.tables import DRAFT_EDIT


def check_in(connection: sa.Connection, draft: str, turn: Turn) -> None:
    """Refuse a row that its layer does not allow, or that does not agree with what is there.

    Parameters
    ----------
    connection
        In any transaction.
    draft
        Id of the draft: rows that it adds are there, rows that it takes away are not.
    turn
        The row.

    Raises
    ------
    DataError
        With every fault.
    """
    check([(turn.schema, [turn.after])])
    own = DRAFT_EDIT.c
    shown = {}
    for naming, key in named_anew(turn):
        this = (own.draft == draft, own.layer == naming.layer, own.row_key == key)
        for there in connection.scalars(sa.select(own.after_json.is_not(None)).where(*this)):
            shown[naming.layer, key] = bool(there)
    must_agree(connection, [turn], instead=shown)
