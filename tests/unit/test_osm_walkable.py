"""Where people may walk, by the tags of OpenStreetMap."""

from __future__ import annotations

import math

import pytest

from geo.network.classes import street_classes
from geo.osm.walkable import flag, incline_share, level, walkable


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "residential"},
        {"highway": "footway"},
        {"highway": "steps"},
        {"highway": "trunk"},
        {"highway": "primary", "oneway": "yes"},
        {"highway": "cycleway", "foot": "designated"},
        {"highway": "service", "access": "private", "foot": "yes"},
        {"highway": "track", "access": "destination"},
        {"highway": "pedestrian", "area": "yes"},
        {"highway": "trunk", "motorroad": "yes", "foot": "permissive"},
    ],
)
def test_open_to_walkers(tags: dict[str, str]) -> None:
    assert walkable(tags)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "motorway"},
        {"highway": "motorway_link", "foot": "yes"},
        {"highway": "trunk", "motorroad": "yes"},
        {"highway": "residential", "foot": "no"},
        {"highway": "footway", "foot": "private"},
        {"highway": "service", "access": "private"},
        {"highway": "residential", "access": "no"},
        {"highway": "cycleway"},
        {"highway": "construction", "foot": "yes"},
        {"highway": "proposed"},
        {"highway": "nobody_knows"},
        {"route": "ferry"},
        {},
    ],
)
def test_closed_to_walkers(tags: dict[str, str]) -> None:
    assert not walkable(tags)


@pytest.mark.parametrize(
    ("text", "share"),
    [("5%", 0.05), ("-12.5 %", -0.125), ("0%", 0.0), ("45°", 1.0), ("-10°", -0.176327)],
)
def test_inclines_become_rise_over_run(text: str, share: float) -> None:
    assert incline_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", [None, "", "up", "down", "steep", "90°", "400%", "5"])
def test_inclines_that_are_no_share_are_unknown(text: str | None) -> None:
    assert math.isnan(incline_share(text))


def test_levels_that_are_no_number_lie_on_the_ground() -> None:
    assert [level(text) for text in (None, "1", "-2", "0;1", "99")] == [0, 1, -2, 0, 10]


def test_a_bridge_tagged_no_is_none() -> None:
    assert [flag(text) for text in (None, "no", "yes", "viaduct")] == [False, False, True, True]


def test_every_class_name_leads_to_a_class_with_its_own_entry() -> None:
    table = street_classes()
    assert {entry.street_class for entry in table.values()} <= set(table)
    assert all(entry.basis and entry.label_zh for entry in table.values())


def test_expressways_of_a_city_are_closed_and_their_side_roads_open() -> None:
    table = street_classes()
    assert not table["快速路"].walkable
    assert table["快速路辅路"].walkable
