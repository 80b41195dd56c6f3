"""Drafts and proposals at a browser: every act is a form, which no other page can send."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import shapely

from geo.schema import layer as layer_schema
from geo.store.applying import Edit, apply
from geo.store.drafts.book import ANY, draft_of, put
from geo.store.history import By
from geo.store.records import SHAPE, read, spelled
from tests.api.test_pages import MACHINE, PAGE, Browser, House, house

__all__ = ["house"]
AT = "2026-05-01T00:00:00.000+00:00"


def edit(house: House, draft: str, key: str, who: str = "张编", **cells: Any) -> None:  # noqa: ANN401
    """Change a row in a draft, as QGIS does."""
    with house.workspace.writing() as connection:
        row = read(connection, layer_schema("compound"), [key])[key].record
        after = {**row, **cells}
        put(connection, draft_of(connection, draft), Edit("compound", key, after, ANY), By(who, AT))


def publish(house: House, key: str, **cells: Any) -> None:  # noqa: ANN401
    with house.workspace.writing() as connection:
        row = read(connection, layer_schema("compound"), [key])[key]
        change = Edit("compound", key, {**row.record, **cells}, row.version)
        apply(connection, [change], By("赵发", AT))


def begun(browser: Browser, title: str = "五月补测") -> str:
    made = browser.send("/ws", browser.get("/ws").text, title=title)
    assert made.status_code == 303, made.text
    return str(re.fullmatch(rf"{MACHINE}/ws/([0-9a-f]{{16}})/", made.headers["location"])[1])  # type: ignore[index]


def handed_in(browser: Browser, draft: str, **fields: str) -> str:
    page = browser.get(f"/ws/{draft}/changes").text
    sent = browser.send(f"/ws/{draft}/proposal", page, note="现场核实", **fields)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"]).removeprefix(MACHINE)


def seen(page: str) -> str:
    return unescape(re.search(r'name="if_match" value="([^"]+)"', page)[1])  # type: ignore[index]


def elders(house: House, key: str) -> Any:  # noqa: ANN401
    return house.workspace.row("compound", key)[0].iloc[0]["elders"]


def test_a_draft_is_begun_shown_field_by_field_and_handed_in(house: House) -> None:
    browser = house.browser("张编")
    draft = begun(browser)
    point = spelled(shapely.Point(114.02, 30.001))
    edit(house, draft, "x1", elders=66, build_status="new")
    edit(house, draft, "x2", **{SHAPE: point})
    with house.workspace.writing() as connection:
        gone = Edit("compound", "x3", None, ANY)
        put(connection, draft_of(connection, draft), gone, By("张编", AT))
    for path in (f"/ws/{draft}/", f"/ws/{draft}", f"/ws/{draft}/changes"):
        page = browser.get(path).text
        assert "五月补测" in page
        assert re.search(r"老年人数.*?<del>50</del>.*?<ins>66</ins>", page, re.DOTALL)
        assert re.search(r"<del>–</del>.*?<ins>新建</ins>", page, re.DOTALL)
        assert "移动约 1" in page
        assert "删除" in page
        assert f"{MACHINE}/ws/{draft}/" in page
    assert "3 行" in browser.get("/ws").text
    proposal = handed_in(browser, draft)
    page = browser.get(proposal).text
    assert "待审批" in page
    assert "现场核实" in page
    assert 'action="http://127.0.0.1:8620' + proposal + "/approval" not in page
    assert "已报送" in browser.get(f"/ws/{draft}/").text


def test_an_approver_who_is_no_author_approves_what_he_saw(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    edit(house, draft, "x1", elders=66)
    proposal = handed_in(author, draft)
    assert proposal.partition("?")[0] in approver.get("/proposals").text
    assert "1 份待审批" in approver.get("/").text
    page = approver.get(proposal).text
    stale = approver.send(f"{proposal}/approval", page, if_match='"1"')
    assert stale.status_code == 412
    assert "请重新查看" in stale.text
    done = approver.send(f"{proposal}/approval", page, if_match=seen(page), note="同意")
    assert (done.status_code, elders(house, "x1")) == (303, 66)
    shown = approver.get(done.headers["location"]).text
    assert re.search(r"已批准.*同意.*<del>50</del>.*<ins>66</ins>", shown, re.DOTALL)
    again = approver.send(f"{proposal}/approval", page, if_match=seen(page))
    assert again.status_code in (409, 412)


def test_a_rejection_says_why_and_the_draft_is_open_again(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    edit(house, draft, "x1", elders=66)
    proposal = handed_in(author, draft)
    page = approver.get(proposal).text
    assert approver.send(f"{proposal}/rejection", page, if_match=seen(page)).status_code == 400
    given = approver.send(f"{proposal}/rejection", page, if_match=seen(page), note="户数不对")
    assert (given.status_code, elders(house, "x1")) == (303, 50)
    assert "户数不对" in author.get(f"/ws/{draft}/").text
    second = handed_in(author, draft)
    page = author.get(second).text
    assert author.send(f"{second}/withdrawal", page).status_code == 303
    assert "已撤回" in author.get("/proposals").text


def test_who_wrote_it_may_not_approve_it_though_he_is_an_approver(house: House) -> None:
    both = house.browser("钱批")
    draft = begun(both)
    edit(house, draft, "x1", who="钱批", elders=66)
    proposal = handed_in(both, draft)
    page = both.get(proposal).text
    assert "自己编写的内容不能由自己审批" in page
    assert "/approval" not in page
    with house.workspace.reading() as connection:
        version = draft_of(connection, draft).version
    forced = both.send(f"{proposal}/approval", page, if_match=f'"{version}"')
    assert (forced.status_code, elders(house, "x1")) == (403, 50)


def test_conflicts_show_three_values_and_are_settled_by_choosing(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    edit(house, draft, "x1", elders=66, households=120, name="草稿的名")
    edit(house, draft, "x6", elders=67)
    publish(house, "x1", elders=55, households=90, name="已发布的名")
    with house.workspace.writing() as connection:
        apply(connection, [Edit("compound", "x6", None, 1)], By("赵发", AT))
    page = author.get(f"/ws/{draft}/").text
    assert "有 4 处冲突：请先在下面逐项选定，再报送。" in page
    assert re.search('name="conflicts" type="checkbox" value="keep" required', page)
    unknowing = author.send(f"/ws/{draft}/proposal", page, note="现场核实")
    assert unknowing.status_code == 409
    assert 'value="现场核实"' in unknowing.text
    proposal = handed_in(author, draft, conflicts="keep")
    told = approver.get(proposal).text
    assert "须由编制人先逐项选定" in told
    assert "/approval" not in told
    assert "/resolve" not in told
    page = author.get(f"/ws/{draft}/changes").text
    assert "4 处" in page
    for value in ("50", "55", "66"):
        assert f">{value}<" in page
    beside = {"choice.elders": "theirs", "value.elders": "60", "choice.households": "theirs"}
    sent = {"collection": "compound", "id": "x1", "choice.name": "yours", **beside}
    refused = author.send(f"/ws/{draft}/resolve", page, **sent).text
    assert "写了“60”，却没有选“另填”" in refused
    assert re.search('name="choice.elders" value="theirs" required checked', refused)
    assert re.search('name="value.elders" type="number" value="60"', refused)
    assert re.search('name="value.elders" type="number" value="66"', page)  # to begin with
    kept = author.send(
        f"/ws/{draft}/resolve", page, collection="compound", id="x1",
        **{"choice.elders": "value", "value.elders": "60", "choice.households": "theirs",
           "choice.name": "yours"},
    )  # fmt: skip
    assert kept.status_code == 303, kept.text
    unfit = author.send(
        f"/ws/{draft}/resolve", page, collection="compound", id="x6", **{"choice.*": "value"}
    )
    assert unfit.status_code == 400
    gone = author.send(
        f"/ws/{draft}/resolve", page, collection="compound", id="x6", **{"choice.*": "theirs"}
    )
    assert gone.status_code == 303
    page = approver.get(proposal).text
    done = approver.send(f"{proposal}/approval", page, if_match=seen(page))
    assert done.status_code == 303, done.text
    row = house.workspace.row("compound", "x1")[0].iloc[0]
    assert (row["elders"], row["households"], row["name"]) == (60, 90, "草稿的名")


def test_one_change_and_a_whole_draft_are_given_up(house: House) -> None:
    browser = house.browser("张编")
    draft = begun(browser)
    edit(house, draft, "x1", elders=66)
    edit(house, draft, "x2", elders=67)
    page = browser.get(f"/ws/{draft}/changes").text
    given = browser.send(f"/ws/{draft}/discard", page, collection="compound", id="x1")
    assert given.status_code == 303
    page = browser.get(f"/ws/{draft}/changes").text
    assert "x2" in page
    assert "<ins>66</ins>" not in page
    nothing = browser.send(f"/ws/{draft}/discard", page, collection="compound", id="x1")
    assert nothing.status_code == 404
    assert browser.send(f"/ws/{draft}/closing", page).headers["location"] == "/ws?f=html"
    assert f"/ws/{draft}" not in browser.get("/ws").text


@pytest.mark.parametrize("form", ["plain", "other"])
def test_no_form_counts_without_the_token_of_the_session(house: House, form: str) -> None:
    browser, other = house.browser("张编"), house.browser("李编")
    draft = begun(browser)
    edit(house, draft, "x1", elders=66)
    page = "" if form == "plain" else other.get("/ws").text
    for path in ("/ws", f"/ws/{draft}/proposal", f"/ws/{draft}/closing", f"/ws/{draft}/discard",
                 f"/ws/{draft}/resolve"):  # fmt: skip
        refused = browser.send(path, page)
        assert refused.status_code == 403, path
        assert ("校验码" if form == "plain" else "登录换过了") in refused.text
    strange = browser.client.post(
        f"/ws/{draft}/closing", headers={**PAGE, "Origin": "https://evil.example"}
    )
    assert strange.status_code == 403
    assert "csrf" not in strange.text  # a form is only given back to who filled it in here
    assert "编辑中" in browser.get("/ws").text
    assert "<ins>66</ins>" in browser.get(f"/ws/{draft}/changes").text


def test_programs_give_up_by_post_as_well_and_are_asked_for_json(house: House) -> None:
    client = house.browser("张编").client
    answer = client.get("/ws?f=json")
    assert answer.json() == {"drafts": []}
    assert client.get("/proposals?f=json").json() == {"proposals": []}
    assert client.get("/ws?f=xml").status_code == 400
    token = client.get("/account?f=json").json()["csrf"]
    headers = {"X-CSRF-Token": token}
    made = client.post("/ws", json={"title": "甲"}, headers=headers)
    draft = made.json()["id"]
    edit(house, draft, "x1", elders=66)
    body = {"collection": "compound", "id": "x1"}
    assert client.post(f"/ws/{draft}/discard", json=body, headers=headers).status_code == 204
    assert client.get(f"/ws/{draft}/changes?f=json").json()["changes"] == []
    assert client.get(f"/ws/{draft}/changes?after=1").status_code == 400
    assert client.post(f"/ws/{draft}/closing", json={}, headers=headers).status_code == 204


def test_a_large_draft_is_shown_in_pages_with_conflicts_first(house: House) -> None:
    browser = house.browser("张编")
    draft = begun(browser)
    with house.workspace.writing() as connection:
        for n in range(130):
            row = {
                "id": f"n{n:03}",
                "name": "新",
                "households": 9,
                SHAPE: spelled(shapely.Point(114, 30)),
            }
            blank = dict.fromkeys(column.name for column in layer_schema("compound").columns)
            put(connection, draft_of(connection, draft),
                Edit("compound", "", {**blank, **row}, None), By("张编", AT))  # fmt: skip
    edit(house, draft, "x9", elders=66)
    publish(house, "x9", elders=55)
    first = browser.get(f"/ws/{draft}/changes").text
    assert first.count('<section class="change"') == 100
    assert "小区9 x9" in first
    further = re.search(r'rel="next" href="([^"]+)"', first)[1]  # type: ignore[index]
    second = browser.get(further.replace("&amp;", "&")).text
    assert second.count('<section class="change"') == 31
