"""撤镇设街道: succession, codes, villages and signs in one change set that can be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import shapely

from geo.errors import ConflictError, DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.division import DivisionChange, carry_out, within
from geo.gazetteer.entries import codes, entries, parents
from geo.gazetteer.signs import signs
from geo.store import Workspace

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
DAY = date(2026, 6, 1)
PLACE = {"lifecycle": "existing", "status": "official", "secrecy": "public", "attributes": "{}"}
VILLAGES, SIGNS = 30, 400


@pytest.fixture(params=["geopackage", "postgis"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gazetteer]:
    if request.param == "postgis":
        opened = Gazetteer.at(request.getfixturevalue("postgis"))
    else:
        opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    with opened.change(author="甲", reason="普查", at=AT) as change:
        change.insert("document", id="批复", kind="approval", title="关于撤销大屯镇的批复")
        places = [
            {"id": "县", "class_code": "21000", "division_code": "532501", **PLACE},
            {"id": "镇", "class_code": "21000", "division_code": "532501101", **PLACE},
            *(
                {"id": f"村{n:02}", "class_code": "21600", "division_code": "532501101", **PLACE}
                for n in range(VILLAGES)
            ),
        ]
        change.insert_all("place", places)
        names = {"县": "个旧市", "镇": "大屯镇"} | {
            f"村{n:02}": f"新建{n}村" for n in range(VILLAGES)
        }
        change.insert_all(
            "name",
            [
                {"place_id": place, "text": text, "kind": "standard", "language": "zh"}
                for place, text in names.items()
            ],
        )
        numbers = {f"村{n:02}": f"{200 + n}" for n in range(VILLAGES)}
        change.insert_all(
            "code",
            [
                {"place_id": "县", "scheme": "gbt10114", "value": "532501"},
                {"place_id": "镇", "scheme": "gbt10114", "value": "532501101"},
                *(
                    {"place_id": place, "scheme": "stats12", "value": f"532501101{number}"}
                    for place, number in numbers.items()
                ),
            ],
        )
        change.insert_all(
            "relation",
            [
                {"place_id": "镇", "kind": "part_of", "other_id": "县"},
                *({"place_id": p, "kind": "part_of", "other_id": "镇"} for p in numbers),
            ],
        )
        change.insert("shape", place_id="镇", role="area", shape=shapely.box(103, 23, 103.1, 23.1))
        change.insert_all(
            "sign",
            [
                {
                    "place_id": f"村{n % VILLAGES:02}",
                    "kind": "village",
                    "text": "大屯镇新建村" if n % 2 else "人民路",
                    "state": "installed",
                    "shape": shapely.Point(103.05, 23.05),
                }
                for n in range(SIGNS)
            ],
        )
    yield opened
    opened.close()


WANTED = DivisionChange("town_to_subdistrict", "镇", "大屯街道", "532501005", DAY, "批复")


def test_a_town_becomes_a_subdistrict_and_everything_follows(book: Gazetteer) -> None:
    outcome = carry_out(book, WANTED, author="甲", at=AT)
    assert (outcome.reparented, outcome.stale_signs, outcome.tasks) == (VILLAGES, SIGNS // 2, 4)
    assert outcome.recoded == VILLAGES + 1
    before, after = date(2026, 5, 31), DAY
    assert parents(book, on=before)["村07"] == "镇"
    assert parents(book, on=after)["村07"] == outcome.new_id
    assert parents(book, on=after)[outcome.new_id] == "县"
    assert codes(book, "stats12", on=before)["村07"] == "532501101207"
    assert codes(book, "stats12", on=after)["村07"] == "532501005207"
    assert codes(book, "gbt10114", on=after) == {"县": "532501", outcome.new_id: "532501005"}
    standing = entries(book, on=after, kinds=["standard"]).set_index("place_id")
    assert standing["text"][outcome.new_id] == "大屯街道"
    assert "镇" not in standing.index
    former = entries(book, kinds=["former"])
    assert former[["text", "valid_to"]].to_numpy().tolist() == [["大屯镇", "2026-05-31"]]
    assert standing.geometry[outcome.new_id].equals(shapely.box(103, 23, 103.1, 23.1))
    due = {task["kind"]: task["due_on"] for task in book.rows("task") if task["due_on"]}
    assert due == {
        "division_done": "2027-06-01",
        "code_published": "2026-07-01",
        "filing": "2026-06-16",
        "announcement": "2026-06-16",
    }
    assert book.replayed_sha256() == book.state_sha256()


def test_foreseeing_counts_the_same_and_keeps_nothing(book: Gazetteer) -> None:
    before = book.state_sha256()
    with book.rehearsal(at=AT) as change:
        seen = within(change, WANTED)
    assert book.state_sha256() == before
    assert book.first_broken() is None
    done = carry_out(book, WANTED, author="甲", at=AT)
    assert (seen.reparented, seen.recoded, seen.stale_signs, seen.tasks) == (
        done.reparented,
        done.recoded,
        done.stale_signs,
        done.tasks,
    )


def test_rolled_back_the_state_is_the_very_same(book: Gazetteer) -> None:
    before = book.state_sha256()
    outcome = carry_out(book, WANTED, author="甲", at=AT)
    assert book.state_sha256() != before
    book.undo(outcome.change_set_id, author="甲", reason="批复撤回", at=AT)
    assert book.state_sha256() == before
    assert book.first_broken() is None


def test_what_does_not_fit_is_refused_all_at_once_and_nothing_changes(book: Gazetteer) -> None:
    before = book.state_sha256()
    wrong = DivisionChange("town_to_subdistrict", "村01", "大屯镇", "532501101", DAY, "批复")
    with pytest.raises(DataError) as caught:
        carry_out(book, wrong, author="甲", at=AT)
    for part in ("没有现行标准名称或代码", "以“街道”结尾", "001～099"):
        assert part in caught.value.message
    carry_out(book, WANTED, author="甲", at=AT)
    again = DivisionChange("town_to_subdistrict", "镇", "大屯街道", "532501006", DAY, "批复")
    with pytest.raises((ConflictError, DataError)):
        carry_out(book, again, author="甲", at=AT)
    assert before != book.state_sha256()


def test_a_sign_changes_on_the_day_of_the_change_and_not_as_soon_as_it_is_recorded(
    book: Gazetteer,
) -> None:
    with book.change(author="甲", reason="管护", at=AT) as change:
        for row in change.select("sign"):
            change.update("sign", row["id"], row["version"], keeper="大屯镇")

    def shown(on: date) -> list[tuple[str, str, str, bool]]:
        return [
            (s.row["state"], s.row["keeper"], s.wanted, s.task is None) for s in signs(book, on=on)
        ]

    eve = DAY - timedelta(days=1)
    before = shown(eve)
    outcome = carry_out(book, WANTED, author="甲", at=AT)
    assert shown(eve) == before
    assert {(state, keeper) for state, keeper, _, _ in shown(eve)} == {("installed", "大屯镇")}
    assert Counter((state, keeper) for state, keeper, _, _ in shown(DAY)) == {
        ("installed", "大屯街道"): SIGNS // 2,
        ("stale", "大屯街道"): SIGNS // 2,
    }
    assert signs(book, states=["stale"], on=eve) == []
    assert len(signs(book, states=["stale"], on=DAY)) == SIGNS // 2
    book.undo(outcome.change_set_id, author="甲", reason="批复撤回", at=AT)
    assert shown(DAY) == before


def test_a_sign_marked_before_the_day_of_the_change_is_as_it_was_marked(book: Gazetteer) -> None:
    carry_out(book, WANTED, author="甲", at=AT)
    eve = DAY - timedelta(days=1)
    stale = next(row for row in book.rows("sign") if row["state"] == "stale")
    with book.change(author="乙", reason="巡查", at=AT) as change:
        change.update("sign", stale["id"], stale["version"], state="damaged")
    found = {one.row["id"]: one.row["state"] for one in signs(book, on=eve)}
    assert found.pop(stale["id"]) == "damaged"
    assert set(found.values()) == {"installed"}
