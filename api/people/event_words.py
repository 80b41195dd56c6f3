"""Entries of the log of access as people read them: to whom or what, and what else is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.people.scopes import ROLE_WORDS, SCOPE_WORDS
from geo.schema import layers
from geo.text import listed, say

_NAMES: Final[dict[str, tuple[str, str]]] = {
    "by": ("方式", "by"),
    "roles": ("角色", "roles"),
    "before": ("原来", "before"),
    "after": ("改为", "after"),
    "key": ("密钥", "key"),
    "scopes": ("权限", "rights"),
    "days": ("有效天数", "days"),
    "job": ("任务", "job"),
    "file": ("文件", "file"),
    "sha256": ("指纹", "hash"),
    "rows": ("行数", "rows"),
}
_VALUES: Final[Mapping[str, tuple[str, str]]] = {
    **ROLE_WORDS,
    **{str(scope): words for scope, words in SCOPE_WORDS.items()},
    "password": ("密码", "password"),
    "oidc": ("单点登录", "single sign-on"),
    "added": ("新增", "new"),
    "changed": ("改动", "changed"),
    "removed": ("删去", "taken away"),
    "unchanged": ("不变", "as they were"),
}
_SHOWN: Final = 12


def subject_told(kind: str, subject: str) -> str:
    """Return to whom or what it was done: a layer by its title, what was decided by its number."""
    if kind == "imported":
        known = layers().get(subject)
        return known.label if known else subject
    if kind in ("approved", "rejected"):
        number = subject.partition(" ")[2]
        return say(f"报送 {number}", f"proposal {number}")
    return subject


def detail_told(detail: Mapping[str, Any]) -> str:
    """Return what else is kept of an entry; long fingerprints by how they begin.

    Examples
    --------
    >>> detail_told({"before": ["viewer"], "after": ["viewer", "auditor"]})
    '原来：查看员；改为：查看员、审计员'
    """
    parts = [
        say(*_NAMES.get(name, (name, name))) + say("：", ": ") + _value(name, detail[name])
        for name in (*(n for n in _NAMES if n in detail), *(n for n in detail if n not in _NAMES))
    ]
    return say("；", "; ").join(parts)


def _value(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return listed((f"{_word(key)} {count:,}" for key, count in value.items()), None)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return listed((_word(one) for one in value), None)
    return str(value)[:_SHOWN] if name in ("sha256", "job") else _word(value)


def _word(value: object) -> str:
    return say(*_VALUES.get(str(value), (str(value), str(value))))
