"""The annals of placenames (地名志): overview, chronicle, an entry a place, index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.publish.chronicle import Happening, chronicle
from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.figures import figures
from geo.gazetteer.publish.kinds import MISSING
from geo.gazetteer.publish.order import Order, index_groups, key_of, pinyin_key
from geo.gazetteer.publish.overview import degrees, overview, written_year
from geo.gazetteer.publish.paper import (
    BOOK_MARGINS_MM,
    Block,
    Heading,
    Index,
    Paper,
    Paragraph,
    Run,
)
from geo.gazetteer.publish.places import (
    Chapter,
    chapters,
    class_word,
    contents,
    cover,
    remarks,
    whole_day,
)

_PARTS: Final = (("origin", "来历"), ("meaning", "含义"), ("history", "沿革"))
_REQUIRED: Final = frozenset({"origin"})
"""Texts that a draft marks where they are missing."""


def annals_paper(
    book: Gazetteer,
    edition: Edition,
    *,
    title: str,
    publisher: str,
    order: Order,
    own_words: bool = False,
) -> Paper:
    """Return the annals as a document.

    Parameters
    ----------
    book, edition
        The gazetteer, and what may be told of it.
    title, publisher, order
        What stands on the cover, and how entries follow one another within their class.
    own_words
        Whether the census's own words on a place stand instead of the sentence made from fields.
    """
    listed = chapters(edition.entries, order, sections=True)
    happened = chronicle(book, edition)
    blocks = [
        *cover(title, publisher, edition),
        *_front(edition, listed, order, happened),
        *figures(book, edition),
        *_chronicle(happened),
        *(block for chapter in listed for block in _chapter(chapter, own_words=own_words)),
        *_past(edition.past),
        *_index(listed, order),
    ]
    return Paper(
        title,
        edition.on.isoformat(),
        blocks,
        margins_mm=BOOK_MARGINS_MM,
        author=publisher,
        keywords=("地名志",),
    )


def told_of(entry: Entry, *, draft: bool = True) -> list[str]:
    """Return what is told of a place beside the sentence on it: origin, meaning and changes."""
    said = []
    for field, word in _PARTS:
        text = getattr(entry, field).strip().rstrip("。")
        if text:
            said.append(f"{word}：{text}。")
        elif draft and field in _REQUIRED and not entry.coarse:
            said.append(f"{word}：{MISSING.format(word)}。")
    if entry.formers:
        said.append(f"曾用名：{former_words(entry)}。")
    if entry.aliases:
        said.append(f"又名：{'、'.join(entry.aliases)}。")
    return said


def former_words(entry: Entry) -> str:
    """Return the former names of a place, with the day until which they held where it is known."""
    return "、".join(
        f"{one.text}（至{whole_day(one.until) or written_year(one.until)}）"
        if one.until
        else one.text
        for one in entry.formers
    )


def _front(
    edition: Edition, listed: Sequence[Chapter], order: Order, happened: Sequence[Happening]
) -> Iterator[Block]:
    yield Heading("凡例")
    more = (
        "章内按类别分节，排列顺序以节为限。",
        "每条依次为名称、汉语拼音、地理实体概况（按类别模板由登记内容生成）、来历、含义、沿革和曾用名。",
    )
    for text in remarks(edition, listed, order, more):
        yield Paragraph.of(text)
    rest = [*(["大事记"] if happened else []), *(["历史地名"] if edition.past else []), "索引"]
    yield from contents(listed, ["概述", *rest])


def _chronicle(happened: Sequence[Happening]) -> Iterator[Block]:
    if happened:
        yield Heading("大事记")
        for year, group in groupby(happened, key=lambda one: one.on[:4]):
            yield Heading(f"{year}年", 2)
            for one in group:
                day = whole_day(one.on).partition("年")[2]
                yield Paragraph((Run(f"{day}　" if day else "", bold=True), Run(one.text)), "entry")


def _chapter(chapter: Chapter, *, own_words: bool) -> Iterator[Block]:
    yield Heading(f"第{chapter.number}章　{chapter.title}")
    for word, section in groupby(chapter.entries, key=lambda pair: class_word(pair[1])):
        yield Heading(word or "其他", 2)
        for number, entry in section:
            yield _entry(number, entry, own_words=own_words)


def _entry(number: int, entry: Entry, *, own_words: bool) -> Paragraph:
    where = degrees(entry.shape, between=" ", coarse=entry.coarse)
    sentence = (own_words and entry.given) or overview(entry)
    mark = MISSING.format
    head = f"（{where or mark('经纬度')}）"
    return Paragraph(
        (
            Run(f"{number} {entry.name}　", face="heading"),
            Run(f"{entry.roman or mark('汉语拼音')}　"),
            Run(head + sentence + "".join(told_of(entry))),
        ),
        "entry",
    )


def _past(past: Sequence[Entry]) -> Iterator[Block]:
    if not past:
        return
    yield Heading("历史地名")
    for entry in sorted(past, key=key_of("pinyin")):
        roman = f"{entry.roman}　" if entry.roman else ""
        ended = f"{written_year(entry.until)}起不再使用。" if entry.until else ""
        said = f"{class_word(entry)}，在{entry.division}。" if entry.division else ""
        texts = "".join(told_of(entry, draft=False))
        yield Paragraph(
            (Run(f"{entry.name}　", face="heading"), Run(roman + said + ended + texts)), "entry"
        )


def _index(listed: Sequence[Chapter], order: Order) -> Iterator[Block]:
    """Yield the index; former names stand in it too, with the number of what they became."""
    named = []
    for chapter in listed:
        for number, entry in chapter.entries:
            named.append((entry.name, entry.roman, str(number)))
            named += [(one.text, one.roman, f"见{number}") for one in entry.formers]
    named.sort(key=lambda one: pinyin_key(one[0], one[1]))
    yield Heading("索引")
    yield Index(index_groups(named, order))
