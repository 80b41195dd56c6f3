"""A table's own count of its rows and changes is exact, whatever program writes to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.store import Origin, Workspace, conform
from geo.store.features import Query, count, extent, feature_tables, mark
from geo.store.geopackage_index import extent_of
from geo.store.moving import move
from geo.store.tallies import kept, tally

PlaceOf = Callable[[str], str]
DAY = date(2026, 5, 1)
ORIGIN = Origin("x", DAY)


def compounds(n: int = 5) -> gpd.GeoDataFrame:
    cells = {"id": [f"c{i}" for i in range(n)], "name": "苑", "households": range(1, n + 1)}
    shapes = [shapely.Point(114 + i / 100, 30) for i in range(n)]
    return conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "compound")


@pytest.fixture
def workspace(place: PlaceOf) -> Workspace:
    made = Workspace.create(place("tallies"))
    made.write("compound", compounds(), origin=ORIGIN)
    made.write_result("reach", pd.DataFrame({"share": [0.1, 0.2]}), on=DAY)
    return made


def truth(connection: sa.Connection, table: str, *, versions: bool = True) -> tuple[int, ...]:
    columns = ["fid", *(["version"] if versions else [])]
    sums = [sa.func.sum(sa.column(name, sa.Integer)) for name in columns]
    found = (
        *connection.execute(sa.select(sa.func.count(), *sums).select_from(sa.table(table))).one(),
        0,
    )[:3]
    return tuple(int(figure or 0) for figure in found)


def told(connection: sa.Connection, table: str) -> tuple[int, ...]:
    found = tally(connection, table)
    assert found is not None
    return (found.rows, found.fids, found.versions)


def marked(workspace: Workspace, table: str = "compound") -> str:
    with workspace.reading() as connection:
        return mark(connection, feature_tables(connection)[table])


ACTS = [
    "INSERT INTO compound (id, name, version) VALUES ('q1', '新', 1), (NULL, '无号', 7)",
    "UPDATE compound SET name = '改' WHERE id IN ('c1', 'c2')",
    "UPDATE compound SET version = version + 3 WHERE id = 'c3'",
    "UPDATE compound SET fid = 900 WHERE id = 'c4'",
    "DELETE FROM compound WHERE id IN ('c0', 'q1')",
    "UPDATE compound SET name = '无人' WHERE id = 'nobody'",
    "DELETE FROM compound",
    "INSERT INTO compound (id, name) VALUES ('c0', '又')",
]


def test_the_count_follows_every_statement_of_another_program(workspace: Workspace) -> None:
    seen = {marked(workspace)}
    for act in ACTS:
        with workspace.writing() as connection:
            connection.execute(sa.text(act))
            assert told(connection, "compound") == truth(connection, "compound"), act
        if "nobody" not in act:
            now = marked(workspace)
            assert now not in seen, act
            seen.add(now)


def test_what_is_undone_is_not_counted(workspace: Workspace) -> None:
    before = marked(workspace)

    def begin() -> None:
        with workspace.writing() as connection:
            connection.execute(sa.text("DELETE FROM compound"))
            assert count(connection, feature_tables(connection)["compound"], Query(10)) == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin()
    assert marked(workspace) == before
    with workspace.reading() as connection:
        assert count(connection, feature_tables(connection)["compound"], Query(10)) == 5


def test_a_result_made_anew_with_as_many_rows_has_another_mark(workspace: Workspace) -> None:
    before = marked(workspace, "result_reach")
    workspace.write_result("reach", pd.DataFrame({"share": [0.3, 0.4]}), on=DAY)
    assert marked(workspace, "result_reach") != before
    with workspace.writing() as connection:
        assert told(connection, "result_reach") == truth(connection, "result_reach", versions=False)
        connection.execute(sa.text("UPDATE result_reach SET share = 0.5 WHERE fid = 1"))
    assert len({before, marked(workspace, "result_reach")}) == 2


def test_a_layer_imported_anew_goes_on_counting(workspace: Workspace) -> None:
    before = marked(workspace)
    workspace.write("compound", compounds(3), origin=ORIGIN)
    with workspace.reading() as connection:
        assert told(connection, "compound") == truth(connection, "compound")
    assert marked(workspace) != before


def test_many_writers_at_once_are_all_counted(workspace: Workspace) -> None:
    def edit(n: int) -> None:
        mine = Workspace.open(workspace.place, folder=workspace.folder)
        for at in range(20):
            with mine.writing() as connection:
                connection.execute(
                    sa.text("INSERT INTO compound (id, name) VALUES (:id, '新')"),
                    {"id": f"w{n}-{at}"},
                )
                connection.execute(sa.text("UPDATE compound SET elders = 1 WHERE id = 'c0'"))

    writers = [threading.Thread(target=edit, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with workspace.reading() as connection:
        assert told(connection, "compound") == truth(connection, "compound")
        assert told(connection, "compound")[0] == 85


def test_answers_about_a_table_outlive_writings_to_others(workspace: Workspace) -> None:
    workspace.keep_open()
    asked = []
    with workspace.reading() as connection:
        sa.event.listen(
            connection.engine,
            "before_cursor_execute",
            lambda _c, _u, statement, *_: asked.append(statement),
        )

    def look() -> tuple[object, object]:
        asked.clear()
        with workspace.reading() as connection:
            table = feature_tables(connection)["compound"]
            return count(connection, table, Query(10)), extent(connection, table)

    first = look()
    workspace.settings["a"] = 1
    assert look() == first
    assert not [one for one in asked if "count(" in one or "ST_Extent" in one]
    with workspace.writing() as connection:
        connection.execute(sa.text("DELETE FROM compound WHERE id = 'c0'"))
    number, box = look()
    assert number == 4
    assert box != first[1]
    workspace.close()


def test_the_count_goes_along_when_a_workspace_is_moved(
    workspace: Workspace, shared_database: str, tmp_path: Path
) -> None:
    with workspace.writing() as connection:
        connection.execute(sa.text("UPDATE compound SET name = '改' WHERE id = 'c1'"))
    marks = [marked(workspace, name) for name in ("compound", "result_reach")]
    url = f"{shared_database}?workspace=tally_{tmp_path.name[-20:].lower()}"
    for target in (url, tmp_path / "back"):
        moved, copied = move(workspace, target, folder=tmp_path / "folder")
        assert [marked(moved, name) for name in ("compound", "result_reach")] == marks
        assert copied.left_out == ()
        assert moved.layers()[0].edited
        with moved.writing() as connection:
            connection.execute(sa.text("DELETE FROM compound WHERE id = 'c1'"))
            assert told(connection, "compound") == truth(connection, "compound")


def test_a_row_put_in_anothers_place_is_noticed(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "w")
    workspace.write("compound", compounds(), origin=ORIGIN)
    before = marked(workspace)
    with workspace.writing() as connection:
        connection.execute(
            sa.text("INSERT OR REPLACE INTO compound (id, name) VALUES ('c1', '代')")
        )
        assert tally(connection, "compound") is None
    assert marked(workspace) != before
    assert workspace.layers()[0].rows == 5
    workspace.write("compound", compounds(3), origin=ORIGIN)
    with workspace.reading() as connection:
        assert told(connection, "compound") == truth(connection, "compound")


def test_a_table_made_anew_by_another_program_is_counted_as_before(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "w")
    workspace.write("compound", compounds(), origin=ORIGIN)
    with workspace.writing() as connection:
        connection.execute(sa.text("CREATE TABLE other AS SELECT * FROM compound WHERE fid > 1"))
        connection.execute(sa.text("DROP TABLE compound"))
        connection.execute(sa.text("ALTER TABLE other RENAME TO compound"))
        assert "compound" not in kept(connection)
    assert workspace.layers()[0].rows == 4


def test_parts_are_gathered_in_postgis(shared_database: str, tmp_path: Path) -> None:
    url = f"{shared_database}?workspace=parts_{tmp_path.name[-20:].lower()}"
    workspace = Workspace.create(url, folder=tmp_path)
    workspace.write("compound", compounds(), origin=ORIGIN)
    for _ in range(3):
        with workspace.writing() as connection:
            for n in range(200):
                connection.execute(sa.text("UPDATE compound SET elders = :n"), {"n": n})
    with workspace.writing() as connection:
        assert told(connection, "compound") == truth(connection, "compound")
        found = connection.scalar(sa.text("SELECT count(*) FROM fuwuquan_tally"))
        assert found < 300
        connection.execute(sa.text("TRUNCATE compound"))
        assert told(connection, "compound") == (0, 0, 0)


def test_layers_of_an_older_workspace_count_themselves_from_then_on(workspace: Workspace) -> None:
    with workspace.writing() as connection:
        connection.execute(sa.text("UPDATE compound SET name = '改' WHERE id = 'c1'"))
        _make_older(connection)
    older = Workspace.open(workspace.place, folder=workspace.folder)
    assert older.layers()[0].edited
    with older.writing() as connection:
        assert kept(connection) == {"compound", "result_reach"}
        for act in ACTS:
            connection.execute(sa.text(act))
            assert told(connection, "compound") == truth(connection, "compound"), act


def _make_older(connection: sa.Connection) -> None:
    """Take away what form 0006 and those after it brought."""
    connection.execute(sa.text("DROP TABLE fuwuquan_proposal_edit"))
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%tally%'"
        for name in connection.scalars(sa.text(query)).all():
            connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
    else:
        connection.execute(sa.text("DROP FUNCTION fuwuquan_add_up CASCADE"))
    connection.execute(sa.text("DROP TABLE fuwuquan_tally"))
    connection.execute(sa.text("DROP TABLE fuwuquan_document"))
    connection.execute(sa.text("UPDATE fuwuquan_migration SET version_num = '0005'"))


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), n=st.integers(0, 900), gone=st.floats(0, 1))
def test_the_root_of_the_index_knows_the_extent(seed: int, n: int, gone: float) -> None:
    draw = np.random.default_rng(seed)
    with TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "w")
        rows = compounds(n)
        rows = rows.set_geometry(shapely.points(draw.uniform(30, 31, (n, 2))), crs=4490)
        workspace.write("compound", rows, origin=ORIGIN)
        with workspace.writing() as connection:
            connection.execute(
                sa.text("DELETE FROM compound WHERE fid % 100 < :gone"), {"gone": gone * 100}
            )
            wanted = connection.exec_driver_sql(
                "SELECT min(minx), min(miny), max(maxx), max(maxy) FROM rtree_compound_geom"
            ).one()
            found = extent_of(connection, "rtree_compound_geom")
            assert found == (None if wanted[0] is None else tuple(wanted))
