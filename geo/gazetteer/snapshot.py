"""The gazetteer of any day: what every place was called then, to what it belonged, where it lay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import CGCS2000
from geo.errors import NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.classes import class_of
from geo.gazetteer.entries import codes, entries, parents
from geo.gazetteer.succession import code_then, lines_on, stones_on, to_come
from geo.gazetteer.words import class_word, word
from geo.store.export import write_map
from geo.store.tables import write_table
from geo.text import say

COLUMNS: Final = (
    "place_id", "name", "roman", "class_code", "class_name", "parent", "parents",
    "division_code", "code", "alias", "former", "since", "until", "secrecy",
)  # fmt: skip
_SHOWN: Final = {"standard", "planned"}
_LAYERS: Final = {
    "placename_point": ("Point", "MultiPoint"),
    "placename_line": ("LineString", "MultiLineString"),
    "placename_area": ("Polygon", "MultiPolygon"),
}
_DEEPEST: Final = 12
_DECIMALS: Final = 7
"""Of degrees in a list: a centimetre on the ground."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The gazetteer of one day."""

    on: date
    places: gpd.GeoDataFrame
    """One row a place with a name: the columns of `COLUMNS`, in EPSG:4490."""
    lines: gpd.GeoDataFrame
    """Boundary lines: ``code name parties``."""
    stones: gpd.GeoDataFrame
    """Boundary stones: ``number line responsible condition``."""


def as_of(book: Gazetteer, on: date, *, public: bool = False) -> Snapshot:
    """Return the gazetteer as it was, or will be, on a day.

    Parameters
    ----------
    book
        The gazetteer.
    on
        The day.
    public
        Whether only open records are given.
    """
    frame = entries(book, on=on)
    if public:
        frame = frame[(frame["secrecy"] == "public").to_numpy(bool, na_value=False)]
    frame = frame[frame["status"] != "rejected"]
    names = frame[frame["kind"].isin(_SHOWN)]
    names = names.sort_values(["place_id", "kind", "name_id"], ascending=[True, False, True])
    names = names.drop_duplicates("place_id").reset_index(drop=True)
    called = dict(zip(names["place_id"], names["text"], strict=True))
    up = parents(book, on=on)
    chains = [_chain(place, up) for place in names["place_id"]]
    kind = names["class_code"].fillna("")
    recorded = parents(book)
    untold = [
        "" if chain or place not in recorded else say("所属未记载", "parent not recorded")
        for place, chain in zip(names["place_id"], chains, strict=True)
    ]
    own = {**codes(book, "gb2260", on=on), **codes(book, "gbt10114", on=on)}
    written = _known_then(book, on)
    divisions = [
        next((own[one] for one in (*chain, place) if one in own), written(column))
        for place, chain, column in zip(
            names["place_id"], chains, names["division_code"].fillna(""), strict=True
        )
    ]
    place_codes = codes(book, "dmdm20", on=on)
    ended = names["valid_to"].fillna("")
    table = pd.DataFrame(
        {
            "place_id": names["place_id"],
            "name": names["text"],
            "roman": names["roman_toned"].fillna(""),
            "class_code": kind,
            "class_name": [class_word(one) for one in kind],
            "parent": [
                called.get(chain[0], "") if chain else none
                for chain, none in zip(chains, untold, strict=True)
            ],
            "parents": [
                " > ".join(called[one] for one in reversed(chain) if one in called) or none
                for chain, none in zip(chains, untold, strict=True)
            ],
            "division_code": divisions,
            "code": [place_codes.get(one, own.get(one, "")) for one in names["place_id"]],
            "alias": _others(frame, names["place_id"], "alias"),
            "former": _others(frame, names["place_id"], "former"),
            "since": names["valid_from"].fillna(""),
            "until": ended,
            "secrecy": names["secrecy"].fillna(""),
        }
    ).astype("string")
    places = gpd.GeoDataFrame(table, geometry=names.geometry.to_numpy(), crs=CGCS2000)
    by_class = np.lexsort((places["place_id"], places["name"], places["class_code"]))
    return Snapshot(on, places.iloc[by_class].reset_index(drop=True), *_borders(book, on))


def write_snapshot(snapshot: Snapshot, path: Path) -> list[Path]:
    """Write a day's gazetteer as ``.gpkg`` or ``.geojson`` (map) or ``.xlsx`` or ``.csv`` (list).

    Raises
    ------
    NotFoundError
        Nothing held on that day.
    """
    if snapshot.places.empty:
        raise NotFoundError(
            say(f"{snapshot.on} 没有有效的地名。", f"no name held on {snapshot.on}."),
            hint=say("请换一个日期。", "Choose another day."),
        )
    if path.suffix.lower() in (".xlsx", ".csv"):
        title = say(f"地名 {snapshot.on}", f"Names {snapshot.on}")
        listed = snapshot.places.assign(**_centres(snapshot.places))
        listed["secrecy"] = [word("secrecy", one) if one else "" for one in listed["secrecy"]]
        sheets = {title: listed}
        words = {title: headings()}
        if path.suffix.lower() == ".xlsx":
            lines, stones = say("界线", "Lines"), say("界桩", "Stones")
            sheets |= {lines: snapshot.lines, stones: snapshot.stones}
            words |= dict.fromkeys((lines, stones), headings())
        return write_table(path, sheets, headings=words)
    shaped = snapshot.places[~snapshot.places.geometry.isna()]
    if path.suffix.lower() == ".geojson":
        same = shaped.set_crs("EPSG:4326", allow_override=True)  # degrees taken as equal
        return [write_map(path, {"placename": same})]
    layers = {name: shaped[shaped.geom_type.isin(kinds)] for name, kinds in _LAYERS.items()}
    layers |= {"boundary_line": snapshot.lines, "boundary_stone": snapshot.stones}
    return [write_map(path, {name: layer for name, layer in layers.items() if len(layer)})]


def headings() -> dict[str, str]:
    """Return what stands above each column."""
    words = say(
        "编号 名称 拼写 类别代码 类别 所属 各级所属 政区代码 地名代码 别名 曾用名 起 止 密级",
        "Id Name Spelling Class Class_name Parent Parents Division Code Alias Former From Until "
        "Secrecy",
    ).split()
    more = {
        "lon": say("经度", "Longitude"), "lat": say("纬度", "Latitude"),
        "parties": say("毗邻政区", "Parties"), "number": say("界桩号", "Number"),
        "line": say("界线", "Line"), "responsible": say("负责方", "Responsible"),
        "condition": say("完好状况", "Condition"),
    }  # fmt: skip
    return dict(zip(COLUMNS, words, strict=True)) | more


def counted(snapshot: Snapshot) -> dict[str, int]:
    """Return how many places there are by the census's class, in its order."""
    groups = [class_of(code) for code in snapshot.places["class_code"]]
    found: dict[str, int] = {}
    for one in groups:
        name = say(one.group_zh, one.group) if one else say("其他", "other")
        found[name] = found.get(name, 0) + 1
    return found


def _known_then(book: Gazetteer, on: date) -> Callable[[str], str]:
    """Return what gives the code of a day for the code of a place's row, which has no date."""
    with book.reading() as connection:
        changes = to_come(connection, on)
    rows = [row for scheme in ("gb2260", "gbt10114") for row in book.rows("code", scheme=scheme)]
    dated = {row["value"] for row in rows}
    held = {row["value"] for row in rows if row["from_day"] <= on.toordinal() < row["end_day"]}

    def then(code: str) -> str:
        before = code_then(code, changes)
        return before if before in held or before not in dated else ""

    return then


def _chain(place: str, up: dict[str, str]) -> list[str]:
    chain: list[str] = []
    here = up.get(place, "")
    while here and here not in chain and len(chain) < _DEEPEST:
        chain.append(here)
        here = up.get(here, "")
    return chain


def _others(frame: gpd.GeoDataFrame, places: pd.Series, kind: str) -> list[str]:
    found: dict[str, list[str]] = {}
    rows = frame[frame["kind"] == kind]
    for place, text in zip(rows["place_id"], rows["text"], strict=True):
        found.setdefault(place, []).append(text)
    return ["；".join(found.get(place, ())) for place in places]


def _centres(places: gpd.GeoDataFrame) -> dict[str, np.ndarray]:
    at = shapely.point_on_surface(places.geometry.to_numpy())
    return {
        "lon": shapely.get_x(at).round(_DECIMALS),
        "lat": shapely.get_y(at).round(_DECIMALS),
    }


def _borders(book: Gazetteer, on: date) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    lines = sorted(lines_on(book, on), key=lambda row: row["code"])
    stones = sorted(stones_on(book, on), key=lambda row: row["number"])
    code_of = {row["id"]: row["code"] for row in lines}
    return (
        _framed(lines, {c: [r[c] for r in lines] for c in ("code", "name", "parties")}),
        _framed(
            stones,
            {
                "number": [r["number"] for r in stones],
                "line": [code_of.get(r["line_id"] or "", "") for r in stones],
                "responsible": [r["responsible"] for r in stones],
                "condition": [r["condition"] for r in stones],
            },
        ),
    )


def _framed(rows: list[Row], columns: dict[str, list[str]]) -> gpd.GeoDataFrame:
    shapes = np.array([row["shape"] for row in rows], dtype=object)
    frame = pd.DataFrame(columns).astype("string")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=CGCS2000)
