"""``names import`` of other formats: what is told, what is refused, what an officer sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from geo.gazetteer import Gazetteer

Shell = Callable[..., Any]

AT = datetime(2026, 5, 1, tzinfo=UTC)
LANE = {
    "standard_name": "北三巷",
    "place_type": "城镇居民点",
    "area": "990101",
    "gdm": {"type": "Point", "coordinates": [114.23, 30.49]},
}


def written(path: Path, content: object) -> str:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return str(path)


def test_national_json_comes_in_with_a_proposed_reading_and_is_taken_back(
    names: Shell, county_book: Gazetteer, tmp_path: Path
) -> None:
    before = county_book.state_sha256()
    file = written(tmp_path / "in.json", {"records": [LANE]})
    told = names("import", file, "--author", "王某", "--json").json
    assert (told["inserted"], told["proposed"], told["no_secrecy"]) == (1, 1, 1)
    assert names("search", "北三巷", "--json").json["hits"][0]["standard"] == "北三巷"
    again = names("import", file, "--author", "王某", "--json").json
    assert (again["inserted"], again["unchanged"], again["change_set_id"]) == (0, 1, "")
    county_book.undo(told["change_set_id"], author="王某", reason="撤回", at=AT)
    assert county_book.state_sha256() == before


def test_the_ending_or_the_option_says_the_format(names: Shell, tmp_path: Path) -> None:
    odd = written(tmp_path / "in.txt", [LANE])
    refused = names("import", odd, "--author", "王某")
    assert refused.status == 2
    assert "看不出" in refused.err
    assert "--format" in refused.err
    assert names("import", odd, "--format", "dmfw", "--author", "王某").status == 0
    refused = names("import", odd, "--format", "kml", "--author", "王某")
    assert refused.status == 2
    assert "census、dmfw、lpf、lptsv" in refused.err


def test_every_fault_of_linked_places_is_told_and_written_as_a_list(
    names: Shell, tmp_path: Path
) -> None:
    bad = [
        {
            "@id": title,
            "type": "Feature",
            "properties": {"title": title},
            "names": [{"toponym": title}],
            "types": [{"label": "hamlet"}],
        }
        for title in "甲乙"
    ]
    file = written(tmp_path / "in.jsonld", {"type": "FeatureCollection", "features": bad})
    refused = names("import", file, "--author", "王某", "--faults", str(tmp_path / "faults.xlsx"))
    assert refused.status == 2
    assert refused.err.count("hamlet") == 2
    rows = list(load_workbook(tmp_path / "faults.xlsx").worksheets[0].iter_rows(values_only=True))
    assert [row[1:3] for row in rows[1:]] == [(1, "types"), (2, "types")]
