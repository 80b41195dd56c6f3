"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import settings
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.coverage import Coverage, areas_of, ask, coverage
from geo.demand import Places, Source, demand_points
from geo.network.graph import StreetNetwork
from geo.store import conform
from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.problem import Problem, Sites

collect_ignore = ["real/qgis_session.py"]  # QGIS's own Python runs it

settings.register_profile("house", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail what would be skipped, where FUWUQUAN_NO_SKIP=1 says that nothing may be missing."""
    report = yield
    if os.environ.get("FUWUQUAN_NO_SKIP") == "1" and report.skipped:
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} may not be skipped here: {reason}"
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data sets that are too large to ship; the test skips without it."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FUWUQUAN_REAL_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no folder of real data: set FUWUQUAN_REAL_DATA")
    return folder


TownBuilder = Callable[..., StreetNetwork]


@pytest.fixture(scope="session")
def town() -> TownBuilder:
    """Build a toy town: node coordinates, edges as pairs of nodes, straight unless told.

    ``length_m`` replaces the straight lengths, ``shapes`` the vertices drawn, and ``steps``,
    ``climb_m``, ``descent_m`` and ``street_class`` (an index into ``classes``) are one a street.
    """

    def build(
        node_xy: Sequence[Sequence[float]],
        edges: Sequence[tuple[int, int]],
        *,
        length_m: Sequence[float] | None = None,
        shapes: Mapping[int, Sequence[Sequence[float]]] | None = None,
        **columns: Sequence[float],
    ) -> StreetNetwork:
        xy = np.array(node_xy, dtype=np.float64).reshape(-1, 2)
        ends = np.array(edges, dtype=np.int32).reshape(-1, 2)
        lines = [
            np.array((shapes or {}).get(e, xy[list(pair)]), dtype=np.float64)
            for e, pair in enumerate(edges)
        ]
        drawn_m = [float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines]
        length = np.array(drawn_m if length_m is None else length_m, dtype=np.float64)
        nothing = np.zeros(len(ends))
        return StreetNetwork(
            crs="EPSG:4547",
            node_xy=xy,
            node_component=_components(len(xy), ends, length),
            edge_nodes=ends,
            edge_length_m=length,
            edge_class=np.array(columns.get("street_class", nothing), dtype=np.uint8),
            edge_steps=np.array(columns.get("steps", nothing), dtype=np.bool_),
            edge_climb_m=np.array(columns.get("climb_m", nothing), dtype=np.float32),
            edge_descent_m=np.array(columns.get("descent_m", nothing), dtype=np.float32),
            edge_source=np.arange(len(ends), dtype=np.int64),
            shape_xy=np.concatenate([np.zeros((0, 2)), *lines]),
            shape_start=np.cumsum([0, *map(len, lines)]).astype(np.int64),
            classes=("residential", "trunk"),
        )

    return build


def _components(
    n_node: int, ends: NDArray[np.int32], length_m: NDArray[np.float64]
) -> NDArray[np.int32]:
    streets = coo_array((length_m + 1e-9, ends.T), shape=(n_node, n_node))
    count, label = connected_components(streets, directed=False)
    total_m = np.bincount(label[ends[:, 0]], weights=length_m, minlength=count)
    rank = np.empty(count, dtype=np.int32)
    rank[np.argsort(-total_m, kind="stable")] = np.arange(count)
    return rank[label]


LayerBuilder = Callable[..., gpd.GeoDataFrame]


@pytest.fixture(scope="session")
def lay() -> LayerBuilder:
    """Build a layer of a toy town: its name, then a mapping a row with ``at`` for its shape.

    ``at`` is a pair of coordinates, four bounds of a rectangle, or a shape; a name is made up.
    """

    def build(layer: str, *rows: Mapping[str, Any]) -> gpd.GeoDataFrame:
        named = layer not in {"gate", "building"}
        columns = [
            ({"name": str(row.get("id", row.get("code")))} if named else {})
            | {key: value for key, value in row.items() if key != "at"}
            for row in rows
        ]
        shapes = [_shape(row["at"]) for row in rows]
        return conform(gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4547"), layer)

    return build


def _shape(at: Any) -> shapely.Geometry:  # noqa: ANN401 - a pair, bounds or a shape
    if isinstance(at, shapely.Geometry):
        return at
    return shapely.Point(at) if len(at) == 2 else shapely.box(*at)


CoverageOf = Callable[..., Coverage]


@pytest.fixture(scope="session")
def coverage_of() -> CoverageOf:
    """Answer a question in a toy town: streets, facilities and the layers people live on."""

    def answer(
        network: StreetNetwork,
        facilities: gpd.GeoDataFrame,
        *,
        kind: str = "elder_station",
        on: date = date(2026, 5, 1),
        source: Source = "auto",
        minutes: Sequence[float] = (15,),
        speed_m_s: float | None = None,
        own_only: bool = False,
        **layers: gpd.GeoDataFrame,
    ) -> Coverage:
        places = Places(crs=network.crs, **layers)
        question = ask(kind, on=on, minutes=minutes, speed_m_s=speed_m_s, own_only=own_only)
        demand = demand_points(places, network, on=on, source=source)
        return coverage(question, demand, network, facilities, areas_of(places, on))

    return answer


ProblemBuilder = Callable[..., Problem]


@pytest.fixture(scope="session")
def siting_problem() -> ProblemBuilder:
    """Build a random question of siting; the same arguments give the same problem.

    Points lie in a square of ``side_m``; walks are straight lines (``layout="plane"``) or go round
    the corners of a grid of streets (``"streets"``) at 1 m/s, as far as ``horizon_min``. ``people``
    are the bounds of the whole numbers of elders at a point; households are half of them.
    ``existing``, ``closable`` (of the existing), ``must`` and ``never`` count sites; ``cost`` gives
    whole ten-thousands of yuan, ``capacity`` persons, ``area`` floors, ``townships`` parts of town
    (0: no point lies in any).
    """

    def build(
        n_demand: int = 40,
        n_site: int = 10,
        seed: int = 0,
        *,
        layout: Literal["plane", "streets"] = "plane",
        side_m: float = 3_000.0,
        horizon_min: float = 30.0,
        people: tuple[int, int] = (0, 200),
        existing: int = 0,
        closable: int = 0,
        must: int = 0,
        never: int = 0,
        cost: bool = False,
        capacity: bool = False,
        area: bool = False,
        townships: int = 0,
    ) -> Problem:
        draw = np.random.default_rng(seed)
        xy = draw.uniform(0, side_m, (n_demand, 2))
        site_xy = draw.uniform(0, side_m, (n_site, 2))
        apart_m = xy[:, None, :] - site_xy[None, :, :]
        walk_m = np.abs(apart_m).sum(axis=2) if layout == "streets" else np.hypot(*apart_m.T).T
        ms = np.round(walk_m * 1_000).astype(np.int32)
        near = ms <= horizon_min * MS_A_MINUTE
        minutes = Minutes(
            indptr=np.concatenate(([0], near.sum(axis=1).cumsum())).astype(np.int64),
            indices=np.nonzero(near)[1].astype(np.int32),
            ms=ms[near],
            n_facility=n_site,
        )
        elders = draw.integers(people[0], people[1] + 1, n_demand).astype(np.float64)
        wan = draw.integers(5, 60, n_site) * 10_000.0
        floors = draw.integers(100, 800, n_site).astype(np.float64)
        places = draw.integers(50, 50 + max(1, int(3 * elders.sum() / n_site)), n_site)
        order = draw.permutation(n_site)
        parts = np.array_split(order, np.cumsum([existing, must, never]))
        stands, wanted, barred = (np.isin(np.arange(n_site), part) for part in parts[:3])
        strip = np.minimum((xy[:, 0] / side_m * townships).astype(np.int32), townships - 1)
        nothing = np.zeros(n_site)
        sites = Sites(
            id=np.array([f"s{j}" for j in range(n_site)]),
            name=np.array([f"候选点{j}" for j in range(n_site)]),
            existing=stands,
            closable=np.isin(np.arange(n_site), parts[0][:closable]),
            must=wanted,
            never=barred,
            cost_yuan=np.where(stands, 0.0, wan) if cost else nothing,
            rent_yuan_year=wan / 10 if cost else nothing,
            area_m2=floors if area else np.full(n_site, np.nan),
            capacity=places.astype(np.float64) if capacity else np.full(n_site, np.inf),
            expandable_m2=np.round(floors / 4) if area else nothing,
            xy=site_xy,
        )
        return Problem(
            demand_id=np.array([f"d{i}" for i in range(n_demand)]),
            demand_name=np.array([f"小区{i}" for i in range(n_demand)]),
            area=strip if townships else np.full(n_demand, -1, dtype=np.int32),
            area_names=tuple(f"街道{k}" for k in range(townships)),
            weights={"elders": elders, "households": np.ceil(elders / 2)},
            sites=sites,
            minutes=minutes,
            horizon_min=horizon_min,
            speed_m_s=1.0,
            xy=xy,
        )

    return build


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[str]:
    """Start a PostgreSQL of our own on loopback for this session; yield the start of its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not (programs and list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))):
        pytest.skip("PostgreSQL with PostGIS is not installed")
    folder = Path(tempfile.mkdtemp(prefix="fuwuquan-pg-"))  # its path must be short and open
    folder.chmod(0o777)
    owner: dict[str, Any] = {"user": "postgres"} if os.geteuid() == 0 else {}  # never as root
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [str(programs[-1] / program), "-D", str(folder / "data"), *arguments]
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, stdout=quiet, stderr=quiet, cwd=folder, **owner)

    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    run("pg_ctl", "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    """Give the URL of an empty PostGIS database, which is dropped afterwards.

    Text in it is compared as Chinese is, so that no test rests on the order of bytes.
    """
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    name = f"t{uuid.uuid4().hex}"
    with admin.connect() as connection:
        new = connection.scalar(sa.text("SHOW server_version_num")) >= "150000"
        chinese = " LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN'" if new else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0{chinese}")
    url = f"{server}/{name}"
    own = sa.create_engine(url)
    with own.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION postgis")
        connection.exec_driver_sql("CREATE EXTENSION pg_trgm")
    own.dispose()
    yield url
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(scope="session")
def shared_database(postgis_server: str) -> str:
    """Return the URL of a PostGIS database in which each test makes workspaces of its own."""
    admin = sa.create_engine(f"{postgis_server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE shared")
    admin.dispose()
    own = sa.create_engine(f"{postgis_server}/shared")
    with own.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION postgis")
    own.dispose()
    return f"{postgis_server}/shared"


PlaceOf = Callable[[str], str]


@pytest.fixture(params=["geopackage", "postgis"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PlaceOf:
    """Return where a workspace of a name is to be made, once in a folder and once in PostGIS."""
    monkeypatch.chdir(tmp_path)  # where a workspace in PostGIS has its folder
    if request.param == "geopackage":
        return lambda name: str(tmp_path / name)
    url, test = request.getfixturevalue("shared_database"), uuid.uuid4().hex[:12]
    return lambda name: f"{url}?workspace={name}_{test}"


@pytest.fixture
def postgis(postgis_server: str) -> Iterator[str]:
    """Return the URL of an empty PostGIS database, which is dropped afterwards."""
    with _database(postgis_server) as url:
        yield url


@pytest.fixture(scope="module")
def shared_postgis(postgis_server: str) -> Iterator[str]:
    """Return the URL of an empty PostGIS database that the tests of a module share."""
    with _database(postgis_server) as url:
        yield url
