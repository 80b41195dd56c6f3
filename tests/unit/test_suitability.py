"""Where a cemetery may stand: weights, zones, scores, places and villages, on known ground."""

from __future__ import annotations

import itertools
import math
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import DataError, NotFoundError
from geo.norms import shipped
from geo.store import conform
from geo.terrain import Elevation, Sight
from optimization.suitability import (
    CLASSES,
    Clearance,
    Question,
    Suitability,
    ZoneSet,
    assign,
    class_shares,
    examine,
    formula,
    priority_set,
    read_criteria,
    read_weights,
    study,
    template,
    to_read_again,
    weigh,
    zone_set,
)
from optimization.suitability.audit import audit
from optimization.suitability.capacity import balance, places
from optimization.suitability.criteria import Criterion
from optimization.suitability.exclusion import exclude
from optimization.suitability.grid import lay_grid, regions
from optimization.suitability.measures import Ground, measure, nearest_m, people_within
from optimization.suitability.overlay import overlay, sensitivity

CRS = "EPSG:4547"
ON = date(2025, 6, 1)
NEAR = Sight(curved=False)


def layer(name: str, *rows: dict[str, object]) -> gpd.GeoDataFrame:
    columns = [{k: v for k, v in row.items() if k != "at"} for row in rows]
    shapes = [row["at"] for row in rows]
    return conform(gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS), name)


def zones(*rows: tuple[str, shapely.Geometry]) -> gpd.GeoDataFrame:
    return layer("zone", *({"id": f"z{i}", "name": k, "kind": k, "at": at}
                           for i, (k, at) in enumerate(rows)))  # fmt: skip


def keep(kind: str, distance_m: float | None, *, binding: bool = True) -> Clearance:
    return Clearance(kind, "distance", distance_m, binding, "", "own")


# --- AHP ---------------------------------------------------------------------------------------

DRINKS = ["coffee", "wine", "tea", "beer", "sodas", "milk", "water"]
SAATY_2008 = [
    [1, 9, 5, 2, 1, 1, 1 / 2],
    [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
    [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
    [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [1, 9, 4, 2, 1, 2, 1 / 2],
    [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
    [2, 9, 9, 3, 2, 3, 1],
]
"""Consumption of drinks, judged two by two; Saaty (2008), Decision making with the analytic
hierarchy process, International Journal of Services Sciences 1(1)."""


def test_weights_equal_saatys_published_example() -> None:
    found = weigh(DRINKS, np.array(SAATY_2008))
    published = [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert found.weights == pytest.approx(published, abs=0.0006)
    assert found.consistency_ratio == pytest.approx(0.022, abs=0.001)


def test_comparisons_that_agree_give_their_own_weights() -> None:
    w = np.array([0.5, 0.3, 0.2])
    found = weigh(["a", "b", "c"], w[:, None] / w[None, :])
    assert found.weights == pytest.approx(w)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert found.worst is None


def test_contradictory_comparisons_are_refused_and_the_worst_is_named() -> None:
    a = np.array([[1, 3, 1 / 5], [1 / 3, 1, 3], [5, 1 / 3, 1]])
    with pytest.raises(DataError, match=r"一致性比率 CR = .*最不合群的是") as refused:
        weigh(["坡度", "道路", "人口"], a)
    assert "例如改为" in refused.value.hint
    found = examine(["坡度", "道路", "人口"], a)
    assert found.consistency_ratio > 1


def test_the_comparison_that_was_spoilt_is_the_one_named() -> None:
    w = np.array([8.0, 4, 2, 1, 1])
    a = w[:, None] / w[None, :]
    a[0, 3], a[3, 0] = 1 / 8, 8
    found = examine(list("abcde"), a)
    assert found.worst == ("d", "a")
    assert (found.worst_given, found.worst_fitting) == pytest.approx((8, 1 / 8))


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[1, 3], [3, 1]], "反过来应为 0.333"),
        ([[2, 3], [1 / 3, 1]], "与自身比较应为 1"),
        ([[1, 0], [1, 1]], "空格、零或负数"),
        ([[1, 2]], "应为 2 行 2 列"),
    ],
)
def test_a_matrix_that_is_none_is_refused(matrix: list[list[float]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        weigh(["a", "b"], np.array(matrix, float))


@pytest.mark.parametrize("ending", ["xlsx", "csv", "toml"])
def test_comparisons_are_read_from_a_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"weights.{ending}"
    cells = pd.DataFrame(
        [["1", "3", "5"], [None, "1", "5/3"], [None, None, "1"]],
        index=list("abc"),
        columns=list("abc"),
    )
    if ending == "toml":
        path.write_text(
            'names = ["a", "b", "c"]\nmatrix = [[1, 3, 5], ["1/3", 1, "5/3"], ["1/5", "3/5", 1]]\n',
            "utf-8",
        )
    elif ending == "csv":
        cells.to_csv(path)
    else:
        cells.to_excel(path)
    found = read_weights(path)
    assert found.names == ("a", "b", "c")
    assert found.weights == pytest.approx(np.array([15, 5, 3]) / 23)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,a,b\na,1,3\nc,1,1\n", "不一致"),
        ("x,a,b\na,1,三倍\nb,1,1\n", "不是数"),
        ("x,a,b\na,1,3\nb,3,1\n", "反过来应为"),
    ],
)
def test_a_bad_table_of_comparisons_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.csv").write_text(text, "utf-8")
    with pytest.raises(DataError, match=said):
        read_weights(tmp_path / "w.csv")
    with pytest.raises(NotFoundError, match="没有文件"):
        read_weights(tmp_path / "none.csv")
    (tmp_path / "w.toml").write_text("names = 3", "utf-8")
    with pytest.raises(DataError, match="不是两两比较的矩阵"):
        read_weights(tmp_path / "w.toml")


# --- zones -------------------------------------------------------------------------------------


def test_the_zone_sets_of_haicheng_and_qilin_are_not_the_same_nine() -> None:
    sets = {
        name: zone_set(name, shipped(), area="990101", on=ON, facility="cemetery").clearances
        for name in ("haicheng", "qilin", "shandong", "jinhua", "national", "jb182")
    }
    haicheng, qilin = ({c.kind for c in sets[name]} for name in ("haicheng", "qilin"))
    assert len(haicheng) == len(qilin) == 9
    assert {"farmland", "planned_built", "nature_reserve"} <= haicheng - qilin
    assert {"residential", "development", "basin"} <= qilin - haicheng
    assert {c.distance_m for c in sets["shandong"]} == {0, 500, 2000}
    assert {c.method for c in sets["jinhua"]} == {"sight"}
    assert not any(c.binding for c in (*sets["qilin"], *sets["jb182"]))
    assert all(c.binding for c in (*sets["haicheng"], *sets["shandong"], *sets["jinhua"]))


def test_auto_takes_the_norms_in_force_of_the_place_and_the_day() -> None:
    def auto(area: str, on: date) -> set[str]:
        found = zone_set("auto", shipped(), area=area, on=on, facility="cemetery").clearances
        return {c.norm for c in found if c.binding}

    assert auto("370102", ON) == {"cemetery.shandong", "cemetery.national"}
    assert auto("370102", date(2026, 3, 30)) == {"cemetery.shandong"}
    assert auto("210381", ON) == {"cemetery.zones_haicheng", "cemetery.national"}
    none = zone_set("auto", shipped(), area="370102", on=ON, facility="columbarium")
    assert none.clearances == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[zone]]\nkind = "铁路"\n', "kind 应为"),
        ('[[zone]]\nkind = "rail"\ndistance = 3\n', "不认识的“distance”"),
        ('[[zone]]\nkind = "rail"\ndistance_m = -1\n', "二者取一"),
        ('[[zone]]\nkind = "rail"\ndistance_m = 5\nsight = true\n', "二者取一"),
        ("zones = 3\n", "应由若干"),
        ("[[zone]\n", "不是 TOML"),
    ],
)
def test_a_bad_file_of_zones_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "z.toml").write_text(text, "utf-8")
    with pytest.raises(DataError, match=said):
        zone_set(str(tmp_path / "z.toml"), shipped(), area="99", on=ON, facility="cemetery")


def test_an_unknown_set_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="没有名为“海城”") as refused:
        zone_set("海城", shipped(), area="99", on=ON, facility="cemetery")
    assert "haicheng" in refused.value.hint


def test_a_zone_excludes_every_cell_it_comes_near_and_no_other() -> None:
    grid = lay_grid(shapely.box(0, 0, 2000, 100), 100.0, CRS)
    rail = zones(("rail", shapely.LineString([(1000, -50), (1000, 150)])))
    found = exclude(grid, (keep("rail", 500.0),), rail, ground=None, sight=NEAR)
    assert grid.xy[~found.excluded, 0].tolist() == [50, 150, 250, 350, 1650, 1750, 1850, 1950]
    assert not found.unsettled.any()


def test_a_distance_nobody_stated_excludes_the_zone_itself_and_leaves_the_rest_unsettled() -> None:
    grid = lay_grid(shapely.box(0, 0, 1000, 100), 100.0, CRS)
    rail = zones(("rail", shapely.LineString([(450, -50), (450, 150)])))
    found = exclude(grid, (keep("rail", None), keep("park", 0.0)), rail, ground=None, sight=NEAR)
    assert found.excluded.sum() == 1
    assert found.unsettled.sum() == 9
    assert [ruling.lack for ruling in found.rulings] == ["distance:rail", "zone:park"]


def test_a_draft_is_shown_and_never_excludes() -> None:
    grid = lay_grid(shapely.box(0, 0, 1000, 100), 100.0, CRS)
    homes = zones(("residential", shapely.box(0, 0, 300, 100)))
    draft = keep("residential", 0.0, binding=False)
    found = exclude(grid, (draft,), homes, ground=None, sight=NEAR)
    assert not found.excluded.any()
    assert found.drafted.sum() == 4


def test_ground_in_sight_of_a_road_is_excluded_and_ground_behind_the_hill_is_not() -> None:
    heights = np.zeros((40, 100))
    heights[:, 48:52] = 60.0
    ground = Elevation(heights, 0.0, 800.0, 20.0, CRS, "hill")
    grid = lay_grid(shapely.box(100, 100, 1900, 700), 50.0, CRS)
    road = zones(("trunk_road", shapely.LineString([(1700, 60), (1700, 740)])))
    seen = Clearance("trunk_road", "sight", None, True, "", "own")
    found = exclude(grid, (seen,), road, ground=ground, sight=NEAR)
    x = grid.xy[:, 0]
    assert found.excluded[x > 1060].all()
    assert not found.excluded[x < 900].any()
    unknown = exclude(grid, (seen,), road, ground=None, sight=NEAR)
    assert unknown.unsettled.all()
    assert unknown.rulings[0].lack == "layer:elevation"


# --- grid, measures, scores --------------------------------------------------------------------


def test_connected_parts_are_those_of_a_plain_flood_fill() -> None:
    rng = np.random.default_rng(5)
    grid = lay_grid(shapely.box(0, 0, 300, 200), 10.0, CRS)
    kept = rng.random(len(grid)) < 0.55
    label, count = regions(grid, kept)
    picture = grid.laid_out(np.where(kept, 1, 0), 0).astype(bool)
    seen = np.full(picture.shape, -1)
    parts = 0
    for start in zip(*np.nonzero(picture), strict=True):
        if seen[start] >= 0:
            continue
        stack = [start]
        while stack:
            r, c = stack.pop()
            if 0 <= r < 20 and 0 <= c < 30 and picture[r, c] and seen[r, c] < 0:
                seen[r, c] = parts
                stack += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
        parts += 1
    assert count == parts
    assert (label == seen[grid.row, grid.column]).all()


def test_a_grid_too_fine_and_one_too_coarse_are_refused() -> None:
    with pytest.raises(DataError, match="太多了"):
        lay_grid(shapely.box(0, 0, 1e6, 1e6), 10.0, CRS)
    with pytest.raises(DataError, match="还小"):
        lay_grid(shapely.box(1, 1, 2, 2), 100.0, CRS)
    with pytest.raises(DataError, match="不能是 0 米"):
        lay_grid(shapely.box(0, 0, 9, 9), 0.0, CRS)


def test_people_around_are_those_counted_one_by_one() -> None:
    rng = np.random.default_rng(2)
    grid = lay_grid(shapely.box(0, 0, 1000, 800), 50.0, CRS)
    xy = np.floor(rng.uniform(-300, 1300, (60, 2)) / 50) * 50 + 25
    people = rng.integers(1, 99, 60).astype(float)
    found = people_within(grid, xy, people, 260.0)
    for at in range(0, len(grid), 37):
        away = np.hypot(*(xy - grid.xy[at]).T)
        assert found[at] == people[away <= 260 + 1e-6].sum()


def test_distances_are_those_to_the_nearest_shape_and_none_inside_an_area() -> None:
    rng = np.random.default_rng(1)
    shapes = np.array([
        shapely.box(10, 10, 30, 40),
        shapely.LineString([(60, 0), (80, 50), (60, 90)]),
        shapely.Point(5, 95),
    ])  # fmt: skip
    xy = rng.uniform(0, 100, (200, 2))
    expected = shapely.distance(shapely.points(xy)[:, None], shapes[None, :]).min(axis=1)
    assert nearest_m(xy, shapes) == pytest.approx(expected)


def test_slope_without_heights_is_unknown_and_the_others_decide() -> None:
    criteria = read_criteria(None, "cemetery")
    grid = lay_grid(shapely.box(0, 0, 500, 500), 50.0, CRS)
    frames = {
        "compound": layer("compound", {"id": "e", "name": "e", "population": 9000,
                                       "at": shapely.Point(900, 250)}),
        "zone": zones(("park", shapely.box(0, 0, 100, 100))),
    }  # fmt: skip
    streets = np.array([shapely.LineString([(0, 0), (500, 0)])])
    measured = [measure(grid, Ground(frames, streets, None), c) for c in criteria.criteria]
    assert [m.lack for m in measured] == ["layer:elevation", "", "", "", ""]
    found = overlay(criteria, measured, np.zeros(len(grid), bool))
    assert not np.isnan(found.score).any()
    assert found.most - found.least == pytest.approx(100 * criteria.weights[0])
    assert (found.least <= found.score + 1e-9).all()
    assert (found.score <= found.most + 1e-9).all()
    flat = Elevation(np.zeros((60, 60)), -100.0, 600.0, 20.0, CRS, "flat")
    known = [measure(grid, Ground(frames, streets, flat), c) for c in criteria.criteria]
    assert known[0].value == pytest.approx(0)
    assert overlay(criteria, known, np.zeros(len(grid), bool)).firm.all()


def test_a_score_between_two_points_lies_on_the_line_between_them() -> None:
    slope = Criterion("s", "坡", "s", "slope_degrees", 1.0, points=((0, 100), (10, 50), (20, 0)))
    assert slope.score(np.array([-5, 0, 5, 10, 15, 99.0]))[:6] == pytest.approx(
        [100, 100, 75, 50, 25, 0]
    )


def test_what_is_always_or_never_on_top_agrees_with_every_draw() -> None:
    criteria = read_criteria(None, "cemetery")
    rng = np.random.default_rng(4)
    n = 400
    measured = []
    for c in criteria.criteria:
        score = rng.choice([0.0, 50, 70, 75, 80, 100], n)
        measured.append(type("M", (), {"score": score, "criterion": c})())
    steady = sensitivity(criteria, measured, np.zeros(n, bool), draws=300, seed=1)
    again = sensitivity(criteria, measured, np.zeros(n, bool), draws=300, seed=1)
    assert (steady.top_share == again.top_share).all()
    weights = criteria.weights
    scores = np.array([m.score for m in measured])
    corners = [
        (weights * factor) @ scores / (weights * factor).sum()
        for factor in itertools.product([0.8, 1.2], repeat=len(weights))
    ]
    lowest, highest = np.min(corners, axis=0), np.max(corners, axis=0)
    assert (steady.always == (lowest >= criteria.high - 1e-9)).all()
    assert (steady.never == (highest < criteria.high - 1e-9)).all()
    assert (steady.top_share[steady.always] == 1).all()
    assert (steady.top_share[steady.never] == 0).all()
    assert 0 < np.mean(~steady.always & ~steady.never) < 1


def test_shares_of_the_area_by_class_add_to_the_whole() -> None:
    level = np.array([0, 1, 1, 2, 4, 4, 4, 5], np.int8)
    shares = class_shares(level, 2500.0)
    assert [name for name, *_ in shares] == list(CLASSES)
    assert sum(share for *_, share in shares) == pytest.approx(1)
    assert sum(area for _, _, area, _ in shares) == 8 * 2500


# --- criteria files ----------------------------------------------------------------------------


@pytest.mark.parametrize("facility", ["cemetery", "columbarium"])
def test_the_template_is_a_file_of_criteria(tmp_path: Path, facility: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(template(facility), "utf-8")  # type: ignore[arg-type]
    own, shipped_ones = (read_criteria(p, facility) for p in (path, None))  # type: ignore[arg-type]
    assert own.criteria == shipped_ones.criteria
    assert own.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('measure = "slope_degrees"', 'measure = "steepness"', "measure 应为"),
        ("weight = 0.30", "weight = -1", "weight 应为"),
        ("weight = 0.30", "wieght = 1", "不认识“wieght”"),
        ("[[0, 90], [3, 100]", "[[3, 90], [3, 100]", "数值递增"),
        ("[[0, 90], [3, 100]", "[[0, 190], [3, 100]", "得分 0 至 100"),
        ('to = "street"\nweight', 'to = "roads"\nweight', "to 应为"),
        ('to = "street"\n', "", "缺少 to"),
        ("within_m = 5000", "within_m = 0", "within_m 应为正数"),
        ("forest = 20", "woods = 20", "不认识“woods”"),
        ("high = 75", "high = 50", "100 ≥ high"),
        ("most = 12", "most = 0", "most 应为正数"),
        ('id = "street"', 'id = "slope"', "写了两次"),
        ('facility = "cemetery"', 'facility = "columbarium"', "是给 columbarium 用的"),
        ("[classes]", "[class]", r"没有 \[classes\]"),
    ],
)
def test_a_bad_file_of_criteria_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = template("cemetery")
    assert old in text
    (tmp_path / "c.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DataError, match=said):
        read_criteria(tmp_path / "c.toml", "cemetery")


def test_weights_of_other_criteria_are_refused() -> None:
    criteria = read_criteria(None, "cemetery")
    with pytest.raises(DataError, match="“风水”不是准则；缺少“land”的权重"):
        criteria.weighted({"slope": 1, "street": 1, "homes": 1, "reached": 1, "风水": 1})


# --- places needed -----------------------------------------------------------------------------


def test_the_factors_come_from_the_norm_and_say_where_it_is_in_force() -> None:
    anhui = formula(shipped(), area="340207", on=ON)
    elsewhere = formula(shipped(), area="210381", on=ON)
    assert (anhui.years, anhui.share, anhui.in_force) == (20, 0.5, True)
    assert not elsewhere.in_force
    assert "参照DB34/T 4180-2022" in elsewhere.statement
    assert formula(shipped(), area="34", on=ON, years=30).years == 30
    with pytest.raises(DataError, match="年数不能是"):
        formula(shipped(), area="34", on=ON, years=0)


def test_eight_thousand_niches_serve_114_286_people_at_seven_deaths_a_thousand() -> None:
    use = formula(shipped(), area="340207", on=ON)
    people = np.array([114_285.0, 114_286.0, 10_000.0, np.nan])
    assert use.needed(people, np.full(4, 7.0))[:3].tolist() == [8000, 8001, 700]
    assert math.isnan(use.needed(people, np.full(4, 7.0))[3])


def test_needs_and_places_of_a_township_are_the_sums_of_its_communities() -> None:
    use = formula(shipped(), area="340207", on=ON)
    units = pd.DataFrame({
        "code": ["a1", "a2", "b1"],
        "township_code": ["a", "a", "b"],
        "population": [1001.0, 2002.0, 500.0],
        "deaths_permille": [7.0, 8.0, np.nan],
    })  # fmt: skip
    supply = pd.DataFrame({"community_code": ["a1", "a2"], "places": [50.0, 100.0]})
    found = balance(units, supply, use, by="township_code").set_index("code")
    by_hand = math.ceil(1001 * 0.007 * 10 + 2002 * 0.008 * 10)
    assert found.loc["a", ["needed", "places", "short"]].tolist() == [by_hand, 150, by_hand - 150]
    assert math.isnan(found.loc["b", "needed"])


def test_places_are_those_of_public_sites_in_service() -> None:
    here = shapely.Point(0, 0)
    found = places(
        {
            "cemetery": layer(
                "cemetery",
                {"id": "a", "name": "a", "public_benefit": True, "plots": 10, "niches": 5,
                 "at": here},
                {"id": "b", "name": "b", "public_benefit": False, "plots": 10, "at": here},
                {"id": "c", "name": "c", "public_benefit": True, "at": here},
                {"id": "d", "name": "d", "public_benefit": True, "plots": 3, "status": "closed",
                 "at": here},
            ),
            "columbarium": layer(
                "columbarium",
                {"id": "e", "name": "e", "public_benefit": True, "niches": 8000, "at": here},
            ),
        },
        ON,
    )  # fmt: skip
    assert found["id"].tolist() == ["a", "c", "e"]
    assert found["places"].tolist()[::2] == [15, 8000]
    assert math.isnan(found["places"][1])


# --- villages ----------------------------------------------------------------------------------


def brute_force(
    needed: np.ndarray, first: np.ndarray, capacity: np.ndarray, distance_m: np.ndarray, far: float
) -> tuple[float, float, float]:
    best = (-1.0, -1.0, 0.0)
    for choice in itertools.product(range(-1, len(capacity)), repeat=len(needed)):
        load = np.zeros(len(capacity))
        metres = 0.0
        for village, place in enumerate(choice):
            if place >= 0:
                load[place] += needed[village]
                metres += needed[village] * distance_m[village, place]
        reachable = all(p < 0 or distance_m[v, p] <= far for v, p in enumerate(choice))
        if reachable and (load <= capacity).all():
            served = np.array([p >= 0 for p in choice])
            found = (needed[served & first].sum(), needed[served].sum(), -metres)
            best = max(best, found)
    return best[0], best[1], -best[2]


@pytest.mark.parametrize("seed", range(12))
def test_villages_get_what_trying_every_assignment_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 7)), int(rng.integers(1, 4))
    needed = rng.integers(1, 30, n).astype(float)
    first = rng.random(n) < 0.4
    capacity = rng.integers(5, 60, m).astype(float)
    distance_m = rng.integers(1, 100, (n, m)).astype(float)
    found = assign(needed, first, capacity, distance_m, farthest_m=80.0)
    expected = brute_force(needed, first, capacity, distance_m, 80.0)
    assert (found.served_priority, found.served, found.place_metres) == pytest.approx(expected)
    assert found.proven


def test_a_village_that_comes_first_takes_the_last_places_from_a_nearer_one() -> None:
    found = assign(
        np.array([10.0, 8.0]), np.array([False, True]), np.array([10.0]),
        np.array([[5.0], [900.0]]), farthest_m=1000,
    )  # fmt: skip
    assert found.place.tolist() == [-1, 0]


def test_nobody_is_sent_too_far_and_unknown_needs_are_refused() -> None:
    far = assign(
        np.array([1.0]), np.array([True]), np.array([9.0]), np.array([[50.0]]), farthest_m=9
    )
    assert far.place.tolist() == [-1]
    with pytest.raises(DataError, match="都须已知"):
        assign(
            np.array([np.nan]), np.array([True]), np.array([9.0]), np.array([[5.0]]), farthest_m=9
        )


# --- existing sites ----------------------------------------------------------------------------


def test_an_existing_cemetery_is_told_which_zone_it_breaks_and_by_how_many_metres() -> None:
    graves = layer("cemetery", {"id": "g", "name": "老公墓", "at": shapely.Point(0, 0)})
    around = zones(
        ("rail", shapely.LineString([(300, -900), (300, 900)])),
        ("scenic", shapely.box(-4000, -10, -2500, 10)),
        ("trunk_road", shapely.LineString([(0, 700), (9, 700)])),
    )
    asked = (
        keep("rail", 500.0), keep("scenic", 2000.0), keep("trunk_road", None), keep("park", 0.0),
        Clearance("rail", "sight", None, True, "", "own"),
    )  # fmt: skip
    flat = Elevation(np.zeros((300, 500)), -5000.0, 3000.0, 20.0, CRS, "flat")
    found = audit(graves, asked, around, ground=flat, sight=NEAR)
    by = found.set_index(found["kind"] + "/" + found["method"])
    assert by.loc["rail/distance", ["finding", "distance_m", "short_m"]].tolist() == [
        "breaks", 300, 200,
    ]  # fmt: skip
    assert by.loc["scenic/distance", "finding"] == "keeps"
    assert by.loc["trunk_road/distance", ["finding", "lacks"]].tolist() == [
        "unknown", "distance:trunk_road",
    ]  # fmt: skip
    assert by.loc["park/distance", "lacks"] == "zone:park"
    assert by.loc["rail/sight", ["finding", "distance_m"]].tolist() == ["breaks", 300]
    assert found["finding"].tolist() == ["breaks", "breaks", "unknown", "unknown", "keeps"]
    dark = audit(graves, asked[-1:], around, ground=None, sight=NEAR)
    assert dark["lacks"].tolist() == ["layer:elevation"]


# --- everything together -----------------------------------------------------------------------


def small_county() -> dict[str, gpd.GeoDataFrame]:
    west, east = shapely.box(0, 0, 2000, 2000), shapely.box(2000, 0, 4000, 2000)
    village = {"kind": "village", "deaths_permille": 7.0}
    return {
        "county": layer(
            "county", {"code": "340207", "name": "县", "at": shapely.box(0, 0, 4000, 2000)}
        ),
        "community": layer(
            "community",
            {"code": "340207100200", "name": "西村", "population": 2000, "at": west, **village},
            {"code": "340207100201", "name": "东村", "population": 3000, "at": east, **village},
        ),
        "zone": zones(("rail", shapely.LineString([(3000, 0), (3000, 2000)]))),
        "compound": layer("compound", {"id": "x", "name": "x", "population": 5000,
                                       "at": shapely.Point(3500, 1000)}),
        "cemetery": layer("cemetery", {"id": "g", "name": "老公墓", "public_benefit": True,
                                       "plots": 150, "at": shapely.Point(3100, 900)}),
    }  # fmt: skip


def answer(frames: dict[str, gpd.GeoDataFrame], **changes: object) -> Suitability:
    own = ZoneSet("own", "own", (keep("rail", 500.0),))
    question = Question(
        criteria=read_criteria(None, "cemetery"),
        zones=own,
        priority=own,
        formula=formula(shipped(), area="340207", on=ON),
        on=ON,
        **changes,  # type: ignore[arg-type]
    )
    return study(question, frames, network=None, elevation=None)


def test_a_small_county_from_zones_to_villages() -> None:
    found = answer(small_county(), cell_m=50.0)
    assert len(found.grid) == 80 * 40
    assert found.exclusions.excluded.mean() == pytest.approx(22 * 50 / 4000)
    assert found.audit["short_m"].tolist() == [400]
    villages = found.villages.table.set_index("name")
    assert villages.loc["东村", ["priority", "zones", "needed"]].tolist() == [True, "rail", 210]
    assert not villages.loc["西村", "priority"]
    assert found.balance.loc[0, ["needed", "places", "short"]].tolist() == [350, 150, 200]
    assert found.villages.assigned is not None
    assert found.villages.assigned.served == 350
    assert found.areas["rank"].tolist() == list(range(1, len(found.areas) + 1))
    assert found.areas["score"].is_monotonic_decreasing
    assert (found.areas["area_m2"] >= 6700).all()


def test_the_same_question_has_the_same_answer() -> None:
    first, second = (answer(small_county(), cell_m=100.0) for _ in range(2))
    assert (first.sensitivity.top_share == second.sensitivity.top_share).all()
    assert first.areas.equals(second.areas)
    assert first.villages.table.equals(second.villages.table)


@pytest.mark.parametrize("layer_name", ["zone", "community"])
def test_without_zones_or_communities_it_is_said_what_to_import(layer_name: str) -> None:
    frames = small_county()
    del frames[layer_name]
    with pytest.raises(NotFoundError, match="没有图层") as refused:
        answer(frames)
    assert f"fuwuquan import {layer_name}" in refused.value.hint


def test_villages_without_deaths_have_unknown_needs() -> None:
    frames = small_county()
    frames["community"] = frames["community"].assign(
        deaths_permille=pd.array([None, None], dtype="Float64")
    )
    found = answer(frames, cell_m=100.0)
    assert found.villages.table["needed"].isna().all()
    assert found.villages.assigned is None
    given = answer(frames, cell_m=100.0, deaths_permille=7.0)
    assert given.villages.table["needed"].sum() == 350


def test_a_draft_makes_no_village_come_first() -> None:
    draft = zone_set("qilin", shipped(), area="330782", on=ON, facility="cemetery")
    assert priority_set(draft, shipped(), area="330782", on=ON).clearances == ()
    haicheng = priority_set(draft, shipped(), area="210381", on=ON)
    assert len(haicheng.clearances) == 9
    assert "海城市民政局" in haicheng.label


def test_norms_that_must_be_read_again_are_announced_from_their_day() -> None:
    (said,) = to_read_again(shipped(), area="340207", on=date(2026, 3, 30))
    assert "殡葬规范须重新核对（自 2026-03-30 起）" in said
    assert to_read_again(shipped(), area="340207", on=date(2026, 3, 29)) == ()
