"""Reading streets into a workspace leaves the layer, the network, the faults and the islands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from geo.errors import DataError, NotFoundError
from geo.network import build, content_hash
from geo.network.current import HEIGHTS, open_network
from geo.osm import read_osm
from geo.osm.bring import bring_streets, read_area
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.features import feature_tables

DAY = date(2026, 5, 1)
TOWN = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="test">
  <node id="1" lat="23.360" lon="103.150"/><node id="2" lat="23.360" lon="103.151"/>
  <node id="3" lat="23.361" lon="103.151"/><node id="4" lat="23.370" lon="103.150"/>
  <node id="5" lat="23.370" lon="103.152"/>
  <way id="101"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/>
    <tag k="name" v="人民路"/></way>
  <way id="102"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/></way>
  <way id="103"><nd ref="4"/><nd ref="5"/><tag k="highway" v="path"/></way>
  <way id="104"><nd ref="1"/><nd ref="5"/><tag k="highway" v="motorway"/></way>
  <way id="105"><nd ref="97"/><nd ref="98"/><tag k="highway" v="path"/></way>
</osm>
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "county")


@pytest.fixture
def osm(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(TOWN, encoding="utf-8")
    return path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A crossing drawn by the bureau, in the 3-degree zone of the town."""
    shapes = [LineString([(0, 0), (100, 0)]), LineString([(50, -50), (50, 50)])]
    frame = gpd.GeoDataFrame(
        {"名称": ["人民路", "建设路"], "等级": ["支路", "次干路"]}, geometry=shapes, crs="EPSG:4543"
    )
    frame.geometry = frame.translate(515_000, 2_584_000)
    frame.to_file(tmp_path / "streets.gpkg")
    return tmp_path / "streets.gpkg"


def test_streets_that_are_refused_leave_the_slopes_of_those_that_stand(
    workspace: Workspace, osm: Path, lines: Path
) -> None:
    bring_streets(workspace, osm, on=DAY)
    workspace.settings[HEIGHTS] = "heights.tif"
    with pytest.raises(DataError, match="声明"):
        bring_streets(workspace, lines, on=DAY)
    assert workspace.settings[HEIGHTS] == "heights.tif"


def test_closed_streets_stay_in_the_layer_and_out_of_the_network(
    workspace: Workspace, osm: Path
) -> None:
    brought = bring_streets(workspace, osm, on=DAY)
    layer = workspace.read("street").set_index("id")
    assert layer["foot"].to_dict() == {"101": True, "102": True, "103": True, "104": False}
    assert 104 not in brought.network.edge_source
    assert layer.loc["101", "name"] == "人民路"


def test_ways_without_nodes_are_quarantined(workspace: Workspace, osm: Path) -> None:
    bring_streets(workspace, osm, on=DAY)
    assert workspace.quarantined("street")["source_row"].tolist() == ["105"]
    assert workspace.faults("street").rows("error") == {105}
    state = next(state for state in workspace.layers() if state.layer == "street")
    assert (state.rows_in, state.rows, state.rows_quarantined) == (5, 4, 1)


def test_the_network_reopens_as_it_was_built(workspace: Workspace, osm: Path) -> None:
    brought = bring_streets(workspace, osm, on=DAY)
    assert content_hash(open_network(workspace)) == content_hash(brought.network)
    expected = build(read_osm(osm).segments, workspace.working_crs)
    assert content_hash(brought.network) == content_hash(expected)


def test_the_islands_are_a_table_of_the_workspace(workspace: Workspace, osm: Path) -> None:
    bring_streets(workspace, osm, on=DAY)
    islands = workspace.read_result("street_islands")
    assert len(islands) == 1
    with workspace.reading() as connection:
        tables = feature_tables(connection)
    for name in ("street_network", "street_islands"):
        told = [field.zh for field in tables[f"result_{name}"].fields]
        assert told == list(headings(name).values())
    network = workspace.read_result("street_network")
    assert set(network["name"].dropna()) == {"人民路"}


def test_an_edited_layer_renews_the_network(workspace: Workspace, osm: Path) -> None:
    before = bring_streets(workspace, osm, on=DAY).network
    _, version = workspace.row("street", "102")
    workspace.update_row("street", "102", {"foot": False}, version=version)
    after = open_network(workspace)
    assert sorted(before.edge_source) == [101, 102, 103]
    assert (before.n_edge, after.n_edge) == (3, 2)
    assert content_hash(open_network(workspace)) == content_hash(after)


def test_a_lost_network_file_is_rebuilt(workspace: Workspace, lines: Path) -> None:
    network = bring_streets(workspace, lines, on=DAY, datum="epsg:4543").network
    for file in workspace.streets_path.glob("*.npz"):
        file.unlink()
    assert content_hash(open_network(workspace)) == content_hash(network)


def test_the_bureau_s_lines_meet_at_their_crossing(workspace: Workspace, lines: Path) -> None:
    network = bring_streets(workspace, lines, on=DAY, datum="epsg:4543").network
    assert (network.n_node, network.n_edge) == (5, 4)
    assert network.edge_length_m.tolist() == pytest.approx([50] * 4, abs=0.01)


def test_overpasses_are_remembered_for_the_day_the_network_is_renewed(
    workspace: Workspace, lines: Path
) -> None:
    bring_streets(workspace, lines, on=DAY, datum="epsg:4543", crossings="pass")
    for file in workspace.streets_path.glob("*.npz"):
        file.unlink()
    assert open_network(workspace).n_edge == 2


def test_only_the_network_in_use_is_kept(workspace: Workspace, osm: Path, lines: Path) -> None:
    bring_streets(workspace, lines, on=DAY, datum="epsg:4543")
    bring_streets(workspace, osm, on=DAY)
    assert len(list(workspace.streets_path.iterdir())) == 1


def test_lines_without_a_datum_are_refused(workspace: Workspace, lines: Path) -> None:
    with pytest.raises(DataError, match="--datum"):
        bring_streets(workspace, lines, on=DAY)
    assert not workspace.has("street")


def test_streets_of_another_country_are_refused(
    workspace: Workspace, osm: Path, tmp_path: Path
) -> None:
    bring_streets(workspace, osm, on=DAY)
    far = tmp_path / "far.osm"
    far.write_text(TOWN.replace('lon="103.', 'lon="24.'), encoding="utf-8")
    with pytest.raises(DataError, match="不在工作区"):
        bring_streets(workspace, far, on=DAY)
    assert workspace.read("street", "EPSG:4490").total_bounds[0] > 100


def test_a_shifted_file_is_put_right(workspace: Workspace, osm: Path) -> None:
    bring_streets(workspace, osm, on=DAY, datum="gcj02")
    west = workspace.read("street", "EPSG:4490").total_bounds[0]
    assert 0.0005 < 103.150 - west < 0.01  # GCJ-02 lies to the east of the truth here


def test_the_area_of_a_file_is_its_polygons_in_degrees(tmp_path: Path) -> None:
    path = tmp_path / "area.gpkg"
    frame = gpd.GeoDataFrame(geometry=[box(103, 23, 104, 24)], crs="EPSG:4490")
    frame.to_crs("EPSG:4543").to_file(path)
    assert read_area(path).bounds == pytest.approx((103, 23, 104, 24), abs=0.02)


def test_an_area_without_polygons_is_refused(lines: Path) -> None:
    with pytest.raises(DataError, match="没有面"):
        read_area(lines)


def test_a_workspace_without_streets_says_what_to_run(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="还没有街路"):
        open_network(workspace)
