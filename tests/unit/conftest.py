"""What the unit tests of the gazetteer's command line share: a small gazetteer, and a shell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely

from api.cli import run
from geo.gazetteer import Change, Gazetteer
from geo.store import Workspace

AT = datetime(2020, 1, 1, 9, tzinfo=UTC)
STANDING = {
    "lifecycle": "existing",
    "status": "official",
    "secrecy": "public",
    "attributes": "{}",
    "valid_from": "1984",
}
TOWN, CITY = shapely.box(114.20, 30.40, 114.30, 30.50), shapely.box(114.10, 30.40, 114.20, 30.50)


@dataclass(frozen=True)
class Told:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.out)
        return answer


Shell = Callable[..., Told]


def _place(  # noqa: PLR0917 - a line a place
    change: Change, name: str, kind: str, code: str, within: str, shape: shapely.Geometry
) -> str:
    division = code[:9] if len(code) > 9 else code[:6]
    place = change.insert("place", class_code=kind, division_code=division, **STANDING)
    change.insert(
        "name", place_id=place, text=name, kind="standard", language="zh", valid_from="1984"
    )
    scheme = {6: "gb2260", 9: "gbt10114", 12: "stats12", 20: "dmdm20"}[len(code)]
    change.insert("code", place_id=place, scheme=scheme, value=code)
    role = ("point", "centreline", "area")[shapely.get_dimensions(shape)]
    change.insert("shape", place_id=place, role=role, shape=shape)
    if within:
        change.insert("relation", place_id=place, kind="part_of", other_id=within)
    return place


def _street(x: float, y: float) -> shapely.LineString:
    return shapely.LineString([(x, y), (x + 0.01, y)])


@pytest.fixture(scope="session")
def _county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with a town and a sub-district, villages, streets, a line and its stones."""
    workspace = Workspace.create(tmp_path_factory.mktemp("county") / "w")
    book = Gazetteer.of(workspace)
    with book.change(author="王科", reason="普查", at=AT) as change:
        whole = shapely.union_all([TOWN, CITY])
        county = _place(change, "示范县", "21300", "990101", "", whole)
        town = _place(change, "大屯镇", "21400", "990101100", county, TOWN)
        city = _place(change, "金湖街道", "21400", "990101001", county, CITY)
        for n in range(3):
            area = shapely.box(114.20 + n * 0.03, 30.40, 114.23 + n * 0.03, 30.50)
            _place(change, f"新建{'一二三'[n]}村", "21600", f"99010110020{n}", town, area)
        road = _place(change, "建设路", "23510", f"990101001{'23510'}000001", city,
                      _street(114.11, 30.42))  # fmt: skip
        _place(change, "建设路", "23510", f"990101100{'23510'}000001", town, _street(114.28, 30.42))
        square = _place(change, "人民广场", "26300", f"990101001{'26300'}000001", city,
                        shapely.Point(114.12, 30.43))  # fmt: skip
        change.insert("name", place_id=square, text="东方红广场", kind="former", language="zh",
                      valid_to="1983")  # fmt: skip
        change.insert("name", place_id=square, text="大广场", kind="alias", language="zh")
        change.insert("scope", kind="built_up", name="县城", shape=CITY)
        for number, text, place in (("B1", "建设路", road), ("B2", "大屯镇欢迎您", town)):
            at = shapely.Point(114.2, 30.42)
            change.insert("sign", place_id=place, number=number, kind="街路牌", text=text,
                          state="installed", keeper="大屯镇", shape=at)  # fmt: skip
        line = change.insert("line", code="9901", name="大屯镇与金湖街道界线",
                             parties="990101100；990101001", next_due="2025-10-31",
                             shape=shapely.LineString([(114.2, 30.4), (114.2, 30.5)]))  # fmt: skip
        for number in ("9901001Q", "9901002Q"):
            change.insert("marker", line_id=line, number=number, responsible="大屯镇",
                          condition="完好", shape=shapely.Point(114.2, 30.45))  # fmt: skip
    book.close()
    return workspace.folder


@pytest.fixture
def county(_county: Path, tmp_path: Path) -> Path:
    """Folder of a workspace with the small gazetteer, one's own."""
    return Path(shutil.copytree(_county, tmp_path / "县"))


@pytest.fixture
def names(county: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run ``fuwuquan names …`` in that workspace."""

    def tell(*words: str) -> Told:
        status = run(["names", *words, "-w", str(county)])
        said = capsys.readouterr()
        return Told(status, said.out, said.err)

    return tell


@pytest.fixture
def county_book(county: Path) -> Gazetteer:
    """The same gazetteer, as the program sees it."""
    return Gazetteer.of(Workspace.open(county))
