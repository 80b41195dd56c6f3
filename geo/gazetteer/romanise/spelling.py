"""How syllables become words in letters: joined, parted by apostrophes, with a capital (10–12)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

APOSTROPHE: Final = "’"
_TONES: Final = frozenset("\u0304\u0301\u030c\u0300")


def word(syllables: Sequence[str]) -> str:
    """Return syllables joined into one word with a capital letter.

    Examples
    --------
    >>> word(["xī", "ān"]), word(["tiān", "é"]), word(["pén", "r"])
    ('Xī’ān', 'Tiān’é', 'Pénr')
    """
    joined = ""
    for syllable in syllables:
        parted = joined and bare(syllable)[:1] in ("a", "o", "e")
        joined += f"{APOSTROPHE}{syllable}" if parted else syllable
    return joined[:1].upper() + joined[1:]


def bare(toned: str) -> str:
    """Return letters without tone marks; ``ü`` keeps its dots, which are no tone.

    Examples
    --------
    >>> bare("Lǜchéng Lù")
    'Lücheng Lu'
    """
    apart = unicodedata.normalize("NFD", toned)
    kept = "".join(letter for letter in apart if letter not in _TONES)
    return unicodedata.normalize("NFC", kept)


def written(words: Iterable[str]) -> tuple[str, str, str]:
    """Return a name with tone marks, without them, and as a sign has it, in capitals.

    Examples
    --------
    >>> written(["Jiànshè", "Lù"])
    ('Jiànshè Lù', 'Jianshe Lu', 'JIANSHE LU')
    """
    toned = " ".join(words)
    return toned, bare(toned), bare(toned).upper()
