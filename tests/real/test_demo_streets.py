"""The streets of the demo are what the recorded source gives when it is cut again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

from geo.store.bundled import bundled

CUT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from generator.clip import cut, write_streets
write_streets(cut(Path(sys.argv[2])), Path(sys.argv[3]))
"""


def test_cutting_the_source_again_gives_the_committed_streets(
    real_data: Path, tmp_path: Path
) -> None:
    source = real_data / "wuhan" / "streets.parquet"
    if not source.exists():
        pytest.skip("no streets of Wuhan in the folder of real data")
    target = tmp_path / "streets.gpkg"
    arguments = [str(bundled("demo")), str(source), str(target)]
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", CUT, *arguments], check=True, env={"PYTHONPATH": str(root)}
    )
    again, committed = gpd.read_file(target), gpd.read_file(bundled("demo") / "streets.gpkg")
    assert again.crs == committed.crs
    assert again.drop(columns="geometry").equals(committed.drop(columns="geometry"))
    assert again.geometry.geom_equals(committed.geometry).all()
