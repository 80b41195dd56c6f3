"""What else lies on the ground: burial places, zones with rules, vacant land and premises."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from generator import CRS, SOURCE, Floats, Ints
from generator.clip import CHANNEL_M, river
from generator.siting import City, layer

_NICHES: Final = 8_000
_LAND: Final = 26
_PREMISES: Final = 38
_FARMLAND: Final = 7
_PARKS: Final = 4
_HERITAGE: Final = 3
_BANK_M: Final = 650.0
_STUB_M: Final = 300.0
"""Pieces of trunk road shorter than this are ramps and left out."""


def cemeteries(city: City) -> gpd.GeoDataFrame:
    """Return cemeteries of the villages with the least street."""
    codes = _remote(city, 6)
    plots = city.rng.integers(400, 4200, len(codes))
    benefit = np.arange(len(codes)) < 5  # noqa: PLR2004 - all but one
    names = city.communities.set_index("code")["name"]
    return layer(
        "GM",
        {
            "name": [
                names[c] + ("公益性公墓" if b else "陵园")
                for c, b in zip(codes, benefit, strict=True)
            ],
            "tier": np.where(benefit, "township", "county"),
            "status": "open",
            "opened": city.days(2004, 2021, len(codes)),
            "ownership": np.where(benefit, "public", "private"),
            "capacity": plots,
            "capacity_unit": "穴",
            "community_code": codes,
            "own_county": True,
            "public_benefit": benefit,
            "plots": plots,
            "niches": city.rng.integers(0, 900, len(codes)),
            "plot_area_m2": np.round(city.rng.uniform(0.5, 1.0, len(codes)), 2),
            "land_area_m2": np.round(plots * city.rng.uniform(3.5, 6.0, len(codes))),
        },
        [city.inside(c) for c in codes],
    )


def columbarium(city: City) -> gpd.GeoDataFrame:
    """Return the county's one columbarium, in a village without a cemetery."""
    code = _remote(city, 7)[6]
    name = city.communities.set_index("code")["name"][code]
    return layer(
        "GH",
        {
            "name": [name + "骨灰堂"],
            "tier": "county",
            "status": "open",
            "opened": city.days(2010, 2021, 1),
            "ownership": "public",
            "floor_area_m2": _NICHES * 0.25,
            "capacity": _NICHES,
            "capacity_unit": "格",
            "community_code": [code],
            "own_county": True,
            "public_benefit": True,
            "niches": _NICHES,
            "build_cost_yuan": _NICHES * 1000.0,
        },
        [city.inside(code)],
    )


def parcels(city: City) -> gpd.GeoDataFrame:
    """Return vacant land, mostly in villages, and vacant premises, mostly in communities."""
    codes = city.communities["code"].to_numpy()
    urban = city.communities["urban"].to_numpy()
    n = _LAND + _PREMISES
    chances = (np.where(urban, 1, 3), np.where(urban, 3, 1))
    drawn = [
        city.rng.choice(codes, count, p=weight / weight.sum())
        for count, weight in zip((_LAND, _PREMISES), chances, strict=True)
    ]
    land = np.arange(n) < _LAND
    area = np.where(land, city.rng.uniform(900, 8000, n), city.rng.uniform(60, 900, n))
    floor = np.where(city.chance(0.7, n), 1, city.rng.integers(2, 5, n))
    cost = area * np.where(land, 2600, 850) * city.rng.uniform(0.8, 1.3, n)
    return layer(
        "DK",
        {
            "name": [
                f"{'空地' if is_land else '闲置用房'}{i + 1}号" for i, is_land in enumerate(land)
            ],
            "kind": np.where(land, "land", "premises"),
            "area_m2": np.round(area),
            "floor": pd.array(np.where(land, 0, floor), dtype="Int64"),
            "lift": ~land & (floor > 1) & city.chance(0.4, n),
            "rent_yuan_year": np.round(area * np.where(land, 0, city.rng.uniform(90, 360, n)), -2),
            "build_cost_yuan": np.round(cost, -3),
            "available": ~city.chance(0.1, n),
            "owner": city.rng.choice(["区国资公司", "街道办事处", "村集体", "教育局"], n),
        },
        [city.inside(str(c)) for c in np.concatenate(drawn)],
    ).pipe(lambda frame: frame.assign(floor=frame["floor"].mask(land)))


def zones(city: City) -> gpd.GeoDataFrame:
    """Return zones as sets of neighbouring cells, and a railway and trunk roads as lines."""
    cells = city.land.cells
    inside = np.flatnonzero(cells.inside)
    bare = inside[cells.street_m[inside] == 0]
    from_river = shapely.distance(shapely.points(cells.xy), river())
    channel = bare[from_river[bare] < CHANNEL_M]
    rows: list[tuple[str, str, object]] = [
        ("planned_built", "城镇规划建设用地", _urban(city)),
        ("water_source", "示范水源保护区", _patch(city, channel, _widest(city, channel), 70)),
    ]
    dry = bare[from_river[bare] > _BANK_M]
    rows.append(("scenic", "鹭汀湖风景区", _patch(city, dry, _widest(city, dry), 40)))
    dry = np.setdiff1d(dry, _taken(city, rows))
    rows.append(("nature_reserve", "雁汀湿地自然保护区", _patch(city, dry, _widest(city, dry), 30)))
    dry = np.setdiff1d(dry, _taken(city, rows))
    rural = dry[~city.land.unit_urban[city.land.cell_unit[dry]]]
    for number, cell in enumerate(city.rng.choice(rural, _FARMLAND, replace=False)):
        rows.append(("farmland", f"永久基本农田{number + 1}号", _patch(city, rural, int(cell), 14)))
    lived = inside[cells.street_m[inside] > 150]  # noqa: PLR2004 - metres
    for number, cell in enumerate(city.rng.choice(lived, _PARKS + _HERITAGE, replace=False)):
        park = number < _PARKS
        place = shapely.Point(cells.xy[cell]).buffer(140 if park else 60, quad_segs=4)
        name = f"示范公园{number + 1}号" if park else f"文物保护点{number - _PARKS + 1}号"
        rows.append(("park" if park else "heritage", name, place))
    for bank, offset_m in (("西", _BANK_M), ("东", -_BANK_M)):
        dike = shapely.offset_curve(river(), offset_m).intersection(city.land.county)
        rows.append(("river_dike", f"示范江{bank}岸大堤", dike))
    rows.append(("rail", "示范铁路", _railway(city)))
    rows.append(("trunk_road", "公路主干线", _trunk(city)))
    authority = {"farmland": "自然资源局", "planned_built": "自然资源局", "heritage": "文旅局"}
    kinds, names, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "id": [f"QY{i + 1:03d}" for i in range(len(rows))],
            "name": names,
            "kind": kinds,
            "authority": [authority.get(kind, "区人民政府") for kind in kinds],
            "source": [
                "© OpenStreetMap contributors" if kind == "trunk_road" else SOURCE for kind in kinds
            ],
            "simulated": [kind != "trunk_road" for kind in kinds],
        },
        geometry=list(shapes),
        crs=CRS,
    )


def _remote(city: City, count: int) -> list[str]:
    """Return the villages with the least street on their ground, one a township first."""
    units = city.communities["cell_unit"].to_numpy()
    bare = city.land.unit_street_m[units] / shapely.area(city.land.units[units])
    order = np.argsort(bare, kind="stable")
    codes = city.communities["code"].to_numpy()[order]
    seen = pd.Series(codes).str[:9].groupby(pd.Series(codes).str[:9]).cumcount().to_numpy()
    first: list[str] = codes[np.argsort(seen, kind="stable")][:count].tolist()
    return first


def _widest(city: City, cells: Ints) -> int:
    """Return the cell farthest from any street."""
    away = city.streets.tree.query(city.land.cells.xy[cells])[0]
    return int(cells[np.argmax(away)])


def _patch(city: City, among: Ints, start: int, count: int) -> shapely.Polygon:
    """Return the connected part about ``start`` of the nearest cells."""
    xy = city.land.cells.xy
    nearest = among[np.argsort(np.hypot(*(xy[among] - xy[start]).T), kind="stable")[:count]]
    shape = shapely.union_all([_cell(city, int(cell)) for cell in nearest])
    parts = shapely.get_parts(shape)
    return shapely.Polygon(parts[np.argmax(shapely.area(parts))].exterior)


def _cell(city: City, cell: int) -> shapely.Polygon:
    cells = city.land.cells
    rim = cells.borders[(cells.pairs == cell).any(axis=1)]
    return shapely.MultiPoint(rim.reshape(-1, 2)).convex_hull


def _taken(city: City, rows: list[tuple[str, str, object]]) -> Ints:
    shapes = [shape for kind, _, shape in rows if kind != "planned_built"]
    points = shapely.points(city.land.cells.xy)
    taken: Ints = np.flatnonzero(shapely.intersects(shapely.union_all(shapes), points))
    return taken


def _urban(city: City) -> shapely.Geometry:
    """Return the ground of the communities of the greatest built-up part."""
    parts = shapely.get_parts(shapely.union_all(city.land.units[city.land.unit_urban]))
    return parts[np.argmax(shapely.area(parts))]


def _railway(city: City) -> shapely.LineString:
    """Return a gently bent line across the county, away from streets where it can."""
    west, south, east, north = city.land.county.bounds
    ahead = np.linspace(0, 1, 40)
    x = west + ahead * (east - west)
    y = south + (0.30 + 0.34 * ahead + 0.05 * np.sin(5 * ahead)) * (north - south)
    line: Floats = np.round(np.column_stack([x, y]), 1)
    return shapely.LineString(line).intersection(city.land.county)


def _trunk(city: City) -> shapely.Geometry:
    """Return the trunk roads of the county, real ones, thinned to 10 m."""
    lines = city.streets.lines[city.streets.classes == "trunk"]
    crossing = lines[shapely.intersects(lines, city.land.county)]
    merged = shapely.line_merge(shapely.union_all(crossing))
    parts = shapely.get_parts(merged)
    long = shapely.normalize(shapely.multilinestrings(parts[shapely.length(parts) > _STUB_M]))
    return shapely.simplify(long, 10)
