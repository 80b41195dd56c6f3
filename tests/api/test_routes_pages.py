"""Pages beside what routes answer: names, norms, runs and cases as people read and ask them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import Town

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def names_of(client: TestClient, words: str) -> list[str]:
    found = client.get("/names/search", params={"q": words, "limit": 100}).json()["names"]
    return [str(one["text"]) for one in found]


@pytest.fixture
def reader(town: Town) -> TestClient:
    """Return a client who may only read."""
    settings: Settings = town.app.state.settings
    opened = settings.model_copy(update={"open_reading": True, "public_url": "https://a.example"})
    return TestClient(create_app(opened), "https://a.example")


def test_a_reader_finds_the_names_that_the_collection_has(
    client: TestClient, reader: TestClient
) -> None:
    with reader:
        ever = {"datetime": "1990-01-01/..", "limit": 100}
        listed = reader.get("/collections/names/items", params=ever).json()["features"]
        kept = {one["properties"]["name"] for one in listed}
        assert "和平村" in kept
        words = ("人民广场", "建设路", "红旗路", "机密洞", "俗称桥", "和平村")
        found = {name for word in words for name in names_of(reader, word)}
        assert found == kept
        hit = reader.get("/names/search", params={"q": "heping"}).json()["names"][0]
        assert (hit["text"], hit["status"], hit["match"]) == ("和平村", "recorded", "pinyin")
        assert hit["class_label"]
        assert reader.get(f"/names/{hit['place_id']}").status_code == 200
    assert names_of(client, "俗称桥") == ["俗称桥"]


def test_names_have_pages_with_a_form_that_needs_no_script(client: TestClient) -> None:
    empty = client.get("/names/search", headers=PAGE)
    assert empty.headers["content-type"].startswith("text/html")
    assert 'name="q"' in empty.text
    found = client.get("/names/search?q=jianshelu", headers=PAGE).text
    assert "建设路" in found
    assert "拼音" in found
    place = client.get("/names/search?q=建设路&f=json").json()["names"][0]["place_id"]
    assert "标准名称" in client.get(f"/names/{place}?f=html").text
    assert "登记" in client.get(f"/names/{place}/history?f=html").text
    assert client.get("/names/search?f=json").status_code == 400


ONLY_DATA = ("/names/romanise?name=建设路", "/isochrone?facility=elder_station&id=x")


@pytest.mark.parametrize("path", ONLY_DATA)
def test_what_has_no_page_says_which_forms_it_has(client: TestClient, path: str) -> None:
    assert client.get(f"{path}&f=json").status_code in (200, 404)
    refused = client.get(f"{path}&f=html")
    assert (refused.status_code, "json" in refused.json()["hint"]) == (400, True)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/norms?area=340207&on=&topic=elder", "15分钟社区居家养老服务圈"),
        ("/norms/elder.circle15", "打造15分钟社区居家养老服务圈"),
        ("/coverage", "还没有结果"),
        ("/assessments?facility=", "还没有结果"),
        ("/sitings", "重新计算"),
        ("/scenarios", "还没有情景"),
        ("/cases/kinds", "命名"),
        ("/cases/kinds/命名", "拟用名称"),
        ("/cases/due?within=9&on=", "没有到期的任务"),
        ("/names/check", "核名"),
        ("/names/check?name=建设路&class=22200&at=114.02，30.02&on=", "逐条"),
        ("/names/check?name=建设路&at=东", "“位置”应有 2 项，现为 1 项"),
    ],
)
def test_what_people_read_has_a_page_and_programs_get_data(
    client: TestClient, path: str, told: str
) -> None:
    page = client.get(path, headers=PAGE)
    assert page.headers["content-type"].startswith("text/html"), page.text
    assert told in page.text
    mark = "&" if "?" in path else "?"
    data = client.get(f"{path}{mark}f=json")
    assert data.headers["content-type"].endswith("json")


OWN = (
    "/cases", "/names", "/norms", "/coverage", "/assessments", "/sitings", "/scenarios",
    "/isochrone", "/maps", "/processes", "/jobs",
)  # fmt: skip
FILES = (
    "/jobs/{jobId}/files/{name}", "/maps/{mapId}", "/cases/{caseId}/documents/{kind}",
    "/cases/kinds/{kindId}/form",
)  # fmt: skip


def test_whatever_is_read_takes_the_form_in_which_one_wants_it(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    without = [
        path
        for path, operations in paths.items()
        if "get" in operations and path.startswith(OWN) and path not in FILES
        if "f" not in {one["name"] for one in operations["get"].get("parameters", ())}
    ]
    assert without == []
