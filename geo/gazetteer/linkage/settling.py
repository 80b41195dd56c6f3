"""What a second source says once its records are sorted, classed, compared and moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geo.crs import Datum, geometry_to_cgcs2000, to_cgcs2000
from geo.errors import DataError
from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.faulty import FaultyCell, FaultyFileError, shown
from geo.gazetteer.exchange.linked_features import is_latin, marked
from geo.gazetteer.linkage.records import OTHER_KINDS, Record
from geo.layers.files import sha256_of
from geo.text import say


@dataclass(frozen=True, slots=True)
class Source:
    """A second source as it was read."""

    file: str
    sha256: str
    records: tuple[Record, ...]
    mapping: Mapping[str, str]
    """Which heading was read as what."""
    unclassified: Mapping[str, int] = field(default_factory=dict)
    """Kinds of places that the table of classes does not know, with how many records have them."""


def settled_source(
    path: Path,
    read: Sequence[tuple[int, dict[str, Any]]],
    mapping: Mapping[str, str],
    datum: Datum | None,
    faults: list[FaultyCell],
    *,
    sheet: str = "",
) -> Source:
    """Return the records, once what contradicts itself is refused.

    Parameters
    ----------
    path
        The file.
    read
        Number and values of each record.
    mapping
        Which heading was read as what.
    datum
        What the coordinates are; None: they are as the gazetteer has them.
    faults
        What was found unfit already.
    sheet
        Name of the sheet or layer; empty: the file's.

    Raises
    ------
    FaultyFileError
        Some records are unfit; all of what is wrong is named.
    DataError
        There are no records.
    """
    unclassified: Counter[str] = Counter()
    seen: dict[str, int] = {}
    faulty = {cell.row for cell in faults}

    def fault(row: int, column: str, found: str, wanted: str, advice: str) -> None:
        faults.append(FaultyCell(sheet or path.name, row, column, found, wanted, advice))

    records = []
    for number, values in read:
        _sort_names(values)
        _classify(values, unclassified)
        if not values.get("name") and number not in faulty:
            name = say("名称", "name")
            fault(number, name, shown(None), say("非空", "something"), say("请填写", "fill it in"))
        one = values.get("id", "")
        if one in seen:
            again = say(
                f"与第 {seen[one]} 行不同的编号", f"another id than that of row {seen[one]}"
            )
            fault(number, "id", one, again, say("请删去重复的一行", "take one out"))
        if one:
            seen[one] = number
        if ("lon" in values) != ("lat" in values) and number not in faulty:
            both = say("成对的经纬度", "longitude and latitude both")
            fault(number, "lon", shown(None), both, say("请补齐或清空", "give both or neither"))
        records.append(Record(number, values))
    if faults:
        raise FaultyFileError(path.name, sorted(faults, key=lambda cell: cell.row))
    if not records:
        raise DataError(
            say(f"“{path.name}”里没有记录。", f"{path.name} has no records."),
            hint=say("请确认导出时选中了数据。", "Make sure that the export had rows."),
        )
    moved = tuple(_moved(records, datum)) if datum is not None else tuple(records)
    return Source(path.name, sha256_of(path), moved, mapping, dict(unclassified))


def _sort_names(values: dict[str, Any]) -> None:
    """Take the language marks of LP-TSV off, and the own name out of the others."""
    plain_names = []
    for text in values.get("alias", ()):
        name, language = marked(text)
        if is_latin(language):
            values.setdefault("roman", name)
        else:
            plain_names.append(name)
    if plain_names or "alias" in values:
        values["alias"] = tuple(plain_names)
    for kind in OTHER_KINDS:
        if kind in values:
            others = {text for text in values[kind] if text != values.get("name")}
            values[kind] = tuple(sorted(others))


def _classify(values: dict[str, Any], unclassified: Counter[str]) -> None:
    """Put one known class in place of what was written."""
    given = values.pop("class_code_given", ""), values.get("class_code", "")
    known = (class_of(part.strip()) for text in given for part in text.split(";") if part.strip())
    found = next((one for one in known if one is not None), None)
    values["class_code"] = found.code if found else ""
    if found is None and any(given):
        unclassified[given[1] or given[0]] += 1


def _moved(records: Sequence[Record], datum: Datum) -> Iterator[Record]:
    points = [(one.values.get("lon", np.nan), one.values.get("lat", np.nan)) for one in records]
    at = to_cgcs2000(np.array(points, dtype=float), datum)
    shapes = np.array([one.values.get("shape") for one in records], dtype=object)
    flat = geometry_to_cgcs2000(shapes, datum)
    for one, (lon, lat), shape in zip(records, at.tolist(), flat, strict=True):
        values = dict(one.values)
        if "lon" in values:
            values |= {"lon": round(lon, 9), "lat": round(lat, 9)}
        if shape is not None:
            values["shape"] = shape
        yield Record(one.number, values)
