"""What people call a thing is taken for it; what is none is refused with what there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.parameters import facility_named
from api.routes import whatif_asked
from api.work.assess import PROCESS as ASSESS
from api.work.coverage import PROCESS as COVERAGE
from geo.errors import DataError
from geo.store import Workspace
from geo.text import speak
from tests.api.conftest import DAY, MACHINE, served

TODAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    "word", ["elder_station", "社区养老服务站", "Elder station", "养老驿站", " 社区养老服务站 "]
)
def test_a_facility_is_called_by_any_of_its_names(word: str) -> None:
    assert facility_named(word) == "elder_station"
    assert COVERAGE.checked({"facility": word}, today=TODAY)["facility"] == "elder_station"
    assert ASSESS.checked({"facility": word}, today=TODAY)["facility"] == "elder_station"
    assert whatif_asked.checked({"facility": word})["facility"] == "elder_station"


def test_a_facility_that_is_none_is_refused_with_those_there_are(client: TestClient) -> None:
    for path in ("/coverage", "/assessments", "/sitings", "/isochrone"):
        answer = client.get(path, params={"facility": "城堡"})
        assert answer.status_code == 400, path
        assert "社区养老服务站（elder_station）" in answer.json()["hint"]
        assert client.get(path, params={"facility": ""}).status_code == 400
    assert client.get("/coverage", params={"facility": "社区养老服务站"}).json() == {"runs": []}
    with pytest.raises(DataError, match="社区养老服务站（elder_station）"):
        COVERAGE.checked({"facility": "城堡"}, today=TODAY)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"on": "昨天"}, "“on”不是日期，应写成 2026-05-01。"),
        ({"area": "武昌"}, "“area”的写法不对，如 340207。"),
        ({"norms_as_of": "2026"}, "“norms_as_of”的写法不对，如 2026-05-01。"),
        ({"as_of": 1800}, "“as_of”要在 1900 到 2200 之间。"),
    ],
)
def test_what_is_unfit_is_told_without_the_signs_of_a_program(
    given: dict[str, object], told: str
) -> None:
    with pytest.raises(DataError) as refusal:
        ASSESS.checked(given, today=TODAY)
    assert refusal.value.message == told


def test_no_limits_at_all_are_not_the_usual_ones() -> None:
    with pytest.raises(DataError, match="至少 1 项"):
        whatif_asked.checked({"facility": "elder_station", "minutes": []})


def test_an_english_reader_is_told_in_english() -> None:
    speak("en")
    try:
        with pytest.raises(DataError) as refusal:
            ASSESS.checked({"area": "x", "as_of": 1}, today=TODAY)
    finally:
        speak("zh")
    assert refusal.value.message == "area is unfit; write it as 340207; as_of must be 1900 to 2200."


def test_a_place_in_another_country_has_no_isochrone(client: TestClient) -> None:
    answer = client.get("/isochrone", params={"lon": 0, "lat": 0, "minutes": 15})
    assert answer.status_code == 400
    assert "离本地太远" in answer.json()["detail"]
    turned = client.get("/isochrone", params={"lon": 30.02, "lat": 60, "minutes": 15})
    assert "坐标系" in turned.json()["hint"]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/norms?area=999999", "340207"),
        ("/norms?topic=castle", "elder"),
        ("/names/romanise?name=建设路&class_code=xxx", "城镇街巷"),
        ("/names/romanise?name=建设路&division_code=zz", "420106"),
        ("/jobs?type=letter", "process"),
        ("/jobs?processID=castle", "coverage"),
        ("/jobs?status=asleep", "running"),
        ("/collections/compound/items?skipGeometry=maybe", ""),
    ],
)
def test_an_unknown_value_is_refused_with_the_known(
    client: TestClient, path: str, known: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 400, answer.text
    assert known in answer.json().get("hint", "")


def test_known_values_in_other_words_are_taken(client: TestClient) -> None:
    spelled = {"name": "建设路", "class_code": "城镇街巷"}
    assert client.get("/names/romanise", params=spelled).json()["plain"] == "Jianshe Lu"
    assert client.get("/norms", params={"all": "是"}).json()["norms"]
    bare = client.get("/collections/compound/items", params={"skipGeometry": "是", "limit": 1})
    assert bare.json()["features"][0]["geometry"] is None
    assert client.get("/jobs", params={"type": "process"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/norms?area=", "/norms?topic=", "/names/romanise?name=建设路&reading=", "/jobs?type=",
     "/jobs?status= ", "/cases?clerk=", "/coverage?facility=", "/collections?f=",
     "/collections/compound/items?limit="],
)  # fmt: skip
def test_an_empty_value_is_a_slip_of_programs_and_an_empty_box_of_people(
    client: TestClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 400, answer.text
    if not path.endswith("f="):
        page = client.get(path, headers={"Accept": "text/html,*/*;q=0.1"})
        assert page.status_code in (200, 400)
        assert "没有写值" not in page.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,*/*;q=0.8"])
def test_what_is_only_json_is_had_as_json_however_it_is_asked_for(
    client: TestClient, accept: str
) -> None:
    for path in ("/openapi.json", "/openapi.json?f=json", "/tileMatrixSets?f=json"):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json", path
    assert client.get("/openapi.json?f=html").status_code == 400


def test_values_of_a_result_are_shown_and_asked_for_in_the_readers_words(
    place: Callable[[str], str],
) -> None:
    workspace = Workspace.create(place("results"))
    cells = {"id": ["a", "b"], "state": ["reached", "island"], "covered_15_min": [True, False]}
    frame = pd.DataFrame(cells).astype({"id": "string", "state": "string"})
    workspace.write_result("coverage_elder_station_points", frame, on=DAY, title="覆盖")
    workspace.close()
    path = "/collections/result_coverage_elder_station_points"
    app = create_app(served(place("results")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as asking:
        found = asking.get(f"{path}/items", params={"filter": "state = '可达'"}).json()
        assert [one["properties"]["id"] for one in found["features"]] == ["a"]
        assert "可达" in asking.get(f"{path}/items", params={"f": "html"}).text
        labels = asking.get(f"{path}/schema").json()["properties"]["state"]["x-labels"]
        assert labels["reached"] == "可达"
        refused = asking.get(f"{path}/items", params={"state": "远"})
        assert refused.status_code == 400
        assert "可达（reached）" in refused.json()["hint"]
