"""Results say which of the layers they rest on have changed since, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.jobs import claims, known, queue
from api.jobs.claims import Claim
from api.people.person import LOCAL
from geo.coverage.since import rested_on
from geo.network.cache import content_hash
from geo.network.current import renew_network
from geo.store import Origin, Workspace
from tests.api.conftest import DAY, MACHINE, compounds, fill, served

PAGE = {"Accept": "text/html"}
RESULT = "/collections/result_coverage_elder_station_points"
WRITTEN = date(2026, 6, 2)


@pytest.fixture
def found(place: Callable[[str], str]) -> Iterator[tuple[Workspace, TestClient]]:
    """Return a town of which coverage was found, and who asks of it."""
    workspace = Workspace.create(place("found"))
    fill(workspace)
    workspace.write("compound", compounds(), origin=Origin("town", DAY))  # each with its place
    network, _ = renew_network(workspace)
    inputs = {name: workspace.content_sha256(name) for name in ("community", "compound")}
    workspace.record_run(
        "coverage",
        on=DAY,
        inputs=inputs | {"streets": content_hash(network)},
        parameters={"facility": "elder_station", "as_of": None, "minutes": [15.0]},
        results={"totals": {}, "unserved_points": 0},
    )
    plain = pd.DataFrame({"id": pd.array(["x00"], dtype="string")})
    workspace.write_result("coverage_elder_station_points", plain, on=DAY, title="覆盖 居住点")
    app = create_app(served(place("found")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        yield workspace, client
    workspace.close()


def change(workspace: Workspace, layer: str) -> None:
    """Change a row as another program may."""
    with workspace.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {layer} SET name = '改了' WHERE fid = 3")  # noqa: S608


def test_results_name_the_layers_that_changed_since_and_when(
    found: tuple[Workspace, TestClient],
) -> None:
    workspace, client = found
    assert client.get("/coverage").json()["runs"][0]["stale"] == []
    assert client.get(RESULT).json()["stale"] == []
    for path in ("/coverage", RESULT, f"{RESULT}/items"):
        assert "数据已改" not in client.get(path, headers=PAGE).text
    change(workspace, "compound")
    told: list[dict[str, Any]] = [{"layer": "compound", "title": "小区", "changed": None}]
    assert client.get("/coverage").json()["runs"][0]["stale"] == told
    assert client.get(RESULT).json()["stale"] == told
    frame = compounds()
    frame.loc[0, "elders"] = 7
    with workspace.writing() as connection:  # rows with which nothing can be computed
        connection.exec_driver_sql("UPDATE compound SET geom = NULL WHERE id = 'x05'")
    assert client.get("/coverage").json()["runs"][0]["stale"] == told
    workspace.write("compound", frame, origin=Origin("town", WRITTEN))
    told[0]["changed"] = WRITTEN.isoformat()
    assert client.get("/coverage").json()["runs"][0]["stale"] == told
    for path in ("/coverage", RESULT, f"{RESULT}/items"):
        assert "数据已改：算出以后，小区（2026-06-02）有改动" in client.get(path, headers=PAGE).text
    assert "数据已改" not in client.get("/collections/compound", headers=PAGE).text
    assert "stale" not in client.get("/collections/compound").json()


def test_streets_that_changed_since_are_told_and_built_anew_by_nobody_who_reads(
    found: tuple[Workspace, TestClient],
) -> None:
    workspace, client = found
    change(workspace, "street")
    for _ in range(2):
        stale = client.get("/coverage").json()["runs"][0]["stale"]
        assert [one["layer"] for one in stale] == ["street"]
    renew_network(workspace)  # names are no part of a network: it is as it was
    assert client.get("/coverage").json()["runs"][0]["stale"] == []


def test_assessments_rest_on_the_streets_as_well(found: tuple[Workspace, TestClient]) -> None:
    workspace, client = found
    inputs = rested_on(workspace, ["compound", "cemetery"])
    assert list(inputs) == ["compound", "streets"]
    told = {"area": "420111", "facility": None}
    workspace.record_run("assess", on=DAY, inputs=inputs, parameters=told, results={"fail": 0})
    assert client.get("/assessments").json()["runs"][0]["stale"] == []
    change(workspace, "street")
    stale = client.get("/assessments").json()["runs"][0]["stale"]
    assert [one["layer"] for one in stale] == ["street"]


def test_the_page_of_a_job_says_so_too_and_who_asked_at_the_machine(
    found: tuple[Workspace, TestClient],
) -> None:
    workspace, client = found
    process = known.process("coverage")
    asked = process.checked({"facility": "elder_station", "map": False}, today=DAY)
    job, _ = queue.submit(workspace, process, asked, person=LOCAL.id)
    held = claims.claim(workspace, "here", lease_ms=600_000)
    assert held is not None
    rests = {"layers": {"compound": workspace.content_sha256("compound")}, "network_hash": ""}
    with workspace.writing() as connection:
        right = Claim(job.id, "here", held.attempts)
        told = {"provenance": rests}
        claims.settle(connection, right, summary=told, tables={}, asked="a", settled="b")
    page = client.get(f"/jobs/{job.id}", headers=PAGE).text
    assert "数据已改" not in page
    assert client.get(f"/jobs/{job.id}").json()["stale"] == []
    assert '提出人</th><td class="wide">本机<' in page
    change(workspace, "compound")
    assert "数据已改：算出以后，小区有改动" in client.get(f"/jobs/{job.id}", headers=PAGE).text
    (one,) = client.get(f"/jobs/{job.id}").json()["stale"]
    assert (one["layer"], one["title"]) == ("compound", "小区")
