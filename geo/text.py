"""Which language the program speaks: Chinese first, English second."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Literal

Language = Literal["zh", "en"]

_WAN = 10_000
_language: ContextVar[Language] = ContextVar("fuwuquan_language", default="zh")


def speak(language: Language) -> None:
    """Choose the language of every later message in this context."""
    _language.set(language)


def language() -> Language:
    """Return the language spoken in this context."""
    return _language.get()


def say(zh: str, en: str) -> str:
    """Return the one of two texts that the user reads."""
    return zh if _language.get() == "zh" else en


def yuan(amount: float, *, digits: int = 1) -> str:
    """Return an amount of money, in 万元 from ten thousand yuan on.

    Parameters
    ----------
    amount
        Yuan.
    digits
        Digits after the point of 万元; 4 lose nothing.

    Examples
    --------
    >>> yuan(3_000_000), yuan(850), yuan(552_831, digits=4)
    ('300 万元', '850 元', '55.2831 万元')
    """
    if abs(amount) < _WAN:
        return say(f"{amount:,.0f} 元", f"{amount:,.0f} yuan")
    wan = f"{amount / _WAN:,.{digits}f}".rstrip("0").rstrip(".")
    return say(f"{wan} 万元", f"{amount:,.0f} yuan")


def listed(
    values: Iterable[object], most: int | None = 5, *, mark: tuple[str, str] = ("、", ", ")
) -> str:
    """Return the first of some names, and how many there are when not all are named.

    Parameters
    ----------
    values
        What is named, in its order.
    most
        How many are named; None for all.
    mark
        What stands between two names, in either language.

    Examples
    --------
    >>> listed(["甲", "乙"]), listed(["甲", "乙", "丙"], 2)
    ('甲、乙', '甲、乙 等 3 个')
    """
    texts = [str(value) for value in values]
    shown = say(*mark).join(texts[:most])
    more = 0 if most is None else len(texts) - most
    return shown + (say(f" 等 {len(texts):,} 个", f" and {more:,} more") if more > 0 else "")
