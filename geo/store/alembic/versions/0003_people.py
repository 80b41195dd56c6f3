"""Accounts, sessions, keys, the log of access; authors and approvers apart."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_RULES = {
    "sqlite": [
        """
CREATE TRIGGER fuwuquan_access_update BEFORE update ON fuwuquan_access
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_access is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_access_delete BEFORE delete ON fuwuquan_access
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_access is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_author_update BEFORE update ON fuwuquan_author
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_author is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_author_delete BEFORE delete ON fuwuquan_author
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_author is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_approval_update BEFORE update ON fuwuquan_approval
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_approval is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_approval_delete BEFORE delete ON fuwuquan_approval
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_approval is only added to'); END
""",
        """
CREATE TRIGGER fuwuquan_author_own_work BEFORE INSERT ON fuwuquan_author
WHEN EXISTS (SELECT 1 FROM fuwuquan_approval o
             WHERE o.kind = NEW.kind AND o.subject = NEW.subject AND o.person = NEW.person)
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END
""",
        """
CREATE TRIGGER fuwuquan_approval_own_work BEFORE INSERT ON fuwuquan_approval
WHEN EXISTS (SELECT 1 FROM fuwuquan_author o
             WHERE o.kind = NEW.kind AND o.subject = NEW.subject AND o.person = NEW.person)
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END
""",
    ],
    "postgresql": [
        """
CREATE FUNCTION fuwuquan_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'fuwuquan refuses: % is only added to', TG_TABLE_NAME USING ERRCODE = 'FQ001';
END $$
""",
        """
CREATE FUNCTION fuwuquan_own_work() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own boolean;
BEGIN
  EXECUTE format(
    'SELECT EXISTS (SELECT 1 FROM %I.%I WHERE kind = $1 AND subject = $2 AND person = $3)',
    TG_TABLE_SCHEMA, TG_ARGV[0]
  ) INTO own USING NEW.kind, NEW.subject, NEW.person;
  IF own THEN
    RAISE EXCEPTION 'fuwuquan refuses: the author is not the approver' USING ERRCODE = 'FQ001';
  END IF;
  RETURN NEW;
END $$
""",
        """
CREATE TRIGGER fuwuquan_access_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON fuwuquan_access
FOR EACH STATEMENT
EXECUTE FUNCTION fuwuquan_keep()
""",
        """
CREATE TRIGGER fuwuquan_author_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON fuwuquan_author
FOR EACH STATEMENT
EXECUTE FUNCTION fuwuquan_keep()
""",
        """
CREATE TRIGGER fuwuquan_approval_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON fuwuquan_approval
FOR EACH STATEMENT
EXECUTE FUNCTION fuwuquan_keep()
""",
        """
CREATE TRIGGER fuwuquan_author_own_work BEFORE INSERT ON fuwuquan_author
FOR EACH ROW
EXECUTE FUNCTION fuwuquan_own_work('fuwuquan_approval')
""",
        """
CREATE TRIGGER fuwuquan_approval_own_work BEFORE INSERT ON fuwuquan_approval
FOR EACH ROW
EXECUTE FUNCTION fuwuquan_own_work('fuwuquan_author')
""",
    ],
}
_CASE_RULES = {
    "sqlite": [
        """
CREATE TRIGGER gz_step_own_work BEFORE INSERT ON gz_step
WHEN NEW.became = 'approved' AND EXISTS (
SELECT 1 FROM gz_case c
WHERE (c.id = NEW.case_id OR c.campaign_id = NEW.case_id)
  AND (NEW.actor IN (c.clerk, c.applicant) OR EXISTS (
    SELECT 1 FROM gz_step s
    WHERE s.case_id = c.id AND s.actor = NEW.actor AND s.role IN ('clerk', 'applicant')))
)
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END
""",
        """
CREATE TRIGGER gz_case_own_work_insert BEFORE INSERT ON gz_case
WHEN NEW.approver <> '' AND NEW.approver IN (NEW.clerk, NEW.applicant)
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END
""",
        """
CREATE TRIGGER gz_case_own_work_update BEFORE UPDATE OF approver, clerk, applicant ON gz_case
WHEN NEW.approver <> '' AND NEW.approver IN (NEW.clerk, NEW.applicant)
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END
""",
    ],
    "postgresql": [
        """
CREATE FUNCTION gz_step_own_work() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own boolean;
BEGIN
  EXECUTE replace('SELECT EXISTS (
SELECT 1 FROM ~gz_case c
WHERE (c.id = $1 OR c.campaign_id = $1)
  AND ($2 IN (c.clerk, c.applicant) OR EXISTS (
    SELECT 1 FROM ~gz_step s
    WHERE s.case_id = c.id AND s.actor = $2 AND s.role IN (''clerk'', ''applicant'')))
)', '~', quote_ident(TG_TABLE_SCHEMA) || '.') INTO own USING NEW.case_id, NEW.actor;
  IF own THEN
    RAISE EXCEPTION 'fuwuquan refuses: the author is not the approver' USING ERRCODE = 'FQ001';
  END IF;
  RETURN NEW;
END $$
""",
        """
CREATE FUNCTION gz_case_own_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'fuwuquan refuses: the author is not the approver' USING ERRCODE = 'FQ001';
END $$
""",
        """
CREATE TRIGGER gz_step_own_work BEFORE INSERT ON gz_step
FOR EACH ROW
WHEN (NEW.became = 'approved')
EXECUTE FUNCTION gz_step_own_work()
""",
        """
CREATE TRIGGER gz_case_own_work BEFORE INSERT OR UPDATE ON gz_case
FOR EACH ROW
WHEN (NEW.approver <> '' AND NEW.approver IN (NEW.clerk, NEW.applicant))
EXECUTE FUNCTION gz_case_own_work()
""",
    ],
}


def _text(name: str, *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _moment(name: str, *, wanted: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=not wanted)


def _person() -> sa.Column[Any]:
    who = sa.ForeignKey("fuwuquan_person.name")
    return sa.Column("person", sa.Text, who, nullable=False, index=True)


def upgrade() -> None:
    """Make the tables, and lay their rules and those of the cases where there are any."""
    op.create_table(
        "fuwuquan_person",
        _text("name", key=True),
        sa.Column("folded", sa.Text, nullable=False, unique=True),
        _text("roles"),
        _text("password"),
        sa.Column("subject", sa.Text, unique=True),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        _moment("made_at"),
    )
    op.create_table(
        "fuwuquan_session",
        _text("token_sha256", key=True),
        _person(),
        _moment("begun_at"),
        _moment("seen_at"),
        _moment("ends_at"),
        _moment("revoked_at", wanted=False),
        _text("agent"),
    )
    op.create_table(
        "fuwuquan_key",
        _text("id", key=True),
        _person(),
        _text("label"),
        _text("secret_sha256"),
        _text("scopes"),
        _moment("made_at"),
        _moment("ends_at"),
        _moment("used_at", wanted=False),
        _moment("revoked_at", wanted=False),
    )
    op.create_table(
        "fuwuquan_login",
        _text("subject", key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        _moment("last_at"),
        _moment("free_at"),
    )
    op.create_table("fuwuquan_setup", _text("token_sha256", key=True), _moment("ends_at"))
    op.create_table(
        "fuwuquan_access",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *map(_text, ("at", "kind", "actor", "subject", "address", "detail")),
        *map(_text, ("previous_hash", "hash")),
    )
    named = ("kind", "subject", "person")
    op.create_table("fuwuquan_author", *(_text(name, key=True) for name in named))
    op.create_table(
        "fuwuquan_approval",
        *(_text(name, key=True) for name in named),
        *map(_text, ("verdict", "at", "note")),
    )
    dialect = op.get_context().dialect.name
    for statement in _RULES[dialect]:
        op.execute(sa.text(statement))
    if sa.inspect(op.get_bind()).has_table("gz_step", schema=_schema(dialect)):
        for statement in _CASE_RULES[dialect]:
            op.execute(sa.text(statement))


def _schema(dialect: str) -> str | None:
    if dialect == "sqlite":
        return None
    return op.get_bind().scalar(sa.select(sa.func.current_schema()))


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
