"""A workspace in PostGIS: readers see one state, writers are alone, complaints are understood."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import psycopg
import pytest
import shapely
import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.network import content_hash, current
from geo.store import Origin, Workspace, conform
from geo.store.database import database_of
from geo.store.rows import fetch, tables_of
from geo.store.server_errors import explained
from geo.text import speak

ORIGIN = Origin("x", date(2026, 5, 1))


def shelters(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    cells = {"id": [f"s{n}" for n in range(len(shapes))], "name": "避难场所"}
    return conform(gpd.GeoDataFrame(cells, geometry=list(shapes), crs=4490), "shelter")


POINTS = shelters(shapely.Point(114, 30), shapely.Point(114.1, 30))
AREA = shelters(shapely.box(114, 30, 114.1, 30.1))


@pytest.fixture
def url(shared_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return f"{shared_database}?workspace=s_{uuid.uuid4().hex}"


@pytest.fixture
def workspace(url: str) -> Workspace:
    made = Workspace.create(url)
    made.write("shelter", POINTS, origin=ORIGIN)
    return made


@pytest.fixture
def admin(shared_database: str) -> Iterator[Callable[[str], None]]:
    engine = sa.create_engine(shared_database, isolation_level="AUTOCOMMIT")

    def execute(statement: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    yield execute
    engine.dispose()


def test_a_reader_goes_on_seeing_the_layer_that_is_replaced_meanwhile(workspace: Workspace) -> None:
    with workspace.reading() as connection:
        assert "shelter" in tables_of(connection)  # the first question decides on the moment
        workspace.write("shelter", POINTS.iloc[:1], origin=ORIGIN)
        assert len(fetch(connection, "shelter", {"id": "text"}, shapes=True)) == 2
    assert len(workspace.read("shelter")) == 1


def test_a_table_of_another_form_waits_for_the_readers(workspace: Workspace, url: str) -> None:
    done = threading.Event()

    def replace() -> None:
        Workspace.open(url).write("shelter", AREA, origin=ORIGIN)
        done.set()

    with workspace.reading() as connection:
        writer = threading.Thread(target=replace)
        writer.start()
        assert not done.wait(0.5)
        assert len(fetch(connection, "shelter", {"id": "text"}, shapes=True)) == 2
    writer.join(10)
    assert done.is_set()
    assert workspace.read("shelter").geom_type.tolist() == ["Polygon"]


def test_a_reader_that_never_ends_is_one_clear_message(workspace: Workspace, url: str) -> None:
    hurried = Workspace.open(url, busy_s=0.2)
    with workspace.reading(), pytest.raises(ConflictError, match="正被另一个程序使用"):
        hurried.write("shelter", AREA, origin=ORIGIN)
    assert len(workspace.read("shelter")) == 2


def test_two_writers_are_never_at_work_together(workspace: Workspace, url: str) -> None:
    hurried = Workspace.open(url, busy_s=0.2)
    with workspace.writing():
        assert len(hurried.read("shelter")) == 2
        with pytest.raises(ConflictError, match="正被另一个程序使用"):
            hurried.settings["a"] = 1
    hurried.settings["a"] = 1


def test_an_import_never_overtakes_an_edit_that_qgis_has_not_saved(
    workspace: Workspace, url: str, shared_database: str
) -> None:
    hurried = Workspace.open(url, busy_s=0.2)
    qgis = sa.create_engine(shared_database)
    with qgis.begin() as connection:
        schema = url.rpartition("=")[2]
        connection.exec_driver_sql(f"SET LOCAL search_path = {schema}")
        connection.execute(sa.text("UPDATE shelter SET name = '改' WHERE id = 's0'"))
        with pytest.raises(ConflictError, match="另一个程序"):
            hurried.write("shelter", POINTS, origin=ORIGIN)
    qgis.dispose()
    assert workspace.read("shelter")["name"].tolist() == ["改", "避难场所"]
    assert workspace.layers()[0].edited


def test_a_reader_cannot_write(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="没有权限"), workspace.reading() as connection:
        connection.execute(sa.text("DELETE FROM shelter"))


def test_workspaces_of_one_database_know_nothing_of_each_other(workspace: Workspace) -> None:
    other = Workspace.create(f"{workspace.place}x")
    assert not other.has("shelter")
    assert other.results() == []
    other.settings["a"] = 1
    assert "a" not in workspace.settings


def test_a_url_that_was_taken_for_a_path_is_still_a_url(workspace: Workspace, url: str) -> None:
    for place in (Path(url), url.replace("postgresql+psycopg", "postgres"), workspace.place):
        assert Workspace.open(place).has("shelter")


def test_a_password_is_never_told() -> None:
    database = database_of("postgresql://u:geheim@h/d?workspace=w", folder=None, busy_s=1)
    assert "geheim" not in database.place
    with pytest.raises(DataError) as refused:
        database_of("postgresql://u:ge@heim:x@h:port/d", folder=None, busy_s=1)
    assert "heim" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("name", ["public", "pg_x", "1a", 'a"b', "a b", "区" * 22])
def test_a_workspace_cannot_take_any_name(name: str) -> None:
    with pytest.raises(DataError, match="不可用"):
        database_of(f"postgresql://h/d?workspace={name}", folder=None, busy_s=1)


def test_a_schema_without_a_workspace_is_told_so(url: str) -> None:
    with pytest.raises(NotFoundError, match="不是工作区") as refused:
        Workspace.open(url)
    assert "fuwuquan init" in refused.value.hint


def test_a_server_that_is_not_there_is_one_clear_message() -> None:
    with pytest.raises(DataError, match="连不上数据库") as refused:
        Workspace.open("postgresql://postgres@127.0.0.1:1/none")
    assert "PostgreSQL 正在运行" in refused.value.hint


def test_a_database_that_is_not_there_is_one_clear_message(postgis_server: str) -> None:
    with pytest.raises(DataError, match="服务器拒绝了连接"):
        Workspace.open(f"{postgis_server}/nowhere")


def test_a_database_without_postgis_is_one_clear_message(
    postgis_server: str, admin: Callable[[str], None]
) -> None:
    admin("CREATE DATABASE plain")
    try:
        with pytest.raises(DataError, match="没有安装 PostGIS") as refused:
            Workspace.create(f"{postgis_server}/plain")
    finally:
        admin("DROP DATABASE plain WITH (FORCE)")
    assert "CREATE EXTENSION postgis" in refused.value.hint


@pytest.mark.usefixtures("workspace")
def test_a_user_without_rights_reads_what_is_granted_and_no_more(
    url: str, admin: Callable[[str], None]
) -> None:
    schema = url.rpartition("=")[2]
    admin("CREATE ROLE guest LOGIN")
    guest = url.replace("postgres@", "guest@")
    try:
        with pytest.raises(DataError, match="没有权限"):
            Workspace.open(guest).read("shelter")
        with pytest.raises(DataError, match="没有权限"):
            Workspace.create(f"{guest}2")
        admin(f'GRANT USAGE ON SCHEMA "{schema}" TO guest')
        admin(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO guest')
        reader = Workspace.open(guest)
        assert len(reader.read("shelter")) == 2
        with pytest.raises(DataError, match="没有权限"):
            reader.update_row("shelter", "s0", {"name": "改"}, version=1)
        reader.close()
    finally:
        admin("DROP OWNED BY guest")
        admin("DROP ROLE guest")


def test_a_wrong_password_is_one_clear_message() -> None:
    with pytest.raises(DataError, match="密码不对") as refused, explained("h/d"):
        raise psycopg.OperationalError(
            'connection failed: FATAL:  password authentication failed for user "u"'
        )
    assert "PGPASSWORD" in refused.value.hint


def test_a_server_that_dies_in_between_is_one_clear_message(
    workspace: Workspace, admin: Callable[[str], None]
) -> None:
    def orphaned() -> None:
        with workspace.reading() as connection:
            own = connection.scalar(sa.text("SELECT pg_backend_pid()"))
            admin(f"SELECT pg_terminate_backend({own}, 5000)")
            connection.execute(sa.text("SELECT 1"))

    with pytest.raises(DataError, match="连不上数据库"):
        orphaned()
    assert len(workspace.read("shelter")) == 2


def test_a_character_that_cannot_be_kept_is_one_clear_message(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="不能保存的字符"):
        workspace.write(
            "shelter", POINTS.assign(name="a\0b").astype({"name": "string"}), origin=ORIGIN
        )


def test_complaints_are_english_on_request() -> None:
    speak("en")
    try:
        with pytest.raises(DataError, match="cannot be reached"):
            Workspace.open("postgresql://postgres@127.0.0.1:1/none")
    finally:
        speak("zh")


def test_a_network_is_fetched_from_the_database_where_it_is_missing_or_spoilt(
    workspace: Workspace, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        shapely.LineString([(114, 30), (114.01, 30)]),
        shapely.LineString([(114.005, 29.99), (114.005, 30.01)]),
    ]
    streets = conform(
        gpd.GeoDataFrame({"name": ["甲路", "乙路"]}, geometry=lines, crs=4490), "street"
    )
    workspace.write("street", streets, origin=ORIGIN)
    built = content_hash(current.open_network(workspace))
    monkeypatch.setattr(current, "_from_layer", None)  # what is fetched is not built
    (file,) = workspace.streets_path.iterdir()
    for spoil in (file.unlink, lambda: file.write_bytes(b"half")):
        spoil()
        assert content_hash(current.open_network(Workspace.open(url))) == built


def test_qgis_finds_style_titles_and_index(workspace: Workspace) -> None:
    with workspace.reading() as connection:

        def one(query: str) -> object:
            return connection.scalar(sa.text(query))

        style = one(
            "SELECT styleqml::text FROM public.layer_styles WHERE useasdefault AND"
            " f_table_schema = current_schema() AND f_table_name = 'shelter'"
        )
        assert "<qgis" in str(style)
        assert "名称" in str(
            one(
                "SELECT col_description('shelter'::regclass, attnum) FROM pg_attribute"
                " WHERE attrelid = 'shelter'::regclass AND attname = 'name'"
            )
        )
        assert (
            one(
                "SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema()"
                " AND tablename = 'shelter' AND indexdef LIKE '%gist%'"
            )
            == 1
        )
        assert (
            one(
                "SELECT type || srid FROM geometry_columns WHERE f_table_name = 'shelter'"
                " AND f_table_schema = current_schema()"
            )
            == "POINT4490"
        )
