"""Drafts: QGIS edits there without naming versions, and only approval changes what is published."""

from __future__ import annotations

from typing import Any

import pytest

from geo.store.history import EDIT
from tests.api.test_editing import ITEMS, PATCH, Office, feature, office

__all__ = ["office"]


def patched(office: Office, at: str, key: str, who: str = "张编", **cells: Any) -> Any:  # noqa: ANN401
    path = f"{at}{ITEMS}/{key}"
    return office.ask(who, "PATCH", path, json={"properties": cells}, headers=PATCH)


def cell(office: Office, key: str, name: str, at: str = "", who: str = "张编") -> Any:  # noqa: ANN401
    answer = office.ask(who, "GET", f"{at}{ITEMS}/{key}")
    assert answer.status_code == 200, answer.text
    return answer.json()["properties"][name]


def publish(office: Office, key: str, **cells: Any) -> None:  # noqa: ANN401
    tag = office.ask("赵发", "GET", f"{ITEMS}/{key}").headers["etag"]
    headers = {**PATCH, "If-Match": tag}
    answer = office.ask(
        "赵发", "PATCH", f"{ITEMS}/{key}", json={"properties": cells}, headers=headers
    )
    assert answer.status_code == 204, answer.text


def qgis_session(office: Office, at: str) -> str:
    """Edit as QGIS does: ask what is allowed, then send, never an If-Match; return the new id."""

    def ask(method: str, path: str, body: Any = None, kind: str = "application/geo+json") -> Any:  # noqa: ANN401
        given = {} if body is None else {"json": body, "headers": {"Content-Type": kind}}
        return office.ask("张编", method, f"{at}{path}", **given)

    assert "POST" in ask("OPTIONS", ITEMS).headers["allow"]
    allowed = ask("OPTIONS", f"{ITEMS}/x1").headers["allow"]
    assert all(method in allowed for method in ("PUT", "PATCH", "DELETE"))
    properties = {"id": None, "name": "QGIS 里新画的", "households": 80, "elders": None}
    new = {**feature(), "properties": properties}
    made = ask("POST", ITEMS, new)
    assert made.status_code == 201, made.text
    created = str(made.headers["location"]).rpartition("/items/")[2]
    merge_patch = "application/merge-patch+json"
    shape = {"geometry": {"type": "Point", "coordinates": [114.3, 30.3]}}
    assert (
        ask("PATCH", f"{ITEMS}/x1", {"properties": {"elders": 77}}, merge_patch).status_code == 204
    )
    assert ask("PATCH", f"{ITEMS}/x2", shape, merge_patch).status_code == 204
    assert ask("DELETE", f"{ITEMS}/x3").status_code == 204
    read = ask("GET", f"{ITEMS}/x4").json()
    read["properties"]["name"] = "整个替换"
    read["geometry"]["coordinates"] = [round(one, 6) for one in read["geometry"]["coordinates"]]
    whole = {name: read[name] for name in ("type", "id", "geometry", "properties")}
    assert ask("PUT", f"{ITEMS}/x4", whole).status_code == 204
    return created


def test_edits_of_qgis_land_in_the_draft_only(office: Office) -> None:
    before = office.workspace.content_sha256("compound")
    draft = office.draft()
    created = qgis_session(office, draft)
    assert office.workspace.content_sha256("compound") == before
    assert office.ask("张编", "GET", f"{ITEMS}/{created}").status_code == 404
    assert office.ask("张编", "GET", f"{draft}{ITEMS}/{created}").status_code == 200
    assert office.ask("张编", "GET", f"{draft}{ITEMS}/x3").status_code == 404
    assert cell(office, "x1", "elders", draft) == 77
    told = office.ask("张编", "GET", f"{draft}/changes").json()
    acts = {one["id"]: one["act"] for one in told["changes"]}
    assert acts == {
        created: "insert",
        "x1": "update",
        "x2": "update",
        "x3": "delete",
        "x4": "update",
    }
    fields = {one["id"]: [f["property"] for f in one["fields"]] for one in told["changes"]}
    assert fields["x1"] == ["elders"]
    assert fields["x2"] == ["geometry"]
    assert fields["x4"] == ["name"]  # its shape only lost digits on the way
    assert office.approve(office.propose(draft)).status_code == 200
    assert cell(office, "x1", "elders") == 77
    assert cell(office, created, "name") == "QGIS 里新画的"
    assert office.ask("张编", "GET", f"{ITEMS}/x3").status_code == 404
    kept = office.row("x4")[0]["geometry"].x
    assert kept == 114 + 4 / 100 + 0.00123456789


def test_a_draft_is_an_api_of_its_own(office: Office) -> None:
    draft = office.draft()
    qgis_session(office, draft)
    for at in (draft, f"{draft}/"):
        landing = office.ask("张编", "GET", at).json()
        hrefs = {link["rel"]: link["href"] for link in landing["links"]}
        assert hrefs["data"] == f"http://127.0.0.1:8620{draft}/collections"
    for path in ("/conformance", "/collections", "/collections/compound", "/tiles", "/api",
                 "/collections/compound/schema", "/collections/compound/queryables"):  # fmt: skip
        assert office.ask("张编", "GET", f"{draft}{path}").status_code == 200, path
    for path in ("/healthz", "/ws", "/proposals", "/accounts", "/collections/nie", "/nie"):
        assert office.ask("张编", "GET", f"{draft}{path}").status_code == 404, path
    whole = office.ask("张编", "GET", f"{draft}{ITEMS}?limit=7").json()
    assert whole["numberMatched"] == 20
    ids = [one["id"] for one in whole["features"]]
    while (link := {one["rel"]: one["href"] for one in whole["links"]}).get("next"):
        assert link["next"].startswith(f"http://127.0.0.1:8620{draft}/")
        whole = office.ask("张编", "GET", link["next"]).json()
        ids += [one["id"] for one in whole["features"]]
    assert len(ids) == len(set(ids)) == 20
    assert "x3" not in ids

    def found(asked: str) -> set[str]:
        answer = office.ask("张编", "GET", f"{draft}{ITEMS}?{asked}")
        assert answer.status_code == 200, answer.text
        return {one["id"] for one in answer.json()["features"]}

    assert found("filter=elders=77") == {"x1"}
    assert found("name=整个替换") == {"x4"}
    assert found("bbox=114.29,30.29,114.31,30.31") == {"x2"}
    assert "x2" not in found("bbox=114.02,29.9,114.03,30.05")
    assert found("filter=S_INTERSECTS(geometry,BBOX(114.29,30.29,114.31,30.31))") == {"x2"}
    assert found("sortby=-elders&limit=1") == {"x1"}
    assert found("q=整个") == {"x4"}
    extent = office.ask("张编", "GET", f"{draft}/collections/compound").json()["extent"]
    assert extent["spatial"]["bbox"][0][3] == pytest.approx(30.3)
    grid = "tiles/WebMercatorQuad/8/105/209"
    tiles = [office.ask("张编", "GET", f"{at}/collections/compound/{grid}") for at in (draft, "")]
    assert [tile.status_code for tile in tiles] == [200, 200]
    assert tiles[0].headers["etag"] != tiles[1].headers["etag"]
    assert "整个替换".encode() in tiles[0].content
    assert "整个替换".encode() not in tiles[1].content


def test_what_is_read_in_a_draft_changes_with_every_edit(office: Office) -> None:
    draft = office.draft()
    tile = f"{draft}/collections/compound/tiles/WebMercatorQuad/8/105/209"
    seen = {office.ask("张编", "GET", tile).headers["etag"]}
    tags = {office.ask("张编", "GET", f"{draft}{ITEMS}/x1").headers["etag"]}
    for elders in (51, 52, 50, 51):
        made = patched(office, draft, "x1", elders=elders)
        seen.add(office.ask("张编", "GET", tile).headers["etag"])
        tag = office.ask("张编", "GET", f"{draft}{ITEMS}/x1").headers["etag"]
        assert made.headers["etag"] == tag
        tags.add(tag)
        assert cell(office, "x1", "elders", draft) == elders
    publish(office, "x9", elders=1)
    seen.add(office.ask("张编", "GET", tile).headers["etag"])
    assert len(tags) == 4  # back at what is published, it has the published tag again
    assert len(seen) >= 5
    stale = office.ask(
        "张编", "PATCH", f"{draft}{ITEMS}/x1", json={"properties": {"elders": 1}},
        headers={**PATCH, "If-Match": '"1"'},
    )  # fmt: skip
    assert stale.status_code == 412
    office.ask("张编", "DELETE", f"{draft}/changes/compound/x1")
    assert cell(office, "x1", "elders", draft) == 50


def test_nobody_else_sees_or_edits_a_draft(office: Office) -> None:
    draft = office.draft()
    patched(office, draft, "x1", elders=1)
    inside = ("/", "/collections", f"{ITEMS}/x1", "/changes")

    def statuses(who: str) -> set[int]:
        return {office.ask(who, "GET", f"{draft}{path}").status_code for path in inside}

    assert statuses("李编") == statuses("王批") == {404}  # nobody's business yet
    assert office.ask("王批", "GET", "/ws").json()["drafts"] == []
    proposal = office.propose(draft)
    assert statuses("李编") == {404}
    assert statuses("王批") == {200}
    assert patched(office, draft, "x1", who="李编", elders=1).status_code == 404
    assert patched(office, draft, "x1", who="王批", elders=1).status_code == 403
    for who in ("李编", "孙看"):
        answer = office.ask(who, "GET", proposal)
        assert answer.status_code == 404
        assert draft.rpartition("/")[2] not in answer.text
    assert office.ask("李编", "DELETE", draft).status_code == 404
    assert office.ask("孙看", "POST", "/ws", json={}).status_code == 403
    listed = {
        who: office.ask(who, "GET", "/ws").json()["drafts"] for who in ("张编", "李编", "王批")
    }
    assert [len(listed[who]) for who in listed] == [1, 0, 1]
    assert office.ask("张编", "POST", f"{proposal}/withdrawal", json={}).status_code == 200
    assert statuses("王批") == {404}
    told = office.ask("王批", "GET", proposal).json()
    assert told["state"] == "withdrawn"
    assert not told.get("changes")
    result = office.ask("张编", "DELETE", f"{draft}/collections/nie/items/1")
    assert result.status_code == 404


def test_a_closed_draft_is_gone(office: Office) -> None:
    draft = office.draft()
    assert office.ask("张编", "DELETE", draft).status_code == 204
    for method, path in (
        ("GET", "/"), ("GET", f"{ITEMS}/x1"), ("GET", "/changes"), ("DELETE", ""),
        ("POST", "/proposal"),
    ):  # fmt: skip
        assert office.ask("张编", method, f"{draft}{path}", json={}).status_code == 410, path
    assert patched(office, draft, "x1", elders=1).status_code == 410
    assert office.ask("王批", "GET", f"{draft}/").status_code == 404


def test_changes_of_different_fields_merge_and_the_author_never_approves(office: Office) -> None:
    draft = office.draft()
    patched(office, draft, "x1", elders=66)
    publish(office, "x1", name="别人改了名")
    proposal = office.propose(draft)
    assert patched(office, draft, "x1", elders=67).status_code == 409
    tag = office.ask("张编", "GET", proposal).headers["etag"]
    assert (
        office.ask(
            "张编", "POST", f"{proposal}/approval", json={}, headers={"If-Match": tag}
        ).status_code
        == 403
    )
    assert office.ask("王批", "POST", f"{proposal}/approval", json={}).status_code == 428
    old = office.ask("王批", "POST", f"{proposal}/approval", json={}, headers={"If-Match": '"7"'})
    assert old.status_code == 412
    assert office.ask("李编", "GET", proposal).status_code == 404
    done = office.approve(proposal)
    assert done.status_code == 200
    assert done.json()["decided_by"] == "王批"
    (change,) = office.ask("王批", "GET", proposal).json()["changes"]
    assert [(one["property"], one["after"]) for one in change["fields"]] == [("elders", 66)]
    row, version = office.row("x1")
    assert (row["name"], row["elders"], version) == ("别人改了名", 66, 3)
    assert office.approve(proposal).status_code in (409, 412)
    with office.workspace.reading() as connection:
        last = connection.execute(EDIT.select().order_by(EDIT.c.number.desc()).limit(1)).one()
    assert last.author == "张编"
    assert last.cause.startswith("proposal p-")


def test_conflicts_are_listed_with_three_values_and_nothing_is_written(office: Office) -> None:
    draft = office.draft()
    patched(office, draft, "x1", elders=66, households=120)
    patched(office, draft, "x2", elders=99)
    move = {"geometry": {"type": "Point", "coordinates": [114.4, 30.4]}}
    office.ask("张编", "PATCH", f"{draft}{ITEMS}/x5", json=move, headers=PATCH)
    office.ask("张编", "DELETE", f"{draft}{ITEMS}/x6")
    publish(office, "x1", elders=55)
    publish(office, "x6", elders=56)
    other = {**PATCH, "If-Match": '"1"'}
    moved = {"geometry": {"type": "Point", "coordinates": [114.5, 30.5]}}
    assert office.ask("赵发", "PATCH", f"{ITEMS}/x5", json=moved, headers=other).status_code == 204
    unknowing = office.ask("张编", "POST", f"{draft}/proposal", json={})
    assert unknowing.status_code == 409
    assert "3 处冲突，还没有报送" in unknowing.json()["detail"]
    assert {one["id"] for one in unknowing.json()["conflicts"]} == {"x1", "x5", "x6"}
    assert office.ask("张编", "GET", f"{draft}/changes").json()["state"] == "open"
    wrong = office.ask("张编", "POST", f"{draft}/proposal", json={"conflicts": "settle"})
    assert wrong.status_code == 400
    proposal = office.propose(draft, conflicts="keep")
    before = office.workspace.content_sha256("compound")
    refused = office.approve(proposal)
    assert refused.status_code == 409
    told = {one["id"]: one["conflicts"] for one in refused.json()["conflicts"]}
    assert set(told) == {"x1", "x5", "x6"}
    (conflict,) = told["x1"]
    assert (conflict["property"], conflict["base"], conflict["theirs"], conflict["yours"]) == (
        "elders", 50, 55, 66,
    )  # fmt: skip
    assert told["x5"][0]["theirs"]["coordinates"] == [114.5, 30.5]
    assert told["x6"][0]["property"] == "*"
    assert told["x6"][0]["yours"] is None
    assert office.workspace.content_sha256("compound") == before

    def settle(key: str, **fields: Any) -> Any:  # noqa: ANN401
        body = {"collection": "compound", "id": key, "fields": fields}
        return office.ask("张编", "POST", f"{draft}/resolve", json=body)

    seen = office.ask("王批", "GET", proposal).headers["etag"]
    assert settle("x1").status_code == settle("x1", name="yours").status_code == 400
    assert settle("x1", elders={"value": "许多"}).status_code == 400
    assert settle("x1", elders={"value": 60}).status_code == 200
    assert settle("x5", geometry="theirs").status_code == 200
    assert settle("x6", **{"*": "yours"}).json()["conflicts"] == 0
    stale = office.ask("王批", "POST", f"{proposal}/approval", json={}, headers={"If-Match": seen})
    assert stale.status_code == 412  # what was settled since was not looked at
    done = office.approve(proposal)
    assert done.status_code == 200, done.text
    row, _ = office.row("x1")
    assert (row["elders"], row["households"]) == (60, 120)
    assert office.row("x5")[0]["geometry"].x == 114.5
    assert office.row("x2")[0]["elders"] == 99
    assert office.ask("赵发", "GET", f"{ITEMS}/x6").status_code == 404
