"""What people call a thing is taken for it; what is none is refused with what there is."""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.parameters import facility_named
from api.routes import whatif_asked
from api.work.assess import PROCESS as ASSESS
from api.work.coverage import PROCESS as COVERAGE
from geo.errors import DataError
from geo.text import speak

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
    with pytest.raises(DataError, match="至少一项"):
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
