"""The files of ``fuwuquan suitability``: workbook, map, picture, and the layers kept for QGIS."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import geopandas as gpd

from api.cli.suitability_notes import headline, notes
from api.cli.suitability_read import LAYERS
from api.cli.suitability_shown import summary
from geo.coverage.since import rested_on
from geo.maps.suitability_map import suitability_map
from geo.schema import facility_type
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import write_whole
from geo.text import say
from optimization.suitability import Suitability, Weighing
from optimization.suitability.styles import has_style, style
from optimization.suitability.tables import (
    in_words,
    sheet_names,
    tables,
    write_picture,
    write_workbook,
)


def written(
    answer: Suitability,
    out: Path,
    draw: bool,
    raster: Path | None,
    frames: dict[str, gpd.GeoDataFrame],
) -> list[Path]:
    """Write the workbook, beside it the map, and the picture where one is asked for."""
    files = write_workbook(answer, out, notes(answer))
    if draw:
        files.append(out.parent / say("适宜性图.html", "suitability.html"))
        write_whole(files[-1], _drawn(answer, frames).encode())
    if raster is not None:
        write_picture(answer, raster)
        files.append(raster)
    return files


def _drawn(answer: Suitability, frames: dict[str, gpd.GeoDataFrame]) -> str:
    """Return the map as a page."""
    kind = facility_type(answer.question.criteria.facility)
    counties = frames["county"]["name"].dropna().tolist() if "county" in frames else []
    place = str(counties[0]) if len(counties) == 1 else ""
    kinds = {clearance.kind for clearance in answer.question.zones.clearances}
    zones = frames["zone"]
    drawn = {
        name: gpd.GeoDataFrame(in_words(name, frame), crs=answer.grid.crs)
        for name, frame in tables(answer).items()
        if "geometry" in frame
    }
    used = [name for name in ("county", "community", "zone", "cemetery", "columbarium")
            if name in frames]  # fmt: skip
    stated = {str(source) for name in used for source in frames[name]["source"].dropna()}
    return suitability_map(
        drawn,
        zones[zones["kind"].isin(kinds).fillna(value=False).to_numpy(bool)],
        kind=kind,
        title=say(f"{place}{kind.zh}选址适宜性图", f"{place} {kind.en}: suitability".strip()),
        headline=headline(answer),
        notes=notes(answer),
        sources=sorted(stated),
        simulated=answer.simulated,
    )


def keep(workspace: Workspace, answer: Suitability, area: str, weighing: Weighing | None) -> None:
    """Keep the tables as results of the workspace, and what was asked."""
    question = answer.question
    for name, frame in tables(answer).items():
        workspace.write_result(
            name,
            frame,
            on=question.on,
            title=say(f"适宜性 {sheet_names()[name]}", f"suitability: {sheet_names()[name]}"),
            titles=headings(name),
            style=partial(style, name, aliases=headings(name)) if has_style(name) else None,
        )
    facts = summary(answer, area, weighing)
    workspace.record_run(
        "suitability",
        on=question.on,
        inputs=rested_on(workspace, LAYERS),
        parameters={
            name: facts[name]
            for name in ("facility", "area", "on", "cell_m", "zones", "weights", "seed",
                         "sight_km", "elevation", "criteria_file")
        },
        results={"classes": facts["classes"], "villages": facts["villages"]},
    )  # fmt: skip
