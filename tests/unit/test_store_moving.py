"""A workspace goes to PostGIS and back, into a backup and out of it, and stays the same."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from geopandas.testing import assert_geodataframe_equal

from api.cli import run
from geo.errors import ConflictError, DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.tables import CASE, GAZETTEER
from geo.layers import read_layer
from geo.store import Origin, Workspace, conform
from geo.store.backups import back_up, restore
from geo.store.dialects import Style, dialect_of
from geo.store.moving import move

DAY = date(2026, 5, 1)
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
BOOKS = (GAZETTEER,)
PlaceOf = Callable[[str], str]


@pytest.fixture
def full(place: PlaceOf, tmp_path: Path) -> Workspace:
    """Make a workspace with something in every room."""
    workspace = Workspace.create(place("full"))
    table = (
        "编号,小区名称,总户数,交付日期,经度,纬度\n"
        'a,"甲,“50%”\n苑",120,2020-03-01,114.3,30.6\nb,乙,-5,,114.31,30.6\nc,丙,7,,114.32,30.6\n'
    )
    source = tmp_path / "小区.csv"
    source.write_text(table, encoding="utf-8")
    workspace.import_layer(read_layer(source, "compound", datum="cgcs2000"), on=DAY)
    _, version = workspace.row("compound", "c")
    workspace.update_row("compound", "c", {"simulated": True}, version=version)
    one, two = shapely.box(114, 30, 114.1, 30.1), shapely.box(114.2, 30, 114.3, 30.1)
    shapes = [one, shapely.MultiPolygon([one, two]), None, shapely.Polygon()]
    cells = {"code": ["1", "2", "3", "4"], "name": list("甲乙丙丁"), "elders": [1, None, 3, 4]}
    areas = conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "community")
    workspace.write("community", areas, origin=Origin("x", DAY))
    mixed = conform(
        gpd.GeoDataFrame(
            {"id": ["s1", "s2"], "name": "避难场所"},
            geometry=[shapely.Point(114, 30), one],
            crs=4490,
        ),
        "shelter",
    )
    workspace.write("shelter", mixed, origin=Origin("x", DAY))
    workspace.write("gate", conform(mixed.iloc[:0][["geometry"]], "gate"), origin=Origin("x", DAY))
    reached = gpd.GeoDataFrame(
        {"share": [0.1, None], "day": pd.to_datetime(["2026-01-01", None])},
        geometry=[one, two],
        crs=4490,
    )
    workspace.write_result("areas", reached, on=DAY, title="结果 100%", titles={"share": "比例"})
    workspace.write_result("plain", pd.DataFrame({"a_7.5": [True, False], "b": ["", "'"]}), on=DAY)
    workspace.settings["速度"] = {"elder": 1.0}
    for n in (2, 1):
        workspace.record_run("coverage", on=DAY, inputs={}, parameters={"n": n}, results={"n": n})
    (workspace.streets_path / "osm-1.graphml").write_bytes(b"\x00streets")
    workspace.street_files.keep("osm-1.graphml")
    with workspace.writing() as connection:
        style = Style("compound", "我的样式", "<qgis/>", default=False, description="自存")
        dialect_of(connection).put_style(connection, style)
    book = Gazetteer.of(workspace)
    with book.change(author="甲", reason="登记", at=AT) as change:
        road = change.insert(
            "place",
            class_code="22200",
            lifecycle="existing",
            status="official",
            secrecy="public",
            attributes="{}",
        )
        change.insert(
            "name", place_id=road, text="建设路", kind="standard", language="zh", valid_from="1984"
        )
        line = shapely.LineString([(114, 30), (114.123456789012345, 30.1)])
        change.insert("shape", place_id=road, role="centreline", shape=line)
    return workspace


def told(workspace: Workspace) -> dict[str, object]:
    """Return all that a workspace answers with."""
    book = Gazetteer.of(workspace)
    with workspace.reading() as connection:
        dialect = dialect_of(connection)
        tables = [f"result_{name}" for name in workspace.results()]
        abouts = [dialect.about(connection, table) for table in tables]
        fids = [dialect.last_fid(connection, state.layer) for state in workspace.layers()]
        styles = [(s.table, s.name, s.default, s.description) for s in dialect.styles(connection)]
    return {
        "layers": workspace.layers(),
        "contents": {s.layer: workspace.content_sha256(s.layer) for s in workspace.layers()},
        "versions": [workspace.row("compound", key)[1] for key in ("a", "c")],
        "fids": fids,
        "faults": list(workspace.faults()),
        "quarantined": workspace.quarantined("compound").to_dict("list"),
        "mapping": workspace.mapping("compound"),
        "settings": dict(workspace.settings),
        "runs": workspace.runs(),
        "abouts": abouts,
        "styles": sorted(styles),
        "streets": workspace.street_files.names(),
        "gazetteer": (book.state_sha256(), book.replayed_sha256(), book.first_broken()),
    }


def assert_same(one: Workspace, other: Workspace) -> None:
    assert told(one) == told(other)
    for name in ("compound", "community", "shelter", "gate"):
        assert_geodataframe_equal(one.read(name, "EPSG:4490"), other.read(name, "EPSG:4490"))
    for name in one.results():
        left, right = (w.read_result(name, "EPSG:4490") for w in (one, other))
        assert isinstance(left, gpd.GeoDataFrame) is isinstance(right, gpd.GeoDataFrame)
        pd.testing.assert_frame_equal(pd.DataFrame(left), pd.DataFrame(right))
    for workspace in (one, other):
        workspace.street_files.fetch("osm-1.graphml")
        assert (workspace.streets_path / "osm-1.graphml").read_bytes() == b"\x00streets"


def test_there_and_back_nothing_differs(
    full: Workspace, shared_database: str, tmp_path: Path
) -> None:
    url = f"{shared_database}?workspace=there_{tmp_path.name[-20:].lower()}"
    there, _ = move(full, url, books=BOOKS)
    assert_same(full, there)
    back, copied = move(there, tmp_path / "back", books=BOOKS)
    assert_same(full, back)
    assert copied.layers == told(full)["contents"]
    assert copied.left_out == ()
    assert sorted(p.name for p in back.folder.iterdir()) == ["fuwuquan.gpkg", "streets"]
    assert copied.rows["gz_event"] == 3


def test_work_goes_on_where_a_workspace_was_moved_to(full: Workspace, place: PlaceOf) -> None:
    made, _ = move(full, place("next"), books=BOOKS)
    insert = "INSERT INTO compound (geom, name, households) SELECT geom, '新', 7 FROM compound"
    with made.writing() as connection:
        connection.execute(sa.text(f"{insert} WHERE id = 'a'"))
    assert made.read("compound")["id"].tolist() == ["a", "c", "compound-3"]
    made.record_run("site", on=DAY, inputs={}, parameters={}, results={})
    assert [run.kind for run in made.runs()] == ["coverage", "coverage", "site"]
    with Gazetteer.of(made).change(author="乙", reason="更名", at=AT) as change:
        change.insert(
            "place",
            class_code="22200",
            lifecycle="existing",
            status="official",
            secrecy="public",
            attributes="{}",
        )
    assert Gazetteer.of(made).first_broken() is None
    assert len(full.runs()) == 2


def test_what_was_decided_before_there_were_rules_moves_too(tmp_path: Path, place: PlaceOf) -> None:
    old = Workspace.create(tmp_path / "old")
    Gazetteer.of(old)
    with old.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER gz_case_own_work_insert")
        case = {"kind": "naming", "state": "approved", "title": "甲路", "facts": "{}"}
        own = {"id": "c1", "clerk": "甲", "approver": "甲"}
        connection.execute(sa.insert(CASE).values({**case, **own}))
    made, _ = move(old, place("new"), books=BOOKS)
    with pytest.raises(ConflictError, match="不能批准自己"), made.writing() as connection:
        connection.execute(sa.insert(CASE).values({**case, **own, "id": "c2"}))


def test_a_move_never_lands_on_a_workspace(full: Workspace, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "taken")
    with pytest.raises(ConflictError, match="已经是工作区"):
        move(full, tmp_path / "taken")


def test_a_move_that_fails_leaves_nothing(full: Workspace, place: PlaceOf) -> None:
    binary = "bytea" if full.path is None else "BLOB"
    with full.writing() as connection:
        connection.execute(sa.text(f"ALTER TABLE compound ADD COLUMN photo {binary}"))
    with pytest.raises(DataError, match="photo"):
        move(full, place("next"))
    with full.writing() as connection:
        connection.execute(sa.text("ALTER TABLE compound DROP COLUMN photo"))
    assert move(full, place("next"))[0].has("compound")


def test_what_others_keep_beside_a_workspace_is_named(full: Workspace, tmp_path: Path) -> None:
    with full.writing() as connection:
        connection.execute(sa.text("CREATE TABLE 便民点 (a integer)"))
        connection.execute(sa.text("ALTER TABLE compound ADD COLUMN 备注 TEXT"))
        connection.execute(sa.text("UPDATE compound SET 备注 = '核对' WHERE id = 'a'"))
    made, copied = move(full, tmp_path / "next", books=BOOKS)
    assert copied.left_out == ("便民点",)
    with made.reading() as connection:
        assert connection.scalar(sa.text("SELECT 备注 FROM compound WHERE id = 'a'")) == "核对"


def test_a_backup_comes_back_as_it_was_in_either_store(
    full: Workspace, shared_database: str, tmp_path: Path
) -> None:
    file = tmp_path / "backups" / "五月.gpkg"
    assert back_up(full, file, books=BOOKS) == ()
    assert [p.name for p in file.parent.iterdir()] == ["五月.gpkg"]
    url = f"{shared_database}?workspace=back_{tmp_path.name[-20:].lower()}"
    for place in (tmp_path / "r", url):
        restored, _ = restore(file, place, books=BOOKS)
        assert_same(full, restored)
    with pytest.raises(ConflictError, match="已经是工作区"):
        restore(file, tmp_path / "r", books=BOOKS)
    with pytest.raises(ConflictError, match="不覆盖"):
        back_up(full, file, books=BOOKS)


def test_a_backup_is_one_moment_while_others_write(full: Workspace, tmp_path: Path) -> None:
    before = told(full)
    with full.reading() as connection:
        connection.execute(sa.text("SELECT count(*) FROM compound"))
        full.settings["速度"] = 2
    assert told(full) != before
    back_up(full, tmp_path / "b.gpkg", books=BOOKS)
    full.settings["速度"] = 3
    assert restore(tmp_path / "b.gpkg", tmp_path / "r", books=BOOKS)[0].settings["速度"] == 2


def test_a_backup_is_whole_while_others_write_all_the_time(full: Workspace, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            full.settings["速度"] = number

    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        try:
            for number in range(5):
                back_up(full, tmp_path / f"{number}.gpkg", books=BOOKS)
        finally:
            done.set()
        writing.result()
    restore(tmp_path / "4.gpkg", tmp_path / "r", books=BOOKS)


@pytest.mark.parametrize("harm", ["edit", "bits", "cut", "plain", "text"])
def test_a_backup_that_was_changed_is_refused(tmp_path: Path, harm: str) -> None:
    workspace = Workspace.create(tmp_path / "w")
    workspace.settings["words"] = "初心" * 20_000
    file = tmp_path / "b.gpkg"
    back_up(workspace, file)
    content = bytearray(file.read_bytes())
    if harm == "edit":
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE fuwuquan_setting SET value_json = '1'")
    elif harm == "bits":
        at = content.index("初心初心".encode())
        content[at] ^= 1
        file.write_bytes(content)
    elif harm == "cut":
        file.write_bytes(content[:-5_000])
    elif harm == "plain":
        shutil.copy(workspace.path, file)
    else:
        file.write_text("备份")
    with pytest.raises(DataError, match=r"损坏|不是 fuwuquan backup"):
        restore(file, tmp_path / "r")
    assert not (tmp_path / "r" / "fuwuquan.gpkg").exists()


def test_commands_back_up_restore_and_move(
    full: Workspace, place: PlaceOf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.gpkg"
    assert run(["backup", str(file), "-w", full.place]) == 0
    assert run(["restore", str(file), "-w", str(tmp_path / "r"), "--json"]) == 0
    restored = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert restored["layers"] == told(full)["contents"]
    assert restored["gazetteer_sha256"] == told(full)["gazetteer"][0]
    assert restored["gazetteer_first_broken"] is None
    assert run(["move", "-w", str(tmp_path / "r"), "--to", place("m")]) == 0
    assert "日志完整" in capsys.readouterr().out
    assert run(["layers", "-w", place("m"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["layers"][1]["rows"] == 2
    assert run(["backup", str(tmp_path / "b.zip"), "-w", full.place]) == 2
    assert ".gpkg 结尾" in capsys.readouterr().err
