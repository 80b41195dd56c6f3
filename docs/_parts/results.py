"""What stands in every result table."""

from __future__ import annotations

from _parts.tables import code, rows_of, table, unit
from geo.schema.results import TABLES, result_columns
from geo.text import Language, say


def results(_: Language) -> str:
    """Return one table of columns a result, headed by where a planner finds it."""
    where = {row["table"]: row for row in rows_of("results")}
    return "\n\n".join(_result(name, where[name]) for name in TABLES)


def _result(name: str, where: dict[str, str]) -> str:
    headings = say("列|表头|单位|说明", "Column|Heading|Unit|Meaning").split("|")
    rows = [
        (
            code(column.name),
            column.label,
            unit(column.unit),
            say(column.description_zh, column.description),
        )
        for column in result_columns(name)
    ]
    title = say(where["zh"], where["en"])
    about = say(where["about_zh"], where["about_en"])
    return f"### {title} `{name}`\n\n{about}\n\n{table(headings, rows)}"
