"""Trying out facilities over the API: the numbers of the command, and of a town computed anew."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.cli import run as run_command
from api.routes.whatif_kept import Kept
from geo.coverage import Coverage, Edits, answer, ask, changes, edited, read_inputs
from geo.coverage.live import Live
from geo.store import Origin, Workspace, conform
from tests.api.conftest import MACHINE, served

DAY = date(2026, 5, 1)
WEST, SOUTH, STEP = 114.0, 30.0, 0.004
N = 6
LIMITS = (5.0, 10.0, 15.0)


def _layers() -> dict[str, gpd.GeoDataFrame]:
    draw = np.random.default_rng(5)
    ticks = [n * STEP for n in range(N)]
    far = ticks[-1]
    lines = [[(WEST, SOUTH + t), (WEST + far, SOUTH + t)] for t in ticks]
    lines += [[(WEST + t, SOUTH), (WEST + t, SOUTH + far)] for t in ticks[:-1]]

    def points(count: int) -> Any:  # noqa: ANN401 - an array of shapes
        return shapely.points(WEST + draw.random(count) * far, SOUTH + draw.random(count) * far)

    homes = points(30)
    elders: list[int | None] = [int(n) for n in draw.integers(5, 90, 30)]
    elders[4] = None
    half = far / 2
    tables: dict[str, tuple[dict[str, Any], Any]] = {
        "street": ({"id": [f"s{n}" for n in range(len(lines))]}, shapely.linestrings(lines)),
        "community": (
            {"code": [f"42010600{n:04}" for n in range(1, 5)],
             "name": [f"第{n}社区" for n in "一二三四"]},
            [shapely.box(WEST + x, SOUTH + y, WEST + x + half, SOUTH + y + half)
             for x in (0, half) for y in (0, half)],
        ),
        "county": (
            {"code": ["420106"], "name": ["区"]},
            [shapely.box(WEST, SOUTH, WEST + half, SOUTH + far)],
        ),
        "compound": (
            {"id": [f"c{n:02}" for n in range(30)], "name": [f"小区{n}" for n in range(30)],
             "households": [10 * n + 10 for n in range(30)], "elders": elders},
            homes,
        ),
        "gate": (
            {"id": [f"g{n:02}" for n in range(20)],
             "compound_id": [f"c{n // 2:02}" for n in range(20)],
             "open": [n % 2 == 0 for n in range(20)]},
            shapely.points(shapely.get_coordinates(homes[:10]).repeat(2, axis=0)
                           + draw.normal(0, 0.0005, (20, 2))),
        ),
        "elder_station": (
            {"id": [f"e{n}" for n in range(6)], "name": [f"站{n}" for n in range(6)],
             "status": ["open", "open", "open", "planned", "suspended", "open"]},
            points(6),
        ),
    }  # fmt: skip
    return {
        layer: conform(gpd.GeoDataFrame(cells, geometry=list(shapes), crs=4490), layer)
        for layer, (cells, shapes) in tables.items()
    }


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return a workspace with a grid of streets in one of the two stores."""
    folder = tmp_path_factory.mktemp("whatif")
    where = str(folder / "w")
    if request.param == "postgis":
        url = request.getfixturevalue("shared_database")
        where = f"{url}?workspace=whatif_{uuid.uuid4().hex[:8]}"
    workspace = Workspace.create(where, folder=folder / "files")
    for layer, frame in _layers().items():
        workspace.write(layer, frame, origin=Origin("town", DAY))
    read_inputs(workspace, ask("elder_station", on=DAY))
    workspace.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # where the files of a database's workspace go
        yield where


@pytest.fixture(scope="module")
def asking(place: str) -> Iterator[TestClient]:
    with TestClient(create_app(served(place)), MACHINE, client=("127.0.0.1", 50_000)) as client:
        yield client


QUESTION = {"facility": "elder_station", "minutes": list(LIMITS), "on": DAY.isoformat()}
EDITS = {
    "add": [[WEST + 0.011, SOUTH + 0.009]],
    "move": {"e1": [WEST + 0.002, SOUTH + 0.018]},
    "close": ["e0"],
    "open_gate": ["g01", "g03"],
    "close_gate": ["g04"],
}


def of_plan(body: dict[str, Any]) -> Edits:
    return Edits(
        add=tuple((x, y) for x, y in body.get("add", ())),
        move={key: (x, y) for key, (x, y) in body.get("move", {}).items()},
        close=tuple(body.get("close", ())),
        open_gates=tuple(body.get("open_gate", ())),
        close_gates=tuple(body.get("close_gate", ())),
    )


def counted(found: Coverage, code: str, level: str, limit: float, weight: str) -> int | None:
    number = found.headline(weight, level=level, code=code)[f"covered_{limit:g}_min"]
    return None if pd.isna(number) else int(number)


def test_it_answers_with_the_numbers_of_the_command(
    asking: TestClient, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body = asking.post("/whatif", json={**QUESTION, "minutes": [15], **EDITS}).json()
    words = ["--minutes", "15", "--on", DAY.isoformat(), "--json", "-w", place]
    for x, y in EDITS["add"]:  # type: ignore[misc]
        words += ["--add", f"{x},{y}"]
    words += [w for k, (x, y) in EDITS["move"].items() for w in ("--move", f"{k}={x},{y}")]  # type: ignore[attr-defined]
    words += ["--close", "e0", "--open-gate", "g01", "--open-gate", "g03", "--close-gate", "g04"]
    assert run_command(["whatif", "-f", "elder_station", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    del told["files"], told["seconds"]
    assert {name: body[name] for name in told} == told
    assert body["changes"]["gained"]["points"] or body["changes"]["nearer"]["points"]


def test_every_area_limit_and_point_is_as_computed_anew(asking: TestClient, place: str) -> None:
    body = asking.post("/whatif", json={**QUESTION, **EDITS, "areas": "all"}).json()
    question = ask("elder_station", on=DAY, minutes=LIMITS)
    inputs = read_inputs(Workspace.open(place), question)
    before = answer(question, inputs)
    after = answer(question, edited(inputs, of_plan(EDITS), layer="elder_station"))
    for area in body["areas"]:
        for one in area["limits"]:
            key = (area["code"], area["level"], one["minutes"], body["weight"])
            assert (one["before"], one["after"]) == (counted(before, *key), counted(after, *key))
    for weight, limits in body["weights"].items():
        for one in limits:
            key = ("", "all", one["minutes"], weight)
            assert (one["before"], one["after"]) == (counted(before, *key), counted(after, *key))
    assert {area["level"] for area in body["areas"]} == {"county", "township", "community"}
    table = changes(before, after)
    assert [point["id"] for point in body["points"]] == table["id"].tolist()
    assert [point["change"] for point in body["points"]] == table["change"].tolist()
    for name in ("before_min", "after_min"):
        minutes = [np.nan if p[name] is None else p[name] for p in body["points"]]
        np.testing.assert_allclose(minutes, table[name].to_numpy(float, na_value=np.nan), atol=1e-6)
    assert body["provenance"] == before.provenance.json()


_spot = st.tuples(st.floats(0, (N - 1) * STEP), st.floats(0, (N - 1) * STEP)).map(
    lambda at: [round(WEST + at[0], 6), round(SOUTH + at[1], 6)]
)
_stations = st.sampled_from([f"e{n}" for n in range(6)])
_gates = st.lists(st.sampled_from([f"g{n:02}" for n in range(20)]), max_size=4, unique=True)
_plans = st.fixed_dictionaries(
    {
        "add": st.lists(_spot, max_size=3),
        "move": st.dictionaries(_stations, _spot, max_size=2),
        "close": st.lists(_stations, max_size=3, unique=True),
        "open_gate": _gates,
        "close_gate": _gates,
    }
).map(lambda plan: {**plan, "close": [e for e in plan["close"] if e not in plan["move"]]})


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, tuple[Any, Any, Live]]:
    workspace = Workspace.create(tmp_path_factory.mktemp("laws") / "w")
    for layer, frame in _layers().items():
        workspace.write(layer, frame, origin=Origin("town", DAY))
    found = {}
    for own_only in (False, True):
        question = ask("elder_station", on=DAY, minutes=LIMITS, own_only=own_only)
        inputs = read_inputs(workspace, question)
        found[own_only] = (question, inputs, Live(question, inputs))
    return found


@given(plans=st.lists(_plans, min_size=1, max_size=3), own_only=st.booleans())
@settings(max_examples=25)
def test_whatever_was_tried_before_the_answer_is_that_of_a_town_computed_anew(
    lives: dict[bool, tuple[Any, Any, Live]], plans: list[dict[str, Any]], *, own_only: bool
) -> None:
    question, inputs, live = lives[own_only]
    for plan in plans:
        edits = of_plan(plan)
        tried = live.tried(edits)
        town = edited(inputs, edits, layer="elder_station") if edits else inputs
        anew = answer(question, town)
        minutes = anew.points["nearest_min"].to_numpy(float, na_value=np.nan)
        np.testing.assert_allclose(tried.after_min, minutes, atol=1e-9)
        for level in ("all", "county", "community"):
            areas = live.sums(tried, live.weight, level=level)
            for area in areas:
                for one in area.sums:
                    assert one.after == counted(anew, area.code, level, one.minutes, live.weight)
            unlike = [area for area in areas if any(s.before != s.after for s in area.sums)]
            assert live.sums(tried, live.weight, level=level, changed_only=True) == unlike


def test_a_session_needs_no_question_again_and_each_request_says_all_it_tries(
    asking: TestClient,
) -> None:
    first = asking.post("/whatif", json={**QUESTION, "close": ["e0"]}).json()
    session = first["session"]
    other = asking.post("/whatif", json={"session": session, "close": ["e1"]}).json()
    again = asking.post("/whatif", json={"session": session, "close": ["e0"]}).json()
    nothing = asking.post("/whatif", json={"session": session}).json()
    assert again["at_hand"]
    assert again == {**first, "at_hand": True}
    assert other["points"] != first["points"]
    assert nothing["points_changed"] == 0
    assert nothing["covered_before"] == nothing["covered_after"] == first["covered_before"]


def test_an_ended_session_is_gone(asking: TestClient) -> None:
    session = asking.post("/whatif", json=QUESTION).json()["session"]
    assert asking.delete(f"/whatif/{session}").status_code == 204
    assert asking.delete(f"/whatif/{session}").status_code == 404
    assert asking.post("/whatif", json={"session": session}).status_code == 404


def test_an_edited_layer_is_seen_by_the_next_request(asking: TestClient, place: str) -> None:
    session = asking.post("/whatif", json=QUESTION).json()["session"]
    workspace = Workspace.open(place)
    frame = workspace.read("elder_station", crs="EPSG:4490")
    try:
        workspace.write("elder_station", frame[frame["id"] != "e5"], origin=Origin("town", DAY))
        body = asking.post("/whatif", json={"session": session}).json()
        assert not body["at_hand"]
        assert body["provenance"]["counts"]["facilities_open"] == 3
        assert asking.post("/whatif", json={"session": session, "close": ["e5"]}).status_code == 404
    finally:
        workspace.write("elder_station", frame, origin=Origin("town", DAY))


def test_many_at_once_never_see_one_anothers_edits(asking: TestClient) -> None:
    session = asking.post("/whatif", json=QUESTION).json()["session"]

    def covered(number: int) -> int:
        told = {"session": session, "close": [f"e{number % 3}"]}
        found = asking.post("/whatif", json=told).json()["covered_after"]
        assert isinstance(found, int)
        return found

    alone = [covered(number) for number in range(3)]
    assert len(set(alone)) > 1
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(covered, range(30))) == alone * 10


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 400),
        ([], 400),
        ({"facility": "castle"}, 400),
        ({**QUESTION, "tower": 1}, 400),
        ({**QUESTION, "add": [[1]]}, 400),
        ({**QUESTION, "add": [[200, 30]]}, 400),
        ({**QUESTION, "minutes": [0]}, 400),
        ({**QUESTION, "datum": "mars"}, 400),
        ({**QUESTION, "close": ["e0"] * 201}, 400),
        ({**QUESTION, "close": ["nobody"]}, 404),
        ({**QUESTION, "open_gate": ["nobody"]}, 404),
        ({**QUESTION, "close": ["e0"], "move": {"e0": [WEST, SOUTH]}}, 400),
        ({**QUESTION, "session": "x"}, 400),
        ({"session": "x"}, 404),
        ({**QUESTION, "facility": "cemetery"}, 404),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(
    asking: TestClient, told: object, status: int
) -> None:
    found = asking.post("/whatif", json=told)
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"


def test_a_place_that_no_walk_reaches_is_refused_with_the_metres(asking: TestClient) -> None:
    metres = 0.2 * 111_320 * np.cos(np.radians(SOUTH + 0.01))
    told = {
        **QUESTION,
        "add": [[WEST + 0.011, SOUTH + 0.009], [WEST - 0.2, SOUTH + 0.008]],
        "move": {"e1": [WEST + 0.008, SOUTH - 0.09]},
    }
    for language, words in (("zh", "“{}”离最近的街路约 {} 米"), ("en", "{} is about {} m from")):
        found = asking.post("/whatif", json=told, headers={"Accept-Language": language})
        assert found.status_code == 400
        detail = found.json()["detail"]
        shown = re.findall(re.escape(words).replace(r"\{\}", "([0-9a-z,-]+)"), detail)
        assert [identity for identity, _ in shown] == ["new-2", "e1"]
        far = [int(number.replace(",", "")) for _, number in shown]
        assert far == pytest.approx([metres, 0.09 * 110_900], rel=0.005)
        assert "new-1" not in detail


def test_the_command_tells_of_places_far_from_streets_as_the_server_does(
    asking: TestClient, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for at, status in (((WEST + 0.008, SOUTH - 0.004), 0), ((WEST - 0.2, SOUTH + 0.008), 2)):
        told = asking.post("/whatif", json={**QUESTION, "minutes": [15], "add": [at]}).json()
        words = ["--add", f"{at[0]},{at[1]}", "--move", f"e1={WEST},{SOUTH}"]
        words += ["--minutes", "15", "--on", DAY.isoformat(), "-w", place]
        assert run_command(["whatif", "-f", "elder_station", *words]) == status
        shown = capsys.readouterr()
        if status:
            assert told["detail"] in shown.err
        else:
            (warning,) = told["warnings"]
            assert warning in shown.out


def test_a_place_far_from_a_street_is_told_with_the_metres(asking: TestClient) -> None:
    near = asking.post("/whatif", json={**QUESTION, "add": [[WEST + 0.008, SOUTH + 0.0001]]})
    assert near.json()["warnings"] == []
    off = asking.post("/whatif", json={**QUESTION, "add": [[WEST + 0.008, SOUTH - 0.004]]}).json()
    (warning,) = off["warnings"]
    assert re.fullmatch(
        "“new-1”到最近的街路有 44[0-9] 米，已计入步行时间，请核对位置和路网。", warning
    )


def test_answers_kept_never_hold_more_than_their_bound(
    lives: dict[bool, tuple[Any, Any, Live]],
) -> None:
    (_, _, one), (_, _, two) = lives[False], lives[True]
    kept = Kept(max(one.n_bytes, two.n_bytes))
    assert kept.live("one", lambda: one) == (one, False)
    assert kept.live("one", lambda: two) == (one, True)
    kept.live("two", lambda: two)
    assert kept.n_bytes == two.n_bytes
    assert kept.live("one", lambda: one) == (one, False)
    none = Kept(one.n_bytes - 1)
    none.live("one", lambda: one)
    assert none.n_bytes == 0


def test_anothers_session_is_not_there() -> None:
    kept = Kept(0)
    session = kept.begin("a", ask("elder_station", on=DAY))
    assert kept.session(session.id, "a") == session
    with pytest.raises(LookupError):
        kept.session(session.id, "b")
