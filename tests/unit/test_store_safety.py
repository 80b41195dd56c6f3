"""Nothing is lost and nothing is half-written, whoever edits and whatever crashes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
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

ORIGIN = Origin("x", date(2026, 5, 1))
EDITORS = 4
PlaceOf = Callable[[str], str]


def compounds(count: int, households: int = 1) -> gpd.GeoDataFrame:
    points = shapely.points(np.c_[114 + np.arange(count) * 1e-5, np.full(count, 30.5)])
    cells = {"id": [f"x{n}" for n in range(count)], "name": "甲", "households": households}
    return conform(gpd.GeoDataFrame(cells, geometry=points, crs=4490), "compound")


def add_households(place: str, editor: int, edits: int, rows: int) -> None:
    """Raise one row's households by one, again and again, as an editor who retries would."""
    workspace = Workspace.open(place, busy_s=60)
    workspace.keep_open()
    done = 0
    while done < edits:
        row, version = workspace.row("compound", f"x{(editor + done) % rows}")
        changes = {"households": int(row["households"].iloc[0]) + 1}
        try:
            workspace.update_row("compound", str(row["id"].iloc[0]), changes, version=version)
        except ConflictError:
            continue
        done += 1
    workspace.close()


def write_for_ever(place: str, count: int) -> None:
    workspace = Workspace.open(place)
    households = 1
    while True:
        households += 1
        workspace.write("compound", compounds(count, households), origin=ORIGIN)


def program(function: str, place: str, *numbers: int) -> subprocess.Popen[bytes]:
    """Run one of the functions above in a program of its own: this file, as a script."""
    command = [sys.executable, __file__, function, place, *map(str, numbers)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


def test_four_editors_lose_none_of_their_edits(place: PlaceOf) -> None:
    where = place("w")
    workspace = Workspace.create(where)
    workspace.write("compound", compounds(2), origin=ORIGIN)
    with ThreadPoolExecutor(EDITORS) as editors:
        list(editors.map(lambda editor: add_households(where, editor, 10, 2), range(EDITORS)))
    assert_every_edit_counted(workspace, EDITORS * 10, rows=2)


@pytest.mark.slow
def test_eight_programs_lose_none_of_800_edits_on_20_rows(place: PlaceOf) -> None:
    where = place("w")
    workspace = Workspace.create(where)
    workspace.write("compound", compounds(20), origin=ORIGIN)
    editors = [program("add_households", where, n, 100, 20) for n in range(8)]
    for editor in editors:
        assert editor.wait(900) == 0
    assert_every_edit_counted(workspace, 800, rows=20)


def assert_every_edit_counted(workspace: Workspace, edits: int, *, rows: int) -> None:
    assert workspace.read("compound")["households"].sum() == rows + edits
    keys = [f"x{n}" for n in range(rows)]
    assert sum(workspace.row("compound", key)[1] for key in keys) == rows + edits


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_moment_leaves_a_whole_layer(place: PlaceOf, kills: int) -> None:
    count, where = 3_000, place("w")
    workspace = Workspace.create(where)
    workspace.write("compound", compounds(count), origin=ORIGIN)
    moments = np.random.default_rng(7).uniform(0, 0.3, kills)
    for moment in moments:
        before = workspace.layers()[0].version
        writer = program("write_for_ever", where, count)
        while workspace.layers()[0].version < before + 2:
            assert writer.poll() is None
            time.sleep(0.02)
        time.sleep(float(moment))
        writer.kill()
        writer.wait(10)
        read = workspace.read("compound")
        assert len(read) == count
        assert read["households"].nunique() == 1
        (state,) = workspace.layers()
        assert not state.edited
        assert state.content_sha256 == workspace.content_sha256("compound")
    if workspace.path is not None:
        with closing(sqlite3.connect(workspace.path)) as connection:
            for check in ("PRAGMA integrity_check", "SELECT rtreecheck('rtree_compound_geom')"):
                assert connection.execute(check).fetchone() == ("ok",)


def by_hand(workspace: Workspace, *statements: str) -> None:
    """Edit as another program would, which knows no lock of ours."""
    if workspace.path is None:
        engine = sa.create_engine(workspace.place.partition("?")[0])
        with engine.begin() as connection:
            schema = workspace.place.rpartition("=")[2]
            connection.exec_driver_sql(f"SET LOCAL search_path = {schema}, public")
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()
        return
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
def test_every_edit_by_another_program_is_seen(place: PlaceOf, statement: str) -> None:
    workspace = Workspace.create(place("w"))
    workspace.write("compound", compounds(3), origin=ORIGIN)
    before = workspace.content_sha256("compound")
    by_hand(workspace, statement)
    assert workspace.layers()[0].edited
    assert workspace.content_sha256("compound") != before


def test_a_row_deleted_and_another_added_is_not_mistaken_for_none(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    workspace.write("compound", compounds(3), origin=ORIGIN)
    by_hand(
        workspace,
        "DELETE FROM compound WHERE fid = 3",
        "INSERT INTO compound (geom, name, households) SELECT geom, '新', 7 FROM compound LIMIT 1",
    )
    assert workspace.layers()[0].edited


def test_a_row_added_without_an_id_gets_one(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    workspace.write("compound", compounds(1), origin=ORIGIN)
    insert = "INSERT INTO compound (geom, name, households) SELECT geom, '新', 7 FROM compound"
    by_hand(workspace, insert, insert + " WHERE fid = 2")
    assert workspace.read("compound")["id"].tolist() == ["x0", "compound-2", "compound-3"]


def test_an_edit_elsewhere_makes_the_editor_here_look_again(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    workspace.write("compound", compounds(1), origin=ORIGIN)
    _, version = workspace.row("compound", "x0")
    by_hand(workspace, "UPDATE compound SET households = 9")
    with pytest.raises(ConflictError):
        workspace.update_row("compound", "x0", {"households": 5}, version=version)


def test_an_edit_elsewhere_that_breaks_the_schema_is_told_at_the_next_reading(
    place: PlaceOf,
) -> None:
    workspace = Workspace.create(place("w"))
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


def test_a_column_deleted_in_another_program_reads_as_missing(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
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


if __name__ == "__main__":
    chosen = {"add_households": add_households, "write_for_ever": write_for_ever}[sys.argv[1]]
    chosen(sys.argv[2], *map(int, sys.argv[3:]))
