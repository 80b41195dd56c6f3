"""Laws of the rules of naming: no text breaks them, what is taken is blocked, overlays tighten."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError
from geo.gazetteer.rules import Proposal, Standing, check_name, laid_out, pack
from geo.gazetteer.rules.model import VERDICTS
from geo.gazetteer.rules.pack import Pack, laid
from geo.gazetteer.rules.sound import alike, ways

DAY = date(2026, 5, 1)
AREA = shapely.box(103.1, 23.3, 103.2, 23.4)
CLASSES: Final = ("23200", "22100", "26000", "21600", "21000", "23600", "12200", "99999", "")
STEMS = st.text("建金锦银设湖社阳明华长朝和中山东西一二", min_size=1, max_size=3)
TEXTS = st.builds(lambda stem, end: stem + end, STEMS, st.sampled_from(["路", "街", "巷", "大道"]))
POINTS = st.builds(shapely.Point, st.floats(103.11, 103.19), st.floats(23.31, 23.39))


def standing_of(rows: list[tuple[str, str, shapely.Geometry]]) -> Standing:
    cells = [
        {
            "name_id": f"n{at}",
            "place_id": f"p{at}",
            "text": text,
            "kind": "standard",
            "class_code": code,
            "division_code": "532501001",
            "reading": "",
            "reading_source": "",
        }
        for at, (text, code, _) in enumerate(rows)
    ]
    shapes = [row[2] for row in rows]
    frame = gpd.GeoDataFrame(pd.DataFrame(cells), geometry=shapes, crs="EPSG:4490")
    return laid_out(frame, built_up=[AREA])


@cache
def town() -> Standing:
    names = ["建设路", "金湖路", "金湖西路", "长安街", "朝阳巷", "中山大道"]
    return standing_of(
        [(text, "23200", shapely.Point(103.12 + k / 100, 23.35)) for k, text in enumerate(names)]
    )


def verdicts(proposal: Proposal, stood: Standing, rules: Pack) -> dict[str, str]:
    report = check_name(proposal, stood, rules, on=DAY, suggest=False)
    return {one.rule: report.of(one.rule).verdict for one in report.findings}


@given(
    text=st.one_of(st.text(max_size=30), TEXTS),
    code=st.sampled_from(CLASSES),
    division=st.sampled_from(["", "53", "5325", "532501", "532501001", "x"]),
    shape=st.one_of(st.none(), POINTS, st.just(shapely.Polygon()), st.just(AREA)),
    reading=st.lists(st.text(max_size=4), max_size=4),
    roman=st.text(max_size=12),
    act=st.sampled_from(["naming", "renaming", "standardising", "recording"]),
    figures=st.dictionaries(
        st.sampled_from(["floors", "site_area_m2", "open_ground_m2"]),
        st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.none(), st.booleans()),
    ),
)
def test_no_proposal_crashes_and_every_rule_answers(
    *,
    text: str,
    code: str,
    division: str,
    shape: shapely.Geometry | None,
    reading: list[str],
    roman: str,
    act: Any,  # noqa: ANN401 - one of four literals
    figures: dict[str, Any],
) -> None:
    proposal = Proposal(
        text, code, shape, division, tuple(reading), act, roman=roman, attributes=figures
    )
    report = check_name(proposal, town(), pack("large_city"), on=DAY)
    answered = {one.rule for one in report.findings}
    assert answered >= {f"R{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 17, 19)}
    assert all(one.verdict in VERDICTS for one in report.findings)
    assert all(one.missing for one in report.findings if one.verdict == "unknown")
    assert json.loads(report.worded())["verdict"] == report.verdict


@given(text=TEXTS, here=POINTS, there=POINTS)
def test_a_name_taken_in_the_same_built_up_area_is_always_blocked(
    text: str, here: shapely.Geometry, there: shapely.Geometry
) -> None:
    stood = standing_of([(text, "23200", there)])
    report = check_name(Proposal(text, "23200", here, "532501001"), stood, pack(), on=DAY)
    assert report.of("R8c").verdict == "block"
    assert report.verdict == "block"
    assert report.of("R8c").conflicts[0].text == text


@given(
    text=TEXTS,
    here=POINTS,
    others=st.lists(TEXTS, max_size=6),
    west=st.floats(80, 90),
)
def test_unrelated_names_far_away_never_change_a_verdict(
    text: str, here: shapely.Geometry, others: list[str], west: float
) -> None:
    names = [("建设路", "23200", shapely.Point(103.15, 23.35)), ("金湖路", "23200", AREA.centroid)]
    far = [
        (other, "23200", shapely.Point(west, 40))
        for other in others
        if other != text and alike(ways(other), ways(text)) is None
    ]
    proposal = Proposal(text, "23200", here, "532501001")
    before = verdicts(proposal, standing_of(names), pack())
    assert verdicts(proposal, standing_of(names + far), pack()) == before


LEVELS = st.sampled_from(["B", "W", "I"])
RULES = ("R2", "R3", "R5", "R8c", "R9", "R15", "R17", "R19", "R24")


@given(
    text=st.one_of(TEXTS, st.sampled_from(["建社路", "罗马街", "中华大厦", "锡城大厦", "建設路"])),
    here=POINTS,
    code=st.sampled_from(["23200", "26000"]),
    rule=st.sampled_from(RULES),
    level=LEVELS,
    floors=st.integers(1, 40),
    special=LEVELS,
    told=st.dictionaries(st.just("floors"), st.integers(1, 40)),
)
def test_an_overlay_only_tightens_or_is_refused(
    *,
    text: str,
    here: shapely.Geometry,
    code: str,
    rule: str,
    level: str,
    floors: int,
    special: str,
    told: dict[str, Any],
) -> None:
    row = {
        "id": rule,
        "level": level,
        "parameters": {"toneless_level": special},
        "threshold": [{"generic": "大厦", "any": [{"floors": floors}], "source": "市"}],
    }
    base = _national()
    try:
        overlaid = laid([base, {"name": "市", "version": "1", "rule": [row]}])
    except DataError:
        return
    proposal = Proposal(text, code, here, "532501001", attributes=told)
    before, after = (verdicts(proposal, town(), rules) for rules in (laid([base]), overlaid))
    for one, was in before.items():
        if was in ("block", "warn", "info"):
            assert VERDICTS.index(after[one]) <= VERDICTS.index(was), one  # type: ignore[arg-type]
        elif was == "pass":
            assert after[one] in ("pass", "unknown", "info", "warn", "block"), one


@cache
def _national() -> dict[str, Any]:
    import tomllib  # noqa: PLC0415
    from importlib.resources import files  # noqa: PLC0415

    folder = files("geo.gazetteer.rules") / "packs"
    return tomllib.loads((folder / "national.toml").read_text("utf-8"))


@given(one=STEMS, other=STEMS)
def test_likeness_of_sound_is_mutual_and_a_name_sounds_like_itself(one: str, other: str) -> None:
    assert alike(ways(one), ways(other)) == alike(ways(other), ways(one))
    assert alike(ways(one), ways(one)) == 0
