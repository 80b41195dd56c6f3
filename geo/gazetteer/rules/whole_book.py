"""The rules over a whole gazetteer, as one table: what is wrong, where, and what the law says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import CGCS2000
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.entries import entries
from geo.gazetteer.lookup import cards
from geo.gazetteer.rules.audit import audit
from geo.gazetteer.rules.check import check_name
from geo.gazetteer.rules.model import Finding, Proposal
from geo.gazetteer.rules.pack import Pack
from geo.gazetteer.rules.sound import syllables_of
from geo.gazetteer.rules.standing import Standing, standing
from geo.gazetteer.tables import SECRECIES
from geo.gazetteer.veil import OPEN, Veil, veil
from geo.gazetteer.words import class_word, word
from geo.text import say

COLUMNS: Final = (
    "rule", "verdict", "verdict_zh", "article", "name", "class_name", "division", "code",
    "why", "conflicts", "distance_m", "place_id",
)  # fmt: skip
OF_NAMES: Final = frozenset({"R2", "R4", "R5", "R6", "R7", "R8a", "R8b", "R8c", "R8d", "R9", "R15"})
"""Rules that are asked of every standing name; the others are about giving one, or audited."""
_BAD: Final = ("block", "warn")
_UNITS: Final = "27"
"""Class of organisations, whose names are registered under other law."""
_SHAPED: Final = ("line", "marker", "sign")
_WORDS: Final = ("name", "division", "why", "conflicts")


def audited(
    book: Gazetteer,
    pack: Pack,
    on: date,
    *,
    division: str = "",
    secret: bool = True,
    progress: Callable[[float], None] | None = None,
) -> gpd.GeoDataFrame:
    """Return what is against the rules on a day, one row a finding, worst first.

    Every standing standard name but those of organisations is checked as one that stands (R2, R4 to
    R9, R15), and the gazetteer as a whole is audited (R16 to R18, R20 to R23).

    Parameters
    ----------
    book, pack, on
        The gazetteer, the rules and the day.
    division
        Only names in divisions whose code begins so.
    secret
        Whether secret places are audited too; else none is looked at, compared with or named.
    progress
        Told the share that is done.

    Returns
    -------
    GeoDataFrame
        The columns of `COLUMNS`; the geometry is that of the place, line, stone or sign, in
        EPSG:4490.
    """
    hidden = None if secret else veil(book)
    stood = standing(book, on=on, secrecies=SECRECIES if secret else OPEN)
    found = [one for one in audit(book, pack, on, stood=stood, veil=hidden) if one.verdict in _BAD]
    if progress is not None:
        progress(0.5)
    found += _standing_names(book, stood, pack, on, progress, hidden=hidden)
    frame = _framed(book, found, stood, on)
    if hidden is not None:
        for column in _WORDS:
            frame[column] = frame[column].map(hidden.over, na_action="ignore").astype("string")
    if division:
        kept = frame["division_code"].str.startswith(division)
        frame = frame[kept.to_numpy(bool, na_value=False)]
    order = {verdict: at for at, verdict in enumerate(_BAD)}
    rank = frame["verdict"].map(order).to_numpy()
    number = frame["rule"].str.extract(r"(\d+)", expand=False).astype(int).to_numpy()
    sorted_rows = np.lexsort((frame["name"].to_numpy(str), number, rank))
    return frame.iloc[sorted_rows].drop(columns="division_code").reset_index(drop=True)


def _standing_names(
    book: Gazetteer,
    stood: Standing,
    pack: Pack,
    on: date,
    progress: Callable[[float], None] | None,
    *,
    hidden: Veil | None,
) -> list[Finding]:
    """Check every standing name as one that is recorded, not given."""
    frame = entries(book, on=on, kinds=["standard"])
    if hidden is not None:
        frame = frame[~frame["place_id"].isin(hidden.places)]
    frame = frame[~frame["status"].isin(["rejected", "historical"])]
    frame = frame[~frame["class_code"].str.startswith(_UNITS)]
    found: list[Finding] = []
    own = Pack(pack.names, {k: r for k, r in pack.rules.items() if k in OF_NAMES}, pack.sha256)
    columns = ["place_id", "text", "class_code", "division_code", "reading", "reading_source"]
    plain = frame[columns].fillna("").astype(str).to_dict("records")
    shapes = np.asarray(frame.geometry.array, dtype=object)
    for done, (row, shape) in enumerate(zip(plain, shapes, strict=True), start=1):
        firm = row["reading_source"] not in ("", "model", "given")
        proposal = Proposal(
            row["text"],
            class_code=row["class_code"],
            geometry=shape,
            division_code=row["division_code"],
            reading=syllables_of(row["reading"]) if firm else (),
            act="recording",
            place_id=row["place_id"],
        )
        report = check_name(proposal, stood, own, on=on, suggest=False)
        found += [
            Finding(**{f: getattr(one, f) for f in one.__slots__} | {"about": row["place_id"]})
            for one in report.findings
            if one.verdict in _BAD
        ]
        if progress is not None and done % 200 == 0:
            progress(0.5 + 0.5 * done / len(plain))
    return found


def _framed(book: Gazetteer, found: list[Finding], stood: Standing, on: date) -> gpd.GeoDataFrame:
    ids = list(dict.fromkeys(one.about for one in found if one.about))
    places = cards(book, ids, on=on)
    shapes = {n.place_id: n.geometry for n in stood.names if n.geometry is not None}
    things = {
        row["id"]: (record, row)
        for record in (*_SHAPED, "task")
        for row in book.rows(record)
        if row["id"] not in places
    }
    rows, at = [], []
    for one in found:
        card = places.get(one.about)
        record, thing = things.get(one.about, ("", {}))
        name = (
            card.name
            if card
            else str(thing.get("name") or thing.get("number") or thing.get("title") or "")
        )
        rows.append(
            {
                "rule": one.rule,
                "verdict": one.verdict,
                "verdict_zh": word("verdict", one.verdict),
                "article": one.article,
                "name": name,
                "class_name": class_word(card.class_code) if card else word("record", record),
                "division": card.division if card else "",
                "code": card.code if card else str(thing.get("code") or thing.get("number") or ""),
                "why": one.message,
                "conflicts": say("、", ", ").join(dict.fromkeys(c.text for c in one.conflicts)),
                "distance_m": min(
                    (c.distance_m for c in one.conflicts if c.distance_m is not None), default=None
                ),
                "place_id": one.about,
                "division_code": card.division_code if card else "",
            }
        )
        at.append(shapes.get(one.about) or _shape(thing))
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "division_code"])
    kinds = dict.fromkeys(frame.columns, "string") | {"distance_m": "Float64"}
    return gpd.GeoDataFrame(frame.astype(kinds), geometry=np.array(at, dtype=object), crs=CGCS2000)


def _shape(thing: dict[str, Any]) -> shapely.Geometry | None:
    return thing.get("shape")


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how many findings each rule has, by verdict, in the order of the rules."""
    counts = pd.crosstab(frame["rule"], frame["verdict"]).reindex(columns=_BAD, fill_value=0)
    number = counts.index.str.extract(r"(\d+)", expand=False).astype(int)
    return counts.iloc[np.argsort(number, kind="stable")].reset_index()
