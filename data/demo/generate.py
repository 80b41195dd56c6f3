"""Make the demo city again: ``python data/demo/generate.py [--out FOLDER] [--streets SOURCE]``.

Reads ``streets.gpkg`` beside this script and writes ``demo/`` and ``boundaries/`` in ``FOLDER``
(the folder ``data`` of this checkout unless told). Same streets, same seed, same bytes.
Needs the package itself, scipy and shapely 2.1: ``pip install fuwuquan[test]``.
"""
# ruff: noqa: INP001 - a script beside the files it makes

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ["OPENPYXL_LXML"] = "False"  # the same bytes, whichever XML library is installed

import numpy as np
from generator import COUNTY_CODE, COUNTY_NAME, SEED, SOURCE, ground, services
from generator.ages import age_structure
from generator.clip import cut, write_streets
from generator.faulty import write_faulty
from generator.files import write_geojson, write_manifest, write_rows, write_workbook
from generator.gazetteer import write_gazetteer
from generator.land import divide
from generator.people import compounds, gates
from generator.siting import City
from generator.streets import read_streets
from generator.units import county, name_units, with_people

from geo.crs import Datum

HERE = Path(__file__).parent
GCJ02 = Datum("gcj02")
DATE = "2025-01-01"


def make(out: Path) -> None:
    """Write every generated file of the demo."""
    rng = np.random.default_rng(SEED)
    streets = read_streets(HERE / "streets.gpkg")
    land = divide(streets, rng)
    townships, communities = name_units(land, rng)
    homes = compounds(land, communities, streets, rng)
    openings = gates(homes, streets, rng)
    city = City(land, streets, communities, homes, rng)
    stations, elder_homes = services.elder_stations(city), services.elder_homes(city)
    meals = services.meal_points(city)
    venues, childrens_homes = services.venues_and_childrens_homes(city)
    demo, boundaries = out / "demo", out / "boundaries"
    for folder in (demo / "faulty", boundaries):
        folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, units, digits in (
        ("county", county(land), 6),
        ("township", townships, 9),
        ("community", communities, 12),
    ):
        frame = with_people(units, homes, digits)
        write_geojson(boundaries / f"{name}.geojson", frame, name)
        entries.append(_entry(name, len(frame)))
    write_manifest(boundaries / "MANIFEST.csv", entries)
    write_workbook(
        demo / "compounds.xlsx",
        {"小区": ("compound", homes, None), "出入口": ("gate", openings, None)},
    )
    write_workbook(
        demo / "elder_care.xlsx",
        {
            "养老服务站（高德坐标）": ("elder_station", stations, GCJ02),
            "养老机构": ("elder_home", elder_homes, None),
            "助餐点": ("meal_point", meals, None),
        },
    )
    write_workbook(
        demo / "community_services.xlsx",
        {
            "儿童之家": ("childrens_home", childrens_homes, None),
            "社区综合服务设施": ("community_venue", venues, None),
        },
    )
    write_workbook(
        demo / "burial.xlsx",
        {
            "公墓": ("cemetery", ground.cemeteries(city), None),
            "骨灰堂": ("columbarium", ground.columbarium(city), None),
        },
    )
    write_workbook(
        demo / "parcels.xlsx", {"可用地块与用房": ("parcel", ground.parcels(city), None)}
    )
    write_geojson(demo / "zones.geojson", ground.zones(city), "zone")
    write_faulty(demo / "faulty", communities, homes, stations)
    # Chances of its own: what was made before keeps its bytes.
    ages = age_structure(communities, homes, np.random.default_rng(SEED + 1))
    write_rows(demo / "age_structure.xlsx", {"分年龄人口": ("age_structure", ages)})
    write_gazetteer(
        demo / "gazetteer.xlsx", county(land), townships, communities, homes, streets,
        HERE / "streets.gpkg",
    )  # fmt: skip


def _entry(level: str, units: int) -> dict[str, str]:
    return {
        "code": COUNTY_CODE,
        "name": COUNTY_NAME,
        "level": level,
        "file": f"{level}.geojson",
        "units": str(units),
        "source": f"{SOURCE}；由 OpenStreetMap 街路推算 / derived from OpenStreetMap streets",
        "licence": "ODbL-1.0",
        "date": DATE,
        "crs": "EPSG:4490",
        "simulated": "true",
    }


def main() -> None:
    """Read the command line and make the city."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.parent)
    parser.add_argument("--streets", type=Path, metavar="SOURCE", help="cut the streets anew")
    asked = parser.parse_args()
    if asked.streets is not None:
        write_streets(cut(asked.streets), HERE / "streets.gpkg")
    make(asked.out)


if __name__ == "__main__":
    main()
