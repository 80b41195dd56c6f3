"""What an assessment comes to: by norm and township, the shortages by people, and the map."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assess import words
from geo.assess.linking import rule_label
from geo.assess.place import label
from geo.assess.run import Assessment
from geo.assess.verdicts import VERDICTS
from geo.demand.units import texts

SHORT = ("fail", "not_yet_due")


def by_township(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return how many subjects of each norm pass and fail in each township.

    Parameters
    ----------
    assessment
        The assessment.
    table
        Its rows; see `geo.assess.rows`.

    Returns
    -------
    DataFrame
        ``norm township_code township fail not_yet_due unknown pass … people_short gap gap_unit``,
        one row a norm and township; verdicts on the whole place are not in it.
    """
    table = table.assign(norm=table["norm"].astype(str))
    parts = table[table["role"] != "whole"]
    short = parts["verdict"].isin(SHORT)
    keys = [parts["norm"], parts["township_code"].fillna("").rename("township_code")]
    counts = (
        parts.groupby(keys, observed=True)["verdict"].value_counts().unstack(fill_value=0)  # noqa: PD010 - counts have one row a cell already
        if len(parts)
        else pd.DataFrame()
    )
    if not len(counts):
        return pd.DataFrame(columns=["norm", "township_code", "township", *VERDICTS])
    counts.columns = [str(name) for name in counts.columns]
    counts = counts.reindex(columns=list(VERDICTS), fill_value=0).astype("int64")
    sums = (
        parts.assign(
            people_short=parts["people"].where(short, 0.0),
            gap=parts["gap"].where(short, 0.0),
        )
        .groupby(keys, observed=True)
        .agg(
            people_short=("people_short", "sum"), gap=("gap", "sum"), gap_unit=("gap_unit", "first")
        )
    )
    result = counts.join(sums).reset_index()
    names = {}
    if assessment.place.has("township"):
        codes = texts(assessment.place.frames["township"], "code")
        names = dict(zip(codes, label(assessment.place, "township"), strict=True))
    result.insert(2, "township", result["township_code"].map(names).astype(object).fillna(""))
    order = {norm: row for row, norm in enumerate(dict.fromkeys(table["norm"]))}
    return (
        result.assign(_order=result["norm"].map(order))
        .sort_values(["_order", "township_code"], kind="stable")
        .drop(columns="_order")
        .reset_index(drop=True)
    )


def by_norm(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a norm: how many subjects have each verdict, and that on the whole."""
    table = table.assign(norm=table["norm"].astype(str))
    parts = table[table["role"] != "whole"]
    counts = pd.crosstab(parts["norm"], parts["verdict"].astype(str)) if len(parts) else None
    order = list(dict.fromkeys(table["norm"]))
    found = pd.DataFrame(index=pd.Index(order, name="norm"), columns=list(VERDICTS)).fillna(0)
    if counts is not None:
        found = counts.reindex(index=order, columns=list(VERDICTS), fill_value=0)
    whole = _worst(table[table["role"] == "whole"], "norm")
    return found.astype("int64").assign(whole=whole.reindex(order)).reset_index()


def shortages(table: pd.DataFrame) -> pd.DataFrame:
    """Return every subject that falls short, those that concern most people first."""
    short = table[(table["role"] != "whole") & table["verdict"].isin(SHORT)]
    rank = short["verdict"].map({"fail": 0, "not_yet_due": 1}).astype(int)
    ordered = short.assign(_due=rank).sort_values(
        ["people", "_due", "gap", "norm", "id"],
        ascending=[False, True, False, True, True],
        na_position="last",
        kind="stable",
    )
    return ordered.drop(columns="_due").reset_index(drop=True)


def linking(assessment: Assessment, layer: str = "elder_station") -> pd.DataFrame:
    """Return for every estate which premises count for it, and by which rule."""
    place = assessment.place
    if not (place.has("compound") and place.has(layer)):
        return pd.DataFrame(columns=["id", "name", "rule", "premises", "nearest_min", "sharing"])
    premises = place.premises_of(layer)
    keys = texts(place.frames[layer], "id").astype(str)
    marks = pd.Series(
        [
            f"{key} × {share:.1%}" if share < 1 else key
            for key, share in zip(keys[premises.facility], premises.share, strict=True)
        ],
        dtype=object,
    )
    joined = marks.groupby(premises.compound).agg("; ".join).astype(object)
    n = len(place.frames["compound"])
    inside = place.inside["compound"]
    return pd.DataFrame(
        {
            "id": texts(place.frames["compound"], "id"),
            "name": label(place, "compound"),
            "rule": pd.array([rule_label(rule) for rule in premises.rule], dtype="string"),
            "premises": joined.reindex(np.arange(n)).fillna("").to_numpy(object),
            "nearest_min": premises.nearest_min,
            "sharing": premises.sharing,
        }
    )[inside].reset_index(drop=True)


def drawn(assessment: Assessment, table: pd.DataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return by layer the subjects with their worst verdict, its colour and its print pattern."""
    found = {}
    for layer, part in table[table["layer"] != "place"].groupby("layer", sort=False, observed=True):
        frame = assessment.place.frames[str(layer)]
        if not isinstance(frame, gpd.GeoDataFrame):
            continue
        key = "code" if "code" in frame else "id"
        worst = _worst(part, "id")
        counts = pd.crosstab(part["id"], part["verdict"].astype(str)).reindex(
            columns=["fail", "not_yet_due", "unknown", "pass"], fill_value=0
        )
        kept = frame[frame[key].isin(worst.index).to_numpy(bool)]
        ident = kept[key].astype(str)
        verdict = ident.map(worst)
        texted = {
            "verdict": verdict.map(words.verdict_label),
            "verdict_key": verdict,
            "colour": verdict.map(words.VERDICT_COLOURS),
            "pattern": verdict.map(words.VERDICT_PATTERNS),
            "failing": ident.map(_ids(part, "fail")).astype(object).fillna(""),
        }
        columns = {"id": ident, "name": kept["name"]} | texted
        found[str(layer)] = gpd.GeoDataFrame(
            {name: values.astype(str).astype("string").array for name, values in columns.items()}
            | {f"n_{name}": ident.map(counts[name]).astype("int64").to_numpy() for name in counts},
            geometry=kept.geometry.to_numpy(),
            crs=frame.crs,
        )
    return found


def _ids(part: pd.DataFrame, verdict: str) -> pd.Series:
    return part[part["verdict"] == verdict].groupby("id")["norm"].agg(", ".join)


def _worst(table: pd.DataFrame, key: str) -> pd.Series:
    """Return by key the verdict that comes first in the order of `VERDICTS`."""
    codes = pd.Categorical(table["verdict"].astype(str), categories=list(VERDICTS)).codes
    least = pd.Series(codes).groupby(table[key].astype(str).to_numpy()).min()
    return pd.Series([VERDICTS[code] for code in least], index=least.index, dtype=object)
