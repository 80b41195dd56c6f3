"""What comes of drafts once others decide or publish: nothing is lost, whatever the order."""

from __future__ import annotations

from typing import Any

import pytest

from geo.errors import ConflictError
from geo.store.history import EDIT
from tests.api.conftest import ORIGIN
from tests.api.test_drafts import patched, publish
from tests.api.test_editing import ITEMS, PATCH, Office, office

__all__ = ["office"]


def proposed_values(office: Office, who: str, proposal: str) -> Any:  # noqa: ANN401
    told = office.ask(who, "GET", proposal).json()["changes"]
    return [
        (one["id"], [(f["property"], f["before"], f["after"]) for f in one["fields"]])
        for one in told
    ]


def test_a_rejected_proposal_can_be_mended_and_a_withdrawn_one_too(office: Office) -> None:
    draft = office.draft()
    assert office.ask("张编", "POST", f"{draft}/proposal", json={}).status_code == 409
    patched(office, draft, "x1", elders=66)
    first = office.propose(draft)
    tag = office.ask("王批", "GET", first).headers["etag"]
    rejected = office.ask(
        "王批", "POST", f"{first}/rejection", json={"note": "依据不足"}, headers={"If-Match": tag}
    )
    assert rejected.json()["state"] == "rejected"
    assert patched(office, draft, "x1", elders=67).status_code == 204
    second = office.propose(draft)
    for who in ("张编", "王批"):
        assert proposed_values(office, who, first) == [("x1", [("elders", 50, 66)])]
        assert proposed_values(office, who, second) == [("x1", [("elders", 50, 67)])]
    assert office.ask("王批", "POST", f"{second}/withdrawal", json={}).status_code == 403
    assert office.ask("张编", "POST", f"{second}/withdrawal", json={}).status_code == 200
    assert office.ask("张编", "DELETE", f"{draft}{ITEMS}/x1").status_code == 204
    assert proposed_values(office, "张编", second) == [("x1", [("elders", 50, 67)])]
    assert proposed_values(office, "王批", second) == []  # its author took it back
    assert office.approve(office.propose(draft)).status_code == 200
    assert office.ask("张编", "GET", f"{ITEMS}/x1").status_code == 404


def test_a_layer_that_is_imported_anew_is_merged_by_what_it_holds(office: Office) -> None:
    draft = office.draft()
    patched(office, draft, "x1", elders=66)
    patched(office, draft, "x2", elders=66)
    frame = office.workspace.read("compound", "EPSG:4490")
    frame.loc[frame["id"] == "x1", "name"] = "重新导入"
    frame.loc[frame["id"] == "x2", "elders"] = 44
    office.workspace.write("compound", frame, origin=ORIGIN)
    old = {**PATCH, "If-Match": '"1"'}
    change = {"properties": {"elders": 1}}
    assert office.ask("赵发", "PATCH", f"{ITEMS}/x1", json=change, headers=old).status_code == 412
    told = office.ask("张编", "GET", f"{draft}/changes").json()
    assert told["conflicts"] == 1
    body = {"collection": "compound", "id": "x2", "fields": {"elders": "theirs"}}
    assert office.ask("张编", "POST", f"{draft}/resolve", json=body).status_code == 200
    assert office.approve(office.propose(draft)).status_code == 200
    assert (office.row("x1")[0]["name"], office.row("x1")[0]["elders"]) == ("重新导入", 66)
    assert office.row("x2")[0]["elders"] == 44


def test_drafts_of_different_fields_come_to_the_same_in_either_order(office: Office) -> None:
    states = []
    for order in ((0, 1), (1, 0)):
        drafts = [office.draft(), office.draft("李编")]
        for key, (one, other) in {"x1": ("elders", "children"), "x2": ("name", "elders")}.items():
            values = {"elders": 33, "children": 7, "name": "同一个名"}
            patched(office, drafts[0], key, **{one: values[one]})
            patched(office, drafts[1], key, who="李编", **{other: values[other]})
        proposals = [office.propose(drafts[0]), office.propose(drafts[1], "李编")]
        for at in order:
            assert office.approve(proposals[at]).status_code == 200
        states.append(office.workspace.content_sha256("compound"))
        for key in ("x1", "x2"):
            publish(office, key, elders=50, children=None, name=f"小区{key[1:]}")
    assert states[0] == states[1]


def test_the_history_is_only_added_to(office: Office) -> None:
    publish(office, "x1", elders=51)
    for statement in (EDIT.delete(), EDIT.update().values(author="别人")):
        with pytest.raises(ConflictError), office.workspace.writing() as connection:
            connection.execute(statement)
