"""Which passwords are taken, and how they are kept: long ones, not common, as Argon2 hashes.

After OWASP ASVS 2.1 and 2.4: no rules on what kinds of characters must be in it, none on changing
it from time to time.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import TooManyRequestsError
from geo.errors import DataError
from geo.text import say

LEAST: Final = 12
MOST: Final = 128
"""Characters that a password has."""

_FEWEST_DIFFERENT: Final = 5
_OWN_PART: Final = 8
"""Characters that must be left when the account's name is taken out."""
_HASHER: Final = PasswordHasher()  # RFC 9106, low memory: 3 passes over 64 MiB
_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Hashes reckoned at once: each takes 64 MiB, and logins must not take all there is."""
_PATIENCE_S: Final = 10.0
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_LOOKALIKE: Final = str.maketrans("@013457$!", "aoleastsi")


def fit(password: str, name: str) -> str:
    """Return a password as it is compared, if it may be taken.

    Parameters
    ----------
    password
        As it was typed.
    name
        Name of the account.

    Raises
    ------
    DataError
        It is too short, too long or easily guessed.

    Examples
    --------
    >>> fit("马踏飞燕 2019 出土于武威", "甲")
    '马踏飞燕 2019 出土于武威'
    """
    plain = normal(password)
    if len(plain) < LEAST:
        raise DataError(
            say(
                f"密码至少 {LEAST} 个字符，现在只有 {len(plain)} 个。",
                f"a password has at least {LEAST} characters, not {len(plain)}.",
            ),
            hint=say(
                "不必混用大小写和符号；用几个不相干的词或一句话最好记。",
                "no mix of signs is asked for; a few unrelated words are best.",
            ),
        )
    if len(plain) > MOST:
        raise DataError(say(f"密码最多 {MOST} 个字符。", f"a password has at most {MOST}."))
    if is_common(plain, name):
        raise DataError(
            say("这个密码太常见，容易被猜到。", "this password is common and easily guessed."),
            hint=say(
                "不要用常见词加数字、键盘上的一排键、日期、重复的字符或自己的账户名。",
                "no common word with digits, no row of keys, date, repetition or own name.",
            ),
        )
    return plain


def normal(password: str) -> str:
    """Return a password in one spelling, however it was typed."""
    return unicodedata.normalize("NFKC", password)


def is_common(password: str, name: str = "") -> bool:
    """Return whether a password is among the first that anybody would try.

    Examples
    --------
    >>> [is_common(one) for one in ("Passw0rd2024!!", "abcabcabcabc", "1qaz2wsx3edc4rfv")]
    [True, True, True]
    >>> is_common("19491001-20250101"), is_common("石榴 curtain 7 ferry")
    (True, False)
    """
    lower = password.lower()
    if len(set(lower)) < _FEWEST_DIFFERENT:
        return True
    folded = unicodedata.normalize("NFKC", name).lower()
    if folded and folded in lower and len(lower.replace(folded, "")) < _OWN_PART:
        return True
    long, stems = _lists()
    if lower in long:
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower).translate(_LOOKALIKE)
    words = set(re.findall(r"[^\W\d_]+|[^\x00-\x7f]+", lower))
    if core in stems or (len(words) <= 1 and all(_is_stem(word, stems) for word in words)):
        return True
    keys = re.sub(r"[\W\d_]", "", lower)
    return len(keys) >= len(lower) // 2 and _along_keys(keys)


def _is_stem(word: str, stems: frozenset[str]) -> bool:
    return word in stems or _along_keys(word)


def _along_keys(letters: str) -> bool:
    """Return whether letters stand as on a keyboard or in the alphabet, or repeat themselves."""
    if not letters.isascii():
        return False
    if any(letters in row * 2 or letters in row[::-1] * 2 for row in _ROWS):
        return True
    return any(
        len(letters) % span == 0 and letters == letters[:span] * (len(letters) // span)
        for span in range(1, len(letters) // 2 + 1)
    )


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    text = files("api.people").joinpath("common_passwords.txt").read_text("utf-8")
    rows = [row for row in text.splitlines() if not row.startswith("#")]
    middle = rows.index("")
    return frozenset(rows[:middle]), frozenset(rows[middle + 1 :])


def kept(password: str) -> str:
    """Return what is kept of a password."""
    with _Turn():
        return _HASHER.hash(normal(password))


def matches(password: str, hashed: str) -> bool:
    """Return whether a password is the one kept; takes as long where there is none."""
    with _Turn():
        try:
            return _HASHER.verify(hashed or nobodys_hash(), normal(password)) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(hashed: str) -> bool:
    """Return whether a hash was made more weakly than hashes are made today."""
    return _HASHER.check_needs_rehash(hashed)


@cache
def nobodys_hash() -> str:
    """Return a hash that no password has, to be compared with when there is no account."""
    return _HASHER.hash(b"\x00nobody")


class _Turn:
    """A turn among those who reckon a hash."""

    def __enter__(self) -> None:
        if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
            raise TooManyRequestsError(
                say("登录的人太多，请稍候再试。", "too many log in at once; try again."),
                headers={"Retry-After": "10"},
            )

    def __exit__(self, *_: object) -> None:
        _AT_ONCE.release()
