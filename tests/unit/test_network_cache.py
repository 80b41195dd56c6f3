"""A network comes back from disk as it was, and nothing else is taken for one."""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from geo.errors import DataError, NotFoundError
from geo.network import StreetNetwork, build, cached, content_hash, load, save, segments_from_lines


def town(width_m: float = 100) -> StreetNetwork:
    lines = [LineString([(0, 0), (width_m, 0)]), LineString([(50, -50), (50, 50)])]
    frame = gpd.GeoDataFrame({"class": ["支路", "巷"]}, geometry=lines, crs="EPSG:4543")
    return build(segments_from_lines(frame).segments)


def test_a_network_comes_back_as_it_was(tmp_path: Path) -> None:
    network, path = town(), tmp_path / "streets" / "town.npz"
    save(network, path)
    again = load(path)
    for field in fields(network):
        before, after = getattr(network, field.name), getattr(again, field.name)
        assert np.array_equal(before, after), field.name
    assert content_hash(again) == content_hash(network)
    assert [file.name for file in path.parent.iterdir()] == ["town.npz"]


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    save(town(), tmp_path / "a.npz")
    save(town(), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_longer_street_changes_the_hash() -> None:
    assert content_hash(town()) != content_hash(town(101))


def test_the_second_time_nothing_is_built(tmp_path: Path) -> None:
    built: list[StreetNetwork] = []

    def build_town() -> StreetNetwork:
        built.append(town())
        return built[-1]

    first, second = (cached("abc", tmp_path, build_town) for _ in range(2))
    assert len(built) == 1
    assert content_hash(first) == content_hash(second)


def test_another_source_is_built_anew(tmp_path: Path) -> None:
    small, large = cached("a", tmp_path, town), cached("b", tmp_path, lambda: town(900))
    assert small.edge_length_m.sum() < large.edge_length_m.sum()


@pytest.mark.parametrize(
    "content", [b"", b"not a network", b"PK\x03\x04 half an archive", b"\x93NUMPY\x01\x00v\x00{"]
)
def test_a_foreign_file_is_rebuilt(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "abc.npz").write_bytes(content)
    network = cached("abc", tmp_path, town)
    assert content_hash(load(tmp_path / "abc.npz")) == content_hash(network)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "town.npz"
    save(town(), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="损坏"):
        load(path)


def test_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "town.npz"
    save(town(), path)
    content = bytearray(path.read_bytes())
    content[content.index(b"edge_length_m") + 200] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match="损坏"):
        load(path)


def test_edges_that_point_nowhere_are_refused(tmp_path: Path) -> None:
    network, path = town(), tmp_path / "town.npz"
    save(replace(network, edge_nodes=network.edge_nodes + 1), path)
    with pytest.raises(DataError, match="损坏"):
        load(path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "town.npz"
    save(town(), path)
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["about"] = np.array(json.dumps(json.loads(str(arrays["about"])) | {"format": "other"}))
    np.savez(path, **arrays)
    with pytest.raises(DataError, match="版本"):
        load(path)


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "town.npz"
    save(town(), path)
    np.save(tmp_path / "about.npy", np.array([object()]), allow_pickle=True)
    with zipfile.ZipFile(path) as file:
        kept = {name: file.read(name) for name in file.namelist() if name != "about.npy"}
    with zipfile.ZipFile(path, "w") as file:
        file.write(tmp_path / "about.npy", "about.npy")
        for name, content in kept.items():
            file.writestr(name, content)
    with pytest.raises(DataError):
        load(path)


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="没有路网文件") as refusal:
        load(tmp_path / "none.npz")
    assert "fuwuquan streets" in refusal.value.hint


def test_no_file_outside_the_folder_is_written(tmp_path: Path) -> None:
    inside = tmp_path / "streets"
    with pytest.raises(DataError):
        cached("../outside", inside, town)
    assert not list(tmp_path.iterdir())
