"""The tables of cases: a case, its steps, the names it proposes, what was said of it, its tasks."""

from __future__ import annotations

import sqlalchemy as sa

from geo.gazetteer.table_parts import of, table, text

CASE = table(
    "case",
    text("number", index=True),
    text("kind", wanted=True),
    text("state", wanted=True, index=True),
    text("title", wanted=True),
    of("place_id", "place"),
    text("division_code"),
    text("applicant"),
    text("clerk"),
    text("approver"),
    text("reason_code"),
    text("reason"),
    text("opened_on"),
    text("decided_on"),
    of("decision_id", "document"),
    of("campaign_id", "case"),
    text("facts", wanted=True),
    dated=False,
)
STEP = table(
    "step",
    of("case_id", "case"),
    sa.Column("number", sa.Integer, nullable=False),
    text("was", wanted=True),
    text("became", wanted=True),
    text("actor", wanted=True),
    text("role", wanted=True),
    text("on_day", wanted=True),
    text("note"),
    dated=False,
)
CANDIDATE = table(
    "candidate",
    of("case_id", "case"),
    text("text", wanted=True),
    text("reading"),
    text("report"),
    sa.Column("chosen", sa.Boolean, nullable=False, server_default=sa.false()),
    dated=False,
)
OPINION = table(
    "opinion",
    of("case_id", "case"),
    text("by", wanted=True),
    text("stance", wanted=True),
    text("text", wanted=True),
    text("alternative"),
    text("on_day"),
    text("answer"),
    text("answered_by"),
    text("answered_on"),
    dated=False,
)
TASK = table(
    "task",
    of("case_id", "case"),
    of("place_id", "place"),
    of("sign_id", "sign"),
    text("kind", wanted=True),
    text("title", wanted=True),
    text("due_on"),
    text("done_on"),
    text("rule"),
    text("draft"),
    dated=False,
)
