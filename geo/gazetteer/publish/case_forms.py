"""Papers of a decided case: announcement 公告, filing form 备案登记表, report 备案报告."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases import rulebook
from geo.gazetteer.cases.drafts import about, acts_of, decided
from geo.gazetteer.cases.finding import find_case
from geo.gazetteer.cases.record import case_of, reading
from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.kinds import Record
from geo.gazetteer.publish.overview import degrees, overview
from geo.gazetteer.publish.paper import (
    FORM_MM,
    Align,
    Block,
    Cell,
    Form,
    Paper,
    Paragraph,
    Table,
    pages,
)
from geo.gazetteer.publish.places import class_word, day_word
from geo.text import say

_FEW: Final = 3
"""Names that an announcement tells one by one; more stand in a table."""
_NOTICE: Final = ("standard_name", "romanised", "division", "position", "former")
_NOTICE_HEADS: Final = ("序号", "标准名称", "罗马字母拼写", "所属政区", "位置描述", "原名称")
_NOTICE_MM: Final = (10.0, 28.0, 34.0, 30.0, 36.0, 18.0)
_ALIGNS: Final[tuple[Align, ...]] = ("center", *(("left",) * 5))
_CODE: Final = "地名代码"
_CODE_PT: Final = 10.0
"""Small enough for 20 digits in a line."""
_SIGNED: Final = "（盖章）"


@dataclass(frozen=True, slots=True)
class Papers:
    """What a case decided, as its papers tell it."""

    acts: str
    """What was done: 命名, 更名, or several."""
    common: Mapping[str, str]
    records: tuple[Record, ...]


def papers_of(book: Gazetteer, edition: Edition, written: str) -> Papers:
    """Return what a case decided.

    Raises
    ------
    NotFoundError
        There is no such case.
    DataError
        It is not decided, decides over no names, or is about a place that is secret.
    """
    row = find_case(book, written)
    rules = rulebook()
    with reading(book) as select:
        case = case_of(row, rules)
        children = select("case", campaign_id=case.id) if case.kind.children else []
        known = decided(select, case, rules) if row["decision_id"] else None
    rows = [one for one in (children or [row]) if one["decision_id"]]
    _check(row, rows, edition)
    if known is None:
        raise DataError(
            say(
                f"案卷“{row['title']}”还没有批准，或者没有决定地名。",
                f"the case {row['title']} is not approved, or decides over no names.",
            ),
            hint=say(
                "批准以后才有公告、备案登记表和备案报告。",
                "Its papers are written after the approval.",
            ),
        )
    entries = {one.id: one for one in (*edition.entries, *edition.past)}
    by_name = {one.name: one for one in (entries.get(r["place_id"] or "") for r in rows) if one}
    common = dict(known.common)
    records = tuple(_record(one, common, row, by_name, edition) for one in known.entries)
    return Papers(acts_of(known.entries), common, records)


def notice_paper(papers: Papers, *, day: str, publisher: str) -> Paper:
    """Return the announcement."""
    title = f"关于{_about(papers)}的公告"
    first = papers.records[0]
    blocks: list[Block] = [
        Paragraph.of(title, "title"),
        Paragraph.of(
            f"根据《地名管理条例》第十四条，现将{first.shown('approved_by')}"
            f"{first.shown('approved')}批准的下列{len(papers.records):,}条地名予以公告。"
        ),
        *_told(papers.records),
        Paragraph.of("特此公告。"),
        *_signature(publisher, day),
    ]
    return Paper(title, day, blocks, author=publisher, keywords=("公告",))


def filing_report_paper(papers: Papers, *, day: str, publisher: str) -> Paper:
    """Return the report that goes with the filing."""
    title = f"关于{_about(papers)}的备案报告"
    first = papers.records[0]
    number = papers.common["number"]
    blocks: list[Block] = [
        Paragraph.of(title, "title"),
        Paragraph.of(
            f"根据《地名管理条例》第十三条，现将{first.shown('approved_by')}"
            f"{first.shown('approved')}以{number}批准的{len(papers.records):,}条地名报送备案。"
        ),
        *_told(papers.records),
        Paragraph.of(
            f"附件：1. 地名备案登记表；2. 批复文件（{number}）；"
            f"3. 申请书{papers.common['reports']}。"
        ),
        *_signature(publisher, day),
    ]
    return Paper(title, day, blocks, author=publisher, keywords=("备案报告",))


def filing_form_paper(papers: Papers, *, day: str, publisher: str) -> Paper:
    """Return the filing forms, one name a page."""
    blocks = pages(
        [Paragraph.of("地名备案登记表", "title"), _form(record, publisher, day)]
        for record in papers.records
    )
    return Paper(
        f"{_about(papers)}备案登记表", day, blocks, author=publisher, keywords=("备案登记表",)
    )


def _check(case: Row, rows: Sequence[Row], edition: Edition) -> None:
    """Refuse a case that is about a secret place."""
    secret = [one for one in rows if one["place_id"] and one["place_id"] not in edition.shown]
    if secret or edition.hidden.search(case["title"]):
        raise DataError(
            say(
                "案卷涉及不公开的地名，不能出公开文书。",
                "the case is about a place that is not public: no public papers.",
            ),
            hint=say("请按涉密文件办理。", "Handle it as a secret file."),
        )


def _record(
    told: Mapping[str, str],
    common: Mapping[str, str],
    case: Row,
    entries: Mapping[str, Entry],
    edition: Edition,
) -> Record:
    entry = entries.get(told["standard_name"])
    fields = {
        **told,
        "approved_by": common["approved_by"],
        "approved": common["approved"],
        "decision": common["number"],
        "class": class_word(entry) if entry else "",
        "lonlat": degrees(entry.shape, between=" ") if entry else "",
        "meaning": " ".join(filter(None, (entry.origin, entry.meaning))) if entry else "",
        "overview": overview(entry) if entry else "",
        "reason": case["reason"],
        "applicant": case["applicant"],
    }
    return Record(told["standard_name"], edition.all_told(fields), entry.code if entry else "")


def _about(papers: Papers) -> str:
    names = [record.label for record in papers.records]
    return about(names, papers.records[0].fields["former"], papers.acts)


def _told(records: Sequence[Record]) -> Iterator[Block]:
    if len(records) > _FEW:
        rows = [
            (str(at), *(_shown(record, field) for field in _NOTICE))
            for at, record in enumerate(records, start=1)
        ]
        yield Table(_NOTICE_HEADS, rows, _NOTICE_MM, _ALIGNS, 10.5)
        return
    for at, record in enumerate(records, start=1):
        if len(records) > 1:
            yield Paragraph.of(f"{at}. {record.fields['act']}")
        for field, word in zip(_NOTICE, _NOTICE_HEADS[1:], strict=True):
            yield Paragraph.of(f"{word}：{_shown(record, field)}")


def _shown(record: Record, field: str) -> str:
    return record.fields["former"] if field == "former" else record.shown(field)


def _form(record: Record, publisher: str, day: str) -> Form:
    def row(*pairs: tuple[str, str]) -> tuple[Cell, ...]:
        span = 3 if len(pairs) == 1 else 1
        small = {_CODE: _CODE_PT}
        cells = (
            (Cell(label, label=True), Cell(text, span, size_pt=small.get(label)))
            for label, text in pairs
        )
        return tuple(cell for pair in cells for cell in pair)

    seen = record.fields
    rows = (
        row(("标准名称", record.shown("standard_name")), ("备案事项", seen["act"])),
        row(("罗马字母拼写", record.shown("romanised")), ("地名类别", seen["class"])),
        row(("所属政区", record.shown("division"))),
        row(("原名称", seen["former"]), (_CODE, record.code)),
        row(("位置描述", record.shown("position"))),
        row(("经纬度", seen["lonlat"])),
        row(("地理实体概况", seen["overview"])),
        row(("名称来历、含义", seen["meaning"])),
        row(("命名更名理由", seen["reason"])),
        row(("申报单位", seen["applicant"])),
        row(("批准机关", record.shown("approved_by")), ("批准文号", seen["decision"])),
        row(("批准时间", record.shown("approved")), ("报送日期", day_word(day))),
        row(("报送单位", f"{publisher}\n{_SIGNED}")),
        row(("备案机关意见", f"\n{_SIGNED}\n　　　　年　　月　　日")),
    )
    heights = [10.0] * 4 + [12.0, 10.0, 18.0, 18.0, 14.0] + [10.0] * 3 + [18.0, 26.0]
    return Form(FORM_MM, rows, heights)


def _signature(publisher: str, day: str) -> Iterator[Block]:
    yield Paragraph.of("")
    yield Paragraph.of(publisher or _SIGNED, "right")
    yield Paragraph.of(day_word(day), "right")
