"""Tables of the work that a server does by and by: what was asked, how far it is, what came of it.

Moments are milliseconds since 1970 by the clock of the database (`now_ms`), so that programs on
several computers agree on when a lease has run out.
"""

from __future__ import annotations

import time
from typing import Any, Final

import sqlalchemy as sa

from geo.store.models import BOOKS


def _text(name: str, *, key: bool = False, wanted: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=not wanted)


def _moment(name: str, *, wanted: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=not wanted)


JOB: Final = sa.Table(
    "fuwuquan_job",
    BOOKS,
    _text("id", key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    _text("process"),
    _text("inputs_json"),
    _text("language"),
    _text("person"),
    sa.Column("question_sha256", sa.Text, nullable=False, index=True),
    sa.Column("settled_sha256", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("percent", sa.Integer, nullable=False),
    _text("message_zh"),
    _text("message_en"),
    _moment("created_at", wanted=True),
    _moment("updated_at", wanted=True),
    _moment("started_at"),
    _moment("finished_at"),
    sa.Column("attempts", sa.Integer, nullable=False),
    _text("owner"),
    _moment("lease_until"),
    _text("summary_json", wanted=False),
    _text("tables_json", wanted=False),
    _text("problem_json", wanted=False),
)
"""Jobs in the order of their ``number``.

``question_sha256`` stands for what was asked and of which data; ``settled_sha256`` for the same
question of the data as the job left it; both are empty where the answer is for nobody else.
``owner`` works on it until ``lease_until``, unless it is renewed; ``attempts`` counts the owners.
"""
JOB_FILE: Final = sa.Table(
    "fuwuquan_job_file",
    BOOKS,
    sa.Column("job", sa.Text, sa.ForeignKey("fuwuquan_job.id"), primary_key=True, nullable=False),
    _text("role", key=True),
    _text("name", key=True),
    _text("media_type"),
    sa.Column("bytes", sa.Integer, nullable=False),
    _text("sha256"),
    _text("place"),
    sa.Column("content", sa.LargeBinary, nullable=True),
)
"""Files that go into a job (role ``input``) and come out of it (``result``).

The bytes stand in ``content``, or in the workspace's own folder at ``place``.
"""


def now_ms(connection: sa.Connection) -> int:
    """Return the time by the clock of the database."""
    if connection.dialect.name == "sqlite":  # it has the clock of this computer
        return time.time_ns() // 1_000_000
    clock = sa.text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    return int(connection.scalar(clock) or 0)
