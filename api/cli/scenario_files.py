"""The files of ``fuwuquan scenario compare``: workbook, maps of differences, layers for QGIS."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from api.cli.scenario_shown import with_base_named
from geo.assess.words import unit_label
from geo.coverage.tables import in_words, notes
from geo.maps.scenario_map import scenario_map
from geo.network.current import open_network
from geo.norms.labels import layer_label
from geo.scenarios import BASE, Comparison
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import write_table
from geo.text import say


def workbook(found: Comparison, path: Path) -> list[str]:
    """Write the tables."""
    tables = {
        "scenario_numbers": (
            say("情景对比", "side by side"),
            with_base_named(found.numbers),
        ),
        "scenario_walks": (say("步行变化", "changed walks"), found.walks),
        "scenario_verdicts": (say("结论变化", "changed verdicts"), found.verdicts),
    }
    sheets = {sheet: in_words(frame, table) for table, (sheet, frame) in tables.items()}
    sheet, _ = tables["scenario_verdicts"]
    sheets[sheet] = _verdicts_in_words(sheets[sheet])
    about = {say("说明", "notes"): notes(found.coverages[BASE])}
    named = {sheet: headings(table) for table, (sheet, _) in tables.items()}
    return [str(file) for file in write_table(path, sheets | about, headings=named)]


def _verdicts_in_words(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return changed verdicts with the names of their layers and units."""
    return verdicts.assign(
        layer=verdicts["layer"].map(layer_label, na_action="ignore").astype("string"),
        gap_unit=verdicts["gap_unit"].map(unit_label, na_action="ignore").astype("string"),
    )


def maps(workspace: Workspace, found: Comparison, folder: Path) -> list[str]:
    """Draw a map of what each scenario changes."""
    base = found.coverages[BASE]
    layers = ("street", "compound", base.question.kind.name)
    sources = [text for name in layers if workspace.has(name) for text in workspace.sources(name)]
    network = open_network(workspace)
    written = []
    for one in found.scenarios:
        page = scenario_map(
            base, found.coverages[one.name], name=one.name, network=network, sources=sources
        )
        path = folder / say(f"情景_{one.name}.html", f"scenario_{one.name}.html")
        path.write_text(page, "utf-8")
        written.append(str(path))
    return written


def keep(workspace: Workspace, found: Comparison) -> None:
    """Keep the tables in the workspace; walks with their places, for QGIS."""
    base = found.coverages[BASE]
    at = dict(zip(base.points["id"], base.points.geometry, strict=True))
    places = [at[name] for name in found.walks["id"]]
    walks = gpd.GeoDataFrame(found.walks, geometry=places, crs=base.points.crs)
    for table, frame, title in (
        ("scenario_numbers", found.numbers, say("情景对比", "scenarios side by side")),
        ("scenario_walks", walks, say("情景的步行变化", "changed walks")),
        ("scenario_verdicts", found.verdicts, say("情景的结论变化", "changed verdicts")),
    ):
        workspace.write_result(
            table, frame, on=base.question.on, title=title, titles=headings(table)
        )
    workspace.record_run(
        "scenario",
        on=base.question.on,
        inputs=base.provenance.layers,
        parameters={"scenarios": [one.json() for one in found.scenarios]},
        results={"covered": [int(n) for n in found.numbers["covered"].fillna(-1)]},
    )
