"""The file of a document is kept once, as it is, and goes wherever the workspace goes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo.errors import DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Paper, Proposal, enclose, open_case
from geo.gazetteer.cases.paper_files import attached, file_of
from geo.store import Workspace, documents
from geo.store.backups import back_up, restore
from geo.store.moving import move

PlaceOf = Callable[[str], str]
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
PDF = b"%PDF-1.7\n\x00\xff" + "批复".encode()


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.fixture
def workspace(place: PlaceOf) -> Workspace:
    return Workspace.create(place("documents"))


def opened(book: Gazetteer, paper: Paper) -> str:
    asked = Proposal("naming", "望潮路命名", names=[{"text": "望潮路"}], reason="新建")
    case = open_case(book, asked, by="甲", at=AT)
    enclose(book, case, paper, version=book.row("case", case)["version"], by="甲", at=AT)
    return case


def test_a_case_gives_back_the_file_that_it_was_given(workspace: Workspace) -> None:
    book = Gazetteer.of(workspace)
    case = opened(book, Paper("application", '望潮路/命名:"申请"', content=PDF))
    [paper] = attached(book, book.row("case", case))
    assert paper.row["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert paper.file is not None
    assert (paper.file.bytes, paper.file.media_type) == (len(PDF), "application/pdf")
    assert paper.file_name == "望潮路 命名 申请.pdf"
    assert file_of(book, paper) == PDF
    assert book.first_broken() is None


def test_the_same_file_is_kept_once(workspace: Workspace) -> None:
    book = Gazetteer.of(workspace)
    for title in ("甲", "乙"):
        opened(book, Paper("application", title, content=PDF))
    with workspace.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM fuwuquan_document")) == 1


def test_a_document_without_its_file_says_so(workspace: Workspace) -> None:
    book = Gazetteer.of(workspace)
    case = opened(book, Paper("application", "申请书", sha256="0" * 64))
    [paper] = attached(book, book.row("case", case))
    assert paper.file is None
    with pytest.raises(NotFoundError, match="没有存文件"):
        file_of(book, paper)


def test_what_is_unfit_is_refused_with_the_whole_document(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Gazetteer.of(workspace)
    case = opened(book, Paper("application", "申请书"))
    seen = {"version": book.row("case", case)["version"], "by": "甲", "at": AT}
    with pytest.raises(DataError, match="与所写的不同"):
        enclose(book, case, Paper("situation", "情况", sha256="0" * 64, content=PDF), **seen)
    with pytest.raises(DataError, match="空的"):
        enclose(book, case, Paper("situation", "情况", content=b""), **seen)
    monkeypatch.setattr(documents, "MOST_BYTES", 10)
    with pytest.raises(DataError, match="最多"):
        enclose(book, case, Paper("situation", "情况", content=PDF), **seen)
    assert len(attached(book, book.row("case", case))) == 1
    with workspace.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM fuwuquan_document")) == 0


def test_files_go_along_with_a_backup_and_with_a_move(
    workspace: Workspace, shared_database: str, tmp_path: Path
) -> None:
    case = opened(Gazetteer.of(workspace), Paper("application", "申请书", content=PDF))
    file = tmp_path / "b.gpkg"
    from geo.gazetteer.tables import GAZETTEER  # noqa: PLC0415

    back_up(workspace, file, books=(GAZETTEER,))
    restored, _ = restore(file, tmp_path / "r", books=(GAZETTEER,))
    url = f"{shared_database}?workspace=docs_{tmp_path.name[-20:].lower()}"
    moved, _ = move(restored, url, books=(GAZETTEER,), folder=tmp_path / "f")
    back, _ = move(moved, tmp_path / "again", books=(GAZETTEER,))
    for space in (restored, moved, back):
        book = Gazetteer.of(space)
        [paper] = attached(book, book.row("case", case))
        assert file_of(book, paper) == PDF


def test_a_file_that_was_changed_is_not_given_out(workspace: Workspace) -> None:
    book = Gazetteer.of(workspace)
    case = opened(book, Paper("application", "申请书", content=PDF))
    with workspace.writing() as connection:
        changed = sa.text("UPDATE fuwuquan_document SET content = :content")
        connection.execute(changed, {"content": PDF + b"."})
    [paper] = attached(book, book.row("case", case))
    with pytest.raises(DataError, match="已损坏或被改动过"):
        file_of(book, paper)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PDF, ".pdf"),
        (b"\x89PNG\r\n\x1a\n....", ".png"),
        (packed("word/document.xml"), ".docx"),
        (packed("xl/workbook.xml"), ".xlsx"),
        (packed("OFD.xml"), ".ofd"),
        (packed("a.txt"), ".zip"),
        (b"PK\x03\x04 broken", ""),
        ("批复".encode(), ".txt"),
        (b"<script>\x00", ""),
    ],
)
def test_what_a_file_is_comes_from_its_content(content: bytes, ending: str) -> None:
    kept = documents.Kept("", documents.media_type_of(content), len(content))
    assert kept.ending == ending
