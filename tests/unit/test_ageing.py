"""Elders of a year to come: cohorts carried on, small places steadied, totals exact."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import typer

from api.cli import ageing as command
from geo.ageing import age_table, aged, cohort_ratios, project, read_projection, shrunk
from geo.ageing.places import TOTALS
from geo.checks import import_file
from geo.coverage import answer, ask, read_inputs
from geo.demand import Places
from geo.errors import DataError, NotFoundError
from geo.store import Origin, Workspace, conform
from geo.store.tables import write_table

Lay = Callable[..., gpd.GeoDataFrame]

ON = date(2026, 5, 1)
X, Y = 500_000, 3_300_000
TOWN = "340207001"


def rows(code: str, year: int, persons: list[float], sex: str | None = None) -> pd.DataFrame:
    """Rows of five-year groups from 0, the last one open."""
    ages = np.arange(len(persons)) * 5
    return pd.DataFrame(
        {
            "community_code": code,
            "year": year,
            "sex": sex,
            "age_from": ages,
            "age_to": pd.array([*(ages[:-1] + 4), None], dtype="Int64"),
            "persons": persons,
        }
    )


def both(code: str, before: list[float], after: list[float]) -> pd.DataFrame:
    return pd.concat([rows(code, 2015, before), rows(code, 2020, after)], ignore_index=True)


FIRST = [100.0, 110, 120, 130, 140, 150, 160, 150, 140, 130, 120, 110, 100, 60, 40]
SECOND = [90.0, 99, 110, 126, 117, 133, 165, 160, 147, 133, 128, 114, 105, 80, 60]
"""Ages 0–4 … 65–69, 70 and over; worked by hand below."""


def one_place(year: int, *, age: int = 60, total: int | None = None) -> float:
    table = age_table(both("a", FIRST, SECOND))
    found = project(table, year=year, age_from=np.array([age]), towns=np.array([-1]), total=total)
    return float(found.elders[0])


def test_a_cohort_is_carried_by_its_own_ratio_as_worked_by_hand() -> None:
    # 60–64 in 2025: those of 55–59 in 2020 (114) times 105 / 110, the ratio 2015–2020.
    by_hand_60 = 114 * 105 / 110
    # 65–69: 105 × 80 / 100; 70 and over: (80 + 60) × 60 / (60 + 40).
    by_hand_65 = 105 * 80 / 100
    by_hand_70 = (80 + 60) * 60 / (60 + 40)
    assert one_place(2025) == round(by_hand_60 + by_hand_65 + by_hand_70)
    assert one_place(2025, age=65) == round(by_hand_65 + by_hand_70)
    assert one_place(2025, age=70) == round(by_hand_70)


def test_children_come_from_women_of_mothers_ages() -> None:
    table = age_table(both("a", FIRST, SECOND))
    ratios = cohort_ratios(table, towns=np.array([-1]))
    assert ratios.ratio[0, 0, 0] == pytest.approx(90 / sum(SECOND[3:10]))
    assert ratios.ratio[0, 0, 1] == pytest.approx(99 / 100)
    assert ratios.ratio[0, 0, -1] == pytest.approx(60 / (60 + 40))


def test_a_year_between_two_steps_lies_on_the_line_between_them() -> None:
    assert one_place(2020) == sum(SECOND[12:])
    assert one_place(2023) == pytest.approx(
        sum(SECOND[12:]) + 0.6 * (114 * 105 / 110 + 84 + 84 - sum(SECOND[12:])), abs=0.5
    )
    assert one_place(2017) == pytest.approx(0.6 * sum(FIRST[12:]) + 0.4 * sum(SECOND[12:]), abs=0.5)


def test_two_steps_use_the_same_ratios_twice() -> None:
    step = [0.0] * 15
    for g in range(1, 14):
        step[g] = SECOND[g - 1] * SECOND[g] / FIRST[g - 1]
    step[14] = (SECOND[13] + SECOND[14]) * SECOND[14] / (FIRST[13] + FIRST[14])
    second = [step[g - 1] * SECOND[g] / FIRST[g - 1] for g in (12, 13)]
    last = (step[13] + step[14]) * SECOND[14] / (FIRST[13] + FIRST[14])
    assert one_place(2030) == round(sum(second) + last)


def test_a_given_total_is_kept_exactly() -> None:
    assert one_place(2025, total=500) == 500


def test_tables_ten_years_apart_move_cohorts_by_two_groups() -> None:
    frame = pd.concat([rows("a", 2010, FIRST), rows("a", 2020, SECOND)], ignore_index=True)
    found = project(age_table(frame), year=2030, age_from=np.array([60]), towns=np.array([0]))
    by_hand = SECOND[10] * SECOND[12] / FIRST[10] + SECOND[11] * SECOND[13] / FIRST[11]
    by_hand += sum(SECOND[12:]) * SECOND[14] / sum(FIRST[12:])
    assert found.elders[0] == round(by_hand)
    with pytest.raises(DataError, match="相差 7 年"):
        project(
            age_table(pd.concat([rows("a", 2013, FIRST), rows("a", 2020, SECOND)])),
            year=2025,
            age_from=np.array([60]),
            towns=np.array([0]),
        )


def test_a_hamlet_takes_its_townships_ratio_and_a_town_keeps_its_own() -> None:
    # Nine towns that truly differ, one hamlet whose three people all went away.
    rng = np.random.default_rng(3)
    base = np.array([4000.0] * 9 + [3.0])[:, None, None]
    true = np.append(rng.uniform(0.7, 1.1, 9), 0.9)[:, None, None]
    counts = base * true
    counts[-1] = 0
    centre = np.full_like(base, counts.sum() / base.sum())
    ratio, variance, weight = shrunk(counts, base, centre)
    assert weight[:9].min() > 0.9
    assert np.abs(ratio[:9] - true[:9]).max() < 0.02
    assert weight[-1, 0, 0] < 0.2
    assert ratio[-1, 0, 0] > 0.7
    assert variance[-1, 0, 0] > variance[0, 0, 0]


def test_places_that_differ_by_chance_alone_all_take_the_centre() -> None:
    rng = np.random.default_rng(5)
    base = np.full((40, 1, 1), 100.0)
    counts = rng.poisson(90.0, base.shape).astype(float)
    centre = np.full_like(base, counts.sum() / base.sum())
    _, _, weight = shrunk(counts, base, centre)
    assert weight.max() < 0.35


def test_the_interval_holds_most_of_what_came_true() -> None:
    rng = np.random.default_rng(11)
    n, groups = 150, 16
    start = rng.integers(30, 120, (n, groups)).astype(float)
    survival = np.linspace(1.0, 0.6, groups)[None, :] * rng.lognormal(0, 0.08, (n, 1))
    tables = [start]
    for _ in range(2):
        last = tables[-1]
        moved = np.column_stack([last[:, 0], last[:, :-2], last[:, -2:].sum(axis=1)])
        tables.append(rng.poisson(moved * survival).astype(float))
    frame = pd.concat(
        [
            rows(f"c{i:03d}", year, list(table[i]))
            for year, table in zip((2015, 2020), tables[:2], strict=True)
            for i in range(n)
        ]
    )
    found = project(
        age_table(frame), year=2025, age_from=np.full(n, 60), towns=np.zeros(n, np.int64),
        total=int(tables[2][:, 12:].sum()),
    )  # fmt: skip
    truth = tables[2][:, 12:].sum(axis=1)
    inside = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.72 <= inside <= 0.93


def test_more_than_two_tables_tell_how_the_total_may_differ() -> None:
    older = [p * 1.1 for p in FIRST]
    frame = pd.concat([rows("a", 2010, older), both("a", FIRST, SECOND)], ignore_index=True)
    found = project(age_table(frame), year=2025, age_from=np.array([60]), towns=np.array([0]))
    assert found.total_low is not None
    assert found.total_high is not None
    assert found.total_low < found.total <= found.total_high
    alone = project(
        age_table(both("a", FIRST, SECOND)),
        year=2025, age_from=np.array([60]), towns=np.array([0]),
    )  # fmt: skip
    assert alone.total_low is None


def test_single_years_of_age_are_added_up_and_the_lowest_open_age_counts() -> None:
    fine = pd.DataFrame(
        {
            "community_code": "a",
            "year": 2015,
            "sex": None,
            "age_from": range(86),
            "age_to": pd.array([*range(85), None], dtype="Int64"),
            "persons": 2,
        }
    )
    coarse = rows("a", 2020, [10.0] * 14 + [30.0])
    table = age_table(pd.concat([fine, coarse], ignore_index=True))
    assert table.open_age == 70
    assert table.persons[0, 0, 0].tolist() == [10] * 14 + [2 * 16]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda f: f.drop(index=3), "有缺组"),
        (lambda f: f[f["year"] == 2015], "只有 2015 年一次"),
        (lambda f: pd.concat([f, rows("b", 2015, FIRST)]), "缺 2020 年：b"),
        (lambda f: f.assign(age_to=f["age_to"].fillna(74)), "缺少“及以上”"),
        (lambda f: f.assign(persons=f["persons"].mask(f.index == 2)), "人数为空：a"),
        (lambda f: f.assign(persons=f["persons"].mask(f.index == 2, -1)), "人数为负：a"),
        (lambda f: f.assign(age_to=f["age_to"].mask(f.index == 2, 15)), "跨了五岁一组"),
        (lambda f: f.assign(sex=pd.Series([None, *["male"] * 29])), "有的行填了性别"),
        (lambda f: f.assign(sex="male"), "只有一种性别"),
        (lambda f: pd.concat([f, f.iloc[[4]]]), "重叠"),
        (lambda f: f.iloc[:0], "没有任何一行"),
    ],
)
def test_ages_that_cannot_be_used_are_refused_with_the_place(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        project(
            age_table(spoil(both("a", FIRST, SECOND))),
            year=2025, age_from=np.array([60]), towns=np.array([0]),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"year": 2014}, "目标年份 2014 不在 2015～2040 之间"),
        ({"year": 2041}, "目标年份 2041"),
        ({"age": 63}, "起始年龄 63 不是 5 的倍数"),
        ({"age": 80}, "高于表中的 70 岁"),
        ({"total": -1}, "总数不能是 -1"),
    ],
)
def test_questions_that_cannot_be_answered_are_refused(
    asked: dict[str, int], complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        one_place(asked.get("year", 2025), age=asked.get("age", 60), total=asked.get("total"))


def sheet(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows as a planner's table."""
    return pd.DataFrame(
        {
            "社区代码": frame["community_code"],
            "年份": frame["year"],
            "起始年龄": frame["age_from"],
            "终止年龄": frame["age_to"],
            "人数": frame["persons"],
        }
    )


@pytest.fixture
def workspace(lay: Lay, tmp_path: Path) -> Workspace:
    """Two communities of one township, three compounds, a station, a street."""
    opened = Workspace.create(tmp_path / "w")
    counted = {"elders_basis": "registered", "elders_age_from": 60}
    line = shapely.LineString([(X, Y), (X + 3000, Y)])
    frames = {
        "county": lay("county", {"code": "340207", "at": (X, Y - 500, X + 3000, Y + 500)}),
        "township": lay(
            "township",
            {"code": TOWN, "elders": 380, "at": (X, Y - 500, X + 3000, Y + 500)},
        ),
        "community": lay(
            "community",
            {"code": TOWN + "001", "elders": 245, "at": (X, Y - 500, X + 1500, Y + 500)} | counted,
            {"code": TOWN + "002", "elders": 135, "at": (X + 1500, Y - 500, X + 3000, Y + 500)}
            | counted,
        ),
        "compound": lay(
            "compound",
            {"id": "a", "households": 5, "elders": 200, "at": (X + 100, Y)},
            {"id": "b", "households": 5, "elders": 45, "at": (X + 1400, Y)},
            {"id": "c", "households": 5, "at": (X + 2900, Y)},
        ),
        "elder_station": lay("elder_station", {"id": "s", "at": (X, Y)}),
        "street": conform(
            gpd.GeoDataFrame({"class": ["residential"]}, geometry=[line], crs="EPSG:4547"),
            "street",
        ),
    }
    for name, frame in frames.items():
        opened.write(name, frame.to_crs("EPSG:4490"), origin=Origin(source="t", written_on=ON))
    return opened


def with_ages(workspace: Workspace, tmp_path: Path, *codes: str) -> Workspace:
    ages = pd.concat(
        [both(TOWN + code, FIRST, SECOND) for code in codes or ("001", "002")], ignore_index=True
    )
    path = write_table(tmp_path / "ages.xlsx", {"年龄": sheet(ages)})[0]
    read = import_file(workspace, path, "分年龄人口", datum="cgcs2000", on=ON)
    assert len(read.quarantined) == 0
    return workspace


def test_a_table_of_ages_is_imported_without_coordinates(
    workspace: Workspace, tmp_path: Path
) -> None:
    with_ages(workspace, tmp_path)
    kept = workspace.read("age_structure")
    assert len(kept) == 60
    assert kept["id"].iloc[0] == f"{TOWN}001-2015--0"
    assert kept.geometry.iloc[0].within(workspace.read("community").geometry.iloc[0])


def test_unknown_codes_and_repeated_rows_of_ages_are_quarantined(
    workspace: Workspace, tmp_path: Path
) -> None:
    ages = pd.concat([both(TOWN + "001", FIRST, SECOND), rows("340207009001", 2015, [1.0] * 4)])
    path = write_table(tmp_path / "a.xlsx", {"年龄": sheet(pd.concat([ages, ages.iloc[[0]]]))})[0]
    read = import_file(workspace, path, "age_structure", datum="cgcs2000", on=ON)
    assert len(read.quarantined) == 5
    assert {"no_place", "duplicate_key"} <= {fault.code for fault in read.faults}
    bare = Workspace.create(tmp_path / "bare")
    with pytest.raises(DataError, match="要先有“社区（村）”层"):
        import_file(bare, path, "age_structure", datum="cgcs2000", on=ON)


def test_compounds_and_units_grow_with_their_community(
    workspace: Workspace, tmp_path: Path
) -> None:
    with_ages(workspace, tmp_path)
    frames = {n: workspace.read(n) for n in ("community", "township", "county", "compound")}
    before = frames["compound"]["elders"].tolist()
    found = aged(workspace, Places(crs=workspace.working_crs, **frames), year=2025, on=ON)
    total = found.projection.total
    assert found.places.community is not None
    assert found.places.township is not None
    assert found.places.compound is not None
    assert found.places.community["elders"].sum() == total
    assert found.places.township["elders"].tolist() == [total]
    elders = found.places.compound.set_index("id")["elders"]
    here = int(found.projection.elders[0])
    assert elders["a"] + elders["b"] == here
    assert elders["a"] == round(here * 200 / 245)
    assert pd.isna(elders["c"])  # takes what its community has
    assert frames["compound"]["elders"].tolist() == before


def test_coverage_as_of_a_year_counts_the_elders_of_that_year(
    workspace: Workspace, tmp_path: Path
) -> None:
    with_ages(workspace, tmp_path)
    now = answer(today := ask("elder_station", on=ON), read_inputs(workspace, today))
    asked = ask("elder_station", on=ON, as_of=2025)
    inputs = read_inputs(workspace, asked)
    later = answer(asked, inputs)
    projection, _ = read_projection(workspace, year=2025, on=ON)
    assert now.headline()["total"] == 380
    assert later.headline()["total"] == projection.total
    assert later.provenance.as_of == 2025
    assert "age_structure" in later.provenance.layers
    assert "2025 年推算" in later.conditions
    assert "2025 年推算" in later.headline()["denominator"]
    assert "推算" not in now.conditions


def test_a_community_without_ages_grows_like_its_township_and_is_named(
    workspace: Workspace, tmp_path: Path
) -> None:
    with_ages(workspace, tmp_path, "001")
    places = Places(crs=workspace.working_crs, community=workspace.read("community"))
    found = aged(workspace, places, year=2025, on=ON)
    assert found.places.community is not None
    growth = found.projection.elders[0] / found.projection.base[0]
    assert found.places.community["elders"].iloc[1] == round(135 * growth)
    assert [f.code for f in found.faults] == ["age_structure_missing"]


def test_ages_that_count_other_elders_than_the_communities_are_reported(
    workspace: Workspace, tmp_path: Path
) -> None:
    with_ages(workspace, tmp_path)
    _, faults = read_projection(workspace, year=2025, on=ON)
    assert [fault.code for fault in faults] == ["age_total_differs"]


def test_without_ages_the_message_says_how_to_bring_them(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="分年龄人口") as missing:
        read_inputs(workspace, ask("elder_station", on=ON, as_of=2030))
    assert "fuwuquan template age_structure" in missing.value.hint


def test_the_command_keeps_the_table_and_the_total_for_later(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_ages(workspace, tmp_path)
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)

    def run(*words: str) -> str:
        given = ["ageing", "2025", "-w", str(workspace.folder), "--on", "2026-05-01", *words]
        app(args=given, standalone_mode=False)
        return capsys.readouterr().out

    found = json.loads(run("--total", "700", "--json"))
    assert found["total"] == 700
    assert sum(row["elders"] for row in found["communities"]) == 700
    assert workspace.settings[TOTALS] == {"2025": 700}
    asked = ask("elder_station", on=ON, as_of=2025)
    assert answer(asked, read_inputs(workspace, asked)).headline()["total"] == 700
    kept = workspace.read_result("ageing_2025")
    assert kept["elders"].sum() == 700
    assert "合计" in run("--total", "0")
    assert workspace.settings[TOTALS] == {}
