"""An older workspace gets today's form whole or not at all, in either store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.cli import run
from geo.errors import DataError
from geo.store import Origin, Workspace, conform, migrations
from geo.store.database import database_of
from geo.store.dialects import dialect_of
from geo.store.models import BOOKS, MIGRATION

PlaceOf = Callable[[str], str]
RUNS = ("later", "earlier", "last")


def config(connection: sa.Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(migrations.SCRIPTS))
    made.attributes["connection"] = connection
    return made


@pytest.fixture
def old(place: PlaceOf) -> str:
    """Make a workspace of the first form, as the program wrote it before it knew migrations."""
    database = database_of(place("old"), folder=None, busy_s=10)
    database.make()
    with database.writing() as connection:
        dialect_of(connection).lay_foundation(connection)
        command.upgrade(config(connection), "0001")
        connection.execute(sa.text(f"DROP TABLE {MIGRATION.name}"))
        for name in RUNS:
            connection.execute(
                sa.text(
                    "INSERT INTO fuwuquan_run (id, kind, ran_on, inputs_json, parameters_json,"
                    " results_json) VALUES (:id, 'coverage', '2026-05-01', '{}', '{}', '{}')"
                ),
                {"id": name},
            )
    database.close()
    return place("old")


def test_the_form_this_program_writes_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == migrations.CURRENT


def test_migrations_lead_to_the_tables_of_a_new_workspace(old: str, place: PlaceOf) -> None:
    def described(workspace: Workspace) -> dict[str, object]:
        with workspace.reading() as connection:
            inspector = sa.inspect(connection)
            schema = (
                connection.scalar(sa.text("SELECT current_schema()"))
                if (workspace.path is None)
                else None
            )
            return {
                table: (
                    {
                        c["name"]: (str(c["type"]), c["nullable"])
                        for c in inspector.get_columns(table, schema)
                    },
                    inspector.get_pk_constraint(table, schema)["constrained_columns"],
                    sorted(
                        u["column_names"] for u in inspector.get_unique_constraints(table, schema)
                    ),
                    sorted(i["name"] for i in inspector.get_indexes(table, schema)),
                )
                for table in sorted(inspector.get_table_names(schema))
                if table.startswith("fuwuquan_")
            }

    assert described(Workspace.open(old)) == described(Workspace.create(place("new")))


def test_an_old_workspace_is_brought_forward_when_it_is_opened(old: str) -> None:
    workspace = Workspace.open(old)
    assert [run.id for run in workspace.runs()] == list(RUNS)
    workspace.record_run("site", on=date(2026, 5, 2), inputs={}, parameters={}, results={})
    assert workspace.runs()[-1].kind == "site"
    cells = {"code": ["420106"], "name": ["武昌区"]}
    box = [shapely.box(114.2, 30.5, 114.4, 30.7)]
    county = conform(gpd.GeoDataFrame(cells, geometry=box, crs=4490), "county")
    workspace.write("county", county, origin=Origin("x", date(2026, 5, 1)))
    with workspace.reading() as connection:
        assert migrations.form_of(connection) == migrations.CURRENT
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": MIGRATION.name,
                "include_name": lambda name, kind, _: kind != "table" or name in BOOKS.tables,
            },
        )
        if workspace.path is not None:
            assert compare_metadata(context, BOOKS) == []


def test_a_migration_that_fails_leaves_the_old_workspace(old: str) -> None:
    with database_of(old, folder=None, busy_s=10).writing() as connection:
        connection.execute(sa.text("CREATE TABLE fuwuquan_street_file (a integer)"))
    with pytest.raises(DataError):
        Workspace.open(old)
    with database_of(old, folder=None, busy_s=10).writing() as connection:
        assert migrations.form_of(connection) == "0001"
        assert "number" not in dialect_of(connection).columns_of(connection, "fuwuquan_run")
        connection.execute(sa.text("DROP TABLE fuwuquan_street_file"))
    assert len(Workspace.open(old).runs()) == 3


def test_migrate_tells_what_it_did(old: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate", "--database", old]) == 0
    assert f"已从格式 0001 升级到 {migrations.CURRENT}" in capsys.readouterr().out
    assert run(["migrate", "-w", old, "--json"]) == 0
    assert f'"was": "{migrations.CURRENT}"' in capsys.readouterr().out


def test_migrations_travel_with_the_package() -> None:
    folder = Path(migrations.__file__).with_name("alembic")
    assert {path.name for path in folder.iterdir()} >= {"env.py", "script.py.mako", "versions"}
