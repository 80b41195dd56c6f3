"""Minutes in toy towns, worked out by hand. The walker makes 60 m a minute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments, attach
from geo.travel import (
    UNREACHED,
    Minutes,
    Profile,
    group_rows,
    minutes_matrix,
    nearest,
    node_ms,
    travel_graph,
    warm_up,
)

Town = Callable[..., StreetNetwork]
WALKER = Profile(name="level", zh="平地", en="level", speed_m_s=1.0)


def tied(*places: tuple[int, float, float]) -> Attachments:
    """Places as (edge, metres along it, metres of connector)."""
    columns = np.array(places, dtype=float).reshape(-1, 3)
    edge = columns[:, 0].astype(np.int32)
    return Attachments(
        edge, columns[:, 1], columns[:, 2], columns[:, 2], np.zeros(len(edge), dtype=bool)
    )


def walk(
    network: StreetNetwork,
    demand: Attachments,
    facilities: Attachments,
    limit_min: float | None = 15.0,
) -> list[list[float]]:
    minutes = minutes_matrix(network, demand, facilities, profile=WALKER, limit_min=limit_min)
    return minutes.dense().tolist()


def test_in_a_grid_people_walk_round_the_corner(town: Town) -> None:
    nodes = [(120 * x, 120 * y) for y in range(3) for x in range(3)]
    edges = [(a, a + 1) for a in (0, 1, 3, 4, 6, 7)] + [(a, a + 3) for a in range(6)]
    network = town(nodes, edges)
    corner, opposite = attach(network, np.array([[0.0, 0.0], [240.0, 240.0]])), tied((0, 0, 0))
    assert walk(network, corner, opposite) == [[0.0], [8.0]]


def test_across_a_river_the_way_leads_over_the_only_bridge(town: Town) -> None:
    # Two banks 60 m apart; the bridge is 600 m down the road.
    network = town([(0, 0), (600, 0), (0, 60), (600, 60)], [(0, 1), (2, 3), (1, 3)])
    assert walk(network, tied((0, 60, 0)), tied((1, 60, 0)), 30) == [[19.0]]
    without = town([(0, 0), (600, 0), (0, 60), (600, 60)], [(0, 1), (2, 3)])
    assert np.isnan(walk(without, tied((0, 60, 0)), tied((1, 60, 0)), 30)).all()


def test_out_of_a_walled_compound_the_only_gate_counts(town: Town) -> None:
    # A ring road of 4 x 300 m round the wall; the gate opens to the south, the station is north.
    network = town([(0, 0), (300, 0), (300, 300), (0, 300)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    south_gate, north_gate, station = (0, 150, 0), (2, 150, 0), (2, 150, 0)
    minutes = minutes_matrix(
        network, tied(south_gate, north_gate), tied(station), profile=WALKER, limit_min=15
    )
    assert group_rows(minutes, np.array([0, 0]), 1).dense().tolist() == [[0.0]]
    assert group_rows(minutes, np.array([0, -1]), 1).dense().tolist() == [[10.0]]


def test_boundary_at_exactly_15_minutes_counts(town: Town) -> None:
    network = town([(0, 0), (2000, 0)], [(0, 1)])
    homes = tied((0, 900, 0), (0, 900.01, 0), (0, 880, 20))
    assert np.isfinite(walk(network, homes, tied((0, 0, 0)))).ravel().tolist() == [
        True,
        False,
        True,
    ]


def test_both_connectors_are_walked(town: Town) -> None:
    network = town([(0, 0), (2000, 0)], [(0, 1)])
    assert walk(network, tied((0, 660, 30)), tied((0, 600, 30))) == [[2.0]]


def test_an_island_is_out_of_reach_whatever_the_limit(town: Town) -> None:
    network = town([(0, 0), (500, 0), (0, 50), (100, 50)], [(0, 1), (2, 3)])
    minutes = minutes_matrix(
        network, tied((1, 50, 0), (0, 50, 0)), tied((0, 0, 0)), profile=WALKER, limit_min=None
    )
    assert minutes.indptr.tolist() == [0, 0, 1]
    few = nearest(network, tied((1, 50, 0)), tied((0, 0, 0)), profile=WALKER)
    assert np.isnan(few.minutes).all()
    assert few.facility.tolist() == [[-1]]


def test_a_cul_de_sac_is_walked_in_and_out(town: Town) -> None:
    network = town([(0, 0), (600, 0), (300, 0), (300, 240)], [(0, 2), (2, 1), (2, 3)])
    assert walk(network, tied((2, 240, 0), (1, 0, 0)), tied((2, 60, 0))) == [[3.0], [1.0]]


def test_of_parallel_streets_the_shorter_is_taken(town: Town) -> None:
    network = town([(0, 0), (60, 0)], [(0, 1), (0, 1), (1, 0)], length_m=[600, 120, 300])
    assert walk(network, tied((0, 0, 0)), tied((0, 600, 0))) == [[2.0]]
    # Both lie on the long one: out by its ends and over the short one beats the direct way.
    assert walk(network, tied((0, 30, 0)), tied((0, 570, 0))) == [[3.0]]


def test_round_a_loop_the_shorter_way_is_taken(town: Town) -> None:
    network = town([(0, 0), (60, 0)], [(0, 0), (0, 1)], length_m=[600, 60])
    homes = tied((0, 30, 0), (0, 570, 0), (0, 300, 0), (1, 60, 0))
    assert walk(network, homes, tied((0, 60, 0))) == [[0.5], [1.5], [4.0], [2.0]]


def test_several_places_on_one_street_see_each_other_directly(town: Town) -> None:
    network = town([(0, 0), (6000, 0)], [(0, 1)])
    homes = tied((0, 2400, 0), (0, 3000, 0), (0, 3600, 0))
    table = walk(network, homes, tied((0, 3000, 0), (0, 3300, 0)), 11)
    assert table == [[10.0, pytest.approx(np.nan, nan_ok=True)], [0.0, 5.0], [10.0, 5.0]]


def test_a_zero_is_stored_and_absence_is_not(town: Town) -> None:
    network = town([(0, 0), (6000, 0)], [(0, 1)])
    minutes = minutes_matrix(
        network, tied((0, 0, 0), (0, 5000, 0)), tied((0, 0, 0)), profile=WALKER, limit_min=15
    )
    assert minutes.ms.tolist() == [0]
    assert minutes.indptr.tolist() == [0, 1, 1]


def test_facilities_stand_in_ascending_order_in_every_row(town: Town) -> None:
    network = town([(100 * x, 0) for x in range(9)], [(x, x + 1) for x in range(8)])
    stations = tied(*((e, 50, 0) for e in (7, 0, 3, 5, 1)))
    minutes = minutes_matrix(network, tied((4, 0, 0)), stations, profile=WALKER, limit_min=15)
    assert minutes.indices.tolist() == [0, 1, 2, 3, 4]


def test_places_without_a_street_have_no_minutes(town: Town) -> None:
    network = town([(0, 0), (600, 0)], [(0, 1)])
    nowhere = (-1, np.nan, np.nan)
    table = np.array(walk(network, tied(nowhere, (0, 0, 0)), tied(nowhere, (0, 60, 0))))
    np.testing.assert_array_equal(table, [[np.nan, np.nan], [np.nan, 1.0]])


@pytest.mark.parametrize("limit_min", [0.0, 15.0, None])
def test_a_town_without_streets_facilities_or_people_is_answered(
    town: Town, limit_min: float | None
) -> None:
    bare = town([(0, 0)], [])
    assert np.isnan(walk(bare, tied((-1, 0, 0)), tied((-1, 0, 0)), limit_min)).all()
    network = town([(0, 0), (600, 0)], [(0, 1)])
    assert walk(network, tied((0, 0, 0)), tied(), limit_min) == [[]]
    assert walk(network, tied(), tied((0, 0, 0)), limit_min) == []
    few = nearest(network, tied((0, 0, 0)), tied(), profile=WALKER, limit_min=limit_min, k=2)
    assert few.facility.tolist() == [[-1, -1]]


def test_node_times_include_the_facilitys_connector(town: Town) -> None:
    network = town([(0, 0), (600, 0), (2000, 0)], [(0, 1), (1, 2)])
    reached = node_ms(network, tied((0, 60, 30)), WALKER, 15)
    assert reached.tolist() == [90_000, 570_000, UNREACHED]


def test_of_two_facilities_at_the_same_time_the_lower_number_is_nearest(town: Town) -> None:
    network = town([(0, 0), (600, 0)], [(0, 1)])
    for k, limit_min in ((1, None), (1, 15.0), (2, 15.0)):
        few = nearest(
            network,
            tied((0, 300, 0)),
            tied((0, 600, 0), (0, 0, 0)),
            profile=WALKER,
            limit_min=limit_min,
            k=k,
        )
        assert few.facility[0, 0] == 0
        assert few.minutes[0].tolist() == [5.0] * k


def test_places_of_another_network_are_refused(town: Town) -> None:
    network = town([(0, 0), (600, 0)], [(0, 1)])
    with pytest.raises(DataError, match="超出路网"):
        walk(network, tied((3, 0, 0)), tied((0, 0, 0)))
    with pytest.raises(DataError, match="不小于 0"):
        walk(network, tied((0, 0, 0)), tied((0, 0, 0)), -1.0)
    with pytest.raises(DataError, match="不小于 1"):
        nearest(network, tied((0, 0, 0)), tied((0, 0, 0)), profile=WALKER, k=0)


def test_owners_must_fit_the_rows() -> None:
    minutes = Minutes(np.array([0, 0]), np.zeros(0, np.int32), np.zeros(0, np.int32), 1)
    with pytest.raises(DataError, match="归属"):
        group_rows(minutes, np.array([0, 1]), 2)


def test_progress_ends_at_one(town: Town) -> None:
    network = town([(0, 0), (600, 0)], [(0, 1)])
    told: list[float] = []
    minutes_matrix(
        network,
        tied((0, 0, 0)),
        tied(*((0, float(x), 0) for x in range(300))),
        profile=WALKER,
        limit_min=15,
        progress=told.append,
    )
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_graph_is_prepared_once_for_a_network_and_walker(town: Town) -> None:
    network = town([(0, 0), (600, 0)], [(0, 1)])
    assert travel_graph(network, WALKER) is travel_graph(network, WALKER)


def test_warming_up_answers_a_small_town() -> None:
    assert warm_up() > 0
