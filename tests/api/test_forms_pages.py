"""Pages that send forms: cases led and analyses asked for in a browser without scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import create_app
from api.ogc import done
from api.ogc.sent import PARTS
from api.people import accounts, passwords
from api.people.accounts import By
from geo.store import Workspace
from tests.api.conftest import served
from tests.api.test_routes_cases import lay

PlaceOf = Callable[[str], str]
SITE = "https://plan.example"
WORD = "gravel-lantern-orchard"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Browser:
    """A person who looks at pages and sends the forms that stand on them."""

    def __init__(self, client: TestClient, name: str) -> None:
        self.client = client
        client.cookies.clear()
        sent = client.post("/login", data={"name": name, "password": WORD}, headers=self.own())
        assert sent.status_code < 400, sent.text
        self.cookies = dict(client.cookies)
        self.page = ""

    def own(self) -> dict[str, str]:
        return {**PAGE, "Origin": SITE, "Sec-Fetch-Site": "same-origin"}

    def open(self, path: str) -> str:
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        answer = self.client.get(path.removeprefix(SITE), headers=self.own())
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        return self.page

    def titles(self) -> list[str]:
        """Return what the folded forms of the page are called."""
        return [unescape(one) for one in re.findall(r"<summary>(.*?)</summary>", self.page)]

    def said(self) -> str:
        """Return what the page says was done."""
        found = re.search(r'<p role="status" class="done">(.*?)</p>', self.page)
        return unescape(found[1]) if found else ""

    def act(self, title: str, **filled: str) -> Any:  # noqa: ANN401
        """Send the form that is folded under a title; it must be taken, and that be said."""
        for fold in re.findall(r'<details class="act".*?</form>', self.page, re.DOTALL):
            told = re.search(r"<summary>(.*?)</summary>", fold)
            if told is not None and unescape(told[1]) == title:
                whole, self.page = self.page, fold
                break
        else:
            raise AssertionError((title, self.titles()))
        button = re.search(r"<button[^>]*>(.*?)</button>", fold)
        assert button is not None
        answer = self.send(re.escape(button[1]), **filled)
        assert answer.status_code == 303, (title, whole and answer.text)
        assert self.said(), title
        return answer

    def form(self, button: str) -> tuple[str, dict[str, str]]:
        """Return where the form with this button is sent, and what it has filled in."""
        forms = re.findall(r'<form class="fill".*?</form>', self.page, re.DOTALL)
        found = next(one for one in forms if re.search(rf"<button[^>]*>{button}</button>", one))
        action = re.search(r'action="([^"]*)"', found)
        assert action is not None
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', found)
        return unescape(action[1]), {name: unescape(value) for name, value in hidden}

    def send(self, button: str, files: dict[str, Any] | None = None, **filled: str) -> Any:  # noqa: ANN401
        action, hidden = self.form(button)
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)
        answer = self.client.post(
            action.removeprefix(SITE), data=hidden | filled, files=files, headers=self.own(),
            follow_redirects=False,
        )  # fmt: skip
        if answer.status_code == 303:
            self.cookies |= dict(answer.cookies)
            self.open(answer.headers["location"])
            self.cookies.pop(done.COOKIE, None)
        else:
            self.page = answer.text
        return answer


@pytest.fixture
def site(place: PlaceOf, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 8, 1))
    where = place("forms")
    workspace = Workspace.create(where)
    from geo.gazetteer import Gazetteer  # noqa: PLC0415

    lay(Gazetteer.of(workspace))
    with workspace.writing() as connection:
        for name, roles in {
            "管理": ["admin"], "林岚": ["officer"], "局长": ["approver"], "读者": ["viewer"],
            "公告员": ["publisher"], "科长": ["officer"],
        }.items():  # fmt: skip
            accounts.add(connection, name, roles, by=By("test"))
            accounts.set_password(connection, name, WORD, by=By("test"), own=True)
    workspace.close()
    with TestClient(create_app(served(where, public_url=SITE)), SITE) as client:
        yield client


def opened(clerk: Browser, **more: str) -> str:
    clerk.open("/cases/kinds/naming?f=html")
    fields = {
        "class": "城镇街巷", "division": "990101001", "name": "望潮路", "reason": "新建道路",
        "position": "东起岩原路", "shape": "LINESTRING (114.27 30.47, 114.275 30.472)",
    }  # fmt: skip
    answer = clerk.send(
        r"立案（存为草稿）", **more, **{f"field.{key}": v for key, v in fields.items()}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].partition("?")[0])


def test_a_case_is_opened_and_led_by_the_forms_of_its_page(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    case = opened(clerk)
    assert "缺材料“申请书”" in unescape(clerk.page)
    refused = clerk.send("提交")
    assert refused.status_code == 400
    assert "申请书" in refused.text
    assert 'role="alert"' in refused.text
    for kind in ("application", "situation"):
        files = {"content": ("申请书.pdf", b"%PDF-1.4 \r\n--x\r\n", "application/pdf")}
        sent = clerk.send("登记文件", files=files, kind=kind)
        assert sent.status_code == 303, sent.text
    assert clerk.send("提交", note="材料齐").status_code == 303
    assert "已提交" in clerk.page
    assert clerk.send("受理").status_code == 303
    assert clerk.send("记入规则审查", keep="false").status_code == 200
    assert "没有记入案卷" in clerk.page
    assert clerk.send("记下意见", text="好听").status_code == 400  # nobody's view is guessed
    assert clerk.send("记下意见", text="好听", stance="support").status_code == 303
    assert clerk.send(r"答复 林岚：好听", text="谢谢").status_code == 303
    assert "谢谢" in clerk.open(f"{case}/opinions?f=html")
    boss = Browser(site, "局长")
    page = boss.open(f"{case}?f=html")
    assert "登记文件" not in page


def day(number: int) -> str:
    return (date.today() - timedelta(days=90 - number)).isoformat()  # noqa: DTZ011 - the clerk's


def test_a_name_is_led_from_proposal_to_the_archive_by_pages_alone(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    case = opened(clerk, on=day(0))
    for kind in ("application", "situation"):
        clerk.act("登记文件", kind=kind, on=day(0))
    clerk.act("审定读音", name="望潮路", reading="wàng cháo lù", on=day(0))
    clerk.act("提交", on=day(0))
    assert clerk.said() == "“提交”已办好。"
    clerk.act("受理", on=day(1))
    clerk.act("记入规则审查", on=day(1))
    clerk.act("启动论证与征求意见", on=day(2))
    clerk.act("公开征求意见", on=day(2))
    clerk.act("记下意见", text="好听", stance="support", said_by="居民", on=day(9))
    clerk.act("答复 居民：好听", text="谢谢", on=day(40))
    for title in ("记入专家论证", "记入综合评估（风险评估）", "记入征求意见"):
        clerk.act(title, on=day(41))
    other = Browser(site, "科长")
    other.open(f"{case}?f=html")
    other.act("提请审议", note="人工核对，不是人名", on=day(42))
    clerk.open(f"{case}?f=html")
    clerk.act(
        "登记文件", kind="approval", number="示政复〔2026〕7号", issuer="示范区人民政府",
        date=day(43), on=day(43),
    )  # fmt: skip
    boss = Browser(site, "局长")
    boss.open(f"{case}?f=html")
    boss.act("批准", authority="county_government", on=day(44))
    assert boss.said() == "已批准，名称已启用。"
    assert "撤回最后一步" in boss.titles()
    clerk.open(f"{case}?f=html")
    assert "撤回最后一步" not in clerk.titles()
    assert "编定地名代码" in clerk.titles()
    unfit = clerk.send("编定地名代码", code="99010100223510000001", on=day(45))
    assert unfit.status_code == 400
    assert "用“理由”写明理由" in unescape(unfit.text)
    for word in ("--note", "“note”", "fuwuquan "):
        assert word not in unescape(unfit.text)
    assert 'value="99010100223510000001"' in unfit.text
    clerk.act("编定地名代码", on=day(45))
    assert clerk.said() == "地名代码已编定。"
    assert "编定地名代码" not in clerk.titles()
    finish_by_pages(site, clerk, case)


def finish_by_pages(site: TestClient, clerk: Browser, case: str) -> None:
    """File, announce, set the sign up and archive; then nothing is left to do."""
    clerk.open(f"{case}?f=html")
    for title in [one for one in clerk.titles() if one.startswith("完成：")]:
        clerk.act(title, **({"photo": "望潮路.jpg"} if "标志" in title else {}), on=day(50))
    clerk.act("备案", on=day(51))
    publisher = Browser(site, "公告员")
    publisher.open(f"{case}?f=html")
    publisher.act("公告", on=day(52))
    clerk.open(f"{case}?f=html")
    for title in ("标志更新完毕", "归档"):
        clerk.act(title, on=day(60))
    assert "已归档" in clerk.page
    assert "完成：" not in clerk.page


def test_the_form_to_edit_is_filled_in_and_sends_what_changes(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    case = opened(clerk)
    page = unescape(clerk.page)
    for told in (
        "城镇街巷（23510）",
        "云麓街道（990101001）",
        "线（2 个点，中心 114.27",
        "东起岩原路",
    ):
        assert told in page, told
    assert 'value="云麓街道"' not in page
    edit = re.search(r"<summary>修改</summary>.*?</form>", clerk.page, re.DOTALL)
    assert edit is not None
    inputs = re.findall(r'name="(field\.[a-z_]+)" type="text" value="([^"]*)"', edit[0])
    areas = re.findall(r'name="(field\.[a-z_]+)" rows="\d+"[^>]*>([^<]*)</textarea>', edit[0])
    filled = {name: unescape(text) for name, text in (*inputs, *areas) if text}
    assert filled["field.class"] == "城镇街巷"
    assert filled["field.shape"].startswith("LINESTRING (114.27")
    same = clerk.send("修改", **filled)
    assert (same.status_code, "没有要改的项" in same.text) == (400, True)
    clerk.act("修改", **filled | {"field.position": "东起岩原路，西至江边"})
    assert clerk.said() == "修改已保存。"
    assert "西至江边" in clerk.page
    emptied = clerk.send("修改", **{k: v for k, v in filled.items() if k != "field.reason"})
    assert (emptied.status_code, "不能是空的" in emptied.text) == (400, True)
    told = site.get(f"{case}", headers={"Accept": "application/json"}).json()
    assert (told["reason"], told["title"]) == ("新建道路", "望潮路命名")


def test_what_was_done_is_said_once_and_only_in_known_words(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    case = opened(clerk)
    assert clerk.said() == "已立案，存为草稿。"
    clerk.open(f"{case}?f=html")
    assert clerk.said() == ""
    submitted = "“提交”已办好。"
    known = {"case-read": "读音已审定。", "case-act-submit": submitted}
    for key, said in (known | {"<b>x</b>": "", "case-act-nothing": ""}).items():
        clerk.cookies[done.COOKIE] = key
        clerk.open(f"{case}?f=html")
        assert clerk.said() == said
        assert "<b>x" not in clerk.page


def test_a_form_outlives_its_session_but_never_a_password(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    case = opened(clerk)
    whole = clerk.cookies
    clerk.cookies = {}
    over = clerk.send("加拟用名称", name="听涛<路>", origin="江边可听涛声")
    assert (over.status_code, "登录已过期" in over.text) == (401, True)
    for told in ("听涛&lt;路&gt;", "江边可听涛声", 'target="_blank"', "没有丢"):
        assert told in over.text, told
    assert "csrf" not in over.text
    clerk.cookies = dict(Browser(site, "林岚").cookies)
    assert clerk.cookies != whole
    anew = clerk.send("已登录，接着办")
    assert (anew.status_code, "再提交一次" in anew.text) == (403, True)
    assert "听涛" not in site.get(case, headers={"Accept": "application/json"}).text
    assert clerk.send("核对无误，提交").status_code == 303
    assert clerk.said() == "已加拟用名称。"
    assert "听涛&lt;路&gt;" in clerk.page
    files = {"content": ("申请书.pdf", b"%PDF-1.4", "application/pdf")}
    clerk.cookies = {}
    over = clerk.send("登记文件", files=files, kind="application", title="申请")
    assert (over.status_code, 'type="file"' in over.text, "%PDF" in over.text) == (401, True, False)
    assert 'enctype="multipart/form-data"' in over.text
    typed = {"old": WORD, "new": "lantern-orchard-gravel", "again": "lantern-orchard-gravel"}
    over = site.post("/account/password", data=typed, headers=clerk.own(), follow_redirects=False)
    assert (over.status_code, "lantern" in over.text) == (401, False)


def test_a_form_of_an_earlier_page_is_refused_and_shown_again(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    case = opened(clerk)
    old = clerk.page
    assert clerk.send("加拟用名称", name="听涛路").status_code == 303
    clerk.page = old
    stale = clerk.send("加拟用名称", name="观澜路")
    assert stale.status_code == 412
    assert "已被别人改过" in stale.text
    assert 'value="观澜路"' in stale.text
    clerk.page = old.replace('name="csrf" value="', 'name="csrf" value="0')
    strange = clerk.send("加拟用名称", name="观澜路")
    assert (strange.status_code, "观澜路" in clerk.open(f"{case}?f=html")) == (403, False)
    reader = Browser(site, "读者")
    site.cookies.clear()
    site.cookies.update(reader.cookies)
    assert site.get(f"{case}?f=html", headers=reader.own()).status_code == 403


def test_a_task_is_done_by_the_number_that_is_shown(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    number = opened(clerk).rpartition("/")[2]
    said = {"text": "好", "stance": "支持", "said_by": "居民"}
    clerk.send("登记文件", kind="application")
    clerk.send("登记文件", kind="situation")
    assert clerk.send("提交").status_code == 303
    clerk.send("记下意见", **said | {"stance": "support"})
    token = {"X-CSRF-Token": site.get("/account", headers={"Accept": "application/json"}).json()[
        "csrf"
    ], "If-Match": '"1"', **clerk.own(), "Accept": "application/json"}  # fmt: skip
    for shown, status in ((f"{number}/1", 200), (f"{number}%2F1", 412)):  # seen once
        path = f"/cases/{number}/opinions/{shown}/answer"
        answer = site.post(path, json={"text": "谢谢"}, headers=token)
        assert answer.status_code == status, answer.text
    other = site.post(
        f"/cases/{number}/opinions/1999-0001/1/answer", json={"text": "x"}, headers=token
    )
    assert (other.status_code, f"{number}/1" in other.json()["hint"]) == (404, True)


def test_an_analysis_is_asked_for_and_stopped_on_pages(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    page = clerk.open("/processes/coverage?f=html")
    assert "社区养老服务站" in page
    assert "string" not in page
    wrong = clerk.send("提出", facility="elder_station", minutes="5，十")
    assert (wrong.status_code, "“时限”第 2 项应是数" in wrong.text) == (400, True)
    assert 'value="5，十"' in wrong.text
    asked = clerk.send("提出", facility="elder_station", minutes="5，10", map="false")
    assert asked.status_code == 303, asked.text
    job = asked.headers["location"].partition("?")[0]
    assert "5、10" in clerk.page
    until = time.monotonic() + 60
    while "失败" not in clerk.page:  # there is no street to walk on
        assert time.monotonic() < until
        time.sleep(0.2)
        clerk.open(f"{job}?f=html")
    gone = clerk.send("删去结果")
    assert (gone.status_code, "已取消" in clerk.page) == (303, True)
    sent = clerk.client.post(f"{job}/dismissal", headers={**clerk.own(), "Content-Type": PARTS})
    assert sent.status_code == 403


def test_a_file_is_sent_with_the_form_of_a_process(site: TestClient) -> None:
    clerk = Browser(site, "林岚")
    clerk.open("/processes/import?f=html")
    rows = "小区编号,小区名称,户数,经度,纬度\ny1,甲,10,114.01,30.01\n".encode()
    files = {"file": ('小"区.csv', rows, "text/csv")}
    sent = clerk.send("提出", files=files, layer="compound", datum="cgcs2000")
    assert sent.status_code == 303, sent.text
    assert "区.csv" in clerk.page
    clerk.open("/processes/import?f=html")
    lacking = clerk.send("提出", layer="compound", datum="cgcs2000")
    assert (lacking.status_code, "请填写“文件”" in lacking.text) == (400, True)


def test_who_may_not_ask_for_a_process_sees_what_it_wants(site: TestClient) -> None:
    reader = Browser(site, "读者")
    page = reader.open("/processes/coverage?f=html")
    assert "分析和规划" in page
    assert 'method="post"' not in page
