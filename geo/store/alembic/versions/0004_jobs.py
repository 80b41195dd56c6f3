"""Jobs that outlive the program that took them, and the files that go in and come out."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _text(name: str, *, wanted: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not wanted)


def _moment(name: str, *, wanted: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=not wanted)


def upgrade() -> None:
    """Lay the two tables."""
    op.create_table(
        "fuwuquan_job",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        *map(_text, ("process", "inputs_json", "language", "person")),
        sa.Column("question_sha256", sa.Text, nullable=False, index=True),
        sa.Column("settled_sha256", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("percent", sa.Integer, nullable=False),
        *map(_text, ("message_zh", "message_en")),
        _moment("created_at", wanted=True),
        _moment("updated_at", wanted=True),
        _moment("started_at"),
        _moment("finished_at"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _text("owner"),
        _moment("lease_until"),
        *(_text(name, wanted=False) for name in ("summary_json", "tables_json", "problem_json")),
    )
    op.create_table(
        "fuwuquan_job_file",
        sa.Column(
            "job", sa.Text, sa.ForeignKey("fuwuquan_job.id"), primary_key=True, nullable=False
        ),
        sa.Column("role", sa.Text, primary_key=True, nullable=False),
        sa.Column("name", sa.Text, primary_key=True, nullable=False),
        _text("media_type"),
        sa.Column("bytes", sa.Integer, nullable=False),
        *map(_text, ("sha256", "place")),
        sa.Column("content", sa.LargeBinary, nullable=True),
    )


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
