"""What a user means who asks for a kind, a class or a division of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from datetime import date

    from geo.gazetteer import Gazetteer


def kind_of(text: str) -> str:
    """Return the kind of name that a user means."""
    from geo.gazetteer.tables import NAME_KINDS  # noqa: PLC0415
    from geo.gazetteer.words import word  # noqa: PLC0415

    called = {word("kind", kind): kind for kind in NAME_KINDS} | {k: k for k in NAME_KINDS}
    if text not in called:
        raise DataError(
            say(f"没有名称种类“{text}”。", f"there is no kind {text!r}."),
            hint=say(
                f"可用：{'、'.join(word('kind', kind) for kind in NAME_KINDS)}",
                f"Kinds: {', '.join(NAME_KINDS)}",
            ),
        )
    return called[text]


def class_digits(text: str) -> str:
    """Return the digits with which the codes of a class begin."""
    from geo.gazetteer.classes import class_of, classes  # noqa: PLC0415

    groups = {one.group_zh: one.code[:2] for one in classes().values()}
    if text in groups:
        return groups[text]
    found = class_of(text)
    if found is None and not (text.isascii() and text.isdigit()):
        near = [one.zh for one in classes().values() if set(text) & set(one.zh)]
        raise DataError(
            say(f"没有地名类别“{text}”。", f"there is no class {text!r}."),
            hint=say(
                f"相近的类别：{'、'.join(near[:8])}；也可写代码，如 23510。",
                f"Classes like it: {', '.join(near[:8])}; or a code, such as 23510.",
            )
            if near
            else say(
                f"请写大类（如 {'、'.join(list(groups)[:4])}）、类别名称或代码，如 23510。",
                "Give a class by its name or code, such as 23510, or the first digits of one.",
            ),
        )
    return (text if found is None or text.isdigit() else found.code).rstrip("0")


def division_digits(book: Gazetteer, text: str, on: date) -> str:
    """Return the digits with which the codes of a division begin on a day."""
    from geo.gazetteer.lookup import cards, resolve  # noqa: PLC0415

    if text.isascii() and text.isdigit():
        return text
    place = resolve(book, text, on=on)
    own = [
        row["value"]
        for row in book.rows("code", place_id=place)
        if row["scheme"] in ("gb2260", "gbt10114", "stats12")
    ]
    if not own:
        raise DataError(
            say(f"“{text}”不是政区，没有区划代码。", f"{text} is no division: it has no code."),
            hint=cards(book, [place])[place].line,
        )
    return str(max(own, key=len))
