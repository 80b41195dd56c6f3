"""A case lies in a division that there is, and in a place that can be one of the county."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pytest
import shapely

from geo.errors import DataError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Proposal, act, edit_case, open_campaign, open_case, rulebook
from geo.gazetteer.cases.forms import proposal_of
from geo.gazetteer.cases.forms_files import FaultyFormError, read_form
from geo.gazetteer.divisions import division_word
from geo.store import Origin, Workspace, conform
from tests.conftest import PlaceOf

AT: Final = datetime(2026, 4, 15, 9, tzinfo=UTC)
DAY: Final = AT.date()
CENSUS: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
WEST, EAST = shapely.box(114.0, 30.0, 114.2, 30.4), shapely.box(114.2, 30.0, 114.4, 30.4)


@pytest.fixture
def bare(place: PlaceOf) -> Iterator[Gazetteer]:
    """A book without divisions, in a workspace without layers."""
    workspace = Workspace.create(place("bare"))
    yield Gazetteer.of(workspace)
    workspace.close()


@pytest.fixture
def book(place: PlaceOf) -> Iterator[Gazetteer]:
    """A county and two townships in layers; the book knows one of them, and one of its own."""
    workspace = Workspace.create(place("book"))
    units = {
        "county": (["990101"], ["示范县"], [WEST.union(EAST)]),
        "township": (["990101001", "990101100"], ["云麓街道", "听松镇"], [WEST, EAST]),
    }
    for layer, (codes, names, shapes) in units.items():
        frame = gpd.GeoDataFrame({"code": codes, "name": names}, geometry=shapes, crs=4490)
        workspace.write(layer, conform(frame, layer), origin=Origin("x", DAY))
    made = Gazetteer.of(workspace)
    _division(made, "990101001", "云麓街道")
    _division(made, "990101200", "霜浦乡")
    yield made
    workspace.close()


def _division(book: Gazetteer, code: str, name: str, **more: Any) -> None:  # noqa: ANN401
    known = {"lifecycle": "existing", "status": "recorded", "secrecy": "public"}
    with book.change(author="普查员", reason="普查", at=CENSUS) as change:
        place = change.insert(
            "place", class_code="21400", division_code=code, attributes="{}", **known
        )
        change.insert("name", place_id=place, text=name, kind="standard", language="zh")
        change.insert("code", place_id=place, scheme="gbt10114", value=code, **more)


def naming(division: str, **facts: object) -> Proposal:
    return Proposal("naming", "望潮路命名", division_code=division, facts=facts)


def opened(book: Gazetteer, asked: Proposal) -> str:
    """Open a case and return its division."""
    case = open_case(book, asked, by="林岚", at=AT)
    return str(book.row("case", case)["division_code"])


def test_a_division_is_taken_by_its_code_or_its_name_from_the_book_or_a_layer(
    book: Gazetteer,
) -> None:
    for written in ("990101001", "云麓街道", " 云麓街道 "):
        assert opened(book, naming(written)) == "990101001"
    assert opened(book, naming("听松镇")) == "990101100"  # of the layer alone
    assert opened(book, naming("霜浦乡")) == "990101200"  # of the book alone
    assert opened(book, naming("示范县")) == "990101"
    assert opened(book, naming("990101100003")) == "990101100003"  # no communities are known
    assert opened(book, naming("")) == ""


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("霜浦镇", "霜浦乡（990101200）"),
        ("云麓", "云麓街道（990101001）"),
        ("990101002", "990101001"),
        ("420106", "名称或代码"),
        ("99010", "6、9、12 位"),
    ],
)
def test_an_unknown_division_is_refused_and_what_is_like_it_is_named(
    book: Gazetteer, written: str, told: str
) -> None:
    with pytest.raises(DataError, match=written) as refused:
        opened(book, naming(written))
    assert told in refused.value.hint
    assert not book.rows("case")


def test_of_two_divisions_with_one_name_the_code_is_asked_for(book: Gazetteer) -> None:
    _division(book, "990101201", "听松镇")
    with pytest.raises(DataError, match=r"听松镇.*2 个") as refused:
        opened(book, naming("听松镇"))
    assert "990101100" in refused.value.hint
    assert "990101201" in refused.value.hint


def test_a_division_that_has_ended_takes_no_more_cases_and_one_to_come_does(
    book: Gazetteer,
) -> None:
    _division(book, "990101202", "旧乡", valid_to="2026-03-31")
    _division(book, "990101004", "新街道", valid_from="2026-07-01")
    with pytest.raises(DataError, match="990101202"):
        opened(book, naming("990101202"))
    assert opened(book, naming("新街道")) == "990101004"


def test_a_book_without_divisions_takes_codes_and_says_that_it_knows_no_names(
    bare: Gazetteer,
) -> None:
    assert opened(bare, naming("420106001")) == "420106001"
    with pytest.raises(DataError, match="还没有政区") as refused:
        opened(bare, naming("中山街道"))
    assert "区划代码" in refused.value.hint
    assert opened(bare, naming("420106001", point=[87.6, 43.8])) == "420106001"


def test_edits_and_lists_take_divisions_alike(book: Gazetteer) -> None:
    head, (listed,) = open_campaign(
        book, Proposal("batch", "标准化", division_code="示范县"),
        [Proposal("standardising", "一", division_code="听松镇")], by="林岚", at=AT,
    )  # fmt: skip
    assert book.row("case", head)["division_code"] == "990101"
    assert book.row("case", listed)["division_code"] == "990101100"
    row = edit_case(book, listed, version=1, by="林岚", at=AT, division_code="霜浦乡")
    assert row["division_code"] == "990101200"
    with pytest.raises(DataError, match="胡写"):
        edit_case(book, listed, version=2, by="林岚", at=AT, division_code="胡写")


def test_a_form_names_the_cell_of_an_unknown_division(book: Gazetteer, tmp_path: Path) -> None:
    form = tmp_path / "命名.toml"
    form.write_text('class = "城镇街巷"\ndivision = "霜浦镇"\nname = "望潮路"\n', "utf-8")
    with pytest.raises(FaultyFormError, match=r"所属政区代码：没有叫“霜浦镇”的政区.*霜浦乡"):
        read_form(book, form, "naming", on=DAY, rules=rulebook())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("POINT (30.27 114.17)", "写反了：现为“30.27,114.17”，应为“114.17,30.27”"),
        ("30.27,114.17", "应为“114.17,30.27”"),
        ("LINESTRING (30.1 114.1, 30.2 114.1)", "应为“114.1,30.15”"),
        ("POINT (2.35 48.86)", "不在中国范围之内"),
        ("POINT (0 0)", "不在中国范围之内"),
        ("POINT (114.5 30.2)", "本区县（示范县）范围之外，相距 9.6 公里"),
        ("POINT EMPTY", "空"),
        ("POINT", "不是 WKT"),
    ],
)
def test_a_place_that_cannot_be_here_is_refused_with_what_it_should_be(
    book: Gazetteer, text: str, told: str
) -> None:
    values = {"class": "城镇街巷", "division": "云麓街道", "name": "望潮路", "shape": text}
    _, faults = proposal_of(book, "naming", values, on=DAY, rules=rulebook())
    (fault,) = faults
    assert fault.field == "shape"
    assert told in fault.message


def test_what_is_proposed_otherwise_than_by_a_form_lies_here_too(book: Gazetteer) -> None:
    swapped = [{"role": "point", "wkt": "POINT (30.27 114.17)"}]
    with pytest.raises(DataError, match="写反了"):
        opened(book, naming("云麓街道", shapes=swapped))
    case = open_case(book, naming("云麓街道", point=[114.1, 30.2]), by="林岚", at=AT)
    with pytest.raises(DataError, match="范围之外"):
        edit_case(book, case, version=1, by="林岚", at=AT, facts={"point": [114.5, 30.2]})
    edit_case(book, case, version=1, by="林岚", at=AT, facts={"point": [114.401, 30.2]})


def test_a_case_whose_division_was_taken_as_any_text_does_not_go_on(book: Gazetteer) -> None:
    case = open_case(book, naming("云麓街道"), by="林岚", at=AT)
    with book.change(author="旧版", reason="旧版", at=AT) as change:
        change.update("case", case, 1, division_code="东边那个街道")
    with pytest.raises(DataError, match="所属政区“东边那个街道”不是区划代码"):
        act(book, case, "submit", actor="林岚", role="clerk", at=AT, version=2)


def test_a_division_is_told_by_name_and_code(book: Gazetteer) -> None:
    with book.reading() as connection:
        told = [division_word(connection, code, on=date(2026, 5, 1)) for code in
                ("990101001", "990101100", "420106", "")]  # fmt: skip
    assert told == ["云麓街道（990101001）", "听松镇（990101100）", "420106", ""]
