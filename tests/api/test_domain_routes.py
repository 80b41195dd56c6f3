"""Norms, latest results and names over the API: what the commands say, and nothing secret."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from geo.norms import in_force, load
from tests.api.conftest import DAY


def test_norms_in_force_are_those_of_the_command_with_their_sources(client: TestClient) -> None:
    body = client.get("/norms", params={"area": "340207", "on": DAY.isoformat()}).json()
    found = in_force(load(), "340207", DAY)
    rules = [*found.binding, *found.draft, *found.statistic, *found.notices]
    assert [norm["id"] for norm in body["norms"]] == [rule.norm.id for rule in rules]
    assert all(norm["source"] for norm in body["norms"])
    one = client.get(f"/norms/{rules[0].norm.id}").json()
    assert one["id"] == rules[0].norm.id
    assert one["values"]


def test_a_name_is_found_by_its_letters_and_a_secret_one_by_nobody(client: TestClient) -> None:
    names = client.get("/names/search", params={"q": "renmin guangchang"}).json()["names"]
    assert names[0]["text"] == "人民广场"
    place = client.get(f"/names/{names[0]['place_id']}").json()
    assert [name["text"] for name in place["names"]] == ["人民广场"]
    assert place["shapes"][0]["shape"]["type"] == "Point"
    assert client.get("/names/search", params={"q": "机密洞"}).json()["names"] == []


def test_a_name_is_spelled_by_the_rule_of_1984(client: TestClient) -> None:
    assert client.get("/names/romanise", params={"name": "建设路"}).json()["plain"] == "Jianshe Lu"


@pytest.mark.parametrize("path", ["/coverage", "/assessments", "/sitings"])
def test_nothing_was_found_where_nothing_was_asked(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {"runs": []}
    assert client.get(path, params={"facility": "castle"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/coverage?x=1", "/scenarios?x=1", "/norms?on=tomorrow", "/norms?area=x", "/norms?all=maybe",
     "/names/search", "/names/search?q=a&limit=0", "/names/search?q=a&bbox=1,2", "/names/romanise"],
)  # fmt: skip
def test_unfit_and_unknown_parameters_are_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 400
