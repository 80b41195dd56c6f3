"""Runs have a number of their own, streets may lie in the database, Alembic keeps the form."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give each run its number, in the order they were kept."""
    op.add_column("fuwuquan_run", sa.Column("number", sa.Integer))
    order = "rowid" if op.get_context().dialect.name == "sqlite" else "ctid"
    op.execute(
        "UPDATE fuwuquan_run SET number = (SELECT count(*) FROM fuwuquan_run earlier"  # noqa: S608
        f" WHERE earlier.{order} <= fuwuquan_run.{order})"
    )
    with op.batch_alter_table("fuwuquan_run") as runs:
        runs.alter_column("number", nullable=False)
        runs.create_unique_constraint("fuwuquan_run_number_key", ["number"])
    op.create_table(
        "fuwuquan_street_file",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.drop_table("fuwuquan_format")


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
