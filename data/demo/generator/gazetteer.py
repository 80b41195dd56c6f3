"""The placenames of the demo city: a census of 5,613 invented records on real streets."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.random import Generator

from generator import COUNTY_CODE, COUNTY_NAME, SEED, SOURCE, Floats, register
from generator.files import degrees
from generator.roads import roads
from generator.streets import Streets
from geo.gazetteer.classes import classes
from geo.gazetteer.exchange.census import write_census

Cells = dict[str, Any]
_DATUM: Final = "2000国家大地坐标系"
_SHEET_MAP: Final = "模拟图幅-01(2020)"
_AREA_M2: Final = 1e6


def write_gazetteer(  # noqa: PLR0917 - what a city is made of
    path: Path,
    county: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    homes: gpd.GeoDataFrame,
    streets: Streets,
    source: Path,
) -> None:
    """Write the census workbook; the frames are in metres and in the order of their codes."""
    made = _Register(townships, streets, np.random.default_rng(SEED + 1))
    made.divisions(county, townships, communities)
    made.settlements(homes)
    made.streets(source)
    made.others()
    records = made.finished()
    signs = [_sign(n, row) for n, row in enumerate(made.signed(records), start=1)]
    lines, stones = _borders(townships)
    write_census(path, {"place": records, "sign": signs, "line": lines, "stone": stones})


class _Register:
    """The records in the making; every name is given once."""

    def __init__(self, townships: gpd.GeoDataFrame, streets: Streets, rng: Generator) -> None:
        self.rng = rng
        self.rows: list[Cells] = []
        self._codes = townships["code"].tolist()
        self._names = dict(zip(self._codes, townships["name"], strict=True))
        self._shapes = townships.geometry.tolist()
        self._beside = [
            np.flatnonzero(shapely.contains_xy(shape, streets.xy)) for shape in self._shapes
        ]
        self._streets = streets
        self._serial: dict[str, int] = {}
        self._taken: set[str] = set()
        stems = [a + b for a, b in product(register.PLACE_FIRST, register.PLACE_SECOND) if a != b]
        self._stems = [stems[i] for i in rng.permutation(len(stems))]
        self._next = 0

    def add(self, name: str, class_code: str, township: str, **cells: Any) -> Cells:  # noqa: ANN401
        """Add a record, coded and marked as simulated."""
        head = f"{(township + '000')[:9]}{class_code}"
        self._serial[head] = self._serial.get(head, 0) + 1
        year = int(self.rng.integers(1950, 2021))
        row: Cells = {
            "地名代码": f"{head}{self._serial[head]:06d}",
            "标准名称": name,
            "汉字书写": name,
            "地名语种": "汉语",
            "地名类别": classes()[class_code].zh,
            "类别代码": class_code,
            "地名普查状态": ("不变", "增加", "变更")[int(self.rng.integers(3))],
            "图号年版": _SHEET_MAP,
            "比例尺": "1:50000",
            "使用时间": "现今地名",
            "密级": "公开",
            "坐标系": _DATUM,
            "测量方法": ("实地测量", "图解测量")[int(self.rng.integers(2))],
            "资料来源": SOURCE,
            "备注": "模拟数据",
            "登记时间": f"{int(self.rng.integers(2014, 2019))}-09-{int(self.rng.integers(1, 29)):02d}",  # noqa: E501
            "登记人": f"登记员{int(self.rng.integers(1, 40)):02d}（模拟）",
            "登记单位": "示范区民政局（模拟）",
            "设立年份": f"{year}年",
            "所在行政区": self._names.get(township, COUNTY_NAME),
            "所在行政区代码": township,
            "地名状态": "登记",
        }
        row |= cells
        row.setdefault("地理实体概况", f"{name}位于{row['所在行政区']}，为{row['地名类别']}。")
        self.rows.append(row)
        self._taken.add(name)
        return row

    def divisions(
        self, county: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
    ) -> None:
        """Add the county, its townships and its committees: all of them official."""
        official = {"地名状态": "法定"}
        for frame, class_of in (
            (county, lambda _: "21300"),
            (townships, lambda _: "21400"),
            (communities, lambda kind: "21610" if kind == "community" else "21600"),
        ):
            for row in frame.itertuples(index=False):
                township = row.code[:9] if len(row.code) > len(COUNTY_CODE) else COUNTY_CODE
                parent = row.code[:9] if frame is communities else COUNTY_CODE
                point = _lonlat(shapely.point_on_surface(row.geometry))
                km2 = round(row.geometry.area / _AREA_M2, 2)
                outline = {} if frame is communities else {"图形": _wkt(row.geometry, 5)}
                place = {"东经": point[0], "北纬": point[1]} if frame is communities else {}
                class_code = class_of(getattr(row, "kind", ""))
                self.add(
                    row.name, class_code, township, **official, **outline, **place,
                    行政区划代码=row.code, 所在行政区代码=None if frame is county else parent,
                    面积=km2, 设立年份="2020年",
                )  # fmt: skip

    def settlements(self, homes: gpd.GeoDataFrame) -> None:
        """Add every estate and hamlet of the city's register of compounds."""
        for row in homes.itertuples(index=False):
            lon, lat = _lonlat(row.geometry)
            urban = row.kind == "estate"
            self.add(
                row.name, "22100" if urban else "22200", row.community_code[:9],
                东经=lon, 北纬=lat, 人口=int(row.population), 类型="城镇" if urban else "农村",
                地名的来历=f"以{'居住环境' if urban else '姓氏与地形'}命名。",
            )  # fmt: skip

    def streets(self, source: Path) -> None:
        """Add the streets of the three sub-districts, on real streets."""
        stems = [a + b for a, b in product(register.STREET_FIRST, register.STREET_SECOND)]
        free = iter([stems[i] for i in self.rng.permutation(len(stems))])
        for code, shape, count in zip(self._codes, self._shapes, register.STREETS, strict=False):
            found = roads(source, shape, count)
            assert len(found) == count, (code, len(found))
            stem, ordinal = next(free), 0
            for number, road in enumerate(found):
                lane = number >= count * 2 // 3
                if not lane or ordinal == 3:  # noqa: PLR2004 - lanes come by threes
                    stem, ordinal = next(free), 0
                ordinal += lane
                generic = "大道" if road.wide and number < 3 else "路" if road.wide else "街"  # noqa: PLR2004
                name = stem + (f"{'一二三'[ordinal - 1]}巷" if lane else generic)
                line = shapely.transform(road.line, degrees)
                west, south, east, north = (round(side, 6) for side in line.bounds)
                self.add(
                    name, "23510", code, 图形=_wkt_of(line, 6),
                    东经=west, 至东经=east, 北纬=south, 至北纬=north,
                    地名的来历="城市街巷标准化处理中拟定。",
                    地名的含义=f"“{stem}”取其吉祥之意。",
                    地理实体概况=f"{name}位于{self._names[code]}，长{road.line.length:.0f}米。",
                )  # fmt: skip

    def others(self) -> None:
        """Add the rest, spread over the townships by their streets."""
        for class_code, (count, generics) in register.OTHERS.items():
            for number in range(count):
                self._other(class_code, generics[number % len(generics)], number)
        for number in range(register.RECORDS - len(self.rows)):
            self._other("27400", register.ENTERPRISES[number % len(register.ENTERPRISES)], number)

    def _other(self, class_code: str, generic: str, number: int) -> None:
        weights = np.array([len(own) for own in self._beside], dtype=float)
        at = int(self.rng.choice(len(weights), p=weights / weights.sum()))
        spot = self._streets.xy[self.rng.choice(self._beside[at])]
        xy: Floats = spot + self.rng.uniform(-25, 25, 2)
        lon, lat = (float(side) for side in degrees(xy[None, :])[0].round(6))
        cells: Cells = {"东经": lon, "北纬": lat}
        if class_code in register.EXTENT_ONLY:
            reach = self.rng.uniform(0.002, 0.01, 2)
            cells |= {
                "至东经": round(lon + float(reach[0]), 6),
                "至北纬": round(lat + float(reach[1]), 6),
            }
        name = self._name(generic)
        if class_code == "26100" and number < len(register.NONSTANDARD):
            name, cells["地名状态"] = register.NONSTANDARD[number], "不规范"
        if class_code in register.SECRET:
            name = f"模拟第{901 + number}{generic}"
            cells["密级"] = "机密"
        elif class_code in register.HALF_SECRET and number % 3 < 2:  # noqa: PLR2004 - two in three
            cells["密级"] = ("秘密", "内部")[number % 3]
        self.add(name, class_code, self._codes[at], **cells)

    def _name(self, generic: str) -> str:
        while True:
            name = self._stems[self._next % len(self._stems)] + generic
            self._next += 1
            if name not in self._taken:
                return name

    def finished(self) -> list[Cells]:
        """Return the records, some with former names, other names and an end."""
        settled = [row for row in self.rows if row["类别代码"] in ("22100", "22200", "27300")]
        for number, row in enumerate(settled):
            stem = self._stems[number % len(self._stems)]
            if number % 17 == 0:
                row["曾用名"] = f"{stem}老屋" if number % 34 else f"{stem}老屋；{stem}旧址"
                row["地名的历史沿革"] = f"原名{stem}老屋，{row['设立年份']}改今名。"
            if number % 41 == 0:
                row["别名"] = f"{stem}头"
            if number % 59 == 7:  # noqa: PLR2004 - some
                row |= {
                    "使用时间": "历史地名",
                    "地名状态": "历史",
                    "废止年份": "2021年",
                    "地名的历史沿革": "2021年拆迁，地名不再使用。",
                }
        hidden = next(row["标准名称"] for row in self.rows if row["类别代码"] == "27500")
        near = next(row for row in self.rows if row["类别代码"] == "23540")
        near["地名的来历"] = f"因邻近{hidden}得名。"
        return self.rows

    def signed(self, records: list[Cells]) -> list[Cells]:
        """Return the streets that have a sign, every second or third."""
        streets = [row for row in records if row["类别代码"] == "23510"]
        wanted = np.linspace(0, len(streets) - 1, register.SIGNS).round().astype(int)
        return [streets[i] for i in wanted]


def _sign(number: int, street: Cells) -> Cells:
    line = shapely.from_wkt(street["图形"])
    lon, lat = (round(float(side), 7) for side in line.coords[0])
    return {
        "标志编号": f"BZ{number:04d}",
        "标志类型": "街路牌",
        "规格": "1500×450",
        "标志文字": street["标准名称"],
        "地名代码": street["地名代码"],
        "东经": lon,
        "北纬": lat,
        "状态": "损坏" if number % 29 == 0 else "在用",
        "管护单位": street["所在行政区"],
        "设置日期": f"{2015 + number % 9}-06-01",
        "备注": "模拟数据",
    }


def _borders(townships: gpd.GeoDataFrame) -> tuple[list[Cells], list[Cells]]:
    """Return the longest borders between townships, and stones along them."""
    rows = list(townships.itertuples(index=False))
    shared = [
        (shapely.line_merge(shapely.intersection(a.geometry, b.geometry)), a, b)
        for n, a in enumerate(rows)
        for b in rows[n + 1 :]
    ]
    shared = [one for one in shared if one[0].length > 0]
    shared.sort(key=lambda one: (-round(one[0].length, 1), one[1].code, one[2].code))
    lines, stones = [], []
    for number, (border, a, b) in enumerate(shared[: register.LINES]):
        code = f"99{number + 1:02d}"
        parts = shapely.get_parts(border)
        longest = max(parts, key=lambda part: (round(part.length, 1), part.wkt))
        lines.append(
            {
                "界线编号": code,
                "界线名称": f"{a.name}与{b.name}界线",
                "毗邻政区": f"{a.code}；{b.code}",
                "协议书": f"示界协〔2020〕{number + 1}号（模拟）",
                "协议书附图": f"附图{number + 1}（模拟）",
                "下次联检": f"{2026 + number % 5}-10-31",
                "长度": f"{border.length / 1000:.2f}千米",
                "备注": "模拟数据",
                "图形": _wkt(longest, 6),
            }
        )
        stones += _stones(code, longest, a.name, b.name, 3 + (number < register.STONES - 42))
    assert len(lines) == register.LINES, len(lines)
    assert len(stones) == register.STONES, len(stones)
    return lines, stones


def _stones(code: str, line: shapely.LineString, a: str, b: str, count: int) -> list[Cells]:
    """Return stones in even steps; of four, the last two stand in pair on both sides of a road."""
    kinds = "QQQ" if count == 3 else "QQAB"  # noqa: PLR2004 - three single ones
    found = []
    for at, kind in enumerate(kinds):
        step = min(at, 2)
        point = shapely.line_interpolate_point(line, (step + 0.5) / 3, normalized=True)
        east = 12.0 if kind == "B" else 0.0
        lon, lat = _lonlat(shapely.Point(point.x + east, point.y))
        found.append(
            {
                "界桩编号": f"{code}{step + 1:03d}{kind}",
                "界线编号": code,
                "界桩类型": "单立" if kind == "Q" else "双立",
                "负责方": a if at % 2 == 0 else b,
                "完好状况": "完好",
                "东经": lon,
                "北纬": lat,
                "备注": "模拟数据",
            }
        )
    return found


def _lonlat(point: shapely.Point) -> tuple[float, float]:
    lon, lat = degrees(shapely.get_coordinates(point))[0].round(6)
    return float(lon), float(lat)


def _wkt(shape: shapely.Geometry, decimals: int) -> str:
    return _wkt_of(shapely.transform(shape, degrees), decimals)


def _wkt_of(shape: shapely.Geometry, decimals: int) -> str:
    return str(shapely.to_wkt(shape, rounding_precision=decimals, trim=True))
