"""What a cell of a planner's table means."""

# ruff: noqa: RUF001 - full-width text is what these tests are about
# ruff: noqa: DTZ001 - a day in a table has no zone

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from geo.layers.cell_words import explain
from geo.layers.cells import read_bool, read_code, read_text
from geo.layers.columns import parse
from geo.layers.quantities import read_date, read_number
from geo.schema import layers


@pytest.mark.parametrize(
    ("cell", "value", "repair"),
    [
        (640, 640, ""),
        (640.0, 640, ""),
        ("640", 640, ""),
        (" 640 ", 640, ""),
        ("1,234", 1234, "number_cleaned"),
        ("1，234", 1234, "number_cleaned"),
        ("１２３", 123, "number_cleaned"),
        ("640户", 640, "number_cleaned"),
        ("640 （户）", None, ""),
        ("1.2万", 12000, "unit_converted"),
        ("1.2万人", 12000, "unit_converted"),
        ("640.4", 640, "rounded"),
        ("-5", -5, ""),
        ("1.5e3", 1500, ""),
        ("—", None, ""),
        ("无", None, ""),
        (None, None, ""),
        (float("nan"), None, ""),
    ],
)
def test_whole_numbers_are_read_as_people_write_them(
    cell: object, value: object, repair: str
) -> None:
    found = read_number(cell, whole=True)
    assert (found.value, found.repair) == (value, repair)


@pytest.mark.parametrize(
    "cell",
    ["约640", "640-700", "五百", "640+", "12%", "1,23,4", "1.2.3", "12kg", "inf", "0x10", True],
)
def test_what_is_no_number_is_never_guessed(cell: object) -> None:
    assert read_number(cell, whole=True).fault == "not_a_number"


@pytest.mark.parametrize(
    ("cell", "value"),
    [(1.26, 12600), ("1.26", 12600), ("1.26万", 12600), ("12600人", 12600), ("0.00004", 0)],
)
def test_a_whole_number_is_rounded_after_the_unit_of_its_heading(cell: object, value: int) -> None:
    cells = np.array([cell], dtype=object)
    assert parse(cells, layers()["compound"]["population"], factor=1e4).column.tolist() == [value]


def test_a_cell_that_names_its_unit_does_not_take_the_one_of_its_heading() -> None:
    column = layers()["elder_home"]["floor_area_m2"]
    found = parse(np.array(["3亩", 3], dtype=object), column, factor=2000 / 3).column
    assert found.tolist() == pytest.approx([2000.0, 2000.0])


def test_a_list_in_a_cell_is_read_as_text() -> None:
    cells = np.array([np.array(["甲", "乙"]), None], dtype=object)
    assert parse(cells, layers()["compound"]["name"]).column.isna().tolist() == [False, True]


def test_numbers_that_no_table_means_are_too_large() -> None:
    assert read_number(1e300, whole=True).fault == "number_too_large"
    assert read_number("9" * 400, whole=True).fault == "number_too_large"
    assert read_number(float("inf")).fault == "number_too_large"


def test_a_number_that_the_spreadsheet_turned_into_a_date_is_named() -> None:
    assert read_number(datetime(2021, 3, 5)).fault == "date_for_number"


def test_areas_in_mu_and_hectares_become_square_metres() -> None:
    assert read_number("1.5亩", area=True).value == pytest.approx(1000)
    assert read_number("2公顷", area=True).value == 20_000
    assert read_number("1.5亩").fault == "not_a_number"


def test_a_share_may_be_written_as_a_percentage() -> None:
    assert read_number("12.5%", share=True).value == 0.125


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (421127001001, "421127001001"),
        (421127001001.0, "421127001001"),
        ("421127001001.0", "421127001001"),
        ("007", "007"),
        ("4211 2700 1001", "421127001001"),
        ("'007", "007"),
        ("４２０１", "4201"),
        ("A-01", "A-01"),
        ("3E5", "3E5"),
    ],
)
def test_codes_keep_leading_zeros_and_lose_what_software_added(cell: object, value: object) -> None:
    assert read_code(cell).value == value


@pytest.mark.parametrize("cell", ["5.3E+11", "4.21127e11", "4E+11"])
def test_codes_in_scientific_notation_are_an_error(cell: object) -> None:
    assert read_code(cell).fault == "scientific_code"


@pytest.mark.parametrize(
    ("cell", "day", "repair"),
    [
        ("2021-04-19", (2021, 4, 19), ""),
        ("2021/4/19", (2021, 4, 19), ""),
        ("2021.4.19", (2021, 4, 19), ""),
        ("2021年4月19日", (2021, 4, 19), ""),
        ("20210419", (2021, 4, 19), ""),
        ("2021-04-19 08:30:00", (2021, 4, 19), ""),
        (datetime(2021, 4, 19, 8, 30), (2021, 4, 19), ""),
        (44305, (2021, 4, 19), "date_from_serial"),
        ("44305", (2021, 4, 19), "date_from_serial"),
        ("2021年4月", (2021, 4, 1), "date_completed"),
        ("2021年", (2021, 1, 1), "date_completed"),
        (2021, (2021, 1, 1), "date_completed"),
    ],
)
def test_days_are_read_in_every_usual_form(
    cell: object, day: tuple[int, int, int], repair: str
) -> None:
    assert read_date(cell) == (datetime(*day), repair, "")


@pytest.mark.parametrize("cell", ["2021-02-30", "去年", "19/4/2021", "0000", "99999999", True])
def test_impossible_days_are_an_error(cell: object) -> None:
    assert read_date(cell).fault == "not_a_date"


@pytest.mark.parametrize("cell", ["是", "有", "√", "Y", 1, True, "1", "TRUE", "ｙｅｓ"])
def test_yes_in_every_usual_form(cell: object) -> None:
    assert read_bool(cell).value is True


@pytest.mark.parametrize("cell", ["否", "无", "没有", "×", "n", 0, False, "0", 0.0])
def test_no_in_every_usual_form(cell: object) -> None:
    assert read_bool(cell).value is False


def test_an_unclear_yes_or_no_is_an_error() -> None:
    assert read_bool("部分").fault == "not_a_yes_or_no"
    assert read_bool("").value is None


def test_words_lose_line_breaks_and_invisible_characters_and_say_so() -> None:
    assert read_text("\ufeff幸福\n小区\u200b") == ("幸福 小区", "invisible_removed", "")
    assert read_text("\u3000幸福（一期）\u00a0") == ("幸福（一期）", "", "")


def test_formula_errors_and_huge_cells_are_errors() -> None:
    assert read_text("#REF!").fault == "excel_error"
    assert read_text("长" * 2001).fault == "cell_too_long"
    assert read_number("#DIV/0!").fault == "excel_error"


def test_a_choice_is_known_by_its_value_and_every_label() -> None:
    column = layers()["compound"]["build_status"]
    cells = np.array(["新建", "new", " 老旧小区改造 ", "", "拆迁中"], dtype=object)
    parsed = parse(cells, column)
    assert parsed.column.tolist()[:3] == ["new", "new", "renovated"]
    assert parsed.fault.tolist() == ["", "", "", "", "unknown_choice"]
    assert "新建、已建成、改造、不详" in explain("unknown_choice", column)[1]


def test_one_and_true_in_one_column_stay_apart() -> None:
    column = layers()["compound"]["households"]
    parsed = parse(np.array([1, True, 1.0], dtype=object), column)
    assert parsed.fault.tolist() == ["", "not_a_number", ""]


def test_columns_have_nullable_types_even_when_all_is_missing() -> None:
    dtypes = {"text": "string", "choice": "string", "int": "Int64", "float": "Float64"}
    dtypes |= {"bool": "boolean", "date": "datetime64[s]"}
    for schema in layers().values():
        for column in schema.columns:
            parsed = parse(np.array([None, ""], dtype=object), column)
            assert str(parsed.column.dtype) == dtypes[column.type], column.name


def test_every_code_a_cell_can_carry_is_explained_in_both_languages() -> None:
    column = layers()["compound"]["households"]
    codes = """not_a_number date_for_number number_too_large excel_error cell_too_long
        scientific_code not_a_yes_or_no unknown_choice not_a_date number_cleaned unit_converted
        rounded code_cleaned invisible_removed date_from_serial date_completed"""
    for code in codes.split():
        assert "户数" in explain(code, column)[0]
