"""Programs that people have connect: GDAL's OAPIF driver, OWSLib, and QGIS itself."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import Any
from urllib.parse import urlsplit

import pyogrio
import pytest
from owslib.ogcapi.features import Features

COLLECTIONS = ["names", "community", "compound", "street", "result_shares"]


def test_gdal_lists_every_collection(address: str) -> None:
    assert pyogrio.list_layers(f"OAPIF:{address}")[:, 0].tolist() == COLLECTIONS


@pytest.mark.parametrize("page", [1, 7, 100])
def test_gdal_reads_every_feature_of_every_collection_in_pages(
    address: str,
    town: Any,  # noqa: ANN401
    page: int,
) -> None:
    for layer in ("community", "compound", "street") if page > 1 else ("community",):
        frame = town.frames[layer]
        read = pyogrio.read_dataframe(f"OAPIF:{address}", layer=layer, PAGE_SIZE=str(page))
        key = "code" if layer == "community" else "id"
        assert read[key].tolist() == frame[key].tolist()
        drawn = frame.geometry.notna().to_numpy()
        same = read.geometry[drawn].geom_equals_exact(frame.geometry[drawn], 1e-9)
        assert same.all(), layer


def test_gdal_hands_the_box_and_the_condition_to_the_server(
    address: str,
    town: Any,  # noqa: ANN401
) -> None:
    frame = town.frames["compound"]
    box = (114.02, 30.02, 114.08, 30.08)
    read = pyogrio.read_dataframe(
        f"OAPIF:{address}", layer="compound", bbox=box, where="elders > 100 AND name LIKE '%b%'"
    )
    x, y = frame.geometry.x, frame.geometry.y
    inside = x.between(box[0], box[2]) & y.between(box[1], box[3])
    wanted = frame[inside & (frame["elders"] > 100) & frame["name"].str.contains("b")]
    assert sorted(read["id"]) == sorted(wanted["id"])


def test_gdal_counts_without_reading(address: str) -> None:
    info = pyogrio.read_info(f"OAPIF:{address}", layer="compound", force_feature_count=True)
    assert info["features"] == 60
    assert {"name", "elders", "delivered"} <= set(info["fields"])


def test_gdal_takes_another_reference_system(address: str, town: Any) -> None:  # noqa: ANN401
    read = pyogrio.read_dataframe(
        f"OAPIF:{address}",
        layer="community",
        CRS="http://www.opengis.net/def/crs/EPSG/0/4490",
    )
    assert read.crs.to_epsg() == 4490
    frame = town.frames["community"]
    assert read.geometry.geom_equals_exact(frame.geometry, 1e-9).all()


def test_owslib_reads_collections_queryables_and_items(address: str) -> None:
    service = Features(f"{address}/")
    assert service.feature_collections() == COLLECTIONS
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        in (service.conformance()["conformsTo"])
    )
    assert service.api()["openapi"].startswith("3.0")
    assert "elders" in service.collection_queryables("compound")["properties"]
    page = service.collection_items("compound", limit=5, bbox=[114, 30, 114.1, 30.1])
    assert page["numberReturned"] == 5
    filtered = service.collection_items("compound", filter="elders > 290", limit=100)
    assert all(one["properties"]["elders"] > 290 for one in filtered["features"])
    assert service.collection_item("compound", "x07")["id"] == "x07"


QGIS = """
import json, sys
from qgis.core import QgsApplication, QgsDataSourceUri, QgsFeatureRequest
from qgis.core import QgsRectangle, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
answer = {}
for name in sys.argv[2].split(","):
    uri = QgsDataSourceUri()
    asked = {"url": sys.argv[1], "typename": name, "pageSize": "7", "version": "OGC_API"}
    for key, value in asked.items():
        uri.setParam(key, value)
    layer = QgsVectorLayer(uri.uri(False), name, "OAPIF")
    whole = [feature for feature in layer.getFeatures()]
    box = QgsFeatureRequest().setFilterRect(QgsRectangle(114.02, 30.02, 114.08, 30.08))
    answer[name] = {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "rows": len(whole),
        "fields": [field.name() for field in layer.fields()],
        "in_box": sum(1 for _ in layer.getFeatures(box)),
        "extent": layer.extent().toString(3),
    }
    layer.setSubsetString("elders > 100") if name == "compound" else None
    answer[name]["subset"] = sum(1 for _ in layer.getFeatures())
print("ANSWER" + json.dumps(answer))
"""


@pytest.mark.slow
def test_qgis_connects_pages_and_filters(address: str, town: Any) -> None:  # noqa: ANN401
    python = "/usr/bin/python3"
    known = subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False)
    if known.returncode:
        pytest.skip("QGIS is not installed")
    done = subprocess.run(
        [python, "-c", QGIS, f"{address}/", "community,compound,street,names"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": "/tmp"},  # noqa: S108
    )
    assert "ANSWER" in done.stdout, done.stderr
    answer = json.loads(done.stdout.partition("ANSWER")[2])
    frames = town.frames
    for name in ("community", "compound", "street"):
        assert answer[name]["valid"]
        assert answer[name]["rows"] == len(frames[name])
        assert {"name", "source"} <= set(answer[name]["fields"])
    assert answer["names"]["rows"] == 2
    geometry = frames["compound"].geometry
    inside = geometry.x.between(114.02, 114.08) & geometry.y.between(30.02, 30.08)
    assert answer["compound"]["in_box"] == int(inside.sum())
    assert answer["compound"]["subset"] == int((frames["compound"]["elders"] > 100).sum())


@pytest.mark.parametrize(
    "line", ["GET /collections/社区 HTTP/1.1", "GET / collections HTTP/1.1", "what is this"]
)
def test_what_is_no_http_is_refused_as_everything_else_is(address: str, line: str) -> None:
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=10) as program:
        program.sendall(f"{line}\r\nHost: {where.netloc}\r\n\r\n".encode())
        told = b"".join(iter(lambda: program.recv(4096), b""))
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert "%E7%A4%BE" in json.loads(body)["hint"]
