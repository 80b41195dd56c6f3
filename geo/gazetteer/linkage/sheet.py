"""The queue as a workbook: officers fill in one column, and it is read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from geo.errors import DataError
from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.faulty import FaultyCell, FaultyFileError, shown
from geo.gazetteer.linkage.decide import Question
from geo.gazetteer.linkage.link import DIFFERENT, NEW, SAME
from geo.layers.files import check_file
from geo.layers.tables import read_sheets
from geo.store.tables import write_table
from geo.text import say

VERDICTS: Final = {
    SAME: ("同一", "same", "是", "相同", "同一地名"),
    DIFFERENT: ("不同", "different", "否", "不是"),
    NEW: ("新增", "new", "新地名", "新"),
}
"""What officers may write for each verdict; the first is the usual."""
_ID: Final = ("匹配编号", "Match")
_VERDICT: Final = ("结论", "Verdict")
COLUMNS: Final = {
    "verdict": _VERDICT,
    "row": ("行", "Row"),
    "theirs": ("来源名称", "Source's name"),
    "their_others": ("来源其他名称", "Source's other names"),
    "their_class": ("来源类别", "Source's class"),
    "their_division": ("来源政区", "Source's division"),
    "ours": ("库中名称", "Our name"),
    "our_others": ("库中其他名称", "Our other names"),
    "our_class": ("库中类别", "Our class"),
    "our_division": ("库中政区", "Our division"),
    "likely_share": ("可能性", "Likelihood"),
    "metres": ("相距（米）", "Metres apart"),
    "words": ("异同", "Alike and unlike"),
    "place": ("地名编号", "Place"),
    "match": _ID,
}


def write_queue(path: Path, questions: Sequence[Question]) -> list[Path]:
    """Write the pairs to decide as a table, the verdict first and empty.

    Parameters
    ----------
    path
        Ends in ``.xlsx`` or ``.csv``.
    questions
        What `queue` or `taken` gave.

    Returns
    -------
    list
        The files written.
    """
    frame = pd.DataFrame([_line(one) for one in questions], columns=list(COLUMNS))
    title = say("待裁定", "To decide")
    headings = {title: {name: say(*words) for name, words in COLUMNS.items()}}
    notes = [
        say(
            "在“结论”一列填写：同一、不同、新增。空着的不裁定。同一行只能有一个“同一”或“新增”。",
            "Fill in the verdict: same, different or new. Empty: not decided. "
            "A row of the source is one place, or new.",
        ),
        say(
            "“不同”只说不是这一个地名；来源这一行仍等着，不会写入地名库。",
            "“different” says that it is not this place; the record is not added to the gazetteer.",
        ),
    ]
    if any(one.taken for one in questions):
        notes.append(
            say(
                "“异同”写明“自动配上”的已算同一，空着就维持；要改判的填“不同”或“新增”。",
                "Pairs “taken by the program” are the same unless you write different or new.",
            )
        )
    return write_table(path, {title: frame.astype(object)}, headings=headings, notes=notes)


def _line(one: Question) -> list[object]:
    said = one.record.said
    return [
        None, one.record.number, one.record.name, "；".join(text for _, text in one.record.others),
        _kind(said("class_code")), said("division"), one.name,
        "；".join(one.other_names), _kind(one.class_code), one.division, one.probability,
        one.metres, told_words(one), one.place_id, one.match_id,
    ]  # fmt: skip


def told_words(one: Question) -> str:
    """Return what is alike in a pair, and whether it was taken without an officer."""
    return say("自动配上；", "taken by the program; ") + one.words if one.taken else one.words


def _kind(code: str) -> str:
    known = class_of(code) if code else None
    return known.name if known else code


def read_verdicts(path: Path) -> dict[str, str]:
    """Return the verdicts of a workbook that `write_queue` wrote, by the ids of matches.

    Raises
    ------
    FaultyFileError
        Some cells are no verdict, or a match is there twice; all of them are named.
    DataError
        It has no such columns, or no verdict at all.
    """
    kind = check_file(path)
    for sheet in read_sheets(path, kind):
        head = [str(cell or "").strip() for cell in sheet.grid[0]]
        ids = [at for at, text in enumerate(head) if text in _ID]
        verdicts = [at for at, text in enumerate(head) if text in _VERDICT]
        if ids and verdicts:
            return _read(path, sheet.name, sheet.grid, ids[0], verdicts[0])
    columns = say("“匹配编号”和“结论”", "“Match” and “Verdict”")
    raise DataError(
        say(f"“{path.name}”里没有{columns}两列。", f"{path.name} lacks the columns {columns}."),
        hint=say(
            "请用 names link queue --out 写出的表格。", "Use the table that names link queue wrote."
        ),
    )


def _read(
    path: Path, sheet: str, grid: list[list[object]], ids: int, verdicts: int
) -> dict[str, str]:
    meaning = {word: verdict for verdict, words in VERDICTS.items() for word in words}
    found: dict[str, str] = {}
    seen: set[str] = set()
    faults = []
    for number, row in enumerate(grid[1:], start=2):
        cells = [*row, *[None] * (max(ids, verdicts) + 1 - len(row))]
        written = str(cells[verdicts] or "").strip().lower()
        match = str(cells[ids] or "").strip()
        if not written:
            continue
        usual = "、".join(words[0] for words in VERDICTS.values())
        if written not in meaning:
            wanted = say(usual, "same, different or new")
            advice = say("请改用其中一个，或留空", "use one of them, or leave it empty")
            faults.append(
                FaultyCell(sheet, number, say(*_VERDICT), shown(cells[verdicts]), wanted, advice)
            )
        elif not match or match in seen:
            wanted = say("每行一个匹配编号", "one match a row")
            advice = say("请从原表复制编号", "copy it from the table that was written")
            faults.append(FaultyCell(sheet, number, say(*_ID), shown(match), wanted, advice))
        else:
            found[match] = meaning[written]
        seen.add(match)
    if faults:
        raise FaultyFileError(path.name, faults)
    if not found:
        raise DataError(
            say(f"“{path.name}”里一个结论也没有填。", f"{path.name} has no verdict."),
            hint=say("请填写“结论”一列。", "Fill in the column Verdict."),
        )
    return found
