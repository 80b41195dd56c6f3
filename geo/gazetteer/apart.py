"""Keeps in the database itself that nobody approves a case that he opened, asked for or handled."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

_HAND_IN_IT: Final = """
SELECT 1 FROM {room}gz_case c
WHERE (c.id = {case} OR c.campaign_id = {case})
  AND ({who} IN (c.clerk, c.applicant) OR EXISTS (
    SELECT 1 FROM {room}gz_step s
    WHERE s.case_id = c.id AND s.actor = {who} AND s.role IN ('clerk', 'applicant')))
"""
_SQLITE: Final = (
    "CREATE TRIGGER gz_step_own_work BEFORE INSERT ON gz_step"
    " WHEN NEW.became = 'approved' AND EXISTS ("
    + _HAND_IN_IT.format(room="", case="NEW.case_id", who="NEW.actor")
    + ") BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END",
    *(
        f"CREATE TRIGGER gz_case_own_work_{event.partition(' ')[0].lower()} BEFORE {event}"
        " ON gz_case WHEN NEW.approver <> '' AND NEW.approver IN (NEW.clerk, NEW.applicant)"
        " BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: the author is not the approver'); END"
        for event in ("INSERT", "UPDATE OF approver, clerk, applicant")
    ),
)
_POSTGRESQL: Final = (
    """
CREATE FUNCTION gz_step_own_work() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own boolean;
BEGIN
  EXECUTE replace('SELECT EXISTS ("""
    + _HAND_IN_IT.replace("'", "''").format(room="~", case="$1", who="$2")
    + """)', '~', quote_ident(TG_TABLE_SCHEMA) || '.') INTO own USING NEW.case_id, NEW.actor;
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
    (
        "CREATE TRIGGER gz_step_own_work BEFORE INSERT ON gz_step FOR EACH ROW"
        " WHEN (NEW.became = 'approved') EXECUTE FUNCTION gz_step_own_work()"
    ),
    (
        "CREATE TRIGGER gz_case_own_work BEFORE INSERT OR UPDATE ON gz_case FOR EACH ROW"
        " WHEN (NEW.approver <> '' AND NEW.approver IN (NEW.clerk, NEW.applicant))"
        " EXECUTE FUNCTION gz_case_own_work()"
    ),
)
RULES: Final = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


def lay_rules(target: object, connection: sa.Connection, **_: Any) -> None:  # noqa: ANN401
    """Lay the rules on new tables; called by SQLAlchemy once they are made."""
    del target
    for statement in RULES[connection.dialect.name]:
        connection.execute(sa.text(statement))
