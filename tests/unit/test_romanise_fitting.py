"""A confirmed reading must be one of its characters, and say which tones are meant."""

from __future__ import annotations

import pytest

from geo.errors import DataError
from geo.gazetteer.romanise.fitting import fitted


def test_a_reading_of_other_characters_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match=r"“文”没有 zhāng 这个读音（有 wén）") as refused:
        fitted("文虹街", "zhāng sān lù")
    assert "“街”没有 lù" in refused.value.message
    assert "--special" in refused.value.hint
    assert fitted("文虹街", "zhāng sān lù", special="当地方言") == "zhāng sān lù"


@pytest.mark.parametrize(
    ("text", "reading", "meant"),
    [
        ("六安路", "lù ān lù", "lù ān lù"),
        ("重庆路", "chong2 qing4 lu4", "chóng qìng lù"),
        ("北二巷", "běi èr xiàng", "běi èr xiàng"),
        ("2号楼", "2 hào lóu", "2 hào lóu"),
        ("花儿街", "huā r jiē", "huā r jiē"),
        ("長安街", "cháng ān jiē", "cháng ān jiē"),
        ("解放路", "jiě fāng lù", "jiě fāng lù"),
    ],
)
def test_every_reading_of_the_dictionary_and_of_the_exceptions_fits(
    text: str, reading: str, meant: str
) -> None:
    assert fitted(text, reading) == meant


@pytest.mark.parametrize(
    ("text", "reading", "meant"),
    [
        ("文虹街", "wen hong jie", "wén hóng jiē"),
        ("重庆路", "chong qing lu", "chóng qìng lù"),
        ("和平路", "he ping lu", "hé píng lù"),
        ("解家湾", "xie jia wan", "xiè jiā wān"),
        ("24克拉", "24 ke la", "2 4 kè lā"),
        ("石子路", "shi zi5 lu", "shí zi lù"),
        ("长安街", "chang ān jie", "cháng ān jiē"),
    ],
)
def test_tones_that_are_without_doubt_need_not_be_written(
    text: str, reading: str, meant: str
) -> None:
    assert fitted(text, reading) == meant


def test_a_syllable_that_may_have_several_tones_is_refused_with_them() -> None:
    with pytest.raises(DataError, match=r"“解”的 jie 没有声调，可以是 jiě、jiè。") as refused:
        fitted("解家湾", "jie jia wan")
    assert "没有写全声调" in refused.value.message
    assert "“jiě jiā wān”" in refused.value.hint
    assert "“jie3 jia1 wan1”" in refused.value.hint
    assert fitted("解家湾", "jie4 jia wan") == "jiè jiā wān"
    assert fitted("解家湾", "jie5 jia wan") == "jie jiā wān"
    with pytest.raises(DataError, match="可以是 jiě、jiè"):
        fitted("解家湾", "jie jia wan", special="方言")  # a dialect has its tones too


def test_all_that_is_unfit_is_named_at_once() -> None:
    with pytest.raises(DataError, match=r"“湾”没有 lu.*“解”的 jie") as refused:
        fitted("解家湾", "jie jia lu")
    assert "--special" in refused.value.hint
    assert "请写明声调" in refused.value.hint


def test_a_given_spelling_of_another_language_is_left_alone() -> None:
    assert fitted("乌鲁木齐", "Ürümqi", division_code="650100") == "Ürümqi"
