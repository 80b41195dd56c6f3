"""Cemeteries that must not be seen: a hill between them and the zones decides."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from geo.assess import Place, assess, in_words, rows
from geo.assess.workspace import elevation_of
from geo.errors import DataError, NotFoundError
from geo.norms import shipped
from geo.norms.model import Exclusion
from geo.store import Workspace
from geo.terrain import Elevation

sys.path.insert(0, str(Path(__file__).parent))

from assess_places import place_of

ON = date(2021, 1, 1)
JINHUA = (
    "rail",
    "trunk_road",
    "river_dike",
    "water_source",
    "heritage",
    "scenic",
    "residential",
    "development",
)


def hill(height_m: float) -> Elevation:
    """Return 2 km of flat ground with a ridge from north to south at 1,000 m."""
    heights = np.zeros((200, 200))
    heights[:, 98:102] = height_m
    return Elevation(heights, 0.0, 2000.0, 10.0, "EPSG:4547", "hill.tif")


def place(ground: Elevation | None, *kinds: str, cemetery_x: float = 400.0) -> Place:
    tables = {
        "cemetery": [{"public_benefit": True, "at": shapely.Point(cemetery_x, 1000)}],
        "zone": [
            {
                "kind": kind,
                "name": f"甲{kind}",
                "at": shapely.LineString([(1600, 50), (1600, 1950)]),
            }
            for kind in kinds
        ],
    }
    return replace(place_of("3307", ON, tables), elevation=ground)


def verdict(where: Place) -> pd.Series[object]:
    result = assess(where, shipped(), ids=["cemetery.jinhua_visible"])
    return in_words(result, rows(result)).iloc[0]


def test_a_cemetery_behind_the_hill_passes() -> None:
    found = verdict(place(hill(60.0), *JINHUA))
    assert (found["verdict"], found["gap"]) == ("pass", 0)
    assert found["formula"].startswith("须不被任何一处管控区域看见；没有一处看得见")


def test_a_cemetery_in_plain_sight_fails_and_it_is_said_what_sees_it_from_where() -> None:
    found = verdict(place(hill(0.0), *JINHUA))
    assert (found["verdict"], found["gap"], found["gap_unit"]) == ("fail", 8, "place")
    assert "有 8 处看得见" in found["formula"]
    assert "最近的是铁路“甲rail”，在 1,200 米外（" in found["formula"]


def test_a_cemetery_on_the_top_of_the_hill_fails() -> None:
    assert verdict(place(hill(60.0), *JINHUA, cemetery_x=1000.0))["verdict"] == "fail"


def test_without_heights_nobody_knows() -> None:
    found = verdict(place(None, *JINHUA))
    assert (found["verdict"], found["lacks"]) == ("unknown", "layer:elevation")


def test_heights_that_do_not_cover_the_lines_of_sight_leave_it_unknown() -> None:
    ground = hill(0.0)
    heights = ground.height_m.copy()
    heights[:, 120:] = np.nan
    found = verdict(place(replace(ground, height_m=heights), *JINHUA))
    assert (found["verdict"], found["lacks"]) == ("unknown", "sight")
    assert "视线所经之处的高程" in found["formula"]


def test_missing_heights_beyond_a_hill_that_hides_do_not_matter() -> None:
    ground = hill(60.0)
    heights = ground.height_m.copy()
    heights[:, 105:115] = np.nan
    assert verdict(place(replace(ground, height_m=heights), *JINHUA))["verdict"] == "pass"


def test_zones_the_layer_lacks_leave_it_unknown_unless_another_sees_it() -> None:
    hidden = verdict(place(hill(60.0), "rail"))
    assert (hidden["verdict"], hidden["lacks"]) == ("unknown", "zone:trunk_road")
    seen = verdict(place(hill(0.0), "rail"))
    assert seen["verdict"] == "fail"
    assert "至少 1 处看得见" in seen["formula"]


def test_a_draft_on_sight_gives_no_verdict() -> None:
    where = place(hill(0.0), "rail")
    result = assess(where, shipped(), ids=["cemetery.qilin"], area="530302")
    table = rows(result)
    assert (table["verdict"][0], table["finding"][0]) == ("draft", 0)


def test_a_bureau_may_limit_how_far_one_looks() -> None:
    norms = shipped()
    norm = norms["cemetery.jinhua_visible"]
    (value,) = (replace(v, parameters=(("sight_m", 1000.0),)) for v in norm.values)  # noqa: PD011
    near = replace(norms, by_id=norms.by_id | {norm.id: replace(norm, values=(value,))})
    result = assess(place(hill(0.0), *JINHUA), near, ids=[norm.id])
    assert list(rows(result)["verdict"]) == ["pass"]


def test_norms_by_sight_are_known_by_their_method() -> None:
    by_sight = {n.id for n in shipped() if n.measure == Exclusion("sight")}
    assert by_sight == {"cemetery.jinhua_visible", "cemetery.qilin"}


def test_a_model_asked_for_must_be_there_and_one_the_streets_had_need_not(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "w")
    frames = {"zone": place(None, "rail").frames["zone"]}
    assert elevation_of(workspace, frames, "EPSG:4547", None) is None  # type: ignore[arg-type]
    workspace.settings["street_heights"] = str(tmp_path / "gone.tif")
    assert elevation_of(workspace, frames, "EPSG:4547", None) is None  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="没有高程文件"):
        elevation_of(workspace, frames, "EPSG:4547", tmp_path / "gone.tif")  # type: ignore[arg-type]
    with rasterio.open(
        tmp_path / "gone.tif", "w", driver="GTiff", width=30, height=30, count=1, dtype="float32",
        crs="EPSG:4547", transform=Affine(100, 0, 0, 0, -100, 3000),
    ) as file:  # fmt: skip
        file.write(np.full((30, 30), 7, np.float32), 1)
    found = elevation_of(workspace, frames, "EPSG:4547", None)  # type: ignore[arg-type]
    assert found is not None
    assert found.heights(np.array([[1600.0, 500.0]]))[0] == 7
    elsewhere = {"zone": frames["zone"].set_geometry(frames["zone"].translate(9e5, 9e5))}
    with pytest.raises(DataError, match="不覆盖本地"):
        elevation_of(workspace, elsewhere, "EPSG:4547", tmp_path / "gone.tif")
