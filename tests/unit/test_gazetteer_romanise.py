"""Romanisation: words, readings, spelling and doubts, by the rule of 1984."""

from __future__ import annotations

import csv
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin.pinyin_dict import pinyin_dict

import geo.gazetteer.romanise as package
from geo.errors import DataError
from geo.gazetteer.romanise import romanise
from geo.gazetteer.romanise.breaks import part
from geo.gazetteer.romanise.context import heteronyms
from geo.gazetteer.romanise.lexicon import exceptions, generics, table
from geo.gazetteer.romanise.numerals import number, trailing
from geo.gazetteer.romanise.single import single
from geo.gazetteer.search.letters import numbered, parses

NATURE, DIVISION, VILLAGE, STREET, WATERWORKS = "1", "21", "22200", "23", "24"

# The examples of clauses 1–5 of 《中国地名汉语拼音字母拼写规则（汉语地名部分）》, 1984-12-25.
WORDS = {
    (1, NATURE): "太行/山 松花/江 汾/河 太/湖 舟山/群岛 台湾/海峡 青藏/高原",
    (1, WATERWORKS): "密云/水库 大/运河 永丰/渠",
    (1, DIVISION): "西藏/自治区 江苏/省 襄樊/市 通/县 西峰/镇 虹口/区 友谊/乡",
    (1, STREET): "京津/公路 南京/路 滨江/道 横/街 长安/街 大/马路 梧桐/巷 门框/胡同",
    (2, NATURE): "西辽/河 潮白/新河 北雁荡/山 老秃顶子/山 小金门/岛",
    (2, WATERWORKS): "新通扬/运河",
    (2, STREET): "景山/后街 造币/左路 清波门/直街 后赵家楼/胡同 朝阳门内/大街 南/小街 小/南街 "
    "南横/东街 修文/西小巷 东直门外/南后街 广安门/北滨河/路 广渠/南水关/胡同",
    (3, VILLAGE): "王村 江镇 漷县 周口店 文家市 油坊桥 铁匠营 大虎山 太平沟 三岔河 龙王集 龚家棚 "
    "众埠街 南王家荡 东桑家堡子",
    (4, NATURE): "渤海/湾",
    (4, DIVISION): "黑龙江/省 景德镇/市",
    (4, STREET): "解放路/南小街 包头/胡同/东巷",
    (5, DIVISION): "左权/县",
    (5, STREET): "张之洞/路",
    (5, WATERWORKS): "欧阳海/水库",
}
EXAMPLES = [
    pytest.param(words, class_code, id=f"clause {clause} {words.replace('/', '-')}")
    for (clause, class_code), several in WORDS.items()
    for words in several.split()
]
# The examples of clauses 6–12 that are spelled out: clause, class, division, name, spelling.
SPELLED = """
6 1 - 五指山 Wǔzhǐ Shān
6 1 - 九龙江 Jiǔlóng Jiāng
6 1 - 三门峡 Sānmén Xiá
6 1 - 二道沟 Èrdào Gōu
6 1 - 第二松花江 Dì’èr Sōnghuā Jiāng
6 22 - 第六屯 Dìliùtún
6 23 - 三眼井胡同 Sānyǎnjǐng Hútong
6 23 - 八角场东街 Bājiǎochǎng Dōngjiē
6 23 - 三八路 Sānbā Lù
6 - - 五一广场 Wǔyī Guǎngchǎng
7 1 - 1203高地 1203 Gāodì
7 1 - 1718峰 1718 Fēng
7 23 - 二马路 2 Mǎlù
7 23 - 经五路 Jīng 5 Lù
7 23 - 三环路 3 Huánlù
7 23 - 大川淀一巷 Dàchuāndiàn 1 Xiàng
7 23 - 东四十二条 Dōngsì 12 Tiáo
7 23 - 第九弄 Dì-9 Lòng
8 22 11 十里堡 Shílǐpù
8 22 12 大黄堡 Dàhuángbǎo
8 21 61 吴堡 Wúbǔ
10 22 - 李庄 Lǐzhuāng
10 1 - 珠江 Zhū Jiāng
10 23 - 天宁寺西里一巷 Tiānníngsì Xīlǐ 1 Xiàng
11 - - 西安 Xī’ān
11 - - 建瓯 Jiàn’ōu
11 - - 天峨 Tiān’é
12 23 - 盆儿胡同 Pénr Hútong
"""


def test_the_examples_of_clauses_1_to_5_are_66() -> None:
    assert len(EXAMPLES) == 66


@pytest.mark.parametrize(("words", "class_code"), EXAMPLES)
def test_words_are_parted_as_the_rule_of_1984_parts_them(words: str, class_code: str) -> None:
    assert list(romanise(words.replace("/", ""), class_code=class_code).breaks) == words.split("/")


@pytest.mark.parametrize("line", SPELLED.strip().splitlines())
def test_names_are_spelled_as_the_rule_of_1984_spells_them(line: str) -> None:
    _, class_code, division, name, spelling = line.split(" ", 4)
    found = romanise(name, class_code=class_code.strip("-"), division_code=division.strip("-"))
    assert found.toned == spelling


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("建设路", "Jiànshè Lù"),
        ("北二巷", "Běi 2 Xiàng"),
        ("金湖西路", "Jīnhú Xīlù"),
        ("江西中路", "Jiāngxī Zhōnglù"),
        ("湖南路", "Húnán Lù"),
        ("城南路", "Chéngnán Lù"),
        ("朝阳北大街", "Cháoyáng Běidàjiē"),
        ("中山北一路", "Zhōngshān Běi 1 Lù"),
        ("东三环中路", "Dōng 3 Huán Zhōnglù"),
        ("建设二路东巷", "Jiànshè 2 Lù Dōngxiàng"),
        ("五四路", "Wǔsì Lù"),
        ("十一路", "11 Lù"),
        ("幼儿园路", "Yòu’éryuán Lù"),
        ("南京长江大桥", "Nánjīng Chángjiāng Dàqiáo"),
        ("建设路街道", "Jiànshèlù Jiēdào"),
        ("101国道", "101 Guódào"),
        ("延边朝鲜族自治州", "Yánbiān Cháoxiǎnzú Zìzhìzhōu"),
        ("人民南路四段", "Rénmín Nánlù 4 Duàn"),
        ("一环路南一段", "1 Huánlù Nán 1 Duàn"),
        ("滨河东路北段", "Bīnhé Dōnglù Běiduàn"),
        ("双十路", "Shuāngshí Lù"),
        ("北京西站", "Běijīng Xīzhàn"),
        ("京津高速公路", "Jīngjīn Gāosù Gōnglù"),
        ("建国村村民委员会", "Jiànguócūn Cūnmín Wěiyuánhuì"),
        ("X001县道", "X001 Xiàndào"),
        ("吕梁市", "Lǚliáng Shì"),
        ("朝陽區", "Cháoyáng Qū"),
    ],
)
def test_everyday_names_of_an_office(name: str, spelling: str) -> None:
    assert romanise(name).toned == spelling


def test_specific_and_generic_are_told_apart() -> None:
    name = romanise("解放路南小街", class_code=STREET)
    assert (name.specific, name.generic) == ("解放路", "南小街")
    village = romanise("王村", class_code=VILLAGE)
    assert (village.specific, village.generic) == ("王村", "")


def test_er_colours_streets_and_stays_a_syllable_elsewhere() -> None:
    assert romanise("盆儿胡同").toned == "Pénr Hútong"
    hill = romanise("猫儿山", class_code=NATURE)
    assert hill.toned == "Māo’ér Shān"
    assert hill.must_confirm
    assert romanise("猫儿山", class_code=NATURE, confirmed="māo r shān").toned == "Māor Shān"


def test_a_generic_term_of_another_class_is_told_apart_too() -> None:
    assert romanise("人民广场", class_code="25100").toned == "Rénmín Guǎngchǎng"
    assert romanise("桂花小区", class_code="22100").toned == "Guìhuā Xiǎoqū"
    assert romanise("大桥", class_code=VILLAGE).toned == "Dàqiáo"


def test_ordinals_are_digits_in_letters_and_spoken_in_the_reading() -> None:
    assert romanise("北二巷").reading == ("běi", "èr", "xiàng")


def test_a_guessed_break_asks_for_a_look() -> None:
    name = romanise("广安门北滨河路", class_code=STREET)
    assert name.must_confirm
    assert any("广安门／北滨河／路" in reason for reason in name.reasons)


def test_breaks_of_an_officer_are_kept() -> None:
    name = romanise("广安门北滨河路", breaks=["广安门北滨河", "路"], class_code=STREET)
    assert name.toned == "Guǎng’ānménběibīnhé Lù"
    assert not any("推断" in reason for reason in name.reasons)
    with pytest.raises(DataError, match="连起来不是"):
        romanise("建设路", breaks=["建", "路"])


def test_a_confirmed_reading_wins_over_every_layer() -> None:
    name = romanise("朝阳街", confirmed="zhāo yáng jiē")
    assert (name.toned, name.source, name.confidence) == ("Zhāoyáng Jiē", "officer", 1.0)
    assert not name.must_confirm
    assert romanise("绿城路", confirmed=["lv4", "cheng2", "lu4"]).toned == "Lǜchéng Lù"
    assert romanise("朝阳街", confirmed="cháo yáng jiē").toned == "Cháoyáng Jiē"


@pytest.mark.parametrize(
    ("confirmed", "message"),
    [
        ("jiàn lù", "有 3 个字，确认的读音有 2 个音节"),
        ("jiàn shè lù lù", "4 个音节"),
        ("jiàn shxx lù", "不是拼音音节"),
        ("建 设 路", "不是拼音音节"),
        ("", "0 个音节"),
    ],
)
def test_a_confirmed_reading_must_fit_the_characters(confirmed: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        romanise("建设路", confirmed=confirmed)


@pytest.mark.parametrize("text", ["", "   ", "·—", "路" * 61])
def test_what_is_no_name_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(DataError) as caught:
        romanise(text)
    assert caught.value.hint


def test_a_heteronym_is_shown_with_its_readings() -> None:
    name = romanise("重华路")
    assert name.must_confirm
    assert {choice.character for choice in name.choices} == {"重", "华"}
    assert all(len(choice.readings) > 1 for choice in name.choices)
    assert not romanise("建设路").must_confirm


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("石冲广场", "Shíchōng Guǎngchǎng"),
        ("北铺大厦", "Běipù Dàshà"),
        ("后店体育场", "Hòudiàn Tǐyùchǎng"),
        ("鹿汀村", "Lùtīngcūn"),
        ("丁家舍", "Dīngjiāshè"),
        ("三更罗镇", "Sāngēngluó Zhèn"),
        ("张掖路", "Zhāngyè Lù"),
        ("将军街", "Jiāngjūn Jiē"),
        ("朝鲜族乡", "Cháoxiǎnzú Xiāng"),
    ],
)
def test_what_names_read_in_one_way_asks_for_nothing(name: str, spelling: str) -> None:
    found = romanise(name)
    assert (found.toned, found.must_confirm) == (spelling, False)


@pytest.mark.parametrize(
    "name", ["厦程里", "六枝街", "石场", "北行街", "朝晖路", "东堡", "沙圩", "乐城路", "紫观桥"]
)
def test_what_names_read_in_several_ways_is_still_asked_about(name: str) -> None:
    assert romanise(name).must_confirm


def test_the_reading_of_a_word_gives_way_to_an_exception_and_to_other_words() -> None:
    assert romanise("六安路").reading == ("lù", "ān", "lù")
    assert romanise("厦门路").reading == ("xià", "mén", "lù")
    assert romanise("冲压厂").reading == ("chòng", "yā", "chǎng")
    assert romanise("马家冲").reading == ("mǎ", "jiā", "chōng")
    assert romanise("道观桥").reading == ("dào", "guàn", "qiáo")
    assert romanise("音乐学校").reading == ("yīn", "yuè", "xué", "xiào")


def test_every_settled_reading_and_every_word_has_its_reason() -> None:
    settled, words, single = (table(one) for one in ("settled", "words", "single"))
    assert all(row["why"] for row in (*settled, *words))
    for row in (*settled, *words):
        syllables = row["reading"].split()
        characters = row.get("character") or row["text"]
        assert len(syllables) == len(characters)
        for character, syllable in zip(characters, syllables, strict=True):
            assert syllable in pinyin_dict[ord(character)].split(","), row
    for rows, key in ((settled, "character"), (words, "text"), (single, "character")):
        assert len({row[key] for row in rows}) == len(rows)
    assert not {row["character"] for row in single} & set(heteronyms())


def test_a_character_has_one_reading_when_the_dictionaries_of_today_have_one() -> None:
    lines = [
        "# Unihan_Readings.txt",
        "U+7A0E\tkTGHZ2013\t341.020:shuì",
        "U+7A0E\tkXHC1983\t1076.060:shuì",
        "U+7A0E\tkMandarin\tshuì",
        "U+98DF\tkTGHZ2013\t331.030:shí",
        "U+98DF\tkXHC1983\t1037.010:shí 1091.050:sì 1363.060:yì",
        "U+8303\tkTGHZ2013\t091.160:fàn",
        "U+91CD\tkTGHZ2013\t046.130:chóng 482.050:zhòng",
    ]
    assert list(single(lines)) == [("税", "shuì")]


def test_an_exception_of_one_division_is_not_used_in_another() -> None:
    assert romanise("浒湾", class_code=VILLAGE, division_code="36").toned == "Xǔwān"
    assert romanise("浒湾", class_code=VILLAGE, division_code="41").toned == "Hǔwān"
    assert romanise("天台县", division_code="331023").toned == "Tiāntāi Xiàn"
    nowhere = romanise("天台县")
    assert nowhere.must_confirm
    assert any("所在区划不够具体" in reason for reason in nowhere.reasons)


def test_names_in_other_languages_are_never_spelled_by_themselves() -> None:
    name = romanise("乌鲁木齐市", class_code=DIVISION, division_code="6501")
    assert (name.toned, name.plain, name.sign) == ("", "", "")
    assert name.must_confirm
    assert name.confidence == 0
    given_spelling = romanise("乌鲁木齐市", division_code="6501", confirmed="Ürümqi Shi")
    assert given_spelling.toned == "Ürümqi Shi"
    assert given_spelling.sign == "ÜRÜMQI SHI"
    assert (given_spelling.source, given_spelling.must_confirm) == ("given", False)


def test_a_chinese_name_in_such_a_region_is_spelled_and_confirmed() -> None:
    name = romanise("人民路", division_code="6501")
    assert name.toned == "Rénmín Lù"
    assert name.must_confirm
    assert romanise("人民路", division_code="6501", confirmed="rén mín lù").source == "officer"


def test_a_character_without_a_reading_is_said_to_have_none() -> None:
    name = romanise("\U00031300路")
    assert name.must_confirm
    assert name.confidence == 0


@pytest.mark.parametrize("row", table("exceptions"), ids=lambda row: f"{row['text']}{row['scope']}")
def test_every_exception_is_read_as_it_says(row: dict[str, str]) -> None:
    text = row["text"] if row["kind"] != "suffix" else f"建设{row['text']}"
    division = row["scope"].split()[0] if row["scope"] else ""
    reading = romanise(text, division_code=division).reading
    assert " ".join(reading[-len(row["text"]) :]) == row["reading"]


def test_every_exception_has_a_source_that_is_listed() -> None:
    listed = {row["witness"] for row in table("witnesses")}
    rows = table("exceptions")
    assert len(rows) >= 200
    assert sum(row["status"] == "witnessed" for row in rows) >= 200
    for row in rows:
        witnesses = {one.split(":")[0] for one in row["source"].split()}
        assert witnesses
        assert witnesses <= listed
        assert len(row["reading"].split()) == len(row["text"])
        assert all(numbered(one)[0] for one in row["reading"].split())
        alone = len(witnesses) == 1 and "R" not in witnesses
        assert (row["status"] == "draft") == alone


def test_no_exception_stands_twice_for_one_division() -> None:
    for several in exceptions().values():
        keys = [(one.kind, scope) for one in several for scope in one.scope or ("",)]
        assert len(keys) == len(set(keys))


def test_the_packages_tables_are_well_formed() -> None:
    folder = Path(package.__file__).parent
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
        assert {len(row) for row in rows} == {len(rows[0])}, path.name
    assert all(one.term for several in generics().values() for one in several)


@pytest.mark.parametrize(
    ("text", "value"),
    [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99), ("一百零八", 108),
     ("三百二十", 320), ("一〇一", 101), ("三八", None), ("五四", None), ("十十", None),
     ("", None), ("路", None), ("〇", None), ("百", None)],
)  # fmt: skip
def test_numerals(text: str, value: int | None) -> None:
    assert number(text) == value


def test_a_number_at_the_end_does_not_break_a_whole_word() -> None:
    assert trailing("东四十二", ["东四"]) == "十二"
    assert trailing("东四十二") == "四十二"


ANY_TEXT = st.text(min_size=1, max_size=12)
HAN = st.text(
    st.sampled_from("建设东西南北路街巷一二十第儿六安长子山河市县区镇村朝阳新大小绿鄂"),
    min_size=1,
    max_size=9,
)


@given(ANY_TEXT, st.sampled_from(["", "1", "21", "22", "23", "24", "26", "27"]))
def test_any_text_is_spelled_or_refused(text: str, class_code: str) -> None:
    if not any(one.isalnum() for one in unicodedata.normalize("NFKC", text)):
        with pytest.raises(DataError):
            romanise(text, class_code=class_code)
        return
    name = romanise(text, class_code=class_code)
    assert 0 <= name.confidence <= 1
    assert name.sign == name.plain.upper()
    assert "".join(name.breaks) == name.specific + name.generic


@given(HAN, st.sampled_from(["", "1", "21", "22", "23", "24"]))
def test_laws_of_spelling(text: str, class_code: str) -> None:
    name = romanise(text, class_code=class_code)
    assert len(name.reading) == len(text)
    assert "".join(name.breaks) == text
    marks = unicodedata.normalize("NFD", name.toned)
    without = "".join(one for one in marks if one not in "\u0304\u0301\u030c\u0300")
    assert unicodedata.normalize("NFC", without) == name.plain
    assert name.sign == name.plain.upper()
    assert all(word[0].isupper() or word[0].isdigit() for word in name.toned.split(" "))
    again = romanise(text, class_code=class_code, confirmed=list(name.reading))
    assert (again.toned, again.reading) == (name.toned, name.reading)


@given(st.text(st.sampled_from("建设安阳鄂西天峨南欧恩路平"), min_size=1, max_size=5))
def test_joined_syllables_read_back(text: str) -> None:
    name = romanise(text, class_code=VILLAGE)
    wanted = [numbered(one) for one in name.reading]
    assert wanted in parses(name.toned)
    for before, after in pairwise(name.reading):
        if unicodedata.normalize("NFD", after)[0] in "aoe":
            assert f"{before}’{after}" in name.toned.lower()


def test_the_parting_of_a_name_is_the_same_twice() -> None:
    assert part("建设二路东巷", STREET) == part("建设二路东巷", STREET)


def test_a_character_of_one_reading_has_the_tone_of_the_national_standard() -> None:
    assert romanise("沙甸街道", class_code="21").toned == "Shādiàn Jiēdào"
    assert romanise("阆中路", class_code=STREET).toned == "Làngzhōng Lù"
    for row in table("tones"):
        syllable = romanise(f"{row['character']}村", class_code=VILLAGE).toned.lower()
        assert syllable.startswith(unicodedata.normalize("NFC", row["reading"])), row
