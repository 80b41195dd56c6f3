"""Set words in lines and lines in boxes on the pages of a PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from fpdf import FPDF

from geo.gazetteer.publish.fonts import Font
from geo.gazetteer.publish.paper import Align, Face, Run

MM_PT: Final = 25.4 / 72
LEADING: Final = 1.25
"""Distance of the lines in a box, in sizes."""
_RISE: Final = 0.36
"""Share of the size by which the baseline lies under the middle of a line."""
_NOT_FIRST: Final = frozenset("，。、；：！？）》〉”’〕】…—·")
_NOT_LAST: Final = frozenset("（《〈“‘〔【")
_WORD: Final = re.compile(r"[0-9A-Za-z\u00c0-\u024f’'.\-°′″]+|\n|.", re.DOTALL)
_UNKNOWN: Final = "〓"
_LETTER: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_SPELT: Final = re.compile("[A-Za-z\u00c0-\u024f]’")
"""Chinese fonts have the apostrophe as wide as a character: in letters a narrow one is set."""
_SLACK_MM: Final = 0.01

Word = tuple[str, Face]
Line = list[Word]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a page, in millimetres from its upper left corner."""

    x: float
    y: float
    width: float
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a line is set."""

    size_pt: float
    align: Align = "left"

    @property
    def step_mm(self) -> float:
        """Distance of lines in a box."""
        return self.size_pt * MM_PT * LEADING


class Setter:
    """Knows the fonts of a document and how wide every sign is in them."""

    def __init__(self, press: FPDF, faces: dict[Face, Font]) -> None:
        self._press = press
        self._faces = faces
        self._families: dict[Font, str] = {}
        self._widths: dict[tuple[str, str], float] = {}

    def _family(self, face: Face) -> str:
        """Return the name under which a face's font is known; it is opened when first used."""
        font = self._faces[face]
        if font not in self._families:
            name = f"face{len(self._families)}"
            self._press.add_font(name, "", font.path, collection_font_number=font.number)
            self._families[font] = name
        return self._families[font]

    def line(self, words: Line, box: Box, look: Look) -> None:
        """Set one line of words; the box begins at the middle of the line."""
        used = self.length(words, look.size_pt)
        spare = max(box.width - used, 0.0)
        x = box.x + {"right": spare, "center": spare / 2}.get(look.align, 0.0)
        y = box.y + look.size_pt * MM_PT * _RISE
        signs = sum(len(text) for text, _ in words)
        between = spare / (signs - 1) if look.align == "justify" and signs > 1 else 0.0
        self._press.set_char_spacing(between / MM_PT)
        for face, run in groupby(words, key=lambda word: word[1]):
            text = "".join(word for word, _ in run)
            self._press.set_font(self._family(face), size=look.size_pt)
            self._press.text(x, y, text)
            x += self.length([(text, face)], look.size_pt) + between * len(text)
        self._press.set_char_spacing(0)

    def lines(self, lines: Sequence[Line], box: Box, look: Look, padding_mm: float) -> None:
        """Set lines in the middle of a box."""
        y = box.y + (box.height - look.step_mm * len(lines)) / 2 + look.step_mm / 2
        for words in lines:
            inner = Box(box.x + padding_mm, y, box.width - 2 * padding_mm)
            self.line(words, inner, look)
            y += look.step_mm

    def length(self, words: Line, size_pt: float) -> float:
        """Return how long words are in millimetres."""
        total = 0.0
        for text, face in words:
            family = self._family(face)
            for sign in text:
                key = (family, sign)
                if key not in self._widths:
                    self._press.set_font(family, size=100)
                    self._widths[key] = float(self._press.get_string_width(sign)) / 100
                total += self._widths[key]
        return total * size_pt

    def wrapped(
        self, runs: Sequence[Run], face: Face, size_pt: float, wide: float, first_mm: float = 0.0
    ) -> list[Line]:
        """Return the words of runs in lines that fit a width, the first less so much."""
        lines: list[Line] = [[]]
        used = first_mm
        for text, own in self._words(runs, face, size_pt, wide):
            if text == "\n":
                lines.append([])
                used = 0.0
                continue
            width = self.length([(text, own)], size_pt)
            if used + width > wide + _SLACK_MM and lines[-1] and text[0] not in _NOT_FIRST:
                carried: Line = []
                while len(lines[-1]) > 1 and lines[-1][-1][0] in _NOT_LAST:
                    carried.insert(0, lines[-1].pop())
                if text == " ":
                    continue
                lines.append(carried)
                used = self.length(carried, size_pt)
            lines[-1].append((text, own))
            used += width
        return lines

    def _face_of(self, word: str, face: Face) -> Face:
        """Return the face of a word: letters have their own where the Chinese one's are wide."""
        letters = self._faces["letters"].signs
        spelt = _LETTER.search(word) and all(ord(sign) in letters for sign in word)
        return "letters" if spelt and self._faces[face].wide else face

    def _words(
        self, runs: Sequence[Run], face: Face, size_pt: float, wide: float
    ) -> Iterator[Word]:
        """Yield what is not broken: Chinese characters and words in letters that fit a line."""
        for run in runs:
            chinese = run.face or ("heading" if run.bold else face)
            for word in _WORD.findall(run.text):
                narrow = word.replace("’", "'") if _SPELT.search(word) else word
                own = self._face_of(narrow, chinese)
                whole = all(ord(sign) in self._faces[own].signs for sign in narrow)
                if word == "\n" or (whole and self.length([(narrow, own)], size_pt) <= wide):
                    yield narrow, own
                else:
                    yield from (self._shown(sign, own) for sign in narrow)

    def _shown(self, sign: str, face: Face) -> Word:
        """Return a sign in its face, or in another that has it; 〓 where none does."""
        for other in (face, *self._faces):
            if ord(sign) in self._faces[other].signs:
                return sign, other
        return _UNKNOWN, face
