"""Whatever stands in a norm file, the answer is norms or one message with file and line."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from geo.norms import NormFault, NormFileError, in_force, load, shipped, strictest, template
from geo.norms._positions import Positions

KEYS = ["norm", "id", "kind", "value", "measure", "area", "from", "where", "num", "den", "classes"]
SCALARS = st.one_of(
    st.sampled_from(["ratio", "reach", "presence", "count", "elder_station", "compound", "34"]),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.dates(date(1, 1, 1)),
    st.text(max_size=5),
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08X}" for sign in value) + '"'
    return str(value)


NESTED = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    ),
    max_leaves=12,
)


def faults_in(content: bytes) -> tuple[NormFault, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.toml"
        path.write_bytes(content)
        try:
            load(path)
        except NormFileError as error:
            found = error.faults
        else:
            return ()
    lines = content.count(b"\n") + 1
    assert found
    assert all(fault.file == str(path) and fault.message for fault in found)
    assert all(1 <= fault.line <= lines for fault in found)
    return found


def refused_with_file_and_line(content: bytes) -> None:
    assert faults_in(content)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_refused_with_file_and_line(content: bytes) -> None:
    refused_with_file_and_line(content)


@given(st.text(alphabet="[]{}=\"'#.,\n\\ norm1-:", max_size=60))
def test_arbitrary_signs_of_toml_are_refused_with_file_and_line(text: str) -> None:
    refused_with_file_and_line(text.encode())


@given(st.dictionaries(st.sampled_from(KEYS), NESTED, max_size=4), st.lists(NESTED, max_size=3))
def test_arbitrary_trees_of_toml_are_refused_with_file_and_line(
    top: dict[str, object], norms: list[object]
) -> None:
    tree = {**top, "norm": norms}
    lines = "\n".join(f"{key} = {toml(value)}" for key, value in tree.items())
    refused_with_file_and_line((lines + "\n").encode())


@given(st.data())
def test_a_damaged_template_is_read_or_refused_with_file_and_line(data: st.DataObject) -> None:
    lines = template().splitlines()
    used = [at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    at = data.draw(st.sampled_from(used))
    key = lines[at].split("=")[0]
    broken = [*lines[:at], f"{key}= {toml(data.draw(NESTED))}", *lines[at + 1 :]]
    faults = faults_in("\n".join(broken).encode())
    assert all("own.toml" in str(fault) for fault in faults)


@given(st.text(max_size=80))
def test_the_index_of_lines_never_fails(text: str) -> None:
    assert Positions(text).line(("norm", 3, "value")) >= 1


@given(
    st.lists(st.integers(1, 20_000), min_size=1, max_size=20),
    st.sampled_from(["340207", "34", "520102", "640104", "110101"]),
    st.dates(date(2020, 1, 1), date(2027, 1, 1)),
)
def test_more_households_never_require_less(households: list[int], area: str, on: date) -> None:
    rules = in_force(shipped(), area, on).of("elder.area100.new")
    ordered = sorted(households)
    needed = strictest(rules, ordered)
    if rules:
        assert (needed.required[1:] >= needed.required[:-1]).all()
        for rule in rules:
            assert (needed.required >= strictest([rule], ordered).required).all()
    else:
        assert (needed.decides == -1).all()


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)))
def test_a_part_of_a_place_is_bound_by_all_that_binds_the_whole(on: date) -> None:
    whole = {(r.norm.id, r.value.area) for r in in_force(shipped(), "34", on).binding}
    part = {(r.norm.id, r.value.area) for r in in_force(shipped(), "340207", on).binding}
    assert whole <= part
    assert part <= {(norm.id, value.area) for norm in shipped() for value in norm.values}


@given(st.integers(0, 6000))
def test_every_day_between_first_and_last_is_in_force_and_no_other(days: int) -> None:
    on = date(2010, 1, 1) + timedelta(days)
    values = [value for norm in shipped() for value in norm.values]
    rules = {
        id(rule.value)
        for value in values
        for group in (in_force(shipped(), value.area, on),)
        for rule in (*group.binding, *group.draft, *group.statistic, *group.notices)
    }
    assert rules == {id(value) for value in values if value.start <= on <= (value.end or date.max)}
