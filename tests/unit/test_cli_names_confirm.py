"""``names confirm --usable``: an officer confirms the readings without doubt in one change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geo.gazetteer import Gazetteer
from tests.unit.conftest import AT, STANDING

Shell = Callable[..., Any]


def test_readings_without_doubt_are_confirmed_at_once_and_the_others_stay_with_their_reason(
    names: Shell, county_book: Gazetteer
) -> None:
    with county_book.change(author="王科", reason="补登", at=AT) as change:
        place = change.insert("place", class_code="23510", division_code="990101001", **STANDING)
        told = {"kind": "standard", "language": "zh"}
        change.insert("name", place_id=place, text="重湖路", **told)
    before = names("romanise", "--unconfirmed", "--json").json["romanised"]
    doubtful = {one["place_id"] for one in before if one["must_confirm"]}
    assert doubtful
    done = names("confirm", "--usable", "--by", "李主任", "--json").json
    assert len(done["confirmed"]) + len(done["left"]) == len(before)
    assert done["confirmed"]
    assert doubtful <= {one["place_id"] for one in done["left"]}
    assert all(one["reason"] for one in done["left"])
    after = names("romanise", "--unconfirmed", "--json").json["romanised"]
    assert {one["place_id"] for one in after} == {one["place_id"] for one in done["left"]}
    spelled = {one["text"]: one["toned"] for one in before}
    assert all(one["after"] == spelled[one["name"]] for one in done["confirmed"])
    names("undo", done["change_set_id"], "--author", "李主任")
    again = names("romanise", "--unconfirmed", "--json").json["romanised"]
    assert len(again) == len(before)


def test_only_a_class_or_a_division_may_be_confirmed(names: Shell) -> None:
    before = len(names("romanise", "--unconfirmed", "--json").json["romanised"])
    streets = ("romanise", "--unconfirmed", "--class", "城镇街巷", "--json")
    wanted = [one for one in names(*streets).json["romanised"] if not one["must_confirm"]]
    told = names("confirm", "--usable", "--class", "城镇街巷", "--by", "李主任")
    assert f"由李主任核定 {len(wanted)} 条没有疑问的读音" in told.out
    assert len(names("romanise", "--unconfirmed", "--json").json["romanised"]) == (
        before - len(wanted)
    )
    nothing = names("confirm", "--usable", "--division", "88", "--by", "甲").out
    assert "由甲核定 0 条没有疑问的读音，还有 0 条。" in nothing


def test_one_way_to_confirm_is_chosen(names: Shell) -> None:
    told = names("confirm", "人民广场", "--usable", "--by", "甲")
    assert told.status == 2
    assert "--usable" in told.err
    assert names("confirm", "人民广场", "--agree", "--class", "城镇街巷", "--by", "甲").status == 2
