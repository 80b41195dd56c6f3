"""Every fault code: how grave it is, what it means and what to do."""

from __future__ import annotations

from _parts.tables import code, rows_of, table
from geo.faults import SEVERITIES, severity_label
from geo.layers.cell_words import explain
from geo.layers.words import place_words, shape_words
from geo.schema import Choice, Column
from geo.text import Language, say

_ANY_COLUMN = Column(
    name="column",
    label_zh="某列",
    label_en="the column",
    synonyms=(),
    type="choice",
    unit="",
    required=False,
    minimum=None,
    choices=(Choice("the values listed for it", ("该列的可选值",)),),
    description_zh="",
    description="",
)


def faults(_: Language) -> str:
    """Return one table of codes a source: cells, places, whole files, layers, streets, runs."""
    headings = say("代码|程度|意思|怎么办", "Code|Severity|Meaning|What to do").split("|")
    parts = []
    for group in dict.fromkeys(row["group"] for row in rows_of("faults")):
        rows = [_row(row) for row in rows_of("faults") if row["group"] == group]
        title = next(r for r in rows_of("fault_groups") if r["group"] == group)
        parts.append(f"### {say(title['zh'], title['en'])}\n\n{table(headings, rows)}")
    return "\n\n".join(parts)


def _row(row: dict[str, str]) -> tuple[str, str, str, str]:
    severities = [name for name in SEVERITIES if name in row["severity"].split()]
    labels = say("、", ", ").join(severity_label(name) for name in severities)
    meaning, advice = words(row)
    return code(row["code"]), labels, meaning, advice


def words(row: dict[str, str]) -> tuple[str, str]:
    """Return the meaning and the advice: the program's own where it keeps them by code."""
    own = {"cell": _cell, "place": place_words, "shape": shape_words}.get(row["words"])
    if own is not None:
        return own(row["code"])
    return say(row["zh"], row["en"]), say(row["do_zh"], row["do_en"])


def _cell(fault: str) -> tuple[str, str]:
    return explain(fault, _ANY_COLUMN)
