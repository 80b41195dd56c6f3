"""What people see at a browser: where they begin, what went wrong, and how they come in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.people import accounts, events, passwords
from api.people.accounts import By
from api.settings import Settings
from geo.store import Workspace
from tests.api.conftest import MACHINE
from tests.api.test_editing import filled

PlaceOf = Callable[[str], str]
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PASSWORD = "石榴 curtain 7 ferry"  # noqa: S105 - of a test
ROLES = {
    "张编": ["officer"],
    "李编": ["officer"],
    "王批": ["approver"],
    "赵发": ["officer", "publisher"],
    "钱批": ["officer", "approver"],
    "孙看": ["viewer"],
    "boss": ["admin"],
}


class Browser:
    """A browser of somebody, who may have logged in."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **given: Any) -> Any:  # noqa: ANN401
        return self.client.get(path, headers={**PAGE, **given.pop("headers", {})}, **given)

    def send(self, path: str, page: str = "", **fields: str) -> Any:  # noqa: ANN401
        """Send a form as a page has it: with the token that stands in it."""
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        sent = {**fields, **({"csrf": token[1]} if token else {})}
        return self.client.post(path, data=sent, headers={**PAGE, "Origin": MACHINE})

    def log_in(self, name: str, password: str = PASSWORD) -> Any:  # noqa: ANN401
        return self.send("/login", name=name, password=password)


class House:
    """A served workspace, and the browsers of those who work there."""

    def __init__(self, place: str) -> None:
        self.workspace: Workspace = filled(place)
        with self.workspace.writing() as connection:
            for name, roles in {"boss": ROLES["boss"], **ROLES}.items():
                by = By("test")
                accounts.add(connection, name, roles, by=by, password=PASSWORD)
        where = {"database" if "://" in place else "workspace": place}
        self.settings = Settings(**where, allow_http=True)  # type: ignore[arg-type]
        self.app = create_app(self.settings)

    def browser(self, who: str = "") -> Browser:
        client = TestClient(
            self.app, MACHINE, client=("127.0.0.1", 50_000), raise_server_exceptions=False,
            follow_redirects=False,
        )  # fmt: skip
        browser = Browser(client)
        if who:
            assert browser.log_in(who).status_code == 303
        return browser


@pytest.fixture
def house(place: PlaceOf, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 8, 1))
    made = House(place("house"))
    with TestClient(made.app):
        yield made
    made.workspace.close()


def hrefs(page: str) -> set[str]:
    return {
        href.removeprefix(MACHINE).partition("?")[0] for href in re.findall('href="([^"]+)"', page)
    }


def test_errors_are_pages_for_people_and_problems_for_programs(house: House) -> None:
    browser = house.browser("孙看")
    before = {"Referer": f"{MACHINE}/collections?f=html"}
    page = browser.get("/collections/nie", headers=before)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "没有集合“nie”" in page.text
    assert "怎么办" in page.text
    assert {"/", "/collections"} <= hrefs(page.text)
    assert page.headers["x-request-id"] in page.text
    for headers in ({"Accept": "application/json"}, {"Accept": "*/*"}):
        problem = browser.client.get("/collections/nie", headers=headers)
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.headers["vary"].count("Accept") >= 1
    asked_for = browser.get("/collections/nie?f=json")
    assert asked_for.json()["status"] == 404
    assert browser.get("/<script>alert(1)</script>").text.count("<script>") == 0


def test_a_long_problem_that_was_packed_is_a_page_too(house: House) -> None:
    browser = house.browser("孙看")
    text = "x" * 3_000
    page = browser.get(f"/collections/{text}")
    assert page.status_code == 404
    assert "<h1>没有找到</h1>" in page.text


def test_who_may_not_is_told_whom_to_ask_and_may_log_in_as_another(house: House) -> None:
    refused = house.browser("孙看").get("/accounts")
    assert refused.status_code == 403
    assert "/login" in hrefs(refused.text)
    assert "换个账户登录" in refused.text
    stranger = house.browser()
    assert stranger.get("/accounts").headers["location"] == "/login?next=/accounts"
    sent = stranger.client.post("/ws", data={"title": "x"}, headers=PAGE)
    assert (sent.status_code, "/login" in hrefs(sent.text)) == (401, True)


def test_who_must_change_his_password_is_led_there(house: House) -> None:
    with house.workspace.writing() as connection:
        accounts.set_password(connection, "孙看", "given lantern 88 sock", by=By("boss"), own=False)
    browser = house.browser()
    assert browser.log_in("孙看", "given lantern 88 sock").headers["location"] == "/account"
    for path in ("/", "/collections?f=html", "/nie"):
        led = browser.get(path)
        assert (led.status_code, led.headers["location"]) == (303, "/account"), path
    program = browser.client.get("/collections", headers={"Accept": "application/json"})
    assert program.status_code == 403
    assert "请先换掉" in browser.get("/account").text


def test_the_first_page_leads_to_what_one_may_do_and_to_nothing_else(house: House) -> None:
    seen = {who: hrefs(house.browser(who).get("/").text) for who in ROLES}
    assert {"/collections", "/norms", "/account"} <= set.intersection(*seen.values())
    assert {who for who in ROLES if "/cases" in seen[who]} == set(ROLES) - {"孙看", "boss"}
    assert {who for who in ROLES if "/ws" in seen[who]} == {"张编", "李编", "赵发", "钱批"}
    assert {who for who in ROLES if "/proposals" in seen[who]} == {
        "张编", "李编", "王批", "赵发", "钱批",
    }  # fmt: skip
    assert {who for who in ROLES if "/jobs" in seen[who]} == {
        "张编", "李编", "王批", "赵发", "钱批",
    }  # fmt: skip
    assert {who for who in ROLES if "/accounts" in seen[who]} == {"boss"}
    for who, paths in seen.items():
        browser = house.browser(who)
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, (who, path, answer.text)


def test_the_first_page_of_a_public_server_leads_to_nothing_that_is_not_there(house: House) -> None:
    settings = house.settings.model_copy(
        update={"public": True, "public_collections": ("compound",)}
    )
    with TestClient(create_app(settings), MACHINE) as client:
        page = client.get("/", headers=PAGE)
        for path in hrefs(page.text):
            assert client.get(path, headers=PAGE).status_code == 200, path
        missing = client.get("/ws", headers=PAGE)
        assert (missing.status_code, "/login" in hrefs(missing.text)) == (404, False)


def test_the_sign_of_the_server_is_there_for_everybody(house: House) -> None:
    answer = house.browser().get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_a_program_that_sends_a_form_is_answered_in_json_where_it_asks_for_it(house: House) -> None:
    client = house.browser().client
    for password, status in ((PASSWORD, 200), ("wrong wrong wrong", 401)):
        sent = {"name": "孙看", "password": password}
        answer = client.post("/login", data=sent, headers={"Accept": "application/json"})
        assert answer.status_code == status
        assert answer.headers["content-type"].partition(";")[0].endswith("json")
    page = client.post("/login", data={**sent, "password": PASSWORD}, headers=PAGE)
    assert page.status_code == 303


def test_the_first_password_is_typed_in_twice(place: PlaceOf) -> None:
    filled(place("empty")).close()
    where = {"database" if "://" in place("empty") else "workspace": place("empty")}
    app = create_app(Settings(**where))  # type: ignore[arg-type]
    with TestClient(app, MACHINE, client=("127.0.0.1", 50_000), follow_redirects=False) as client:
        browser = Browser(client)
        assert browser.get("/setup").text.count('type="password"') == 2
        sent = {"name": "管家", "password": PASSWORD}
        other = browser.send("/setup", **sent, again=f"{PASSWORD}!")
        assert (other.status_code, "不一样" in other.text) == (400, True)
        assert browser.send("/setup", **sent, again=PASSWORD).status_code == 303


def test_a_changed_password_is_typed_in_twice(house: House) -> None:
    browser = house.browser("孙看")
    page = browser.get("/account").text
    new = {"old": PASSWORD, "new": "given lantern 88 sock"}
    refused = browser.send("/account/password", page, **new, again="given lantern 89 sock")
    assert (refused.status_code, "不一样" in refused.text) == (400, True)
    assert browser.send("/account/password", page, **new, again=new["new"]).status_code == 303


def test_times_stand_in_local_time_with_their_zone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        page = house.browser("孙看").get("/account").text
        assert len(re.findall(r"<td>\d{4}-\d\d-\d\d \d\d:\d\d UTC\+8</td>", page)) == 2
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_log_of_access_is_verified_on_a_page(house: House) -> None:
    with house.workspace.writing() as connection:
        accounts.add(connection, "审计", ["auditor"], by=By("boss"), password=PASSWORD)
        accounts.set_roles(connection, "审计", ["auditor", "viewer"], by=By("cli:root"))
        events.log(
            connection, "imported", actor="local", subject="compound", job="j1", file="小区.xlsx",
            rows={"added": 1_200, "removed": 3},
        )  # fmt: skip
        events.log(connection, "approved", actor="审批", subject="proposal 7", by="oidc")
    browser = house.browser("审计")
    log = browser.get("/audit").text
    for told in (
        "<td>命令行（root）</td>", "原来：审计员；改为：查看员、审计员", "<td>报送 7</td>",
        "<td>本机</td><td>小区</td>", "任务：j1；文件：小区.xlsx；行数：新增 1,200、删去 3",
        "方式：单点登录",
    ):  # fmt: skip
        assert told in log
    assert {"/audit/verification", "/audit/cases"} <= set(hrefs(log))
    page = browser.get("/audit/verification")
    assert "完好" in page.text
    head = browser.get("/audit/verification?f=json").json()["head"]
    assert head in page.text
    assert "完好" in browser.get("/audit/verification?f=html&number=&hash=").text


def test_rows_are_found_by_name_on_their_page(house: House) -> None:
    browser = house.browser("孙看")
    page = browser.get("/collections/compound/items").text
    assert 'name="q"' in page
    found = browser.get("/collections/compound/items?f=html&q=小区7&filter=").text
    assert "共 1 个要素" in found
    assert 'value="小区7"' in found
