"""What ``fuwuquan plan`` was asked, read from the words a planner writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import normalize

from api.cli._siting_asked import SitingAsked
from api.cli.site_asked import money
from geo.errors import DataError
from geo.text import listed, say

_RANGE = re.compile(r"(\d{4})\s*[-–—~～至到]\s*(\d{4})")
_MOST_YEARS = 15
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(SitingAsked):
    """One question of years; with ``as_of`` every year counts the elders of that year."""

    years: tuple[int, ...]
    budgets_yuan: tuple[float, ...] | None
    per_year: tuple[float, ...] | None
    must_by: dict[str, int]
    """Id of a candidate → year by which it has to be open."""
    carry_over: bool
    goal: Literal["sum", "final"]
    discount: float
    ageing: bool
    """Whether each year counts the elders projected to it; ``as_of`` is None then."""
    weight: str
    """Empty for the facility type's."""


def years_of(text: str) -> tuple[int, ...]:
    """Return the years of ``2026-2030`` or ``2026,2028``, Chinese signs too.

    Raises
    ------
    DataError
        They are no years, not ascending, or too many.

    Examples
    --------
    >>> years_of("2026-2028"), years_of("2026、2028"), years_of("2026至2027年")
    ((2026, 2027, 2028), (2026, 2028), (2026, 2027))
    """
    plain = normalize("NFKC", text).replace("年", "").strip()
    span = _RANGE.fullmatch(plain)
    if span:
        first, last = int(span[1]), int(span[2])
        if first > last:
            raise DataError(
                say(f"年份“{text}”前后颠倒。", f"the years {text!r} are reversed."),
                hint=say(f"请写成 {last}-{first}。", f"Write {last}-{first}."),
            )
        years = tuple(range(first, last + 1))
    else:
        parts = [part.strip() for part in re.split("[,、]", plain)]
        years = tuple(int(part) for part in parts if re.fullmatch(r"\d{4}", part))
        if not years or len(years) != len(parts):
            raise _no_years(text)
    if not _FIRST_YEAR <= min(years) <= max(years) <= _LAST_YEAR:
        raise _no_years(text)
    if len(years) > _MOST_YEARS:
        raise DataError(
            say(
                f"一次最多规划 {_MOST_YEARS} 年，现为 {len(years)} 年。",
                f"at most {_MOST_YEARS} years can be planned, found {len(years)}.",
            )
        )
    return years


def by_year(
    texts: Sequence[str], years: tuple[int, ...], *, option: str
) -> tuple[float, ...] | None:
    """Return an amount for each year from ``300万`` (every year) or ``2026=300万`` (that one).

    Parameters
    ----------
    texts
        As written, one or several in each.
    years
        The years planned.
    option
        For messages.

    Raises
    ------
    DataError
        It is no amount, a year is not planned or stands twice, or years are left without.

    Examples
    --------
    >>> by_year(["300万"], (2026, 2027), option="--budget")
    (3000000.0, 3000000.0)
    >>> by_year(["2026=300万", "2027=1,200,000"], (2026, 2027), option="--budget")
    (3000000.0, 1200000.0)
    """
    found: dict[int, float] = {}
    every = None
    for text in _parts(texts):
        year, named, amount = text.rpartition("=")
        value = _amount(amount, option)
        if not named:
            every = value
            continue
        at = _year(year, years, option)
        if at in found:
            raise DataError(
                say(f"{option}：{at} 年给了两次。", f"{option}: {at} stands twice."),
                hint=say("每年只给一次。", "Give each year once."),
            )
        found[at] = value
    if not found and every is None:
        return None
    missing = [year for year in years if year not in found]
    if missing and every is None:
        raise DataError(
            say(
                f"{option} 没有给出 {listed(missing, None)} 年。",
                f"{option}: nothing is given for {listed(missing, None)}.",
            ),
            hint=say(
                f"没有预算的年份请写 {missing[0]}=0，或另给一个不带年份的数，其余各年都用它。",
                f"Write {missing[0]}=0 for none, or give one amount without a year for the others.",
            ),
        )
    return tuple(found.get(year, every or 0.0) for year in years)


def check_amounts(
    budgets: tuple[float, ...] | None, counts: tuple[float, ...] | None, texts: list[str]
) -> None:
    """Refuse a plan that neither money nor sites a year hold back, and parts of a site.

    Raises
    ------
    DataError
        Nothing is given, or a count is no whole number.
    """
    if budgets is None and counts is None:
        raise DataError(
            say("没有给出各年预算，也没有给出每年新建几处。", "neither money nor sites a year."),
            hint=say(
                "请加 --budget 2026=300万 或 --per-year 2。",
                "Add --budget 3000000 or --per-year 2.",
            ),
        )
    if counts is not None and any(count != int(count) for count in counts):
        raise DataError(
            say(
                f"--per-year “{' '.join(texts)}”不是整数。",
                f"--per-year {texts} is no whole number.",
            ),
            hint=say("请写成 2 或 2026=1。", "Write 2 or 2026=1."),
        )


def _amount(text: str, option: str) -> float:
    if option != "--per-year":
        return money(text or "-") or 0.0
    if not re.fullmatch(r"\d+", text.strip()):
        raise DataError(
            say(f"{option} “{text}”不是整数的处数。", f"{option} {text!r} is no whole number."),
            hint=say("请写成 2 或 2026=1。", "Write 2 or 2026=1."),
        )
    return float(text)


def musts(texts: Sequence[str], years: tuple[int, ...]) -> dict[str, int]:
    """Return the year by which each site has to stand, from ``ID`` (the last) or ``ID=2027``.

    Examples
    --------
    >>> musts(["A1", "A2=2026"], (2026, 2027))
    {'A1': 2027, 'A2': 2026}
    """
    found = {}
    for text in texts:
        identity, named, year = normalize("NFKC", text).partition("=")
        found[identity.strip()] = _year(year, years, "--must") if named else years[-1]
    return found


def _parts(texts: Sequence[str]) -> list[str]:
    """Return the parts of texts such as ``2026=300万,2027=200万``; 1,200,000 stays one."""
    plain = [normalize("NFKC", text) for text in texts]
    parts = [part for text in plain for part in re.split(r"[;、\s]+|,(?=\s*\d{4}年?=)", text)]
    return [part for part in parts if part]


def _year(text: str, years: tuple[int, ...], option: str) -> int:
    plain = text.replace("年", "").strip()
    if not plain.isdigit() or int(plain) not in years:
        raise DataError(
            say(
                f"{option} 中的“{text}”不在规划年份 {years[0]}–{years[-1]} 之内。",
                f"{option}: {text!r} is not among the years {years[0]}-{years[-1]}.",
            ),
            hint=say(
                f"请写成 {years[0]}=… 这样。", f"Write it with a year planned, such as {years[0]}=…"
            ),
        )
    return int(plain)


def _no_years(text: str) -> DataError:
    return DataError(
        say(f"“{text}”不是年份。", f"{text!r} are no years."),
        hint=say("请写成 2026-2030 或 2026,2028。", "Write 2026-2030 or 2026,2028."),
    )
