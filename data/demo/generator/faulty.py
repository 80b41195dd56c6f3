"""What a bureau's tables look like on a bad day: small files for an import to find fault with."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from openpyxl import Workbook

from generator.files import add_sheet, degrees, save_workbook


def write_faulty(
    folder: Path,
    communities: gpd.GeoDataFrame,
    compounds: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
) -> None:
    """Write the broken tables; what is wrong in each row stands in its last column."""
    people = compounds.groupby("community_code")[["households", "population", "elders"]].sum()
    _save(folder / "communities.xlsx", "社区户籍情况", _communities(communities.head(12), people))
    homes = _compounds(compounds.head(10))
    _save(folder / "compounds.xlsx", "小区", homes)
    as_text = homes.to_csv(index=False, lineterminator="\r\n")
    (folder / "compounds_gbk.csv").write_bytes(as_text.encode("gbk"))
    _save(folder / "stations.xlsx", "养老服务站", _stations(stations.head(10)))


def _communities(units: gpd.GeoDataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return communities without coordinates, under headings nobody expects."""
    counts = people.loc[units["code"]].reset_index(drop=True).astype(object)
    table = pd.DataFrame(
        {
            "村居全称": units["name"].tolist(),
            "区划代码": units["code"].tolist(),
            "居民总户数（户）": counts["households"].tolist(),
            "总人口": counts["population"].tolist(),
            "60周岁以上老年人": counts["elders"].tolist(),
            "问题说明": "",
        },
        dtype=object,
    )
    people_column, elders_column = "总人口", "60周岁以上老年人"
    changes: list[tuple[int, str, object, str]] = [
        (1, people_column, f"{table.loc[1, people_column]:,}", "数字存成文本，带千分位"),
        (2, elders_column, f"约{table.loc[2, elders_column]}", "数字前有“约”"),
        (3, "居民总户数（户）", 0, "户数为 0"),
        (4, "区划代码", table.loc[0, "区划代码"], "代码与第 2 行重复"),
        (5, "村居全称", None, "缺名称：导入时取用现有图层的名称"),
        (6, "区划代码", float(table.loc[6, "区划代码"]), "代码存成数字"),
        (7, "区划代码", "9901019", "代码位数不对"),
        (8, elders_column, int(table.loc[8, people_column]) + 500, "老年人多于总人口"),
    ]
    return _changed(table, changes)


def _compounds(homes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return compounds, half of them in some trouble."""
    lonlat = degrees(shapely.get_coordinates(homes.geometry.to_numpy())).round(6)
    table = pd.DataFrame(
        {
            "小区编号": homes["id"].tolist(),
            "小区名称": homes["name"].tolist(),
            "户数": homes["households"].tolist(),
            "东经": lonlat[:, 0].tolist(),
            "北纬": lonlat[:, 1].tolist(),
            "问题说明": "",
        },
        dtype=object,
    )
    changes: list[tuple[int, str, object, str]] = [
        (1, "户数", 0, "户数为 0"),
        (2, "户数", f"{table.loc[2, '户数']}户", "数字带单位"),
        (3, "小区名称", None, "缺名称"),
        (4, "小区编号", table.loc[0, "小区编号"], "编号与第 2 行重复"),
        (5, "东经", 116.391, "位于县外（约 1000 公里）"),
        (6, "户数", -3, "户数为负"),
    ]
    table.loc[5, "北纬"] = 39.907
    table.loc[7, ["东经", "北纬"]] = table.loc[7, ["北纬", "东经"]].tolist()
    changes.append((7, "小区名称", table.loc[7, "小区名称"], "经纬度写反"))
    return _changed(table, changes)


def _stations(stations: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return stations under a title, with a total below, and with troubles between."""
    lonlat = degrees(shapely.get_coordinates(stations.geometry.to_numpy())).round(6)
    table = pd.DataFrame(
        {
            "站点名称": stations["name"].tolist(),
            "建筑面积（平方米）": [float(area) for area in stations["floor_area_m2"]],
            "运营状态": "运营",
            "启用时间": [str(day) for day in stations["opened"]],
            "经度": lonlat[:, 0].tolist(),
            "纬度": lonlat[:, 1].tolist(),
            "问题说明": "",
        },
        dtype=object,
    )
    changes: list[tuple[int, str, object, str]] = [
        (1, "站点名称", None, "缺名称"),
        (2, "建筑面积（平方米）", "320㎡", "面积带单位"),
        (3, "启用时间", "2021年5月", "日期只到月"),
        (4, "运营状态", "不清楚", "状态不在可选项中"),
        (5, "经度", None, "缺经度"),
        (6, "经度", 0, "坐标为 0"),
        (8, "站点名称", table.loc[0, "站点名称"], "与第 2 行名称、位置都相同"),
    ]
    table.loc[6, "纬度"] = 0
    table.loc[8, ["经度", "纬度"]] = table.loc[0, ["经度", "纬度"]].tolist()
    table.loc[7, ["经度", "纬度"]] = table.loc[7, ["纬度", "经度"]].tolist()
    changes.append((7, "站点名称", table.loc[7, "站点名称"], "经纬度写反"))
    return _changed(table, changes)


def _changed(table: pd.DataFrame, changes: list[tuple[int, str, object, str]]) -> pd.DataFrame:
    """Return a table with cells replaced and each change told in the last column."""
    changed = table.copy()
    for row, column, value, told in changes:
        changed.loc[row, column] = value
        changed.loc[row, "问题说明"] = told
    return changed


def _save(path: Path, title: str, table: pd.DataFrame) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    add_sheet(book, title, table)
    save_workbook(path, book)
