"""What is sent to the routes of cases and names at random is answered as it is described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

from api.app import create_app
from geo.store import Workspace
from tests.api.conftest import MACHINE, at_the_machine, fill, served
from tests.api.test_api_contract import CHECKS

OWN = ("/cases", "/names/check")


def test_whatever_is_sent_is_answered_as_it_is_described(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "w")
    fill(workspace)
    workspace.close()
    app = create_app(served(str(tmp_path / "w")))
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000)) as client:
        fields = {"fields": {"name": "望潮桥", "理由": "新建"}}
        for _ in range(2):
            opened = client.post("/cases", json={"kind": "命名", **fields})
            assert opened.status_code == 201, opened.text
        schema = schemathesis.openapi.from_asgi("/openapi.json", at_the_machine(app))
        asked = 0
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.method.upper() == "GET" or not operation.path.startswith(OWN):
                continue
            asked += 1

            @given(case=operation.as_strategy())
            @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
            def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis has its own classes
                if "caseId" in (case.path_parameters or {}):
                    case.path_parameters["caseId"] = opened.json()["case"]["number"]
                case.headers = {**(case.headers or {}), "If-Match": '"1"'}
                case.call_and_validate(checks=CHECKS)

            ask()
        assert asked == 18
