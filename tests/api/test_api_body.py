"""A body is read only when it is JSON of the right type and not too deep."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from api import errors
from api.body import json_of
from api.settings import Settings


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.state.settings = Settings(workspace=Path(), body_depth=8)
    errors.install(app)

    @app.post("/")
    async def take(request: Request) -> dict[str, Any]:
        return {"read": await json_of(request, "application/json", "application/geo+json")}

    return TestClient(app)


def send(client: TestClient, body: str, kind: str = "application/json") -> tuple[int, Any]:
    answer = client.post("/", content=body.encode(), headers={"Content-Type": kind})
    return answer.status_code, answer.json()


def test_json_of_a_taken_type_is_read(client: TestClient) -> None:
    assert send(client, '{"名":[1,"]]]]]]]]]]"]}') == (200, {"read": {"名": [1, "]]]]]]]]]]"]}})
    assert send(client, "1", "application/geo+json; charset=utf-8") == (200, {"read": 1})


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
def test_another_type_is_refused(client: TestClient, kind: str) -> None:
    status, body = send(client, "1", kind)
    assert status == 415
    assert "application/geo+json" in body["hint"]


def test_a_packed_body_is_refused_unopened(client: TestClient) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    told = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = client.post("/", content=bomb, headers=told)
    assert answer.status_code == 415
    assert "gzip" in answer.json()["detail"]


@pytest.mark.parametrize("body", ["", "{", "{'a':1}", "[1,]", "NaN", '"\\ud800"', "\x00"])
def test_what_is_no_json_is_refused(client: TestClient, body: str) -> None:
    assert send(client, body)[0] == 400


@pytest.mark.parametrize("body", ["[" * 9 + "]" * 9, "[" * 100_000, '{"a":' * 9 + "1" + "}" * 9])
def test_what_is_nested_too_deeply_is_refused_before_it_is_read(
    client: TestClient, body: str
) -> None:
    assert send(client, body)[0] == 400
    assert send(client, "[" * 8 + "]" * 8)[0] == 200
