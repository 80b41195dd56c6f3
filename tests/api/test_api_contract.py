"""What the OpenAPI document says is what the server does: asked at random, every reading route."""

from __future__ import annotations

from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft4Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_every_answer_is_as_it_is_described(client: TestClient, local_app: Any) -> None:  # noqa: ANN401
    assert client.get("/readyz").status_code == 200
    schema = schemathesis.openapi.from_asgi("/openapi.json", local_app)
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.method.upper() != "GET":
            continue

        @given(case=operation.as_strategy())
        @settings(max_examples=8, suppress_health_check=list(HealthCheck))
        def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis has its own classes
            case.call_and_validate(checks=CHECKS)

        ask()


def values(node: object, name: str) -> list[object]:
    """Return every value of a name anywhere in a document."""
    if isinstance(node, dict):
        own = [node[name]] if name in node else []
        return own + [found for part in node.values() for found in values(part, name)]
    if isinstance(node, list):
        return [found for part in node for found in values(part, name)]
    return []


def test_the_older_document_has_nothing_that_only_the_newer_form_knows(client: TestClient) -> None:
    newer, older = client.get("/openapi.json"), client.get("/api")
    assert older.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert newer.json()["openapi"].startswith("3.1")
    document = older.json()
    assert document["openapi"] == "3.0.3"
    assert set(document["paths"]) == set(newer.json()["paths"])
    assert not [kind for kind in values(document, "type") if isinstance(kind, list)]
    assert not values(document, "const")
    for shape in values(document, "schema"):
        if isinstance(shape, dict) and "$ref" not in shape:
            Draft4Validator.check_schema({k: v for k, v in shape.items() if k != "nullable"})


def test_every_route_says_in_chinese_what_it_does_and_how_it_may_fail(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            assert any(ord(sign) > 0x2E80 for sign in operation["summary"]), (verb, path)
            assert any(ord(sign) > 0x2E80 for sign in operation["description"]), (verb, path)
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], (verb, path, parameter["name"])
            for code, answer in operation["responses"].items():
                if int(code) >= 400:
                    pages = ["text/html"] if verb in ("get", "post") else []  # for browsers
                    assert list(answer["content"]) == ["application/problem+json", *pages]


def test_a_browser_gets_its_failures_as_pages_and_nobody_else_does(client: TestClient) -> None:
    asked = [("GET", "/collections/none"), ("POST", "/collections/compound/items"),
             ("GET", "/tiles/WebMercatorQuad/99/0/0"), ("POST", "/whatif"),
             ("PUT", "/collections/compound/items/x01")]  # fmt: skip
    for verb, path in asked:
        for accept in ("text/html", "application/json"):
            answer = client.request(verb, path, headers={"Accept": accept}, json=[])
            assert answer.status_code >= 400, (verb, path)
            kind = answer.headers["content-type"].partition(";")[0]
            page = accept == "text/html" and verb != "PUT"
            assert kind == ("text/html" if page else "application/problem+json"), (verb, path)


def test_the_page_of_the_api_needs_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/api", "/collections", "/collections/compound/items?limit=3"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "<script" not in page.text
        assert "http://127.0.0.1:8620" in page.text
        assert "//cdn" not in page.text
        assert page.text.count("http://") == page.text.count(
            "http://127.0.0.1:8620"
        ) + page.text.count("http://www.opengis.net")
