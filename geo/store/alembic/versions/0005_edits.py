"""The history of every row, drafts of editors, and proposals."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_RULES = {
    "sqlite": [
        """
CREATE TRIGGER fuwuquan_edit_update BEFORE update ON fuwuquan_edit
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_edit is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_edit_delete BEFORE delete ON fuwuquan_edit
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_edit is only added to'); END
""",
    ],
    "postgresql": [
        """
CREATE TRIGGER fuwuquan_edit_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON fuwuquan_edit
FOR EACH STATEMENT EXECUTE FUNCTION fuwuquan_keep()
""",
    ],
}


def _text(name: str, *, key: bool = False, wanted: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=not wanted)


def _draft(*, key: bool = False) -> sa.Column[str]:
    of = sa.ForeignKey("fuwuquan_draft.id")
    return sa.Column("draft", sa.Text, of, primary_key=key, nullable=False, index=not key)


def upgrade() -> None:
    """Lay the tables and their rule."""
    op.create_table(
        "fuwuquan_edit",
        sa.Column("number", sa.Integer, primary_key=True),
        *map(_text, ("layer", "row_key")),
        sa.Column("version", sa.BigInteger, nullable=False),
        *(_text(name, wanted=False) for name in ("before_json", "after_json")),
        *map(_text, ("author", "at", "cause")),
    )
    op.create_index("fuwuquan_edit_row", "fuwuquan_edit", ["layer", "row_key", "version"])
    op.create_table(
        "fuwuquan_draft",
        _text("id", key=True),
        *map(_text, ("title", "owner", "state", "made_at")),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "fuwuquan_draft_edit",
        _draft(key=True),
        *(_text(name, key=True) for name in ("layer", "row_key")),
        sa.Column("fid", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("base_version", sa.BigInteger),
        *(_text(name, wanted=False) for name in ("base_json", "after_json")),
        sa.Column("shape", sa.LargeBinary),
        *map(_text, ("author", "at")),
    )
    op.create_table(
        "fuwuquan_proposal",
        _text("id", key=True),
        _draft(),
        *map(_text, ("state", "author", "made_at", "note")),
        *map(_text, ("decided_by", "decided_at", "decision_note")),
    )
    for statement in _RULES[op.get_context().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
