"""The gazetteer's book: dated rows, change sets, a chain nobody can rewrite; on both stores."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import Gazetteer, span
from geo.gazetteer.entries import entries, parents
from geo.gazetteer.spelling import START, chained
from geo.gazetteer.tables import EVENT
from geo.store import Workspace

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
PLACE = {
    "class_code": "22200",
    "lifecycle": "existing",
    "status": "official",
    "secrecy": "public",
    "attributes": "{}",
}


@pytest.fixture(params=["geopackage", "workspace in postgis", "postgis"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gazetteer]:
    if request.param == "workspace in postgis":
        url = f"{request.getfixturevalue('shared_database')}?workspace=b_{uuid.uuid4().hex}"
        opened = Gazetteer.of(Workspace.create(url))
    elif request.param == "postgis":
        opened = Gazetteer.at(request.getfixturevalue("postgis"))
    else:
        opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    yield opened
    opened.close()


def named(book: Gazetteer, text: str, *, since: str = "1984") -> tuple[str, str]:
    with book.change(author="甲", reason="登记", at=AT) as change:
        place = change.insert("place", **PLACE)
        name = change.insert(
            "name", place_id=place, text=text, kind="standard", language="zh", valid_from=since
        )
        change.insert("shape", place_id=place, role="point", shape=shapely.Point(114, 30))
    return place, name


def test_a_street_keeps_its_former_name_with_the_days_it_held(book: Gazetteer) -> None:
    place, name = named(book, "建设路")
    with book.change(author="甲", reason="更名", at=AT) as change:
        change.end("name", name, 1, on="2026-05-01")
        change.insert(
            "name",
            place_id=place,
            text="金湖路",
            kind="standard",
            language="zh",
            valid_from="2026-05-01",
        )

    def called(day: date) -> list[str]:
        return entries(book, on=day)["text"].tolist()

    assert called(date(1983, 12, 31)) == []
    assert called(date(1984, 1, 1)) == ["建设路"]
    assert called(date(2026, 4, 30)) == ["建设路"]
    assert called(date(2026, 5, 1)) == ["金湖路"]
    assert entries(book).geometry.to_list() == [shapely.Point(114, 30)] * 2


def test_replaying_the_log_gives_the_tables_as_they_stand(book: Gazetteer) -> None:
    _, name = named(book, "建设路")
    with book.change(author="乙", reason="审音", at=AT) as change:
        change.update("name", name, 1, roman_toned="Jiànshè Lù")
    assert book.first_broken() is None
    assert book.replayed_sha256() == book.state_sha256()


def test_undoing_gives_back_the_very_same_state(book: Gazetteer) -> None:
    named(book, "建设路")
    before = book.state_sha256()
    with book.change(author="甲", reason="撤镇设街道", at=AT) as change:
        for row in change.select("place"):
            change.update("place", row["id"], row["version"], division_code="340207001")
        town = change.insert("place", **PLACE)
        change.insert("relation", place_id=row["id"], kind="part_of", other_id=town)
    assert parents(book) == {row["id"]: town}
    book.undo(change.id, author="甲", reason="有误", at=AT)
    assert book.state_sha256() == before == book.replayed_sha256()
    assert book.first_broken() is None


def test_undoing_the_undoing_gives_back_what_was_done(book: Gazetteer) -> None:
    with book.change(author="甲", reason="普查", at=AT) as change:
        street = change.insert("place", **PLACE)
        towns = change.insert_all("place", [PLACE] * 1_200)
        change.insert_all(
            "relation",
            [{"place_id": street, "kind": "part_of", "other_id": town} for town in towns],
        )
        change.update("place", street, 1, division_code="340207001")
        change.update("place", street, 2, division_code="340207002")
    after = book.state_sha256()
    undone = book.undo(change.id, author="甲", reason="有误", at=AT)
    assert book.rows("place") == book.rows("relation") == []
    again = book.undo(undone, author="甲", reason="无误", at=AT)
    assert book.state_sha256() == after == book.replayed_sha256()
    assert book.row("place", street)["version"] == 3
    assert book.first_broken() is None
    assert again != undone


def test_what_was_changed_again_cannot_be_undone(book: Gazetteer) -> None:
    _, name = named(book, "建设路")
    with book.change(author="甲", reason="一", at=AT) as first:
        first.update("name", name, 1, origin="甲说")
    with book.change(author="乙", reason="二", at=AT) as second:
        second.update("name", name, 2, origin="乙说")
    with pytest.raises(ConflictError, match=name):
        book.undo(first.id, author="甲", reason="撤回", at=AT)
    with pytest.raises(NotFoundError):
        book.undo("none", author="甲", reason="撤回", at=AT)
    assert book.row("name", name)["origin"] == "乙说"


def test_an_editor_who_saw_an_older_version_is_told_and_nothing_is_lost(book: Gazetteer) -> None:
    _, name = named(book, "建设路")
    with book.change(author="甲", reason="一", at=AT) as change:
        change.update("name", name, 1, origin="甲说")

    def edit_what_was_seen() -> None:
        with book.change(author="乙", reason="二", at=AT) as change:
            change.insert("place", **PLACE)
            change.update("name", name, 1, origin="乙说")

    with pytest.raises(ConflictError, match="第 1 版，现为第 2 版"):
        edit_what_was_seen()
    assert book.row("name", name)["origin"] == "甲说"
    assert len(book.rows("place")) == 1  # the whole change set is gone


def test_a_change_needs_an_author_and_a_reason(book: Gazetteer) -> None:
    with pytest.raises(DataError, match="经办人"), book.change(author=" ", reason="x", at=AT):
        pass


def test_two_officers_editing_one_record_lose_nothing(book: Gazetteer) -> None:
    _, name = named(book, "建设路")
    kept: list[str] = []
    guard = threading.Lock()

    def edit(who: str) -> None:
        for n in range(15):
            while True:
                seen = book.row("name", name)
                try:
                    with book.change(author=who, reason=f"第 {n} 次", at=AT) as change:
                        change.update(
                            "name", name, seen["version"], history=f"{seen['history']}{who}{n};"
                        )
                except ConflictError:
                    continue
                with guard:
                    kept.append(f"{who}{n}")
                break

    officers = [threading.Thread(target=edit, args=(who,)) for who in "甲乙丙"]
    for officer in officers:
        officer.start()
    for officer in officers:
        officer.join()
    written = book.row("name", name)["history"].split(";")[:-1]
    assert sorted(written) == sorted(kept)
    assert len(written) == 45
    assert book.first_broken() is None
    assert book.replayed_sha256() == book.state_sha256()


@pytest.mark.parametrize("column", ["before", "after", "previous_hash", "hash", "row_id"])
def test_altering_the_past_breaks_the_chain_where_it_was_altered(
    tmp_path: Path, column: str
) -> None:
    workspace = Workspace.create(tmp_path / "county")
    book = Gazetteer.of(workspace)
    _, name = named(book, "建设路")
    with book.change(author="甲", reason="一", at=AT) as change:
        change.update("name", name, 1, origin="甲说")
    assert book.first_broken() is None
    with workspace.writing() as connection:
        value = connection.scalar(sa.select(EVENT.c[column]).where(EVENT.c.number == 4))
        connection.execute(
            sa.update(EVENT).where(EVENT.c.number == 4).values({column: f"{value} "})
        )
    assert book.first_broken() == 4


def test_a_removed_event_breaks_the_chain(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "county")
    book = Gazetteer.of(workspace)
    named(book, "建设路")
    with workspace.writing() as connection:
        connection.execute(sa.delete(EVENT).where(EVENT.c.number == 2))
    assert book.first_broken() == 2


@pytest.mark.parametrize(
    ("written", "days"), [("2024", 366), ("1984-02", 29), ("1984-02-29", 1), ("1900~", 365)]
)
def test_a_date_is_known_to_the_year_month_or_day(written: str, days: int) -> None:
    found = span(written)
    assert found.last - found.first + 1 == days


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_one_clear_message(written: str) -> None:
    try:
        found = span(written)
    except DataError:
        return
    assert found.first <= found.last


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("iueU"), st.integers(0, 9)), max_size=12))
def test_whatever_happens_the_log_replays_and_the_chain_holds(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    book = Gazetteer.of(Workspace.create(tmp_path_factory.mktemp("book") / "county"))
    done: list[str] = []
    for act, n in acts:
        rows = book.rows("place")
        try:
            if act == "U":
                if done:
                    book.undo(done[n % len(done)], author="甲", reason="撤回", at=AT)
                continue
            with book.change(author="甲", reason="试", at=AT) as change:
                if act == "i" or not rows:
                    change.insert("place", **PLACE)
                else:
                    row = rows[n % len(rows)]
                    if act == "u":
                        change.update("place", row["id"], row["version"], division_code=str(n))
                    else:
                        change.end("place", row["id"], row["version"], on="2026-05-01")
            done.append(change.id)
        except ConflictError:
            continue
    assert book.first_broken() is None
    assert book.replayed_sha256() == book.state_sha256()


texts = st.text(max_size=30)


@given(texts, texts, texts, st.integers(1, 2**53))
def test_an_event_is_hashed_as_the_json_of_it(before: str, after: str, head: str, n: int) -> None:
    event = {
        "number": n, "change_set_id": "u-1", "record": "name", "row_id": "词\n\"'",
        "before": before, "after": after, "change_set": head,
    }  # fmt: skip
    plain = json.dumps(event, ensure_ascii=False, sort_keys=True)
    assert chained(START, event) == sha256(f"{START}\n{plain}".encode()).hexdigest()


def test_many_rows_are_kept_as_one_by_one(book: Gazetteer) -> None:
    shape = shapely.Point(114, 30, 5)
    rows = [{"place_id": "p", "role": "point", "shape": shape, "id": f"s{n}"} for n in range(60)]
    stones = [{"id": f"m{n}", "line_id": "l", "shape": shape if n % 2 else None} for n in range(60)]
    with book.change(author="甲", reason="多", at=AT) as change:
        change.insert("place", id="p", **PLACE)
        change.insert("line", id="l", code="1", name="线")
        change.insert_all("shape", rows)
        change.insert_all("marker", stones)
        change.insert("shape", **rows[0] | {"id": "one"})
        change.insert("marker", **stones[1] | {"id": "one"})
        change.insert("marker", **stones[0] | {"id": "none"})
    for record, one, like in (
        ("shape", "one", "s7"), ("marker", "one", "m1"), ("marker", "none", "m2"),
    ):  # fmt: skip
        assert book.row(record, one) | {"id": ""} == book.row(record, like) | {"id": ""}
    assert book.state_sha256() == book.replayed_sha256()
    assert book.first_broken() is None
