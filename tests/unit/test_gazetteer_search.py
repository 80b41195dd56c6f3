"""Search: a name is found however it is asked for, best first, on any day, in any box."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.gazetteer import Gazetteer
from geo.gazetteer.search import Index, Search, build, find
from geo.gazetteer.search.index import load, save
from geo.gazetteer.search.letters import fold, parses, readings, syllables
from geo.store import Workspace

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
NAMES = [
    ("人民广场", "standard", ""),
    ("金湖西路", "standard", ""),
    ("金湖东路", "standard", ""),
    ("锦湖西路", "standard", ""),
    ("建设路", "standard", ""),
    ("建设二路", "standard", ""),
    ("臺北路", "standard", ""),
    ("朝阳街", "standard", "zhāo yáng jiē"),
    ("朝阳门", "standard", "cháo yáng mén"),
    ("西安路", "standard", ""),
    ("县前街", "standard", ""),
    ("绿杨巷", "standard", ""),
    ("红旗路", "former", ""),
    ("大屯街道", "standard", ""),
]


@pytest.fixture(scope="module")
def index() -> Index:
    frame = pd.DataFrame(NAMES, columns=["text", "kind", "reading"])
    number = [f"{at:02}" for at in range(len(frame))]
    frame = frame.assign(
        name_id=[f"n{at}" for at in number],
        place_id=[f"p{at}" for at in number],
        class_code="23000",
        from_day=date(1980, 1, 1).toordinal(),
        end_day=date(2100, 1, 1).toordinal(),
        lon=[103.0 + at / 10 for at in range(len(frame))],
        lat=23.0,
    )
    frame.loc[frame["text"] == "红旗路", "end_day"] = date(2000, 1, 1).toordinal()
    return build(frame, [("p04", "53250110123000000001"), ("p13", "532501005")])


def texts(index: Index, query: str, **asked: object) -> list[str]:
    return [hit.text for hit in find(index, query, **asked)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("金湖西路", "金湖西路"),
        ("广场", "人民广场"),
        ("湖", "金湖东路"),
        ("jinhuxilu", "金湖西路"),
        ("jin hu xi lu", "金湖西路"),
        ("Jīnhú Xīlù", "金湖西路"),
        ("jin1hu2", "金湖东路"),
        ("jsl", "建设路"),
        ("rmgc", "人民广场"),
        ("建社路", "建设路"),  # sounds the same
        ("建路设", "建设路"),  # out of order
        ("人民大广场", "人民广场"),  # one too many
        ("大屯街到", "大屯街道"),  # sounds the same
        ("台北路", "臺北路"),
        ("人民廣場", "人民广场"),
        ("ＪＳＬ", "建设路"),  # noqa: RUF001 - full width is what is tested
        ("zhaoyang", "朝阳街"),
        ("cháoyáng", "朝阳门"),
        ("xi'an", "西安路"),
        ("xian", "县前街"),
        ("lvyang", "绿杨巷"),
        ("lǜyáng", "绿杨巷"),
        ("532501005", "大屯街道"),
        ("5325011012", "建设路"),
    ],
)
def test_a_name_is_found_however_it_is_asked_for(index: Index, query: str, wanted: str) -> None:
    assert wanted in texts(index, query)[:2]


def test_written_tones_part_names_that_letters_alone_do_not(index: Index) -> None:
    assert {"朝阳街", "朝阳门"} & set(texts(index, "zhāoyáng")) == {"朝阳街"}
    assert texts(index, "xī'ān")[0] == "西安路"


def test_the_exact_name_comes_first_and_a_place_only_once(index: Index) -> None:
    assert texts(index, "建设路")[0] == "建设路"
    found = find(index, "路", limit=50)
    assert len({hit.place_id for hit in found}) == len(found) == 8


def test_a_former_name_is_found_on_the_days_it_held(index: Index) -> None:
    assert texts(index, "红旗路")[0] == "红旗路"
    assert texts(index, "红旗路", on=date(1999, 12, 31))[0] == "红旗路"
    assert "红旗路" not in texts(index, "红旗路", on=date(2000, 1, 1))
    assert "红旗路" not in texts(index, "红旗路", kinds=["standard"])


def test_only_places_in_the_box(index: Index) -> None:
    assert texts(index, "路", box=(103.05, 22, 103.15, 24)) == ["金湖西路"]


@pytest.mark.parametrize(
    "query", ["", " ", "·", "没有这个地名吗", "q", "999", "%_'\"", "'", "-", "🙂"]
)
def test_what_is_nowhere_finds_nothing_and_breaks_nothing(index: Index, query: str) -> None:
    assert texts(index, query) == []


@given(st.text(max_size=8))
def test_any_query_gives_at_most_ten_places_each_once(index: Index, query: str) -> None:
    found = find(index, query)
    assert len(found) <= 10
    assert len({hit.place_id for hit in found}) == len(found)


@given(st.sampled_from([name for name, kind, _ in NAMES]), st.data())
def test_every_part_of_a_name_finds_it(index: Index, name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert name in texts(index, name[start:end], limit=50)


def test_an_index_read_back_answers_the_same(index: Index, tmp_path: Path) -> None:
    save(index, tmp_path / "names.npz")
    again = load(tmp_path / "names.npz")
    for query in ("湖", "jsl", "建社路", "532501005"):
        assert find(again, query) == find(index, query)


def test_letters_are_cut_into_syllables_in_every_way() -> None:
    names = syllables()

    def read(text: str) -> set[str]:
        return {" ".join(names[number - 1] for number, _ in way) for way in parses(text)}

    assert read("xian") == {"xian", "xi an"}
    assert read("xi'an") == {"xi an"}
    assert read("liyanan") >= {"li yan an", "li ya nan"}
    assert read("大") == set()
    assert [tone for _, tone in parses("jin1hu2")[0]] == [1, 2]
    assert fold(" 金　湖ＸＩ路 ") == "金湖xi路"
    assert len(readings("朝阳")) >= 2


@pytest.fixture(params=["geopackage", "postgis"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gazetteer]:
    if request.param == "postgis":
        opened = Gazetteer.at(request.getfixturevalue("postgis"))
    else:
        opened = Gazetteer.of(Workspace.create(tmp_path / "county"))
    yield opened
    opened.close()


def test_both_stores_answer_the_same_and_follow_every_change(
    book: Gazetteer, tmp_path: Path
) -> None:
    search = Search(book, tmp_path)
    assert search.find("路") == []
    with book.change(author="甲", reason="普查", at=AT) as change:
        for at, (text, kind, reading) in enumerate(NAMES):
            change.insert(
                "place",
                id=f"p{at:02}",
                class_code="23000",
                lifecycle="existing",
                status="official",
                secrecy="public",
                attributes="{}",
            )
            change.insert(
                "name",
                id=f"n{at:02}",
                place_id=f"p{at:02}",
                text=text,
                kind=kind,
                language="zh",
                reading=reading,
            )
        change.insert("shape", place_id="p00", role="point", shape=shapely.Point(103, 23))
    assert [hit.name_id for hit in search.find("路")] == [
        "n06", "n04", "n09", "n05", "n02", "n01", "n03", "n12",
    ]  # fmt: skip
    assert [hit.text for hit in search.find("场", box=(102, 22, 104, 24))] == ["人民广场"]
    assert [path.name[:6] for path in tmp_path.glob("*.npz")] == ["names-"]
    with book.change(author="甲", reason="更名", at=AT) as change:
        change.update("name", "n00", 1, text="解放广场")
    assert [hit.text for hit in search.find("广场")] == ["解放广场"]
    assert [hit.text for hit in Search(book, tmp_path).find("jfgc")] == ["解放广场"]
