"""What a draft changes is read on the whole, then by what one asks for; nothing is left unsaid."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import shapely

from geo.schema import layer as layer_schema
from geo.store.applying import Edit, apply
from geo.store.drafts.book import ANY, draft_of, put
from geo.store.drafts.tables import PROPOSAL_EDIT
from geo.store.history import By
from geo.store.records import SHAPE, read, spelled
from tests.api.test_editing import ITEMS, Office, office
from tests.api.test_pages import MACHINE, House, house
from tests.api.test_pages_drafts import AT, begun, edit, handed_in, publish, seen

__all__ = ["house", "office"]


def many(house: House, draft: str) -> None:
    """Change 15 rows, add one and take one away, in a draft."""
    schema = layer_schema("compound")
    with house.workspace.writing() as connection:
        rows = read(connection, schema, [f"x{n}" for n in range(20)])

        def keep(key: str, after: Any) -> None:  # noqa: ANN401
            version = None if key == "new" else ANY
            put(connection, draft_of(connection, draft),
                Edit("compound", key, after, version), By("张编", AT))  # fmt: skip

        for n in range(12):
            keep(f"x{n}", {**rows[f"x{n}"].record, "elders": 50 + n + 1, "households": 200})
        for n in (12, 13):
            at = spelled(shapely.Point(114 + n / 100 + 0.00123456789, 30 + n / 10_000))
            keep(f"x{n}", {**rows[f"x{n}"].record, SHAPE: at})
        keep("x14", {**rows["x14"].record, "elders": None, "build_status": "new"})
        keep("x15", None)
        keep("new", {**rows["x16"].record, "id": "new", "name": "新区"})


def listed(page: str) -> list[str]:
    """Return the ids of the rows that a page lists, in their order."""
    cards = re.findall(r'<section class="change" aria-label="小区 [^"]*?(\w+)"', page)
    table = re.findall(r'<th scope="row"><a href="[^"]+">\S* ?(\w+)</a></th>', page)
    return cards + table


def linked(page: str, text: str) -> str:
    """Return where the link with a text leads, from the table row that begins with a word."""
    row, _, count = text.partition("/")
    found = re.search(rf'{row}</th>.*?<a href="([^"]+)">{count}</a>', page)
    assert found, text
    return unescape(found[1]).removeprefix(MACHINE)


def test_an_approver_sees_on_the_whole_what_hundreds_of_rows_come_to(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    many(house, draft)
    proposal = handed_in(author, draft)
    page = approver.get(proposal).text
    assert "合计 600 → 678（+78）；变动最大 50 → 62（小区11 x11）；1 行清空" in page
    assert "合计 1,200 → 2,400（+1,200）" in page
    assert "移动最远约 144.1 米（小区13 x13）" in page
    assert "“–”改为“新建” 1 行" in page
    by_elders = approver.get(linked(page, "老年人数/13")).text
    assert listed(by_elders)[:3] == ["x14", "x11", "x10"]  # what cannot be reckoned, the greatest
    assert len(listed(by_elders)) == 13
    assert "+12</td>" in by_elders
    assert "只列：小区，老年人数" in by_elders
    assert listed(approver.get(linked(page, "图形/2")).text) == ["x13", "x12"]
    assert listed(approver.get(linked(page, "小区/1")).text) == ["new"]
    row = re.search(r'<th scope="row"><a href="([^"]+)">小区11 x11', by_elders)
    assert row
    assert listed(approver.get(unescape(row[1])).text) == ["x11"]
    assert seen(by_elders) == seen(page)  # he may decide wherever he looks
    few = begun(author, "一行")
    edit(house, few, "x1", elders=66)
    assert "改了多少" not in author.get(f"/ws/{few}/").text


def test_programs_ask_for_some_changes_and_are_told_how_many_there_are(house: House) -> None:
    client = house.browser("张编")
    draft = begun(client)
    many(house, draft)

    def told(asked: str = "") -> Any:  # noqa: ANN401
        return client.client.get(f"/ws/{draft}/changes?f=json{asked}").json()

    whole = told()
    (layer,) = whole["summary"]
    assert whole["rows"] == len(whole["changes"]) == 17
    assert layer["acts"] == {"insert": 1, "update": 15, "delete": 1}
    assert layer["properties"] == {"elders": 13, "households": 12, "geometry": 2, "build_status": 1}
    for asked, count in (
        ("&property=elders", 13),
        ("&act=delete", 1),
        ("&id=x3", 1),
        ("&collection=gate", 0),
        ("&collection=compound&act=conflict", 0),
    ):
        found = told(asked)
        assert (len(found["changes"]), found["rows"]) == (count, 17), asked
    for wrong in ("act=eaten", "after=1", "nie=1", "property="):
        assert client.client.get(f"/ws/{draft}/changes?f=json&{wrong}").status_code == 400, wrong
    assert "没有这样的改动" in client.get(f"/ws/{draft}/changes?property=nie").text
    for wrong in ("collection=nie", "collection=<b>"):
        for form in ("html", "json"):
            answer = client.get(f"/ws/{draft}/changes?{wrong}&f={form}")
            assert answer.status_code == 404, (wrong, form)


def test_an_author_sees_who_gave_his_draft_back_and_why(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    edit(house, draft, "x1", elders=66)
    proposal = handed_in(author, draft)
    page = approver.get(proposal).text
    blank = approver.send(f"{proposal}/rejection", page, if_match='"1"', note="户数<不对>")
    assert blank.status_code == 412
    assert 'value="户数&lt;不对&gt;"' in blank.text  # what was typed stands there again
    approver.send(f"{proposal}/rejection", page, if_match=seen(page), note="户数<不对>")
    page = author.get("/ws").text
    assert "已退回" in page
    assert "王批退回：户数&lt;不对&gt;" in page
    assert "王批退回：户数&lt;不对&gt;。改好以后再报送。" in author.get(f"/ws/{draft}/").text
    assert "1 份编辑中，1 份被退回" in author.get("/").text
    assert "被退回" not in approver.get("/").text
    (told,) = author.client.get("/ws?f=json").json()["drafts"]
    last = told["lastProposal"]
    assert (told["state"], told["stateLabel"]) == ("open", "已退回")
    assert (last["state"], last["decided_by"], last["decision_note"]) == (
        "rejected", "王批", "户数<不对>",
    )  # fmt: skip
    edit(house, draft, "x1", elders=77)
    for browser in (author, approver):
        page = browser.get(proposal).text
        assert re.search(r"<del>50</del>.*<ins>66</ins>", page, re.DOTALL)
        assert "77" not in page
    listing = author.get("/proposals").text
    assert "1 行" in listing
    handed_in(author, draft)
    assert "已退回" not in author.get("/ws").text


def test_what_was_withdrawn_is_its_authors_own(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    edit(house, draft, "x1", elders=66)
    proposal = handed_in(author, draft)
    author.send(f"{proposal}/withdrawal", author.get(proposal).text)
    assert "<ins>66</ins>" in author.get(proposal).text
    page = approver.get(proposal).text
    assert "编制人撤回了，改动只有他自己看得到。" in page
    assert "<ins>66</ins>" not in page


def test_what_was_given_back_before_it_was_kept_is_not_told_as_nothing(house: House) -> None:
    author, approver = house.browser("张编"), house.browser("王批")
    draft = begun(author)
    edit(house, draft, "x1", elders=66)
    proposal = handed_in(author, draft)
    page = approver.get(proposal).text
    approver.send(f"{proposal}/rejection", page, if_match=seen(page), note="不")
    with house.workspace.writing() as connection:
        connection.execute(PROPOSAL_EDIT.delete())
    assert "升级以前退回的，当时的改动没有留存。" in author.get(proposal).text
    assert "0 行" not in author.get("/proposals").text


def test_a_page_that_is_refused_keeps_a_title(house: House) -> None:
    browser = house.browser("张编")
    title = "长" * 101
    refused = browser.send("/ws", browser.get("/ws").text, title=title)
    assert refused.status_code == 400
    assert f'value="{title}"' in refused.text


def test_a_row_that_could_not_be_settled_stands_first_with_what_was_chosen(house: House) -> None:
    author = house.browser("张编")
    draft = begun(author)
    for key in ("x1", "x2"):
        edit(house, draft, key, elders=66, build_status="new")
        publish(house, key, elders=55, build_status="existing")
    page = author.get(f"/ws/{draft}/").text
    chosen = {"choice.elders": "value", "value.elders": "-5", "choice.build_status": "theirs"}
    refused = author.send(f"/ws/{draft}/resolve", page, collection="compound", id="x2", **chosen)
    assert refused.status_code == 400
    assert listed(refused.text) == ["x2", "x1"]
    first, second = refused.text.split('<section class="change"')[1:]
    assert 'name="value.elders" type="number" value="-5"' in first
    assert 'name="choice.elders" value="value" checked' in first
    assert 'name="choice.build_status" value="theirs" required checked' in first
    assert " checked" not in second


def test_who_gives_a_row_up_goes_on_where_he_was(house: House) -> None:
    browser = house.browser("张编")
    draft = begun(browser)
    many(house, draft)
    page = browser.get(f"/ws/{draft}/changes?collection=compound&act=update").text
    back = re.search('name="back" value="([^"]+)"', page)
    assert back
    sent = {"collection": "compound", "id": "x3", "back": unescape(back[1])}
    led = browser.send(f"/ws/{draft}/discard", page, **sent).headers["location"]
    assert led == f"{MACHINE}/ws/{draft}/changes?f=html&collection=compound&act=update#changes"
    rows = listed(browser.get(led).text)
    assert (len(rows), "x3" in rows, "x15" in rows) == (14, False, False)
    beyond = browser.get(f"/ws/{draft}/changes?after=900").text
    assert len(listed(beyond)) == 16
    for wrong in ("after=-1", "act=nie", "collection=nie", "//evil.example", "nie=1", "\r\nX: 1"):
        forged = browser.send(f"/ws/{draft}/discard", page, **{**sent, "id": "x4", "back": wrong})
        assert forged.headers["location"] == f"{MACHINE}/ws/{draft}/changes?f=html#changes"
        edit(house, draft, "x4", elders=54)


@pytest.mark.parametrize("who", ["王批", "张编"])
def test_a_proposal_is_read_anew_when_what_is_published_changes(office: Office, who: str) -> None:
    draft = office.draft()
    body = {"properties": {"elders": 66}}
    kind = {"Content-Type": "application/merge-patch+json"}
    office.ask("张编", "PATCH", f"{draft}{ITEMS}/x1", json=body, headers=kind)
    proposal = office.propose(draft)
    tag = office.ask(who, "GET", proposal).headers["etag"]
    with office.workspace.writing() as connection:
        row = read(connection, layer_schema("compound"), ["x1"])["x1"]
        changed = Edit("compound", "x1", {**row.record, "elders": 55}, row.version)
        apply(connection, [changed], By("赵发", AT))
    again = office.ask(who, "GET", proposal, headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert (again.json()["conflicts"], again.headers["etag"]) == (1, tag)
