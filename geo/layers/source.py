"""Which rows of a file belong to the layer: headings found, totals and notes set aside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.errors import DataError, MissingColumnError
from geo.layers.cells import folded, is_blank, plain
from geo.layers.files import SUFFIXES, check_file, unpacked
from geo.layers.headers import (
    PLACES,
    Headings,
    find_headings,
    headings_of_fields,
    long_positions,
)
from geo.layers.tables import Sheet, any_filled, read_sheets
from geo.layers.vectors import SHAPE_KINDS, read_shapes
from geo.schema import LayerSchema
from geo.text import say

Aside = Literal["total", "subtotal", "note", "heading"]

_TOTAL: Final = re.compile(
    r"(全[县市区镇乡]|全街道|本[县市区镇]|各.{0,4})?(合计|总计|共计|总数|总和)[:：]?"
)
_SUBTOTAL: Final = re.compile(r".{0,12}小计[:：]?")
_NOTE: Final = re.compile(
    r"[(（]?(注|备注|说明|填表|制表|审核|填报|数据来源|资料来源|单位负责人|联系人|打印|第\d+页).*"
)


@dataclass(frozen=True, slots=True)
class Source:
    """The rows of one file that belong to a layer, as they stand."""

    headings: Headings
    cells: NDArray[np.object_]
    """(n, n_heading)"""
    rows: NDArray[np.int64]
    """(n,) row number a user sees: headings included in a table, the feature's number in shapes."""
    geometry: NDArray[np.object_] | None = None
    """(n,) shapely geometries, when the file holds shapes."""
    crs: pyproj.CRS | None = None
    """The reference system the file states."""
    aside: dict[int, Aside] = field(default_factory=dict)
    """Position in ``cells`` of rows that are no rows of the layer."""
    merged: tuple[tuple[int, str], ...] = ()
    """Row number and heading of cells whose merged number stays in its first row only."""
    filled: int = 0
    """How many cells were filled from a merged cell above."""
    ragged: tuple[int, ...] = ()
    """Row numbers of a text table that have more cells than there are headings."""
    sheet: str = ""

    def column(self, name: str) -> NDArray[np.object_]:
        """Return the cells (n,) of a column of the layer."""
        return self.cells[:, self.headings.columns[name]]


def open_source(
    path: Path, schema: LayerSchema, *, mapping: Mapping[str, str], sheet: str | None
) -> Source:
    """Return the rows of a file, whatever its format.

    Raises
    ------
    DataError
        The file cannot be read, or the sheet or layer to read must be named.
    MissingColumnError
        No row looks like the headings of this layer.
    """
    kind = check_file(path)
    if kind in (".zip", ".kmz"):
        with unpacked(path) as folder:
            return _open(*_only(folder, path, sheet), schema, mapping, None)
    return _open(path, kind, schema, mapping, sheet)


def _open(
    path: Path, kind: str, schema: LayerSchema, mapping: Mapping[str, str], sheet: str | None
) -> Source:
    if kind in SHAPE_KINDS:
        return _from_shapes(path, kind, schema, mapping, sheet)
    return _from_sheets(read_sheets(path, kind), path, schema, mapping, sheet)


def _only(folder: Path, path: Path, wanted: str | None) -> tuple[Path, str]:
    """Return the one file in an unpacked zip that can be read."""
    kinds = [kind for kind in SUFFIXES if kind not in (".zip", ".kmz", ".txt", ".json")]
    found = sorted(
        p
        for p in folder.rglob("*")
        if p.suffix.lower() in kinds and not p.name.startswith(".") and "__MACOSX" not in p.parts
    )
    if wanted is not None:
        found = [p for p in found if wanted in (p.name, p.stem)]
    if len(found) == 1:
        return found[0], check_file(found[0])
    names = "、".join(p.name for p in found)
    raise DataError(
        say(
            f"“{path.name}”里有 {len(found)} 个可导入的文件，应当只有一个。",
            f"{path.name} holds {len(found)} files that could be read; one was expected",
        ),
        hint=say(
            f"用 --sheet 指定其中一个：{names}" if found else f"zip 里应有 {'、'.join(kinds)}",
            f"use --sheet with one of: {names}" if found else f"put one of {', '.join(kinds)} in",
        ),
    )


def _from_shapes(
    path: Path, kind: str, schema: LayerSchema, mapping: Mapping[str, str], layer: str | None
) -> Source:
    shapes = read_shapes(path, kind, layer=layer)
    headings = headings_of_fields(shapes.fields, schema, mapping, clipped=kind == ".shp")
    require_columns(headings, schema, path)
    return Source(
        headings=headings,
        cells=shapes.cells,
        rows=np.arange(1, len(shapes.cells) + 1),
        geometry=shapes.geometry,
        crs=shapes.crs,
        sheet=layer or "",
    )


def _from_sheets(
    sheets: list[Sheet],
    path: Path,
    schema: LayerSchema,
    mapping: Mapping[str, str],
    wanted: str | None,
) -> Source:
    names = [sheet.name for sheet in sheets]
    if wanted is not None:
        if wanted not in names:
            raise DataError(
                say(f"“{path.name}”里没有工作表“{wanted}”。", f"{path.name}: no sheet {wanted!r}"),
                hint=say(f"现有：{'、'.join(names)}", f"sheets: {', '.join(names)}"),
            )
        sheets = [sheet for sheet in sheets if sheet.name == wanted]
    found = [(s, find_headings(s.grid, s.merges, schema, mapping)) for s in sheets]
    whole = [
        (sheet, headings)
        for sheet, headings in found
        if headings is not None and not _missing(headings, schema, sheet)
    ]
    whole = _best(whole)
    if len(whole) > 1:
        listed = [sheet.name for sheet, _ in whole]
        raise DataError(
            say(
                f"“{path.name}”有 {len(whole)} 张工作表都像“{schema.zh}”：{'、'.join(listed)}。",
                f"{path.name}: {len(whole)} sheets look like {schema.en}: {', '.join(listed)}",
            ),
            hint=say("用 --sheet 指定一张。", "name one with --sheet"),
        )
    if not whole:
        best = max(
            (headings for _, headings in found if headings is not None),
            key=lambda headings: len(headings.columns),
            default=None,
        )
        raise _no_headings(path, schema, best)
    sheet, headings = whole[0]
    return _rows(sheet, headings, schema)


def _missing(headings: Headings, schema: LayerSchema, sheet: Sheet | None) -> list[str]:
    """Return labels of required columns that no heading gives; a key can be numbered instead."""
    if sheet is not None and long_positions(headings):
        return []
    return [
        column.label
        for column in schema.columns
        if column.required and column.name not in headings.columns
    ]


def _best(found: list[tuple[Sheet, Headings]]) -> list[tuple[Sheet, Headings]]:
    """Drop sheets without rows, and explanations that name a few columns in passing."""
    filled = [(s, h) for s, h in found if any(map(any_filled, s.grid[h.row + 1 :]))] or found[:1]
    most = max((len(headings.columns) for _, headings in filled), default=0)
    return [(s, h) for s, h in filled if 2 * len(h.columns) > most]


def require_columns(headings: Headings, schema: LayerSchema, path: Path) -> None:
    """Refuse headings that lack a required column.

    Raises
    ------
    MissingColumnError
        Naming the columns, those the file has, and how to map them.
    """
    if _missing(headings, schema, None):
        raise _no_headings(path, schema, headings)


def _no_headings(path: Path, schema: LayerSchema, best: Headings | None) -> MissingColumnError:
    required = "、".join(column.label for column in schema.columns if column.required)
    if best is None:
        return MissingColumnError(
            say(
                f"“{path.name}”前 20 行里找不到“{schema.zh}”的表头。",
                f"{path.name}: no headings of {schema.en} in the first 20 rows",
            ),
            hint=say(
                f"表头至少要有：{required}。可用 fuwuquan template {schema.name} 生成模板。",
                f"it needs at least: {required}; see fuwuquan template {schema.name}",
            ),
        )
    missing = _missing(best, schema, None)
    seen = "、".join(text for text in best.texts if not text.startswith("列"))[:300]
    return MissingColumnError(
        say(
            f"“{path.name}”缺少“{schema.zh}”的必填列：{'、'.join(missing)}。文件里的列：{seen}。",
            f"{path.name} lacks required columns of {schema.en}: {', '.join(missing)}; "
            f"it has: {seen}",
        ),
        hint=say(
            '若列名写法不同，请用 --mapping 指定一个对照文件，例如 households = "入住数"。',
            'if a heading is worded differently, map it: --mapping with households = "Homes"',
        ),
    )


def _rows(sheet: Sheet, headings: Headings, schema: LayerSchema) -> Source:
    grid, filled, merged = _fill_merged(sheet, headings, schema)
    width = len(headings.texts)
    lines = [
        (number, row)
        for number, row in enumerate(grid[headings.row + 1 :], start=headings.row + 2)
        if any_filled(row)
    ]
    cells = np.full((len(lines), width), None, dtype=object)
    for i, (_, row) in enumerate(lines):
        cells[i, : len(row)] = row[:width]
    named = max(p + 1 for p, text in enumerate(headings.texts) if not text.startswith("列"))
    text_table = not sheet.name
    source = Source(
        headings=headings,
        cells=cells,
        ragged=tuple(n for n, row in lines if text_table and any_filled(row[named:])),
        rows=np.array([number for number, _ in lines], dtype=np.int64),
        merged=merged,
        filled=filled,
        sheet=sheet.name,
    )
    return replace(source, aside=_asides(source, schema))


def _fill_merged(
    sheet: Sheet, headings: Headings, schema: LayerSchema
) -> tuple[list[list[object]], int, tuple[tuple[int, str], ...]]:
    """Give every row of a merged cell its words; a merged number stays in its first row."""
    if not sheet.merges:
        return sheet.grid, 0, ()
    counted = {
        headings.columns[column.name]
        for column in schema.columns
        if column.type in ("int", "float") and column.name in headings.columns
    }
    grid = [list(row) for row in sheet.grid]
    filled = 0
    merged = []
    for top, left, bottom, _ in sheet.merges:
        if top <= headings.row or bottom == top or bottom >= len(grid) or left >= len(grid[top]):
            continue
        value = grid[top][left]
        if is_blank(value):
            continue
        if left in counted:
            merged.append((top + 1, headings.texts[left]))
            continue
        for row in range(top + 1, bottom + 1):
            if not any_filled(grid[row]):
                continue
            grid[row] += [None] * (left + 1 - len(grid[row]))
            grid[row][left] = value
            filled += 1
    return grid, filled, tuple(merged)


def _asides(source: Source, schema: LayerSchema) -> dict[int, Aside]:
    """Find the rows that total others, repeat the headings or only remark on the table."""
    columns = source.headings.columns
    named = [columns[name] for name in (schema.key, "code", "name") if name in columns]
    places = [columns[name] for name in PLACES if name in columns]
    heading = tuple(folded(text) for text in source.headings.texts)
    words = {*heading, ""}
    result: dict[int, Aside] = {}
    for i, row in enumerate(source.cells):
        at = next(position for position, cell in enumerate(row) if not is_blank(cell))
        first = folded(plain(row[at]))
        texts = [first, *(plain(row[position]) for position in named)]
        if first in words and _repeats(row, heading):
            result[i] = "heading"
        elif any("计" in text or "总" in text for text in texts):
            kind = _total_kind([folded(text) for text in texts])
            if kind is not None and all(is_blank(row[position]) for position in places):
                result[i] = kind
        elif _NOTE.fullmatch(first) and sum(not is_blank(cell) for cell in row) <= 2 < len(heading):  # noqa: PLR2004 - a label and a text
            result[i] = "note"
    return result


def _repeats(row: NDArray[np.object_], heading: tuple[str, ...]) -> bool:
    texts = [folded(plain(cell)) for cell in row]
    filled = [position for position, text in enumerate(texts) if text]
    return len(filled) > 1 and all(texts[p] == heading[p] for p in filled)


def _total_kind(texts: list[str]) -> Aside | None:
    if any(_TOTAL.fullmatch(text) for text in texts):
        return "total"
    return "subtotal" if any(_SUBTOTAL.fullmatch(text) for text in texts) else None
