"""Who walks how fast over what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork
from geo.travel import BLOCKED, Profile, edge_ms, profile, profile_names

Town = Callable[..., StreetNetwork]


def street(town: Town, **columns: list[float]) -> StreetNetwork:
    return town([(0, 0), (100, 0)], [(0, 1)], **columns)


def test_older_people_walk_one_metre_a_second(town: Town) -> None:
    assert edge_ms(street(town), profile("elder")).tolist() == [[100_000, 100_000]]


def test_speeds_of_the_named_profiles() -> None:
    speeds = {name: profile(name).speed_m_s for name in profile_names()}
    assert speeds == {"general": 1.2, "elder": 1.0, "frail": 0.8, "wheelchair": 0.8}
    assert all(profile(name).source for name in profile_names())


def test_another_speed_keeps_the_rest(town: Town) -> None:
    brisk = profile("elder", speed_m_s=1.25)
    assert brisk.steps_factor == profile("elder").steps_factor
    assert edge_ms(street(town), brisk).tolist() == [[80_000, 80_000]]


@pytest.mark.parametrize("speed_m_s", [0.0, -1.0, float("nan"), 50.0])
def test_a_speed_nobody_walks_is_refused(speed_m_s: float) -> None:
    with pytest.raises(DataError, match="步行速度"):
        profile("elder", speed_m_s=speed_m_s)


def test_steps_are_slow_for_old_legs_and_closed_to_wheels(town: Town) -> None:
    steps = street(town, steps=[1])
    assert edge_ms(steps, profile("elder")).tolist() == [[200_000, 200_000]]
    assert edge_ms(steps, profile("wheelchair")).tolist() == [[BLOCKED, BLOCKED]]


def test_uphill_takes_longer_than_downhill(town: Town) -> None:
    up, down = edge_ms(street(town, climb_m=[5]), profile("elder"))[0]
    # Tobler: exp(-3.5 * 0.05) of the level speed up a slope of 5 %, exp(+3.5 * 0.05) down it.
    assert up == round(100_000 * np.exp(0.175))
    assert down == round(100_000 * np.exp(-0.175))


def test_a_hump_takes_the_same_both_ways(town: Town) -> None:
    there, back = edge_ms(street(town, climb_m=[5], descent_m=[5]), profile("elder"))[0]
    assert there == back > 100_000


def test_a_flat_walker_ignores_heights(town: Town) -> None:
    level = Profile(name="level", zh="平地", en="level", speed_m_s=1.0)
    assert edge_ms(street(town, climb_m=[9]), level).tolist() == [[100_000, 100_000]]


def test_wheels_stop_at_slopes_above_one_in_twelve(town: Town) -> None:
    assert (edge_ms(street(town, climb_m=[8.3]), profile("wheelchair")) < BLOCKED).all()
    assert (edge_ms(street(town, climb_m=[8.4]), profile("wheelchair")) == BLOCKED).all()
    assert (edge_ms(street(town, descent_m=[8.4]), profile("wheelchair")) == BLOCKED).all()


def test_a_class_can_be_slow_or_forbidden(town: Town) -> None:
    network = town([(0, 0), (100, 0)], [(0, 1), (0, 1)], street_class=[0, 1])
    careful = Profile(
        "careful", "谨慎", "careful", 1.0, class_factor={"residential": 0.5, "trunk": 0.0}
    )
    assert edge_ms(network, careful).tolist() == [[200_000] * 2, [BLOCKED] * 2]


def test_an_own_profile_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'zh = "拄拐"\nen = "with a stick"\nspeed_m_s = 0.6\nsteps_factor = "forbidden"\n'
        "[class_factor]\ntrunk = 0.0\n",
        encoding="utf-8",
    )
    mine = profile(path)
    assert (mine.name, mine.label, mine.speed_m_s) == ("mine", "拄拐", 0.6)
    assert mine.steps_factor is None
    assert mine.class_factor == {"trunk": 0.0}
    path.write_text('[stick]\nzh = "拄拐"\nen = "stick"\nspeed_m_s = 0.6\n', encoding="utf-8")
    assert profile(str(path)).name == "stick"


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'zh = 3\nspeed_m_s = -1\nspeed = 2\nslope = "steep"\nmax_grade = "no"\n'
        "steps_factor = true\nclass_factor = {trunk = -1}\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError) as refused:
        profile(path)
    for word in ("en", "zh", "speed_m_s", "“speed”", "slope", "max_grade", "steps", "trunk"):
        assert word in refused.value.message
    path.write_text("zh = [", encoding="utf-8")
    with pytest.raises(DataError):
        profile(path)


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(NotFoundError) as unknown:
        profile("cyclist")
    assert "wheelchair" in unknown.value.hint
