"""Single sign-on: a small provider of our own says who somebody is, truly and falsely."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.app import create_app
from api.people import accounts, events
from api.people.accounts import By
from api.settings import Settings
from geo.store import Workspace

SITE = "https://plan.example"
PASSWORD = "石榴 curtain 7 ferry"  # noqa: S105 - of a test


@dataclass
class Provider:
    """A provider of OpenID Connect on loopback; ``changes`` falsify what it says."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    subject: str = "u-1"
    changes: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def code_for(self, address: str) -> tuple[str, str]:
        """Log somebody in who was sent to an address; return code and state."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return code, asked["state"]

    def token(self, sent: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"]:
            return None
        if sent["redirect_uri"] != asked["redirect_uri"]:
            return None
        said = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": self.subject,
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
            "preferred_username": "wangwu",
        }
        said = {name: value for name, value in (said | self.changes).items() if value is not None}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, said, self.signs_with or self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _answer(self, body: dict[str, Any] | None) -> None:
            content = json.dumps(body or {"error": "invalid_grant"}).encode()
            self.send_response(200 if body else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                ends = {"authorization_endpoint": "/go", "token_endpoint": "/t", "jwks_uri": "/k"}
                told = {name: made.issuer + path for name, path in ends.items()}
                self._answer({"issuer": made.issuer, **told})
            else:
                self._answer({"keys": [made.key.as_dict(private=False)]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(made.token({n: v[0] for n, v in parse_qs(body).items()}))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "w")
    with made.writing() as connection:
        accounts.add(connection, "boss", ["admin"], by=By("test"), password=PASSWORD)
    return made


def client_of(workspace: Workspace, provider: Provider, **chosen: Any) -> TestClient:  # noqa: ANN401
    settings = Settings(
        workspace=workspace.folder,
        public_url=SITE,
        oidc_issuer=provider.issuer,
        oidc_client_id="fuwuquan",
        oidc_client_secret="s3",  # type: ignore[arg-type]  # noqa: S106 - of a test
        **chosen,
    )
    return TestClient(create_app(settings), SITE, follow_redirects=False)


def come_back(client: TestClient, provider: Provider, **changed: str) -> Any:  # noqa: ANN401
    left = client.get("/login/oidc", params={"next": "/collections"})
    assert left.status_code == 303, left.text
    code, state = provider.code_for(left.headers["location"])
    return client.get("/login/oidc/back", params={"code": code, "state": state, **changed})


def test_one_whom_the_provider_knows_comes_in_to_the_account_made_for_him(
    workspace: Workspace, provider: Provider
) -> None:
    with client_of(workspace, provider) as client:
        refused = come_back(client, provider)
        assert refused.status_code == 403
        assert "u-1" in refused.json()["detail"]
        with TestClient(client.app, SITE) as boss:
            entered = boss.post("/login", json={"name": "boss", "password": PASSWORD}).json()
            boss.headers["X-CSRF-Token"] = entered["csrf"]
            asking = {"name": "王五", "roles": ["planner"], "subject": "u-1"}
            made = boss.post("/accounts", json=asking)
            assert made.status_code == 201
            assert "password" not in made.json()
            again = boss.post("/accounts", json={**asking, "name": "赵六"})
            assert again.status_code == 409
            assert 'name="subject"' in boss.get("/accounts?f=html").text
        entered = come_back(client, provider)
        assert entered.status_code == 303
        assert entered.headers["location"] == "/collections"
        assert client.get("/account").json()["name"] == "王五"
        no_password = {"name": "王五", "password": ""}
        assert client.post("/login", json=no_password).status_code == 401
        with workspace.writing() as connection:
            accounts.set_disabled(connection, "王五", True, by=By("test"))
        assert client.get("/account").status_code == 401
        assert come_back(client, provider).status_code == 403


def test_where_settings_say_so_an_account_is_made_at_the_first_time(
    workspace: Workspace, provider: Provider
) -> None:
    with client_of(workspace, provider, oidc_roles="viewer") as client:
        for _ in range(2):
            assert come_back(client, provider).status_code == 303
            assert client.get("/account").json()["roles"] == ["viewer"]
            assert client.get("/account").json()["name"] == "wangwu"
        provider.subject = "u-2"  # another who calls himself the same
        assert come_back(client, provider).status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
    ],
)
def test_what_the_provider_did_not_say_to_us_now_is_not_believed(
    workspace: Workspace, provider: Provider, changes: dict[str, Any]
) -> None:
    provider.changes = changes
    with client_of(workspace, provider, oidc_roles="viewer") as client:
        answer = come_back(client, provider)
        assert answer.status_code == 401
        assert client.get("/account").status_code == 401


def test_a_word_with_another_signature_state_code_or_browser_is_not_believed(
    workspace: Workspace, provider: Provider
) -> None:
    with client_of(workspace, provider, oidc_roles="viewer") as client:
        assert come_back(client, provider, state="another").status_code == 401
        assert come_back(client, provider, code="another").status_code == 401
        provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
        assert come_back(client, provider).status_code == 401
        provider.signs_with = None
        left = client.get("/login/oidc")
        code, state = provider.code_for(left.headers["location"])
        client.cookies.clear()  # another browser, led there by a link
        asked = {"code": code, "state": state}
        back = client.get("/login/oidc/back", params=asked)
        assert back.headers["location"] == "/login"
        assert client.get("/account").status_code == 401


def test_who_is_turned_back_by_the_provider_is_told_and_the_log_tells_it(
    workspace: Workspace, provider: Provider
) -> None:
    with client_of(workspace, provider) as client:
        for error, told in (
            ("access_denied", "没有放行"), ("server_error", "server_error"), ("<b>", "error"),
        ):  # fmt: skip
            client.get("/login/oidc")
            back = client.get("/login/oidc/back", params={"error": error, "state": "x"})
            assert back.status_code == 401
            assert told in back.json()["detail"]
            assert "<b>" not in back.text
        assert come_back(client, provider).status_code == 403
        client.cookies.clear()
        led = client.get("/login/oidc/back", params={"error": "access_denied"})
        assert led.headers["location"] == "/login"
    with workspace.reading() as connection:
        kinds = [one["kind"] for one in events.entries(connection)]
    assert kinds.count("login_failed") == 4


def test_without_a_provider_there_is_no_such_way(workspace: Workspace) -> None:
    with client_of(workspace, Provider()) as client:
        assert client.get("/login/oidc").status_code == 404
        assert client.get("/login").json()["ways"] == ["password"]


def test_a_provider_that_does_not_answer_is_told(workspace: Workspace) -> None:
    with client_of(workspace, Provider(issuer="http://127.0.0.1:9")) as client:
        answer = client.get("/login/oidc")
        assert answer.status_code == 400
        assert "FUWUQUAN_OIDC_ISSUER" in answer.json()["hint"]
    with client_of(workspace, Provider(issuer="http://provider.example")) as client:
        assert client.get("/login/oidc").status_code == 400
