"""In which order things are dated: recorded late is fine, dated before what went before is not."""

from __future__ import annotations

from typing import Final

from geo.errors import DataError
from geo.gazetteer.book import Row
from geo.gazetteer.cases.law import Word
from geo.text import say

STEP: Final = Word("上一步办于", "the last step was on")
DECIDED: Final = Word("批准于", "it was decided on")
SAID: Final = Word("这条意见提于", "the opinion was given on")
HEARD: Final = Word("征求意见始于", "the consultation was opened on")


def must_follow(case: Row, went_before: Word, last: str, day: str) -> None:
    """Refuse a day that lies before that of what went before.

    Parameters
    ----------
    case
        The case, for the message.
    went_before
        What went before.
    last, day
        Its day, empty if nothing did, and the day told.

    Raises
    ------
    DataError
        It does.
    """
    if day >= last:
        return
    raise DataError(
        say(
            f"案卷“{case['title']}”{went_before.zh} {last}，这一步不能写在它之前的 {day}。",
            f"{case['title']}: {went_before.en} {last}; this one cannot be on {day}, before it.",
        ),
        hint=say(
            f"请用 --on 写 {last} 或以后的日期；上一步日期有误的，先用 fuwuquan cases undo 撤回。",
            f"Give a day from {last} on; if the last step has a wrong day, undo it first.",
        ),
    )
