"""Sign task sheets with a drawing of the board 标志任务单; door plate certificates 门牌证."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.finding import find_case
from geo.gazetteer.publish.edition import Edition, Entry
from geo.gazetteer.publish.kinds import Record
from geo.gazetteer.publish.overview import degrees
from geo.gazetteer.publish.paper import (
    FORM_MM,
    Block,
    Cell,
    Form,
    Paper,
    Paragraph,
    pages,
    pair,
    single,
)
from geo.gazetteer.publish.places import day_word, whole_day

TASKS: Final = {"sign_new": "新设", "sign_renewal": "更换", "sign_removal": "拆除"}
_DRAWN_MM: Final = 140.0
"""Greatest width of a drawing."""
_TALLEST_MM: Final = 75.0
_SIZE: Final = re.compile(r"(\d+)\s*[×xX*]\s*(\d+)")
_CODE_PT: Final = 10.0
"""Small enough for 20 digits in a line."""
_PT_MM: Final = 72 / 25.4
_FILL_SHARE: Final = 0.62
"""Share of its band that the writing takes in height."""
_LETTER: Final = 0.62
"""Width of a capital letter in sizes."""


def sign_records(book: Gazetteer, edition: Edition, written: str) -> list[Record]:
    """Return the sign tasks that are not done, or all of one case, of places that may be shown.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    case_id = find_case(book, written)["id"] if written else ""
    titles = {row["id"]: row for row in book.rows("case")}
    signs = {row["id"]: row for row in book.rows("sign")}
    entries = {entry.id: entry for entry in (*edition.entries, *edition.past)}
    romans = {row["place_id"]: row for row in book.rows("name", kind="standard", on=edition.on)}
    found = []
    for task in book.rows("task", **({"case_id": case_id} if case_id else {"done_on": ""})):
        entry = entries.get(task["place_id"] or "")
        if task["kind"] not in TASKS or entry is None:
            continue
        sign = signs.get(task["sign_id"] or "", {})
        case = titles.get(task["case_id"] or "", {})
        made = _sign(task, sign, case, entry, romans.get(entry.id, {}))
        if edition.told(made.label):
            found.append(replace(made, fields=edition.all_told(made.fields)))
    return sorted(found, key=lambda one: (one.fields["due"], one.label, one.fields["number"]))


def sign_paper(records: Sequence[Record], *, day: str, publisher: str) -> Paper:
    """Return the task sheets, one sign a page."""
    blocks = pages(_sheet(record, publisher, day) for record in records)
    return Paper("地名标志任务单", day, blocks, author=publisher, keywords=("标志任务单",))


def plate_records(book: Gazetteer, edition: Edition, written: str) -> list[Record]:
    """Return the door plates of a day, or those of one case, on roads that may be shown.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    case_id = find_case(book, written)["id"] if written else ""
    entries = {entry.id: entry for entry in edition.entries}
    found = []
    for row in book.rows("plate", on=edition.on, **({"case_id": case_id} if case_id else {})):
        road = entries.get(row["road_id"] or "")
        if road is not None:
            found.append(_plate(row, road, edition))
    return sorted(found, key=lambda one: (one.fields["road"], int(one.fields["order"]), one.label))


def plate_paper(records: Sequence[Record], *, day: str, publisher: str) -> Paper:
    """Return the certificates, one a page."""
    blocks = pages(_certificate(record, publisher, day) for record in records)
    return Paper("门牌证", day, blocks, numbered=False, author=publisher, keywords=("门牌证",))


def board(class_code: str, spec: str) -> dict[str, Any]:
    """Return the board of a sign: that of its class, in the size that is asked for."""
    fit = [
        (len(start), row)
        for row in _boards()["board"]
        for start in row["classes"]
        if class_code.startswith(start)
    ]
    known = dict(max(fit, key=lambda pair: pair[0])[1])
    asked = _SIZE.search(spec)
    if asked:
        known["size_mm"] = [int(side) for side in asked.groups()]
    return known


def _sign(task: Row, sign: Row, case: Row, entry: Entry, name: Row) -> Record:
    removed = task["kind"] == "sign_removal"
    text = sign["text"] if removed and sign else entry.name
    shown = sign.get("roman") if removed else name.get("roman_sign") if entry.roman else ""
    spec = sign.get("spec") or ""
    return Record(
        label=text,
        code=entry.code,
        fields={
            "task": TASKS[task["kind"]],
            "kind": task["kind"],
            "text": text,
            "roman": shown or entry.roman.upper(),
            "was": sign.get("text", "") if task["kind"] == "sign_renewal" else "",
            "spec": spec,
            "class_code": entry.class_code,
            "class": entry.kind.zh if entry.kind else "",
            "division": entry.division,
            "lonlat": degrees(sign.get("shape") or entry.shape, between=" ", coarse=entry.coarse),
            "azimuth": f"{sign['azimuth_deg']:g}°" if sign.get("azimuth_deg") is not None else "",
            "keeper": sign.get("keeper", ""),
            "number": sign.get("number", ""),
            "case": case.get("title", ""),
            "case_number": case.get("number", ""),
            "due": task["due_on"],
            "due_on": whole_day(task["due_on"]),
            "rule": task["rule"],
        },
    )


def _sheet(record: Record, publisher: str, day: str) -> list[Block]:
    seen = record.fields
    known = board(seen["class_code"], seen["spec"])
    wide, high = known["size_mm"]
    rows = [
        pair("任务", record.shown("task"), "标志编号", seen["number"] or "（新编）"),
        (*pair("地名", record.label, "地名代码", "")[:3], Cell(record.code, size_pt=_CODE_PT)),
        pair("地名类别", seen["class"], "所在政区", seen["division"]),
        single("标志文字", record.shown("text")),
        single("罗马字母", record.shown("roman")),
        *([single("原标志文字", seen["was"])] if seen["was"] else []),
        pair("规格", f"{wide}×{high}毫米", "朝向", seen["azimuth"]),
        single("设置位置", seen["lonlat"]),
        pair("管护单位", seen["keeper"], "完成期限", seen["due_on"]),
        pair("依据案卷", seen["case"], "案号", seen["case_number"]),
    ]
    blocks: list[Block] = [Paragraph.of("地名标志任务单", "title"), Form(FORM_MM, rows)]
    if seen["kind"] != "sign_removal":
        scale = min(_DRAWN_MM / wide, _TALLEST_MM / high)
        told = "待核" if known.get("draft") else "按"
        share = _boards()["characters_share"]
        blocks += [
            Paragraph.of(
                f"版面示意（1∶{1 / scale:.0f}）：上部{share:.0%}为汉字，"
                f"下部{1 - share:.0%}为罗马字母；"
                f"底色、字色和尺寸{told}{_boards()['standard']}及本地规定。",
                "note",
            ),
            _drawing(record, known, scale),
        ]
    done = (
        pair("完成日期", "", "施工人", ""),
        pair("验收人", "", "照片编号", ""),
    )
    return [*blocks, Form(FORM_MM, done), Paragraph.of(
        f"{publisher}　{day_word(day)}".strip("　"), "note")]  # fmt: skip


def _drawing(record: Record, known: Mapping[str, Any], scale: float) -> Form:
    """Return the board to scale: characters in the upper band, letters in the lower."""
    wide, high = (side * scale for side in known["size_mm"])
    share = _boards()["characters_share"]
    bands = (high * share, high * (1 - share))
    text, roman = record.shown("text"), record.shown("roman")
    sizes = (
        min(bands[0] * _FILL_SHARE, wide * 0.9 / max(len(text), 1)),
        min(bands[1] * _FILL_SHARE, wide * 0.9 / max(len(roman) * _LETTER, 1)),
    )
    rows = [
        (Cell(words, align="center", size_pt=round(size * _PT_MM * 2) / 2,
              fill=known["fill"], ink=known["ink"]),)
        for words, size in zip((text, roman), sizes, strict=True)
    ]  # fmt: skip
    return Form((wide,), rows, bands, exact=True)


def _plate(row: Row, road: Entry, edition: Edition) -> Record:
    number = f"{row['number']}号" if row["number"] is not None else ""
    sub = f"附{row['sub_number']}号" if row["sub_number"] else ""
    unit = row["unit"]
    county = edition.divisions.get(road.division_code[:6], "")
    area = "".join(dict.fromkeys((county, road.division)))
    return Record(
        label=f"{road.name}{number}{sub}{unit}",
        fields={
            "road": road.name,
            "roman": road.roman,
            "number": number + sub,
            "unit": unit,
            "order": str(row["number"] or 0),
            "division": area,
            "certificate": row["certificate"],
            "lonlat": degrees(row["shape"], between=" "),
            "since": whole_day(row["valid_from"]),
        },
    )


def _certificate(record: Record, publisher: str, day: str) -> list[Block]:
    seen = record.fields
    rows = [
        single("证　　号", record.shown("certificate")),
        single("标准地址", f"{seen['division']}{record.label}"),
        pair("所在道路", record.shown("road"), "道路拼写", seen["roman"]),
        pair("门牌号", record.shown("number"), "楼栋单元", seen["unit"]),
        single("位　　置", seen["lonlat"]),
        pair("编制日期", seen["since"], "权利人", ""),
        single("发证机关", f"{publisher}\n（盖章）\n{day_word(day)}"),
    ]
    return [
        Paragraph.of("门牌证", "title"),
        Form(FORM_MM, rows, [14.0] * 6 + [34.0]),
        Paragraph.of("门牌号由地名主管部门统一编制，任何单位和个人不得擅自编号、改号。", "note"),
    ]


@cache
def _boards() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "signs.toml").read_text("utf-8"))
