"""What a proposal had when it was given back is kept, whatever becomes of its draft."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _text(name: str, *, key: bool = False, wanted: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=not wanted)


def upgrade() -> None:
    """Lay the table; of proposals given back before, nobody knows any more what they had."""
    of = sa.ForeignKey("fuwuquan_proposal.id")
    op.create_table(
        "fuwuquan_proposal_edit",
        sa.Column("proposal", sa.Text, of, primary_key=True, nullable=False),
        *(_text(name, key=True) for name in ("layer", "row_key")),
        sa.Column("base_version", sa.BigInteger),
        *(_text(name, wanted=False) for name in ("base_json", "after_json")),
        *map(_text, ("author", "at")),
    )


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
