"""Which passwords are taken, and how they are kept: long ones, not common, as Argon2 hashes.

After OWASP ASVS 5 (6.2 and 11.4): no rules on what kinds of characters must be in it, none
on changing it from time to time.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Collection
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import TooManyRequestsError
from api.people import guessing
from geo.errors import DataError
from geo.text import say

LEAST: Final = 12
MOST: Final = 128
"""Characters that a password has."""

_FEWEST_DIFFERENT: Final = 5
_HASHER: Final = PasswordHasher()  # RFC 9106, low memory: 3 passes over 64 MiB
_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Hashes reckoned at once: each takes 64 MiB, and logins must not take all there is."""
_PATIENCE_S: Final = 10.0


def fit(password: str, name: str, names: Collection[str] = ()) -> str:
    """Return a password as it is compared, if it may be taken.

    Parameters
    ----------
    password
        As it was typed.
    name
        Name of the account.
    names
        Names of the bureau and the like.

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
    if is_common(plain, (name, *names)):
        raise DataError(
            say("这个密码容易被猜到。", "this password is easily guessed."),
            hint=say(
                "除去账户名、单位和程序的名称、常见词、日期、年份、重复和键盘上相邻的键，"
                f"还要有 {guessing.ENOUGH} 个别人猜不到的字符；用几个不相干的词或一句话最好记。",
                "besides your name, the bureau's and the program's, common words, dates, repetition"
                f" and keys in a row, {guessing.ENOUGH} characters must be left that nobody"
                " foresees; a few unrelated words are best.",
            ),
        )
    return plain


def normal(password: str) -> str:
    """Return a password in one spelling, however it was typed."""
    return unicodedata.normalize("NFKC", password)


def is_common(password: str, names: Collection[str] = ()) -> bool:
    """Return whether a password is among the first that anybody would try.

    Parameters
    ----------
    password
        In its normal spelling.
    names
        Names that somebody who guesses would try: the account's, the bureau's.

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
    long, stems = guessing.common()
    if lower in long:
        return True
    words = set(re.findall(r"[^\W\d_]+|[^\x00-\x7f]+", lower))
    if len(words) <= 1 and words <= stems:
        return True
    return guessing.left_to_guess(password, names) < guessing.ENOUGH


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
