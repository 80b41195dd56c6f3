"""Laws of linking: blocking loses nothing, order does not matter, a source is itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from geo.gazetteer import Gazetteer
from geo.gazetteer.linkage import Source, apply, decide, link, queue
from geo.gazetteer.linkage.alike import compared
from geo.gazetteer.linkage.candidates import PLAUSIBLE
from geo.gazetteer.linkage.link import settled
from geo.gazetteer.linkage.model import shipped
from geo.gazetteer.linkage.records import Record, unspelled
from geo.gazetteer.linkage.side import Name, Side, of_records
from geo.gazetteer.linkage.words import spellings
from geo.store import Workspace

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
texts = st.text(alphabet="大小上下屯村镇路街建设社新老河长", min_size=2, max_size=5)
at = st.tuples(st.floats(103.0, 103.2), st.floats(23.4, 23.6))
rows = st.fixed_dictionaries(
    {"name": texts},
    optional={
        "alias": texts.map(lambda text: (text,)),
        "class_code": st.sampled_from(["22200", "23510", "21400"]),
        "division": st.sampled_from(["532501", "532501102", "532502"]),
        "place": at,
    },
)


def record(number: int, row: dict[str, object]) -> Record:
    values = {key: value for key, value in row.items() if key != "place"}
    if "place" in row:
        values["lon"], values["lat"] = row["place"]  # type: ignore[misc]
    return Record(number, values)


def records(many: Sequence[dict[str, object]]) -> list[Record]:
    return [record(number, row) for number, row in enumerate(many, start=2)]


def with_lines(side: Side, every: int) -> Side:
    """Return a side of which every so many places are lines of some kilometres."""
    lines = {
        k: shapely.LineString([(x - 0.03, y), (x + 0.03, y)])
        for k, (x, y) in enumerate(side.lonlat)
        if k % every == 0 and not math.isnan(x)
    }
    return replace(side, shapes=lines)


def apart_m(one: tuple[float, float], place: tuple[float, float], line: object) -> float:
    """Return metres between a point and a place, by the formula in a textbook."""
    if isinstance(line, shapely.LineString):
        x = min(max(one[0], line.bounds[0]), line.bounds[2])
        place = (x, line.bounds[1])
    (a, b), (c, d) = (map(math.radians, point) for point in (one, place))
    cosine = math.sin(b) * math.sin(d) + math.cos(b) * math.cos(d) * math.cos(a - c)
    return 6_371_008.8 * math.acos(min(1.0, cosine))


def likeness(one: Sequence[Name], other: Sequence[Name]) -> float:
    pairs = [(spellings(a), spellings(b)) for a in one for b in other]
    ways = [fuzz.ratio(a[k], b[k]) / 100 for a, b in pairs for k in (0, 2)]
    return max(ways)


@settings(max_examples=40)
@given(
    st.lists(rows, min_size=1, max_size=12),
    st.lists(rows, min_size=1, max_size=15),
    st.sampled_from([300.0, 3_000.0, 12_000.0]),
    st.integers(1, 4),
)
def test_blocking_finds_every_near_pair_that_comparing_all_with_all_finds(
    theirs: list[dict[str, object]], ours: list[dict[str, object]], radius_m: float, every: int
) -> None:
    one, other = of_records(records(theirs)), with_lines(of_records(records(ours)), every)
    found = compared(one, other, radius_m=radius_m)
    blocked = set(zip(found.pairs.theirs.tolist(), found.pairs.ours.tolist(), strict=True))
    wanted, doubtful = set(), set()
    for a, here in enumerate(one.lonlat.tolist()):
        for b, there in enumerate(other.lonlat.tolist()):
            if math.isnan(here[0]) or math.isnan(there[0]):
                continue
            metres = apart_m(tuple(here), tuple(there), other.shapes.get(b))
            if likeness(one.names[a], other.names[b]) >= PLAUSIBLE:
                if abs(metres - radius_m) < 0.5:
                    doubtful.add((a, b))
                elif metres < radius_m:
                    wanted.add((a, b))
    near = {
        (a, b)
        for (a, b), metres in zip(
            zip(found.pairs.theirs.tolist(), found.pairs.ours.tolist(), strict=True),
            found.pairs.metres.tolist(),
            strict=True,
        )
        if metres <= radius_m
    }
    assert wanted <= blocked
    assert near - doubtful <= wanted


@given(st.lists(rows, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(many: list[dict[str, object]], random: object) -> None:
    ours = of_records(records(many[::2]))
    shuffled = list(many)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    results = []
    for source in (many, shuffled):
        theirs = of_records(records(source))
        found = compared(theirs, ours)
        likely = shipped().probability(found.features)
        results.append((theirs.keys, settled(found, likely, len(theirs))))
    assert results[0] == results[1]


@given(st.lists(st.tuples(texts, at), min_size=1, max_size=15, unique_by=(lambda row: row[0])))
def test_a_source_linked_with_itself_finds_every_record(
    many: list[tuple[str, tuple[float, float]]],
) -> None:
    side = of_records(records([{"name": text, "place": place} for text, place in many]))
    found = compared(side, side)
    likely = shipped().probability(found.features)
    itself = found.pairs.theirs == found.pairs.ours
    assert itself.sum() == len(side)
    assert (likely[itself] >= 0.5).all()
    best = {int(a): 0.0 for a in found.pairs.theirs}
    for a, p in zip(found.pairs.theirs.tolist(), likely.tolist(), strict=True):
        best[a] = max(best[a], p)
    assert all(likely[k] == best[int(found.pairs.theirs[k])] for k in np.flatnonzero(itself))


@given(rows)
def test_a_record_is_read_back_as_it_was_spelled(row: dict[str, object]) -> None:
    one = record(7, row)
    assert unspelled(7, one.spelled).spelled == one.spelled
    assert list(unspelled(7, one.spelled).others) == list(one.others)


@settings(max_examples=8)
@given(
    st.lists(rows, min_size=1, max_size=5),
    st.lists(rows, min_size=1, max_size=5),
    st.lists(st.sampled_from(["same", "different", "new"]), min_size=20, max_size=20),
)
def test_each_step_taken_back_leaves_the_very_state_before_it(
    ours: list[dict[str, object]], theirs: list[dict[str, object]], verdicts: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        book = Gazetteer.of(Workspace.create(Path(folder) / "county"))
        fill(book, ours)
        steps = [(book.state_sha256(), "")]
        source = Source("二.csv", "0" * 64, tuple(records(theirs)), {})
        done = link(book, source, author="乙", at=AT)
        steps.append((book.state_sha256(), done.change_set_id))
        for verdict in verdicts:
            waiting = queue(book)
            if not waiting:
                break
            identity = decide(book, {waiting[0].match_id: verdict}, by="丙", at=AT)
            steps.append((book.state_sha256(), identity))
        applied = apply(book, author="乙", at=AT, class_code="22200")
        if applied.change_set_id:
            steps.append((book.state_sha256(), applied.change_set_id))
        assert book.replayed_sha256() == steps[-1][0]
        for (before, _), (_, identity) in zip(steps[-2::-1], steps[:0:-1], strict=True):
            book.undo(identity, author="丁", reason="撤回", at=AT)
            assert book.state_sha256() == before
        book.close()


def fill(book: Gazetteer, many: list[dict[str, object]]) -> None:
    with book.change(author="甲", reason="登记", at=AT) as change:
        for one in records(many):
            made = change.insert(
                "place", class_code=one.said("class_code"), lifecycle="existing",
                status="recorded", secrecy="public", attributes="{}",
                division_code=one.said("division"),
            )  # fmt: skip
            for kind, text in (("standard", one.name), *one.others):
                change.insert("name", place_id=made, text=text, kind=kind, language="zh")
            if one.position is not None:
                change.insert("shape", place_id=made, role="point", shape=one.position)
