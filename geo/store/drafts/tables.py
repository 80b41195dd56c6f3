"""Tables of drafts: what somebody changed for himself, and what he asks others to take over."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from geo.store.models import BOOKS

FIRST_FID: Final = 1_000_000_000_000
"""Numbers of rows that a draft adds count from here."""


def _text(name: str, *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _draft(*, key: bool = False) -> sa.Column[Any]:
    of = sa.ForeignKey("fuwuquan_draft.id")
    return sa.Column("draft", sa.Text, of, primary_key=key, nullable=False, index=not key)


DRAFT: Final = sa.Table(
    "fuwuquan_draft",
    BOOKS,
    _text("id", key=True),
    _text("title"),
    _text("owner"),
    _text("state"),
    _text("made_at"),
    sa.Column("version", sa.BigInteger, nullable=False),
)
"""Drafts. ``state`` is ``open``, ``proposed``, ``merged`` or ``closed``; ``version`` counts all
that was done in it, from `geo.store.versions.FIRST_VERSION`."""
DRAFT_EDIT: Final = sa.Table(
    "fuwuquan_draft_edit",
    BOOKS,
    _draft(key=True),
    _text("layer", key=True),
    _text("row_key", key=True),
    sa.Column("fid", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("base_version", sa.BigInteger),
    sa.Column("base_json", sa.Text),
    sa.Column("after_json", sa.Text),
    sa.Column("shape", sa.LargeBinary),
    _text("author"),
    _text("at"),
)
"""What a draft changes, one a row of a layer: the published row that it began from, and the row as
the draft has it (nothing: taken away). ``shape`` is that row's, in the bytes of a GeoPackage with
an envelope; ``version`` is the draft's at the row's last edit."""
PROPOSAL: Final = sa.Table(
    "fuwuquan_proposal",
    BOOKS,
    _text("id", key=True),
    _draft(),
    _text("state"),
    _text("author"),
    _text("made_at"),
    _text("note"),
    _text("decided_by"),
    _text("decided_at"),
    _text("decision_note"),
)
"""Drafts handed in. ``state`` is ``open``, ``approved``, ``rejected`` or ``withdrawn``."""
PROPOSAL_EDIT: Final = sa.Table(
    "fuwuquan_proposal_edit",
    BOOKS,
    sa.Column(
        "proposal", sa.Text, sa.ForeignKey("fuwuquan_proposal.id"), primary_key=True, nullable=False
    ),
    _text("layer", key=True),
    _text("row_key", key=True),
    sa.Column("base_version", sa.BigInteger),
    sa.Column("base_json", sa.Text),
    sa.Column("after_json", sa.Text),
    _text("author"),
    _text("at"),
)
"""What a proposal changed when it was rejected or withdrawn; its draft goes on from there. What an
approved one changed stays in its draft, which nobody changes any more."""
