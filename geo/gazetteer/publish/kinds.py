"""Which publications there are, what each needs, and what its records lack."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geo.errors import NotFoundError
from geo.store.tables import write_table
from geo.text import say

MISSING: Final = "〔缺：{}〕"
"""What stands in a draft for a field that is empty."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One kind of publication or form."""

    id: str
    zh: str
    en: str
    of: str
    """What its records are: places, case, signs, plates, stones or inspections."""
    formats: tuple[str, ...]
    required: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name in the user's language."""
        return say(self.zh, self.en)


@dataclass(frozen=True, slots=True)
class Record:
    """What a publication says of one thing, field by field; empty where it is not known."""

    label: str
    fields: Mapping[str, str]
    code: str = ""

    def shown(self, field: str) -> str:
        """Return a field, or the mark that it is missing."""
        return self.fields.get(field, "") or MISSING.format(_words()[field]["zh"])


@dataclass(frozen=True, slots=True)
class Lack:
    """One record and the fields that it lacks."""

    record: Record
    required: tuple[str, ...]
    wanted: tuple[str, ...]


def publications() -> dict[str, Publication]:
    """Return the publications by id."""
    found = {}
    for row in _table()["publication"]:
        lists = {name: tuple(row[name]) for name in ("formats", "required", "wanted")}
        found[row["id"]] = Publication(**(row | lists))
    return found


def publication(wanted: str) -> Publication:
    """Return a publication by its id or its Chinese name.

    Raises
    ------
    NotFoundError
        There is no such publication.
    """
    known = publications()
    found = next((one for one in known.values() if wanted in (one.id, one.zh)), None)
    if found is None:
        names = say("、", ", ").join(f"{one.id}（{one.zh}）" for one in known.values())
        raise NotFoundError(
            say(f"没有出版物“{wanted}”。", f"there is no publication {wanted!r}."),
            hint=say(f"可用：{names}。", f"There are: {', '.join(known)}."),
        )
    return found


def lacking(kind: Publication, records: Sequence[Record]) -> list[Lack]:
    """Return the records that lack something, in their order."""
    found = []
    for record in records:
        required, wanted = (
            tuple(field for field in asked if not record.fields.get(field))
            for asked in (kind.required, kind.wanted)
        )
        if required or wanted:
            found.append(Lack(record, required, wanted))
    return found


def counts(lacks: Sequence[Lack], part: str) -> dict[str, int]:
    """Return how many records lack each field, of ``required`` or ``wanted`` ones."""
    return dict(Counter(field for lack in lacks for field in getattr(lack, part)))


def word(field: str) -> str:
    """Return what a field is called."""
    known = _words()[field]
    return say(known["zh"], known["en"])


def write_lacks(path: Path, lacks: Sequence[Lack]) -> None:
    """Write which record lacks what as a workbook: counts first, then record by record."""
    told, wanted = say("必备", "required"), say("建议", "wanted")
    every = [
        (word(field), part, count)
        for part, name in ((told, "required"), (wanted, "wanted"))
        for field, count in counts(lacks, name).items()
    ]
    joint = say("、", ", ")
    rows = [
        (
            lack.record.label,
            lack.record.code,
            lack.record.fields.get("class", ""),
            lack.record.fields.get("division", ""),
            joint.join(map(word, lack.required)),
            joint.join(map(word, lack.wanted)),
        )
        for lack in lacks
    ]
    summary = pd.DataFrame(every, columns=["field", "part", "count"])
    listed = pd.DataFrame(rows, columns=["name", "code", "class", "division", "required", "wanted"])
    titles = say("汇总 缺项", "Summary Missing").split()
    heads = (
        say("字段 性质 条数", "Field Need Records").split(),
        say("名称 代码 类别 所在政区 缺必备项 缺建议项",
            "Name Code Class Division Required Wanted").split(),
    )  # fmt: skip
    frames = dict(zip(titles, (summary, listed), strict=True))
    headings = {
        title: dict(zip(frame.columns, head, strict=True))
        for (title, frame), head in zip(frames.items(), heads, strict=True)
    }
    write_table(path, frames, headings=headings)


def _words() -> Mapping[str, Mapping[str, str]]:
    words: Mapping[str, Mapping[str, str]] = _table()["fields"]
    return words


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "publications.toml").read_text("utf-8"))
