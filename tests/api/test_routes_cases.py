"""A name from proposal to sign over the API: who may do what, on what was seen, in whose name."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient

from api import create_app
from api.people import accounts, credentials
from api.people.accounts import By
from api.people.scopes import ROLES
from api.routes import case_documents, case_told
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import audit, rulebook
from geo.gazetteer.rules import pack
from geo.store import Workspace
from tests.api.conftest import served

PlaceOf = Callable[[str], str]
SITE = "https://plan.example"
TODAY = datetime.now().astimezone().date()
BEGUN = TODAY - timedelta(days=90)
PEOPLE = {
    "管理": ["admin"], "林岚": ["officer"], "科长": ["officer"], "局长": ["approver"],
    "公告员": ["publisher"], "规划": ["planner"], "读者": ["viewer"],
    "双职": ["officer", "approver"], "审计": ["auditor"],
}  # fmt: skip
FIELDS = {
    "类别": "城镇街巷", "division": "990101001", "name": "望潮路", "理由": "新建道路",
    "position": "东起岩原路，西至环城西路", "shape": "LINESTRING (114.27 30.47, 114.275 30.472)",
}  # fmt: skip


def after(days: int) -> str:
    return (BEGUN + timedelta(days=days)).isoformat()


def lay(book: Gazetteer) -> None:
    """Lay down a district with a sub-district and six streets, one of them secret."""
    place = {"lifecycle": "existing", "status": "recorded", "attributes": "{}"}
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    divisions = {"990101": "示范区", "990101001": "云麓街道"}
    names = ["安平路", "泰和路", "永明街", "文光路", "秀水街", "机密路"]
    with book.change(author="普查员", reason="普查", at=at) as change:
        change.insert("batch", id="普查", file="普查.xlsx")
        known: dict[str, Any] = {"kind": "standard", "language": "zh", "legacy_batch": "普查"}
        for code, text in divisions.items():
            level, scheme = ("21300", "gb2260") if len(code) == 6 else ("21400", "gbt10114")
            change.insert(
                "place", id=code, class_code=level, division_code=code, secrecy="public", **place
            )
            change.insert("name", place_id=code, text=text, roman_toned="X", **known)
            change.insert("code", place_id=code, scheme=scheme, value=code)
        for n, text in enumerate(names, start=1):
            lies = {"class_code": "23510", "division_code": "990101001"}
            secrecy = "secret" if text == "机密路" else "public"
            change.insert("place", id=f"街{n}", secrecy=secrecy, **place, **lies)
            change.insert("name", place_id=f"街{n}", text=text, roman_toned="X", **known)
            line = shapely.LineString([(114.27, 30.47 + n / 1000), (114.28, 30.47 + n / 1000)])
            west, south, east, north = line.bounds
            change.insert(
                "shape", place_id=f"街{n}", role="centreline", shape=line, west=west, south=south,
                east=east, north=north,
            )  # fmt: skip
            change.insert(
                "sign", id=f"牌{n}", place_id=f"街{n}", kind="street", text=text,
                state="installed", shape=shapely.Point(114.27, 30.47),
            )  # fmt: skip


@dataclass
class Office:
    """The server and its people; every request of a person is sent with his own key."""

    client: TestClient
    keys: dict[str, str]
    book: Gazetteer

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def etag(self, who: str, case: str) -> str:
        return str(self.ask(who, "GET", f"/cases/{case}").headers["etag"])

    def send(
        self, who: str, case: str, what: str, body: dict[str, Any], *, status: int = 200
    ) -> Any:  # noqa: ANN401
        """Send an act on a case as it stands, and return what was answered."""
        seen = {"If-Match": self.etag(who, case)}
        answer = self.ask(who, "POST", f"/cases/{case}/{what}", json=body, headers=seen)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, who: str, case: str, action: str, day: int, **more: Any) -> Any:  # noqa: ANN401
        status = more.pop("status", 200)
        body = {"action": action, "on": after(day), **more}
        return self.send(who, case, "actions", body, status=status)


@contextmanager
def open_office(where: str) -> Iterator[Office]:
    workspace = Workspace.create(where)
    book = Gazetteer.of(workspace)
    lay(book)
    keys = {}
    with workspace.writing() as connection:
        for name, roles in PEOPLE.items():
            accounts.add(connection, name, roles, by=By("test"))
            scopes = sorted(frozenset[Any]().union(*(ROLES[role] for role in roles)))
            _, keys[name] = credentials.make_key(
                connection, name, label="", scopes=scopes, days=1, by=By("test")
            )
    with TestClient(create_app(served(where, public_url=SITE)), SITE) as client:
        yield Office(client, keys, book)
    workspace.close()


@pytest.fixture
def office(place: PlaceOf) -> Iterator[Office]:
    """Return an office in one of the two stores."""
    with open_office(place("office")) as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Any) -> Iterator[Office]:  # noqa: ANN401
    """Return an office in a folder."""
    with open_office(str(tmp_path / "w")) as opened:
        yield opened


def proposed(office: Office) -> str:
    body = {"kind": "命名", "fields": FIELDS, "on": after(0)}
    opened = office.ask("林岚", "POST", "/cases", json=body)
    assert opened.status_code == 201, opened.text
    told = opened.json()["case"]
    assert opened.headers["location"].endswith(f"/cases/{told['number']}")
    assert opened.headers["etag"] == told["etag"] == '"1"'
    assert (told["clerk"], told["state"], told["title"]) == ("林岚", "draft", "望潮路命名")
    return str(told["number"])


def papers(office: Office, case: str, day: int, *kinds: str) -> None:
    for kind in kinds:
        office.send("林岚", case, "documents", {"kind": kind, "on": after(day)})


def test_a_name_goes_from_proposal_to_its_sign(office: Office) -> None:
    case = proposed(office)
    lacking = office.act("林岚", case, "submit", 0, status=400)
    assert "申请书" in lacking["detail"]
    assert "地理实体基本情况" in lacking["detail"]
    papers(office, case, 0, "申请书", "situation")
    told = office.act("林岚", case, "提交", 0)["case"]
    assert told["state"] == "submitted"
    assert {one["action"] for one in told["actions"]} == {"accept", "return", "withdraw"}
    too_soon = office.ask(
        "局长", "POST", f"/cases/{case}/approval", json={"on": after(1)},
        headers={"If-Match": office.etag("局长", case)},
    )  # fmt: skip
    assert too_soon.status_code in (400, 409), too_soon.text
    office.act("林岚", case, "accept", 1)
    tried = office.send("林岚", case, "check", {"keep": False, "on": after(1)})
    assert (tried["kept"], tried["case"]["state"]) == (False, "formal_check")
    checked = office.send("林岚", case, "check", {"on": after(1)})
    assert checked["case"]["state"] == "rules_checked"
    assert checked["names"][0]["verdict"] == "unknown"  # no list of persons is laid in
    assert checked["provenance"]["packs"]
    office.act("林岚", case, "start_reviews", 2)
    term = office.send("林岚", case, "consultation", {"on": after(2)})
    assert term["until"] == after(32)
    said = office.ask(
        "林岚", "POST", f"/cases/{case}/opinions",
        json={"text": "好听", "stance": "支持", "said_by": "居民", "on": after(9)},
    )  # fmt: skip
    assert said.status_code == 201, said.text
    opinion = said.json()["opinion"]
    assert (opinion["by"], opinion["number"]) == ("居民", f"{case}/1")
    reply = f"/cases/{case}/opinions/1/answer"
    text = {"text": "谢谢", "on": after(40)}
    assert office.ask("林岚", "POST", reply, json=text).status_code == 428
    seen = {"If-Match": opinion["etag"]}
    assert office.ask("林岚", "POST", reply, json=text, headers=seen).status_code == 200
    again = office.ask("科长", "POST", reply, json=text, headers=seen)
    assert again.status_code == 412
    assert again.json()["current"]["etag"] == '"2"'
    papers(office, case, 41, "专家论证报告", "risk_assessment", "征求意见报告")
    note = {"note": "人工核对，不是人名"}
    assert office.act("科长", case, "deliberate", 42, **note)["role"] == "reviewer"
    decision = {
        "kind": "批复", "number": "示政复〔2026〕7号", "issuer": "示范区人民政府",
        "date": after(43), "on": after(43), "content": base64.b64encode(b"scan").decode(),
    }  # fmt: skip
    kept = office.send("林岚", case, "documents", decision)["document"]
    assert kept["sha256"] == hashlib.sha256(b"scan").hexdigest()
    fetched = office.ask("规划", "GET", kept["file"]["href"].removeprefix(SITE))
    assert (fetched.status_code, fetched.content) == (200, b"scan")
    done = office.send(
        "双职", case, "approval", {"authority": "县级人民政府", "on": after(44)}
    )  # fmt: skip
    assert (done["case"]["state"], done["names"], done["former"]) == ("approved", ["望潮路"], [])
    assert done["case"]["approver"] == "双职"
    assert done["tasks"] > 0
    finish(office, case)
    assert audit(office.book, TODAY, rulebook()) == []
    assert office.book.first_broken() is None


def finish(office: Office, case: str) -> None:
    """Set the sign up, file, announce and archive, and look at the whole case at last."""
    tasks = office.ask("规划", "GET", f"/cases/{case}/tasks").json()["tasks"]
    due = office.ask("规划", "GET", "/cases/due", params={"within": 400}).json()
    assert {one["number"] for one in tasks if one["due_on"] and not one["done_on"]} <= {
        one["number"] for one in due["due"]
    }
    assert all(one["rule"] for one in due["due"])
    sign = next(one for one in tasks if one["kind"].startswith("sign_"))
    path = f"/cases/{case}/tasks/{sign['number'].partition('/')[2]}/done"
    seen = {"If-Match": sign["etag"]}
    bare = office.ask("林岚", "POST", path, json={"on": after(50)}, headers=seen)
    assert (bare.status_code, "照片" in bare.json()["detail"]) == (400, True)
    body = {"photo": "望潮路.jpg", "on": after(50)}
    done = office.ask("林岚", "POST", path, json=body, headers=seen)
    assert done.json()["task"]["done_on"] == after(50), done.text
    drafts = office.ask("林岚", "GET", f"/cases/{case}/drafts").json()["drafts"]
    assert {one["kind"] for one in drafts} >= {"notice", "hearing", "filing", "announcement"}
    assert any("望潮路" in one["text"] for one in drafts)
    lacking = [piece for one in drafts for piece in one["missing"]]
    if not lacking:
        filed = office.act("双职", case, "file", 51)
        assert filed["role"] == "filing_officer"  # who approved it is no clerk of it
        refused = office.act("林岚", case, "announce", 52, status=403)
        assert refused["scope"] == "publish"
    whole = office.ask("规划", "GET", f"/cases/{case}").json()
    assert [one["became"] for one in whole["steps"]][:3] == ["draft", "submitted", "formal_check"]
    assert {one["actor"] for one in whole["steps"]} == {"林岚", "科长", "双职"}
    page = office.ask("规划", "GET", f"/cases/{case}", params={"f": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "望潮路" in page.text


def test_whoever_handled_a_case_does_not_approve_it_whatever_the_body_says(desk: Office) -> None:
    body = {"kind": "naming", "fields": FIELDS, "on": after(0)}
    case = desk.ask("双职", "POST", "/cases", json=body).json()["case"]["number"]
    for kind in ("申请书", "situation"):
        desk.send("双职", case, "documents", {"kind": kind, "on": after(0)})
    desk.act("双职", case, "submit", 0)
    desk.act("双职", case, "accept", 0)
    desk.send("双职", case, "check", {"on": after(0)})
    desk.act("双职", case, "start_reviews", 0)
    for kind in ("专家论证报告", "risk_assessment", "征求意见报告"):
        desk.send("双职", case, "documents", {"kind": kind, "on": after(1)})
    assert desk.act("双职", case, "deliberate", 2, note="人工核对")["role"] == "clerk"
    decision = {"kind": "批复", "issuer": "示范区人民政府", "date": after(2), "on": after(2)}
    desk.send("双职", case, "documents", decision)
    asked = {"authority": "county_government", "on": after(3)}
    refused = desk.send("双职", case, "approval", asked, status=403)
    assert refused["rule"] == "approver_is_not_clerk"
    assert "经办过本案" in refused["detail"]
    assert desk.send("双职", case, "approval", {}, status=403)["rule"] == "approver_is_not_clerk"
    rejected = {"action": "reject", "note": "不妥", "on": after(3)}
    assert desk.send("双职", case, "actions", rejected, status=403)["rule"]
    for name in ("by", "approver", "actor"):
        named = desk.send("双职", case, "approval", asked | {name: "局长"}, status=400)
        assert name in named["detail"]
    assert desk.send("林岚", case, "approval", asked, status=403)["scope"] == "approve"
    approved = desk.send("局长", case, "approval", asked)["case"]
    assert approved["state"] == "approved"
    back = {"reason": "批件撤回", "on": after(4)}
    assert desk.send("林岚", case, "undo", back, status=403)["scope"] == "approve"
    apart = desk.send("双职", case, "undo", back, status=403)
    assert (apart["rule"], "“撤回批准”" in apart["detail"]) == ("approver_is_not_clerk", True)
    undone = desk.send("局长", case, "undo", back)
    assert undone["case"]["state"] == "deliberation"
    assert desk.book.rows("name", text="望潮路") == []
    again = desk.send("局长", case, "approval", asked)["case"]
    assert again["version"] == approved["version"]  # as it stood; what came between is not lost
    seen = {"If-Match": approved["etag"]}
    late = desk.ask("局长", "POST", f"/cases/{case}/undo", json=back, headers=seen)
    assert (late.status_code, late.json()["current"]["etag"]) == (412, again["etag"])
    coded_and_taken_back(desk, case)


def coded_and_taken_back(desk: Office, case: str) -> None:
    """Give the place of an approved case its code; what followed an approval a clerk takes back."""
    on = {"on": after(4)}
    assert desk.send("局长", case, "codes", on, status=403)["scope"] == "edit"
    acts = desk.ask("局长", "GET", f"/cases/{case}").json()["actions"]
    assert {one["action"]: one["allowed"] for one in acts} == {"file": False}
    unfit = desk.send("林岚", case, "codes", {"code": "123", **on}, status=400)
    assert "20 位" in unfit["detail"]
    strange = {"code": "99010100223510000001", **on}
    lacking = desk.send("林岚", case, "codes", strange, status=400)
    assert "99010100123510" in lacking["detail"]
    assert "--" not in lacking["hint"]
    one = desk.send("林岚", case, "codes", on)["codes"]
    assert [(each["name"], each["code"][:14], each["new"]) for each in one] == [
        ("望潮路", "99010100123510", True)
    ]
    again = desk.send("科长", case, "codes", on)["codes"]
    assert [(each["code"], each["new"]) for each in again] == [(one[0]["code"], False)]
    given = desk.send("林岚", case, "codes", strange | {"note": "国家库所给"})["codes"]
    assert given[0]["code"] == strange["code"]
    back = {"reason": "误编", **on}
    assert desk.send("局长", case, "undo", back, status=403)["scope"] == "edit"
    assert desk.send("林岚", case, "undo", back)["case"]["state"] == "approved"


def test_codes_come_after_approval_and_who_may_decide_is_told_so(desk: Office) -> None:
    case = proposed(desk)
    early = desk.send("林岚", case, "codes", {}, status=409)
    assert "批准以后" in early["detail"]
    assert "fuwuquan" not in early["hint"]
    for kind in ("申请书", "situation"):
        desk.send("林岚", case, "documents", {"kind": kind, "on": after(0)})
    desk.act("林岚", case, "submit", 0)
    told = desk.ask("双职", "GET", f"/cases/{case}").json()
    assert {one["action"]: one["allowed"] for one in told["actions"]}["return"]
    assert told["division_label"] == "云麓街道（990101001）"


def test_a_reading_that_no_dictionary_has_needs_a_reason(desk: Office) -> None:
    case = proposed(desk)
    told = {"name": "望潮路", "reading": "wàng zhāo lù", "on": after(0)}
    desk.send("林岚", case, "readings", told, status=400)
    kept = desk.send("林岚", case, "readings", told | {"special": "当地方言如此"})
    assert kept["toned"] == "Wàngzhāo Lù"


def test_a_list_of_cases_is_marked_by_one_question(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = proposed(desk), proposed(desk)
    desk.send("林岚", second, "candidates", {"name": "听涛路", "on": after(1)})
    desk.send("林岚", second, "undo", {"reason": "误加", "on": after(1)})
    asked = []
    real = case_told.marks_of
    monkeypatch.setattr(
        case_told, "marks_of", lambda book, rows: asked.append(len(rows)) or real(book, rows)
    )
    listed = desk.ask("双职", "GET", "/cases").json()["cases"]
    assert [(one["number"], one["etag"]) for one in listed] == [(first, '"1"'), (second, '"1.1"')]
    assert asked == [2]


def test_an_edit_names_the_version_it_saw_and_every_unfit_field(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = proposed(desk)
    path, body = f"/cases/{case}", {"fields": {"理由": "通车"}, "on": after(0)}
    assert desk.ask("林岚", "PATCH", path, json=body).status_code == 428
    stale = desk.ask("林岚", "PATCH", path, json=body, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    assert stale.json()["current"] == {
        "etag": '"1"', "number": case, "state": "draft", "title": "望潮路命名",
    }  # fmt: skip
    seen = {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    done = desk.ask("林岚", "PATCH", path, json=body, headers=seen)
    assert (done.status_code, done.json()["case"]["reason"]) == (200, "通车")
    assert done.headers["etag"] == '"2"'
    unfit = {"king": "1", "point": "2", "shape": "不是图形"}
    told = desk.ask(
        "林岚", "POST", "/cases", json={"kind": "naming", "fields": unfit}
    ).json()  # fmt: skip
    assert {one["where"] for one in told["faults"]} == {"king", "point", "shape"}
    strange = desk.ask("林岚", "POST", "/cases", json={"kind": "naming", "a": 1, "b": 2})
    assert all(part in strange.json()["detail"] for part in ("“a”", "“b”", "fields"))
    future = desk.ask("林岚", "POST", "/cases", json=body | {"kind": "命名", "on": "2999-01-01"})
    assert future.status_code == 400
    many = {"name": "听涛路", "reading": "tīng tāo lù", "on": after(0)}
    assert desk.send("林岚", case, "candidates", many)["case"]["version"] == 3
    said = {"name": "听涛路", "reading": "tīng tāo lù", "on": after(0)}
    assert desk.send("林岚", case, "readings", said)["toned"] == "Tīngtāo Lù"
    desk.send("林岚", case, "choice", {"name": "听涛路", "on": after(0)})
    names = desk.ask("规划", "GET", path).json()["names"]
    assert {one["name"]: one["chosen"] for one in names} == {"望潮路": False, "听涛路": True}
    assert desk.send("林岚", case, "choice", {"name": "没有"}, status=404)
    monkeypatch.setattr(case_documents, "MOST_BYTES", 900)
    large = {"kind": "application", "content": "A" * 1300}
    assert desk.send("林岚", case, "documents", large, status=413)
    assert desk.send("林岚", case, "documents", {"kind": "application", "content": "?"}, status=400)


def test_the_file_of_a_document_is_fetched_as_it_was_sent(office: Office) -> None:
    case = proposed(office)
    scan = b"%PDF-1.7\n\x00\xff"
    body = {"kind": "application", "content": base64.b64encode(scan).decode(), "on": after(0)}
    told = office.send("林岚", case, "documents", body)["document"]
    assert (told["file"]["bytes"], told["file"]["type"]) == (len(scan), "application/pdf")
    path = f"/cases/{case}/documents/application"
    assert told["file"]["href"] == f"{SITE}{path}"
    shown = office.ask("规划", "GET", f"/cases/{case}")
    assert shown.json()["documents"] == [told]
    page = office.ask("规划", "GET", f"/cases/{case}?f=html").text
    assert f'href="{path}"' in page.replace(SITE, "")
    fetched = office.ask("规划", "GET", path)
    assert fetched.content == scan
    assert fetched.headers["content-type"] == "application/pdf"
    assert fetched.headers["content-disposition"].startswith("attachment; filename*=utf-8''%E6")
    assert "sandbox" in fetched.headers["content-security-policy"]
    assert fetched.headers["x-content-type-options"] == "nosniff"
    again = office.ask("规划", "GET", path, headers={"If-None-Match": fetched.headers["etag"]})
    assert again.status_code == 304
    assert office.ask("读者", "GET", path).status_code == 403
    wrong = {"kind": "situation", "sha256": "0" * 64, "content": body["content"], "on": after(0)}
    assert "与所写的不同" in office.send("林岚", case, "documents", wrong, status=400)["detail"]
    bare = {"kind": "situation", "sha256": "0" * 64, "on": after(0)}
    assert office.send("林岚", case, "documents", bare)["document"]["file"] is None
    lacking = office.ask("规划", "GET", f"/cases/{case}/documents/situation")
    assert (lacking.status_code, "没有存文件" in lacking.json()["detail"]) == (404, True)
    unknown = office.ask("规划", "GET", f"/cases/{case}/documents/approval")
    assert unknown.status_code == 404
    assert "application、situation" in unknown.json()["hint"]


def test_cases_are_listed_page_by_page_and_by_what_one_looks_for(office: Office) -> None:
    numbers = []
    for n, street in enumerate(("安平路", "泰和路", "永明街", "文光路", "秀水街")):
        fields = {"place": street, "理由": "道路消失"}
        body = {"kind": "销名", "fields": fields, "on": after(n)}
        opened = office.ask("林岚", "POST", "/cases", json=body)
        assert opened.status_code == 201, opened.text
        numbers.append(opened.json()["case"]["number"])
    found, path = [], "/cases?limit=2"
    while path:
        page = office.ask("局长", "GET", path).json()
        assert page["numberMatched"] == 5
        found += [one["number"] for one in page["cases"]]
        path = next(
            (one["href"].removeprefix(SITE) for one in page["links"] if one["rel"] == "next"), ""
        )
    assert found == numbers

    def listed(**asked: str) -> list[str]:
        answer = office.ask("局长", "GET", "/cases", params=asked)
        assert answer.status_code == 200, answer.text
        return [one["number"] for one in answer.json()["cases"]]

    assert listed(kind="retiring", state="draft", division="990101", clerk="林岚") == numbers
    assert listed(kind="naming") == listed(division="42") == listed(clerk="x") == []
    first = office.book.rows("case", number=numbers[0])[0]["id"]
    with office.book.change(author="甲", reason="催办", at=datetime.now(tz=UTC)) as change:
        change.insert("task", case_id=first, kind="other", title="补图", due_on=after(9))
    assert listed(overdue="true", on=date(2900, 1, 1).isoformat()) == numbers[:1]
    assert listed(overdue="true", on=BEGUN.isoformat()) == []
    html = office.ask("局长", "GET", "/cases", params={"f": "html", "limit": 2})
    assert numbers[0] in html.text
    assert "下一页" in html.text
    for wrong in ("state=x", "kind=x", "division=x", "due=x", "after=x", "limit=0", "q=1"):
        assert office.ask("局长", "GET", f"/cases?{wrong}").status_code == 400, wrong


def test_nobody_is_told_of_a_secret_place_by_its_cases(desk: Office) -> None:
    from geo.gazetteer.cases import Proposal, open_case  # noqa: PLC0415

    hidden = open_case(
        desk.book, Proposal("retiring", "机密路销名", place_id="街6"), by="林岚",
        at=datetime.now().astimezone(),
    )  # fmt: skip
    number = desk.book.row("case", hidden)["number"]
    for key in (hidden, number):
        assert desk.ask("局长", "GET", f"/cases/{key}").status_code == 404
    assert desk.ask("局长", "GET", "/cases").json()["cases"] == []
    with desk.book.change(author="甲", reason="换牌", at=datetime.now(tz=UTC)) as change:
        change.insert("task", place_id="街6", kind="other", title="换机密路牌", due_on=after(0))
        change.insert("task", place_id="街1", kind="other", title="换安平路牌", due_on=after(0))
    due = desk.ask("局长", "GET", "/cases/due").json()
    assert ([one["title"] for one in due["due"]], due["overdue"]) == (["换安平路牌"], 1)
    asked = {"kind": "retiring", "fields": {"place": "机密路", "理由": "x"}}
    answer = desk.ask("林岚", "POST", "/cases", json=asked)
    assert answer.status_code == 400
    assert "没有“机密路”" in answer.text
    case = desk.ask(
        "林岚", "POST", "/cases", json={"kind": "naming", "fields": FIELDS | {"name": "机密路"}}
    ).json()["case"]["number"]  # fmt: skip
    tried = desk.send("林岚", case, "check", {"keep": False})["names"][0]
    assert tried["verdict"] != "pass"  # the check itself knows it
    assert all(not one["conflicts"] for one in tried["findings"] if "R8" in one["rule"])
    assert "不公开的地名" in str(tried["findings"])


def test_auditors_are_told_what_breaks_the_laws_of_cases_but_no_secret_name(office: Office) -> None:
    sound = office.ask("审计", "GET", "/audit/cases").json()
    assert (sound["breaches"], sound["whole"], sound["first_broken"]) == ([], True, None)
    at = datetime.now(UTC)
    with office.book.change(author="普查员", reason="补录", at=at) as change:
        for place, text in (("街1", "旧街"), ("街6", "机密旧路")):
            change.update("place", place, 1, status="official")
            change.insert(
                "name", place_id=place, text=text, roman_toned="X", kind="former", language="zh"
            )
    found = office.ask("审计", "GET", "/audit/cases").json()
    unfounded = "既无决定也无历史批次，或两者都有"
    assert sorted(found["breaches"]) == sorted([f"“旧街”{unfounded}", f"“（不公开）”{unfounded}"])
    assert found["whole"]
    page = office.ask("审计", "GET", "/audit/cases?f=html").text
    assert f"“旧街”{unfounded}" in page
    assert "机密" not in page
    assert office.ask("林岚", "GET", "/audit/cases").json()["scope"] == "audit"


def test_of_many_who_act_on_the_same_version_one_is_heard(office: Office) -> None:
    case = proposed(office)
    seen = {"If-Match": office.etag("林岚", case)}

    def withdraw(who: str) -> int:
        body = {"action": "withdraw", "on": after(0)}
        sent = office.ask(who, "POST", f"/cases/{case}/actions", json=body, headers=seen)
        return int(sent.status_code)

    with ThreadPoolExecutor(6) as pool:
        found = sorted(pool.map(withdraw, ["林岚", "科长"] * 3))
    assert found == [200, 412, 412, 412, 412, 412]
    row = office.book.rows("case", number=case)[0]
    assert len(office.book.rows("step", case_id=row["id"])) == 2


def test_a_taken_name_is_told_with_where_it_is_and_by_which_article(office: Office) -> None:
    asked = {
        "name": "安平路", "class": "城镇街巷", "division": "990101001", "at": [114.275, 30.48],
        "on": TODAY.isoformat(),
    }  # fmt: skip
    told = office.ask("规划", "POST", "/names/check", json=asked).json()
    taken = [one for one in told["names"][0]["findings"] if one["conflicts"]]
    assert taken, told
    assert all(one["article"] and one["message"] for one in told["names"][0]["findings"])
    conflict = taken[0]["conflicts"][0]
    assert (conflict["text"], conflict["geometry"]["type"]) == ("安平路", "LineString")
    assert conflict["distance_m"] == pytest.approx(998, abs=3)  # nine thousandths of a degree
    assert told["provenance"]["packs"] == list(pack().names)
    assert len(told["provenance"]["layers"]["names"]) == 64
    every = office.ask("规划", "POST", "/names/check", json=asked | {"all": True}).json()
    assert "pass" in {one["verdict"] for one in every["names"][0]["findings"]}
    assert office.ask("读者", "POST", "/names/check", json=asked).status_code == 403


def test_readers_see_no_cases_and_planners_change_none(desk: Office) -> None:
    case = proposed(desk)
    assert desk.ask("读者", "GET", "/cases").status_code == 403
    assert desk.ask("规划", "GET", "/cases").status_code == 200
    told = desk.ask("规划", "GET", f"/cases/{case}").json()
    assert {one["action"]: one["allowed"] for one in told["actions"]} == {
        "submit": False, "withdraw": False,
    }  # fmt: skip
    assert desk.act("规划", case, "submit", 0, status=403)["scope"] == "edit"
    assert desk.act("局长", case, "submit", 0, status=403)["scope"] == "edit"
    assert desk.act("林岚", case, "archive", 0, status=409)["hint"].startswith("现在可以")
    assert desk.act("林岚", case, "fly", 0, status=404)
    for path in ("/cases/2000-0001", f"/cases/{case}/tasks/9/done"):
        assert desk.ask("规划", "GET", path).status_code in (404, 405)
    feature = {"type": "Feature", "geometry": None, "properties": {"name": "新桥"}}
    named = desk.ask(
        "林岚", "POST", "/collections/names/items", json=feature,
        headers={"Content-Type": "application/geo+json"},
    )  # fmt: skip
    followed = desk.ask("林岚", "GET", named.headers["location"].removeprefix(SITE))
    assert (followed.status_code, followed.json()["clerk"]) == (200, "林岚")
    kinds = desk.ask("规划", "GET", "/cases/kinds").json()
    assert {one["kind"] for one in kinds["kinds"]} == set(rulebook().kinds)
    for kind, sheets in (("naming", 1), ("批量标准化", 2)):
        form = desk.ask("林岚", "GET", f"/cases/kinds/{kind}/form")
        assert form.status_code == 200, form.text
        assert len(pd.read_excel(io.BytesIO(form.content), sheet_name=None)) >= sheets
    seen = {"If-Match": '"1"'}
    gone = desk.ask("林岚", "POST", f"/cases/{case}/tasks/9/done", json={}, headers=seen)
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields", "where"),
    [
        ("naming", {}, {"name"}),
        ("naming", {"理由": "新建道路"}, {"name"}),
        ("naming", {"name": " 　"}, {"name"}),
        ("naming", {"name": "\u200b"}, {"name"}),
        ("retiring", {"理由": "已拆除"}, {"place"}),
        ("batch", {}, {"title"}),
        ("joint_inspection", {}, {"line"}),
    ],
)
def test_a_case_about_nothing_is_not_opened(
    desk: Office, kind: str, fields: dict[str, str], where: set[str]
) -> None:
    refused = desk.ask("林岚", "POST", "/cases", json={"kind": kind, "fields": fields})
    assert refused.status_code == 400, refused.text
    assert {one["where"] for one in refused.json()["faults"]} == where
    assert not desk.ask("林岚", "GET", "/cases").json()["cases"]
