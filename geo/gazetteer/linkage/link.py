"""Link a second source with the gazetteer: sure pairs, pairs for an officer, and new places."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.linkage.alike import FEATURES, Alike, alike
from geo.gazetteer.linkage.apart import Apart, apart
from geo.gazetteer.linkage.candidates import RADIUS_M, Pairs, candidates
from geo.gazetteer.linkage.model import DOUBTFUL, SURE
from geo.gazetteer.linkage.retrain import current
from geo.gazetteer.linkage.settling import Source
from geo.gazetteer.linkage.side import Floats, Side, of_book, of_records
from geo.gazetteer.linkage.words import Words
from geo.gazetteer.tables import CODE_SCHEMES
from geo.text import say

Progress = Callable[[float], None]

BY_MODEL: Final = "model"
"""Who decided what no officer did."""
SAME: Final = "same"
NEW: Final = "new"
DIFFERENT: Final = "different"
DECISIONS: Final = (SAME, DIFFERENT, NEW)
_RIVAL: Final = 0.5
"""A pair is not sure beside another of its record or its place that is this probable."""
_CLEAR: Final = 0.3
"""A pair leads clearly when its names and distance are this much better than any rival's."""
_MOST: Final = 5
"""Pairs of one record that an officer is shown."""
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking a source found."""

    change_set_id: str
    batch_id: str
    records: int
    same: int
    """Records that surely are a place of the gazetteer."""
    queued: int
    """Records that an officer decides."""
    pairs: int
    """Pairs among which the officer decides."""
    new: int
    """Records that no place of the gazetteer is like."""


@dataclass(frozen=True, slots=True)
class Found:
    """One pair as it is kept."""

    theirs: int
    ours: int
    """-1: no place."""
    score: float
    decision: str
    pair: int
    """Position among the pairs; -1 where there is none."""


def link(
    book: Gazetteer,
    source: Source,
    *,
    author: str,
    at: datetime,
    reason: str = "",
    scheme: str = "local",
    radius_m: float = RADIUS_M,
    progress: Progress | None = None,
) -> Linked:
    """Find which records are places of the gazetteer and keep the findings in one change set.

    Nothing but a batch and its matches is written: names and places change when the decisions are
    applied.

    Parameters
    ----------
    book
        The gazetteer.
    source
        The second source.
    author, reason, at
        Who links it, why and when.
    scheme
        The list that the source's own ids belong to, one of `CODE_SCHEMES`.
    radius_m
        Within which every pair is compared.
    progress
        Told the share that is done.

    Raises
    ------
    ConflictError
        The same file was linked before.
    DataError
        The scheme is none.
    """
    if scheme not in CODE_SCHEMES:
        schemes = "、".join(CODE_SCHEMES)
        raise DataError(
            say(f"没有代码体系“{scheme}”。", f"there is no scheme of codes {scheme!r}."),
            hint=say(f"可用：{schemes}", f"Schemes: {', '.join(CODE_SCHEMES)}"),
        )
    _refuse_again(book, source)
    theirs, ours = of_records(source.records), of_book(book, on=at.date())
    model = current(book)
    words = Words(theirs), Words(ours)
    pairs = candidates(*words, radius_m=radius_m, progress=progress)
    found = alike(*words, pairs)
    likely = model.probability(found.features)
    doubted = apart(theirs, ours, found, np.flatnonzero(likely >= DOUBTFUL))
    rows = settled(found, likely, len(theirs), doubted)
    why = reason or say(f"匹配 {source.file}", f"link {source.file}")
    told = {
        "headings": dict(source.mapping),
        "scheme": scheme,
        "radius_m": radius_m,
        "model": model.trained_on,
    }
    numbers = _numbers(source, theirs)
    with book.change(author=author, reason=why, at=at) as change:
        batch = change.insert(
            "batch",
            file=source.file,
            sha256=source.sha256,
            mapping=json.dumps(told, ensure_ascii=False, sort_keys=True),
            imported_on=at.date().isoformat(),
        )
        change.insert_all(
            "match",
            [
                _row(one, theirs, ours, found, doubted)
                | {"batch_id": batch, "number": numbers[one.theirs]}
                for one in rows
            ],
        )
        identity = change.id
    return Linked(
        change_set_id=identity,
        batch_id=batch,
        records=len(theirs),
        same=sum(one.decision == SAME for one in rows),
        queued=len({one.theirs for one in rows if not one.decision}),
        pairs=sum(not one.decision for one in rows),
        new=sum(one.decision == NEW for one in rows),
    )


def settled(
    found: Alike, probability: Floats, records: int, doubted: Collection[int] = ()
) -> list[Found]:
    """Return what is sure, what an officer decides and what is new, record by record.

    A pair is sure from `SURE` on, unless a rival of its record or its place is more likely than
    not and not clearly less alike; so no two sure pairs share a record or a place. A pair at a
    ``doubted`` position is never sure: an officer decides. A record with no pair of `DOUBTFUL` or
    more is new.
    """
    pairs = found.pairs
    leads = found.features[:, [FEATURES.index("lead"), FEATURES.index("lead_ours")]]
    clear = (leads >= _CLEAR).all(axis=1)
    sure = (probability >= SURE) & (clear | ~_rivalled(pairs, probability))
    sure[list(doubted)] = False
    rows = [
        Found(int(pairs.theirs[k]), int(pairs.ours[k]), float(probability[k]), SAME, int(k))
        for k in np.flatnonzero(sure)
    ]
    done = np.zeros(records, dtype=np.bool_)
    done[pairs.theirs[sure]] = True
    shown = np.zeros(records, dtype=np.int64)
    asked = np.flatnonzero((probability >= DOUBTFUL) & ~done[pairs.theirs])
    order = np.lexsort((pairs.ours[asked], pairs.theirs[asked], -probability[asked]))
    for k in asked[order]:
        record = int(pairs.theirs[k])
        if shown[record] < _MOST:
            shown[record] += 1
            rows.append(Found(record, int(pairs.ours[k]), float(probability[k]), "", int(k)))
    alone = np.flatnonzero(~done & (shown == 0))
    rows += [Found(int(record), -1, 0.0, NEW, -1) for record in alone]
    return sorted(rows, key=lambda one: (one.theirs, -one.score, one.ours))


def _rivalled(pairs: Pairs, probability: Floats) -> NDArray[np.bool_]:
    """Return which pairs (n,) have another of their record or their place that is likely."""
    likely = probability >= _RIVAL
    rivalled = np.zeros(len(pairs), dtype=np.bool_)
    for of in (pairs.theirs, pairs.ours):
        many = np.bincount(of[likely], minlength=int(of.max(initial=-1)) + 1)[of]
        rivalled |= many - likely > 0
    return rivalled


def _row(
    one: Found, theirs: Side, ours: Side, found: Alike, doubted: Mapping[int, Apart]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "row": theirs.keys[one.theirs],
        "place_id": ours.keys[one.ours] if one.ours >= 0 else None,
        "score": round(one.score, _DIGITS),
        "decision": one.decision,
        "decided_by": BY_MODEL if one.decision else "",
    }
    if one.pair >= 0:
        metres = float(found.pairs.metres[one.pair])
        told: dict[str, Any] = {
            "metres": None if np.isnan(metres) else round(metres, 1),
            "features": [round(float(x), _DIGITS) for x in found.features[one.pair]],
        }
        if one.pair in doubted:
            told["apart"] = [doubted[one.pair].theirs, doubted[one.pair].ours]
        row["features"] = json.dumps(told)
    return row


def _numbers(source: Source, theirs: Side) -> list[int]:
    """Return the row of every record; of records that say the same, the first comes first."""
    ordered = sorted((one.spelled, one.number) for one in source.records)
    assert tuple(spelled for spelled, _ in ordered) == theirs.keys
    return [number for _, number in ordered]


def _refuse_again(book: Gazetteer, source: Source) -> None:
    for row in book.rows("batch", sha256=source.sha256):
        if book.rows("match", batch_id=row["id"]):
            raise ConflictError(
                say(
                    f"“{source.file}”已在 {row['imported_on']} 匹配过。",
                    f"{source.file} was linked on {row['imported_on']}.",
                ),
                hint=say(
                    "请用 names link queue 继续裁定；要重做，先用 names undo 撤回那次匹配。",
                    "Go on with names link queue; to start anew, first names undo.",
                ),
            )


def told_of(match: Row) -> tuple[list[float], float | None]:
    """Return the features of a match and the metres between its two sides."""
    if not match["features"]:
        return [], None
    told = json.loads(match["features"])
    return told["features"], told["metres"]


def doubt_of(match: Row) -> str:
    """Return in words why a match is never taken without an officer; empty where it may be."""
    told = json.loads(match["features"]) if match["features"] else {}
    return Apart(*told["apart"]).words if "apart" in told else ""
