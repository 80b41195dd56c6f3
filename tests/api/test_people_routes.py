"""Every route and every role: what may be asked stands in one table, and nothing else may.

Whoever adds a route adds its row here: the scope that it wants, and whether it is there while only
what was published is served.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import geopandas as gpd
import pytest
import shapely
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import create_app
from api.people import accounts, credentials, passwords
from api.people.accounts import By
from api.people.scopes import ROLES
from api.settings import Settings
from geo.store import Origin, Workspace, conform

PlaceOf = Callable[[str], str]

ALL, KNOWN, WORK = "all", "known", "work"
"""Anybody at all; anybody who is known; whoever may do more than look."""
_ITEMS: Final = "/collections/{collectionId}"
_CASE: Final = "/cases/{caseId}"
_TILE: Final = "{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"

ACCESS: Final = {
    ("GET", "/"): "read",
    ("GET", "/conformance"): "read",
    ("GET", "/api"): "read",
    ("GET", "/openapi.json"): "read",
    ("GET", "/collections"): "read",
    ("GET", _ITEMS): "read",
    ("GET", f"{_ITEMS}/queryables"): "read",
    ("GET", f"{_ITEMS}/schema"): "read",
    ("GET", f"{_ITEMS}/items"): "read",
    ("GET", f"{_ITEMS}/items/{{featureId:path}}"): "read",
    ("GET", "/tileMatrixSets"): "read",
    ("GET", "/tileMatrixSets/{tileMatrixSetId}"): "read",
    ("GET", "/tiles"): "read",
    ("GET", "/tiles/{tileMatrixSetId}"): "read",
    ("GET", f"/tiles/{_TILE}"): "read",
    ("GET", f"{_ITEMS}/tiles"): "read",
    ("GET", f"{_ITEMS}/tiles/{{tileMatrixSetId}}"): "read",
    ("GET", f"{_ITEMS}/tiles/{_TILE}"): "read",
    ("GET", "/healthz"): ALL,
    ("GET", "/readyz"): ALL,
    ("GET", "/favicon.ico"): ALL,
    ("GET", "/metrics"): KNOWN,
    ("GET", "/login"): ALL,
    ("POST", "/login"): ALL,
    ("GET", "/login/oidc"): ALL,
    ("GET", "/login/oidc/back"): ALL,
    ("GET", "/setup"): ALL,
    ("POST", "/setup"): ALL,
    ("POST", "/logout"): KNOWN,
    ("GET", "/account"): KNOWN,
    ("POST", "/account/password"): KNOWN,
    ("POST", "/account/sessions/end"): KNOWN,
    ("POST", "/account/keys"): KNOWN,
    ("POST", "/account/keys/{keyId}/revoke"): KNOWN,
    ("GET", "/accounts"): "admin",
    ("POST", "/accounts"): "admin",
    ("PATCH", "/accounts/{name}"): "admin",
    ("POST", "/accounts/{name}"): "admin",
    ("POST", "/accounts/keys/{keyId}/revoke"): "admin",
    ("POST", f"{_ITEMS}/items"): ("edit", "propose"),
    ("OPTIONS", f"{_ITEMS}/items"): "read",
    ("PUT", f"{_ITEMS}/items/{{featureId:path}}"): ("edit", "propose"),
    ("PATCH", f"{_ITEMS}/items/{{featureId:path}}"): ("edit", "propose"),
    ("DELETE", f"{_ITEMS}/items/{{featureId:path}}"): ("edit", "propose"),
    ("OPTIONS", f"{_ITEMS}/items/{{featureId:path}}"): "read",
    ("GET", "/ws"): KNOWN,
    ("POST", "/ws"): "edit",
    ("DELETE", "/ws/{draftId}"): "edit",
    ("POST", "/ws/{draftId}/closing"): "edit",
    ("POST", "/ws/{draftId}/discard"): "edit",
    ("GET", "/ws/{draftId}/changes"): "read",  # of a draft that is there: its owner, approvers
    ("DELETE", "/ws/{draftId}/changes/{collectionId}/{featureId:path}"): "edit",
    ("POST", "/ws/{draftId}/proposal"): ("edit", "propose"),
    ("POST", "/ws/{draftId}/resolve"): "edit",
    ("GET", "/proposals"): KNOWN,
    ("GET", "/proposals/{proposalId}"): KNOWN,
    ("POST", "/proposals/{proposalId}/approval"): "approve",
    ("POST", "/proposals/{proposalId}/rejection"): "approve",
    ("POST", "/proposals/{proposalId}/withdrawal"): "edit",
    ("GET", "/processes"): "read",
    ("GET", "/processes/{processId}"): "read",
    ("POST", "/processes/{processId}/execution"): "plan",
    ("GET", "/jobs"): "internal",  # jobs of what one may ask for: audits of names at least
    ("GET", "/jobs/{jobId}"): "read",  # of a job that is there: as of its process
    ("GET", "/jobs/{jobId}/results"): "read",
    ("GET", "/jobs/{jobId}/files/{name:path}"): "read",
    ("DELETE", "/jobs/{jobId}"): WORK,
    ("POST", "/jobs/{jobId}/dismissal"): WORK,
    ("POST", "/whatif"): "plan",
    ("DELETE", "/whatif/{sessionId}"): "plan",
    ("GET", "/norms"): "read",
    ("GET", "/norms/{normId}"): "read",
    ("GET", "/coverage"): "read",
    ("GET", "/assessments"): "read",
    ("GET", "/sitings"): "read",
    ("GET", "/scenarios"): "plan",
    ("GET", "/names/search"): "read",
    ("GET", "/names/romanise"): "read",
    ("POST", "/names/check"): "internal",
    ("GET", "/names/check"): "internal",
    ("GET", "/names/{placeId}/history"): "internal",
    ("GET", "/cases"): "internal",
    ("POST", "/cases"): ("edit", "propose"),
    ("GET", "/cases/kinds"): "internal",
    ("GET", "/cases/kinds/{kindId}"): "internal",
    ("GET", "/cases/kinds/{kindId}/form"): "internal",
    ("GET", "/cases/due"): "internal",
    ("GET", _CASE): "internal",
    ("PATCH", _CASE): ("edit", "propose"),
    ("POST", _CASE): ("edit", "propose"),
    ("GET", f"{_CASE}/progress"): "internal",
    ("GET", f"{_CASE}/tasks"): "internal",
    ("GET", f"{_CASE}/opinions"): "internal",
    ("GET", f"{_CASE}/drafts"): "internal",
    ("POST", f"{_CASE}/actions"): "internal",  # further by the role that the act wants
    ("POST", f"{_CASE}/undo"): "internal",  # of a case that is there: further by its state
    ("POST", f"{_CASE}/check"): ("edit", "propose"),
    ("POST", f"{_CASE}/approval"): "approve",
    ("POST", f"{_CASE}/codes"): ("edit", "propose"),
    ("POST", f"{_CASE}/candidates"): ("edit", "propose"),
    ("POST", f"{_CASE}/readings"): ("edit", "propose"),
    ("POST", f"{_CASE}/choice"): ("edit", "propose"),
    ("POST", f"{_CASE}/documents"): ("edit", "propose"),
    ("GET", f"{_CASE}/documents/{{kind}}"): "internal",
    ("POST", f"{_CASE}/consultation"): ("edit", "propose"),
    ("POST", f"{_CASE}/opinions"): ("edit", "propose"),
    ("POST", f"{_CASE}/opinions/{{number:path}}/answer"): ("edit", "propose"),
    ("POST", f"{_CASE}/tasks/{{number:path}}/done"): ("edit", "propose"),
    ("POST", f"{_CASE}/tasks/{{number:path}}/extension"): ("edit", "propose"),
    ("GET", "/isochrone"): "plan",
    ("GET", "/maps"): "plan",
    ("GET", "/maps/{mapId}"): "plan",
    ("GET", "/names/{placeId}"): "read",
    ("GET", "/audit"): "audit",
    ("GET", "/audit/verification"): "audit",
    ("GET", "/audit/cases"): "audit",
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "/ws/{draftId}/resolve": {"collection": "street", "id": "s", "fields": {"name": "yours"}}
}
"""What must be sent for a route to come to the question who asks."""
PUBLIC: Final = {
    route
    for route in ACCESS
    if (route[0] == "GET" and route[1].startswith(("/collections", "/tile")))
    or route[1]
    in ("/", "/conformance", "/api", "/openapi.json", "/healthz", "/readyz", "/favicon.ico")
}
"""Routes that are there while only what was published is served."""


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    waiting: list[Any] = list(app.routes)
    while waiting:
        one = waiting.pop()
        inner = getattr(one, "original_router", one)
        waiting += getattr(inner, "routes", [])
        if isinstance(one, APIRoute):
            found |= {(method, one.path) for method in one.methods or ()}
        else:
            assert inner is not one, f"{one} is no route that this test knows"
    return found


ROUTES: Final = sorted(routes_of(create_app(Settings())))


def test_every_route_stands_in_the_table_and_the_table_has_no_other() -> None:
    assert set(ROUTES) == set(ACCESS)


def path_of(path: str) -> str:
    filled = {
        "{collectionId}": "street",
        "{processId}": "coverage",
        "{tileMatrixSetId}": "WebMercatorQuad",
    }
    parts = [filled.get(part, "0" if part.startswith("{") else part) for part in path.split("/")]
    return "/".join(parts)


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, dict[str, str]]]:
    """Return the settings of a server and a key of a person of each role."""
    folder = tmp_path_factory.mktemp("roles")
    place = str(folder / "w")
    if request.param == "postgis":
        place = f"{request.getfixturevalue('shared_database')}?workspace=roles"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 8, 1))
        workspace = Workspace.create(place)
        line = shapely.LineString([(114, 30), (114.1, 30)])
        frame = gpd.GeoDataFrame({"id": ["s"], "name": ["街"]}, geometry=[line], crs=4490)
        workspace.write("street", conform(frame, "street"), origin=Origin("t", date(2026, 5, 1)))
        keys = {}
        with workspace.writing() as connection:
            by = By("test")
            for role in ("admin", *(name for name in ROLES if name != "admin")):
                accounts.add(connection, role, [role], by=by)
                _, keys[role] = credentials.make_key(
                    connection, role, label="", scopes=sorted(ROLES[role]), days=1, by=by
                )
        where = {"database" if "://" in place else "workspace": place}
        yield Settings(**where, public_url="https://plan.example"), keys  # type: ignore[arg-type]
        workspace.close()


def allowed(role: str, wanted: str | tuple[str, ...]) -> bool:
    """Return whether the table lets a role in."""
    if role == "nobody":
        return wanted == ALL
    scopes: frozenset[str] = ROLES[role]
    if wanted == WORK:
        return not scopes <= {"read", "internal", "audit"}
    return wanted in (ALL, KNOWN) or scopes >= ({wanted} if isinstance(wanted, str) else {*wanted})


def ask(client: TestClient, method: str, path: str, key: str = "") -> Any:  # noqa: ANN401
    body: dict[str, Any] = {}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if method not in ("GET", "OPTIONS"):
        edits = path.startswith(_ITEMS)
        headers["Content-Type"] = "application/geo+json" if edits else "application/json"
        body = BODIES.get(path, {"type": "Feature"} if edits else {})
    content = json.dumps(body) if body or "Content-Type" in headers else None
    return client.request(method, path_of(path), headers=headers, content=content)


def verdict(answer: Any) -> str:  # noqa: ANN401
    """Return whether an answer is a refusal of the one who asks, not of what he asks."""
    if answer.status_code == 401 and answer.json()["detail"] == "请先登录。":
        return "unknown"
    if answer.status_code == 403 and "scope" in answer.json():
        return "forbidden"
    return "let in"


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(
    served: tuple[Settings, dict[str, str]], role: str
) -> None:
    settings, keys = served
    wrong = []
    with TestClient(create_app(settings), "https://plan.example") as client:
        for (method, path), wanted in ACCESS.items():
            refused = "unknown" if role == "nobody" else "forbidden"
            expected = "let in" if allowed(role, wanted) else refused
            answer = ask(client, method, path, keys.get(role, ""))
            assert answer.status_code < 500, (method, path, answer.text)
            if verdict(answer) != expected:
                wrong.append((method, path, answer.status_code, expected))
    assert not wrong


def test_where_reading_is_open_nobody_reads_and_does_nothing_else(
    served: tuple[Settings, dict[str, str]],
) -> None:
    settings, _ = served
    opened = settings.model_copy(update={"open_reading": True})
    with TestClient(create_app(opened), "https://plan.example") as client:
        for (method, path), scope in ACCESS.items():
            expected = "let in" if scope in (ALL, "read") or method == "OPTIONS" else "unknown"
            assert verdict(ask(client, method, path)) == expected, (method, path)


def test_while_only_the_published_is_served_no_other_route_is_there(
    served: tuple[Settings, dict[str, str]],
) -> None:
    settings, keys = served
    public = settings.model_copy(update={"public": True})
    with TestClient(create_app(public), "https://plan.example") as client:
        for method, path in ACCESS:
            for key in ("", keys["admin"]):
                answer = ask(client, method, path, key)
                refused = answer.status_code in (404, 405) and (
                    "首页 / 起" in answer.text or "只能读" in answer.text
                )
                hidden = "{collectionId}" in path
                assert refused == ((method, path) not in PUBLIC or hidden), (method, path)


@pytest.mark.parametrize(
    "path", ["/nothing", "/accounts/", "/account/../audit", "/collections/x/%2e%2e/%2e%2e/audit"]
)
def test_no_spelling_of_an_address_leads_past_the_guard(
    served: tuple[Settings, dict[str, str]], path: str
) -> None:
    settings, keys = served
    with TestClient(create_app(settings), "https://plan.example") as client:
        assert client.get(path).status_code == 401
        viewer = {"Authorization": f"Bearer {keys['viewer']}"}
        assert client.get(path, headers=viewer).status_code in (400, 403, 404)
