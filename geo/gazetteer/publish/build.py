"""Build a publication or a form: report what is missing, refuse or mark it, write the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.exchange.public import Audience
from geo.gazetteer.publish import boundary_forms, case_forms, sign_forms
from geo.gazetteer.publish.annals import annals_paper
from geo.gazetteer.publish.dictionary import dictionary_paper, selected
from geo.gazetteer.publish.edition import Edition, edition
from geo.gazetteer.publish.kinds import (
    Lack,
    Publication,
    Record,
    counts,
    lacking,
    publication,
    word,
    write_lacks,
)
from geo.gazetteer.publish.listing import listing_paper, write_listing
from geo.gazetteer.publish.order import ORDERS, Order
from geo.gazetteer.publish.paper import Paper
from geo.gazetteer.publish.pdf import pdf_file
from geo.gazetteer.publish.places import county_name, record_of
from geo.gazetteer.publish.word import word_file
from geo.store.tables import write_whole
from geo.text import say

Progress = Callable[[float], None]
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a publication is to be made."""

    on: date
    """The day as of which it tells."""
    order: Order = "pinyin"
    title: str = ""
    """Empty: the name of the area or of the county, and the kind of publication."""
    publisher: str = ""
    audience: Audience = "public"
    area: str = ""
    """Beginning of the division codes that count."""
    of: str = ""
    """The case or boundary line that a form is of; empty: all of them."""
    names: tuple[str, ...] = field(default_factory=tuple)
    """Names or codes of a dictionary."""
    own_words: bool = False
    """The annals quote the census's own words on a place."""
    draft: bool = False
    """Build it although required fields are missing."""
    font: Path | None = None
    """A font file for PDF."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was written."""

    kind: Publication
    files: tuple[Path, ...]
    records: int
    lacks: tuple[Lack, ...]
    left_out: int
    """Places of the day that are too secret; 0 for a form."""
    withheld: int
    """Texts left out, for they name such a place; 0 for a form."""

    @property
    def incomplete(self) -> int:
        """Records that lack a required field."""
        return sum(bool(lack.required) for lack in self.lacks)


class IncompleteError(DataError):
    """Required fields are missing; the report is written."""

    def __init__(self, lacks: Sequence[Lack], report: Path, kind: Publication) -> None:
        short = [lack for lack in lacks if lack.required]
        missing = counts(lacks, "required")
        fields = say("、", ", ").join(
            say(f"{word(name)} {count:,} 条", f"{word(name)} ({count:,})")
            for name, count in missing.items()
        )
        labels = say("、", ", ").join(lack.record.label for lack in short[:_SHOWN])
        readings = "roman" in missing
        confirm_zh = (
            "拼音：没有疑问的用 fuwuquan names confirm --usable --by 姓名 一次核定，其余逐条核定。"
            if readings
            else ""
        )
        confirm_en = (
            " Readings without doubt: fuwuquan names confirm --usable --by NAME; the others one by "
            "one."
            if readings
            else ""
        )
        super().__init__(
            say(
                f"{kind.name}有 {len(short):,} 条缺必备项（{fields}），如：{labels}。",
                f"{kind.name}: {len(short):,} records lack required fields ({fields}), such as "
                f"{labels}.",
            ),
            hint=say(
                f"缺项逐条列在 {report}。{confirm_zh}补齐后再出；"
                "先看样稿可加 --draft，缺处以〔缺〕标出。",
                f"Each is listed in {report}.{confirm_en} Fill them in, or add --draft to see it "
                "with marks.",
            ),
        )
        self.report = report
        self.missing = missing


def publish(
    book: Gazetteer,
    kind: str,
    path: Path,
    wanted: Wanted,
    *,
    report: Path | None = None,
    progress: Progress | None = None,
) -> Published:
    """Build a publication; the same gazetteer gives the same bytes.

    Parameters
    ----------
    book
        The gazetteer.
    kind
        Id or Chinese name of a publication.
    path
        The file to write; its ending says in which format.
    wanted
        How it is to be made.
    report
        Where the missing-field report goes; None: beside the file. It is written only when
        something is missing.
    progress
        Told the share that is done.

    Raises
    ------
    NotFoundError
        There is no such publication, case or line.
    IncompleteError
        Required fields are missing and no draft is wanted.
    DataError
        The format is not one of the publication's, there is nothing to publish, a case is about a
        secret place, or no Chinese font can be embedded.
    """
    tell = progress or (lambda _: None)
    asked = publication(kind)
    ending = _ending(asked, path)
    _check_order(wanted.order)
    told = edition(book, on=wanted.on, audience=wanted.audience, area=wanted.area)
    tell(0.2)
    area = told.divisions.get(wanted.area) or county_name(told)
    title = wanted.title or f"{area}{asked.zh}"
    records, paper, table = _MAKERS[asked.of](book, asked, told, wanted, title)
    if not records:
        raise DataError(
            say(f"没有可以编入{asked.name}的内容。", f"there is nothing for the {asked.name}."),
            hint=say("请核对日期、政区、案卷和密级。", "Check day, area, case and secrecy."),
        )
    lacks = tuple(lacking(asked, records))
    beside = report or path.with_name(f"{path.stem}-{say('缺项', 'missing')}.xlsx")
    files = []
    if lacks:
        write_lacks(beside, lacks)
        files.append(beside)
    if any(lack.required for lack in lacks) and not wanted.draft:
        raise IncompleteError(lacks, beside, asked)
    tell(0.3)
    if ending == ".xlsx":
        written = table(path)
    else:
        made = paper()
        tell(0.5)
        write_whole(
            path, word_file(made) if ending == ".docx" else pdf_file(made, font=wanted.font)
        )
        written = [path]
    return Published(
        asked,
        (*written, *files),
        len(records),
        lacks,
        told.left_out if asked.of == "places" else 0,
        told.withheld if asked.of == "places" else 0,
    )


def _ending(kind: Publication, path: Path) -> str:
    ending = path.suffix.lower()
    if ending.lstrip(".") not in kind.formats:
        endings = say("、", ", ").join(f".{one}" for one in kind.formats)
        raise DataError(
            say(
                f"{kind.name}不能写成“{path.suffix or path.name}”。",
                f"the {kind.name} cannot be written as {path.suffix or path.name!r}.",
            ),
            hint=say(f"可用的后缀：{endings}。", f"Endings: {endings}."),
        )
    return ending


def _check_order(order: str) -> None:
    if order not in ORDERS:
        raise DataError(
            say(f"没有排序“{order}”。", f"there is no order {order!r}."),
            hint=say(f"可用：{'、'.join(ORDERS)}。", f"There are: {', '.join(ORDERS)}."),
        )


Made = tuple[Sequence[Record], Callable[[], Paper], Callable[[Path], list[Path]]]


def _no_table(path: Path) -> list[Path]:
    raise AssertionError(path)


def _places(book: Gazetteer, kind: Publication, told: Edition, wanted: Wanted, title: str) -> Made:
    named = {"title": title, "publisher": wanted.publisher, "order": wanted.order}
    entries = selected(told, wanted.names) if kind.id == "dictionary" else told.entries
    papers: Mapping[str, Callable[[], Paper]] = {
        "gazetteer": partial(listing_paper, told, **named),  # type: ignore[arg-type]
        "annals": partial(annals_paper, book, told, own_words=wanted.own_words, **named),  # type: ignore[arg-type]
        "dictionary": partial(dictionary_paper, told, entries, **named),  # type: ignore[arg-type]
    }
    table = partial(write_listing, edition=told, order=wanted.order)
    return [record_of(entry) for entry in entries], papers[kind.id], table


def _case(book: Gazetteer, kind: Publication, told: Edition, wanted: Wanted, _: str) -> Made:
    if not wanted.of:
        raise DataError(
            say(f"{kind.name}要指明案卷。", f"the {kind.name} is of a case: say which."),
            hint=say("请用 --case 写案号。", "Give its number with --case."),
        )
    papers = case_forms.papers_of(book, told, wanted.of)
    paper = {
        "notice": case_forms.notice_paper,
        "filing-form": case_forms.filing_form_paper,
        "filing-report": case_forms.filing_report_paper,
    }[kind.id]
    day = wanted.on.isoformat()
    return papers.records, partial(paper, papers, day=day, publisher=wanted.publisher), _no_table


def _things(book: Gazetteer, kind: Publication, told: Edition, wanted: Wanted, _: str) -> Made:
    read, paper = {
        "sign-sheet": (sign_forms.sign_records, sign_forms.sign_paper),
        "plate-card": (sign_forms.plate_records, sign_forms.plate_paper),
        "stone-card": (boundary_forms.stone_records, boundary_forms.stone_paper),
        "stone-table": (boundary_forms.stone_records, boundary_forms.stone_table_paper),
        "inspection": (boundary_forms.inspection_records, boundary_forms.inspection_paper),
    }[kind.id]
    records = read(book, told, wanted.of)
    day = wanted.on.isoformat()
    table = partial(boundary_forms.write_stone_table, records=records)
    return records, partial(paper, records, day=day, publisher=wanted.publisher), table


_MAKERS: Final[Mapping[str, Callable[[Gazetteer, Publication, Edition, Wanted, str], Made]]] = {
    "places": _places,
    "case": _case,
    "signs": _things,
    "plates": _things,
    "stones": _things,
    "inspections": _things,
}
