"""``fuwuquan names search`` and ``show``: find a place however it is asked for, and all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._gazetteer import Then, Which, box_of, opened, place_of, print_filled, search_of, then
from api.cli._options import Json, WorkspaceFolder, day
from api.cli._words import Command
from api.cli.names_search_asked import class_digits, division_digits, kind_of
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from datetime import date

    from geo.gazetteer import Gazetteer
    from geo.gazetteer.lookup import Card
    from geo.gazetteer.search import Hit

_EVERY = 100_000
"""Hits that are looked through where a class or a division is asked for."""


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    find = say(
        "查地名：汉字、曾用名、代码、拼音（可带声调）、首字母、同音、错字、片段、繁体都查得到。",
        "Find names: characters, former names, codes, pinyin, initials, homophones, slips, parts.",
    )
    all_of_it = say(
        "看一处地名的全部：名称、读音、代码、所属、位置、标志、案卷、文件、是否受保护。",
        "All of one place: names, readings, codes, parents, position, signs, cases, documents.",
    )
    group.command("search", cls=Command, help=find)(search)
    group.command("show", cls=Command, help=all_of_it)(show)


def search(
    text: Annotated[
        str,
        typer.Argument(
            metavar=say("文字", "TEXT"),
            help=say("要查的字、拼音、首字母或代码。", "Characters, pinyin, initials or a code."),
            show_default=False,
        ),
    ],
    *,
    on: Then = "",
    bbox: Annotated[
        str,
        typer.Option(
            "--bbox",
            metavar=say("西,南,东,北", "W,S,E,N"),
            help=say("只查这个范围内的。", "Only within this box, in degrees."),
            show_default=False,
        ),
    ] = "",
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar=say("种类", "KIND"),
            help=say(
                "名称种类，如 标准名称、曾用名；可写多次。",
                "Kind of name, such as standard or former; may be repeated.",
            ),
            show_default=False,
        ),
    ] = None,
    class_code: Annotated[
        str,
        typer.Option(
            "--class",
            metavar=say("类别", "CLASS"),
            help=say("地名类别或代码，如 城镇街巷、222。", "Class or code, such as 23510 or 222."),
            show_default=False,
        ),
    ] = "",
    division: Annotated[
        str,
        typer.Option(
            "--division",
            metavar=say("政区", "DIVISION"),
            help=say("只查这个政区内的：名称或代码。", "Only in this division: name or code."),
            show_default=False,
        ),
    ] = "",
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            min=1,
            max=1000,
            metavar=say("条数", "N"),
            help=say("最多列几条。", "Most to list."),
        ),
    ] = 20,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Find names and say why each was found."""
    if not text.strip():
        raise DataError(
            say("没有写要查的文字。", "nothing to search for was given."),
            hint=say(
                "请写汉字、拼音、首字母或代码，如 fuwuquan names search 建设路",
                "Give characters, pinyin, initials or a code: fuwuquan names search jianshe",
            ),
        )
    box, asked, today = box_of(bbox) if bbox else None, then(on), day(on)
    kinds = [kind_of(one) for one in kind or ()]
    prefix = class_digits(class_code) if class_code else ""
    space, book = opened(workspace)
    inside = division_digits(book, division, today) if division else ""
    steps = Steps()
    with steps("查地名", "search the names"):
        found = search_of(space, book).find(
            text, limit=_EVERY if prefix or inside else limit, on=asked, box=box, kinds=kinds
        )
        hits = _kept(book, found, (prefix, inside), limit, on=today)
    if json:
        from geo.gazetteer.earlier import cards_then  # noqa: PLC0415

        then_cards = cards_then(book, [card for _, card in hits], today)
        emit_json(
            {
                "query": text,
                "on": today,
                "hits": [
                    _hit(hit, card) | {"holds": card.holds(today)}
                    for (hit, _), card in zip(hits, then_cards, strict=True)
                ],
                "seconds": steps.seconds,
            }
        )
    elif hits:
        _print_hits(hits, today)
    else:
        print_line(
            say(
                f"没有查到“{text}”。换拼音、首字母或其中两个字再试。",
                f"Nothing found for {text!r}. Try pinyin, initials, or two of its characters.",
            )
        )
    return 0 if hits else 1


def show(
    which: Which,
    *,
    on: Then = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Show everything of one place."""
    from api.cli.names_shown import print_place, spelled_out  # noqa: PLC0415
    from geo.gazetteer.whole import whole  # noqa: PLC0415

    asked, today = then(on), day(on)
    space, book = opened(workspace)
    place = whole(book, place_of(space, book, which, on=asked), on=asked, today=today)
    if json:
        emit_json(spelled_out(place, today))
    else:
        print_place(place, today)


def _kept(
    book: Gazetteer, hits: list[Hit], within: tuple[str, str], limit: int, *, on: date
) -> list[tuple[Hit, Card]]:
    from dataclasses import replace  # noqa: PLC0415

    from geo.gazetteer.lookup import cards  # noqa: PLC0415

    prefix, inside = within
    if not (prefix or inside):
        hits = hits[:limit]
    known = cards(book, [hit.place_id for hit in hits], on=on)
    kept = [
        (replace(hit, kind="standard") if _standard_yet(hit, card, on) else hit, card)
        for hit in hits
        if (card := known.get(hit.place_id)) is not None
        and card.class_code.startswith(prefix)
        and card.division_code.startswith(inside)
    ]
    return kept[:limit]


def _standard_yet(hit: Hit, card: Card, on: date) -> bool:
    """Return whether a name that ends with its place, later than a day, is standard until then."""
    day = on.toordinal()
    return hit.kind == "former" and hit.text == card.name and card.begins <= day < card.ends


def _hit(hit: Hit, card: Card) -> dict[str, Any]:
    return {
        "place_id": hit.place_id,
        "name_id": hit.name_id,
        "text": hit.text,
        "kind": hit.kind,
        "match": hit.match,
        "score": round(hit.score, 1),
        "standard": card.name,
        "class_code": card.class_code,
        "status": card.status,
        "lifecycle": card.lifecycle,
        "valid_from": card.since,
        "valid_to": card.until,
        "secrecy": card.secrecy,
        "division": card.division,
        "division_code": card.division_code,
        "code": card.code,
    }


def _print_hits(hits: list[tuple[Hit, Card]], on: date) -> None:
    from geo.gazetteer.lookup import kind_word  # noqa: PLC0415
    from geo.gazetteer.words import class_word, word  # noqa: PLC0415

    print_filled(
        say(
            "名称 种类 今名 为何查到 类别 所在政区 状态 代码",
            "Name Kind Now Why Class Division Status Code",
        ).split(),
        [
            (
                hit.text,
                "" if hit.kind == "standard" else word("kind", hit.kind),
                "" if hit.text == card.name else card.name,
                word("match", hit.match),
                class_word(card.class_code),
                card.division,
                kind_word(card, on),
                card.code or card.place_id,
            )
            for hit, card in hits
        ],
    )
