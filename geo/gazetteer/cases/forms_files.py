"""Forms as files: an empty workbook or TOML to fill in, and what a filled one proposes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.cases.forms import Field, field_named, fields_of, proposal_of
from geo.gazetteer.cases.forms_values import PlaceOf
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.record import Proposal
from geo.store.tables import write_table, write_whole
from geo.text import say

_SHOWN: Final = 12
BATCH: Final = "batch"
LISTED: Final = "standardising"
"""Kind of the cases on the list of a batch, unless a row says otherwise."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing in a file that is not fit."""

    where: str
    """Such as ``地名!B7``, or the number of a TOML table."""
    field: str
    message: str


class FaultyFormError(DataError):
    """Some of a form is not fit; ``cells`` names all of it."""

    def __init__(self, file: str, cells: Sequence[Cell]) -> None:
        told = say("；", "; ").join(f"{c.where} {c.field}：{c.message}" for c in cells[:_SHOWN])
        more = say(f"……共 {len(cells)} 处", f"… {len(cells)} in all") if cells[_SHOWN:] else ""
        super().__init__(
            say(f"“{file}”有 {len(cells)} 处不对：", f"{file}: {len(cells)} things are unfit: ")
            + told
            + more,
            hint=say("改好后重来；现在一件也没有立案。", "Mend them; nothing was opened."),
        )
        self.cells = tuple(cells)


@dataclass(frozen=True, slots=True)
class _Filled:
    where: Mapping[str, str]
    """Where each field stands, by its key."""
    kind: str
    values: Mapping[str, str]

    @property
    def told(self) -> bool:
        """Whether anything was filled in."""
        return any(text for _, text in self.values.items())


def write_form(path: Path, kind: str, rules: Rulebook) -> None:
    """Write an empty form of a kind of case, by the ending of the path: .xlsx or .toml.

    The form of a batch has a sheet for the campaign and a sheet for its list.

    Raises
    ------
    DataError
        The ending is neither, or the file cannot be written.
    """
    sheets = {_sheet(kind, rules): _columns(kind)}
    if kind == BATCH:
        sheets[_list_sheet()] = _columns(LISTED)
    if path.suffix.lower() == ".toml":
        write_whole(path, _empty_toml(kind, rules).encode())
        return
    starred = {
        title: {
            one.field: one.label + ("*" if one.wanted(rules.kinds[of]) else "") for one in columns
        }
        for (title, columns), of in zip(sheets.items(), (kind, LISTED), strict=False)
    }
    frames = {
        title: pd.DataFrame({one.field: pd.Series(dtype="string") for one in columns})
        for title, columns in sheets.items()
    }
    notes = [
        f"{one.label}：{one.hint}" for columns in sheets.values() for one in columns if one.hint
    ]
    star = say("带 * 的须填；每行一件案卷。", "A star: must be filled in. One case a row.")
    write_table(path, frames, headings=starred, notes=[star, *dict.fromkeys(notes)])


def read_form(
    book: Gazetteer,
    path: Path,
    kind: str,
    *,
    on: date,
    rules: Rulebook,
    place_of: PlaceOf | None = None,
) -> tuple[list[Proposal], list[Proposal]]:
    """Return the proposals of a filled form: of a batch the campaign and its list, else the cases.

    Parameters
    ----------
    book, kind, on, rules, place_of
        As for `proposal_of`.
    path
        The form.

    Returns
    -------
    tuple
        The cases, or the one campaign; and the cases on its list.

    Raises
    ------
    FaultyFormError
        Cells are not fit, or headings are not known; every one of them is named.
    DataError
        The file cannot be read, or has nothing in it.
    """
    reading = _of_toml if path.suffix.lower() == ".toml" else _of_workbook
    heads, listed, cells = reading(path, kind)
    heads, listed = ([one for one in rows if one.told] for rows in (heads, listed))
    if not heads or (kind == BATCH and (len(heads) != 1 or not listed)):
        wanted = (
            say("批量案卷一行、清单至少一行", "one campaign and at least one row on its list")
            if kind == BATCH
            else say("至少一行", "at least one row")
        )
        if not cells:
            raise DataError(
                say(f"“{path.name}”里没有填写：应有{wanted}。", f"{path.name} lacks {wanted}.")
            )
    made: list[list[Proposal]] = []
    for group in (heads, listed):
        proposals = []
        for one in group:
            proposal, faults = proposal_of(
                book, one.kind, one.values, on=on, rules=rules, place_of=place_of
            )
            proposals.append(proposal)
            labels = {f.field: f.label for f in fields_of(one.kind)}
            cells += [
                Cell(one.where.get(f.field, ""), labels.get(f.field, f.field), f.message)
                for f in faults
            ]
        made.append(proposals)
    if cells:
        raise FaultyFormError(path.name, cells)
    return made[0], made[1]


def _sheet(kind: str, rules: Rulebook) -> str:
    return str(rules.kinds[kind].word).replace("/", " ")


def _list_sheet() -> str:
    return say("清单", "list")


def _columns(kind: str) -> tuple[Field, ...]:
    return fields_of(kind)


def _empty_toml(kind: str, rules: Rulebook) -> str:
    def lines(of: str) -> list[str]:
        return [
            f'{one.field} = ""  # {one.label}'
            + (say("（须填）", " (wanted)") if one.wanted(rules.kinds[of]) else "")
            + (f"：{one.hint}" if one.hint else "")
            for one in fields_of(of)
        ]

    text = [f"# {rules.kinds[kind].word}", *lines(kind)]
    if kind == BATCH:
        text += ["", "[[case]]", *lines(LISTED)]
    return "\n".join(text) + "\n"


def _of_toml(path: Path, kind: str) -> tuple[list[_Filled], list[_Filled], list[Cell]]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            say(f"读不了“{path.name}”：{error}", f"cannot read {path.name}: {error}")
        ) from error
    listed = document.pop("case", [])
    cells: list[Cell] = []
    head = _table(document, kind, path.stem, cells)
    rows = [
        _table(
            {key: value for key, value in row.items() if key != "kind"},
            str(row.get("kind", LISTED if kind == BATCH else kind)),
            f"case {number}",
            cells,
        )
        for number, row in enumerate(listed, start=1)
    ]
    if kind == BATCH:
        return [head], rows, cells
    return ([head] if document else []) + rows, [], cells


def _table(row: Mapping[str, Any], kind: str, where: str, cells: list[Cell]) -> _Filled:
    """Return one table of a TOML as a filled form; keys that its kind has not are noted."""
    values = {}
    for key, value in row.items():
        field = field_named(kind, key)
        if field is None:
            cells.append(Cell(where, key, say("表上没有这一项", "the form has no such field")))
        else:
            values[field.field] = str(value)
    return _Filled(dict.fromkeys(values, where), kind, values)


def _of_workbook(path: Path, kind: str) -> tuple[list[_Filled], list[_Filled], list[Cell]]:
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise DataError(
            say(f"读不了“{path.name}”：{error}", f"cannot read {path.name}: {error}"),
            hint=say(
                "请用 cases template 写出的 .xlsx 或 .toml。", "Use a form of cases template."
            ),
        ) from error
    cells: list[Cell] = []
    with closing(workbook):
        titles = workbook.sheetnames
        head = _rows(workbook[titles[0]], kind, cells)
        second = titles[1] if kind == BATCH and len(titles) > 1 else ""
        listed = _rows(workbook[second], LISTED, cells) if second else []
    return head, listed, cells


def _rows(sheet: Any, kind: str, cells: list[Cell]) -> list[_Filled]:  # noqa: ANN401 - openpyxl's
    """Return the rows of a sheet below its headings; empty rows are passed over."""
    rows = sheet.iter_rows(values_only=True)
    headings = [("" if cell is None else str(cell)) for cell in next(rows, ())]
    columns: dict[int, str] = {}
    for at, heading in enumerate(headings):
        field = field_named(kind, heading) if heading.strip() else None
        if field is not None:
            columns[at] = field.field
        elif heading.strip():
            where = f"{sheet.title}!{get_column_letter(at + 1)}1"
            cells.append(Cell(where, heading, say("表上没有这一列", "the form has no such column")))
    found = []
    for number, row in enumerate(rows, start=2):
        values = {columns[at]: _text(row[at]) for at in columns if at < len(row)}
        values = {key: value for key, value in values.items() if value}
        if values:
            places = {
                name: f"{sheet.title}!{get_column_letter(at + 1)}{number}"
                for at, name in columns.items()
            }
            found.append(_Filled(places, kind, values))
    return found


def _text(cell: object) -> str:
    """Return a cell as text: a day as 2026-05-01, a whole number without a point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
