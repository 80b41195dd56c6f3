"""The API keeps OGC API – Features, part 1: links, pages, parameters and errors."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

COLLECTIONS = ["names", "community", "compound", "street", "result_shares"]


def link(body: dict[str, Any], rel: str) -> str | None:
    found = [one["href"] for one in body["links"] if one["rel"] == rel]
    return found[0] if found else None


def every(client: TestClient, path: str, **asked: object) -> list[dict[str, Any]]:
    """Return the features of all pages, along the links to the next."""
    features: list[dict[str, Any]] = []
    answer = client.get(path, params={name: str(value) for name, value in asked.items()})
    while True:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["numberReturned"] == len(body["features"])
        features += body["features"]
        following = link(body, "next")
        if following is None:
            return features
        answer = client.get(following)


def test_every_link_of_the_landing_page_is_answered_as_its_type(client: TestClient) -> None:
    body = client.get("/").json()
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= {
        one["rel"] for one in body["links"]
    }
    for one in body["links"]:
        answer = client.get(one["href"])
        assert answer.status_code == 200, one
        assert answer.headers["content-type"].startswith(one["type"].partition(";")[0]), one


def test_conformance_names_the_parts_that_are_kept(client: TestClient) -> None:
    classes = client.get("/conformance").json()["conformsTo"]
    for wanted in (
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/filter",
        "cql2/1.0/conf/cql2-text",
    ):
        assert f"http://www.opengis.net/spec/{wanted}" in classes


def test_collections_are_names_layers_and_results_in_this_order(client: TestClient) -> None:
    body = client.get("/collections").json()
    assert [one["id"] for one in body["collections"]] == COLLECTIONS
    community = body["collections"][1]
    assert community["title"] == "社区（村）"
    west, south, east, north = community["extent"]["spatial"]["bbox"][0]
    assert (west, south) == pytest.approx((114, 30), abs=1e-4)
    assert (east, north) == pytest.approx((114.1, 30.1), abs=1e-4)
    assert community["storageCrs"].endswith("EPSG/0/4490")
    assert body["crs"][0].endswith("CRS84")


def test_an_english_reader_gets_english(client: TestClient) -> None:
    answer = client.get("/collections/community", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert answer.json()["title"] == "Community"
    assert answer.headers["content-language"] == "en"
    assert "Accept-Language" in answer.headers["vary"]
    refused = client.get("/collections/nowhere", headers={"Accept-Language": "en"}).json()
    assert refused["title"] == "Not found"


@pytest.mark.parametrize("limit", [1, 7, 60, 10_000])
def test_pages_give_every_feature_once_whatever_their_size(client: TestClient, limit: int) -> None:
    ids = [one["id"] for one in every(client, "/collections/compound/items", limit=limit)]
    assert ids == [f"x{n:02}" for n in range(60)]


@pytest.mark.parametrize(
    "sortby",
    ["children", "-children", "address,-elders", "-户数,小区名称", "simulated", "-delivered"],
)
def test_sorted_pages_are_the_same_as_one_sorted_page(client: TestClient, sortby: str) -> None:
    path = "/collections/compound/items"
    whole = [one["id"] for one in every(client, path, sortby=sortby, limit=100)]
    paged = [one["id"] for one in every(client, path, sortby=sortby, limit=7)]
    assert paged == whole
    assert sorted(whole) == [f"x{n:02}" for n in range(60)]


def test_empty_values_come_last_in_either_direction(client: TestClient) -> None:
    for sortby in ("children", "-children"):
        rows = every(client, "/collections/compound/items", sortby=sortby)
        children = [one["properties"]["children"] for one in rows]
        assert children[-2:] == [None, None]
        known = children[:-2]
        assert known == sorted(known, reverse=sortby.startswith("-"))


def test_number_matched_is_the_number_of_all_pages(client: TestClient) -> None:
    path = "/collections/compound/items"
    assert client.get(path, params={"limit": 1}).json()["numberMatched"] == 60
    some = client.get(path, params={"limit": 1, "filter": "elders >= 100"}).json()
    assert some["numberMatched"] == len(every(client, path, filter="elders >= 100"))


def test_a_feature_is_read_by_its_link_and_carries_its_version(client: TestClient) -> None:
    answer = client.get("/collections/compound/items/x07")
    body = answer.json()
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["etag"] == '"1"'
    assert body["id"] == "x07"
    assert link(body, "collection").endswith("/collections/compound")  # type: ignore[union-attr]
    again = client.get("/collections/compound/items/x07", headers={"If-None-Match": '"1"'})
    assert again.status_code == 304
    assert not again.content


def test_an_id_with_a_slash_is_found_by_the_link_that_is_given(client: TestClient) -> None:
    (one, *_) = every(client, "/collections/street/items", limit=1)
    assert one["id"] == "s/0"
    answer = client.get("/collections/street/items/s%2F0")
    assert answer.json()["id"] == "s/0"
    own = link(answer.json(), "self")
    assert own is not None
    assert own.endswith("/s%2F0")


def test_rows_without_shapes_and_tables_without_shapes_are_features_too(client: TestClient) -> None:
    assert client.get("/collections/compound/items/x05").json()["geometry"] is None
    plain = client.get("/collections/result_shares/items").json()
    assert [one["geometry"] for one in plain["features"]] == [None, None]
    assert plain["features"][0]["properties"] == {"what": "甲", "share": 0.5}


def test_types_of_values_are_those_of_json(client: TestClient) -> None:
    one = client.get("/collections/compound/items/x01").json()["properties"]
    assert one["simulated"] is False
    assert isinstance(one["households"], int)
    assert one["delivered"].count("-") == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/collections/nowhere", 404),
        ("/collections/nowhere/items", 404),
        ("/collections/compound/items/nobody", 404),
        ("/collections/result_shares/items/abc", 404),
        ("/collections/fuwuquan_setting/items", 404),
        ("/collections/gz_place/items", 404),
        ("/collections/compound/items?limit=0", 400),
        ("/collections/compound/items?limit=-1", 400),
        ("/collections/compound/items?limit=ten", 400),
        ("/collections/compound/items?limit=", 400),
        ("/collections/compound/items?unknown=1", 400),
        ("/collections/compound/items?limit=1&limit=2", 400),
        ("/collections/compound/items?bbox=1,2,3", 400),
        ("/collections/compound/items?bbox=a,b,c,d", 400),
        ("/collections/compound/items?bbox=1,2,nan,4", 400),
        ("/collections/compound/items?bbox=114,31,115,30", 400),
        ("/collections/compound/items?datetime=yesterday", 400),
        ("/collections/compound/items?datetime=2026-05-01/2020-01-01", 400),
        ("/collections/compound/items?datetime=../..", 400),
        ("/collections/compound/items?crs=EPSG:27700", 400),
        ("/collections/compound/items?bbox-crs=nonsense", 400),
        ("/collections/compound/items?filter-lang=sql", 400),
        ("/collections/compound/items?after=nonsense", 400),
        ("/collections/compound/items?after=bnVsbA", 400),
        ("/collections/compound/items?sortby=secret", 400),
        ("/collections/compound/items?properties=secret", 400),
        ("/collections/compound/items?households=many", 400),
        ("/collections/compound/items?simulated=maybe", 400),
        ("/collections/compound/items?f=xml", 400),
        ("/collections/compound/items/x07?limit=1", 400),
        ("/?unknown=1", 400),
        ("/collections?limit=1", 400),
        ("/conformance?x=1", 400),
        ("/api?x=1", 400),
    ],
)
def test_every_error_is_a_problem_with_what_is_wrong(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:fuwuquan:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == urlsplit(path).path


def test_a_wrong_method_and_a_wrong_form_are_problems_too(client: TestClient) -> None:
    answer = client.post("/collections")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == "GET, HEAD"
    assert client.head("/collections").status_code == 200
    items = client.delete("/collections/compound/items")
    assert items.status_code == 405
    assert items.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    known = client.put("/processes/coverage/execution").headers["allow"]
    assert "HEAD" not in known
    refused = client.get("/collections", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert refused.json()["status"] == 406


def test_a_limit_above_the_most_counts_as_the_most(client: TestClient) -> None:
    answer = client.get("/collections/compound/items", params={"limit": 10**12})
    assert answer.status_code == 200
    assert answer.json()["numberReturned"] == 60


def test_head_answers_as_get_without_a_body(client: TestClient) -> None:
    for path in ("/", "/collections", "/collections/compound/items", "/collections/nowhere"):
        plain = {"Accept-Encoding": "identity"}
        whole, head = client.get(path, headers=plain), client.head(path, headers=plain)
        assert head.status_code == whole.status_code
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers["content-length"] == str(len(whole.content))
        assert not head.content


def test_a_request_id_is_taken_or_given(client: TestClient) -> None:
    given = client.get("/", headers={"X-Request-ID": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    for unfit in ("a b", "x" * 65, "a\tb"):
        made = client.get("/", headers={"X-Request-ID": unfit}).headers["x-request-id"]
        assert made != unfit
        assert len(made) == 16


def test_answers_are_compressed_for_those_who_read_it(client: TestClient) -> None:
    packed = client.get("/collections", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = client.get("/collections", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    for refusing in ("gzip;q=0", "gzip; q=0.0, *"):
        answer = client.get("/collections", headers={"Accept-Encoding": refusing})
        assert "content-encoding" not in answer.headers, refusing


def test_one_mark_stands_for_the_same_bytes_in_every_language(client: TestClient) -> None:
    path = client.get("/collections/compound/items?limit=1").json()["features"][0]["id"]
    chinese, english = (
        client.get(f"/collections/compound/items/{path}", headers={"Accept-Language": language})
        for language in ("zh", "en")
    )
    assert chinese.headers["etag"] == english.headers["etag"] == '"1"'
    assert chinese.content == english.content


def test_the_newer_description_comes_to_those_who_ask_for_it(client: TestClient) -> None:
    newer = "application/vnd.oai.openapi+json;version=3.1"
    answer = client.get("/api", headers={"Accept": newer})
    assert answer.headers["content-type"] == newer
    assert answer.json()["openapi"].startswith("3.1")
    assert client.get("/api").json()["openapi"].startswith("3.0")


def test_a_reference_system_by_an_address_that_is_not_listed_is_refused(
    client: TestClient,
) -> None:
    system = "http://www.opengis.net/def/crs/EPSG/9.9/4326"
    answer = client.get("/collections/compound/items", params={"crs": system})
    assert answer.status_code == 400
    assert "EPSG/0/" in answer.json()["hint"]


def test_the_same_question_has_the_same_bytes_and_the_same_mark(client: TestClient) -> None:
    first, second = (client.get("/collections/compound/items?limit=5") for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    known = client.get(
        "/collections/compound/items?limit=5", headers={"If-None-Match": first.headers["etag"]}
    )
    assert known.status_code == 304


def test_properties_and_shapes_can_be_left_out(client: TestClient) -> None:
    path = "/collections/compound/items"
    few = client.get(path, params={"properties": "name,户数", "limit": 1}).json()["features"][0]
    assert list(few["properties"]) == ["name", "households"]
    bare = client.get(path, params={"skipGeometry": "true", "limit": 1}).json()["features"][0]
    assert bare["geometry"] is None


def test_a_property_is_a_parameter_by_either_of_its_names(client: TestClient) -> None:
    path = "/collections/compound/items"
    english = every(client, path, build_status="new")
    assert english
    assert english == every(client, path, 建设状态="new")
    assert all(one["properties"]["build_status"] == "new" for one in english)
    truths = every(client, path, simulated="true")
    assert {one["properties"]["simulated"] for one in truths} == {True}


def test_only_what_held_on_a_day_is_given_for_that_day(client: TestClient) -> None:
    path = "/collections/community/items"
    assert len(every(client, path)) == 9
    assert len(every(client, path, datetime="2003-07-01")) == 4
    assert len(every(client, path, datetime="2016-01-01T00:00:00Z")) == 8
    assert len(every(client, path, datetime="../2001-06-01")) == 2
    assert len(every(client, path, datetime="2015-06-30/2015-07-02")) == 9
    assert len(every(client, path, datetime="2015-07-01/..")) == 8
    # Compounds know no period, so they always hold.
    assert len(every(client, "/collections/compound/items", datetime="1900-01-01")) == 60


def test_names_are_the_standard_ones_in_force_and_no_secret(client: TestClient) -> None:
    path = "/collections/names/items"
    shown = every(client, path)
    assert {one["properties"]["name"] for one in shown} == {"人民广场", "建设路"}
    past = every(client, path, datetime="1990-01-01")
    told = {one["properties"]["name"]: one["properties"]["status"] for one in past}
    decided = dict.fromkeys(("人民广场", "建设路", "红旗路"), "official")
    assert told == decided | {"和平村": "recorded"}
    near = every(client, path, bbox="113.99,30.01,114.01,30.03")
    assert {one["properties"]["name"] for one in near} == {"人民广场"}
    one = client.get(f"{path}/{shown[0]['id']}").json()
    assert one["geometry"]["type"] == "Point"


def test_names_are_found_by_pinyin_and_by_slips(client: TestClient) -> None:
    path = "/collections/names/items"
    for words in ("人民广场", "renminguangchang", "rmgc", "人名广场"):
        hits = client.get(path, params={"q": words}).json()["features"]
        assert hits, words
        assert hits[0]["properties"]["name"] == "人民广场", words
    assert not client.get(path, params={"q": "机密洞"}).json()["features"]
    other = every(client, "/collections/compound/items", q="和平")
    assert {one["properties"]["name"] for one in other} == {"和平里", "和平一村"}


def test_names_that_are_found_are_counted_and_read_to_the_last_the_best_first(
    client: TestClient,
) -> None:
    path, wanted = "/collections/names/items", {"q": "路", "datetime": "1990-01-01"}
    whole = client.get(path, params=wanted).json()
    best = [one["id"] for one in whole["features"]]
    assert len(best) == whole["numberMatched"] == 2
    assert "next" not in {link["rel"] for link in whole["links"]}
    first = client.get(path, params={**wanted, "limit": 1}).json()
    (onward,) = (link["href"] for link in first["links"] if link["rel"] == "next")
    second = client.get(onward).json()
    assert [one["id"] for page in (first, second) for one in page["features"]] == best
    assert first["numberMatched"] == second["numberMatched"] == 2
    assert "next" not in {link["rel"] for link in second["links"]}
    page = client.get(path, params={**wanted, "limit": 1, "f": "html"}).text
    assert "共 2 个" in page
    assert 'rel="next"' in page
    (mark,) = re.findall(r"after=([\w-]+)", onward)
    strange = client.get(path, params={"q": "人民广场", "after": mark})
    assert strange.status_code == 400
    assert "next 链接" in strange.json()["hint"]


def test_health_and_metrics_are_told(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    key = client.get("/collections/compound/items?limit=1").json()["features"][0]["id"]
    client.get(f"/collections/compound/items/{key}")
    text = client.get("/metrics").text
    assert 'route="/collections/{collectionId}/items"' in text
    assert 'route="/collections/{collectionId}/items/{featureId:path}"' in text
    assert "fuwuquan_request_seconds_bucket" in text
