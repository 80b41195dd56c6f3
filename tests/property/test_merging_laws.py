"""Two edits of one row become one, field by field: against brute force, and by laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from geo.store.merging import WHOLE, differences, merge
from geo.store.records import Cell

FIELDS = ("name", "beds", "open", "geometry")
Row = dict[str, Cell]

cells = st.sampled_from(["甲", "乙", 1, 2, None])
rows = st.fixed_dictionaries(dict.fromkeys(FIELDS, cells))
maybe = st.none() | rows


def by_brute_force(
    base: Row | None, theirs: Row | None, yours: Row | None
) -> tuple[Row | None, set[str]]:
    """Return the merged row and the fields in conflict, told case by case."""
    if theirs == yours:
        return theirs, set()
    if base == theirs:
        return yours, set()
    if base == yours:
        return theirs, set()
    if theirs is None or yours is None:
        return theirs, {WHOLE}
    row: Row = {}
    odds = set()
    for field in FIELDS:
        was = None if base is None else base[field]
        their, your = theirs[field], yours[field]
        if their == your:
            row[field] = their
        elif their == was:
            row[field] = your
        elif your == was:
            row[field] = their
        else:
            row[field] = their
            odds.add(field)
    return row, odds


@given(maybe, maybe, maybe)
def test_every_merge_is_the_one_of_brute_force(
    base: Row | None, theirs: Row | None, yours: Row | None
) -> None:
    merged = merge(base, theirs, yours)
    row, odds = by_brute_force(base, theirs, yours)
    assert merged.row == row
    assert {conflict.field for conflict in merged.conflicts} == odds


@given(rows, st.dictionaries(st.sampled_from(FIELDS), cells), st.data())
def test_edits_of_different_fields_always_merge_in_either_order(
    base: Row, one: Row, data: st.DataObject
) -> None:
    others = [field for field in FIELDS if field not in one]
    two = data.draw(st.dictionaries(st.sampled_from(others), cells) if others else st.just({}))
    first, second = {**base, **one}, {**base, **two}
    merged, turned = merge(base, first, second), merge(base, second, first)
    assert not merged.conflicts
    assert not turned.conflicts
    assert merged.row == turned.row == {**base, **one, **two}


@given(maybe, maybe)
def test_the_same_change_twice_is_no_conflict(base: Row | None, after: Row | None) -> None:
    merged = merge(base, after, after)
    assert merged.row == after
    assert not merged.conflicts


@given(maybe, maybe)
def test_a_merge_of_nothing_is_nothing(base: Row | None, after: Row | None) -> None:
    assert merge(base, after, base).row == after
    assert merge(base, base, after).row == after
    assert not (merge(base, after, base).conflicts)
    assert not (merge(base, base, after).conflicts)


@given(maybe, maybe, maybe)
def test_a_conflict_names_three_values_of_which_none_is_another(
    base: Row | None, theirs: Row | None, yours: Row | None
) -> None:
    for conflict in merge(base, theirs, yours).conflicts:
        assert conflict.theirs != conflict.yours
        assert conflict.base not in (conflict.theirs, conflict.yours)


@given(rows, rows, rows)
def test_sides_are_alike_but_for_who_is_they(base: Row, theirs: Row, yours: Row) -> None:
    one, other = merge(base, theirs, yours), merge(base, yours, theirs)
    assert {c.field for c in one.conflicts} == {c.field for c in other.conflicts}
    odds = {c.field for c in one.conflicts}
    assert one.row is not None
    assert other.row is not None
    assert all(one.row[name] == other.row[name] for name in FIELDS if name not in odds)


@given(rows, rows)
def test_what_differs_leads_from_one_row_to_the_other(before: Row, after: Row) -> None:
    found = differences(before, after)
    assert {**before, **{name: pair[1] for name, pair in found.items()}} == after
    assert all(before[name] == pair[0] != pair[1] for name, pair in found.items())
