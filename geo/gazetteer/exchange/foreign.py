"""Records of other formats as rows of a census, with everything that is not fit named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely

from geo.errors import DataError, NotFoundError
from geo.gazetteer.exchange.faulty import FaultyCell, shown
from geo.gazetteer.exchange.fields import field_of
from geo.gazetteer.exchange.sheets import Sheet, SheetRow
from geo.gazetteer.exchange.values import Cell, CellError, understood
from geo.text import say

Given = Mapping[str, tuple[str, Any]]
"""By heading of the census: what the format calls it, and what it holds."""

_LONGEST: Final = 60


@dataclass(slots=True)
class Records:
    """Rows in the making, and what is wrong with the records they come from."""

    title: str
    """Name of the file, which messages give."""
    rows: list[SheetRow] = field(default_factory=list)
    faults: list[FaultyCell] = field(default_factory=list)

    def add(
        self, number: int, given: Given, *, kept: Mapping[str, Any] | None = None, own_id: str = ""
    ) -> None:
        """Take one record.

        Parameters
        ----------
        number
            Which it is in the file; messages give it.
        given
            What it says.
        kept
            What the census has no column for; it is kept as text under its own heading.
        own_id
            The gazetteer's own id, where the record has it.
        """
        cells: dict[str, Cell] = {}
        values: dict[str, Any] = {}
        for heading, (theirs, cell) in given.items():
            known = field_of("place", heading)
            assert known is not None, heading
            try:
                value = understood(_cell(cell), known)
            except CellError as error:
                wanted, advice = error.args
                self.fault(number, theirs, cell, wanted, advice)
                cells[heading] = str(cell)
                continue
            cells[heading] = _cell(cell)
            values[known.target] = value
        if not values.get("name") and not any(f.row == number for f in self.faults):
            theirs = given.get("标准名称", ("标准名称", None))[0]
            self.fault(number, theirs, None, say("标准名称", "a name"), say("请填写", "fill it in"))
        for heading, said in (kept or {}).items():
            if said not in (None, "", [], {}):
                cells[heading] = said if isinstance(said, str) else _json(said)
        self.rows.append(SheetRow(number, cells, values, own_id))

    def fault(self, number: int, where: str, found: object, wanted: str, advice: str) -> None:
        """Note what is wrong with a record."""
        told = found if isinstance(found, str) or found is None else _json(found)[:_LONGEST]
        self.faults.append(FaultyCell(self.title, number, where, shown(told), wanted, advice))

    def done(self) -> tuple[list[Sheet], list[FaultyCell]]:
        """Return the sheet that the rows make up, and all that is wrong."""
        headings = list(dict.fromkeys(heading for row in self.rows for heading in row.cells))
        for row in self.rows:
            row.cells = {heading: row.cells.get(heading) for heading in headings}
        return [Sheet("place", self.title, headings, self.rows)], self.faults


def text_of(path: Path, what: str) -> str:
    """Return what a file of text holds.

    Raises
    ------
    NotFoundError
        There is none.
    DataError
        It is no UTF-8.
    """
    if not path.is_file():
        raise NotFoundError(say(f"没有文件“{path}”。", f"there is no file {path}."))
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(
            say(f"“{path.name}”不是 UTF-8 文字。", f"{path.name} is no text in UTF-8."),
            hint=say(f"请另存为 UTF-8 的 {what} 文件。", f"Save it as {what} in UTF-8."),
        ) from None


def placed(theirs: str, shape: shapely.Geometry | None) -> dict[str, tuple[str, Any]]:
    """Return the columns that say where a record is."""
    if shape is None or shapely.is_empty(shape):
        return {}
    plain = _gathered(shape)
    if isinstance(plain, shapely.Point):
        return {"东经": (theirs, plain.x), "北纬": (theirs, plain.y)}
    west, south, east, north = map(float, shapely.bounds(plain))
    return {
        "东经": (theirs, west),
        "至东经": (theirs, east),
        "北纬": (theirs, south),
        "至北纬": (theirs, north),
        "图形": (theirs, shapely.to_wkt(plain, rounding_precision=9, trim=True)),
    }


def _gathered(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a collection as its widest parts: areas, else lines, else points."""
    if not isinstance(shape, shapely.GeometryCollection):
        return shape
    parts = list(_leaves(shape.geoms))
    most = max(int(shapely.get_dimensions(part)) for part in parts)
    widest = [part for part in parts if shapely.get_dimensions(part) == most]
    if len(widest) == 1:
        return widest[0]
    single = [leaf for part in widest for leaf in shapely.get_parts(part)]
    gather: Any = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[most]
    gathered: shapely.Geometry = gather(single)
    return gathered


def _leaves(shapes: Iterable[shapely.Geometry]) -> Iterable[shapely.Geometry]:
    for one in shapes:
        if isinstance(one, shapely.GeometryCollection):
            yield from _leaves(one.geoms)
        elif not shapely.is_empty(one):
            yield one


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever JSON holds
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise CellError(
            say("文字或数字", "text or a number"), say("请改为文字", "write it as text")
        )
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
