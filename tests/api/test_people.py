"""Who comes in and who does not: logins, sessions, keys, forms of other sites, in both stores."""

from __future__ import annotations

import logging
import re
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.app import create_app
from api.people import (
    accounts,
    approvals,
    credentials,
    events,
    passwords,
    published,
    setup,
    throttle,
)
from api.people.accounts import By
from api.people.guard import Guard
from api.people.person import LOCAL, Person
from api.settings import Settings
from geo.errors import ConflictError, DataError, PlannerError
from geo.store import Workspace
from geo.store.people import ACCESS, APPROVAL, AUTHOR, KEY, LOGIN, PERSON, SESSION

PlaceOf = Callable[[str], str]

SITE = "https://plan.example"
PASSWORD = "石榴 curtain 7 ferry"  # noqa: S105 - of a test
BOSS = By("boss")
HERE = ("127.0.0.1", 50_000)
THERE = ("203.0.113.7", 40_000)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reckon hashes cheaply; one test looks at what they cost in earnest."""
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 8, 1))
    monkeypatch.setattr("api.people.guard._LOOK_S", 0.0)
    passwords.nobodys_hash.cache_clear()


@pytest.fixture
def workspace(place: PlaceOf) -> Iterator[Workspace]:
    made = Workspace.create(place("w"))
    yield made
    made.close()


def settings(workspace: Workspace, **chosen: Any) -> Settings:  # noqa: ANN401
    where = {"database" if "://" in workspace.place else "workspace": workspace.place}
    return Settings(**{**where, "public_url": SITE, "host": "0.0.0.0", **chosen})  # noqa: S104


@pytest.fixture
def app(workspace: Workspace) -> Any:  # noqa: ANN401
    return create_app(settings(workspace))


@pytest.fixture
def browser(app: Any, workspace: Workspace) -> Iterator[TestClient]:  # noqa: ANN401
    """Return a browser elsewhere; there is an administrator called boss."""
    with workspace.writing() as connection:
        accounts.add(connection, "boss", ["admin"], by=By("test"), password=PASSWORD)
    with TestClient(
        app, SITE, client=THERE, raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


def add(workspace: Workspace, name: str, *roles: str) -> None:
    with workspace.writing() as connection:
        accounts.add(connection, name, roles, by=BOSS, password=PASSWORD)


def enter(client: TestClient, name: str = "boss", password: str = PASSWORD) -> dict[str, Any]:
    answer = client.post("/login", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    client.headers["X-CSRF-Token"] = body["csrf"]
    return body


def kinds(workspace: Workspace) -> list[str]:
    with workspace.reading() as connection:
        return list(connection.scalars(sa.select(ACCESS.c.kind).order_by(ACCESS.c.number)))


# ---- at the machine -----------------------------------------------------------------------------


def local(workspace: Workspace, host: str = "127.0.0.1:8620", **chosen: Any) -> TestClient:  # noqa: ANN401
    made = settings(workspace, **{"host": "127.0.0.1", "public_url": "", **chosen})
    return TestClient(create_app(made), f"http://{host}", client=HERE)


def test_who_sits_at_the_machine_needs_no_account_until_there_is_one(workspace: Workspace) -> None:
    with local(workspace) as client:
        assert client.get("/account").json()["known_by"] == "local"
        assert client.get("/collections").status_code == 200
        made = client.post("/setup", json={"name": "张三", "password": PASSWORD})
        assert made.status_code == 201
        assert made.json()["roles"] == ["admin"]
        assert "Secure" not in made.headers["set-cookie"]
        assert client.get("/account").json()["name"] == "张三"
        client.cookies.clear()
        assert client.get("/collections").status_code == 401


def test_names_that_a_stranger_makes_point_here_and_proxies_open_nothing(
    workspace: Workspace,
) -> None:
    here = "127.0.0.1:8620"
    with local(workspace) as client:
        assert client.get("/collections", headers={"Host": here}).status_code == 200
        for host in ("evil.example:8620", "127.0.0.1.evil.example", "localhost@evil.example"):
            headers = {"Host": host}
            for answer in (
                client.get("/collections", headers=headers),
                client.get("/", headers=headers),
                client.post("/setup", json={}, headers=headers),
            ):
                assert answer.status_code == 421, host
                assert "http://evil" not in answer.text
            assert client.get("/readyz", headers=headers).status_code == 200
        for headers in (
            {"Host": here, "X-Forwarded-For": "203.0.113.7"},
            {"Host": here, "Forwarded": "for=203.0.113.7"},
        ):
            assert client.get("/collections", headers=headers).status_code == 401, headers
            assert client.post("/setup", json={}, headers=headers).status_code >= 400


def test_readers_ask_by_the_names_of_the_machine_that_settings_tell(workspace: Workspace) -> None:
    def asked(host: str, **chosen: Any) -> int:  # noqa: ANN401
        made = settings(workspace, **{"public_url": "", "open_reading": True, **chosen})
        with TestClient(create_app(made), "http://10.0.0.5:8620", client=THERE) as client:
            return client.get("/", headers={"Host": host}).status_code

    assert asked("10.0.0.5:8620") == asked("127.0.0.1") == asked(socket.gethostname()) == 200
    assert asked("10.0.0.6") == asked("gis.example") == asked("[") == 421
    assert asked("GIS.example:8620", hosts="gis.example，gis2") == asked("gis2", hosts="*") == 200
    assert asked("anything.example", public_url=SITE) == 200  # no link is made of it


def test_pages_of_other_sites_reach_nothing_at_the_machine(workspace: Workspace) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    with local(workspace) as client:
        for method, headers in (
            ("POST", {"Origin": "https://evil.example"}),
            ("POST", {"Origin": "null"}),
            ("POST", {"Origin": "http://127.0.0.1:9999"}),
            ("POST", {"Sec-Fetch-Site": "cross-site"}),
            ("POST", followed),
            ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
            ("GET", {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}),
        ):
            answer = client.request(method, "/account", headers=headers)
            assert answer.status_code == 403, headers
            assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/account", headers=followed).status_code == 200


def test_another_machine_has_no_rights_without_accounts(workspace: Workspace) -> None:
    made = settings(workspace, host="127.0.0.1", public_url="")
    with TestClient(create_app(made), "http://127.0.0.1:8620", client=THERE) as client:
        assert client.get("/collections").status_code == 401


def test_the_first_administrator_elsewhere_needs_the_code_shown_at_the_start(
    workspace: Workspace,
) -> None:
    chosen = settings(workspace)
    code = setup.code_for(workspace, chosen)
    assert code is not None
    assert setup.code_for(workspace, settings(workspace, host="127.0.0.1", public_url="")) is None
    with TestClient(create_app(chosen), SITE, client=THERE) as client:
        asking = {"name": "boss", "password": PASSWORD, "token": "guess"}
        assert client.post("/setup", json=asking).status_code == 401
        weak = {"name": "boss", "password": "password1234", "token": code}
        assert client.post("/setup", json=weak).status_code == 400
        assert client.post("/setup", json={**asking, "token": code}).status_code == 201
        again = {"name": "second", "password": PASSWORD, "token": code}
        assert client.post("/setup", json=again).status_code == 404
        assert client.get("/setup").status_code == 404
    assert setup.code_for(workspace, chosen) is None


# ---- passwords ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["", "short", "elevenchars", "password1234", "Passw0rd2024!", "123456789012", "aaaaaaaaaaaa",
     "qwertyuiop12", "zhangsan1234", "x" * 129, "19491001-20250101", "admin@123456",
     "woaini1314520", "zhangsan20240501", "Zhang.San-2024-05-01", "fuwuquan2026!!",
     "Fuwuquan@2026#Abc", "minzhengju20240101", "民政局的密码2024年", "!QAZ2wsx#EDC",
     "1q2w3e4r5t6y", "qwerasdfzxcv", "asdfghjkl;'123", "poiuytrewq09", "abc7abc7abc7abc7"],
)  # fmt: skip
def test_passwords_that_are_short_long_or_common_are_refused(password: str) -> None:
    with pytest.raises(DataError):
        passwords.fit(password, "zhangsan")


@pytest.mark.parametrize("password", ["zhangsan20240501", "张三20240501abcd", "SanZhang-1234567"])
def test_a_chinese_name_is_refused_in_characters_and_as_it_sounds(password: str) -> None:
    with pytest.raises(DataError):
        passwords.fit(password, "张三")


@pytest.mark.usefixtures("browser")
def test_what_the_bureau_is_called_makes_no_password_alone(workspace: Workspace) -> None:
    passwords.fit("jiujiangqu-wuhu2026", "boss")  # elsewhere it would do
    chosen = settings(workspace, password_words="鸠江区，芜湖")  # noqa: S106 - its name is public
    with TestClient(create_app(chosen), SITE, client=THERE) as client:
        enter(client)
        for new in ("jiujiangqu-wuhu2026", "Plan.Example.2026!", "鸠江区民政局2026年"):
            asking = {"old": PASSWORD, "new": new}
            assert client.post("/account/password", json=asking).status_code == 400, new
            made = {"name": "amy", "roles": ["viewer"], "password": new}
            assert client.post("/accounts", json=made).status_code == 400, new


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery",
        "月落乌啼霜满天，江枫渔火",
        "x7#kQ9!mLp2$",
        "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
        "dragon monkey shadow master",
        "v8rk0zq4hw1m",
    ],
)
def test_long_passwords_of_any_signs_are_taken_and_only_their_hash_is_kept(password: str) -> None:
    plain = passwords.fit(password, "zhangsan")
    hashed = passwords.kept(plain)
    assert hashed.startswith("$argon2id$")
    assert password not in hashed
    assert passwords.matches(password, hashed)
    assert not passwords.matches(password + " ", hashed)
    assert not passwords.matches(password, "")


def test_hashes_in_earnest_cost_what_the_standard_asks() -> None:
    hasher = passwords.PasswordHasher()
    assert hasher.memory_cost >= 19 * 1024  # OWASP: at least 19 MiB and two passes
    assert hasher.time_cost >= 2
    assert hasher.type.name == "ID"


# ---- logging in ---------------------------------------------------------------------------------


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(browser: TestClient) -> None:
    answers = [
        browser.post("/login", json={"name": name, "password": "wrong wrong wrong"})
        for name in ("boss", "nobody-of-this-name")
    ]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert "set-cookie" not in answers[0].headers
    assert "www-authenticate" in answers[0].headers


def test_a_name_without_account_takes_as_long_as_one_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(2, 16_384, 1))
    passwords.nobodys_hash.cache_clear()
    hashed = passwords.kept(PASSWORD)
    passwords.matches("x", "")

    def took_s(kept: str) -> float:
        begun = time.perf_counter()
        assert not passwords.matches("wrong wrong wrong", kept)
        return time.perf_counter() - begun

    pairs = [(took_s(hashed), took_s("")) for _ in range(9)]
    there, absent = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert absent == pytest.approx(there, rel=0.5)


def test_failures_make_wait_ever_longer_and_a_restart_forgets_nothing(
    browser: TestClient, workspace: Workspace
) -> None:
    def attempt(password: str = "wrong wrong wrong") -> Any:  # noqa: ANN401, S107
        return browser.post("/login", json={"name": "Boss", "password": password})

    assert [attempt().status_code for _ in range(5)] == [401] * 5
    refused = attempt(PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    with workspace.writing() as connection:
        waits = []
        for _ in range(12):
            connection.execute(sa.update(LOGIN).values(free_at=0))
            now = int(time.time())
            throttle.failed(connection, throttle.subjects("boss", "10.0.0.9"), now)
            waits.append(throttle.wait_s(connection, throttle.subjects("boss", "x"), now))
    assert waits == sorted(waits)
    assert waits[-1] == 900
    with TestClient(create_app(settings(workspace)), SITE, client=("198.51.100.1", 1)) as other:
        asking = {"name": "boss", "password": PASSWORD}
        assert other.post("/login", json=asking).status_code == 429
        with workspace.writing() as connection:
            connection.execute(sa.update(LOGIN).values(free_at=0))
        assert other.post("/login", json=asking).status_code == 200
    with workspace.reading() as connection:
        left = list(connection.scalars(sa.select(LOGIN.c.subject).order_by(LOGIN.c.subject)))
    assert "account:boss" not in left


def test_an_address_that_tries_many_names_must_wait(browser: TestClient) -> None:
    codes = [
        browser.post("/login", json={"name": f"n{n}", "password": "wrong wrong"}).status_code
        for n in range(32)
    ]
    assert codes[:30] == [401] * 30
    assert codes[-1] == 429


def test_login_gives_a_new_session_and_ends_the_one_it_came_with(browser: TestClient) -> None:
    planted = "A" * 43
    browser.cookies.set("__Host-fuwuquan", planted, domain="plan.example", path="/")
    answer = browser.post("/login", json={"name": "boss", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert planted not in cookie
    for part in ("__Host-fuwuquan=", "HttpOnly", "Secure", "Path=/", "SameSite=lax"):
        assert part in cookie
    assert "Domain" not in cookie
    first = browser.cookies["__Host-fuwuquan"]
    enter(browser)
    assert browser.cookies["__Host-fuwuquan"] != first
    browser.cookies.set("__Host-fuwuquan", first, domain="plan.example", path="/")
    assert browser.get("/account").status_code == 401


def test_sessions_end_by_logging_out_by_idleness_and_in_any_case(
    browser: TestClient, workspace: Workspace
) -> None:
    def age(**seconds: int) -> None:
        with workspace.writing() as connection:
            connection.execute(
                sa.update(SESSION).values({c: SESSION.c[c] - n for c, n in seconds.items()})
            )

    enter(browser)
    token = browser.cookies["__Host-fuwuquan"]
    assert browser.post("/logout").status_code == 204
    browser.cookies.set("__Host-fuwuquan", token, domain="plan.example", path="/")
    assert browser.get("/account").status_code == 401
    enter(browser)
    age(seen_at=29 * 60)
    assert browser.get("/account").status_code == 200
    time.sleep(0.3)  # its use is noted after the answer
    age(seen_at=31 * 60)
    over = browser.get("/account")
    assert over.status_code == 401
    assert "过期" in over.json()["detail"]
    assert "登录已经过期" in browser.get("/login?f=html").text
    enter(browser)
    assert "过期" not in browser.get("/login?f=html").text
    age(ends_at=12 * 3600)
    assert browser.get("/account").status_code == 401


def test_who_is_busy_stays_however_short_an_idle_session_lasts(workspace: Workspace) -> None:
    add(workspace, "boss", "admin")
    with TestClient(
        create_app(settings(workspace, session_idle_min=1.5 / 60)), SITE, client=THERE
    ) as client:
        enter(client)
        for _ in range(6):
            time.sleep(0.5)
            assert client.get("/account").status_code == 200
        time.sleep(2.1)
        assert client.get("/account").status_code == 401


def test_roles_hold_at_once_and_a_disabled_account_is_shut_out(
    browser: TestClient, workspace: Workspace
) -> None:
    add(workspace, "amy", "officer")
    with TestClient(browser.app, SITE, client=THERE) as amy:
        enter(amy, "amy")
        assert "edit" in amy.get("/account").json()["scopes"]
        enter(browser)
        changed = browser.patch("/accounts/amy", json={"roles": ["viewer"]})
        assert changed.json()["scopes"] == ["read"]
        assert amy.get("/account").json()["scopes"] == ["read"]
        assert browser.patch("/accounts/amy", json={"disabled": True}).status_code == 200
        assert amy.get("/account").status_code == 401
        asking = {"name": "amy", "password": PASSWORD}
        assert amy.post("/login", json=asking).status_code == 401
    assert browser.patch("/accounts/boss", json={"disabled": True}).status_code == 409
    assert browser.patch("/accounts/boss", json={"roles": ["viewer"]}).status_code == 409


def test_a_given_password_must_be_changed_before_anything_else(
    browser: TestClient, workspace: Workspace
) -> None:
    enter(browser)
    made = browser.post("/accounts", json={"name": "李四", "roles": ["planner"]})
    assert made.status_code == 201
    given = made.json()["password"]
    with TestClient(browser.app, SITE, client=THERE) as new:
        assert enter(new, "李四", given)["must_change_password"]
        assert new.get("/collections").status_code == 403
        wrong = new.post("/account/password", json={"old": "x", "new": PASSWORD})
        assert wrong.status_code == 401
        same = new.post("/account/password", json={"old": given, "new": given})
        assert (same.status_code, same.json()["detail"]) == (400, "新密码和旧密码一样。")
        assert new.get("/collections").status_code == 403
        right = new.post("/account/password", json={"old": given, "new": PASSWORD})
        assert right.status_code == 204
        assert new.get("/collections").status_code == 200
    assert kinds(workspace)[-1] == "password_changed"


def test_a_changed_password_ends_the_other_sessions(browser: TestClient) -> None:
    enter(browser)
    with TestClient(browser.app, SITE, client=THERE) as other:
        enter(other)
        changed = browser.post(
            "/account/password", json={"old": PASSWORD, "new": "another 7 curtain"}
        )
        assert changed.status_code == 204
        assert browser.get("/account").status_code == 200
        assert other.get("/account").status_code == 401


# ---- forms --------------------------------------------------------------------------------------


def test_a_session_sends_nothing_without_its_own_token(browser: TestClient) -> None:
    enter(browser)
    asking = {"name": "amy", "roles": ["viewer"]}
    for token in ("", "0" * 64):
        browser.headers["X-CSRF-Token"] = token
        assert browser.post("/accounts", json=asking).status_code == 403
        assert browser.delete("/collections/x/items/1").status_code == 403
        form = {"name": "amy", "roles": "viewer", "csrf": token}
        assert browser.post("/accounts", data=form).status_code == 403
    own = browser.get("/account").json()["csrf"]
    strange = {"X-CSRF-Token": own, "Origin": "https://evil.example"}
    assert browser.post("/accounts", json=asking, headers=strange).status_code == 403
    mine = {"X-CSRF-Token": own, "Origin": SITE}
    assert browser.post("/accounts", json=asking, headers=mine).status_code == 201


def test_a_cookie_does_not_count_when_another_site_asks(browser: TestClient) -> None:
    enter(browser)
    strange = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert browser.get("/account", headers=strange).status_code == 401


def test_nobody_is_logged_in_by_a_page_of_another_site(browser: TestClient) -> None:
    form = {"name": "boss", "password": PASSWORD}
    answer = browser.post("/login", data=form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_people_come_in_and_go_by_the_pages(browser: TestClient) -> None:
    page = {"Accept": "text/html"}
    led = browser.get("/collections?f=html", headers=page)
    assert led.status_code == 303
    assert led.headers["location"] == "/login?next=/collections%3Ff%3Dhtml"
    assert 'name="password"' in browser.get(led.headers["location"], headers=page).text
    wrong = {"name": "<b>boss", "password": "wrong wrong wrong", "next": "/"}
    refused = browser.post("/login", data=wrong, headers=page)
    assert refused.status_code == 401
    assert "账户名或密码不对" in refused.text
    assert "<b>" not in refused.text
    assert "wrong wrong" not in refused.text
    form = {"name": "boss", "password": PASSWORD, "next": "/collections?f=html"}
    entered = browser.post("/login", data=form, headers=page)
    assert entered.status_code == 303
    assert entered.headers["location"] == "/collections?f=html"
    account = browser.get("/account", headers=page)
    assert account.status_code == 200
    assert account.headers["cache-control"] == "no-store"
    token = account.text.split('name="csrf" value="')[1].split('"')[0]
    made = browser.post("/accounts", data={"name": "amy", "roles": "viewer", "csrf": token})
    assert "一次性密码" in made.text
    assert browser.get("/accounts", headers=page).status_code == 200
    left = browser.post("/logout", data={"csrf": token})
    assert left.headers["location"] == "/login"
    assert browser.get("/account").status_code == 401


def test_a_login_leads_to_no_other_site(browser: TestClient) -> None:
    for to in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:x",
        "/a\r\nSet-Cookie: x=y",
    ):
        form = {"name": "boss", "password": PASSWORD, "next": to}
        assert browser.post("/login", data=form).headers["location"] == "/account"


# ---- keys ---------------------------------------------------------------------------------------


def key_of(browser: TestClient, *scopes: str, days: int = 30) -> tuple[str, str]:
    made = browser.post("/account/keys", json={"label": "x", "scopes": scopes, "days": days})
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["key"]


def test_a_key_opens_what_its_scopes_and_its_owner_may_until_it_is_revoked(
    browser: TestClient, workspace: Workspace
) -> None:
    enter(browser)
    identity, key = key_of(browser, "read", "admin")
    with TestClient(browser.app, SITE, client=THERE) as program:
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
            assert program.get("/accounts", headers=headers).status_code == 200
        assert program.get("/collections", auth=("boss", key)).status_code == 200
        bearer = {"Authorization": f"Bearer {key}"}
        amy = {"name": "amy", "roles": ["viewer"]}
        assert program.post("/accounts", json=amy, headers=bearer).status_code == 201
        more = {"label": "y", "scopes": ["read"]}
        assert program.post("/account/keys", json=more, headers=bearer).status_code == 403
        _, reading = key_of(browser, "read")
        only = {"Authorization": f"Bearer {reading}"}
        assert program.get("/collections", headers=only).status_code == 200
        refused = program.get("/accounts", headers=only)
        assert refused.status_code == 403
        assert refused.json()["scope"] == "admin"
        assert browser.post(f"/account/keys/{identity}/revoke").status_code == 204
        gone = program.get("/collections", headers=bearer)
        assert gone.status_code == 401
        assert gone.headers["www-authenticate"].startswith("Bearer")
        with workspace.writing() as connection:
            connection.execute(sa.update(KEY).values(ends_at=int(time.time())))
        assert program.get("/collections", headers=only).status_code == 401


def test_a_wrong_key_is_refused_even_where_reading_is_open(workspace: Workspace) -> None:
    app = create_app(settings(workspace, open_reading=True))
    with TestClient(app, SITE, client=THERE) as program:
        assert program.get("/collections").status_code == 200
        for wrong in (
            "Bearer x",
            "Bearer fwq_0_0",
            "Bearer",
            "Basic !!",
            "Basic Og==",
            "Digest x",
            "Bearer 密钥".encode(),
        ):
            headers: dict[str, Any] = {"Authorization": wrong}
            assert program.get("/collections", headers=headers).status_code == 401, wrong


def test_a_key_is_for_no_more_than_its_owner_may(browser: TestClient) -> None:
    enter(browser)
    for scopes, days in ((["approve"], 30), ([], 30), (["king"], 30), (["read"], 10_000)):
        asking = {"label": "x", "scopes": scopes, "days": days}
        assert browser.post("/account/keys", json=asking).status_code == 400


def test_nobody_revokes_another_persons_key_but_an_administrator(
    browser: TestClient, workspace: Workspace
) -> None:
    add(workspace, "amy", "viewer")
    with workspace.writing() as connection:
        identity, _ = credentials.make_key(
            connection, "boss", label="x", scopes=["read"], days=1, by=BOSS
        )
    with TestClient(browser.app, SITE, client=THERE) as amy:
        enter(amy, "amy")
        assert amy.post(f"/account/keys/{identity}/revoke").status_code == 404
        assert amy.post(f"/accounts/keys/{identity}/revoke").status_code == 403
    enter(browser)
    assert browser.post(f"/accounts/keys/{identity}/revoke").status_code == 204


# ---- secrets ------------------------------------------------------------------------------------


def test_secrets_are_in_no_log_no_answer_and_no_table(
    browser: TestClient, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [browser.post("/login", json={"name": PASSWORD, "password": PASSWORD}).text]
    enter(browser)
    token = browser.cookies["__Host-fuwuquan"]
    _, key = key_of(browser, "read")
    secret = key.split("_", 2)[2]
    paths = ("/account", "/accounts", "/account?f=html", "/accounts?f=html", "/openapi.json")
    said += [browser.get(path).text for path in paths]
    with workspace.reading() as connection:
        tables = [
            str(connection.execute(sa.select(table)).all())
            for table in (PERSON, SESSION, KEY, LOGIN, ACCESS)
        ]
    for hidden in (PASSWORD, token, secret, "$argon2"):
        assert hidden not in caplog.text
        assert not [text for text in said if hidden in text]
    for hidden in (PASSWORD, token, secret):
        assert not [rows for rows in tables if hidden in rows and "account:" not in rows]


def test_passwords_and_keys_do_not_cross_the_network_in_the_open(workspace: Workspace) -> None:
    add(workspace, "boss", "admin")
    open_air = settings(workspace, public_url="")
    for chosen, expected in (
        (open_air, 403),
        (settings(workspace, public_url="", allow_http=True), 200),
    ):
        with TestClient(create_app(chosen), "http://10.0.0.5:8620", client=THERE) as client:
            asking = {"name": "boss", "password": PASSWORD}
            assert client.post("/login", json=asking).status_code == expected
            if expected == 403:
                key = {"Authorization": "Bearer fwq_1_2"}
                assert client.get("/collections", headers=key).status_code == 403


def test_a_password_that_goes_past_the_proxy_with_https_is_refused(workspace: Workspace) -> None:
    add(workspace, "boss", "admin")
    asking = {"name": "boss", "password": PASSWORD}
    by_https = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.99"}
    ways = [
        (THERE, {}, 403),  # past the proxy
        (THERE, by_https, 403),  # anybody can say so
        (("10.0.0.9", 40_000), by_https, 200),  # the proxy
        (("10.0.0.9", 40_000), {**by_https, "X-Forwarded-Proto": "http"}, 403),
        (HERE, {}, 200),
    ]
    for client, headers, expected in ways:
        behind = ProxyHeadersMiddleware(create_app(settings(workspace)), trusted_hosts="10.0.0.9")
        with TestClient(behind, "http://plan.example", client=client) as asker:
            answer = asker.post("/login", json=asking, headers=headers)
            assert answer.status_code == expected, (client, headers)
            key = {"Authorization": "Bearer fwq_1_2", **headers}
            assert asker.get("/collections", headers=key).status_code == (
                403 if expected == 403 else 401
            )
            assert expected == 200 or f"请用 {SITE} 来访" in answer.json()["hint"]


def test_answers_to_a_person_are_kept_by_no_cache_between(browser: TestClient) -> None:
    enter(browser)
    answer = browser.get("/collections")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in answer.headers["vary"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


# ---- the log of access --------------------------------------------------------------------------


def test_the_log_tells_who_came_and_who_got_rights(
    browser: TestClient, workspace: Workspace
) -> None:
    browser.post("/login", json={"name": "boss", "password": "wrong wrong wrong"})
    enter(browser)
    browser.post("/accounts", json={"name": "amy", "roles": ["viewer"]})
    browser.patch("/accounts/amy", json={"roles": ["auditor"]})
    identity, _ = key_of(browser, "read")
    browser.post(f"/account/keys/{identity}/revoke")
    assert kinds(workspace) == [
        "account_made", "login_failed", "login", "account_made", "roles_changed", "key_made",
        "key_revoked",
    ]  # fmt: skip
    assert browser.get("/audit").status_code == 403
    browser.patch("/accounts/boss", json={"roles": ["admin", "auditor"]})
    page = browser.get("/audit", params={"limit": 3})
    assert [one["number"] for one in page.json()["entries"]] == [8, 7, 6]
    (following,) = page.json()["links"]
    older = browser.get(following["href"].removeprefix(SITE)).json()["entries"]
    assert [one["number"] for one in older] == [5, 4, 3]
    assert older[0]["detail"] == {"after": ["auditor"], "before": ["viewer"]}
    assert older[0]["address"] == THERE[0]
    assert len(browser.get("/audit", params={"kind": "login"}).json()["entries"]) == 1
    assert "改变角色" in browser.get("/audit?f=html").text
    proof = browser.get("/audit/verification").json()
    assert proof["whole"]
    assert proof["entries"] == 8


def test_the_chain_of_the_log_is_as_it_was_written_down_before(workspace: Workspace) -> None:
    moment = datetime(2026, 5, 1, 8, tzinfo=UTC)
    with workspace.writing() as connection:
        events.log(connection, "login", actor="张三", subject="张三", address="::1", at=moment)
        found = events.verified(connection)
    assert (found.entries, found.first_broken) == (1, None)
    assert found.head == "5ffcd8e62a37dfac3815cef99a41e99238284a85db2cf5d94ae5da492985ea6e"


def test_the_log_is_only_added_to_and_shows_what_was_altered_behind_it(
    workspace: Workspace,
) -> None:
    with workspace.writing() as connection:
        for number in range(5):
            events.log(connection, "login", actor=f"p{number}")
    for change in (
        sa.update(ACCESS).values(actor="x"),
        sa.delete(ACCESS),
        sa.delete(ACCESS).where(ACCESS.c.number == 5),
    ):
        with pytest.raises(ConflictError, match="只增不改"), workspace.writing() as connection:
            connection.execute(change)
    with workspace.reading() as connection:
        whole = events.verified(connection)
    assert whole.first_broken is None
    sqlite = workspace.path is not None

    def behind(statement: str) -> events.Verified:
        """Change the table as one who owns the file or the database may."""
        with workspace.writing() as connection:
            if sqlite:
                for event in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS fuwuquan_access_{event}")
            else:
                connection.exec_driver_sql("ALTER TABLE fuwuquan_access DISABLE TRIGGER USER")
            connection.exec_driver_sql(statement)
            found = events.verified(connection, number=whole.entries, head=whole.head)
            transaction = connection.get_transaction()
            assert transaction is not None
            transaction.rollback()
        return found

    assert behind("SELECT 1").first_broken is None
    assert behind("UPDATE fuwuquan_access SET actor = 'x' WHERE number = 3").first_broken == 3
    assert behind("DELETE FROM fuwuquan_access WHERE number = 2").first_broken == 2
    assert behind("DELETE FROM fuwuquan_access WHERE number = 5").first_broken == 5


# ---- author and approver ------------------------------------------------------------------------


def person(name: str) -> Person:
    return Person(name, name, frozenset({"approve"}), "session")


def test_nobody_approves_what_he_wrote_whatever_program_asks(workspace: Workspace) -> None:
    with workspace.writing() as connection:
        approvals.authored(connection, "proposal", "1", ["amy", "bo"])
        approvals.authored(connection, "proposal", "1", ["bo"])
    with pytest.raises(PlannerError), workspace.writing() as connection:
        approvals.decided(connection, "proposal", "1", person("bo"))
    own = {"kind": "proposal", "subject": "1", "person": "amy"}
    told = {"verdict": "approved", "at": "2026-05-01", "note": ""}
    with pytest.raises(ConflictError, match="不能批准"), workspace.writing() as connection:
        connection.execute(sa.insert(APPROVAL).values(**own, **told))
    with workspace.writing() as connection:
        approvals.decided(connection, "proposal", "1", person("cy"))
    late = {**own, "person": "cy"}
    with pytest.raises(ConflictError, match="不能批准"), workspace.writing() as connection:
        connection.execute(sa.insert(AUTHOR).values(**late))
    for table in (AUTHOR, APPROVAL):
        with pytest.raises(ConflictError), workspace.writing() as connection:
            connection.execute(sa.delete(table))
    assert kinds(workspace) == ["approved"]


# ---- only what was published --------------------------------------------------------------------


def test_only_marked_collections_and_reading_routes_are_public(workspace: Workspace) -> None:
    for name in ("open", "closed"):
        frame = pd.DataFrame({"n": pd.array([1], dtype="Int64")})
        workspace.write_result(name, frame, on=date(2026, 5, 1))
    add(workspace, "boss", "admin")
    chosen = settings(workspace, public=True, public_collections="result_open")
    with TestClient(create_app(chosen), SITE, client=THERE) as client:
        listed = client.get("/collections").json()["collections"]
        assert [one["id"] for one in listed] == ["result_open"]
        assert client.get("/collections/result_open/items").status_code == 200
        for path in ("/collections/result_closed", "/collections/result_closed/items",
                     "/collections/%72esult_closed/items", "/login", "/account", "/audit",
                     "/metrics", "/setup", "/accounts", "/ws/1"):  # fmt: skip
            assert client.get(path).status_code == 404, path
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("/login", "/ws", "/nothing", "/collections/result_open/items"):
                refused = client.request(method, path)
                assert refused.status_code == 405
                assert refused.headers["allow"] == "GET, HEAD"
    with TestClient(create_app(settings(workspace, public=True)), SITE, client=THERE) as client:
        assert client.get("/collections").json()["collections"] == []
    assert published.is_shown("anything")  # outside of such a request


def test_the_public_is_told_of_nothing_that_it_does_not_find(workspace: Workspace) -> None:
    workspace.write_result("open", pd.DataFrame({"n": [1]}), on=date(2026, 5, 1))
    chosen = settings(workspace, public=True, public_collections="result_open")
    with TestClient(create_app(chosen), SITE, client=THERE) as client:
        for document in (client.get("/api").json(), client.get("/openapi.json").json()):
            told = {(verb, path) for path, one in document["paths"].items() for verb in one}
            assert {verb for verb, _ in told} == {"get"}
            assert "/collections/{collectionId}/items" in document["paths"]
            assert not [path for _, path in told if path.startswith(("/ws", "/login", "/job"))]
        assert "/ws" not in client.get("/api?f=html").text
        links = [
            *client.get("/").json()["links"],
            *client.get("/collections/result_open").json()["links"],
        ]
        for link in links:
            assert client.get(link["href"].removeprefix(SITE)).status_code == 200, link
        for page in ("/?f=html", "/collections?f=html", "/collections/result_open?f=html"):
            for href in set(
                re.findall(r'href="(?:https://plan.example)?(/[^"#]*)', client.get(page).text)
            ):
                assert client.get(href.replace("&amp;", "&")).status_code == 200, (page, href)
        standards = client.get("/conformance").json()["conformsTo"]
        assert any("ogcapi-features-1" in one for one in standards)
        assert any("ogcapi-tiles-1" in one for one in standards)
        assert not any("processes" in one or "features-4" in one for one in standards)
    with TestClient(create_app(settings(workspace)), SITE, client=THERE) as client:
        add(workspace, "boss", "admin")
        enter(client)
        assert "/login" in client.get("/openapi.json").json()["paths"]


def test_programs_at_the_machine_and_who_is_known_read_how_the_server_fares(
    workspace: Workspace,
) -> None:
    add(workspace, "boss", "admin")
    with workspace.writing() as connection:
        _, key = credentials.make_key(
            connection, "boss", label="Prometheus", scopes=["read"], days=1, by=BOSS
        )
    for chosen in ({}, {"open_reading": True}, {"public": True}):
        made = create_app(settings(workspace, **chosen))
        with TestClient(made, "http://127.0.0.1:8620", client=HERE) as here:
            own = here.get("/metrics")
            assert own.status_code == (404 if "public" in chosen else 200)
            assert ("fuwuquan_up_seconds" in own.text) == ("public" not in chosen)
            assert here.post("/metrics").status_code in (401, 405)
            proxied = here.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
            assert proxied.status_code == (404 if "public" in chosen else 401)
        with TestClient(made, SITE, client=THERE) as there:
            assert there.get("/metrics").status_code == proxied.status_code
            known = there.get("/metrics", headers={"X-API-Key": key})
            assert known.status_code == (404 if "public" in chosen else 200)


def test_a_key_for_one_right_reads_too(browser: TestClient) -> None:
    enter(browser)
    _, key = key_of(browser, "admin")
    with TestClient(browser.app, SITE, client=THERE) as program:
        assert program.get("/accounts", headers={"X-API-Key": key}).status_code == 200
        refused = program.get("/audit", headers={"X-API-Key": key})
        assert refused.status_code == 403
        assert "查看访问日志" in refused.json()["detail"]


def test_settings_of_lists_are_read_from_texts(tmp_path: Path) -> None:
    made = Settings(workspace=tmp_path, public_collections="names, community", oidc_roles="viewer")  # type: ignore[arg-type]
    assert made.public_collections == ("names", "community")
    assert LOCAL.may("approve")
    assert Guard is not None
