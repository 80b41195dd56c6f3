"""``fuwuquan cases`` as a placename officer runs it, on the demo's gazetteer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from api.cli import run
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import rulebook
from geo.store import Workspace, bundled

RULES = rulebook()
CLERK, HEAD, MAYOR = "林岚", "科长", "局长"
Do = Callable[..., Any]


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A workspace with the demo's gazetteer."""
    folder = tmp_path / "demo"
    Workspace.create(folder)
    census = str(bundled.bundled("demo") / "gazetteer.xlsx")
    assert run(["names", "import", census, "--author", "普查员", "-w", str(folder)]) == 0
    return folder


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A workspace with a district: a sub-district of six streets, a town, a line and a stone."""
    book = Gazetteer.of(Workspace.create(tmp_path / "city"))
    place = {"lifecycle": "existing", "status": "recorded", "secrecy": "public", "attributes": "{}"}
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    divisions = {"990101": "示范区", "990101001": "云麓街道", "990101101": "听松镇"}
    names = ["安平路", "泰和路", "永明街", "文光路", "秀水街", "丰乐巷"]
    with book.change(author="普查员", reason="普查", at=at) as change:
        change.insert("batch", id="普查", file="普查.xlsx")
        known: dict[str, Any] = {"kind": "standard", "language": "zh", "legacy_batch": "普查"}
        for code, text in divisions.items():
            level = "21300" if len(code) == 6 else "21400"
            scheme = "gb2260" if len(code) == 6 else "gbt10114"
            change.insert("place", id=code, class_code=level, division_code=code, **place)
            change.insert("name", place_id=code, text=text, roman_toned="X", **known)
            change.insert("code", place_id=code, scheme=scheme, value=code)
        for n, text in enumerate(names, start=1):
            street = f"街{n}"
            lies = {"class_code": "23510", "division_code": "990101001"}
            change.insert("place", id=street, **place, **lies)
            change.insert("name", place_id=street, text=text, roman_toned="X", **known)
            above = {"kind": "part_of", "other_id": "990101001"}
            change.insert("relation", place_id=street, **above)
            code = f"99010100123510{n:06d}"
            change.insert("code", place_id=street, scheme="dmdm20", value=code)
        change.insert("line", id="线", code="9913", name="云麓街道与听松镇界线")
        change.insert("marker", id="桩", line_id="线", number="9913001Q", condition="倾斜")
    book.close()
    return tmp_path / "city"


def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Do:
    """Run a command of cases and return its JSON, or what it said when it refused."""

    def done(*words: str, status: int = 0) -> Any:  # noqa: ANN401
        here = [] if words[0] == "template" else ["-w", str(folder)]
        found = run(["cases", *words, *here, "--json"])
        told = capsys.readouterr()
        assert found == status, told.err
        return json.loads(told.out) if status < 2 else told.err

    return done


@pytest.fixture
def do(city: Path, capsys: pytest.CaptureFixture[str]) -> Do:
    return command(city, capsys)


def book_of(city: Path) -> Gazetteer:
    return Gazetteer.of(Workspace.open(city))


def by(who: str, on: str) -> tuple[str, ...]:
    return "--by", who, "--on", on


NAMING = (
    "--set", "类别=城镇街巷", "--set", "division=990101001", "--set", "name=望潮路",
    "--set", "position=东起岩原路，西至环城西路", "--set", "理由=新建道路",
    "--set", "shape=LINESTRING (114.27 30.47, 114.275 30.472)",
)  # fmt: skip


def propose(do: Do) -> str:
    """Open a naming and lead it through the checks; return its number."""
    opened = do("open", "命名", *NAMING, *by(CLERK, "2026-03-02"))
    case = str(opened["cases"][0]["number"])
    assert (case, opened["cases"][0]["title"]) == ("2026-0001", "望潮路命名")
    told = do("act", case, "提交", *by(CLERK, "2026-03-02"), status=2)
    assert "申请书" in told
    assert "地理实体基本情况" in told
    for paper in ("申请书", "situation"):
        do("document", case, paper, *by(CLERK, "2026-03-02"))
    do("act", case, "提交", *by(CLERK, "2026-03-02"))
    told = do("act", case, "批准", *by(MAYOR, "2026-03-02"), status=2)
    assert "受理 (accept)" in told  # which acts are lawful now
    do("act", case, "accept", *by(CLERK, "2026-03-03"))
    tried = do("check", case, "--try", "--on", "2026-03-03")
    assert (tried["kept"], tried["case"]["state"]) == (False, "formal_check")
    checked = do("check", case, *by(CLERK, "2026-03-03"))
    assert checked["names"][0]["verdict"] == "unknown"  # no list of persons is laid in
    do("act", case, "start_reviews", *by(CLERK, "2026-03-04"))
    return case


def hear_all(do: Do, case: str) -> None:
    """Hold the consultation and the other reviews, and put the case up for decision."""
    told = do("consult", case, "--until", "2026-03-10", *by(CLERK, "2026-03-04"), status=2)
    assert "应到 2026-04-03" in told
    assert do("consult", case, *by(CLERK, "2026-03-04"))["hearing"]["until"] == "2026-04-03"
    do("opinion", case, "好听", "--stance", "支持", *by("居民", "2026-04-03"))
    other = ("--stance", "另提名称", "--name", "码头路")
    do("opinion", case, "不如老地名", *other, *by("周先生", "2026-03-11"))
    told = do("opinion", case, "晚了", "--stance", "反对", *by("某", "2026-04-04"), status=2)
    assert "2026-04-03 截止" in told
    do("answer", f"{case}/1", "谢谢", *by(CLERK, "2026-04-05"))
    told = do("document", case, "征求意见报告", *by(CLERK, "2026-04-02"), status=2)
    assert "才截止" in told
    for paper in ("专家论证报告", "risk_assessment", "征求意见报告"):
        do("document", case, paper, *by(CLERK, "2026-04-07"))
    forward = ("act", case, "提请审议", "--note", "人工核对，不是人名")
    assert "周先生" in do(*forward, *by(HEAD, "2026-04-08"), status=2)
    do("answer", f"{case}/2", "与禾光镇重名", *by(CLERK, "2026-04-08"))
    assert do(*forward, *by(HEAD, "2026-04-08"))["case"]["state"] == "deliberation"


def decide(do: Do, case: str, scan: Path) -> None:
    """Approve the case, by who may and with what it takes."""
    wanted = ("approve", case, "--authority", "县级人民政府")
    assert "没有决定文件" in do(*wanted, *by(MAYOR, "2026-04-15"), status=2)
    told = do("document", case, "批复", *by(CLERK, "2026-04-15"), status=2)
    assert "--issuer、--date" in told
    paper = do(
        "document", case, "批复", "--number", "示政复〔2026〕7号", "--issuer", "示范区人民政府",
        "--date", "2026-04-14", "--file", str(scan), *by(CLERK, "2026-04-15"),
    )["document"]  # fmt: skip
    assert len(paper["sha256"]) == 64
    assert "经办过本案" in do(*wanted, *by(CLERK, "2026-04-15"), status=2)
    housing = ("--authority", "住房和城乡建设主管部门")
    assert "应由" in do("approve", case, *housing, *by(MAYOR, "2026-04-15"), status=2)
    done = do(*wanted, *by(MAYOR, "2026-04-15"))
    assert (done["names"], done["former"], done["missing"]) == (["望潮路"], [], [])
    assert done["tasks"] == 3


def put_up(do: Do, case: str, photo: Path) -> None:
    """File, announce, put the sign up, and archive."""
    do("act", case, "备案", *by("备案员", "2026-04-20"))
    assert "请另立新案" in do("undo", case, "--reason", "误", *by(MAYOR, "2026-04-21"), status=2)
    do("act", case, "公告", *by("小赵", "2026-04-22"))
    told = do("act", case, "标志更新完毕", *by("立牌队", "2026-05-10"), status=2)
    assert "1 项标志任务" in told
    sign = next(t["number"] for t in do("tasks", case)["tasks"] if t["kind"] == "sign_new")
    assert "照片" in do("done", sign, *by("立牌队", "2026-05-10"), status=2)
    proof = ("--photo", str(photo), "--spec", "1500×450")
    assert do("done", sign, *proof, *by("立牌队", "2026-05-10"))["left"] == 0
    do("act", case, "标志更新完毕", *by("立牌队", "2026-05-11"))
    shown = do("act", case, "归档", *by("档案员", "2026-05-12"))
    assert (shown["case"]["state"], shown["case"]["next"]) == ("archived", [])


def test_an_officer_leads_a_naming_on_the_demo_from_proposal_to_the_installed_sign(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    do, city = command(demo, capsys), demo
    scan, photo = tmp_path / "批复.pdf", tmp_path / "望潮路.jpg"
    for file in (scan, photo):
        file.write_bytes(b"%PDF")
    case = propose(do)
    hear_all(do, case)
    decide(do, case, scan)
    tasks = {one["kind"]: one for one in do("tasks", case)["tasks"]}
    assert tasks["filing"]["due_on"] == tasks["announcement"]["due_on"] == "2026-04-29"
    assert do("due", "--on", "2026-04-29")["overdue"] == 0
    late = do("due", "--on", "2026-04-30", status=1)
    assert {(one["kind"], one["days_late"]) for one in late["due"][:2]} == {
        ("announcement", 1),
        ("filing", 1),
    }
    written = do("drafts", case, "--out", str(tmp_path / "out"))
    texts = {one["kind"]: Path(one["file"]).read_text("utf-8") for one in written["drafts"]}
    assert set(texts) == {"notice", "hearing", "filing", "announcement"}
    for field in ("标准名称：望潮路", "拼写：Wàngcháo Lù", "云麓街道", "2026年4月14日"):
        assert field in texts["announcement"]
    assert "另提名称“码头路”" in texts["hearing"]
    put_up(do, case, photo)

    roles = {one["became"]: one["role"] for one in do("show", case)["steps"]}
    assert (roles["filed"], roles["signs_done"]) == ("filing_officer", "sign_crew")
    assert do("audit", "--on", "2026-05-12") == {"breaches": [], "log_broken_at": None}
    book = book_of(city)
    place = book.rows("case", number=case)[0]["place_id"]
    assert book.row("place", place)["status"] == "official"
    name = book.rows("name", place_id=place)[0]
    assert (name["text"], name["valid_from"], name["reading_source"]) == (
        "望潮路", "2026-04-14", "dictionary",
    )  # fmt: skip
    (above,) = book.rows("relation", place_id=place, kind="part_of")
    (code,) = book.rows("code", place_id=above["other_id"], scheme="gbt10114")
    assert (code["value"], above["valid_from"]) == ("990101001", "2026-04-14")
    installed = book.rows("sign", place_id=place)
    assert [(s["text"], s["state"], s["photo"], s["roman"]) for s in installed] == [
        ("望潮路", "installed", str(photo), "WANGCHAO LU")
    ]
    assert book.replayed_sha256() == book.state_sha256()


def test_all_that_is_unfit_in_a_proposal_is_named_at_once(do: Do) -> None:
    told = do(
        "open", "更名", "--set", "place=没有这条路", "--set", "颜色=红", "--set", "name=金湖路",
        "--set", "division=990101", *by(CLERK, "2026-03-02"), status=2,
    )  # fmt: skip
    assert "没有“没有这条路”" in told
    assert "颜色：表上没有这一项" in told
    assert do("list")["cases"] == []
    assert "没有案卷类型“改名”" in do("open", "改名", "--set", "name=x", "--by", "甲", status=2)
    assert "项=值" in do("open", "更名", "--set", "name", "--by", "甲", status=2)
    assert "--file" in do("open", "更名", "--by", "甲", status=2)


@pytest.mark.parametrize("kind", RULES.kinds)
def test_every_kind_has_a_form_that_an_empty_copy_of_is_refused(
    do: Do, tmp_path: Path, kind: str
) -> None:
    for ending in ("xlsx", "toml"):
        path = tmp_path / f"表.{ending}"
        made = do("template", kind, str(path))
        assert "title" in made["fields"]
        assert "已经存在" in do("template", kind, str(path), status=2)
        told = do("open", kind, "--file", str(path), "--by", CLERK, status=2)
        assert "里没有填写" in told


CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "naming": ({"class": "23510", "division": "990101001", "name": "望潮路", "reason": "新建",
                "position": "江边"}, "county_government", "approval"),
    "renaming": ({"place": "安平路", "name": "望潮路", "reason": "重名", "reason_code": "城乡建设",
                  "position": "江边"}, "county_government", "approval"),
    "retiring": ({"place": "安平路", "reason": "道路已拆除"}, "county_government", "approval"),
    "clean_up": ({"place": "安平路", "name": "望潮路", "fault": "怪", "reason": "怪",
                  "position": "江边"}, "county_government", "approval"),
    "protection": ({"place": "安平路", "level": "county", "batch": "第一批"},
                   "placename_authority", "decision"),
    "plate": ({"road": "安平路", "number": "3", "method": "sequence", "point": "114.27,30.47"},
              "placename_authority", "certificate"),
    "division_change": ({"place": "听松镇", "change": "撤镇设街道", "new_name": "听松街道",
                         "code": "990101009", "reason": "城镇化", "position": "区境西部"},
                        "province_government", "approval"),
    "joint_inspection": ({"line": "9913", "round": "第三轮", "inspected": "2026-03-01",
                          "findings": "界桩完好", "signed": "云麓街道、听松镇"},
                         "joint_governments", "joint_report"),
    "stone_repair": ({"stone": "9913001Q", "condition": "已扶正"}, "joint_governments", "decision"),
    "stone_move": ({"stone": "9913001Q", "condition": "完好", "point": "114.2431,30.4441"},
                   "joint_governments", "decision"),
    "correction": ({"place": "安平路", "item": "来历", "value": "因临江而名"},
                   "placename_authority", "finding"),
}  # fmt: skip


def test_a_document_tells_what_the_case_has_and_what_holds_it_up(
    do: Do, city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    do("open", "命名", *NAMING, *by(CLERK, "2026-03-02"))
    attach = ("document", "2026-0001")
    told = do(*attach, "申请", *by(CLERK, "2026-03-02"))
    assert (told["document"]["kind"], told["attached"]) == ("application", ["application"])
    assert (told["next_act"], told["next_lacks"]) == ("submit", ["缺材料“地理实体基本情况”"])
    assert "专家论证报告 (expert_review)" in do(*attach, "报告", "--by", CLERK, status=2)
    told = do(*attach, "situation", "--file", "没有.pdf", "--by", CLERK, status=2)
    assert "没有文件“没有.pdf”" in told
    assert "Errno" not in told
    told = do(*attach, "situation", "--date", "2026-03-09", *by(CLERK, "2026-03-02"), status=2)
    assert "发文日期 2026-03-09 在办理日期 2026-03-02 之后" in told
    here = ("--by", CLERK, "--on", "2026-03-02", "-w", str(city))
    assert run(["cases", *attach, "基本情况", "--number", "1号", *here]) == 0
    printed = capsys.readouterr().out
    assert "已附“地理实体基本情况”：望潮路命名地理实体基本情况（1号）" in printed
    assert "案卷里已有：申请书、地理实体基本情况" in printed
    assert "下一步“提交 (submit)”：该有的都有了。" in printed
    told = do("read", "2026-0001", "望潮路", "wàng cháo jiē", "--by", CLERK, status=2)
    assert "“路”没有 jiē 这个读音" in told
    dialect = ("wàng cháo jiē", "--special", "当地方言")
    assert do("read", "2026-0001", "望潮路", *dialect, "--by", CLERK)["toned"] == "Wàngcháo Jiē"


def test_the_file_of_a_document_goes_in_and_comes_out(
    do: Do, city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    do("open", "命名", *NAMING, *by(CLERK, "2026-03-02"))
    paper = tmp_path / "申请.pdf"
    paper.write_bytes(b"%PDF-1.7 x")
    told = do("document", "2026-0001", "申请", "--file", str(paper), *by(CLERK, "2026-03-02"))
    assert told["document"]["bytes"] == 10
    do("document", "2026-0001", "基本情况", *by(CLERK, "2026-03-02"))
    [_, bare] = do("show", "2026-0001")["documents"]
    assert bare["bytes"] is None
    assert run(["cases", "show", "2026-0001", "-w", str(city)]) == 0
    assert "有文件" in capsys.readouterr().out
    written = do("file", "2026-0001", "申请")["file"]
    assert Path(written).name == "2026-0001-望潮路命名申请书.pdf"
    out = tmp_path / "取出.pdf"
    assert do("file", "2026-0001", "申请", "--out", str(out))["file"] == str(out)
    assert out.read_bytes() == Path(written).read_bytes() == paper.read_bytes()
    assert "没有存文件" in do("file", "2026-0001", "基本情况", status=2)


def test_a_place_without_a_code_is_told_at_approval_and_coded_after_it(do: Do, city: Path) -> None:
    book = book_of(city)
    [row] = book.rows("code", place_id="街1")
    with book.change(author="甲", reason="注销", at=datetime(2026, 1, 6, tzinfo=UTC)) as change:
        change.update("code", row["id"], row["version"], valid_to="2026-01-31")
    fill = ("--set", "place=安平路", "--set", "name=安平路", "--set", "position=江边")
    do("open", "标准化", *fill, *by(CLERK, "2026-03-02"))
    for act in ("提交", "受理"):
        do("act", "2026-0001", act, *by(CLERK, "2026-03-02"))
    do("check", "2026-0001", *by(CLERK, "2026-03-02"))
    do("act", "2026-0001", "审议", "--note", "核过", *by(HEAD, "2026-03-02"))
    paper = ("--number", "文1", "--issuer", "示范区人民政府", "--date", "2026-03-03")
    told = do("document", "2026-0001", "批复", *paper, *by(CLERK, "2026-03-03"))
    assert (told["next_act"], told["next_lacks"]) == ("approve", [])
    done = do("approve", "2026-0001", "--authority", "县级", *by(MAYOR, "2026-03-03"))
    assert done["uncoded"] == 1
    wrong = ("code", "2026-0001", "--code", "99")
    assert "应为 20 位数字" in do(*wrong, *by(CLERK, "2026-03-04"), status=2)
    [coded] = do("code", "2026-0001", *by(CLERK, "2026-03-04"))["codes"]
    assert coded == {
        "name": "安平路", "place_id": "街1", "code": "99010100123510000007", "new": True,
    }  # fmt: skip
    back = do("undo", "2026-0001", "--reason", "误", *by(CLERK, "2026-03-04"))
    assert (back["reason"], back["case"]["state"]) == ("编定地名代码", "approved")


QUICK = ("renaming", "division_change")


@pytest.mark.parametrize(
    "kind", [k if k in QUICK else pytest.param(k, marks=pytest.mark.slow) for k in CASES]
)
def test_a_case_of_every_kind_is_led_to_its_approval_and_back(
    do: Do, city: Path, kind: str
) -> None:
    told, authority, decision = CASES[kind]
    fill = [w for k, v in told.items() for w in ("--set", f"{k}={v}")]
    case = do("open", kind, *fill, *by(CLERK, "2026-03-02"))["cases"][0]["number"]
    of = RULES.kind(kind)
    for paper in of.documents:
        do("document", case, paper, *by(CLERK, "2026-03-02"))
    do("act", case, "submit", *by(CLERK, "2026-03-02"))
    do("act", case, "accept", *by(CLERK, "2026-03-02"))
    do("check", case, *by(CLERK, "2026-03-03"))
    if of.branches:
        do("act", case, "start_reviews", *by(CLERK, "2026-03-03"))
    for review in of.branches:
        do("document", case, review, *by(CLERK, "2026-03-04"))
    do("act", case, "deliberate", "--note", "核过", *by(HEAD, "2026-03-05"))
    issuer = "示范区人民政府" if "government" in authority else "示范区民政局"
    numbered = ("--number", "文1", "--issuer", issuer, "--date", "2026-03-05")
    do("document", case, decision, *numbered, *by(CLERK, "2026-03-05"))
    book = book_of(city)
    before = book.state_sha256()
    done = do("approve", case, "--authority", authority, *by(MAYOR, "2026-03-06"))
    assert done["case"]["state"] == "approved"
    assert do("audit", "--on", "2026-03-06")["breaches"] == []
    assert book.state_sha256() != before
    assert "经办过" in do("undo", case, "--reason", "误批", *by(CLERK, "2026-03-07"), status=2)
    back = do("undo", case, "--reason", "误批", *by(MAYOR, "2026-03-07"))
    assert back["case"]["state"] == "deliberation"
    assert book.state_sha256() == before == book.replayed_sha256()


def batch_form(do: Do, city: Path, tmp_path: Path, n: int) -> Path:
    """Fill in the form of a batch with the first streets of the demo."""
    path = tmp_path / "批量.xlsx"
    do("template", "batch", str(path))
    book = book_of(city)
    codes = {row["place_id"]: row["value"] for row in book.rows("code", scheme="dmdm20")}
    names = {row["place_id"]: row["text"] for row in book.rows("name", kind="standard")}
    streets = sorted((codes[r["id"]], r["id"]) for r in book.rows("place", class_code="23510"))
    workbook = load_workbook(path)
    head, listed = workbook.worksheets[:2]
    _put(head, 2, {"标题": "街路巷标准化", "所属政区代码": "990101", "理由": "标准化"})
    for row, (code, place) in enumerate(streets[:n], start=2):
        _put(listed, row, {"地名": code, "拟用名称": names[place], "位置描述": "见图"})
    workbook.save(path)
    return path


def _put(sheet: Any, row: int, values: dict[str, str]) -> None:  # noqa: ANN401 - openpyxl's
    columns = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    for heading, value in values.items():
        sheet.cell(row, columns[heading], value)


def test_a_list_is_opened_checked_and_approved_as_one(do: Do, city: Path, tmp_path: Path) -> None:
    form = batch_form(do, city, tmp_path, 6)
    opened = do("open", "批量标准化", "--file", str(form), *by(CLERK, "2026-03-02"))
    assert opened["opened"] == 7
    batch = opened["cases"][0]["number"]
    assert [one["number"] for one in do("list")["cases"]] == [batch]
    assert len(do("list", "--campaign", batch)["cases"]) == 6
    do("document", batch, "list", *by(CLERK, "2026-03-02"))
    for step in ("submit", "accept"):
        assert do("act", batch, step, "--all", *by(CLERK, "2026-03-02"))["cases"] == 7
    table = tmp_path / "审查.xlsx"
    checked = do("check", batch, "--out", str(table), *by(CLERK, "2026-03-03"))
    assert len(checked["names"]) == 6
    assert load_workbook(table).active is not None
    do("act", batch, "start_reviews", *by(CLERK, "2026-03-03"))
    for review in ("consultation", "dept_opinion"):
        do("document", batch, review, *by(CLERK, "2026-03-04"))
    forward = ("act", batch, "deliberate", "--all", "--note", "旧名不变")
    assert do(*forward, *by(HEAD, "2026-03-05"))["cases"] == 7
    paper = ("--number", "文1", "--issuer", "示范区人民政府", "--date", "2026-03-05")
    do("document", batch, "approval", *paper, *by(CLERK, "2026-03-05"))
    done = do("approve", batch, "--authority", "county_government", *by(MAYOR, "2026-03-06"))
    assert (done["cases"], done["names_opened"], done["names_closed"]) == (6, 6, 0)
    [stretch] = do("progress", batch)["divisions"]
    assert (stretch["cases"], stretch["approved"], stretch["division"]) == (6, 6, "云麓街道")
    assert do("audit", "--on", "2026-03-06")["breaches"] == []


def test_one_unfit_cell_and_no_case_of_a_list_is_opened(do: Do, city: Path, tmp_path: Path) -> None:
    form = batch_form(do, city, tmp_path, 3)
    workbook = load_workbook(form)
    listed = workbook.worksheets[1]
    _put(listed, 3, {"地名": "没有这条路"})
    _put(listed, 4, {"地名": "99999999999999999999"})
    listed.cell(1, listed.max_column + 1, "颜色")
    workbook.save(form)
    told = do("open", "batch", "--file", str(form), *by(CLERK, "2026-03-02"), status=2)
    for piece in ("3 处不对", "清单!B3", "清单!B4", "颜色"):
        assert piece in told
    assert do("list")["cases"] == []


def test_a_toml_form_opens_what_it_says(do: Do, tmp_path: Path) -> None:
    form = tmp_path / "命名.toml"
    form.write_text(
        'class = "城镇街巷"\ndivision = "990101001"\nname = "望潮路"\nreason = "新建"\n', "utf-8"
    )
    opened = do("open", "naming", "--file", str(form), *by(CLERK, "2026-03-02"))
    assert opened["cases"][0]["title"] == "望潮路命名"
    form.write_text('colour = "red"\n', "utf-8")
    assert "colour" in do("open", "naming", "--file", str(form), "--by", CLERK, status=2)


def test_a_name_of_several_readings_is_confirmed_before_its_rules_are_checked(do: Do) -> None:
    fill = ("--set", "class=23510", "--set", "division=990101001", "--set", "name=重湖路",
            "--set", "reason=新建")  # fmt: skip
    case = do("open", "naming", *fill, *by(CLERK, "2026-03-02"))["cases"][0]["number"]
    for paper in ("application", "situation"):
        do("document", case, paper, *by(CLERK, "2026-03-02"))
    for step in ("submit", "accept"):
        do("act", case, step, *by(CLERK, "2026-03-02"))
    told = do("check", case, *by(CLERK, "2026-03-02"), status=2)
    assert "“重湖路”的读音须审定" in told
    told = do("read", case, "重湖路", "chóng hú", *by(CLERK, "2026-03-02"), status=2)
    assert "3 个字" in told
    said = do("read", case, "重湖路", "chóng hú lù", *by(CLERK, "2026-03-02"))
    assert (said["toned"], said["sign"]) == ("Chónghú Lù", "CHONGHU LU")
    do("check", case, *by(CLERK, "2026-03-02"))
    told = do("read", case, "重湖路", "zhòng hú lù", *by(CLERK, "2026-03-03"), status=2)
    assert "不能" in told


def test_rules_of_the_workspace_set_its_own_deadlines(do: Do, city: Path) -> None:
    (city / "rules").mkdir()
    (city / "rules" / "本市.toml").write_text(
        '[[deadline]]\nid = "plate_decision"\nzh = "编制门牌"\nen = "number the door"\n'
        'area = "9901"\nfrom = "submitted"\nuntil = "decided"\ndays = 3\ncounted = "working"\n'
        'rule = "本市门牌办法"\nsource = "本市门牌办法"\n',
        "utf-8",
    )
    fill = ("--set", "road=云麓街道/安平路", "--set", "number=7", "--set", "method=sequence")
    case = do("open", "门牌", *fill, *by(CLERK, "2026-04-30"))["cases"][0]["number"]
    for paper in ("application", "property_proof"):
        do("document", case, paper, *by(CLERK, "2026-04-30"))
    do("act", case, "submit", *by(CLERK, "2026-04-30"))
    [task] = do("tasks", case)["tasks"]
    assert (task["due_on"], task["rule"]) == ("2026-05-08", "本市门牌办法")  # over Labour Day
    assert do("list", "--due", "7", "--on", "2026-05-01")["cases"][0]["due_on"] == "2026-05-08"
    assert do("list", "--due", "7", "--on", "2026-04-30")["cases"] == []


def test_lists_are_filtered_and_words_of_either_language_do(do: Do) -> None:
    do("open", "naming", *NAMING, *by(CLERK, "2026-03-02"))
    do("open", "naming", *NAMING, *by("别人", "2026-03-02"))
    assert len(do("list", "--state", "草稿")["cases"]) == 2
    assert len(do("list", "--clerk", CLERK, "--kind", "命名")["cases"]) == 1
    assert do("list", "--state", "archived")["cases"] == []
    assert "没有状态“办结”" in do("list", "--state", "办结", status=2)
    assert "案号" in do("show", "望潮路命名", status=2)  # two have that title
    assert "没有案卷" in do("show", "2026-0009", status=2)


def test_a_draft_is_edited_and_a_candidate_chosen(do: Do) -> None:
    case = do("open", "naming", *NAMING, *by(CLERK, "2026-03-02"))["cases"][0]["number"]
    do("edit", case, "--set", "name2=观澜路", "--set", "title=江边新路", *by(CLERK, "2026-03-02"))
    shown = do("show", case)
    assert shown["case"]["title"] == "江边新路"
    do("edit", case, "--set", "name=观澜路", *by(CLERK, "2026-03-02"))
    names = {one["name"] for one in do("show", case)["names"]}
    assert names == {"望潮路", "观澜路"}
    do("choose", case, "观澜路", *by(CLERK, "2026-03-03"))
    assert [one["name"] for one in do("show", case)["names"] if one["chosen"]] == ["观澜路"]
    assert "拟用名称：" in do("choose", case, "别的路", *by(CLERK, "2026-03-03"), status=2)
    back = do("undo", case, "--reason", "选错", *by(CLERK, "2026-03-03"))
    assert back["reason"] == "选定名称"
    assert [one["name"] for one in do("show", case)["names"] if one["chosen"]] == []


def test_people_read_what_the_commands_print(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("-w", str(city))
    for words in (
        ("open", "naming", *NAMING, *by(CLERK, "2026-03-02")),
        ("document", "2026-0001", "申请书", *by(CLERK, "2026-03-02")),
        ("list",),
        ("show", "2026-0001"),
        ("tasks", "2026-0001"),
        ("due",),
        ("check", "2026-0001", "--try"),
        ("audit",),
    ):
        assert run(["cases", *words, *here]) == 0
    told = capsys.readouterr().out
    for piece in ("望潮路命名：草稿", "现在可以：提交 (submit)", "拟用名称：望潮路  未审查",
                  "逾期 0 项", "没有违反，日志完好。"):  # fmt: skip
        assert piece in told
