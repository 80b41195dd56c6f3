"""The documents of a case with what is known of their files, and the files themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from geo.errors import NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.record import facts_of
from geo.store.documents import Kept, content_of, kept
from geo.text import say

_UNFIT: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
"""What the name of a file cannot hold in Windows."""
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Attached:
    """A document of a case, and what is known of its file."""

    kind: str
    """What it is to the case."""
    row: Row
    file: Kept | None
    """None: only its hash was told, or not even that."""

    @property
    def file_name(self) -> str:
        """What its file is called when it is fetched."""
        plain = _UNFIT.sub(" ", self.row["title"]).strip(" .") or self.kind
        return plain[:_LONGEST_NAME] + ("" if self.file is None else self.file.ending)


def attached(book: Gazetteer, case: Row) -> list[Attached]:
    """Return the documents of a case."""
    by_kind = dict(facts_of(case).get("documents", {}))
    if case["decision_id"] and case["decision_id"] not in by_kind.values():
        by_kind["decision"] = case["decision_id"]
    rows = {
        kind: row
        for kind, identity in by_kind.items()
        for row in book.rows("document", id=identity)
    }
    with book.reading() as connection:
        files = kept(connection, [row["sha256"] for row in rows.values() if row["sha256"]])
    return [Attached(kind, row, files.get(row["sha256"])) for kind, row in rows.items()]


def file_of(book: Gazetteer, paper: Attached) -> bytes:
    """Return the file of a document.

    Raises
    ------
    NotFoundError
        Its file is not kept.
    DataError
        The file is not as it was registered.
    """
    with book.reading() as connection:
        content = content_of(connection, paper.row["sha256"])
    if content is None:
        title = paper.row["title"]
        raise NotFoundError(
            say(f"“{title}”没有存文件，只有登记。", f"the file of {title!r} is not kept."),
            hint=say(
                "连同文件重新登记，文件就存在库里。", "Register it again together with its file."
            ),
        )
    return content
