"""Administrative units: codes, parents, days, and what lies in them."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, Polygon, box

from geo.boundaries import hierarchy, level_of, locate, on_day
from geo.errors import DataError


def units(codes: list[str], parents: list[str | None] | None = None) -> gpd.GeoDataFrame:
    size = len(codes)
    return gpd.GeoDataFrame(
        {
            "code": pd.array(codes, dtype="string"),
            "name": pd.array([f"单位{code[-3:]}" for code in codes], dtype="string"),
            "parent_code": pd.array(parents or [None] * size, dtype="string"),
            "valid_from": pd.Series([None] * size, dtype="datetime64[s]"),
            "valid_to": pd.Series([None] * size, dtype="datetime64[s]"),
        },
        geometry=[box(114 + i / 10, 30, 114.1 + i / 10, 30.1) for i in range(size)],
        crs=4490,
    )


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("420106", "county"),
        ("420106001", "township"),
        ("420106001002", "community"),
        ("42010600100", None),
        ("020106", None),
        ("", None),
    ],
)
def test_the_length_of_a_code_gives_its_level(code: str, level: str | None) -> None:
    assert (level_of(code) if code else None) == level


def test_a_unit_exists_from_its_first_day_to_the_day_before_its_last() -> None:
    frame = units(["420106001", "420106002"]).assign(
        valid_from=pd.to_datetime(["2020-01-01", None]).astype("datetime64[s]"),
        valid_to=pd.to_datetime([None, "2020-01-01"]).astype("datetime64[s]"),
    )
    assert on_day(frame, date(2019, 12, 31))["code"].tolist() == ["420106002"]
    assert on_day(frame, date(2020, 1, 1))["code"].tolist() == ["420106001"]


def test_the_hierarchy_names_township_and_county_of_every_community() -> None:
    table = hierarchy(
        {
            "community": units(["420106001002", "420106001001"]),
            "township": units(["420106001"]),
            "county": units(["420106"]),
        }
    )
    assert table["community_code"].tolist() == ["420106001001", "420106001002"]
    assert set(table["township_code"]) == {"420106001"}
    assert set(table["county_code"]) == {"420106"}
    assert set(table["county_name"]) == {"单位106"}


def test_a_stated_parent_beats_the_prefix() -> None:
    table = hierarchy(
        {
            "community": units(["420106001001"], ["420106900"]),
            "township": units(["420106900"], ["420111"]),
        }
    )
    assert table[["township_code", "county_code"]].to_numpy().tolist() == [["420106900", "420111"]]


def test_communities_alone_have_a_hierarchy_by_prefix() -> None:
    table = hierarchy({"community": units(["420106001001"])})
    assert table["county_code"].tolist() == ["420106"]
    assert table["county_name"].isna().all()


def test_without_communities_there_is_no_hierarchy() -> None:
    with pytest.raises(DataError, match="还没有社区"):
        hierarchy({})


def test_points_lie_in_their_area_and_nowhere_when_outside() -> None:
    areas = units(["420106001002", "420106001001"])
    points = gpd.GeoSeries(
        [Point(114.05, 30.05), Point(114.15, 30.05), Point(0, 0), None], crs=4490
    )
    found = locate(points, areas)
    assert found.tolist()[:2] == ["420106001002", "420106001001"]
    assert found.isna().tolist() == [False, False, True, True]


def test_a_point_on_a_border_belongs_to_the_lowest_code_whatever_the_order() -> None:
    border = gpd.GeoSeries([Point(114.1, 30.05)], crs=4490)
    for codes in (["420106001002", "420106001001"], ["420106001001", "420106001002"]):
        assert locate(border, units(codes)).tolist() == ["420106001001"]


def test_areas_are_located_by_a_point_inside_them_and_systems_are_aligned() -> None:
    areas = units(["420106001001"])
    hook = Polygon([(114.01, 30.01), (114.09, 30.01), (114.09, 30.09), (114.08, 30.02)])
    found = locate(gpd.GeoSeries([hook], crs=4490, index=[7]).to_crs(4547), areas)
    assert found.to_dict() == {7: "420106001001"}
