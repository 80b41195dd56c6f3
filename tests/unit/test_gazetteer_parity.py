"""One history kept in a GeoPackage and in PostGIS: every answer of the two is the same."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook, load_workbook
from pypinyin import Style, lazy_pinyin

from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Proposal as Wanted
from geo.gazetteer.cases import act, approve, attach, frozen_reports, open_case, rulebook
from geo.gazetteer.cases import audit as case_audit
from geo.gazetteer.division import DivisionChange, carry_out
from geo.gazetteer.entries import codes, entries, parents
from geo.gazetteer.exchange import (
    Audience,
    export_census,
    feed,
    feed_json,
    give,
    import_names,
    release,
)
from geo.gazetteer.exchange.give import ENDINGS, Format
from geo.gazetteer.rules import Proposal, audit, check_name, pack, standing
from geo.gazetteer.search import Search
from geo.gazetteer.tables import RECORDS
from geo.store import Workspace, bundled

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
DAY = date(2026, 6, 1)
DEMO = bundled.bundled("demo") / "gazetteer.xlsx"
RULES = rulebook()
TOWNSHIP = "990101201"
FORMATS: tuple[Format, ...] = ("dmfw", "lpf", "lptsv", "geojson")


@dataclass(frozen=True, slots=True)
class Kept:
    """A gazetteer, and the fingerprints after each step of its history."""

    book: Gazetteer
    steps: list[str]
    names: list[str]
    folder: Path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a part of the demo: divisions, every twelfth record, and their signs and stones."""
    read = load_workbook(DEMO, read_only=True)
    made = Workbook()
    made.remove(made.worksheets[0])
    known: set[object] = {None}
    for title in ("地名", "地名标志", "界线", "界桩"):
        head, *rows = read[title].iter_rows(values_only=True)
        one = made.create_sheet(title)
        one.append(head)
        for number, row in enumerate(rows):
            cells = dict(zip_longest(head, row))
            if title == "地名" and (number % 12 == 0 or cells["类别代码"] in ("21300", "21400")):
                known.add(cells["地名代码"])
                one.append(row)
            elif title != "地名" and cells.get("地名代码") in known:
                one.append(row)
    read.close()
    path = tmp_path_factory.mktemp("source") / "part.xlsx"
    made.save(path)
    return path


@pytest.fixture(scope="module")
def twins(
    source: Path, shared_postgis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kept, Kept]]:
    folder = tmp_path_factory.mktemp("twins")
    with (
        closing(Gazetteer.of(Workspace.create(folder / "county"))) as one,
        closing(Gazetteer.at(shared_postgis)) as other,
    ):
        yield history(one, source, folder / "one"), history(other, source, folder / "other")


def history(book: Gazetteer, source: Path, folder: Path) -> Kept:
    """Live the same history: a census, a built-up area, a renaming, an edit undone, a division."""
    folder.mkdir()
    draw = random.Random(0)  # noqa: S311 - ids that are the same in both
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.gazetteer.spelling.secrets.randbits", draw.getrandbits)
        import_names(book, source, author="甲", at=AT)
        steps = [book.state_sha256()]
        steps += [step(book) for step in (ruled, renamed, edited_and_undone, divided)]
    names = sorted({row["text"] for row in book.rows("name")})
    return Kept(book, steps, names, folder)


def ruled(book: Gazetteer) -> str:
    streets = book.rows("place", class_code="23510")
    town = shapely.box(114.17, 30.43, 114.30, 30.53)
    with book.change(author="甲", reason="建成区", at=AT) as change:
        change.insert("scope", kind="built_up", name="城区", shape=town)
        change.insert(
            "document",
            id="批复",
            kind="approval",
            title="批复",
            issuer="区政府",
            issued_on="2026-05-01",
        )
        change.insert(
            "protection", place_id=streets[-1]["id"], level="county", batch="1", measures=""
        )
    return book.state_sha256()


def renamed(book: Gazetteer) -> str:
    street = next(r for r in book.rows("place", class_code="23510", status="recorded"))
    asked = Wanted(
        kind="renaming",
        title="更名",
        place_id=street["id"],
        reason_code="城乡建设",
        reason="重名",
        names=[{"text": "金湖路", "specific": "金湖", "generic": "路"}],
        facts={"position": "东起人民路"},
    )
    case = open_case(book, asked, by="经办甲", at=AT)
    kind = RULES.kinds["renaming"]

    def version() -> int:
        return int(book.row("case", case)["version"])

    def do(action: str, role: str, **more: Any) -> None:  # noqa: ANN401
        actor = {"clerk": "经办甲", "reviewer": "科长乙"}[role]
        act(book, case, action, actor=actor, role=role, at=AT, version=version(), **more)

    for paper in kind.documents:
        attach(book, case, version=version(), kind=paper, document_id="批复", by="经办甲", at=AT)
    do("submit", "clerk")
    do("accept", "clerk")
    passed = json.dumps({"text": "", "verdict": "pass"})
    do("check_rules", "clerk", reports=frozen_reports(book, [case], lambda _, __: passed))
    if kind.branches:
        do("start_reviews", "clerk")
    for branch in kind.branches:
        do(f"file_{branch}", "clerk", document_id="批复")
    do("deliberate", "reviewer", note="同意")
    approve(
        book,
        case,
        approver="局长丙",
        authority="county_government",
        decision_id="批复",
        at=AT,
        version=version(),
    )
    return book.state_sha256()


def edited_and_undone(book: Gazetteer) -> str:
    rows = book.rows("name", kind="standard")
    with book.change(author="乙", reason="试改", at=AT) as change:
        for row in rows[:700]:
            change.update("name", row["id"], row["version"], meaning="有误")
    edited = book.state_sha256()
    book.undo(change.id, author="乙", reason="撤回", at=AT)
    return edited + book.state_sha256()


def divided(book: Gazetteer) -> str:
    (code,) = book.rows("code", value=TOWNSHIP)
    wanted = DivisionChange(
        "township_to_town", code["place_id"], "霜浦镇", "990101150", DAY, "批复"
    )
    carry_out(book, wanted, author="甲", at=AT)
    return book.state_sha256()


def test_the_fingerprints_are_equal_after_every_step(twins: tuple[Kept, Kept]) -> None:
    one, other = twins
    assert one.steps == other.steps
    assert len(set(one.steps)) == len(one.steps)
    for kept in twins:
        assert kept.book.state_sha256() == kept.book.replayed_sha256() == one.steps[-1]
        assert kept.book.first_broken() is None


def test_rows_come_in_the_same_order_with_the_same_values(twins: tuple[Kept, Kept]) -> None:
    one, other = (kept.book for kept in twins)
    for record in RECORDS:
        assert one.rows(record) == other.rows(record), record
        assert one.rows(record, on=DAY) == other.rows(record, on=DAY), record
    for day in (None, date(2010, 1, 1), date(2026, 5, 31), DAY):
        assert entries(one, on=day).equals(entries(other, on=day))
        assert parents(one, on=day) == parents(other, on=day)
        assert codes(one, "gbt10114", on=day) == codes(other, "gbt10114", on=day)


def test_the_census_goes_out_in_the_same_bytes(twins: tuple[Kept, Kept]) -> None:
    for kept in twins:
        export_census(kept.book, kept.folder / "out.xlsx")
    first, second = ((kept.folder / "out.xlsx").read_bytes() for kept in twins)
    assert first == second


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("audience", ["public", "departments"])
def test_others_are_given_the_same_bytes(
    twins: tuple[Kept, Kept], form: Format, audience: Audience
) -> None:
    for kept in twins:
        given = give(
            kept.book, kept.folder / f"out{ENDINGS[form]}", form, on=DAY, audience=audience
        )
        assert len(given.places) > 200
    first, second = ((kept.folder / f"out{ENDINGS[form]}").read_bytes() for kept in twins)
    assert first == second


def test_the_feed_tells_the_same_changes_and_withdrawals(twins: tuple[Kept, Kept]) -> None:
    one, other = (kept.book for kept in twins)
    last = feed(one).until
    for since in (0, last // 3, last - 50, last):
        assert feed_json(feed(one, since=since)) == feed_json(feed(other, since=since))
    assert release(one) == release(other)


def queries(names: list[str]) -> list[str]:
    """Return queries of every kind for some of the names."""
    asked = ["", "路", "村", "%", "_", "'", "没有这个地名吗", "990101", "99010120", "9901010012"]
    draw = random.Random(1)  # noqa: S311
    for name in draw.sample(names, 14):
        start = draw.randrange(max(1, len(name) - 1))
        swapped = name[:start] + name[start : start + 2][::-1] + name[start + 2 :]
        asked += [
            name,
            name[start : start + 1],
            name[start : start + 2],
            name[:3],
            swapped,
            name[:start] + name[start + 1 :],
            name[:start] + "大" + name[start:],
            "".join(lazy_pinyin(name)),
            " ".join(lazy_pinyin(name, style=Style.TONE)),
            "".join(lazy_pinyin(name, style=Style.TONE3)),
            "".join(syllable[0] for syllable in lazy_pinyin(name)),
            name.replace("云", "雲").replace("东", "東").replace("桥", "橋"),
        ]
    return asked


def test_search_gives_the_same_hits_for_queries_of_every_kind(twins: tuple[Kept, Kept]) -> None:
    one, other = (Search(kept.book, kept.folder) for kept in twins)
    kinds: set[str] = set()
    more: list[dict[str, Any]] = [
        {"on": date(2026, 5, 31), "limit": 50},
        {"on": DAY, "kinds": ["standard"]},
        {"box": (114.2, 30.45, 114.25, 30.5), "limit": 3},
        {"kinds": ["former", "alias"]},
    ]
    for number, query in enumerate(queries(twins[0].names)):
        for asked in ({}, more[number % len(more)]):
            hits = one.find(query, **asked)
            assert hits == other.find(query, **asked), (query, asked)
            kinds |= {hit.match for hit in hits}
    assert kinds == {
        "code", "name", "begins", "within", "sound", "pinyin", "initials", "alike",
    }  # fmt: skip


def test_names_are_judged_alike(twins: tuple[Kept, Kept]) -> None:
    rules = pack("large_city")
    stood = [standing(kept.book, on=DAY) for kept in twins]
    here = shapely.Point(114.22, 30.49)
    verdicts = set()
    for name in [*twins[0].names[::9], "金湖路", "环球中央广场", "建设路", "24克拉"]:
        for class_code in ("23510", "26100", "21600"):
            asked = Proposal(name, class_code, here, "990101001")
            first, second = (check_name(asked, one, rules, on=DAY) for one in stood)
            assert first == second, name
            verdicts |= {finding.verdict for finding in first.findings}
    assert len(verdicts) >= 4
    assert audit(twins[0].book, rules, DAY) == audit(twins[1].book, rules, DAY)
    assert case_audit(twins[0].book, DAY) == case_audit(twins[1].book, DAY)
