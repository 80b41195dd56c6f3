"""The answer as tables: for the workspace, for a workbook, and as a raster."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.words import lack_label
from geo.schema.results import headings, result_columns
from geo.store.tables import write_table
from geo.terrain import write_raster
from geo.text import say
from optimization.suitability.areas import class_polygons
from optimization.suitability.criteria import measure_names
from optimization.suitability.exclusion import EXCLUDED, UNSETTLED
from optimization.suitability.overlay import CLASSES
from optimization.suitability.study import Suitability

NAMES: Final = (
    "suitability_cells",
    "suitability_rules",
    "suitability_criteria",
    "suitability_areas",
    "suitability_sites",
    "suitability_villages",
    "suitability_capacity",
)


def tables(answer: Suitability) -> dict[str, pd.DataFrame]:
    """Return every result table by name, with the columns its schema lists."""
    made = dict(
        zip(
            NAMES,
            (
                _cells(answer),
                _rules(answer),
                _criteria(answer),
                answer.areas,
                answer.audit,
                answer.villages.table,
                answer.balance,
            ),
            strict=True,
        )
    )
    return {name: _ordered(name, frame) for name, frame in made.items()}


def write_workbook(answer: Suitability, path: Path, notes: list[str]) -> list[Path]:
    """Write all tables as a workbook (or CSV files) in words."""
    sheets, titles = {}, {}
    for name, frame in tables(answer).items():
        sheet = sheet_names()[name]
        sheets[sheet] = in_words(name, frame)
        titles[sheet] = headings(name)
    return write_table(path, sheets, headings=titles, notes=notes)


def sheet_names() -> dict[str, str]:
    """Return the sheet of each table."""
    words = (
        say("等级", "classes"),
        say("管控范围", "zones"),
        say("准则", "criteria"),
        say("推荐地块", "areas"),
        say("现有公墓", "existing sites"),
        say("村", "villages"),
        say("安葬位", "places"),
    )
    return dict(zip(NAMES, words, strict=True))


def in_words(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as people read it: choices by their names, missing inputs in words."""
    words = pd.DataFrame(frame)
    for column in result_columns(name):
        if column.values:  # noqa: PD011 - the names of its choices
            words[column.name] = words[column.name].map(column.values)
    if "lacks" in words:
        words["lacks"] = [lack_label(key) if key else "" for key in words["lacks"].fillna("")]
    if name == "suitability_criteria":
        words["measure"] = words["measure"].map(measure_names()).astype("string")
    if name == "suitability_villages":
        kinds = _kind_names()
        words["zones"] = [
            say("、", ", ").join(kinds.get(kind, kind) for kind in text.split(";") if kind)
            for text in words["zones"].fillna("")
        ]
    return words


def _kind_names() -> dict[str, str]:
    """Return the name of every kind of zone."""
    kind = next(c for c in result_columns("suitability_rules") if c.name == "kind")
    return kind.values  # noqa: PD011 - the names of its choices


def write_picture(answer: Suitability, path: Path) -> None:
    """Write score, class, steadiness and unsettled cells as the bands of a GeoTIFF."""
    grid, found = answer.grid, answer.overlay
    excluded = answer.exclusions.excluded
    bands = {
        "score": np.where(excluded, np.nan, found.score),
        "class": found.level.astype(np.float64),
        "top_share": np.where(excluded, np.nan, answer.sensitivity.top_share),
        "unsettled": answer.exclusions.unsettled.astype(np.float64),
    }
    write_raster(
        path,
        {name: grid.laid_out(values, np.nan).astype(np.float32) for name, values in bands.items()},
        left_m=grid.left_m,
        top_m=grid.top_m,
        cell_m=grid.cell_m,
        crs=grid.crs,
    )


def _cells(answer: Suitability) -> gpd.GeoDataFrame:
    level, ruled = answer.overlay.level, answer.exclusions
    frame = class_polygons(answer.grid, level, CLASSES)
    at = [CLASSES.index(name) for name in frame["class"]]
    return frame.assign(
        unsettled_share=_by_class(level, ruled.unsettled, at),
        draft_share=_by_class(level, ruled.drafted, at),
        firm_share=_by_class(level, answer.overlay.firm, at),
    )


def _by_class(
    level: NDArray[np.int8], flag: NDArray[np.bool_], at: list[int]
) -> NDArray[np.float64]:
    count = np.bincount(level, minlength=len(CLASSES))
    hits = np.bincount(level, weights=flag, minlength=len(CLASSES))
    share: NDArray[np.float64] = np.round(hits / np.maximum(count, 1), 4)
    return share[at]


def _rules(answer: Suitability) -> pd.DataFrame:
    rows = [
        {
            "kind": ruling.clearance.kind,
            "method": ruling.clearance.method,
            "distance_m": ruling.clearance.distance_m,
            "binding": ruling.clearance.binding,
            "excluded_share": round(float((ruling.state == EXCLUDED).mean()), 4),
            "unsettled_share": round(float((ruling.state == UNSETTLED).mean()), 4),
            "lacks": ruling.lack,
            "norm": ruling.clearance.norm,
            "source": ruling.clearance.source,
        }
        for ruling in answer.exclusions.rulings
    ]
    columns = [column.name for column in result_columns("suitability_rules")]
    texts = dict.fromkeys(["kind", "method", "lacks", "norm", "source"], "string")
    numbers = dict.fromkeys(["distance_m", "excluded_share", "unsettled_share"], "Float64")
    return pd.DataFrame(rows, columns=columns).astype(texts | numbers | {"binding": "boolean"})


def _criteria(answer: Suitability) -> pd.DataFrame:
    open_ = ~answer.exclusions.excluded
    weights = answer.question.criteria.weights
    rows = []
    for one, weight in zip(answer.measured, weights, strict=True):
        known = open_ & ~np.isnan(one.score)
        rows.append(
            {
                "id": one.criterion.id,
                "name": one.criterion.label,
                "measure": one.criterion.measure,
                "weight_share": round(float(weight), 4),
                "mean_score": round(float(one.score[known].mean()), 1) if known.any() else None,
                "known_share": round(float((~np.isnan(one.score)).mean()), 4),
                "lacks": one.lack,
            }
        )
    return pd.DataFrame(rows).astype(
        dict.fromkeys(["id", "name", "measure", "lacks"], "string") | {"mean_score": "Float64"}
    )


def _ordered(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return exactly the columns of the schema, then the shape."""
    columns = [column.name for column in result_columns(name)]
    return frame[[*columns, *(["geometry"] if "geometry" in frame else [])]]
