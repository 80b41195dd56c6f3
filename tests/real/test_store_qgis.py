"""The QGIS on this machine opens, draws and edits a workspace as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.assess.styles import verdict_style
from geo.assess.words import VERDICT_COLOURS
from geo.schema import facility_types, layers
from geo.store import Origin, Workspace, conform

SESSION = Path(__file__).with_name("qgis_session.py")
NAMES = ["elder_station", "shelter", "compound", "gate", "zone", "street", "community"]


@cache
def python_of_qgis() -> str:
    for candidate in ("/usr/bin/python3", shutil.which("python3")):
        if candidate and Path(candidate).exists():
            found = subprocess.run(
                [candidate, "-c", "import qgis.core"], capture_output=True, check=False
            )
            if found.returncode == 0:
                return candidate
    pytest.skip("QGIS is not installed")


def sample(name: str) -> gpd.GeoDataFrame:
    schema = layers()[name]
    boxes = [shapely.box(114 + n / 50, 30, 114.02 + n / 50, 30.1) for n in range(5)]
    points = [shapely.Point(114.01 + n / 50, 30.05) for n in range(5)]
    lines = [shapely.LineString([(114, 30 + n / 50), (114.1, 30 + n / 50)]) for n in range(5)]
    shapes = {"line": lines, "polygon": boxes, "any": boxes}.get(schema.geometry, points)
    cells: dict[str, object] = {schema.key: [f"{n}" for n in range(5)]}
    fill = {"name": "甲", "households": 100, "kind": "rail", "compound_id": "1"}
    fill |= {"elders": 10} if name == "community" else {}
    wanted = {column.name for column in schema.columns if column.required} | {"elders"}
    cells |= {k: v for k, v in fill.items() if k in wanted & {c.name for c in schema.columns}}
    if name == "shelter":
        shapes = [*points[:3], *boxes[:2]]
    return conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), name)


def test_qgis_opens_draws_and_edits_every_kind_of_layer(
    place: Callable[[str], str], tmp_path: Path
) -> None:
    python = python_of_qgis()
    workspace = Workspace.create(place("w"))
    for name in NAMES:
        workspace.write(name, sample(name), origin=Origin("x", date(2026, 5, 1)))
    verdicts = sample("community")[["name", "geometry"]].assign(
        verdict_key=pd.array(["fail", "pass", "unknown", "exempt", "fail"], dtype="string")
    )
    workspace.write_result(
        "assess_community",
        verdicts,
        on=date(2026, 5, 1),
        style=lambda kind: verdict_style(kind, {"verdict_key": "结论代码"}),
    )
    before = workspace.content_sha256("compound")
    session = subprocess.run(
        [
            python,
            str(SESSION),
            str(workspace.path or workspace.place),
            *NAMES,
            "result_assess_community",
        ],
        capture_output=True,
        check=True,
        timeout=120,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    answer = json.loads(session.stdout.decode().splitlines()[-1])
    seen = answer["layers"]
    for name in NAMES:
        assert seen[name]["valid"]
        assert seen[name]["crs"] == "EPSG:4490"
        for column in layers()[name].columns:
            assert seen[name]["aliases"][column.name] == column.label_zh
            if column.choices:
                assert seen[name]["widgets"][column.name] == "ValueMap"
    judged = seen.pop("result_assess_community")
    assert judged["renderer"] == "categorizedSymbol"
    assert set(VERDICT_COLOURS.values()) == set(judged["colours"])
    assert judged["aliases"]["verdict_key"] == "结论代码"
    rows = {name: layer["rows"] for name, layer in seen.items()}
    points = (
        5 if workspace.path else 3
    )  # of a table with mixed shapes in PostGIS one type is opened
    assert rows == {**dict.fromkeys(NAMES, 5), "shelter": points}
    assert facility_types()["elder_station"].colour in seen["elder_station"]["colours"]
    renderers = [
        seen[name]["renderer"] for name in ("elder_station", "zone", "community", "street")
    ]
    assert renderers == [
        "categorizedSymbol",
        "categorizedSymbol",
        "graduatedSymbol",
        "singleSymbol",
    ]
    assert answer["picture_colours"] > 5

    assert answer["edit_errors"] == []
    read = workspace.read("compound", "EPSG:4490").set_index("id")
    assert read.index.tolist() == ["0", "2", "3", "4", "compound-6"]
    assert read.loc["0", "households"] == 777
    assert read.geometry["0"].equals(shapely.Point(114.5, 30.5))
    assert read.loc["compound-6", "name"] == "新小区"
    assert workspace.layers()[1].edited or workspace.layers()[0].edited
    assert workspace.content_sha256("compound") != before
