"""The places of a publication: what each record says, its chapters, its first pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from geo.gazetteer.classes import classes
from geo.gazetteer.publish.doubted import fits
from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.kinds import Record
from geo.gazetteer.publish.order import Order, key_of, number_word
from geo.gazetteer.publish.overview import degrees, written_year
from geo.gazetteer.publish.paper import Block, Cell, Form, Heading, Paragraph

_COUNTY = 6
_ORDER_WORDS: dict[Order, str] = {
    "pinyin": "标准名称的汉语拼音逐字排列：先音节，同音节的依次按声调、笔画",
    "strokes": "标准名称首字的笔画数排列，笔画数相同的按部首，首字相同的依次看后字",
    "class": "类别代码排列，同类的按汉语拼音",
    "code": "地名代码排列",
}
_COUNTIES = "213"
_TOP = "—"
"""Stands for the division of a county: it is part of none in the book."""
_WITHHELD = "（略）"
"""What stands for texts and codes of a place that is made coarse."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The entries of one class of the census, numbered through the book."""

    number: str
    title: str
    entries: Sequence[tuple[int, Entry]]
    """Each with its number."""


def record_of(entry: Entry) -> Record:
    """Return what is known of a place, field by field."""
    hidden = _WITHHELD if entry.coarse else ""
    above = _TOP if entry.class_code.startswith(_COUNTIES) and not entry.division_code else ""
    return Record(
        label=entry.name,
        code=entry.code,
        fields={
            "name": entry.name,
            "roman": entry.roman,
            "class": class_word(entry),
            "division": entry.division or above,
            "lonlat": degrees(entry.shape, coarse=entry.coarse),
            "code": entry.code or hidden,
            "origin": entry.origin or hidden,
            "meaning": entry.meaning or hidden,
            "history": entry.history or hidden,
            "since": written_year(entry.since),
            "confirmed": "是" if entry.confirmed else "",
            "fitting": "" if _doubted(entry) else "是",
        },
    )


def _doubted(entry: Entry) -> bool:
    """Return whether the spelling of a place does not fit its characters."""
    place = {"class_code": entry.class_code, "division_code": entry.division_code}
    return bool(entry.roman) and not fits(entry.name, entry.roman, **place)


def class_word(entry: Entry) -> str:
    """Return the class of a place in Chinese."""
    kind = entry.kind
    return kind.zh if kind else ""


def chapters(entries: Sequence[Entry], order: Order, *, sections: bool = False) -> list[Chapter]:
    """Return the entries by class of the census, in an order, numbered from 1.

    With ``sections`` those of one sub-class stand together within their chapter.
    """
    place = {one.group: at for at, one in reversed(list(enumerate(classes().values())))}

    def group(entry: Entry) -> tuple[int, str]:
        kind = entry.kind
        return (place[kind.group], kind.group_zh) if kind else (len(place), "其他")

    key = key_of(order)
    ranked = sorted(
        entries, key=lambda one: (group(one), one.class_code if sections else "", key(one))
    )
    numbered = list(enumerate(ranked, start=1))
    return [
        Chapter(number_word(at), title[1], list(found))
        for at, (title, found) in enumerate(
            groupby(numbered, key=lambda pair: group(pair[1])), start=1
        )
    ]


def county_name(edition: Edition) -> str:
    """Return the name of the county that most of the entries lie in."""
    codes = Counter(one.division_code[:_COUNTY] for one in edition.entries if one.division_code)
    return next((edition.divisions.get(code, "") for code, _ in codes.most_common(1)), "")


def day_word(day: str) -> str:
    """Return a day of ISO 8601 as Chinese documents write it.

    Examples
    --------
    >>> day_word("2026-05-01")
    '2026年5月1日'
    """
    year, month, date = day.split("-")
    return f"{int(year)}年{int(month)}月{int(date)}日"


def whole_day(written: str) -> str:
    """Return a day as Chinese documents write it; empty where only a year or month is known."""
    return day_word(written) if len(written) == len("2026-05-01") else ""


def cover(title: str, publisher: str, edition: Edition) -> Iterator[Block]:
    """Yield the first page."""
    yield Paragraph.of(title, "cover")
    yield Paragraph.of(f"（截至{day_word(edition.on.isoformat())}）", "subtitle")
    if publisher:
        yield Paragraph.of(publisher, "subtitle")
    if edition.audience == "departments":
        yield Paragraph.of("内部资料", "subtitle")


def remarks(
    edition: Edition, listed: Sequence[Chapter], order: Order, more: Sequence[str] = ()
) -> list[str]:
    """Return the explanatory remarks (凡例)."""
    entries = [entry for chapter in listed for _, entry in chapter.entries]
    confirmed = sum(entry.confirmed for entry in entries)
    said = [
        (f"本书收录截至{day_word(edition.on.isoformat())}使用的标准地名{len(entries):,}条，"
        f"按地名普查的类别分为{len(listed)}章，各条统一编号。"),
        f"各章内按{_ORDER_WORDS[order]}。",
        ("汉语拼音依照《中国地名汉语拼音字母拼写规则（汉语地名部分）》；"
        f"所收地名中读音经核定的{confirmed:,}条。"),
        "经纬度为2000国家大地坐标系（CGCS2000），点状地名注一点，线状、面状地名注起讫范围。",
        "不收录涉密地名；" + (
            "内部地名的位置概略到约1千米。" if edition.audience == "departments"
            else "内部使用的地名亦不收录。"
        ),
    ]  # fmt: skip
    if order == "strokes":
        said.append("笔画数采自Unicode 15.0的Unihan数据库（kTotalStrokes）。")
    return [f"{at}. {text}" for at, text in enumerate([*said, *more], start=1)]


def contents(listed: Sequence[Chapter], others: Sequence[str]) -> Iterator[Block]:
    """Yield the table of contents, by the numbers of the entries."""
    yield Heading("目录")
    rows = [
        (
            Cell(f"第{chapter.number}章　{chapter.title}"),
            Cell(_span(chapter), align="center"),
            Cell(f"{len(chapter.entries):,}条", align="right"),
        )
        for chapter in listed
    ]
    head = (Cell("章", label=True), Cell("编号", label=True), Cell("条数", label=True))
    rows += [
        (Cell(text), Cell("书末" if "索引" in text else "—", align="center"), Cell(""))
        for text in others
    ]
    yield Form((90.0, 45.0, 30.0), [head, *rows])


def _span(chapter: Chapter) -> str:
    """Return the numbers of the entries of a chapter: the first and the last, or the only one."""
    first, last = chapter.entries[0][0], chapter.entries[-1][0]
    return f"{first}" if first == last else f"{first}—{last}"
