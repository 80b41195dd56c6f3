"""Which language the program speaks: Chinese first, English second."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Literal

Language = Literal["zh", "en"]

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
