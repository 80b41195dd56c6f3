"""The overview of the annals (概述): how many names of which kind lie where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.paper import Block, Heading, Paragraph, Table
from geo.gazetteer.publish.places import class_word, county_name, day_word

_STREETS = "2351"
_UNKNOWN = "—"


def figures(book: Gazetteer, edition: Edition) -> Iterator[Block]:
    """Yield the overview: two paragraphs, names by class, names by township."""
    entries = edition.entries
    on = day_word(edition.on.isoformat())
    kinds = {entry.class_code for entry in entries}
    groups = {entry.kind.group for entry in entries if entry.kind}
    official = sum(entry.status == "official" for entry in entries)
    streets = sum(entry.class_code.startswith(_STREETS) for entry in entries)
    formers = sum(len(entry.formers) for entry in entries)
    day = edition.on.toordinal()
    signs, lines, markers = (
        sum(
            row["from_day"] <= day < row["end_day"]
            and (record != "sign" or _standing(row, edition))
            for row in book.rows(record)
        )
        for record in ("sign", "line", "marker")
    )
    yield Heading("概述")
    yield Paragraph.of(
        f"截至{on}，{county_name(edition)}使用的标准地名共{len(entries):,}条，分属{len(groups)}个大类、"
        f"{len(kinds)}个子类；其中经法定程序批准的{official:,}条，街路巷{streets:,}条。"
        f"另有历史地名{len(edition.past):,}条，有记载的曾用名{formers:,}个。"
    )
    yield Paragraph.of(
        f"所收地名中，说明来历的{_with(entries, 'origin'):,}条，说明含义的"
        f"{_with(entries, 'meaning'):,}条，读音经核定的{sum(e.confirmed for e in entries):,}条；"
        f"列入地名保护名录的{sum(bool(e.protected) for e in entries):,}条。"
        f"设有地名标志{signs:,}块；行政区域界线{lines:,}条，界桩{markers:,}个。"
    )
    yield Heading("各类地名条数", 2)
    yield Table(
        ("大类", "子类", "条数", "其中经批准"),
        _by_class(entries),
        (45.0, 60.0, 30.0, 30.0),
        ("left", "left", "right", "right"),
        10.5,
    )
    yield Heading("各政区地名条数", 2)
    places = Counter((entry.division_code, entry.division) for entry in entries)
    streets_in = Counter(e.division for e in entries if e.class_code.startswith(_STREETS))
    yield Table(
        ("政区", "地名条数", "其中街路巷"),
        [
            (name or code or _UNKNOWN, f"{count:,}", f"{streets_in[name]:,}")
            for (code, name), count in sorted(places.items())
        ],
        (75.0, 45.0, 45.0),
        ("left", "right", "right"),
        10.5,
    )


def _standing(sign: dict[str, object], edition: Edition) -> bool:
    public = sign["place_id"] in edition.shown or sign["place_id"] is None
    return public and sign["state"] in ("installed", "damaged", "stale")


def _with(entries: Sequence[Entry], field: str) -> int:
    return sum(bool(getattr(entry, field)) for entry in entries)


def _by_class(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    counts = Counter(entry.class_code for entry in entries)
    official = Counter(entry.class_code for entry in entries if entry.status == "official")
    words = {entry.class_code: entry for entry in entries}
    rows = [
        (
            words[code].kind.group_zh if words[code].kind else "其他",  # type: ignore[union-attr]
            class_word(words[code]) or code,
            f"{count:,}",
            f"{official[code]:,}",
        )
        for code, count in sorted(counts.items())
    ]
    return [*rows, ("合计", "", f"{len(entries):,}", f"{sum(official.values()):,}")]
