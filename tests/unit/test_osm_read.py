"""What is read from an OpenStreetMap file, and which files are refused."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import osmium
import pytest
import shapely

from geo.errors import DataError, NotFoundError
from geo.network import build, island_summary
from geo.osm import read_osm
from geo.osm.guard import ALWAYS_ALLOWED_BYTES, file_format

# A street (1-2-3), an alley off node 2, a bridge over the street that shares a place but no node
# with it (7 lies on 2), steps, a motorway, a ferry, a way with a node that is not in the file,
# and one of which no node is.
TOWN = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="test">
  <node id="1" lat="23.360" lon="103.150"/><node id="2" lat="23.360" lon="103.151"/>
  <node id="3" lat="23.360" lon="103.152"/><node id="4" lat="23.361" lon="103.151"/>
  <node id="5" lat="23.362" lon="103.151"/><node id="6" lat="23.359" lon="103.151"/>
  <node id="7" lat="23.360" lon="103.151"/><node id="8" lat="23.3605" lon="103.1515"/>
  <way id="101"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
    <tag k="name" v="人民路"/><tag k="oneway" v="yes"/></way>
  <way id="102"><nd ref="2"/><nd ref="4"/><tag k="highway" v="living_street"/>
    <tag k="incline" v="10%"/></way>
  <way id="103"><nd ref="4"/><nd ref="5"/><tag k="highway" v="steps"/></way>
  <way id="104"><nd ref="6"/><nd ref="7"/><nd ref="8"/><tag k="highway" v="footway"/>
    <tag k="bridge" v="yes"/><tag k="layer" v="1"/></way>
  <way id="105"><nd ref="1"/><nd ref="5"/><tag k="highway" v="motorway"/></way>
  <way id="106"><nd ref="1"/><nd ref="6"/><tag k="route" v="ferry"/></way>
  <way id="107"><nd ref="3"/><nd ref="8"/><nd ref="999"/><tag k="highway" v="path"/></way>
  <way id="108"><nd ref="997"/><nd ref="998"/><tag k="highway" v="path"/></way>
</osm>
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(TOWN, encoding="utf-8")
    return path


def test_walkable_ways_are_kept_and_the_rest_is_accounted_for(town: Path) -> None:
    found = read_osm(town)
    assert found.segments.source.tolist() == [101, 102, 103, 104, 107]
    assert (found.rows_in, found.counts) == (7, {"not_walkable": 1, "broken": 1})
    assert [fault.code for fault in found.faults] == [
        "way_without_nodes",
        "way_cut_short",
        "not_walkable",
    ]


def test_tags_are_kept(town: Path) -> None:
    frame = read_osm(town).segments.frame(source="OpenStreetMap").set_index("id")
    assert frame.loc["101", "name"] == "人民路"
    assert frame.loc["102", "incline_share"] == pytest.approx(0.1)
    assert frame["steps"].to_dict()["103"]
    assert frame.loc["104", ["level", "bridge", "tunnel"]].tolist() == [1, True, False]
    assert frame.crs == "EPSG:4326"


def test_a_bridge_at_the_place_of_a_street_node_does_not_meet_it(town: Path) -> None:
    network = build(read_osm(town).segments, "EPSG:4543")
    over = network.edge_source == 104
    assert over.sum() == 1
    assert island_summary(network).islands == 0  # joined at its end by way 107


def test_the_climb_of_the_alley_is_a_tenth_of_its_length(town: Path) -> None:
    network = build(read_osm(town).segments, "EPSG:4543")
    alley = network.edge_source == 102
    rise_m = network.edge_climb_m[alley] + network.edge_descent_m[alley]
    assert rise_m == pytest.approx(network.edge_length_m[alley] / 10, rel=1e-5)


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_compressed_files_read_the_same(town: Path, suffix: str, pack: object) -> None:
    assert callable(pack)
    packed = town.with_suffix(f".osm.{suffix}")
    packed.write_bytes(pack(town.read_bytes()))
    assert file_format(packed) == f"xml.{suffix}"
    again, plain = read_osm(packed).segments, read_osm(town).segments
    assert again.xy.tobytes() == plain.xy.tobytes()


def test_pbf_reads_the_same_as_xml(town: Path, tmp_path: Path) -> None:
    pbf = to_pbf(town, tmp_path / "town.osm.pbf")
    assert file_format(pbf) == "pbf"
    again, plain = read_osm(pbf).segments, read_osm(town).segments
    assert again.vertex_node.tolist() == plain.vertex_node.tolist()
    assert again.xy.tobytes() == plain.xy.tobytes()


def test_the_name_of_a_file_does_not_decide_its_format(town: Path) -> None:
    renamed = town.rename(town.with_suffix(".pbf"))
    assert len(read_osm(renamed).segments) == 5


def test_ways_that_touch_the_area_are_kept_whole(town: Path) -> None:
    found = read_osm(town, area=shapely.box(103.1508, 23.3609, 103.1512, 23.3611))
    assert found.segments.source.tolist() == [102, 103]
    assert found.counts["outside"] == 4
    assert len(found.segments.xy) == 4


def test_an_area_elsewhere_is_named(town: Path) -> None:
    with pytest.raises(DataError, match="5 条可步行道路都不在所选范围内"):
        read_osm(town, area=shapely.box(0, 0, 1, 1))


def test_a_file_without_streets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.osm"
    path.write_text('<osm version="0.6"><node id="1" lat="1" lon="1"/></osm>', encoding="utf-8")
    with pytest.raises(DataError, match="没有一条可以步行"):
        read_osm(path)


def test_a_truncated_xml_is_refused(town: Path) -> None:
    town.write_text(TOWN[: len(TOWN) // 2], encoding="utf-8")
    with pytest.raises(DataError, match="损坏"):
        read_osm(town)


def test_a_truncated_pbf_is_refused(town: Path, tmp_path: Path) -> None:
    pbf = to_pbf(town, tmp_path / "town.osm.pbf")
    pbf.write_bytes(pbf.read_bytes()[:-20])
    with pytest.raises(DataError, match="损坏"):
        read_osm(pbf)


def test_a_corrupt_pbf_is_refused(town: Path, tmp_path: Path) -> None:
    pbf = to_pbf(town, tmp_path / "town.osm.pbf")
    content = bytearray(pbf.read_bytes())
    content[-60:-40] = bytes(20)
    pbf.write_bytes(bytes(content))
    with pytest.raises(DataError, match="损坏"):
        read_osm(pbf)


def test_a_truncated_gz_is_refused(town: Path) -> None:
    packed = town.with_suffix(".osm.gz")
    packed.write_bytes(gzip.compress(town.read_bytes())[:-30])
    with pytest.raises(DataError, match="损坏"):
        read_osm(packed)


def test_a_corrupt_gz_is_refused(town: Path) -> None:
    content = bytearray(gzip.compress(town.read_bytes()))
    content[12:40] = bytes(byte ^ 0xFF for byte in content[12:40])
    packed = town.with_suffix(".osm.gz")
    packed.write_bytes(content)
    with pytest.raises(DataError, match="损坏"):
        read_osm(packed)


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_a_bomb_is_refused(tmp_path: Path, suffix: str, pack: object) -> None:
    assert callable(pack)
    bomb = tmp_path / f"bomb.osm.{suffix}"
    bomb.write_bytes(pack(b"<osm>" + b" " * (ALWAYS_ALLOWED_BYTES + 2**20)))
    with pytest.raises(DataError, match="解压后超过"):
        read_osm(bomb)


def test_nested_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "laughs.osm"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        '<osm version="0.6"><way id="1"><tag k="highway" v="&b;"/></way></osm>',
        encoding="utf-8",
    )
    with pytest.raises(DataError, match="损坏"):
        read_osm(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 600, "道路".encode("gbk")])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roads.pbf"
    path.write_bytes(content)
    with pytest.raises(DataError, match="不是 OpenStreetMap 文件"):
        read_osm(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere\.pbf"):
        read_osm(tmp_path / "nowhere.pbf")


def to_pbf(xml: Path, pbf: Path) -> Path:
    with osmium.SimpleWriter(str(pbf)) as writer:
        for thing in osmium.FileProcessor(str(xml)):
            writer.add(thing)
    return pbf
