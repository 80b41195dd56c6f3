"""Find the characters of which the dictionaries of today have one reading only.

Run once by whoever renews the data; the answer is kept beside this file::

    python -m geo.gazetteer.romanise.single .../Unihan_Readings.txt

pypinyin has every reading that any dictionary ever had (税 also tuì, 机 also wèi). A character
counts as having one where the dictionary of the standard characters (通用规范汉字字典, 2013) has
one, the dictionary of the modern language (现代汉语词典, 1983) has no other sound, and pypinyin
has the same reading first.
"""

from __future__ import annotations

import argparse
import csv
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from geo.gazetteer.romanise.context import context, heteronyms, two_sounds, usual
from geo.gazetteer.search.letters import plain

_STANDARD: Final = "kTGHZ2013"
_MODERN: Final = "kXHC1983"
_FIELDS: Final = 3


def single(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    r"""Yield the characters with one reading that pypinyin gives several sounds, and the reading.

    Left out are those that names or phrases read otherwise: they are heteronyms, or learned.

    Parameters
    ----------
    lines
        Of Unihan_Readings.txt: code point, property and readings, parted by tabs.

    Examples
    --------
    >>> list(single(["U+7A0E\tkTGHZ2013\t341.020:shuì", "U+7A0E\tkXHC1983\t1076.060:shuì"]))
    [('税', 'shuì')]
    """
    standard: dict[str, list[str]] = {}
    modern: dict[str, list[str]] = {}
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) != _FIELDS or fields[1] not in (_STANDARD, _MODERN):
            continue
        character = chr(int(fields[0].removeprefix("U+"), 16))
        (standard if fields[1] == _STANDARD else modern)[character] = [
            unicodedata.normalize("NFC", one.rpartition(":")[2]) for one in fields[2].split()
        ]
    otherwise = {feature[1] for feature in context().decided} | set(heteronyms())
    for character, readings in sorted(standard.items()):
        if character in otherwise or len(set(readings)) > 1 or not two_sounds(character):
            continue
        sounds = {plain(one)[0] for one in (*readings, *modern.get(character, ()))}
        if len(sounds) == 1 and usual(character)[0].syllable == readings[0]:
            yield character, readings[0]


def main() -> None:
    """Write single.csv beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("unihan", type=Path, help="Unihan_Readings.txt of Unicode 15.0")
    with parser.parse_args().unihan.open(encoding="utf-8") as lines:
        found = list(single(lines))
    path = Path(__file__).with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["character", "reading"])
        writer.writerows(found)


if __name__ == "__main__":
    main()
