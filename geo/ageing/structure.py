"""People by community, year, sex and five-year group, as the layer ``age_structure`` has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say

GROUP_YEARS: Final = 5
"""Width of an age group; the last one is open."""

_SHOWN: Final = 5
_FEWEST_GROUPS: Final = 3


@dataclass(frozen=True, slots=True)
class AgeTable:
    """People of every community by year, sex and age group."""

    years: tuple[int, ...]
    """Ascending."""
    codes: NDArray[np.object_]
    """(n,) communities, ascending."""
    sexes: tuple[str, ...]
    """``male`` and ``female``, or ``both``."""
    persons: NDArray[np.float64]
    """(n_year, n, n_sex, n_group) people of ages ``5 g`` to ``5 g + 4``; the last group is open."""

    @property
    def open_age(self) -> int:
        """First age of the open group."""
        return int(self.persons.shape[3] - 1) * GROUP_YEARS


def age_table(frame: pd.DataFrame) -> AgeTable:
    """Arrange rows of the layer ``age_structure``; finer ages are added up to five-year groups.

    Parameters
    ----------
    frame
        ``community_code``, ``year``, ``sex``, ``age_from``, ``age_to``, ``persons``.

    Raises
    ------
    DataError
        A group overlaps two five-year groups, ages have gaps, a community lacks a year or a sex,
        or only some rows state the sex; every kind of fault with the communities it is in.
    """
    rows = pd.DataFrame(
        {
            "code": frame["community_code"].astype("string").astype(object),
            "year": frame["year"].astype("Int64").astype(object),
            "sex": frame["sex"].astype("string").fillna("both").astype(object),
            "first": frame["age_from"].astype("Int64").to_numpy(np.int64, na_value=-1),
            "last": frame["age_to"].astype("Int64").to_numpy(np.int64, na_value=-1),
            "persons": frame["persons"].astype("Float64").to_numpy(np.float64, na_value=np.nan),
        }
    )
    if not len(rows):
        raise _wrong([say("没有任何一行", "there are no rows")])
    faults = _row_faults(rows)
    if faults:
        raise _wrong(faults)
    # Tables may end at different ages; the lowest of the open ones ends all of them.
    open_at = rows.loc[rows["last"] < 0].groupby(["code", "year", "sex"])["first"].min()
    top = int(open_at.min()) // GROUP_YEARS
    group = np.minimum(rows["first"].to_numpy() // GROUP_YEARS, top)
    years = tuple(sorted({int(year) for year in rows["year"]}))
    codes = np.array(sorted(set(rows["code"])), dtype=object)
    found = set(rows["sex"])
    sexes = ("both",) if found == {"both"} else ("male", "female")
    at = (
        np.searchsorted(years, rows["year"].to_numpy(np.int64)),
        pd.Index(codes).get_indexer(pd.Index(rows["code"])),
        pd.Index(sexes).get_indexer(pd.Index(rows["sex"])),
        group,
    )
    persons = np.zeros((len(years), len(codes), len(sexes), top + 1))
    np.add.at(persons, at, rows["persons"].to_numpy())
    covered = np.zeros_like(persons)
    width = np.where(rows["last"] < 0, GROUP_YEARS, rows["last"] - rows["first"] + 1)
    capped = (group == top) & (rows["first"] // GROUP_YEARS > top)
    np.add.at(covered, at, np.where(capped, 0, np.minimum(width, GROUP_YEARS)))
    faults = _table_faults(covered, years, codes, top)
    if faults:
        raise _wrong(faults)
    return AgeTable(years, codes, sexes, persons)


def _row_faults(rows: pd.DataFrame) -> list[str]:
    faults = []
    sexes = set(rows["sex"])
    if "both" in sexes and len(sexes) > 1:
        faults.append(say("有的行填了性别，有的没填", "some rows state a sex and some do not"))
    elif sexes in ({"male"}, {"female"}):
        faults.append(say("只有一种性别", "there is one sex only"))
    closed = rows["last"] >= 0
    split = closed & (
        (rows["last"] < rows["first"])
        | (rows["first"] // GROUP_YEARS != rows["last"] // GROUP_YEARS)
    )
    uneven = ~closed & (rows["first"] % GROUP_YEARS != 0)
    for wrong, words in (
        (split, say("年龄组跨了五岁一组的界限", "age groups cross a five-year border")),
        (
            uneven,
            say("“及以上”的起始年龄不是 5 的倍数", "the open group begins at no multiple of 5"),
        ),
        (rows["persons"].isna(), say("人数为空", "persons are empty")),
        (rows["persons"] < 0, say("人数为负", "persons are negative")),
    ):
        if wrong.any():
            faults.append(words + _of(rows.loc[wrong, "code"]))
    ends = rows[~closed].groupby(["code", "year", "sex"]).size()
    groups = rows.groupby(["code", "year", "sex"]).size()
    endless = groups.index.difference(ends.index)
    if len(endless):
        codes = pd.Series(endless.get_level_values("code"))
        faults.append(say("缺少“及以上”的一组", "no open group") + _of(codes))
    elif (ends > 1).any():
        codes = pd.Series(ends[ends > 1].index.get_level_values("code"))
        faults.append(say("有几个“及以上”的组", "several open groups") + _of(codes))
    elif int(rows.loc[~closed, "first"].min()) < _FEWEST_GROUPS * GROUP_YEARS:
        faults.append(say("年龄组太少", "there are too few age groups"))
    return faults


def _table_faults(
    covered: NDArray[np.float64], years: tuple[int, ...], codes: NDArray[np.object_], top: int
) -> list[str]:
    faults = []
    missing: NDArray[np.bool_] = np.asarray(~(covered > 0).any(axis=(2, 3)))
    for year, lost in zip(years, missing, strict=True):
        if lost.any():
            faults.append(say(f"缺 {year} 年", f"no figures of {year}") + _of(codes[lost]))
    gaps = ((covered < GROUP_YEARS) & ~missing[:, :, None, None]).any(axis=(0, 2, 3))
    if gaps.any():
        words = say(f"0～{top * GROUP_YEARS} 岁有缺组或缺性别", "ages or a sex are missing")
        faults.append(words + _of(codes[gaps]))
    twice = (covered > GROUP_YEARS).any(axis=(0, 2, 3))
    if twice.any():
        faults.append(say("年龄组重叠", "age groups overlap") + _of(codes[twice]))
    return faults


def _of(codes: object) -> str:
    listed = list(dict.fromkeys(str(code) for code in codes))  # type: ignore[attr-defined]
    shown = "、".join(listed[:_SHOWN])
    more = say(f" 等 {len(listed)} 个村居", f" and more, {len(listed)} in all")
    return say("：", ": ") + shown + (more if len(listed) > _SHOWN else "")


def _wrong(faults: list[str]) -> DataError:
    return DataError(
        say("“分年龄人口”层不能用：", "the layer 'age_structure' cannot be used: ")
        + say("；", "; ").join(faults),
        hint=say(
            "每个村居、每个年份、每种性别都要有从 0 岁起、五岁（或更细）一组、"
            "到某岁及以上的完整人数。",
            "Every community, year and sex needs the people of all ages from 0, in groups of five "
            "years or finer, up to an open last group.",
        ),
    )
