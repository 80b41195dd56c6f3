"""Verdicts on a map are told apart by colour, and by pattern where there is no colour."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from api.cli import run
from geo.assess.styles import verdict_style
from geo.assess.table import COLUMNS
from geo.assess.verdicts import VERDICTS
from geo.schema.results import result_columns
from geo.store import Workspace


@pytest.mark.parametrize(
    ("kind", "told_by"),
    [("POINT", "name"), ("MULTIPOLYGON", "style"), ("MULTILINESTRING", "line_style")],
)
def test_failing_and_passing_differ_without_colour(kind: str, told_by: str) -> None:
    root = ET.fromstring(verdict_style(kind, {}).partition("\n")[2])  # noqa: S314 - our own style
    shapes = {
        category.get("value"): root.findall(
            f".//symbol[@name='{category.get('symbol')}']/layer/prop[@k='{told_by}']"
        )[0].get("v")
        for category in root.iter("category")
    }
    assert set(shapes) == set(VERDICTS)
    assert len({shapes[name] for name in ("fail", "not_yet_due", "unknown", "pass")}) == 4


def test_every_column_of_the_verdicts_has_a_heading_in_the_manual() -> None:
    assert [column.name for column in result_columns("assess_verdicts")] == [
        name for name in COLUMNS if name not in ("block", "at")
    ]


def test_the_command_leaves_layers_that_qgis_opens_in_traffic_colours(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    assert run(["demo", str(folder), "--json"]) == 0
    assert run(["assess", "-w", str(folder), "--area", "340207", "--json"]) == 0
    workspace = Workspace.open(folder)
    with workspace.reading() as connection:
        styles = dict(
            connection.exec_driver_sql("SELECT f_table_name, styleQML FROM layer_styles").all()
        )
    for name in ("assess_compound", "assess_cemetery", "assess_community"):
        columns = [column.name for column in result_columns("assess_map")]
        assert list(workspace.read_result(name).columns.drop("geometry")) == columns
        assert re.search('attr="verdict_key"', styles[f"result_{name}"]), name
