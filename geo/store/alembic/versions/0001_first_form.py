"""The tables of a workspace as they were before it knew migrations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("fuwuquan_format", sa.Column("version", sa.Integer, primary_key=True))
    op.create_table(
        "fuwuquan_setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value_json", sa.Text, nullable=False),
    )
    op.create_table(
        "fuwuquan_layer_version",
        sa.Column("layer", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content_sha256", sa.Text, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_sha256", sa.Text, nullable=False),
        sa.Column("datum", sa.Text, nullable=False),
        sa.Column("written_on", sa.Text, nullable=False),
        sa.Column("rows_in", sa.Integer, nullable=False),
        sa.Column("rows_out", sa.Integer, nullable=False),
        sa.Column("rows_quarantined", sa.Integer, nullable=False),
        sa.Column("rows_set_aside", sa.Integer, nullable=False),
        sa.Column("mapping_json", sa.Text, nullable=False),
    )
    op.create_table(
        "fuwuquan_fault",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("layer", sa.Text, nullable=False, index=True),
        sa.Column("row", sa.Integer),
        sa.Column("column", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("advice", sa.Text, nullable=False),
    )
    op.create_table(
        "fuwuquan_left_out",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("layer", sa.Text, nullable=False, index=True),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("row_json", sa.Text, nullable=False),
    )
    op.create_table(
        "fuwuquan_run",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ran_on", sa.Text, nullable=False),
        sa.Column("inputs_json", sa.Text, nullable=False),
        sa.Column("parameters_json", sa.Text, nullable=False),
        sa.Column("results_json", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO fuwuquan_format (version) VALUES (1)")


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
