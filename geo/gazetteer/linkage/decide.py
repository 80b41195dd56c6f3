"""What officers decide of pairs: one by one or a list at once; decided pairs wait to be applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.linkage.alike import in_words
from geo.gazetteer.linkage.link import BY_MODEL, DECISIONS, DIFFERENT, NEW, SAME, doubt_of, told_of
from geo.gazetteer.linkage.records import Record, unspelled
from geo.text import say

SHORT: Final = 8
"""Characters at the end of an id by which a match is told."""


@dataclass(frozen=True, slots=True)
class Question:
    """One pair that waits for an officer or was taken without one, both sides in view."""

    match_id: str
    batch_id: str
    record: Record
    place_id: str
    name: str
    """Of the place."""
    other_names: tuple[str, ...]
    class_code: str
    division: str
    status: str
    probability: float
    metres: float | None
    words: str
    """What is alike and what is not."""
    taken: bool = False
    """Taken as the same without an officer."""


def queue(book: Gazetteer, *, batch: str = "") -> list[Question]:
    """Return the pairs to decide, record by record in the order of the file, likeliest first."""
    return _questions(book, [row for row in book.rows("match", decision="") if _of(row, batch)])


def taken(book: Gazetteer, *, batch: str = "") -> list[Question]:
    """Return the pairs taken as the same without an officer that are not applied, in file order."""
    return _questions(book, _taken(book, batch))


def taken_count(book: Gazetteer, *, batch: str = "") -> int:
    """Return how many pairs `taken` gives."""
    return len(_taken(book, batch))


def _taken(book: Gazetteer, batch: str) -> list[Row]:
    rows = book.rows("match", decision=SAME, decided_by=BY_MODEL)
    return [row for row in rows if _of(row, batch) and not row["applied"]]


def _of(row: Row, batch: str) -> bool:
    return batch in ("", row["batch_id"])


def _questions(book: Gazetteer, rows: list[Row]) -> list[Question]:
    wanted = {row["place_id"] for row in rows}
    places = {row["id"]: row for row in book.rows("place") if row["id"] in wanted}
    names: dict[str, list[Row]] = {}
    for row in book.rows("name"):
        if row["place_id"] in wanted:
            names.setdefault(row["place_id"], []).append(row)
    order = {row["id"]: at for at, row in enumerate(book.rows("batch"))}
    rows.sort(key=lambda row: (order[row["batch_id"]], row["number"], -row["score"], row["id"]))
    return [_question(row, places[row["place_id"]], names[row["place_id"]]) for row in rows]


def _question(row: Row, place: Row, names: list[Row]) -> Question:
    own = max(
        (one for one in names if one["kind"] == "standard"),
        key=lambda one: (one["end_day"], one["id"]),
        default=names[0],
    )
    features, metres = told_of(row)
    return Question(
        match_id=row["id"],
        batch_id=row["batch_id"],
        record=unspelled(row["number"], row["row"]),
        place_id=row["place_id"],
        name=own["text"],
        other_names=tuple(sorted({one["text"] for one in names} - {own["text"]})),
        class_code=place["class_code"],
        division=place["division_code"],
        status=place["status"],
        probability=row["score"],
        metres=metres,
        words=say("；", "; ").join(filter(None, (doubt_of(row), in_words(features, metres)))),
        taken=row["decision"] == SAME,
    )


def match_of(book: Gazetteer, written: str) -> str:
    """Return the id of the match that an id, or the end of one, means.

    Raises
    ------
    NotFoundError, DataError
        No match ends so, or several do.
    """
    found = [row["id"] for row in book.rows("match") if row["id"].endswith(written.lower())]
    if not written or not found:
        raise NotFoundError(
            say(f"没有编号为“{written}”的匹配。", f"there is no match {written!r}."),
            hint=say("用 names link queue 查看编号。", "names link queue shows them."),
        )
    if len(found) > 1:
        raise DataError(
            say(f"“{written}”对应 {len(found)} 个匹配。", f"{written!r} means {len(found)}."),
            hint=say("请多写几位。", "Write more of its characters."),
        )
    return str(found[0])


def decide(
    book: Gazetteer, verdicts: Mapping[str, str], *, by: str, at: datetime, reason: str = ""
) -> str:
    """Keep verdicts on matches, by their ids, in one change set, and return its id.

    ``same``: the record is this place, and so none of its other candidates. ``new``: it is none of
    the gazetteer's places. ``different``: it is not this one; nothing is said of the others.

    Raises
    ------
    DataError
        A verdict is no verdict, one record is given two places, or a record without a place is
        called the same; all of them are named.
    ConflictError
        A match was applied already.
    """
    reason = reason or say("裁定匹配", "decide matches")
    with book.change(author=by, reason=reason, at=at) as change:
        wanted = {identity: _known(change, identity) for identity in verdicts}
        _refuse(verdicts, wanted)
        records = {(row["batch_id"], row["number"]) for row in wanted.values()}
        every: dict[tuple[str, int], list[Row]] = {record: [] for record in sorted(records)}
        for batch in sorted({batch for batch, _ in records}):
            for row in change.select("match", batch_id=batch):
                if (batch, row["number"]) in records:
                    every[batch, row["number"]].append(row)
        applied = [row for rows in every.values() for row in rows if row["applied"]]
        if applied:
            ends = "、".join(row["id"][-SHORT:] for row in applied[:5])
            raise ConflictError(
                say(f"这些匹配已经写入地名库：{ends}。", f"already applied: {ends}."),
                hint=say("先用 names link undo 撤回。", "Take them back with names link undo."),
            )
        for rows in every.values():
            for row, decision in _decided(rows, verdicts):
                change.update("match", row["id"], row["version"], decision=decision, decided_by=by)
        return change.id


def _decided(rows: list[Row], verdicts: Mapping[str, str]) -> list[tuple[Row, str]]:
    """Return the rows of one record that change, with what is decided of them."""
    given = {row["id"]: verdicts[row["id"]] for row in rows if row["id"] in verdicts}
    settles = bool({SAME, NEW} & set(given.values()))
    return [(row, given.get(row["id"], DIFFERENT)) for row in rows if row["id"] in given or settles]


def _known(change: Change, identity: str) -> dict[str, Any]:
    row = change.find("match", identity)
    if row is None:
        raise NotFoundError(say(f"没有匹配 {identity}。", f"there is no match {identity}."))
    return row


def _refuse(verdicts: Mapping[str, str], rows: Mapping[str, Row]) -> None:
    """Name every verdict that cannot be."""
    faults = []
    settled: dict[tuple[str, int], str] = {}
    for identity, verdict in verdicts.items():
        row, end = rows[identity], identity[-SHORT:]
        record = row["batch_id"], row["number"]
        if verdict not in DECISIONS:
            faults.append(say(f"{end}：没有结论“{verdict}”", f"{end}: no verdict {verdict!r}"))
        elif verdict == SAME and row["place_id"] is None:
            faults.append(say(f"{end}：没有候选地名", f"{end}: it has no place"))
        elif verdict in (SAME, NEW) and record in settled:
            faults.append(
                say(
                    f"{end}：第 {row['number']} 行已在 {settled[record]} 有了结论",
                    f"{end}: row {row['number']} has its verdict at {settled[record]}",
                )
            )
        elif verdict in (SAME, NEW):
            settled[record] = end
    if faults:
        raise DataError(
            say("结论不对：", "These verdicts cannot be: ") + say("；", "; ").join(faults),
            hint=say(
                f"可用：{'、'.join(DECISIONS)}；一行只能是一个地名，或是新地名。",
                f"Use {', '.join(DECISIONS)}; a row is one place, or new.",
            ),
        )
