"""Which columns each layer has: names, labels, types and limits, read from the files here."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

from geo.errors import DataError, NotFoundError
from geo.schema.units import with_unit
from geo.text import say

ColumnType = Literal["text", "int", "float", "bool", "date", "choice"]
GeometryKind = Literal["point", "line", "polygon", "point_or_polygon", "any"]
Weight = Literal["elders", "children", "households", "population"]
Level = Literal["county", "township", "community"]

LEVELS: Final[tuple[Level, ...]] = ("county", "township", "community")
"""Levels of administrative units, the widest first."""
CODE_DIGITS: Final[dict[str, int]] = {"county": 6, "township": 9, "community": 12}
"""Digits of the statistical division code of each level; the code of a unit begins with its
parent's."""
DTYPES: Final[dict[str, str]] = {
    "text": "string",
    "choice": "string",
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}
"""Pandas dtype of each column type; every one of them knows a missing value."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value of a choice column; the first label is the one shown."""

    value: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a layer.

    Attributes
    ----------
    choices
        The values that a choice column may have.
    words
        What some values of a text mean; it may have others.
    """

    name: str
    label_zh: str
    label_en: str
    synonyms: tuple[str, ...]
    type: ColumnType
    unit: str
    required: bool
    minimum: float | None
    choices: tuple[Choice, ...]
    description_zh: str
    description: str
    words: tuple[Choice, ...] = ()

    @property
    def label(self) -> str:
        """Name of the column in the user's language."""
        return say(self.label_zh, self.label_en)

    @property
    def heading(self) -> str:
        """What stands above the column in a table: its name and unit."""
        return with_unit(self.label, self.unit)


@dataclass(frozen=True, slots=True)
class LayerSchema:
    """The columns, geometry and key of one layer."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    geometry: GeometryKind
    key: str
    parent: str | None = None
    facility: bool = False
    synonyms: tuple[str, ...] = ()
    placed_by: str | None = None
    """Layer of units on which the rows lie, found by the column ``<layer>_code``; a file of the
    layer then needs no coordinates."""
    unique: tuple[str, ...] = ()
    """Columns that no two rows share all of, beside the key."""

    @property
    def label(self) -> str:
        """Name of the layer in the user's language."""
        return say(self.zh, self.en)

    def __getitem__(self, name: str) -> Column:
        """Return the column of this name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFoundError(
            say(f"层“{self.zh}”没有列“{name}”。", f"layer {self.name!r} has no column {name!r}")
        )


@dataclass(frozen=True, slots=True)
class FacilityType:
    """One entry of the registry of facility types."""

    name: str
    zh: str
    en: str
    synonyms: tuple[str, ...]
    minutes: int
    weight: Weight
    colour: str
    symbol: str
    capacity: str | None = None

    @property
    def label(self) -> str:
        """Name of the type in the user's language."""
        return say(self.zh, self.en)


@cache
def facility_types() -> dict[str, FacilityType]:
    """Return the facility types by name, in the order of the registry."""
    text = (files(__name__) / "facility_types.toml").read_text("utf-8")
    return {
        name: FacilityType(name=name, **{**entry, "synonyms": tuple(entry["synonyms"])})
        for name, entry in tomllib.loads(text).items()
    }


@cache
def layers() -> dict[str, LayerSchema]:
    """Return every layer by name: places first, then one layer a facility type."""
    text = (files(__name__) / "layers.toml").read_text("utf-8")
    places = {name: _place(name, entry) for name, entry in tomllib.loads(text).items()}
    facilities = {kind.name: _facility(kind) for kind in facility_types().values()}
    return places | facilities


def layer(name: str) -> LayerSchema:
    """Return one layer by its name, its Chinese or English label or a synonym.

    Raises
    ------
    NotFoundError
        No layer has this name; the message lists those that exist.
    """
    for schema in layers().values():
        if name in (schema.name, schema.zh, schema.en, *schema.synonyms):
            return schema
    known = "、".join(f"{schema.name}（{schema.zh}）" for schema in layers().values())
    raise NotFoundError(
        say(f"没有名为“{name}”的层。", f"there is no layer {name!r}"),
        hint=say(f"可用的层：{known}", f"layers: {', '.join(layers())}"),
    )


def facility_type(name: str) -> FacilityType:
    """Return one facility type by its name, label or a synonym.

    Raises
    ------
    NotFoundError
        The registry has no such type; the message lists those it has.
    """
    for kind in facility_types().values():
        if name in (kind.name, kind.zh, kind.en, *kind.synonyms):
            return kind
    known = "、".join(f"{kind.name}（{kind.zh}）" for kind in facility_types().values())
    raise NotFoundError(
        say(f"没有名为“{name}”的设施类型。", f"there is no facility type {name!r}"),
        hint=say(f"可用的类型：{known}", f"types: {', '.join(facility_types())}"),
    )


def _place(name: str, entry: dict[str, object]) -> LayerSchema:
    fields = {key: value for key, value in entry.items() if key != "columns"}
    fields["synonyms"] = tuple(entry["synonyms"])  # type: ignore[arg-type]
    fields["unique"] = tuple(entry.get("unique", ()))  # type: ignore[arg-type]
    sources = entry["columns"]
    assert isinstance(sources, list)
    columns = tuple(column for source in sources for column in _columns(source))
    return LayerSchema(name=name, columns=columns, **fields)  # type: ignore[arg-type]


def _facility(kind: FacilityType) -> LayerSchema:
    own = _columns(kind.name) if (files(__name__) / f"{kind.name}.csv").is_file() else ()
    return LayerSchema(
        name=kind.name,
        zh=kind.zh,
        en=kind.en,
        columns=(*_columns("facility"), *own),
        geometry="point_or_polygon",
        key="id",
        facility=True,
        synonyms=kind.synonyms,
    )


@cache
def _columns(source: str) -> tuple[Column, ...]:
    text = (files(__name__) / f"{source}.csv").read_text("utf-8")
    return tuple(_column(source, row) for row in csv.DictReader(text.splitlines()))


def _column(source: str, row: dict[str, str]) -> Column:
    if row["type"] not in get_args(ColumnType) or row["required"] not in ("yes", "no"):
        raise DataError(f"geo/schema/{source}.csv: {row['name']}: {row['type']}, {row['required']}")
    named = tuple(_choice(text) for text in row["choices"].split(";") if text)
    is_choice = row["type"] == "choice"
    return Column(
        name=row["name"],
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        synonyms=tuple(filter(None, row["synonyms"].split("|"))),
        type=row["type"],  # type: ignore[arg-type]
        unit=row["unit"],
        required=row["required"] == "yes",
        minimum=float(row["minimum"]) if row["minimum"] else None,
        choices=named if is_choice else (),
        description_zh=row["description_zh"],
        description=row["description"],
        words=() if is_choice else named,
    )


def _choice(text: str) -> Choice:
    value, _, labels = text.partition("=")
    return Choice(value=value, labels=tuple(labels.split("|")))
