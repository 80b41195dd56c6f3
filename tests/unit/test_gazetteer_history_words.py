"""The history of a place is told in words: no keys of the program, no ids, no JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Paper, Proposal, act, approve, enclose, open_case, rulebook
from geo.gazetteer.history import history, told_events
from geo.gazetteer.tables import EVENT
from geo.store import Workspace

AT = datetime(2026, 4, 15, 9, tzinfo=UTC)
BARE = re.compile(r"[a-z]+_[a-z]+|[0-9a-f]{8}-[0-9a-f]{4}|[{}\[\]]|deliberation|approved|position")


def named(folder: Path) -> tuple[Gazetteer, str]:
    """Return a book in which a name was given by a case, and its place."""
    book = Gazetteer.of(Workspace.create(folder))
    shape = {"role": "centreline", "wkt": "LINESTRING (114.1 30.1, 114.12 30.1)"}
    facts = {"class_code": "23510", "position": "东起岩原路", "shapes": [shape]}
    asked = Proposal(
        "naming", "望潮路命名", division_code="990101001", reason="新建", facts=facts,
        names=[{"text": "望潮路"}],
    )  # fmt: skip
    case = open_case(book, asked, by="林岚", at=AT)

    def paper(kind: str, **more: str) -> str:
        version = book.row("case", case)["version"]
        made = Paper(kind, f"望潮路{rulebook().documents[kind]}", **more)
        return enclose(book, case, made, version=version, by="林岚", at=AT)

    def go(action: str, role: str = "clerk", **more: object) -> None:
        version = book.row("case", case)["version"]
        act(book, case, action, actor=role, role=role, at=AT, version=version, **more)  # type: ignore[arg-type]

    kind = rulebook().kind("naming")
    for one in kind.documents:
        paper(one)
    go("submit")
    go("accept")
    reports = {row["id"]: '{"verdict": "pass"}' for row in book.rows("candidate", case_id=case)}
    go("check_rules", reports=reports)
    go("start_reviews")
    for one in kind.branches:
        go(f"file_{one}", document_id=paper(one))
    go("deliberate", "reviewer")
    decision = paper("approval", number="示政复〔2026〕7号", issuer="某区人民政府",
                     issued_on="2026-04-15")  # fmt: skip
    approve(
        book, case, approver="局长", authority="county_government", decision_id=decision, at=AT,
        version=book.row("case", case)["version"],
    )  # fmt: skip
    return book, str(book.row("case", case)["place_id"])


def test_a_naming_is_told_without_keys_ids_or_json(tmp_path: Path) -> None:
    book, place = named(tmp_path / "county")
    told = [one.line for one in history(book, place)]
    assert not [line for line in told if BARE.search(line)]
    whole = "\n".join(told)
    for wanted in (
        "位置描述 东起岩原路", "状态 审议 → 已批准", "批准机关 （空） → 县级人民政府",
        "批准文件 《望潮路批复》（示政复〔2026〕7号）", "语种 汉语", "种类 设置标志", "名称 望潮路",
        "文稿 关于命名望潮路的备案报告",
    ):  # fmt: skip
        assert wanted in whole


def test_every_event_of_a_case_is_told_without_keys_ids_or_json(tmp_path: Path) -> None:
    book, _ = named(tmp_path / "county")
    told = [one.line for one in told_events(book, EVENT.c.number > 0)]
    assert len(told) > 30
    assert not [line for line in told if BARE.search(line)]
    whole = "\n".join(told)
    assert "材料 申请书 → 申请书、地理实体基本情况" in whole
    assert "规则报告 （空） → 通过" in whole


def test_a_row_that_is_gone_is_told_as_gone(tmp_path: Path) -> None:
    book, place = named(tmp_path / "county")
    with book.reading() as connection:
        last = connection.execute(EVENT.select().order_by(EVENT.c.number.desc())).mappings().first()
    assert last is not None
    book.undo(last["change_set_id"], author="甲", reason="误批", at=AT)
    told = [one.line for one in history(book, place)]
    assert not [line for line in told if BARE.search(line)]
    assert any("已不存在的记录" in line for line in told)
    assert json.loads(last["after"])  # the log itself keeps what it kept
