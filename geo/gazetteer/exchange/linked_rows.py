"""Read Linked Places as records of a census: LPF features, with everything unfit named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.faulty import FaultyCell
from geo.gazetteer.exchange.foreign import Records, placed
from geo.gazetteer.exchange.linked_features import (
    CLASS,
    Feature,
    is_latin,
    read_features,
    shape_of,
)
from geo.gazetteer.exchange.sheets import Sheet
from geo.text import say

OWN: Final = "urn:uuid:"
"""What stands before the gazetteer's own ids."""
MINORITY: Final = ("bo", "ii", "kk", "ko", "mn", "ug", "za", "hmn", "mnc")
"""Languages of which a name is kept as one of a minority."""
NO_CLASS: Final = "?"
"""Stands for a class that is not one of ours, once that is told."""
_KEPT: Final = ("links", "relations", "descriptions", "depictions")
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}){0,2}")


def read_linked_rows(path: Path) -> tuple[list[Sheet], list[FaultyCell]]:
    """Read Linked Places Format.

    Returns
    -------
    sheets, faults
        The features as rows of a census, and all that no record can take.

    Raises
    ------
    FaultyFileError
        Some features break the format; every fault is named.
    DataError, NotFoundError
        The file is no JSON, or is not there.
    """
    records = Records(path.name)
    for number, one in enumerate(read_features(path), start=1):
        _take(records, number, one)
    return records.done()


def _take(records: Records, number: int, one: Feature) -> None:
    kept = {f"LPF {key}": one.raw.get(key) for key in _KEPT} | {"LPF @id": one.identity}
    given: dict[str, tuple[str, Any]] = {"标准名称": ("properties/title", one.title)}
    names = [(name.text, name.language, "end" in _first(name.spans)) for name in one.names]
    given |= named("names", one.title, names)
    kind = classed(one.kinds)
    if kind:
        given["类别代码"] = ("types", kind)
    else:
        records.fault(number, "types", one.raw.get("types"), *no_class(f"{CLASS}22200"))
        kept["地名类别"] = NO_CLASS
    span = _first(one.spans)
    for heading, key in (("设立年份", "start"), ("废止年份", "end")):
        given[heading] = (f"when/timespans/0/{key}", _moment(span.get(key)))
    if one.geometry:
        shape = shape_of(one.geometry)
        if shape is None:
            records.fault(
                number,
                "geometry",
                one.geometry,
                say("GeoJSON 图形或 geowkt", "a shape in GeoJSON, or geowkt"),
                say("请核对坐标是否完整", "are the coordinates whole?"),
            )
        given |= placed("geometry", shape)
    records.add(number, given, kept=kept, own_id=one.identity.removeprefix(OWN))


def named(
    theirs: str, title: str, names: Iterable[tuple[str, str, bool]]
) -> dict[str, tuple[str, Any]]:
    """Return the columns of the other names of a record.

    Parameters
    ----------
    theirs
        Where the format has them.
    title
        The standard name.
    names
        Each with its language and whether it has ended.
    """
    columns: dict[str, list[str]] = {}
    roman = ""
    for text, tag, ended in names:
        language = tag.lower().split("-")[0]
        if is_latin(tag):
            roman = roman or text
        elif text != title:
            minority = language in MINORITY
            heading = "少数民族语书写" if minority else "曾用名" if ended else "别名"
            columns.setdefault(heading, []).append(text)
    found = {heading: (theirs, "；".join(texts)) for heading, texts in columns.items()}
    return found | {"罗马字母拼写": (theirs, roman)}


def classed(labels: Iterable[str]) -> str:
    """Return the class that the first label known means; empty: none is known."""
    found = (class_of(label.removeprefix(CLASS).strip()) for label in labels)
    return next((one.code for one in found if one is not None), "")


def no_class(example: str) -> tuple[str, str]:
    """Return what is wanted and what to do where a record has no class of ours."""
    return (
        say("类别表中的类别", "a class of the table of classes"),
        say(
            f"请写上类别名称或代码，如“农村居民点”或 {example}",
            f"give its Chinese name or its code, such as {example}",
        ),
    )


def _first(spans: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return spans[0] if spans else {}


def _moment(said: dict[str, Any] | None) -> str | None:
    """Return a moment as the census writes it; a year known roughly is ``1850~``."""
    if not said:
        return None
    exact = said.get("in")
    if exact:
        return str(exact)
    first, last = (said.get(key) for key in ("earliest", "latest"))
    year = (first or "")[:4]
    rough = first and last and year == last[:4] and _DATE.fullmatch(first)
    return f"{year}~" if rough else None
