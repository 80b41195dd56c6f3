"""How far a password is from what anybody would try first: own names, walks over keys, dates.

A password is read as a row of pieces, each as cheap as it is easily guessed; what the cheapest
reading costs is what somebody who knows the owner and his bureau has to guess. Passwords of any
signs are taken when enough is left to guess: length counts, not the kinds of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

ENOUGH: Final = 9
"""Characters that nobody can foresee, of which a password has at least so many."""

_KNOWN, _SEQUENCE, _WORD = 1, 2, 3
"""What a name or year, a walk or date, and a common word cost, in such characters."""
_OF_THE_PLACE: Final = (
    "fuwuquan", "服务圈", "服務圈", "minzhengju", "minzheng", "民政局", "民政厅", "民政",
    "diming", "地名", "yanglao", "养老", "社区", "shequ", "街道", "jiedao", "管理员", "guanliyuan",
    "审批员", "审计员", "发布员", "规划员", "地名员", "查看员", "administrator", "admin", "root",
    "officer", "approver", "publisher", "auditor", "planner", "viewer", "密码", "mima", "password",
    "passwd", "woaini", "我爱你", "zhongguo", "中国", "wode", "我的", "gis", "gov", "test", "1314",
    "520", "888", "666", "168",
)  # fmt: skip
"""Names of the product, of bureaus and roles, and what is said of passwords: the words that OWASP
ASVS 5 (6.1.2, 6.2.11) wants listed and refused."""
_KEYS: Final = (
    (0.0, "`1234567890-="), (1.5, "qwertyuiop[]\\"), (1.75, "asdfghjkl;'"), (2.25, "zxcvbnm,./"),
)  # fmt: skip
"""Rows of keys, each with how far to the right it begins, in keys."""
_SHIFTED: Final = str.maketrans('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./")
_LOOKALIKE: Final = str.maketrans("@013457$!", "aoleastsi")
_WALK: Final = 3
"""Fewest signs of a walk."""
_LETTERS: Final = 3
"""Fewest letters of a name that counts; of Chinese characters two."""
_LONGEST_WORD: Final = 16
_DAY: Final = re.compile(
    r"(?:(?:19|20)\d\d[-./年]?)(?:0?[1-9]|1[0-2])[-./月]?(?:0?[1-9]|[12]\d|3[01])日?"
    r"|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d年?")


def left_to_guess(password: str, names: Collection[str] = ()) -> int:
    """Return how many characters of a password nobody can foresee.

    Parameters
    ----------
    password
        In its normal spelling.
    names
        Names that somebody who guesses knows: the account's, the bureau's.

    Examples
    --------
    >>> left_to_guess("zhangsan20240501", ["zhangsan"]), left_to_guess("!QAZ2wsx#EDC")
    (3, 6)
    >>> left_to_guess("石榴 curtain 7 ferry") >= ENOUGH
    True
    """
    known = {one for name in (*_OF_THE_PLACE, *names) for one in _spellings(name)}
    lower = password.lower()
    bare = re.sub(r"[\W_]", "", lower)
    signs = len(set(lower) - set(bare))
    return min(_cheapest(lower, known), _cheapest(bare, known) + signs)


def common() -> tuple[frozenset[str], frozenset[str]]:
    """Return common passwords of twelve characters or more, and common beginnings of passwords."""
    return _lists()


def _cheapest(lower: str, known: Collection[str]) -> int:
    """Return what the cheapest reading of a password costs."""
    read = (lower, lower.translate(_LOOKALIKE))
    steps = _steps(lower.translate(_SHIFTED))
    cheapest = [0]
    for end in range(1, len(lower) + 1):
        cheapest.append(cheapest[-1] + 1)
        for begin, cost in _pieces_to(end, read, known, steps):
            cheapest[end] = min(cheapest[end], cheapest[begin] + cost)
    return cheapest[-1]


def _pieces_to(
    end: int, read: tuple[str, str], known: Collection[str], steps: list[bool]
) -> Iterator[tuple[int, int]]:
    """Yield where the pieces begin that end at a place, and what they cost."""
    _, words = _lists()
    begin = end
    while begin > 1 and steps[begin - 1]:
        begin -= 1
        if end - begin + 1 >= _WALK:
            yield begin - 1, _SEQUENCE
    for text in read:
        for begin in range(max(0, end - _LONGEST_WORD), end):
            piece = text[begin:end]
            if piece in known or _YEAR.fullmatch(piece):
                yield begin, _KNOWN
            elif _DAY.fullmatch(piece):
                yield begin, _SEQUENCE
            elif piece in words:
                yield begin, _WORD
            elif text.endswith(piece, 0, begin):  # said again
                yield begin, _KNOWN


def _steps(typed: str) -> list[bool]:
    """Return whether each sign is beside the one before: on the keys, or in counting."""
    places = {
        key: (row, first + column)
        for row, (first, keys) in enumerate(_KEYS)
        for column, key in enumerate(keys)
    }

    def beside(one: str, other: str) -> bool:
        if one.isascii() and one.isalnum() and abs(ord(one) - ord(other)) <= 1:
            return True
        if one not in places or other not in places:
            return False
        down, along = (abs(places[other][n] - places[one][n]) for n in (0, 1))
        return down <= 1 and along <= 1

    return [False, *(beside(one, other) for one, other in pairwise(typed))]


def _spellings(name: str) -> Iterator[str]:
    """Yield a name as it may stand in a password: whole, its parts, and as it sounds."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - slow to import, and passwords are rare

    folded = unicodedata.normalize("NFKC", name).lower()
    for one in {folded, *re.split(r"[\W_]+", folded)}:
        if one.isascii():
            if len(one) >= _LETTERS:
                yield one
        elif len(one) > 1:
            yield one
            syllables = lazy_pinyin(one)
            yield "".join(syllables)
            yield "".join((*syllables[1:], syllables[0]))


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    text = files("api.people").joinpath("common_passwords.txt").read_text("utf-8")
    rows = [row for row in text.splitlines() if not row.startswith("#")]
    middle = rows.index("")
    return frozenset(rows[:middle]), frozenset(rows[middle + 1 :])
