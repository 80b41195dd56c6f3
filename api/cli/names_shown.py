"""What ``names show`` prints of a place: section by section, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from api.cli._console import print_line
from api.cli._gazetteer import print_filled
from geo.gazetteer.classes import class_of
from geo.gazetteer.lookup import kind_word
from geo.gazetteer.shape_words import shape_word
from geo.gazetteer.telling import value_word
from geo.gazetteer.words import bracketed, class_word, joined, labelled, word
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row
    from geo.gazetteer.lookup import Card
    from geo.gazetteer.whole import Whole

_NAMED = ("origin", "meaning", "history")
_SIGNS_SHOWN = 10


def print_place(place: Whole, on: date) -> None:
    """Print everything of a place, for people."""
    card = place.card
    print_line(f"{card.name}  {class_word(card.class_code)}{bracketed(card.class_code)}")
    known = class_of(card.class_code)
    facts = [
        (say("编号", "Id"), card.place_id),
        (say("大类", "Group"), say(known.group_zh, known.group) if known else ""),
        (say("状态", "Status"), kind_word(card, on)),
        (say("密级", "Secrecy"), word("secrecy", card.secrecy)),
        (say("起止", "Held"), _span(place.place)),
        (say("所属", "Part of"), " > ".join(one.name for one in reversed(place.above))),
        (say("下辖", "Parts"), f"{place.within:,}" if place.within else ""),
        (say("保护名录", "Protected"), _protected(place)),
        (say("导入时", "At an import"), _locked(place)),
        (say("资料来源", "Source"), place.place["source"]),
    ]
    facts += [(word("kind", kind), other.line) for kind, other in place.relations]
    for label, value in facts:
        if value:
            print_line(f"  {labelled(label, value)}")
    _print_names(place)
    _section(
        say("代码", "Codes"),
        say("种类 代码 起 止", "Scheme Code From Until").split(),
        [
            (word("scheme", r["scheme"]), r["value"], r["valid_from"], r["valid_to"])
            for r in place.codes
        ],
    )
    _section(
        say("位置", "Position"),
        say("图形 所在 测量方法 误差（米） 起 止", "Role Where Method Accuracy From Until").split(),
        [
            (
                word("role", r["role"]), shape_word(r["shape"]), r["method"], r["accuracy_m"],
                r["valid_from"], r["valid_to"],
            )
            for r in place.shapes
        ],
    )  # fmt: skip
    _print_works(place)
    told = [f"{key} {value}" for key, value in place.census.items() if value not in (None, "")]
    if told:
        print_line(say("普查登记的其他内容", "Also in the census"))
        print_line("  " + joined(told))


def spelled_out(place: Whole, on: date) -> dict[str, Any]:
    """Return everything of a place, its status as of a day, as values that JSON has."""
    return {
        "on": on,
        "place_id": place.card.place_id,
        "name": place.card.name,
        "class_code": place.card.class_code,
        "class_name": class_word(place.card.class_code),
        "status": place.card.status,
        "lifecycle": place.card.lifecycle,
        "holds": place.card.holds(on),
        **{
            column: place.place[column]
            for column in ("secrecy", "valid_from", "valid_to", "source")
        },
        "division_code": place.card.division_code,
        "above": [_brief(card) for card in place.above],
        "within": place.within,
        "relations": [{"kind": kind, **_brief(card)} for kind, card in place.relations],
        "names": [_plain(row) for row in place.names],
        "codes": [_plain(row) for row in place.codes],
        "shapes": [_plain(row) for row in place.shapes],
        "signs": [_plain(row) for row in place.signs],
        "plates": place.plates,
        "cases": [_plain(row) for row in place.cases],
        "tasks": [_plain(row) for row in place.tasks],
        "protections": [_plain(row) for row in place.protections],
        "documents": [_plain(row) for row in place.documents],
        "plans": [_plain(row) for row in place.plans],
        "census": dict(place.census),
        "locked": place.locked,
    }


_LEFT_OUT = frozenset({
    "from_day", "end_day", "west", "south", "east", "north", "attributes", "place_id", "facts",
})  # fmt: skip


def _plain(row: Row) -> dict[str, Any]:
    import shapely  # noqa: PLC0415

    return {
        column: shapely.to_wkt(value) if column == "shape" and value is not None else value
        for column, value in row.items()
        if column not in _LEFT_OUT
    }


def _brief(card: Card) -> dict[str, str]:
    return {"place_id": card.place_id, "name": card.name, "code": card.code}


def _print_names(place: Whole) -> None:
    print_line(say("名称", "Names"))
    for row in place.names:
        parts = [row["roman_toned"]]
        if row["reading"] and value_word("reading", row["reading"], {}) != row["roman_toned"]:
            parts.append(
                say(
                    f"读 {value_word('reading', row['reading'], {})}",
                    f"read {value_word('reading', row['reading'], {})}",
                )
            )
        if row["reading_source"]:
            parts.append(word("reading_source", row["reading_source"]))
        if row["confirmed_by"]:
            parts.append(
                say(
                    f"{row['confirmed_by']} {row['confirmed_on']} 核定",
                    f"confirmed by {row['confirmed_by']} {row['confirmed_on']}",
                )
            )
        parts.append(_span(row))
        told = say("，", ", ").join(part for part in parts if part)
        print_line(f"  {row['text']}{bracketed(word('kind', row['kind']))}{say('', ' ')}{told}")
        for column in _NAMED:
            if row[column]:
                print_line(f"    {labelled(word('column', column), row[column])}")


def _print_works(place: Whole) -> None:
    shown = place.signs[:_SIGNS_SHOWN]
    _section(
        say(f"标志 {len(place.signs)} 块", f"Signs: {len(place.signs)}"),
        say("编号 文字 状态 设置日期 管护单位", "Number Text State Installed Keeper").split(),
        [
            (r["number"], r["text"], word("state", r["state"]), r["installed_on"], r["keeper"])
            for r in shown
        ],
    )
    if place.plates:
        print_line(say(f"门牌 {place.plates} 块", f"Door plates: {place.plates}"))
    _section(
        say("待办", "Tasks"),
        say("事项 期限 办结 依据", "Task Due Done Rule").split(),
        [(r["title"], r["due_on"], r["done_on"], r["rule"]) for r in place.tasks],
    )
    _section(
        say("案卷", "Cases"),
        say("标题 环节 立案 批准", "Title State Opened Decided").split(),
        [(r["title"], _state(r["state"]), r["opened_on"], r["decided_on"]) for r in place.cases],
    )
    _section(
        say("文件", "Documents"),
        say("文号 标题 发文机关 日期", "Number Title Issuer Date").split(),
        [(r["number"], r["title"], r["issuer"], r["issued_on"]) for r in place.documents],
    )
    _section(
        say("规划关联", "Plans"),
        say("规划编号 种类", "Plan Kind").split(),
        [(r["plan_id"], r["kind"]) for r in place.plans],
    )


def _state(state: str) -> str:
    """Return what the state of a case is called."""
    from geo.gazetteer.cases.rulebook import rulebook  # noqa: PLC0415

    words = rulebook().state_words
    return str(words[state]) if state in words else state


def _section(title: str, headings: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    kept = list(rows)
    if kept:
        print_line(title)
        print_filled(headings, kept)


def _span(row: Row) -> str:
    since, until = row["valid_from"], row["valid_to"]
    if since and until:
        return say(f"{since} 至 {until}", f"{since} to {until}")
    if since:
        return say(f"自 {since}", f"since {since}")
    return say(f"至 {until}", f"until {until}") if until else ""


def _protected(place: Whole) -> str:
    if not place.protections:
        return say("未列入", "not listed")
    return joined(f"{row['level']} {row['batch']}" for row in place.protections)


def _locked(place: Whole) -> str:
    if place.locked:
        return say(
            "不改动（已批准或读音已核定）", "left alone (official, or its reading confirmed)"
        )
    return say("可按普查表更新", "may be changed")
