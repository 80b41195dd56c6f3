"""How many rows a table has and how often it was changed, counted by the table itself as it is.

To count a million rows takes a tenth of a second, and every list and tile asks. So triggers keep
the figures, whatever program writes: one row a table in a GeoPackage, where writers come one after
the other; in PostGIS each statement adds what it changed, so that none waits for another, and now
and then the parts are gathered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from geo.store.models import FID, TALLY, VERSION

_ADD_UP: Final = "fuwuquan_add_up"
"""Function of PostGIS that the triggers call."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one table.

    Attributes
    ----------
    rows
        How many there are.
    fids, versions
        Sums over the rows; of no versions, 0.
    changes
        Raised by every change, and never lowered.
    """

    rows: int
    fids: int
    versions: int
    changes: int

    def __str__(self) -> str:
        return f"{self.rows}-{self.fids}-{self.versions}-{self.changes}"


def lay_rules(connection: sa.Connection) -> None:
    """Make what triggers of a new workspace call."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text(_FUNCTION))


def kept(connection: sa.Connection, table: str | None = None) -> set[str]:
    """Return which tables count themselves; only whether one does, if it is named."""
    sqlite = connection.dialect.name == "sqlite"
    question = _STANDING_IN_SQLITE if sqlite else _STANDING_IN_POSTGRESQL
    if table is not None:
        question = f"SELECT * FROM ({question}) AS standing WHERE name = :table"  # noqa: S608
    return set(connection.scalars(sa.text(question), {"table": table} if table else {}))


def tally(connection: sa.Connection, table: str, *, known: bool = False) -> Tally | None:
    """Return the figures of a table; None where it does not count itself.

    Parameters
    ----------
    connection
        In any transaction.
    table
        Name of the table.
    known
        It is known that the table counts itself.
    """
    if not known and not kept(connection, table):
        return None
    row = connection.execute(_FIGURES, {"table": table}).one()
    return None if None in row else Tally(*map(int, row))


def lay(connection: sa.Connection, table: str, *, versions: bool) -> None:
    """Let a table count itself from now on, in a writing transaction; count what it has.

    Parameters
    ----------
    connection, table
        The table stands and has a column ``fid``.
    versions
        Whether its rows have versions.
    """
    sqlite = connection.dialect.name == "sqlite"
    if kept(connection, table):
        return
    triggers = _in_sqlite if sqlite else _in_postgresql
    for statement in triggers(connection, table, versions=versions):
        connection.exec_driver_sql(statement)
    before = connection.scalar(sa.select(sa.func.sum(TALLY.c.changes)).where(_of(table)))
    connection.execute(sa.delete(TALLY).where(_of(table)))
    fid, version = sa.column(FID, sa.Integer), sa.column(VERSION, sa.Integer)
    counted = sa.select(
        sa.literal(table),
        sa.func.count(),
        _sum(fid),
        _sum(version) if versions else sa.literal(0),
        sa.literal(int(before or 0) + 1),
    ).select_from(sa.table(table))
    connection.execute(sa.insert(TALLY).from_select(_COLUMNS, counted))


def go_on_from(source: sa.Connection, target: sa.Connection, table: str) -> None:
    """Let the copy of a table be known by the same mark: its changes go on from the original's."""
    original, copy = tally(source, table), tally(target, table)
    if original is not None and copy is not None:
        gap = {"name": table, "rows": 0, "fids": 0, "versions": 0}
        gap["changes"] = original.changes - copy.changes
        if target.dialect.name == "sqlite":
            raised = {TALLY.c.changes: original.changes}
            target.execute(sa.update(TALLY).where(_of(table)).values(raised))
        else:
            target.execute(sa.insert(TALLY).values(gap))


def _of(table: str) -> sa.ColumnElement[bool]:
    return TALLY.c.name == table


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(column), 0)


_COLUMNS: Final = ("name", "rows", "fids", "versions", "changes")
_FIGURES: Final = sa.select(*(sa.func.sum(TALLY.c[name]) for name in _COLUMNS[1:])).where(
    TALLY.c.name == sa.bindparam("table")
)

_WORK: Final = {
    "insert": ("1", f"NEW.{FID}", f"NEW.{VERSION}"),
    "delete": ("-1", f"-OLD.{FID}", f"-OLD.{VERSION}"),
    "update": ("0", f"NEW.{FID} - OLD.{FID}", f"NEW.{VERSION} - OLD.{VERSION}"),
}
"""What each act adds to the figures in SQLite."""
_OVER: Final = {"insert": "", "update": f"{FID} <> OLD.{FID} AND "}
"""Acts by which a row may take the place of another, for which SQLite fires no trigger (``INSERT OR
REPLACE``): when one begins, the figures are forgotten, and from then on counted when asked for."""
_STANDING_IN_SQLITE: Final = f"""
SELECT tbl_name AS name FROM sqlite_master
WHERE type = 'trigger' AND substr(name, 1, length(tbl_name) + 7) = tbl_name || '_tally_'
GROUP BY tbl_name HAVING count(*) = {len(_WORK) + len(_OVER)}
"""  # noqa: S608 - a number
_ACTS: Final = {
    "INSERT": "REFERENCING NEW TABLE AS fuwuquan_new",
    "DELETE": "REFERENCING OLD TABLE AS fuwuquan_old",
    "UPDATE": "REFERENCING NEW TABLE AS fuwuquan_new OLD TABLE AS fuwuquan_old",
    "TRUNCATE": "",
}
_STANDING_IN_POSTGRESQL: Final = f"""
SELECT c.relname::text AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace
AND t.tgenabled IN ('O', 'A') AND t.tgname LIKE 'fuwuquan\\_tally\\_%'
GROUP BY c.relname HAVING count(*) = {len(_ACTS)}
"""  # noqa: S608 - a number
_GATHERED_EVERY: Final = 256

_FUNCTION: Final = f"""
CREATE FUNCTION {_ADD_UP}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  tally text := format('%I.{TALLY.name}', TG_TABLE_SCHEMA);
  sums text := format('count(*), coalesce(sum({FID}), 0), coalesce(sum(%s), 0)', TG_ARGV[0]);
  added text := CASE TG_OP
    WHEN 'INSERT' THEN format('SELECT %s FROM fuwuquan_new', sums)
    WHEN 'DELETE' THEN format(
      'SELECT -n, -f, -v FROM (SELECT %s FROM fuwuquan_old) o(n, f, v)', sums)
    WHEN 'UPDATE' THEN format(
      'SELECT n.n - o.n, n.f - o.f, n.v - o.v FROM (SELECT %s FROM fuwuquan_new) n(n, f, v),'
      ' (SELECT %s FROM fuwuquan_old) o(n, f, v)', sums, sums)
    ELSE format(
      'SELECT -sum(rows), -sum(fids), -sum(versions) FROM %s WHERE name = %L', tally, TG_TABLE_NAME)
    END;
  last bigint;
BEGIN
  EXECUTE format(
    'INSERT INTO %s (name, rows, fids, versions, changes)'
    ' SELECT %L, n, f, v, 1 FROM (%s) a(n, f, v) RETURNING number', tally, TG_TABLE_NAME, added
  ) INTO last;
  IF last % {_GATHERED_EVERY} = 0 AND current_setting('transaction_isolation') = 'read committed'
  THEN
    EXECUTE format(
      'WITH parts AS (SELECT number FROM %1$s WHERE name = %2$L FOR UPDATE SKIP LOCKED),'
      ' gone AS (DELETE FROM %1$s t USING parts p WHERE t.number = p.number'
      ' RETURNING t.rows, t.fids, t.versions, t.changes)'
      ' INSERT INTO %1$s (name, rows, fids, versions, changes) SELECT %2$L, sum(rows), sum(fids),'
      ' sum(versions), sum(changes) FROM gone HAVING count(*) > 0', tally, TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - our own names
"""Adds up what a statement changed; it may write to the figures whoever edits the table."""


def _in_sqlite(connection: sa.Connection, table: str, *, versions: bool) -> Iterator[str]:
    name = "'" + table.replace("'", "''") + "'"
    own = f"WHERE name = {name}"
    for act, (rows, fids, version) in _WORK.items():
        figures = (rows, fids, version if versions else "0", "1")
        sums = ", ".join(
            f"{column} = {column} + ({figure})"
            for column, figure in zip(_COLUMNS[1:], figures, strict=True)
        )
        yield (
            f'CREATE TRIGGER "{table}_tally_{act}" AFTER {act} ON "{table}"'  # noqa: S608
            f" BEGIN UPDATE {TALLY.name} SET {sums} {own}; END"
        )
    same = " OR ".join(f'"{column}" = NEW."{column}"' for column in _unique(connection, table))
    for act, another in _OVER.items():
        yield (
            f'CREATE TRIGGER "{table}_tally_{act}_over" BEFORE {act} ON "{table}"'  # noqa: S608
            f' WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {another}({same}))'
            f" BEGIN UPDATE {TALLY.name} SET rows = NULL, changes = changes + 1 {own}; END"
        )


def _unique(connection: sa.Connection, table: str) -> list[str]:
    """Return the columns of a table of a GeoPackage of which each value stands once."""
    found = connection.exec_driver_sql(
        "SELECT columns.name FROM pragma_index_list(?) AS indexes,"
        ' pragma_index_info(indexes.name) AS columns WHERE indexes."unique"',
        (table,),
    )
    return [FID, *found.scalars()]


def _in_postgresql(connection: sa.Connection, table: str, *, versions: bool) -> Iterator[str]:
    del connection
    for act, seen in _ACTS.items():
        yield (
            f'CREATE TRIGGER fuwuquan_tally_{act.lower()} AFTER {act} ON "{table}" {seen}'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {_ADD_UP}('{VERSION if versions else '0'}')"
        )
