"""Publications of the gazetteer: what they say, what they must not say, how they look."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from fpdf import FPDF
from openpyxl import load_workbook
from pypdf import PageObject, PdfReader

from geo.errors import DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import (
    Proposal,
    act,
    approve,
    attach,
    frozen_reports,
    open_case,
    rulebook,
)
from geo.gazetteer.publish import IncompleteError, Published, Wanted, publications, publish
from geo.gazetteer.publish.case_forms import Papers, notice_paper
from geo.gazetteer.publish.doubted import fits
from geo.gazetteer.publish.edition import edition
from geo.gazetteer.publish.fonts import Font, fonts
from geo.gazetteer.publish.kinds import Record
from geo.gazetteer.publish.order import pinyin_key, stroke_key, strokes
from geo.gazetteer.publish.overview import overview
from geo.gazetteer.publish.paper import Cell, Form, Paper, Paragraph, Run, Table
from geo.gazetteer.publish.pdf import pdf_file
from geo.gazetteer.publish.places import Chapter, contents
from geo.gazetteer.publish.setting import Setter
from geo.gazetteer.publish.sign_forms import board
from geo.gazetteer.publish.word import word_file
from geo.store import Workspace

AT = datetime(2026, 9, 24, 9, tzinfo=UTC)
BEFORE, AFTER = date(2026, 9, 23), date(2026, 9, 24)
SECRET, INTERNAL = "模拟第901部队", "备用水源井"
EVERY = [
    pytest.param(
        kind, form, marks=[pytest.mark.slow] if form == "pdf" and kind != "gazetteer" else []
    )
    for kind, one in publications().items()
    for form in one.formats
]
OF = {"notice": "旧街更名", "filing-form": "旧街更名", "filing-report": "旧街更名"}
CENSUS = {
    "人口": "3200", "面积": "12.5", "登记人": "张登记", "联系电话": "0873-1234567",
    "地理实体概况": f"东邻{SECRET}。",
}  # fmt: skip


class County:
    """A small county, laid down row by row."""

    def __init__(self, book: Gazetteer) -> None:
        self.book = book
        self.serial = 0

    def place(self, change: Any, identity: str, name: str, roman: str, **more: Any) -> None:  # noqa: ANN401
        place = {
            "class_code": "23510", "lifecycle": "existing", "status": "recorded",
            "secrecy": "public", "division_code": "990101101", "attributes": "{}",
            "valid_from": "1998",
        }  # fmt: skip
        told = {name: more.pop(name, "") for name in ("origin", "meaning", "history")}
        shape = more.pop("shape", shapely.Point(102.5, 23.25))
        confirmed = more.pop("confirmed_by", "核定员")
        code = more.pop("code", None)
        row = place | more
        change.insert("place", id=identity, **row)
        change.insert(
            "name", id=f"{identity}名", place_id=identity, text=name, kind="standard",
            language="zh", roman_toned=roman, legacy_batch="二普", confirmed_by=confirmed,
            valid_from=row["valid_from"], valid_to=row.get("valid_to", ""), **told,
        )  # fmt: skip
        if shape is not None:
            change.insert("shape", place_id=identity, role=role_of(shape), shape=shape)
        self.serial += 1
        number = code or f"990101101{row['class_code']}{self.serial:06d}"
        change.insert("code", place_id=identity, scheme="dmdm20", value=number)


def role_of(shape: shapely.Geometry) -> str:
    return {"Point": "point", "Polygon": "area"}.get(shape.geom_type, "centreline")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gazetteer]:
    opened = Gazetteer.of(Workspace.create(tmp_path_factory.mktemp("county") / "space"))
    lay(opened)
    yield opened
    opened.close()


def lay(opened: Gazetteer) -> None:
    """Lay the county down, and rename one of its streets."""
    county = County(opened)
    with opened.change(author="普查员", reason="地名普查", at=AT - timedelta(days=900)) as change:
        change.insert("batch", id="二普", file="二普.xlsx")
        for code, name, roman, kind, above in (
            ("990101", "示范县", "Shìfàn Xiàn", "21300", ""),
            ("990101101", "大屯街道", "Dàtún Jiēdào", "21400", "990101"),
        ):
            county.place(
                change, code, name, roman, class_code=kind, division_code=above,
                status="official", origin="沿用旧称", attributes=json.dumps({"census": {
                    "kept": CENSUS, "written": {}, "batch": "二普", "row": 2}}),
            )  # fmt: skip
            change.insert("code", place_id=code, scheme="gbt10114", value=code)
        line = shapely.LineString([(102.50, 23.25), (102.52, 23.25)])
        county.place(change, "街", "旧街", "Jiù Jiē", shape=line, origin="老街市所在")
        county.place(change, "人民", "人民路", "Rénmín Lù", origin=f"因通往{SECRET}得名")
        county.place(change, "西安", "西安路", "Xī’ān Lù", origin="以西安市命名", code="9" * 20)
        county.place(
            change, "绿", "绿水桥", "Lǜshuǐ Qiáo", class_code="23610", origin="桥下水绿",
            meaning="绿水之桥", history="1998年重建",
        )  # fmt: skip
        change.insert("name", place_id="绿", text="老木桥", kind="former", language="zh")
        county.place(
            change, "密", SECRET, "Mónǐ Dì 901 Bùduì", class_code="27500", secrecy="secret",
            shape=shapely.Point(102.999, 23.999),
        )  # fmt: skip
        county.place(
            change, "井", INTERNAL, "Bèiyòng Shuǐyuán Jǐng", class_code="24100",
            secrecy="internal", shape=shapely.Point(102.7777, 23.6666), origin="水源备用",
        )  # fmt: skip
        county.place(
            change, "洋", "曼哈顿大厦", "Mànhādùn Dàshà", class_code="26100",
            status="nonstandard",
        )  # fmt: skip
        county.place(
            change, "拆", "小村", "Xiǎo Cūn", class_code="22200", status="historical",
            lifecycle="vanished", valid_to="2021",
        )  # fmt: skip
        change.insert(
            "document", id="批复", kind="approval", number="示政复2026年12号",
            title="关于旧街更名的批复", issuer="示范县人民政府", issued_on="2026-09-24",
        )  # fmt: skip
        change.insert("document", id="材料", kind="report", title="材料")
        change.insert(
            "sign", id="牌", place_id="街", name_id="街名", number="BZ0001", kind="street",
            spec="1500×450", text="旧街", state="installed", shape=shapely.Point(102.5, 23.25),
            keeper="大屯街道办事处",
        )  # fmt: skip
        change.insert(
            "sign", place_id="密", number="BZ0002", kind="place", text=SECRET, state="damaged"
        )
        for road, number in (("人民", 12), ("密", 1)):
            change.insert(
                "plate", road_id=road, number=number, sub_number="2", unit="", side="",
                method="sequence", certificate=f"示门证〔2026〕{number}号", valid_from="2026-05-01",
                shape=shapely.Point(102.51, 23.251),
            )  # fmt: skip
        change.insert(
            "line", id="线", code="9901", name="大屯街道与小屯镇界线",
            parties="990101101；990101102", agreement=f"协议（附{SECRET}）", map_ref="附图1",
            next_due="2031-10-31", shape=line,
        )  # fmt: skip
        for number, condition in (("9901001Q", "完好"), ("9901002A", "断裂")):
            change.insert(
                "marker", line_id="线", number=number, responsible="大屯街道",
                condition=condition, shape=shapely.Point(102.5, 23.26),
            )  # fmt: skip
        change.insert(
            "inspection", line_id="线", round="第三轮", inspected_on="2026-06-01",
            findings="走向清楚，界桩9901002A断裂，商定由大屯街道修复。",
            signed_by="示范县人民政府、邻县人民政府",
        )  # fmt: skip
    rename(opened, "旧街更名", "街", "金湖西路", "Jīnhú Xīlù")


def rename(book: Gazetteer, title: str, place: str, name: str, roman: str) -> None:
    """Lead a renaming from its opening to its approval."""
    rules = rulebook()
    told = {"text": name, "roman_toned": roman, "roman_sign": "JINHU XILU", "origin": "临金湖"}
    case = open_case(
        book,
        Proposal(
            "renaming", title, place_id=place, reason_code="城乡建设", reason=f"靠近{SECRET}",
            applicant="大屯街道办事处", names=[told],
            facts={"position": "东起人民路，西至环城西路"},
        ),
        by="经办甲",
        at=AT,
    )  # fmt: skip

    def do(action: str, role: str, **more: Any) -> None:  # noqa: ANN401
        actor = {"clerk": "经办甲", "reviewer": "科长乙"}[role]
        version = book.row("case", case)["version"]
        act(book, case, action, actor=actor, role=role, at=AT, version=version, **more)

    kind = rules.kinds["renaming"]
    for paper in kind.documents:
        version = book.row("case", case)["version"]
        attach(book, case, version=version, kind=paper, document_id="材料", by="经办甲", at=AT)
    do("submit", "clerk")
    do("accept", "clerk")
    passed = json.dumps({"text": "", "verdict": "pass"})
    reports = frozen_reports(book, [case], lambda _, __: passed)
    do("check_rules", "clerk", reports=reports)
    do("start_reviews", "clerk")
    for branch in kind.branches:
        do(f"file_{branch}", "clerk", document_id="材料")
    do("deliberate", "reviewer", note="同意")
    approve(
        book, case, approver="局长丙", authority="county_government", decision_id="批复", at=AT,
        version=book.row("case", case)["version"],
    )  # fmt: skip


def made(book: Gazetteer, kind: str, path: Path, **more: Any) -> Published:  # noqa: ANN401
    wanted: dict[str, Any] = {"on": AFTER, "draft": True, "of": OF.get(kind, "")}
    return publish(book, kind, path, Wanted(**wanted | more))


def text_of(path: Path) -> str:
    """Return all that a file says: cells, paragraphs, the words of its pages, its properties."""
    raw = path.read_bytes()
    if path.suffix == ".pdf":
        reader = PdfReader(io.BytesIO(raw))
        return "".join(map(words_of, reader.pages)) + str(reader.metadata)
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        every = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")]
    return re.sub(r"<[^>]+>", "", "".join(every))


def words_of(page: PageObject) -> str:
    """Return what a page says, without spaces."""
    return re.sub(r"[\s\x00]", "", page.extract_text())


@pytest.mark.parametrize(("kind", "form"), EVERY)
@pytest.mark.parametrize("audience", ["public", "departments"])
def test_no_product_says_a_secret(
    book: Gazetteer, tmp_path: Path, kind: str, form: str, audience: str
) -> None:
    done = made(book, kind, tmp_path / f"out.{form}", audience=audience)
    assert done.records
    hidden = [SECRET, "第901", "Mónǐ", "23.999", "23°59′5", "张登记", "0873-1234567", "水源备用"]
    hidden += [INTERNAL] if audience == "public" else []
    for file in done.files:
        text = text_of(file)
        assert [one for one in hidden if one in text] == [], file
    assert "大屯" in text_of(done.files[0])


def test_internal_places_are_coarse_in_an_edition_for_departments(
    book: Gazetteer, tmp_path: Path
) -> None:
    made(book, "gazetteer", tmp_path / "a.xlsx", audience="departments")
    text = text_of(tmp_path / "a.xlsx")
    assert INTERNAL in text
    assert "约102°47′E，23°40′N" in text
    assert "102°46′40″" not in text


@pytest.mark.parametrize("form", ["xlsx", "docx", "pdf"])
def test_the_same_gazetteer_gives_the_same_bytes(
    book: Gazetteer, tmp_path: Path, form: str
) -> None:
    for name in ("a", "b"):
        made(book, "gazetteer", tmp_path / f"{name}.{form}")
    assert (tmp_path / f"a.{form}").read_bytes() == (tmp_path / f"b.{form}").read_bytes()


def test_postgis_gives_the_same_books(book: Gazetteer, postgis: str, tmp_path: Path) -> None:
    other = Gazetteer.at(postgis)
    lay(other)
    for kind in ("gazetteer", "annals", "dictionary", "notice", "sign-sheet", "stone-card"):
        for name, one in (("a", book), ("b", other)):
            made(one, kind, tmp_path / f"{name}.docx")
        assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes(), kind
    other.close()


def test_the_list_of_a_day_has_the_names_of_that_day(book: Gazetteer, tmp_path: Path) -> None:
    made(book, "gazetteer", tmp_path / "before.xlsx", on=BEFORE)
    made(book, "gazetteer", tmp_path / "after.xlsx", on=AFTER)
    before, after = text_of(tmp_path / "before.xlsx"), text_of(tmp_path / "after.xlsx")
    assert "旧街" in before
    assert "金湖西路" not in before
    assert "金湖西路" in after
    assert "旧街" not in after


def test_rows_of_the_list_are_numbered_by_chapter_and_pinyin(
    book: Gazetteer, tmp_path: Path
) -> None:
    made(book, "gazetteer", tmp_path / "list.xlsx")
    sheet = load_workbook(tmp_path / "list.xlsx")["地名录"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("序号", "标准名称", "汉语拼音", "类别", "所在政区", "经纬度", "代码")
    assert [row[1] for row in rows[1:]] == [
        "大屯街道", "示范县", "金湖西路", "绿水桥", "人民路", "西安路",
    ]  # fmt: skip
    assert rows[3] == (
        3, "金湖西路", "Jīnhú Xīlù", "城镇街巷", "大屯街道",
        "102°30′00″—102°31′12″E，23°15′00″N", "99010110123510000003",
    )  # fmt: skip
    assert rows[2][4] == "—"  # a county lies in no division of the book


def test_a_book_of_one_division_bears_its_name(book: Gazetteer, tmp_path: Path) -> None:
    done = made(book, "gazetteer", tmp_path / "a.docx", area="990101101")
    assert done.records == 4
    assert "大屯街道地名录" in text_of(tmp_path / "a.docx")
    made(book, "gazetteer", tmp_path / "b.docx")
    assert "示范县地名录" in text_of(tmp_path / "b.docx")


def test_order_by_strokes_and_by_code(book: Gazetteer, tmp_path: Path) -> None:
    def names(order: str) -> list[str]:
        made(book, "gazetteer", tmp_path / f"{order}.xlsx", order=order)
        sheet = load_workbook(tmp_path / f"{order}.xlsx")["地名录"]
        return [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)][2:]

    assert names("strokes") == ["人民路", "西安路", "金湖西路", "绿水桥"]
    assert names("code") == ["金湖西路", "人民路", "绿水桥", "西安路"]
    assert names("class") == ["金湖西路", "人民路", "西安路", "绿水桥"]


def test_strokes_are_those_of_unihan() -> None:
    assert [strokes(sign) for sign in "一丁上王个旧市街湖龘"] == [1, 2, 3, 4, 3, 5, 5, 12, 12, 48]
    assert strokes("é") == 0
    assert stroke_key("一") < stroke_key("一一") < stroke_key("丁") < stroke_key("A")


def test_pinyin_order_goes_by_syllable_then_tone_then_strokes() -> None:
    ordered = [
        ("2路", "2 Lù"), ("八路", "Bā Lù"), ("巴路", "Bā Lù"), ("巴山", "Bā Shān"),
        ("坝路", "Bà Lù"), ("白路", "Bái Lù"), ("鲁路", "Lǔ Lù"), ("绿路", "Lǜ Lù"),
        ("西安路", "Xī’ān Lù"), ("西山", "Xīshān"), ("现路", "Xiàn Lù"), ("无音", ""),
    ]  # fmt: skip
    keys = [pinyin_key(*one) for one in ordered]
    assert keys == sorted(keys)
    assert pinyin_key("一路", "Yī Lù") < pinyin_key("衣路", "Yī Lù")


def test_what_is_missing_refuses_and_is_listed(book: Gazetteer, tmp_path: Path) -> None:
    with pytest.raises(
        IncompleteError, match="地名志有 1 条缺必备项（来历 1 条），如：人民路"
    ) as caught:
        made(book, "annals", tmp_path / "志.docx", draft=False)
    assert not (tmp_path / "志.docx").exists()
    assert caught.value.missing == {"origin": 1}
    book_of_lacks = load_workbook(tmp_path / "志-缺项.xlsx")
    assert book_of_lacks.sheetnames == ["汇总", "缺项"]
    rows = [row for row in book_of_lacks["缺项"].iter_rows(min_row=2, values_only=True) if row[4]]
    assert [(row[0], row[4], row[5]) for row in rows] == [("人民路", "来历", "含义、历史沿革")]
    assert ("来历", "必备", 1) in list(book_of_lacks["汇总"].values)


def test_a_spelling_unlike_its_characters_is_doubtful() -> None:
    for name, roman, fit in (
        ("云峰路", "Zhang San Lu", False), ("云峰路", "Yúnfēng Lù", True),
        ("绿水桥", "Lǜshuǐ Qiáo", True), ("西安路", "Xī’ān Lù", True),
        ("六安路", "Lù’ān Lù", True), ("北二巷", "Běi 2 Xiàng", True),
        ("第901部队", "Dì 901 Bùduì", True), ("盆儿胡同", "Pénr Hútòng", True),
        ("人民路", "Renmin", False),
    ):  # fmt: skip
        assert fits(name, roman) is fit, name
    assert fits("云峰路", "Zhang San Lu", division_code="65")  # a region of other languages


def test_a_chapter_of_one_name_is_listed_by_its_number_alone(book: Gazetteer) -> None:
    one, other = edition(book, on=date(2026, 9, 30)).entries[:2]
    listed = [Chapter("一", "桥", [(1, one)]), Chapter("二", "路", [(2, one), (3, other)])]
    form = list(contents(listed, ["汉语拼音索引"]))[1]
    assert isinstance(form, Form)
    assert [row[1].text for row in form.rows[1:]] == ["1", "2—3", "书末"]


def test_a_draft_marks_what_is_missing(book: Gazetteer, tmp_path: Path) -> None:
    done = made(book, "annals", tmp_path / "志.docx")
    assert done.incomplete == 1
    assert (
        "Rénmín Lù　（102°30′00″E 23°15′00″N）人民路位于大屯街道，1998年建成。来历：〔缺：来历〕。"
        in text_of(tmp_path / "志.docx")
    )


def test_annals_tell_former_names_history_and_what_happened(
    book: Gazetteer, tmp_path: Path
) -> None:
    made(book, "annals", tmp_path / "志.docx")
    text = text_of(tmp_path / "志.docx")
    assert "曾用名：旧街（至2026年9月23日）。" in text
    assert (
        "金湖西路位于大屯街道，东起人民路，西至环城西路，东西走向，长2047米，1998年建成。" in text
    )
    assert "9月24日　示范县人民政府以示政复2026年12号批准更名：旧街更名。" in text
    assert "设立示范县" in text
    assert "小村　Xiǎo Cūn　农村居民点，在大屯街道。2021年起不再使用。" in text
    assert "曼哈顿大厦" not in text
    assert "东邻" not in text


def test_the_annals_quote_the_census_when_asked(book: Gazetteer, tmp_path: Path) -> None:
    with book.change(author="经办", reason="补录概况", at=AT) as change:
        row = change.find("place", "西安")
        assert row is not None
        kept = {"census": {"kept": {"地理实体概况": "西安路宽12米，沥青路面。"}}}
        change.update("place", "西安", row["version"], attributes=json.dumps(kept))
        change_id = change.id
    made(book, "annals", tmp_path / "a.docx", own_words=True)
    made(book, "annals", tmp_path / "b.docx")
    book.undo(change_id, author="经办", reason="还原", at=AT)
    assert "西安路宽12米，沥青路面。" in text_of(tmp_path / "a.docx")
    assert "沥青" not in text_of(tmp_path / "b.docx")


def test_a_dictionary_selects_and_refers(book: Gazetteer, tmp_path: Path) -> None:
    made(book, "dictionary", tmp_path / "典.docx", draft=False)
    text = text_of(tmp_path / "典.docx")
    assert "【绿水桥】Lǜshuǐ Qiáo" in text
    assert "演变：1998年设立；曾名老木桥；1998年重建。" in text
    assert "【老木桥】见“绿水桥”。" in text
    assert "西安路" not in text
    made(book, "dictionary", tmp_path / "选.docx", names=("西安路",))
    assert "【西安路】" in text_of(tmp_path / "选.docx")
    with pytest.raises(DataError, match=f"2 条不在可公开的标准地名中：{SECRET}、没有路"):
        made(book, "dictionary", tmp_path / "x.docx", names=("西安路", SECRET, "没有路"))


def test_an_announcement_says_the_six_fields(book: Gazetteer, tmp_path: Path) -> None:
    made(book, "公告", tmp_path / "公告.docx", of="旧街更名", draft=False, publisher="示范县民政局")
    text = text_of(tmp_path / "公告.docx")
    for wanted in (
        "关于旧街更名为金湖西路的公告", "标准名称：金湖西路", "罗马字母拼写：Jīnhú Xīlù",
        "所属政区：示范县大屯街道", "位置描述：东起人民路，西至环城西路", "原名称：旧街",
        "示范县人民政府2026年9月24日批准", "示范县民政局2026年9月24日",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_many_names_are_announced_in_a_table() -> None:
    told = {
        "act": "命名", "romanised": "Jīnhú Lù", "division": "示范县大屯街道", "former": "无",
        "position": "", "approved_by": "示范县人民政府", "approved": "2026年9月24日",
    }  # fmt: skip
    records = tuple(
        Record(f"金湖{n}路", told | {"standard_name": f"金湖{n}路"}) for n in "一二三四"
    )
    papers = Papers("命名", {"number": "示政复12号", "reports": ""}, records)
    paper = notice_paper(papers, day="2026-09-30", publisher="")
    assert paper.title == "关于金湖一路等4条地名命名的公告"
    [table] = [block for block in paper.blocks if isinstance(block, Table)]
    assert [row[1] for row in table.rows] == ["金湖一路", "金湖二路", "金湖三路", "金湖四路"]
    assert table.rows[0][4] == "〔缺：位置描述〕"


def test_a_paper_of_a_case_needs_a_case_that_is_decided_and_open(
    book: Gazetteer, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="公告要指明案卷"):
        made(book, "notice", tmp_path / "a.docx", of="")
    with pytest.raises(NotFoundError, match="没有案卷“没有”"):
        made(book, "notice", tmp_path / "a.docx", of="没有")
    proposal = Proposal("renaming", "部队更名", place_id="密", names=[{"text": "新称"}])
    open_case(book, proposal, by="经办甲", at=AT)
    with pytest.raises(DataError, match="还没有批准"):
        made(book, "notice", tmp_path / "a.docx", of="部队更名")
    with book.change(author="局长丙", reason="批准", at=AT) as change:
        row = change.select("case", title="部队更名")[0]
        change.update(
            "case", row["id"], row["version"], decision_id="批复", decided_on="2026-09-24"
        )
        change_id = change.id
    with pytest.raises(DataError, match="涉及不公开的地名"):
        made(book, "notice", tmp_path / "a.docx", of="部队更名")
    book.undo(change_id, author="局长丙", reason="还原", at=AT)


def test_a_sign_is_drawn_to_scale_with_characters_above_letters(
    book: Gazetteer, tmp_path: Path
) -> None:
    made(book, "sign-sheet", tmp_path / "标志.docx", draft=False)
    text = text_of(tmp_path / "标志.docx")
    assert "更换" in text
    assert "原标志文字旧街" in text
    assert "JINHU XILU" in text
    with zipfile.ZipFile(tmp_path / "标志.docx") as parts:
        xml = parts.read("word/document.xml").decode()
    exact = [int(high) for high in re.findall(r'<w:trHeight w:val="(\d+)" w:hRule="exact"', xml)]
    assert len(exact) == 2
    assert exact[0] / exact[1] == pytest.approx(3 / 2, rel=0.01)
    wide = int(re.findall(r'<w:tblW w:w="(\d+)"', xml)[1])
    assert wide / sum(exact) == pytest.approx(1500 / 450, rel=0.01)


def test_boards_are_those_of_the_class_unless_a_size_is_asked() -> None:
    assert board("22100", "")["size_mm"] == [1000, 600]
    assert board("26100", "")["size_mm"] == [900, 500]
    assert board("23510", "1200x400")["size_mm"] == [1200, 400]


def test_a_plate_certificate_has_the_whole_address(book: Gazetteer, tmp_path: Path) -> None:
    done = made(book, "plate-card", tmp_path / "门牌.docx", draft=False)
    text = text_of(tmp_path / "门牌.docx")
    assert done.records == 1
    assert "示门证〔2026〕12号" in text
    assert "示范县大屯街道人民路12号附2号" in text


def test_stones_and_inspections_are_told_by_line(book: Gazetteer, tmp_path: Path) -> None:
    made(book, "stone-table", tmp_path / "桩.xlsx")
    rows = list(load_workbook(tmp_path / "桩.xlsx")["界桩成果表"].iter_rows(values_only=True))
    assert rows[1][:4] == ("9901001Q", "大屯街道与小屯镇界线", "单立", "102°30′00″E，23°15′36″N")
    assert rows[2][2] == "双立"
    made(book, "stone-card", tmp_path / "桩.docx", of="9901")
    assert "毗邻政区大屯街道、990101102" in text_of(tmp_path / "桩.docx")
    made(book, "inspection", tmp_path / "检.docx", draft=False)
    text = text_of(tmp_path / "检.docx")
    assert "界桩2个，其中9901002A不完好" in text
    assert "下次联检2031年10月31日" in text
    with pytest.raises(NotFoundError, match="没有“9999”"):
        made(book, "inspection", tmp_path / "检.docx", of="9999")


def test_nothing_to_publish_is_said(book: Gazetteer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有可以编入地名录的内容"):
        made(book, "gazetteer", tmp_path / "a.xlsx", area="88")
    with pytest.raises(DataError, match=r"地名志不能写成“\.xlsx”"):
        made(book, "annals", tmp_path / "a.xlsx")
    with pytest.raises(DataError, match="没有排序“部首”"):
        made(book, "gazetteer", tmp_path / "a.xlsx", order="部首")
    with pytest.raises(NotFoundError, match="没有出版物“年鉴”"):
        made(book, "年鉴", tmp_path / "a.xlsx")


def test_a_sentence_leaves_out_what_is_not_known(book: Gazetteer) -> None:
    told = {entry.name: overview(entry) for entry in edition(book, on=BEFORE).entries}
    assert (
        told["旧街"]
        == "旧街位于大屯街道，东起人民路，西至环城西路，东西走向，长2047米，1998年建成。"
    )
    assert told["大屯街道"] == (
        "大屯街道隶属示范县，行政区划代码990101101，面积12.5平方千米，人口3200人，1998年设立。"
    )
    assert told["绿水桥"] == "绿水桥位于大屯街道，1998年建成。"


def test_a_pdf_embeds_its_fonts_and_shows_tones_on_every_page() -> None:
    rows = [(str(at), "金湖路", "Jīnhú Lù ā á ǎ à ǖ ǘ ǚ ǜ") for at in range(120)]
    table = Table(("序号", "标准名称", "汉语拼音"), rows, (20.0, 40.0, 80.0))
    paper = Paper("表", "2026-05-01", [Paragraph.of("表", "title"), table])
    reader = PdfReader(io.BytesIO(pdf_file(paper)))
    assert len(reader.pages) > 2
    for page in reader.pages:
        assert "汉语拼音" in words_of(page)
        assert "āáǎàǖǘǚǜ" in words_of(page)
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            below = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(below.get_object())


def test_signs_are_set_in_a_face_that_has_them() -> None:
    def words(**other: Font) -> list[tuple[str, str]]:
        press = FPDF()
        setter = Setter(press, {**fonts(), **other})  # type: ignore[arg-type, dict-item]
        [line] = setter.wrapped([Run("金湖Jīn’ān")], "body", 12.0, 100.0)
        for opened in press.fonts.values():
            opened.ttfont.close()  # type: ignore[union-attr]
        return [(text, face) for text, face in line]

    known = fonts()
    body = known["body"]
    assert words() == [("金", "body"), ("湖", "body"), ("Jīn'ān", "body")]
    letters = words(body=replace(body, wide=True), letters=known["heading"])
    assert letters[2] == ("Jīn'ān", "letters")
    poor = replace(body, signs=body.signs - {ord("湖")})
    assert words(body=poor, kai=poor)[1] == ("湖", "title")
    assert words(**dict.fromkeys(known, poor))[1] == ("〓", "body")


def test_headings_of_a_word_table_stand_on_every_page() -> None:
    paper = Paper("表", "2026-05-01", [Table(("甲",), [("乙",)], (20.0,))])
    with zipfile.ZipFile(io.BytesIO(word_file(paper))) as parts:
        xml = parts.read("word/document.xml").decode()
        core = parts.read("docProps/core.xml").decode()
        stamps = {entry.date_time for entry in parts.infolist()}
    assert xml.count("<w:tblHeader/>") == 1
    assert stamps == {(2000, 1, 1, 0, 0, 0)}
    assert "2000-01-01T00:00:00Z" in core


def test_text_is_never_markup() -> None:
    cell = Cell("<甲> & “乙”\x00")
    paper = Paper("<表>", "2026-05-01", [Paragraph.of("<甲> & 乙"), Form((40.0,), [(cell,)])])
    with zipfile.ZipFile(io.BytesIO(word_file(paper))) as parts:
        assert "&lt;甲&gt; &amp; 乙" in parts.read("word/document.xml").decode()
    assert "<甲>&“乙”" in words_of(PdfReader(io.BytesIO(pdf_file(paper))).pages[0])


def test_without_a_chinese_font_a_pdf_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="没有找到可以嵌入 PDF 的中文字体") as caught:
        fonts(folders=[str(tmp_path)])
    assert "--font" in str(caught.value.hint)
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(DataError, match="打不开"):
        fonts(tmp_path / "a.ttf")
