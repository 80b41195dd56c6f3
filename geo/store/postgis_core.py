"""What makes a schema of a PostGIS database a workspace: its functions and the styles of QGIS."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from geo.store.dialects import FID, VERSION

COUNT_EDIT, GIVE_ID = "fuwuquan_count_edit", "fuwuquan_give_id"

_FUNCTIONS = (
    f"""
CREATE FUNCTION {COUNT_EDIT}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.{VERSION} IS NOT DISTINCT FROM OLD.{VERSION} THEN
    NEW.{VERSION} := OLD.{VERSION} + 1;
  END IF;
  RETURN NEW;
END $$
""",
    f"""
CREATE FUNCTION {GIVE_ID}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  taken boolean;
BEGIN
  IF coalesce(NEW.id, '') = '' THEN
    NEW.id := TG_TABLE_NAME || '-' || NEW.{FID};
    EXECUTE format(
      'SELECT EXISTS (SELECT 1 FROM %I.%I WHERE id = $1)', TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) INTO taken USING NEW.id;
    IF taken THEN
      NEW.id := NEW.id || '-2';
    END IF;
  END IF;
  RETURN NEW;
END $$
""",  # noqa: S608 - our own names
)
"""Work in any schema: they are called by the table that has the trigger."""

_STYLES = """
CREATE TABLE {schema}.layer_styles (
  id serial PRIMARY KEY,
  f_table_catalog varchar,
  f_table_schema varchar,
  f_table_name varchar,
  f_geometry_column varchar,
  stylename text,
  styleqml xml,
  stylesld xml,
  useasdefault boolean,
  description text,
  owner varchar(63) DEFAULT CURRENT_USER,
  ui xml,
  update_time timestamp DEFAULT CURRENT_TIMESTAMP,
  type varchar
)
"""
"""As QGIS makes it. It looks for the table in ``public``, one for all schemas."""


def lay_foundation(connection: Connection) -> None:
    """Make the schema, its functions, and the table of styles where there is none yet."""
    _styles_table(connection)
    for statement in _FUNCTIONS:
        connection.execute(sa.text(statement))


def _styles_table(connection: Connection) -> None:
    """Make the table of styles in ``public``, or beside the layers when that is not allowed."""
    exists, may_create = connection.execute(
        sa.text(
            "SELECT to_regclass('public.layer_styles') IS NOT NULL,"
            " has_schema_privilege(to_regnamespace('public'), 'CREATE')"
        )
    ).one()
    if exists and _may_write(connection):
        return
    own = str(connection.scalar(sa.text("SELECT quote_ident(current_schema())")))
    schema = "public" if may_create and not exists else own
    connection.exec_driver_sql(_STYLES.format(schema=schema))


def _may_write(connection: Connection) -> bool:
    rights = " AND ".join(
        f"has_table_privilege('public.layer_styles', '{right}')"
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE")
    )
    return bool(connection.scalar(sa.text(f"SELECT {rights}")))
