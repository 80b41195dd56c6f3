"""The dictionary of placenames (地名词典): readings, positions, origins and changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Final

from geo.errors import DataError
from geo.gazetteer.publish.annals import former_words
from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.kinds import MISSING
from geo.gazetteer.publish.order import Order, head_of, pinyin_key, stroke_key
from geo.gazetteer.publish.overview import degrees, overview, written_year
from geo.gazetteer.publish.paper import BOOK_MARGINS_MM, Block, Heading, Paper, Paragraph, Run
from geo.gazetteer.publish.places import cover, day_word
from geo.text import say

_DIVISIONS: Final = ("213", "214")


def selected(edition: Edition, wanted: Collection[str] = ()) -> tuple[Entry, ...]:
    """Return the entries of a dictionary.

    Parameters
    ----------
    edition
        What may be told.
    wanted
        Names or codes of 20 digits; none: divisions, protected names, and names of which both
        the origin and a change are told.

    Raises
    ------
    DataError
        Some of those wanted are not there, or cannot be published; all are named.
    """
    if not wanted:
        return tuple(entry for entry in edition.entries if _notable(entry))
    known = {entry.name for entry in edition.entries} | {entry.code for entry in edition.entries}
    strange = [one for one in wanted if one not in known]
    if strange:
        raise DataError(
            say(
                f"名单中有 {len(strange)} 条不在可公开的标准地名中：{'、'.join(strange)}。",
                f"{len(strange)} are no standard names that can be published: "
                f"{', '.join(strange)}.",
            ),
            hint=say("请核对名称或 20 位代码。", "Check the names or codes."),
        )
    return tuple(one for one in edition.entries if one.name in wanted or one.code in wanted)


def dictionary_paper(
    edition: Edition,
    entries: Sequence[Entry],
    *,
    title: str,
    publisher: str,
    order: Order,
) -> Paper:
    """Return the dictionary as a document."""
    return Paper(
        title,
        edition.on.isoformat(),
        list(_blocks(edition, entries, title, publisher, order)),
        margins_mm=BOOK_MARGINS_MM,
        author=publisher,
        keywords=("地名词典",),
    )


def _notable(entry: Entry) -> bool:
    changed = bool(entry.formers or entry.history)
    division = entry.class_code.startswith(_DIVISIONS)
    return division or bool(entry.protected) or bool(entry.origin and changed)


def _blocks(
    edition: Edition, entries: Sequence[Entry], title: str, publisher: str, order: Order
) -> Iterator[Block]:
    yield from cover(title, publisher, edition)
    by = "笔画" if order == "strokes" else "汉语拼音"
    yield Heading("凡例")
    for text in (
        (
            f"1. 本词典选收截至{day_word(edition.on.isoformat())}的标准地名{len(entries):,}条，"
            f"按{by}排列。"
        ),
        "2. 每条依次为名称、读音、方位、来历和演变；曾用名另立参见条。",
        "3. 不收录涉密地名。",
    ):
        yield Paragraph.of(text)
    words = [(entry.name, entry.roman, "", entry) for entry in entries]
    words += [
        (one.text, one.roman, entry.name, entry) for entry in entries for one in entry.formers
    ]
    if order == "strokes":
        words.sort(key=lambda word: (stroke_key(word[0]), word[3].id))
    else:
        words.sort(key=lambda word: (pinyin_key(word[0], word[1]), word[3].id))
    head = head_of(order)
    yield Heading("词目")
    for title_of_group, group in groupby(words, key=lambda word: head(word[:3])):
        yield Heading(title_of_group, 2)
        for name, roman, now, entry in group:
            yield _see(name, roman, now) if now else _entry(entry)


def _see(name: str, roman: str, now: str) -> Paragraph:
    told = f"{roman}　见“{now}”。" if roman else f"见“{now}”。"
    return Paragraph((Run(f"【{name}】", face="heading"), Run(told)), "entry")


def _entry(entry: Entry) -> Paragraph:
    where = degrees(entry.shape, between=" ", coarse=entry.coarse) or MISSING.format("经纬度")
    origin = entry.origin.rstrip("。") or ("" if entry.coarse else MISSING.format("来历"))
    changes = [
        f"{written_year(entry.since)}设立" if entry.since else "",
        f"曾名{former_words(entry)}" if entry.formers else "",
        entry.history.rstrip("。"),
    ]
    said = [
        f"（{where}）{overview(entry)}",
        f"来历：{origin}。" if origin else "",
        f"演变：{'；'.join(filter(None, changes))}。" if any(changes) else "",
    ]
    return Paragraph(
        (
            Run(f"【{entry.name}】", face="heading"),
            Run(f"{entry.roman or MISSING.format('汉语拼音')}　"),
            Run("".join(said)),
        ),
        "entry",
    )
