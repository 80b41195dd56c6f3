"""Nothing is lost and nothing is half-written, whoever edits and whatever crashes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geo.errors import ConflictError, DataError
from geo.store import Origin, Workspace, conform
from geo.store.geometry import sql_functions
from geo.store.migrations import bring_forward
from geo.store.models import FORMAT

ORIGIN = Origin("x", date(2026, 5, 1))
EDITORS = 4
PROCESSES = multiprocessing.get_context("spawn")


def compounds(count: int, households: int = 1) -> gpd.GeoDataFrame:
    points = shapely.points(np.c_[114 + np.arange(count) * 1e-5, np.full(count, 30.5)])
    cells = {"id": [f"x{n}" for n in range(count)], "name": "甲", "households": households}
    return conform(gpd.GeoDataFrame(cells, geometry=points, crs=4490), "compound")


def add_households(folder: Path, editor: int, edits: int) -> None:
    """Raise one row's households by one, again and again, as an editor who retries would."""
    workspace = Workspace.open(folder, busy_s=60)
    done = 0
    while done < edits:
        row, version = workspace.row("compound", f"x{(editor + done) % 2}")
        changes = {"households": int(row["households"].iloc[0]) + 1}
        try:
            workspace.update_row("compound", str(row["id"].iloc[0]), changes, version=version)
        except ConflictError:
            continue
        done += 1


def write_for_ever(folder: Path, count: int) -> None:
    workspace = Workspace.open(folder)
    households = 1
    while True:
        households += 1
        workspace.write("compound", compounds(count, households), origin=ORIGIN)


def test_four_editors_lose_none_of_their_edits(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(2), origin=ORIGIN)
    with ThreadPoolExecutor(EDITORS) as editors:
        list(editors.map(lambda editor: add_households(tmp_path, editor, 10), range(EDITORS)))
    assert_every_edit_counted(workspace, EDITORS * 10)


@pytest.mark.slow
def test_four_programs_lose_none_of_400_edits(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(2), origin=ORIGIN)
    editors = [
        PROCESSES.Process(target=add_households, args=(tmp_path, n, 100)) for n in range(EDITORS)
    ]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join(300)
        assert editor.exitcode == 0
    assert_every_edit_counted(workspace, EDITORS * 100)


def assert_every_edit_counted(workspace: Workspace, edits: int) -> None:
    assert workspace.read("compound")["households"].sum() == 2 + edits
    assert sum(workspace.row("compound", key)[1] for key in ("x0", "x1")) == 2 + edits


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_moment_leaves_a_whole_layer(tmp_path: Path, kills: int) -> None:
    count = 3_000
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(count), origin=ORIGIN)
    moments = np.random.default_rng(7).uniform(0, 0.3, kills)
    for moment in moments:
        before = workspace.layers()[0].version
        writer = PROCESSES.Process(target=write_for_ever, args=(tmp_path, count))
        writer.start()
        while workspace.layers()[0].version < before + 2:
            time.sleep(0.02)
        time.sleep(float(moment))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(10)
        read = workspace.read("compound")
        assert len(read) == count
        assert read["households"].nunique() == 1
        (state,) = workspace.layers()
        assert not state.edited
        assert state.content_sha256 == workspace.content_sha256("compound")
    with closing(sqlite3.connect(workspace.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT rtreecheck('rtree_compound_geom')").fetchone() == ("ok",)


def by_hand(workspace: Workspace, *statements: str) -> None:
    """Edit the file as another program would, with the functions its triggers call."""
    with closing(sqlite3.connect(workspace.path)) as connection, connection:
        for name, function in sql_functions().items():
            connection.create_function(name, 1, function)
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compound SET households = 9 WHERE id = 'x1'",
        "DELETE FROM compound WHERE id = 'x1'",
        "INSERT INTO compound (geom, name, households) SELECT geom, '新', 7 FROM compound LIMIT 1",
        "UPDATE compound SET geom = (SELECT geom FROM compound WHERE id = 'x0') WHERE id = 'x1'",
    ],
)
def test_every_edit_by_another_program_is_seen(tmp_path: Path, statement: str) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(3), origin=ORIGIN)
    before = workspace.content_sha256("compound")
    by_hand(workspace, statement)
    assert workspace.layers()[0].edited
    assert workspace.content_sha256("compound") != before


def test_a_row_deleted_and_another_added_is_not_mistaken_for_none(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(3), origin=ORIGIN)
    by_hand(
        workspace,
        "DELETE FROM compound WHERE fid = 3",
        "INSERT INTO compound (geom, name, households) SELECT geom, '新', 7 FROM compound LIMIT 1",
    )
    assert workspace.layers()[0].edited


def test_a_row_added_without_an_id_gets_one(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(1), origin=ORIGIN)
    insert = "INSERT INTO compound (geom, name, households) SELECT geom, '新', 7 FROM compound"
    by_hand(workspace, insert, insert + " WHERE fid = 2")
    assert workspace.read("compound")["id"].tolist() == ["x0", "compound-2", "compound-3"]


def test_an_edit_elsewhere_makes_the_editor_here_look_again(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(1), origin=ORIGIN)
    _, version = workspace.row("compound", "x0")
    by_hand(workspace, "UPDATE compound SET households = 9")
    with pytest.raises(ConflictError):
        workspace.update_row("compound", "x0", {"households": 5}, version=version)


def test_an_edit_elsewhere_that_breaks_the_schema_is_told_at_the_next_reading(
    tmp_path: Path,
) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(3), origin=ORIGIN)
    by_hand(workspace, "UPDATE compound SET households = -1, name = NULL WHERE id = 'x1'")
    with pytest.raises(DataError, match="在导入之后被改动") as refused:
        workspace.read("compound")
    assert "“户数”小于 1：1 行（x1）" in refused.value.message
    assert "“小区名称”为空：1 行（x1）" in refused.value.message


@pytest.mark.parametrize("cell", ["'很多'", "x'00ff'", "1.5"])
def test_a_value_of_the_wrong_kind_is_told_with_its_column(tmp_path: Path, cell: str) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(1), origin=ORIGIN)
    by_hand(workspace, f"UPDATE compound SET households = {cell}")  # noqa: S608
    with pytest.raises(DataError, match="households"):
        workspace.read("compound")


def test_a_column_deleted_in_another_program_reads_as_missing(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(1), origin=ORIGIN)
    by_hand(
        workspace,
        "ALTER TABLE compound DROP COLUMN address",
        "ALTER TABLE compound ADD COLUMN remark TEXT",
    )
    read = workspace.read("compound")
    assert read["address"].isna().all()
    assert "remark" not in read
    with pytest.raises(DataError, match="还没有列：address"):
        workspace.update_row("compound", "x0", {"address": "甲路"}, version=1)


def test_a_file_left_in_another_journal_mode_is_put_right(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    with closing(sqlite3.connect(workspace.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    Workspace.open(tmp_path)
    with closing(sqlite3.connect(workspace.path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_shape_that_is_none_is_told(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path)
    workspace.write("compound", compounds(1), origin=ORIGIN)
    triggers = [f"DROP TRIGGER rtree_compound_geom_update{n}" for n in (2, 6, 7)]
    by_hand(workspace, *triggers, "UPDATE compound SET geom = x'0102'")
    with pytest.raises(DataError, match="图形无法读取"):
        workspace.read("compound")


def test_an_older_file_is_brought_forward_step_by_step_or_not_at_all(tmp_path: Path) -> None:
    def step(table: str) -> Callable[[sa.Connection], None]:
        return lambda connection: connection.exec_driver_sql(f"CREATE TABLE {table} (a)")

    def fail(_: sa.Connection) -> None:
        raise DataError("stopped")

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        FORMAT.create(connection)
        connection.execute(sa.insert(FORMAT).values(version=1))
    with pytest.raises(DataError), engine.begin() as connection:
        bring_forward(connection, steps={1: step("one"), 2: fail}, current=3)
    with engine.begin() as connection:
        assert connection.scalar(sa.select(FORMAT.c.version)) == 1
        bring_forward(connection, steps={1: step("two"), 2: step("three")}, current=3)
    with engine.begin() as connection:
        assert connection.scalar(sa.select(FORMAT.c.version)) == 3
        assert {"two", "three"} <= set(sa.inspect(connection).get_table_names())
    engine.dispose()
