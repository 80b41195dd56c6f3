"""Which services the city has: elder homes and stations, meals, children's homes and venues."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np

from generator import BEDS, ELDER_HOMES, PRIVATE_HOMES, Floats, apportion
from generator.siting import City, layer, with_neighbours

STATIONS: Final = 60
_SECOND_STATIONS: Final = 9
"""Communities with the most elders have two."""
_STATION_STATUS: Final = ("open",) * 53 + ("planned",) * 3 + ("suspended",) * 2 + ("closed",) * 2
_CONTRACTED_HOMES: Final = 2
_LEAST_BEDS: Final = 50
_MEAL_POINTS: Final = 46


def elder_stations(city: City) -> gpd.GeoDataFrame:
    """Return elder stations: one large in each township, middling and small ones elsewhere."""
    people = city.people()
    township = people.index.str[:9]
    first = people.groupby(township)["elders"].idxmax().tolist()
    rest = people.drop(first)["elders"]
    urban = city.communities.set_index("code")["urban"][rest.index].to_numpy()
    wish = rest.to_numpy() * np.where(urban, 1.5, 1.0) * city.rng.lognormal(0, 0.7, len(rest))
    single = STATIONS - len(first) - _SECOND_STATIONS
    second = rest.index[np.argsort(-rest.to_numpy(), kind="stable")[:_SECOND_STATIONS]]
    codes = [*first, *rest.index[np.argsort(-wish, kind="stable")[:single]], *second]
    tier = ["township"] * len(first) + ["community"] * (len(codes) - len(first))
    area = np.concatenate(
        [
            city.rng.uniform(750, 1600, len(first)),
            np.exp(city.rng.normal(np.log(310), 0.45, single)),
            city.rng.uniform(45, 140, len(second)),
        ]
    )
    hosts = [_host(city, code, last=i >= len(codes) - len(second)) for i, code in enumerate(codes)]
    names = city.communities.set_index("code")["name"]
    label = (
        ["综合养老服务中心"] * len(first) + ["养老服务站"] * single + ["养老服务点"] * len(second)
    )
    status = np.array(_STATION_STATUS)
    status[len(first) :] = city.rng.permutation(status[len(first) :])
    years = {"open": (2013, 2024), "suspended": (2013, 2020), "closed": (2010, 2016)}
    opened = [None if s == "planned" else city.days(*years[s], 1)[0] for s in status.tolist()]
    closed = [city.days(2021, 2024, 1)[0] if s == "closed" else None for s in status.tolist()]
    wide = area > 300  # noqa: PLR2004 - square metres
    own = layer(
        "YL",
        {
            "name": [names[code] + tail for code, tail in zip(codes, label, strict=True)],
            "tier": tier,
            "status": status,
            "opened": opened,
            "closed": closed,
            "ownership": np.where(city.chance(0.35, len(codes)), "contracted", "public"),
            "floor_area_m2": np.round(area),
            "usable_area_m2": np.round(area * city.rng.uniform(0.68, 0.85, len(codes))),
            "shared": city.chance(0.3, len(codes)) & ~wide,
            "staff": np.maximum(np.rint(area / 90), 1).astype(int),
            "community_code": codes,
            "compound_id": [
                host if given else None
                for host, given in zip(hosts, city.chance(0.5, len(codes)), strict=True)
            ],
            "day_care": wide | city.chance(0.3, len(codes)),
            "full_care": area > 900,  # noqa: PLR2004 - square metres
            "meals": wide & city.chance(0.8, len(codes)),
            "demonstration": area > 1100,  # noqa: PLR2004 - square metres
        },
        [city.beside(code, city.home_of(host)) for code, host in zip(codes, hosts, strict=True)],
    )
    return with_neighbours(own, _neighbours("YLB", "养老服务站", city.beyond(6), 320))


def elder_homes(city: City) -> gpd.GeoDataFrame:
    """Return the elder homes: 3,135 beds in 17 homes, 9 of them private."""
    people = city.people()
    share = people["elders"].to_numpy() ** 0.5
    codes = city.rng.choice(people.index, ELDER_HOMES, replace=False, p=share / share.sum())
    beds = apportion(BEDS, city.rng.lognormal(0, 0.55, ELDER_HOMES), least=_LEAST_BEDS)
    public = ELDER_HOMES - PRIVATE_HOMES - _CONTRACTED_HOMES
    kinds = ["public"] * public + ["contracted"] * _CONTRACTED_HOMES + ["private"] * PRIVATE_HOMES
    ownership = city.rng.permutation(np.array(kinds))
    stems = city.communities.set_index("code")["name"].str.replace("社区|村", "", regex=True)
    tails = {"public": "中心敬老院", "contracted": "社会福利院", "private": "老年公寓"}
    nursing = np.rint(beds * city.rng.uniform(0.45, 0.75, ELDER_HOMES)).astype(int)
    return layer(
        "JG",
        {
            "name": [stems[c] + tails[k] for c, k in zip(codes, ownership.tolist(), strict=True)],
            "tier": np.where(ownership == "public", "township", "county"),
            "status": "open",
            "opened": city.days(1998, 2022, ELDER_HOMES),
            "ownership": ownership,
            "floor_area_m2": np.round(beds * city.rng.uniform(24, 38, ELDER_HOMES)),
            "capacity": beds,
            "capacity_unit": "张",
            "staff": np.maximum(np.rint(beds / 6), 5).astype(int),
            "community_code": codes,
            "own_county": True,
            "beds": beds,
            "nursing_beds": nursing,
            "dementia_beds": np.rint(nursing * 0.2).astype(int),
            "star": city.rng.integers(1, 6, ELDER_HOMES),
            "social_workers": np.rint(beds / 120).astype(int),
            "medical": city.rng.choice(
                ["clinic", "contract", "none"], ELDER_HOMES, p=[0.4, 0.5, 0.1]
            ),
        },
        [city.inside(code) for code in codes],
    )


def meal_points(city: City) -> gpd.GeoDataFrame:
    """Return places that serve meals to elders, some within the neighbours' borders."""
    people = city.people()
    wish = people["elders"].to_numpy() * city.rng.lognormal(0, 0.8, len(people))
    codes = people.index[np.sort(np.argsort(-wish, kind="stable")[:_MEAL_POINTS])]
    names = city.communities.set_index("code")["name"]
    seats = city.rng.integers(12, 90, _MEAL_POINTS)
    own = layer(
        "ZC",
        {
            "name": [names[code] + "老年助餐点" for code in codes],
            "tier": "community",
            "status": np.where(city.chance(0.04, _MEAL_POINTS), "suspended", "open"),
            "opened": city.days(2018, 2024, _MEAL_POINTS),
            "ownership": city.rng.choice(["public", "contracted", "private"], _MEAL_POINTS),
            "floor_area_m2": np.round(seats * 3.2),
            "capacity": seats,
            "capacity_unit": "座",
            "community_code": codes,
            "seats": seats,
            "ground_floor": city.chance(0.9, _MEAL_POINTS),
            "delivery": city.chance(0.6, _MEAL_POINTS),
        },
        [city.beside(c, city.home_of(_host(city, c, last=True))) for c in codes],
    )
    return with_neighbours(own, _neighbours("ZCB", "老年助餐点", city.beyond(3), 120))


def venues_and_childrens_homes(city: City) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return a community venue and, in it or near it, a children's home for every unit."""
    codes = city.communities["code"].tolist()
    names = city.communities["name"].tolist()
    urban = city.communities["urban"].to_numpy()
    n = len(codes)
    xy = np.array([city.beside(c, city.home_of(h)) for c, h in city.people()["largest"].items()])
    workers = np.where(urban, city.rng.integers(8, 19, n), city.rng.integers(4, 9, n))
    area = np.round(np.exp(city.rng.normal(np.log(np.where(urban, 780, 420)), 0.4)))
    venues = layer(
        "ZH",
        {
            "name": [name + "党群服务中心" for name in names],
            "tier": "community",
            "status": "open",
            "opened": city.days(2008, 2023, n),
            "ownership": "public",
            "floor_area_m2": area,
            "usable_area_m2": np.round(area * 0.75),
            "staff": workers,
            "community_code": codes,
            "own_county": True,
            "hall_area_m2": np.round(area * city.rng.uniform(0.1, 0.25, n)),
            "workers": workers,
            "certified_workers": np.rint(workers * city.rng.uniform(0.1, 0.6, n)).astype(int),
        },
        xy,
    )
    shared = city.chance(0.7, n)
    elsewhere = [city.inside(code) for code in codes]
    home_area = np.round(city.rng.uniform(35, 160, n))
    homes = layer(
        "ET",
        {
            "name": [name + "儿童之家" for name in names],
            "tier": "community",
            "status": "open",
            "opened": city.days(2014, 2020, n),
            "ownership": "public",
            "floor_area_m2": home_area,
            "shared": shared,
            "staff": city.rng.integers(1, 4, n),
            "community_code": codes,
            "own_county": True,
            "has_activity_room": True,
            "has_counselling_room": city.chance(0.55, n),
            "equipment_complete": city.chance(0.8, n),
        },
        np.where(shared[:, None], xy + np.array([4.0, 0.0]), elsewhere),
    )
    return venues, homes


def _host(city: City, code: str, *, last: bool) -> str:
    """Return the largest compound of a community, or one drawn by its households."""
    if not last:
        return str(city.people()["largest"][code])
    own = city.compounds[city.compounds["community_code"] == code]
    share = own["households"].to_numpy(dtype=float)
    return str(city.rng.choice(own["id"], p=share / share.sum()))


def _neighbours(prefix: str, label: str, xy: Floats, area_m2: float) -> gpd.GeoDataFrame:
    return layer(
        prefix,
        {
            "name": [f"邻区（模拟）{i + 1}号{label}" for i in range(len(xy))],
            "tier": "community",
            "status": "open",
            "ownership": "public",
            "floor_area_m2": area_m2,
        },
        xy,
    )
