"""Approvers and authors who act at the same moment: one of them is first, the others are told."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa

from api.people import accounts, credentials
from api.people.accounts import By
from geo.store import Workspace
from geo.store.history import entries
from geo.store.people import APPROVAL
from tests.api.test_editing import ITEMS, PATCH, filled
from tests.api.test_editors_at_once import Server

PlaceOf = Callable[[str], str]
ROLES = {"张编": "officer", "李编": "officer", "王批": "approver", "陈批": "approver"}
ROUNDS = 6
Call = tuple[str, str, str, Any, str]
"""Who asks, the method, the path, the body, and the version seen."""


class Bureau:
    """A server of a workspace with accounts, asked by several at once."""

    def __init__(self, workspace: Workspace, server: Server) -> None:
        self.workspace, self._server = workspace, server
        self._keys: dict[str, str] = {}
        with workspace.writing() as connection:
            accounts.add(connection, "boss", ["admin"], by=By("test"))
            for name, role in ROLES.items():
                made = accounts.add(connection, name, [role], by=By("boss"))
                _, self._keys[name] = credentials.make_key(
                    connection, name, label="t", scopes=sorted(made.scopes), days=1, by=By("boss")
                )

    def ask(self, call: Call) -> tuple[int, dict[str, str], Any]:
        who, method, path, body, seen = call
        kind = PATCH["Content-Type"] if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self._keys[who]}", "Content-Type": kind}
        if seen:
            headers["If-Match"] = seen
        sent = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self._server.port}{path}"
        request = Request(url, sent, headers, method=method)
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310
                status, told, text = answer.status, dict(answer.headers), answer.read()
        except HTTPError as error:
            status, told, text = error.code, dict(error.headers), error.read()
        return status, {k.lower(): v for k, v in told.items()}, json.loads(text) if text else None

    def at_once(self, *calls: Call) -> list[int]:
        """Ask all in the same moment; return their statuses in order."""
        ready = Barrier(len(calls))

        def one(call: Call) -> int:
            ready.wait()
            return self.ask(call)[0]

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    def handed_in(self, who: str, key: str, **cells: object) -> tuple[str, str, str]:
        """Return the addresses of a draft of one change and of its proposal, and its tag."""
        draft = self.drafted(who, key, **cells)
        _, _, made = self.ask((who, "POST", f"{draft}/proposal", {}, ""))
        proposal = f"/proposals/{made['id']}"
        return draft, proposal, self.ask(("王批", "GET", proposal, None, ""))[1]["etag"]

    def drafted(self, who: str, key: str, **cells: object) -> str:
        """Return the address of a draft of one change."""
        _, _, made = self.ask((who, "POST", "/ws", {"title": "同时"}, ""))
        draft = f"/ws/{made['id']}"
        status, _, _ = self.ask((who, "PATCH", f"{draft}{ITEMS}/{key}", {"properties": cells}, ""))
        assert status == 204
        return draft

    def elders(self, key: str) -> int:
        return int(self.workspace.row("compound", key)[0].iloc[0]["elders"])

    def edits(self, key: str) -> int:
        with self.workspace.reading() as connection:
            return len(entries(connection, "compound", key))

    def verdicts(self, proposal: str) -> list[str]:
        own = sa.select(APPROVAL.c.verdict).where(APPROVAL.c.subject == proposal.rpartition("/")[2])
        with self.workspace.reading() as connection:
            return list(connection.scalars(own))


@pytest.fixture
def bureau(place: PlaceOf, tmp_path: Path) -> Iterator[Bureau]:
    workspace = filled(place("bureau"), rows=20)
    server = Server(place("bureau"), tmp_path)
    yield Bureau(workspace, server)
    server.running.send_signal(signal.SIGINT)
    assert server.running.wait(20) is not None
    workspace.close()


def test_of_those_who_act_at_once_one_is_first_and_nothing_is_done_by_halves(
    bureau: Bureau,
) -> None:
    for n in range(ROUNDS):
        two_approve(bureau, f"x{n}")
        approve_and_reject(bureau, f"x{n}", 60 + n)
        approve_and_withdraw(bureau, f"x{n}", 70 + n)
    hand_in_and_edit(bureau)
    settle_and_approve(bureau)
    two_drafts_of_one_field(bureau)


def two_approve(bureau: Bureau, key: str) -> None:
    _, proposal, tag = bureau.handed_in("张编", key, elders=55)
    was = bureau.edits(key)
    approve = (f"{proposal}/approval", {}, tag)
    calls = [(who, "POST", *approve) for who in ("王批", "陈批", "王批", "陈批")]
    found = Counter(bureau.at_once(*calls))
    assert found == {200: 1, 409: 3}
    assert (bureau.elders(key), bureau.edits(key)) == (55, was + 1)
    assert bureau.verdicts(proposal) == ["approved"]


def approve_and_reject(bureau: Bureau, key: str, elders: int) -> None:
    before = bureau.elders(key)
    draft, proposal, tag = bureau.handed_in("张编", key, elders=elders)
    statuses = bureau.at_once(
        ("王批", "POST", f"{proposal}/approval", {}, tag),
        ("陈批", "POST", f"{proposal}/rejection", {"note": "不"}, tag),
    )
    assert sorted(statuses) == [200, 409]
    approved = statuses[0] == 200
    assert bureau.elders(key) == (elders if approved else before)
    assert bureau.verdicts(proposal) == ["approved" if approved else "rejected"]
    told = bureau.ask(("张编", "GET", f"{draft}/changes", None, ""))[2]
    assert told["state"] == ("merged" if approved else "open")


def approve_and_withdraw(bureau: Bureau, key: str, elders: int) -> None:
    before = bureau.elders(key)
    draft, proposal, tag = bureau.handed_in("张编", key, elders=elders)
    statuses = bureau.at_once(
        ("王批", "POST", f"{proposal}/approval", {}, tag),
        ("张编", "POST", f"{proposal}/withdrawal", {}, ""),
        ("张编", "DELETE", draft, None, ""),
    )
    assert sorted(statuses[:2]) == [200, 409]
    approved = statuses[0] == 200
    assert bureau.elders(key) == (elders if approved else before)
    state = bureau.ask(("王批", "GET", proposal, None, ""))[2]["state"]
    assert state == ("approved" if approved else "withdrawn")


def hand_in_and_edit(bureau: Bureau) -> None:
    """What is approved is what was seen: an edit is in what was handed in, or is refused."""
    for n in range(ROUNDS):
        draft = bureau.drafted("张编", "x10", name=f"新名{n}")
        statuses = bureau.at_once(
            ("张编", "POST", f"{draft}/proposal", {}, ""),
            ("张编", "POST", f"{draft}/proposal", {}, ""),
            ("张编", "PATCH", f"{draft}{ITEMS}/x10", {"properties": {"name": f"另名{n}"}}, ""),
        )
        assert sorted(statuses[:2]) == [201, 409]
        told = bureau.ask(("张编", "GET", f"{draft}/changes", None, ""))[2]
        (change,) = told["changes"]
        edited = statuses[2] == 204
        assert edited or statuses[2] == 409
        assert change["fields"][0]["after"] == (f"另名{n}" if edited else f"新名{n}")


def settle_and_approve(bureau: Bureau) -> None:
    """What its author settles while an approver looks must be looked at anew."""
    draft, proposal, tag = bureau.handed_in("张编", "x11", elders=66)
    _, other, seen = bureau.handed_in("李编", "x11", elders=44)
    assert bureau.ask(("陈批", "POST", f"{other}/approval", {}, seen))[0] == 200
    body = {"collection": "compound", "id": "x11", "fields": {"elders": {"value": 61}}}
    statuses = bureau.at_once(
        ("张编", "POST", f"{draft}/resolve", body, ""),
        ("王批", "POST", f"{proposal}/approval", {}, tag),
    )
    assert statuses[0] == 200
    assert statuses[1] in (409, 412)
    assert bureau.elders("x11") == 44


def two_drafts_of_one_field(bureau: Bureau) -> None:
    for n in range(ROUNDS):
        key = f"x{12 + n}"
        one, other = (
            bureau.handed_in(who, key, elders=elders)
            for who, elders in (("张编", 33), ("李编", 34))
        )
        statuses = bureau.at_once(
            ("王批", "POST", f"{one[1]}/approval", {}, one[2]),
            ("陈批", "POST", f"{other[1]}/approval", {}, other[2]),
        )
        assert sorted(statuses) == [200, 409]
        assert bureau.elders(key) == (33 if statuses[0] == 200 else 34)
