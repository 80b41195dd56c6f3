"""Options that give an amount by id, such as ``YL001=200``, or one for ``all``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from api.cli.site_asked import money
from geo.errors import DataError
from geo.text import listed, say

_EVERY = {"all": "all", "全部": "all"}


def by_id(
    texts: Sequence[str], option: str, read: Callable[[str], float | None]
) -> dict[str, float]:
    """Return an amount by id from ``ID=amount``; ``all`` stands for every facility.

    Raises
    ------
    DataError
        It is not written so, or an id stands twice.

    Examples
    --------
    >>> by_id(["YL001=200", "全部=100"], "--expandable", float)
    {'YL001': 200.0, 'all': 100.0}
    """
    found: dict[str, float] = {}
    for text in texts:
        identity, named, amount = text.partition("=")
        identity = _EVERY.get(identity.strip(), identity.strip())
        value = read(amount.strip()) if named and identity and amount.strip() else None
        if value is None or identity in found:
            raise DataError(
                say(f"{option} “{text}”不对。", f"{option} {text!r} is not right."),
                hint=say(
                    f"请写成 {option} 编号=数量，每个编号一次；全部设施写 all=数量。",
                    f"Write {option} ID=AMOUNT, each id once; all=AMOUNT for every facility.",
                ),
            )
        found[identity] = value
    return found


def ids_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return ids as they are written; 全部 is written ``all``."""
    return tuple(_EVERY.get(text.strip(), text.strip()) for text in texts)


def of_area(text: str) -> float | None:
    """Return m² from a text; None when it is no number of 0 or more."""
    try:
        area = float(text.removesuffix("平方米").removesuffix("㎡").removesuffix("m2"))
    except ValueError:
        return None
    return area if math.isfinite(area) and area >= 0 else None


def yuan_of(text: str, option: str) -> float | None:
    """Return yuan as `money` reads them, naming the option in the message.

    Raises
    ------
    DataError
        It is no amount.
    """
    try:
        return money(text)
    except DataError as error:
        raise DataError(
            say(f"{option} “{text}”不是金额。", f"{option} {text!r} is not an amount of money."),
            hint=error.hint,
        ) from None


def refuse_options(mine: bool, label: str, given: Mapping[str, object], *, of: str) -> None:
    """Refuse options of one model with another.

    Raises
    ------
    DataError
        One is given though the model is not the one they belong to.
    """
    used = [option for option, value in given.items() if value]
    if not mine and used:
        raise DataError(
            say(
                f"模型“{label}”不用 {listed(used, None)}。",
                f"{label} takes no {listed(used, None)}.",
            ),
            hint=say(f"请去掉，或用 --model {of}。", f"Leave them out, or ask for --model {of}."),
        )
