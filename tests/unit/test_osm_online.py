"""Streets fetched once are recorded, and the run repeats with the service gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import shapely

from geo.errors import DataError, NotFoundError
from geo.osm import read_graphml, record_place, record_polygon

AREA = shapely.box(103.149, 23.359, 103.153, 23.363)
ANSWER = {
    "elements": [
        {"type": "node", "id": 1, "lat": 23.360, "lon": 103.150},
        {"type": "node", "id": 2, "lat": 23.360, "lon": 103.152},
        {"type": "node", "id": 3, "lat": 23.361, "lon": 103.152},
        {"type": "way", "id": 7, "nodes": [1, 2], "tags": {"highway": "footway", "name": "步道"}},
        {"type": "way", "id": 8, "nodes": [2, 3], "tags": {"highway": "path", "foot": "no"}},
    ]
}


class Overpass(BaseHTTPRequestHandler):
    """Answers every query on the loopback interface as the Overpass and Nominatim services do."""

    answer: dict[str, list[object]] | list[object] = ANSWER

    def _reply(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _reply  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def settings() -> ModuleType:
    """Settings of osmnx, which takes seconds to import."""
    return import_module("osmnx.settings")


@pytest.fixture
def service(settings: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Overpass)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(settings, "overpass_url", url)
    monkeypatch.setattr(settings, "nominatim_url", url)
    monkeypatch.setattr(settings, "overpass_rate_limit", False)
    yield server
    server.shutdown()
    server.server_close()


def test_what_was_fetched_is_recorded_and_read_again_offline(
    service: ThreadingHTTPServer, tmp_path: Path
) -> None:
    record = record_polygon(AREA, tmp_path / "streets")
    service.shutdown()
    assert record_polygon(AREA, tmp_path / "streets") == record
    found = read_graphml(record)
    assert found.segments.source.tolist() == [7]
    assert found.counts == {"not_walkable": 1}
    assert [file.name for file in record.parent.iterdir()] == [record.name]


def test_the_user_s_settings_of_osmnx_are_left_alone(
    service: ThreadingHTTPServer, settings: ModuleType, tmp_path: Path
) -> None:
    assert service
    before = settings.useful_tags_way, settings.use_cache
    record_polygon(AREA, tmp_path)
    assert (settings.useful_tags_way, settings.use_cache) == before


def test_a_place_nobody_knows_is_named(
    service: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service
    monkeypatch.setattr(Overpass, "answer", [])
    with pytest.raises(NotFoundError, match="乌有乡"):
        record_place("乌有乡", tmp_path)
    assert not list(tmp_path.iterdir())


def test_offline_the_message_says_what_to_do(
    tmp_path: Path, settings: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "http://127.0.0.1:9/"
    monkeypatch.setattr(settings, "overpass_url", nobody)
    monkeypatch.setattr(settings, "overpass_rate_limit", False)
    with pytest.raises(DataError, match="无法连接") as refusal:
        record_polygon(AREA, tmp_path)
    assert ".osm.pbf" in refusal.value.hint
