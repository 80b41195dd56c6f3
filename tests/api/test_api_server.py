"""The server: its settings, its log, its limits, how it starts and how it stops."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import anyio
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api import serving
from api.app import create_app
from api.log import JsonLines, TextLines
from api.settings import Settings
from geo.errors import DataError, NotFoundError
from geo.store import Workspace

MACHINE = "http://127.0.0.1:8620"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "w")
    count = 3_000
    frame = gpd.GeoDataFrame(
        {"n": range(count), "text": pd.array(["甲" * 50] * count, dtype="string")},
        geometry=shapely.points([(114 + n / 1e5, 30.0) for n in range(count)]),
        crs=4490,
    )
    made.write_result("points", frame, on=date(2026, 5, 1))
    return made


def client_of(workspace: Workspace, **chosen: object) -> TestClient:
    settings = Settings(workspace=workspace.folder, **chosen)  # type: ignore[arg-type]
    here = ("127.0.0.1", 50_000)
    return TestClient(create_app(settings), MACHINE, client=here, raise_server_exceptions=False)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUWUQUAN_PORT", "9000")
    monkeypatch.setenv("FUWUQUAN_CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("FUWUQUAN_DATABASE", "postgresql://u:pa55word@h/d")
    settings = Settings()
    assert settings.port == 9000
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert "pa55word" not in repr(settings)


def test_settings_that_cannot_be_are_told_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUWUQUAN_SESSION_HOURS", "0")
    monkeypatch.setenv("FUWUQUAN_LOG", "xml")
    monkeypatch.setenv("FUWUQUAN_PUBLIC_URL", "gis.example")
    with pytest.raises(DataError) as wrong:
        Settings.read(port=99_999)
    for told in (
        "--port 最大 65535，不能是 99999",
        "FUWUQUAN_SESSION_HOURS 要大于 0，不能是 0",
        "FUWUQUAN_LOG 只能是 json、text",
        "FUWUQUAN_PUBLIC_URL 要写完整的网址",
    ):
        assert told in wrong.value.message


def test_other_processes_get_the_secrets_that_the_settings_hide(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Settings(
        workspace=workspace.folder,
        oidc_client_secret="the secret of single sign-on",  # type: ignore[arg-type]  # noqa: S106
    )
    monkeypatch.setenv(serving.CHOSEN, serving.told(chosen))
    assert serving.application().state.settings == chosen


def test_an_address_that_cannot_be_taken_is_told_in_the_reader_s_language() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DataError, match="这个端口已经有程序在用") as wrong:
            serving.listen("127.0.0.1", port)
        assert "--port" in wrong.value.hint
    with pytest.raises(DataError, match="没有这个主机名"):
        serving.listen("nowhere.invalid", 8620)
    with pytest.raises(DataError, match="本机没有这个地址"):
        serving.listen("192.0.2.1", 8620)
    serving.listen("127.0.0.1", 0).close()


def test_what_is_public_and_is_not_there_is_told_at_the_start(workspace: Workspace) -> None:
    def begin(*named: str) -> None:
        chosen = Settings(workspace=workspace.folder, port=0, public=True, public_collections=named)
        serving.begun(chosen).close()

    begin("result_points", "community", "names")  # layers may be imported later
    with pytest.raises(DataError, match="小区") as wrong:
        begin("result_points", "小区")
    assert "result_points" in wrong.value.hint


def test_a_wrong_folder_is_told_at_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(NotFoundError),
        TestClient(create_app(Settings(workspace=tmp_path / "nowhere"))),
    ):
        pass


def test_only_named_origins_may_ask_from_their_pages(workspace: Workspace) -> None:
    with client_of(workspace, cors_origins=("https://map.example",)) as client:
        good = client.get("/", headers={"Origin": "https://map.example"})
        assert good.headers["access-control-allow-origin"] == "https://map.example"
        assert "ETag" in good.headers["access-control-expose-headers"]
        other = client.get("/", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
    with client_of(workspace) as client:
        none = client.get("/", headers={"Origin": "https://map.example"})
        assert "access-control-allow-origin" not in none.headers


def test_every_answer_has_the_headers_that_protect_a_browser(workspace: Workspace) -> None:
    with client_of(workspace) as client:
        for path in ("/", "/?f=html", "/nowhere"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'self'" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_body_is_refused_when_it_grows_too_large(workspace: Workspace) -> None:
    with client_of(workspace, body_bytes=10_000) as client:
        declared = client.post("/collections", content=b"x" * 20_000)
        assert declared.status_code == 413
        assert declared.headers["content-type"] == "application/problem+json"


def test_a_body_that_stops_half_way_is_not_waited_for(workspace: Workspace) -> None:
    settings = Settings(workspace=workspace.folder, body_s=0.05)
    app = create_app(settings)

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    sent: list[Message] = []

    async def receive() -> Message:
        if sent or asked:
            await anyio.sleep(10)
        asked.append(1)
        return {"type": "http.request", "body": b"half", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    asked: list[int] = []
    scope = {
        "type": "http", "method": "POST", "path": "/echo", "raw_path": b"/echo",
        "query_string": b"", "headers": [(b"host", b"127.0.0.1:8620")], "http_version": "1.1",
        "scheme": "http", "server": ("127.0.0.1", 8620), "client": ("127.0.0.1", 50_000),
        "root_path": "",
    }  # fmt: skip

    async def ask() -> None:
        async with app.router.lifespan_context(app):
            await app({**scope, "app": app, "state": {}}, receive, send)

    anyio.run(ask)
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["status"] == 408


def test_a_question_that_takes_too_long_is_given_up(workspace: Workspace) -> None:
    slow = "CASEI(text) LIKE CASEI('%乙%甲%乙%甲%乙%') OR n ^ 1.5 < 0"
    with client_of(workspace, query_s=1e-6) as client:
        answer = client.get("/collections/result_points/items", params={"filter": slow})
        assert answer.status_code == 503
        assert "1e-06" in answer.json()["detail"]
        # The connection serves the next reader as if nothing had happened.
        assert client.get("/collections/result_points/items/1").status_code == 200


def test_the_reader_chooses_the_page_within_the_server_s_bounds(workspace: Workspace) -> None:
    with client_of(workspace, limit_default=5, limit_most=50) as client:
        path = "/collections/result_points/items"
        assert client.get(path).json()["numberReturned"] == 5
        assert client.get(path, params={"limit": 1000}).json()["numberReturned"] == 50
        paths = client.get("/api").json()["paths"]
        asked = paths["/collections/{collectionId}/items"]["get"]["parameters"]
        (limit,) = [one for one in asked if one["name"] == "limit"]
        assert (limit["schema"]["default"], limit["schema"]["maximum"]) == (5, 50)


def test_links_name_the_address_by_which_readers_come(workspace: Workspace) -> None:
    with client_of(workspace, public_url="https://gis.example/fuwu/", open_reading=True) as client:
        links = [one["href"] for one in client.get("/").json()["links"]]
        assert all(href.startswith("https://gis.example/fuwu/") for href in links)


def test_what_nobody_foresaw_tells_nothing_of_its_inside(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(workspace) as client:

        @client.app.get("/broken")  # type: ignore[attr-defined]
        def broken() -> None:
            raise RuntimeError("the password is 123")

        answer = client.get("/broken", headers={"X-Request-ID": "r1"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "123" not in answer.text
    assert answer.json()["request_id"] == "r1"
    assert "the password is 123" in caplog.text


def test_a_line_of_the_log_is_one_json_object() -> None:
    record = logging.LogRecord("fuwuquan.access", logging.INFO, "", 0, "GET %s", ("/\n",), None)
    record.fuwuquan = {"status": 200, "ms": 1.5}
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["status"] == 200
    assert json.loads(line)["message"] == "GET /\n"
    assert "\n" not in TextLines().format(record)


def test_an_import_shows_at_the_next_request(workspace: Workspace) -> None:
    frame = pd.DataFrame({"a": [1]})
    with client_of(workspace) as client:
        assert client.get("/collections/result_new").status_code == 404
        workspace.write_result("new", frame, on=date(2026, 5, 1))
        path = "/collections/result_new/items"
        assert client.get(path).json()["numberMatched"] == 1
        workspace.write_result("new", frame.assign(b=2.5).loc[[0, 0]], on=date(2026, 5, 1))
        body = client.get(path, params={"limit": 1}).json()
        assert body["numberMatched"] == 2
        assert body["features"][0]["properties"] == {"a": 1, "b": 2.5}


def test_readers_see_whole_states_while_a_writer_replaces_the_table(workspace: Workspace) -> None:
    stop = threading.Event()

    def write() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            frame = pd.DataFrame({"turn": [turn] * (10 + turn % 3)})
            workspace.write_result("turns", frame, on=date(2026, 5, 1))

    workspace.write_result("turns", pd.DataFrame({"turn": [0] * 10}), on=date(2026, 5, 1))
    with client_of(workspace) as client:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(40):
                answer = client.get("/collections/result_turns/items", params={"limit": 100})
                assert answer.status_code == 200, answer.text
                body = answer.json()
                turns = {one["properties"]["turn"] for one in body["features"]}
                assert len(turns) == 1
                assert body["numberMatched"] == len(body["features"]) == 10 + turns.pop() % 3
        finally:
            stop.set()
            writer.join()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_several_processes_serve_and_stop_gently(workspace: Workspace) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = "from api.cli import main; main()"
    asked = ["serve", "-w", str(workspace.folder), "--workers", "2", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-c", run, *asked],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "FUWUQUAN_LOG": "json"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    told = next((line for line in server.stderr if "服务圈正在应答" in line), "")
    assert f"http://127.0.0.1:{port}/" in told
    seen = []
    for line in server.stderr:
        seen.append(line)
        if sum("Application startup complete" in one for one in seen) == 2:
            break
    with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
        assert answer.status == 200
    with pytest.raises(HTTPError) as refused:
        urlopen(f"http://127.0.0.1:{port}/nowhere", timeout=20)
    assert refused.value.code == 404
    refused.value.close()
    server.send_signal(signal.SIGTERM)
    with server.stderr:
        rest = server.stderr.read()
    assert server.wait(30) is not None
    assert "Traceback" not in rest
