"""Which column of a file is which column of a layer, and where the headings stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from geo.layers.cells import plain
from geo.layers.tables import Grid, Merge
from geo.schema import LayerSchema

SEARCHED_ROWS: Final = 20
"""Headings are looked for in this many rows; above them stand titles and units of the sheet."""

PLACES: Final[dict[str, tuple[str, ...]]] = {
    "lon": (
        "lon", "经度", "lng", "longitude", "long", "东经", "x", "x坐标", "经度坐标", "坐标x",
        "中心经度", "poi经度", "横坐标", "东坐标", "高德经度", "百度经度", "gps经度", "经度e",
        "gcj02经度", "bd09经度", "wgs84经度", "gcjlng", "bdlng", "wgslng", "wgs84lng", "easting",
    ),
    "lat": (
        "lat", "纬度", "latitude", "北纬", "y", "y坐标", "纬度坐标", "坐标y",
        "中心纬度", "poi纬度", "纵坐标", "北坐标", "高德纬度", "百度纬度", "gps纬度", "纬度n",
        "gcj02纬度", "bd09纬度", "wgs84纬度", "gcjlat", "bdlat", "wgslat", "wgs84lat", "northing",
    ),
    "lonlat": (
        "lonlat", "坐标", "经纬度", "经纬度坐标", "lnglat", "location", "坐标点", "地理坐标",
        "gps坐标", "高德坐标", "百度坐标", "coordinates", "位置坐标", "定位",
        "经度,纬度", "经度、纬度",
    ),
    "wkt": ("wkt", "geometry", "geom", "thegeom", "几何", "shape", "空间几何", "geowkt"),
}  # fmt: skip
"""Headings that give a place rather than a column of the layer."""

_INDICATOR: Final = frozenset(
    (
        "指标",
        "指标名称",
        "统计指标",
        "项目",
        "项目名称",
        "统计项目",
        "indicator",
        "variable",
        "item",
    )
)
_VALUE: Final = frozenset(("数值", "值", "指标值", "数量", "数据", "value"))
_FACTORS: Final[dict[tuple[str, str], float]] = {
    ("m2", "亩"): 2000 / 3,
    ("m2", "公顷"): 1e4,
    ("m2", "ha"): 1e4,
    ("m2", "平方公里"): 1e6,
    ("m2", "km2"): 1e6,
}
_BRACKETS: Final = str.maketrans("【】[]", "()()")
_SCALES: Final = {"十": 10.0, "百": 100.0, "千": 1e3, "万": 1e4, "亿": 1e8}
# A scale stands before a unit or, from a thousand on, alone: （十八岁以下）, （百分比） are none.
_SCALED: Final = re.compile(
    r"(?P<scale>[十百千万亿])"
    r"(?:元|人|人次|口|户|名|个|家|张|位|床位?|座|间|处|穴|格位?|平方米|平米|m2)"
    r"|(?P<alone>[千万亿])"
)


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the headings of a grid stand and what they mean."""

    row: int
    """Row of the grid (counted from 0) of the last heading row."""
    texts: tuple[str, ...]
    """Heading of every column, made unique; empty headings are ``列n``."""
    columns: dict[str, int]
    """Column of the layer, or lon, lat, lonlat, wkt, to the position in the grid."""
    factors: dict[str, float] = field(default_factory=dict)
    """What numbers of a column are multiplied by: its heading names a larger unit."""
    shadowed: dict[int, str] = field(default_factory=dict)
    """Positions that mean a column another position already gives."""

    @property
    def mapping(self) -> dict[str, str]:
        """Column of the layer to heading of the file: what a workspace remembers."""
        return {name: self.texts[position] for name, position in self.columns.items()}


def heading_key(text: str) -> str:
    """Return a heading without spaces, marks, case and width, for comparing.

    Examples
    --------
    >>> heading_key(" 建筑面积（㎡）* "), heading_key("floor_area_m2")
    ('建筑面积(m2)', 'flooraream2')
    """
    key = unicodedata.normalize("NFKC", text).lower()
    key = re.sub(r"[\s_\-*:：★#\"'“”]+", "", key).translate(_BRACKETS)
    whole = re.fullmatch(r"\(([^()]*)\)", key)
    return whole[1] if whole else key


def without_unit(key: str) -> str:
    """Return a heading key without its brackets.

    Examples
    --------
    >>> without_unit("建筑面积(m2)")
    '建筑面积'
    """
    return re.sub(r"\([^()]*\)", "", key).split("/")[0]


def map_headings(
    texts: Sequence[str], schema: LayerSchema, mapping: Mapping[str, str]
) -> tuple[dict[str, int], dict[int, str]]:
    """Return the position of each column of a layer, and the positions left over by a twin.

    Parameters
    ----------
    texts
        Headings of the file.
    schema
        The layer.
    mapping
        Column to heading, or heading to column, as a planner wrote it; it beats every synonym.
    """
    keys = [heading_key(text) for text in texts]
    found: dict[str, int] = {}
    for name, heading in oriented(mapping, schema).items():
        position = _position(heading, texts, keys)
        if position is not None:
            found[name] = position
    shadowed: dict[int, str] = {}
    words = _words(schema)
    # The label beats a synonym, an earlier synonym a later one, and a whole heading one cut down.
    hits = sorted(
        (rank, position, name)
        for position, key in enumerate(keys)
        for name, rank in _meanings(key, words)
    )
    for _, position, name in hits:
        if position in found.values():
            continue
        if name in found:
            shadowed.setdefault(position, name)
        else:
            found[name] = position
            shadowed.pop(position, None)
    return found, shadowed


def oriented(mapping: Mapping[str, str], schema: LayerSchema) -> dict[str, str]:
    """Return a mapping as column to heading, whichever way round it was written."""
    names = {column.name for column in schema.columns} | set(PLACES)
    return {
        (left if left in names else right): (right if left in names else left)
        for left, right in mapping.items()
        if left in names or right in names
    }


def find_headings(
    grid: Grid, merges: Sequence[Merge], schema: LayerSchema, mapping: Mapping[str, str]
) -> Headings | None:
    """Return the headings of a grid, or None when no row looks like headings of this layer.

    Titles above the headings are passed over. Two heading rows (groups above, columns below) are
    read as one when together they name more columns.
    """
    best: tuple[float, Headings] | None = None
    words = frozenset(_words(schema))
    for row in range(min(SEARCHED_ROWS, len(grid))):
        for depth in (1, 2):
            if row + depth > len(grid):
                continue
            texts = _texts(grid, row, depth, merges, words)
            columns, shadowed = map_headings(texts, schema, mapping)
            score = len(columns) - 0.5 * (depth - 1) - 0.01 * row
            if _plausible(columns, schema, texts) and (best is None or score > best[0]):
                headings = Headings(
                    row=row + depth - 1,
                    texts=_unique(texts),
                    columns=columns,
                    factors=_factors(texts, columns, schema),
                    shadowed=shadowed,
                )
                best = score, headings
    return None if best is None else best[1]


def headings_of_fields(
    fields: Sequence[str],
    schema: LayerSchema,
    mapping: Mapping[str, str],
    *,
    clipped: bool = False,
) -> Headings:
    """Return the headings of a file that names its fields.

    Parameters
    ----------
    fields
        Field names.
    schema
        The layer.
    mapping
        As in ``map_headings``.
    clipped
        Whether names were cut to ten bytes, as in a shapefile.
    """
    texts = [_completed(text, schema) for text in fields] if clipped else list(fields)
    columns, shadowed = map_headings(texts, schema, mapping)
    columns |= {
        name: list(fields).index(heading)
        for name, heading in oriented(mapping, schema).items()
        if heading in fields
    }
    return Headings(
        row=-1,
        texts=_unique(fields),
        columns=columns,
        factors=_factors(texts, columns, schema),
        shadowed={k: v for k, v in shadowed.items() if k not in columns.values()},
    )


def long_positions(headings: Headings) -> tuple[int, int] | None:
    """Return where a long table has its indicator and its value; None for a wide table."""
    keys = [without_unit(heading_key(text)) for text in headings.texts]
    indicator = [position for position, key in enumerate(keys) if key in _INDICATOR]
    value = [position for position, key in enumerate(keys) if key in _VALUE]
    return (indicator[0], value[0]) if indicator and value else None


def _completed(text: str, schema: LayerSchema) -> str:
    """Return the one known heading that was cut to this text, or the text itself."""
    key = heading_key(text)
    words = _words(schema)
    if key in words or len(text.encode("gb18030", "replace")) < 8:  # noqa: PLR2004 - not cut
        return text
    longer = [word for word in words if word.startswith(key)]
    return longer[0] if len({words[word][0][0] for word in longer}) == 1 else text


@cache
def _words(schema: LayerSchema) -> Mapping[str, list[tuple[str, float]]]:
    """Return every known heading key with the columns it may mean and how good a sign it is."""
    words: dict[str, list[tuple[str, float]]] = {}
    for column in schema.columns:
        texts = (column.label_zh, column.name, column.label_en, *column.synonyms)
        for rank, text in enumerate(texts):
            words.setdefault(heading_key(text), []).append((column.name, float(rank)))
    for name, texts in PLACES.items():
        for rank, text in enumerate(texts):
            words.setdefault(heading_key(text), []).append((name, 20.0 + rank))
    return words


def _meanings(key: str, words: Mapping[str, list[tuple[str, float]]]) -> list[tuple[str, float]]:
    if not key:
        return []
    found = list(words.get(key, []))
    short = without_unit(key)
    if short and short != key:
        found += [(name, rank + 100) for name, rank in words.get(short, [])]
    return found


def _position(heading: str, texts: Sequence[str], keys: Sequence[str]) -> int | None:
    if heading in texts:
        return list(texts).index(heading)
    key = heading_key(heading)
    return keys.index(key) if key in keys else None


def _plausible(columns: Mapping[str, int], schema: LayerSchema, texts: Sequence[str]) -> bool:
    filled = sum(bool(text) for text in texts)
    required = {column.name for column in schema.columns if column.required}
    return bool(columns) and (len(columns) >= 2 or filled == 1 or bool(required & set(columns)))  # noqa: PLR2004 - one hit may be a word in a title


def _texts(
    grid: Grid, row: int, depth: int, merges: Sequence[Merge], words: frozenset[str]
) -> list[str]:
    width = max((len(line) for line in grid[row : row + SEARCHED_ROWS]), default=0)
    last = [plain(cell) for cell in grid[row + depth - 1]]
    last += [""] * (width - len(last))
    if depth == 1:
        return last
    top = [plain(cell) for cell in grid[row]]
    top += [""] * (width - len(top))
    for first_row, left, _, right in merges:
        if first_row == row:
            top[left : right + 1] = [top[left]] * (right + 1 - left)
    if any(len(text) > 30 for text in last):  # noqa: PLR2004 - a sentence, not a heading
        return [""] * width
    return [_joined(above, below, words) for above, below in zip(top, last, strict=True)]


def _joined(above: str, below: str, words: frozenset[str]) -> str:
    """Return a group's heading and its column's as one, or the column's when that is known."""
    both = below if above == below else f"{above}{below}"
    return below if heading_key(both) not in words and heading_key(below) in words else both


def _unique(texts: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    result = []
    for position, text in enumerate(texts):
        name = text or f"列{position + 1}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}({seen[name]})")
    return tuple(result)


def _factors(
    texts: Sequence[str], columns: Mapping[str, int], schema: LayerSchema
) -> dict[str, float]:
    factors = {}
    for column in schema.columns:
        if column.name not in columns or column.type not in ("int", "float"):
            continue
        match = re.search(r"\(([^()]*)\)", heading_key(texts[columns[column.name]]))
        unit = match[1].removeprefix("单位") if match else ""
        scaled = _SCALED.fullmatch(unit)
        scale = _SCALES[scaled["scale"] or scaled["alone"]] if scaled else 1.0
        factor = _FACTORS.get((column.unit, unit), scale)
        if factor != 1.0:
            factors[column.name] = factor
    return factors
