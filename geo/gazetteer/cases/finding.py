"""Which case, task, document, line or stone is meant by what somebody writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import DataError, NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.law import Word
from geo.gazetteer.tables import EVENT
from geo.text import say

_SHOWN: Final = 5
_CHUNK: Final = 500
_BETWEEN: Final = "/"
"""Stands between the number of a case and that of a task or opinion within it."""


def find_case(book: Gazetteer, written: str) -> Row:
    """Return the case with this number, id or title.

    Raises
    ------
    NotFoundError
        There is none.
    DataError
        Several have this title.
    """
    text = written.strip()
    for column in ("number", "id", "title"):
        rows = _with(book, "case", column, text) if text else []
        if len(rows) == 1:
            return rows[0]
        if rows:
            numbers = "、".join(row["number"] for row in rows[:_SHOWN])
            raise DataError(
                say(
                    f"标题为“{text}”的案卷有 {len(rows)} 件：{numbers}。",
                    f"{len(rows)} cases are called {text}: {numbers}.",
                ),
                hint=say("请写案号。", "Give its number."),
            )
    raise NotFoundError(
        say(f"没有案卷“{written}”。", f"there is no case {written!r}."),
        hint=say("用 fuwuquan cases list 查看案号。", "See the numbers: fuwuquan cases list"),
    )


def numbered(book: Gazetteer, record: str, case: Row) -> dict[str, Row]:
    """Return the tasks or opinions of a case by their numbers, such as ``2026-0003/2``.

    They are numbered in the order in which the log has them, which nothing changes.
    """
    rows = {row["id"]: row for row in book.rows(record, case_id=case["id"])}
    first = sa.func.min(EVENT.c.number)
    found = sa.select(EVENT.c.row_id).where(EVENT.c.record == record)
    ids = list(rows)
    order: list[Any] = []
    with book.reading() as connection:
        for at in range(0, len(ids), _CHUNK):
            wanted = found.where(EVENT.c.row_id.in_(ids[at : at + _CHUNK]))
            order += connection.execute(
                wanted.add_columns(first.label("number")).group_by(EVENT.c.row_id)
            ).all()
    order.sort(key=lambda one: one.number)
    return {
        f"{case['number']}{_BETWEEN}{n}": rows[one.row_id] for n, one in enumerate(order, start=1)
    }


def find_in_case(book: Gazetteer, record: str, written: str) -> Row:
    """Return the task or opinion with this number or id; ``record`` says which.

    Raises
    ------
    NotFoundError
        There is none.
    """
    text = written.strip()
    by_id = book.rows(record, id=text)
    if by_id:
        return by_id[0]
    cases = _with(book, "case", "number", text.partition(_BETWEEN)[0])
    found = numbered(book, record, cases[0]) if cases else {}
    if text in found:
        return found[text]
    known = say("、", ", ").join(list(found)[:_SHOWN]) or say("无", "none")
    raise NotFoundError(
        say(f"没有“{written}”。", f"there is no {record} {written!r}."),
        hint=say(f"该案有：{known}", f"That case has: {known}"),
    )


def find_row(book: Gazetteer, record: str, written: str, *columns: str) -> Row:
    """Return the one row of a record whose id, or one of these columns, is what was written.

    Raises
    ------
    NotFoundError
        There is none.
    DataError
        There are several.
    """
    for column in ("id", *columns):
        rows = _with(book, record, column, written.strip())
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise DataError(
                say(
                    f"“{written}”有 {len(rows)} 条记录，请写编号。",
                    f"{written!r} means {len(rows)} records: give the id.",
                )
            )
    raise NotFoundError(say(f"没有“{written}”。", f"there is no {record} {written!r}."))


def _with(book: Gazetteer, record: str, column: str, value: str) -> list[Row]:
    equal: dict[str, Any] = {column: value}
    return book.rows(record, **equal)


def picked(words: Mapping[str, Word], written: str, zh: str, en: str) -> str:
    """Return the key that a key or its word in either language means, or a short form of one.

    A short form is how keys or words begin, or else a part of a Chinese word, and means one alone.

    Parameters
    ----------
    words
        What there is.
    written
        What was written.
    zh, en
        What it is called in a message.

    Raises
    ------
    NotFoundError
        There is no such thing; the hint lists all there are.
    DataError
        The short form means several; the hint lists them.

    Examples
    --------
    >>> words = {"decision": Word("决定", "decision"), "list": Word("拟标准化地名名单", "list")}
    >>> picked(words, "decision", "文件", "paper"), picked(words, "名单", "文件", "paper")
    ('decision', 'list')
    """
    text = written.strip()
    if text in words:
        return text
    folded = text.casefold()
    for key, word in words.items():
        if text and folded in (word.zh, word.en.casefold()):
            return key
    meant = _shortened(words, folded) if text else []
    if len(meant) == 1:
        return meant[0]
    listed = "、".join(f"{word} ({key})" for key, word in words.items() if key in (meant or words))
    if meant:
        raise DataError(
            say(
                f"{zh}“{written}”可以是 {len(meant)} 项，须写得再长些。",
                f"the {en} {written!r} may be any of {len(meant)}: write more of it.",
            ),
            hint=say(f"可以是：{listed}", f"One of: {listed}"),
        )
    raise NotFoundError(
        say(f"没有{zh}“{written}”。", f"there is no {en} {written!r}."),
        hint=say(f"可用：{listed}", f"There are: {listed}"),
    )


def _shortened(words: Mapping[str, Word], folded: str) -> list[str]:
    """Return the keys that a short form may mean: those that begin so, else those that have it."""
    begun = [
        key
        for key, word in words.items()
        if key.startswith(folded)
        or word.zh.startswith(folded)
        or word.en.casefold().startswith(folded)
    ]
    return begun or [key for key, word in words.items() if folded in word.zh]
