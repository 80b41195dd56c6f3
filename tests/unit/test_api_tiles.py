"""Tiles as the server gives them: described, marked, kept, and refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import pyogrio
import pytest
import shapely
from pmtiles.reader import MmapSource, all_tiles
from starlette.testclient import TestClient

from api.app import create_app
from api.cli import run
from api.jobs.child import Task
from api.ogc.names import names
from api.ogc.tiles import Packed, TileCache
from api.settings import Settings
from api.work.tiles import PROCESS
from api.work.tiles import run as work_on_tiles
from geo.gazetteer import Gazetteer
from geo.store import Workspace, conform
from geo.store.features import feature_tables
from geo.store.held import HeldWorkspace
from geo.store.layer_tables import Origin
from geo.tiles import Tile
from geo.tiles.archive import write_pmtiles
from geo.tiles.source import layer_tile
from geo.tiles.thinning import PIXEL

MACHINE = "http://127.0.0.1:8620"
ORIGIN = Origin(source="test", written_on=date(2026, 1, 1))

MERGED = "/tiles/WebMercatorQuad"


@pytest.fixture
def city(tmp_path: Path) -> Workspace:
    """Return a workspace with two stations near each other."""
    workspace = Workspace.create(tmp_path / "city")
    frame = gpd.GeoDataFrame(
        {"name": ["大屯站", "沙甸站"]},
        geometry=[shapely.Point(103.16, 23.36), shapely.Point(103.17, 23.37)],
        crs="EPSG:4490",
    )
    workspace.write("elder_station", conform(frame, "elder_station"), origin=ORIGIN)
    return workspace


@pytest.fixture
def client(city: Workspace) -> Iterator[TestClient]:
    application = create_app(Settings(workspace=city.folder))
    with TestClient(application, MACHINE, client=("127.0.0.1", 50_000)) as client:
        yield client


def test_a_tile_holds_the_features_with_their_properties(client: TestClient) -> None:
    answer = client.get(f"/collections/elder_station{MERGED}/10/443/805")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    layer = mapbox_vector_tile.decode(answer.content)["elder_station"]
    assert [f["properties"]["name"] for f in layer["features"]] == ["大屯站", "沙甸站"]


NUMBERS = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5, None]
TEXTS = ['引"号', "换\n行", "a\\b", " ", "😀", None]


@pytest.mark.parametrize("columns", [3, 16])
@pytest.mark.parametrize("store", ["geopackage", "postgis"])
def test_numbers_keep_all_of_their_digits_and_texts_their_signs(
    columns: int,
    store: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    place: Path | str = tmp_path / "exact"
    if store == "postgis":
        place = f"{request.getfixturevalue('shared_database')}?workspace=exact_tiles_{columns}"
    workspace = Workspace.create(place)
    points = [shapely.Point(103.16 + n / 1_000, 23.36) for n in range(len(NUMBERS))]
    frame = gpd.GeoDataFrame(
        {"number": NUMBERS, "text": TEXTS, "truth": [True, False, None] * 2},
        geometry=points,
        crs="EPSG:4490",
    ).assign(**{f"more_{n}": n for n in range(columns - 3)})
    frame = frame.astype({"text": "string", "truth": "boolean"})  # fmt: skip
    workspace.write_result("exact", frame, on=date(2026, 1, 1))
    with workspace.reading() as connection:
        table = feature_tables(connection)["result_exact"]
        made = layer_tile(connection, table, Tile(10, 805, 443))
    told = mapbox_vector_tile.decode(made.content)["result_exact"]["features"]
    kept = [one["properties"] for one in told]
    assert [one.get("number") for one in kept] == NUMBERS
    assert [one.get("text") for one in kept] == TEXTS
    assert [one.get("truth") for one in kept] == [True, False, None] * 2


def test_all_layers_come_in_one_tile_and_some_by_choice(client: TestClient) -> None:
    whole = client.get(f"{MERGED}/10/443/805")
    some = client.get(f"{MERGED}/10/443/805", params={"collections": "elder_station"})
    assert set(mapbox_vector_tile.decode(whole.content)) == {"elder_station"}
    assert some.content == whole.content


def test_a_tile_without_features_is_no_content(client: TestClient) -> None:
    answer = client.get(f"/collections/elder_station{MERGED}/10/0/0")
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_mark_changes_with_an_edit_and_only_then(client: TestClient, city: Workspace) -> None:
    path = f"/collections/elder_station{MERGED}/10/443/805"
    mark = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": mark}).status_code == 304
    plain = client.get(path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != mark  # other bytes
    city.update_row("elder_station", "elder_station-1", {"name": "新站"}, version=1)
    answer = client.get(path, headers={"If-None-Match": mark})
    assert answer.status_code == 200
    layer = mapbox_vector_tile.decode(answer.content)["elder_station"]
    assert "新站" in {f["properties"]["name"] for f in layer["features"]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/collections/elder_station{MERGED}/25/0/0", 400),
        (f"/collections/elder_station{MERGED}/3/8/0", 400),
        (f"/collections/elder_station{MERGED}/3/-1/0", 400),
        (f"/collections/elder_station{MERGED}/3/1e3/0", 400),
        (f"/collections/elder_station{MERGED}/3/1/0?bbox=1", 400),
        (f"{MERGED}?collections=", 400),
        (f"{MERGED}?f=csv", 400),
        ("/tileMatrixSets?f=csv", 400),
        ("/tileMatrixSets?f=html", 400),
        ("/tileMatrixSets/WebMercatorQuad?f=html", 400),
        ("/collections/elder_station/tiles/Other/3/1/0", 404),
        (f"/collections/nothing{MERGED}/3/1/0", 404),
        (f"{MERGED}/3/1/0?collections=elder_station,nothing", 404),
        ("/tileMatrixSets/Other", 404),
    ],
)
def test_what_there_is_not_is_refused_with_a_reason(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_tile_that_is_none_is_named_in_the_order_of_its_address(client: TestClient) -> None:
    told = client.get(f"{MERGED}/3/9/2").json()
    assert "级别 3，行 9，列 2" in told["detail"]
    assert "0～7" in told["hint"]
    assert "行号" in client.get(f"{MERGED}/3/x/2").json()["detail"]


def test_what_a_form_is_not_had_in_is_told_with_those_it_has(client: TestClient) -> None:
    assert client.get(f"{MERGED}?f=csv").json()["hint"] == "f 可以是 json、tilejson、html。"
    assert client.get("/tileMatrixSets?f=html").json()["hint"] == "f 可以是 json。"
    assert client.get(f"{MERGED}?f=html").headers["content-type"].startswith("text/html")


def test_every_link_of_the_descriptions_leads_somewhere(client: TestClient) -> None:
    seen, waiting = set(), ["/tiles", "/collections/elder_station/tiles", "/tileMatrixSets"]
    while waiting:
        path = waiting.pop().replace("http://127.0.0.1:8620", "")
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        if "json" in answer.headers["content-type"]:
            waiting += _links(answer.json())
    assert len(seen) >= 7


def _links(node: object) -> list[str]:
    if isinstance(node, list):
        return [href for one in node for href in _links(one)]
    if not isinstance(node, dict):
        return []
    own = [node["href"]] if "href" in node and not node.get("templated") else []
    return own + [href for one in node.values() for href in _links(one)]


def test_tilejson_says_where_tiles_are_and_what_is_in_them(client: TestClient) -> None:
    body = client.get("/collections/elder_station/tiles/WebMercatorQuad?f=tilejson").json()
    (template,) = body["tiles"]
    address = template.format(z=10, y=443, x=805).replace("http://127.0.0.1:8620", "")
    assert client.get(address).status_code == 200
    assert body["bounds"] == pytest.approx([103.16, 23.36, 103.17, 23.37], abs=1e-4)
    (layer,) = body["vector_layers"]
    assert layer["id"] == "elder_station"
    assert layer["fields"]["name"] == "String"


def test_a_tileset_leads_to_its_grid_and_names_the_system_of_its_box(client: TestClient) -> None:
    relation = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
    for own in ("/tiles", "/collections/elder_station/tiles"):
        one = client.get(f"{own}/WebMercatorQuad").json()
        (listed,) = client.get(own).json()["tilesets"]
        for links in (one["links"], listed["links"]):
            (grid,) = (link["href"] for link in links if link["rel"] == relation)
            assert client.get(grid).json()["id"] == "WebMercatorQuad"
        box = one["boundingBox"]
        assert box["crs"] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        assert box["lowerLeft"] <= [103.16, 23.36] <= [103.17, 23.37] <= box["upperRight"]


def test_the_page_of_tiles_tells_how_to_open_them(client: TestClient) -> None:
    page = client.get("/tiles", headers={"Accept": "text/html"}).text
    assert "/tiles/WebMercatorQuad/{z}/{y}/{x}" in page
    assert "QGIS" in page


def test_a_cache_forgets_what_was_asked_for_longest_ago() -> None:
    cache = TileCache(10)
    for name in "abc":
        cache.put(name, Packed(b"1234", whole=True))
    assert cache.get("a") is None
    assert cache.get("b") is not None
    cache.put("d", Packed(b"1234", whole=True))
    assert cache.get("c") is None  # b was asked for since


def test_both_stores_give_the_same_bytes(city: Workspace, postgis: str) -> None:
    other = Workspace.create(postgis)
    other.write("elder_station", city.read("elder_station", crs="EPSG:4490"), origin=ORIGIN)
    tiles = []
    for workspace in (city, other):
        with workspace.reading() as connection:
            table = feature_tables(connection)["elder_station"]
            tiles.append(layer_tile(connection, table, Tile(10, 805, 443)).content)
    other.close()
    assert tiles[0] == tiles[1] != b""


def test_both_stores_leave_out_the_same_above_the_full_zoom(city: Workspace, postgis: str) -> None:
    rng = np.random.default_rng(4)
    spots = rng.uniform((103.1, 23.3), (103.2, 23.4), (300, 2))
    compounds = gpd.GeoDataFrame(
        {
            "name": [f"小区{n}" for n in range(300)],
            "population": rng.integers(0, 50, 300),
            "households": 9,
        },
        geometry=[shapely.Point(at).buffer(0.0004) for at in spots],
        crs="EPSG:4490",
    )
    streets = gpd.GeoDataFrame(
        {"class": ["residential"] * 300},
        geometry=[shapely.LineString([at, at + 0.002, at + np.array([0, 0.003])]) for at in spots],
        crs="EPSG:4490",
    )
    other = Workspace.create(postgis)
    kept: list[dict[tuple[str, int], bytes]] = []
    for workspace in (city, other):
        for name, frame in (("compound", compounds), ("street", streets)):
            workspace.write(name, conform(frame, name), origin=ORIGIN)
        with workspace.reading() as connection:
            tables = feature_tables(connection)
            kept.append({
                (name, zoom): layer_tile(
                    connection, tables[name], Tile(zoom, 805 >> (10 - zoom), 443 >> (10 - zoom))
                ).content
                for name in ("compound", "street")
                for zoom in (5, 8, 10)
            })  # fmt: skip
    other.close()
    assert kept[0] == kept[1]
    (layer,) = mapbox_vector_tile.decode(kept[0]["compound", 8]).values()
    seen = {one["properties"]["population"] for one in layer["features"]}
    assert 0 < len(layer["features"]) < 300
    assert max(compounds["population"]) in seen


SHAPES = {
    "n1": ("point", "POINT (103.16 23.36)"),
    "n2": ("centreline", "LINESTRING (103.0 23.0, 103.0 23.8, 103.8 23.8)"),  # round a corner
    "n3": ("area", "POLYGON ((103.1 23.3, 103.4 23.3, 103.4 23.5, 103.1 23.3))"),
    "n4": ("point", "POINT (103.30 23.36)"),
    "n5": ("area", "POLYGON ((103.15 23.35, 103.17 23.35, 103.17 23.37, 103.15 23.35))"),
}


def _named(workspace: Workspace) -> dict[Tile, bytes]:
    """Return the tiles of a few names in a workspace."""
    book = Gazetteer.of(workspace)
    with book.change(author="甲", reason="登记", at=datetime(2026, 5, 1, tzinfo=UTC)) as change:
        for name, (role, text) in SHAPES.items():
            place = change.insert(
                "place", id=f"p{name}", class_code="22200", lifecycle="existing",
                status="official", secrecy="public", attributes="{}",
            )  # fmt: skip
            change.insert(
                "name", id=name, place_id=place, text=f"路{name}", kind="standard", language="zh",
                valid_from="1984",
            )  # fmt: skip
            shape = shapely.from_wkt(text)
            sides = dict(zip(("west", "south", "east", "north"), shape.bounds, strict=True))
            change.insert(
                "shape", id=f"s{name}", place_id=place, role=role, shape=shape, **sides
            )  # fmt: skip
    tiles = [Tile(10, 805, 443), Tile(10, 806, 443)]
    tiles += [Tile(14, 12886 + x, 7096 + y) for x in (0, 1, 2) for y in (0, 1)]
    tiles += [Tile(16, 51548 + x, 28386 + y) for x in (0, 1) for y in (0, 1)]
    with workspace.reading() as connection:
        return {tile: layer_tile(connection, names(), tile).content for tile in tiles}


def test_a_name_has_one_number_on_all_tiles_of_both_stores(city: Workspace, postgis: str) -> None:
    other = Workspace.create(postgis)
    here, there = _named(city), _named(other)
    other.close()
    assert here == there
    numbers: dict[str, set[int]] = {}
    for content in filter(None, here.values()):
        for feature in mapbox_vector_tile.decode(content)["names"]["features"]:
            numbers.setdefault(feature["properties"]["name"], set()).add(feature["id"])
    assert set(numbers) == {f"路{name}" for name in SHAPES}
    assert {len(own) for own in numbers.values()} == {1}
    assert len(set.union(*numbers.values())) == len(SHAPES)
    assert max(map(max, numbers.values())) < 2**53  # as far as JavaScript counts exactly


def test_pmtiles_hold_every_feature_and_open_in_gdal(city: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "city.pmtiles"
    with city.reading() as connection:
        tables = list(feature_tables(connection).values())
        number = write_pmtiles(path, connection, tables)
        again = tmp_path / "again.pmtiles"
        write_pmtiles(again, connection, tables)
    assert path.read_bytes() == again.read_bytes()
    with path.open("rb") as file:
        tiles = dict(all_tiles(MmapSource(file)))
    assert len(tiles) == number
    assert {zoom for zoom, _, _ in tiles} == set(range(15))
    seen: dict[int, set[str]] = {}
    for (zoom, *_), body in tiles.items():
        layer = mapbox_vector_tile.decode(gzip.decompress(body))["elder_station"]
        seen.setdefault(zoom, set()).update(f["properties"]["name"] for f in layer["features"])
    spots = Tile(0, 0, 0).places(np.array([[103.16, 23.36], [103.17, 23.37]]))
    for zoom, names_seen in seen.items():
        here, there = np.floor(spots * 2**zoom / PIXEL)
        apart = (here != there).any()  # above the full zoom a pixel shows one of them
        assert names_seen == ({"大屯站", "沙甸站"} if apart else {"大屯站"})
    assert {len(names_seen) for names_seen in seen.values()} == {1, 2}
    frame = pyogrio.read_dataframe(path, layer="elder_station")
    assert set(frame["name"]) == {"大屯站", "沙甸站"}


def test_a_job_tells_of_every_zoom_how_far_it_is(place: Callable[[str], str]) -> None:
    workspace = Workspace.create(place("zooms"))
    points = [shapely.Point(103.16 + n / 100, 23.36) for n in range(3)]
    for layer in ("elder_station", "meal_point"):
        frame = gpd.GeoDataFrame({"name": ["甲", "乙", "丙"]}, geometry=points, crs="EPSG:4490")
        workspace.write(layer, conform(frame, layer), origin=ORIGIN)
    held = HeldWorkspace(workspace.database)
    held.output_folder = workspace.folder
    told: list[float] = []
    task = Task(
        held, {"names": []}, PROCESS.shares, lambda share, *_: told.append(share), {}, "甲", "1"
    )
    work_on_tiles(task)
    workspace.close()
    assert told == sorted(told)
    assert told[-1] == pytest.approx(0.95)
    told_of = {int(share / 0.95 * 15 - 1e-6) for share in told[1:]}
    assert told_of == set(range(15))  # zooms 0 to 14


def test_export_writes_tiles_and_names_what_is_missing(
    city: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, where = tmp_path / "x.pmtiles", ["-w", str(city.folder)]
    assert run(["export", str(path), "elder_station", "其他", *where]) == 2
    assert "其他" in capsys.readouterr().err
    assert not path.exists()
    assert run(["export", str(path), "elder_station", *where]) == 0
    assert len(pyogrio.read_dataframe(path, layer="elder_station")) == 2
