"""Whatever stands in a file of figures, the answer is reports or one message that says where."""

from __future__ import annotations

import math
import tempfile
from datetime import date, time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess.consistency import Report, examine
from geo.assess.figures_file import read_figures
from geo.errors import DataError

KEYS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(), st.floats(-9, 9), st.sampled_from([0, 1, 100])
)
ANYTHING = st.one_of(
    NUMBERS,
    st.booleans(),
    st.dates(date(1, 1, 1)),
    st.times(),
    st.text(max_size=5),
    st.lists(KEYS, max_size=3),
)
FIGURE = st.fixed_dictionaries(
    {"key": KEYS | ANYTHING, "value": NUMBERS | ANYTHING, "source": st.just("s") | ANYTHING},
    optional={
        "step": NUMBERS | ANYTHING,
        "date": st.sampled_from(["2020-02-30", "2020年1月2日"]) | ANYTHING,
        "name": ANYTHING,
        "place": ANYTHING,
        "else": ANYTHING,
    },
)
GOOD = st.fixed_dictionaries(
    {"key": KEYS, "value": st.floats(-1e15, 1e15), "source": st.just("s")},
    optional={"step": st.floats(0, 1e3)},
)
CHECK = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["ratio", "sum", "difference", "at_least", "growth"]) | ANYTHING,
        "parts": st.lists(KEYS, max_size=3) | ANYTHING,
    },
    optional={
        "result": KEYS | ANYTHING,
        "per": st.floats(0, 1e15) | ANYTHING,
        "years": st.floats(0, 1e4) | ANYTHING,
    },
)


def toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08X}" for sign in value) + '"'
    if isinstance(value, time):
        return value.isoformat()
    return str(value)


def table(name: str, row: dict[str, object]) -> str:
    return f"[[{name}]]\n" + "".join(f'"{key}" = {toml(cell)}\n' for key, cell in row.items())


def outcome(content: bytes, name: str = "figures.toml") -> str:
    refused: DataError | None = None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        reports: list[Report] = []
        try:
            reports = examine(*read_figures(path))
        except DataError as error:
            refused = error
    if refused is not None:
        assert name in str(refused)
        assert refused.hint
        return "refused"
    for report in reports:
        assert report.message
        assert not math.isnan(report.low)
    return "read"


@settings(max_examples=50, deadline=None)
@given(st.lists(FIGURE, max_size=4), st.lists(CHECK, max_size=3))
def test_rows_of_any_kind(
    figures: list[dict[str, object]], checks: list[dict[str, object]]
) -> None:
    text = "".join(table("figure", row) for row in figures)
    outcome((text + "".join(table("check", row) for row in checks)).encode())


@settings(max_examples=50, deadline=None)
@given(st.lists(GOOD, min_size=3, max_size=4), st.lists(CHECK, max_size=3))
def test_figures_that_are_in_order(
    figures: list[dict[str, object]], checks: list[dict[str, object]]
) -> None:
    text = "".join(table("figure", row) for row in figures)
    assert outcome(text.encode()) == "read"
    outcome((text + "".join(table("check", row) for row in checks)).encode())


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(content: bytes) -> None:
    outcome(content)
    outcome(b"[[figure]]\n" + content)
    outcome(content, "figures.xlsx")
