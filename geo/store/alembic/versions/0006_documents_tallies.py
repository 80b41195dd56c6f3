"""Files of documents are kept; layers and results count their rows and changes themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_FUNCTION = """
CREATE FUNCTION fuwuquan_add_up() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  tally text := format('%I.fuwuquan_tally', TG_TABLE_SCHEMA);
  sums text := format('count(*), coalesce(sum(fid), 0), coalesce(sum(%s), 0)', TG_ARGV[0]);
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
  IF last % 256 = 0 AND current_setting('transaction_isolation') = 'read committed'
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
"""
_ACTS = {
    "INSERT": "REFERENCING NEW TABLE AS fuwuquan_new",
    "DELETE": "REFERENCING OLD TABLE AS fuwuquan_old",
    "UPDATE": "REFERENCING NEW TABLE AS fuwuquan_new OLD TABLE AS fuwuquan_old",
    "TRUNCATE": "",
}


def upgrade() -> None:
    """Lay the tables, and let what stands count itself."""
    op.create_table(
        "fuwuquan_document",
        sa.Column("sha256", sa.Text, primary_key=True, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "fuwuquan_tally",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in ("rows", "fids", "versions", "changes")),
    )
    op.create_index("ix_fuwuquan_tally_name", "fuwuquan_tally", ["name"])
    connection = op.get_bind()
    sqlite = op.get_context().dialect.name == "sqlite"
    if not sqlite:
        connection.execute(sa.text(_FUNCTION))
    for table in sorted(_features(connection, sqlite=sqlite)):
        columns = _columns(connection, table, sqlite=sqlite)
        version = "version" if "version" in columns else "0"
        lay = _lay_in_sqlite if sqlite else _lay_in_postgresql
        lay(connection, table, version)
        connection.exec_driver_sql(
            "INSERT INTO fuwuquan_tally (name, rows, fids, versions, changes)"  # noqa: S608
            f" SELECT '{table}', count(*), coalesce(sum(fid), 0), coalesce(sum({version}), 0), 1"
            f' FROM "{table}"'
        )


def _features(connection: sa.Connection, *, sqlite: bool) -> set[str]:
    """Return the tables of layers and results; their names hold letters, digits and ``_``."""
    standing = set(
        connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        ).scalars()
    )
    layers = connection.exec_driver_sql("SELECT DISTINCT layer FROM fuwuquan_layer_version")
    results = {name for name in standing if name.startswith("result_")}
    return {*layers.scalars(), *results} & standing


def _columns(connection: sa.Connection, table: str, *, sqlite: bool) -> set[str]:
    if sqlite:
        return {row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")')}
    found = sa.text(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
        " AND attrelid = (quote_ident(current_schema()) || '.' || quote_ident(:name))::regclass"
    )
    return set(connection.execute(found, {"name": table}).scalars())


def _lay_in_postgresql(connection: sa.Connection, table: str, version: str) -> None:
    for act, seen in _ACTS.items():
        connection.exec_driver_sql(
            f'CREATE TRIGGER fuwuquan_tally_{act.lower()} AFTER {act} ON "{table}" {seen}'
            f" FOR EACH STATEMENT EXECUTE FUNCTION fuwuquan_add_up('{version}')"
        )


def _lay_in_sqlite(connection: sa.Connection, table: str, version: str) -> None:
    own = f"WHERE name = '{table}'"
    new, old = ("NEW.version", "OLD.version") if version == "version" else ("0", "0")
    work = {
        "insert": ("1", "NEW.fid", new),
        "delete": ("-1", "-OLD.fid", f"-{old}"),
        "update": ("0", "NEW.fid - OLD.fid", f"{new} - {old}"),
    }
    for act, (rows, fids, versions) in work.items():
        connection.exec_driver_sql(
            f'CREATE TRIGGER "{table}_tally_{act}" AFTER {act} ON "{table}" BEGIN'  # noqa: S608
            f" UPDATE fuwuquan_tally SET rows = rows + ({rows}), fids = fids + ({fids}),"
            f" versions = versions + ({versions}), changes = changes + (1) {own}; END"
        )
    unique = connection.exec_driver_sql(
        "SELECT columns.name FROM pragma_index_list(?) AS indexes,"
        ' pragma_index_info(indexes.name) AS columns WHERE indexes."unique"',
        (table,),
    )
    same = " OR ".join(f'"{column}" = NEW."{column}"' for column in ("fid", *unique.scalars()))
    for act, another in {"insert": "", "update": "fid <> OLD.fid AND "}.items():
        connection.exec_driver_sql(
            f'CREATE TRIGGER "{table}_tally_{act}_over" BEFORE {act} ON "{table}"'  # noqa: S608
            f' WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {another}({same})) BEGIN'
            f" UPDATE fuwuquan_tally SET rows = NULL, changes = changes + 1 {own}; END"
        )


def downgrade() -> None:
    """Refuse: a workspace never goes back; restore a backup."""
    raise NotImplementedError
