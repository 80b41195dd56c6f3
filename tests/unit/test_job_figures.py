"""Whether the figures of a result stand as people read them."""

from __future__ import annotations

from api.ogc.job_figures import totals_table


def test_totals_stand_with_the_elders_first_however_they_were_kept() -> None:
    counts = ("children", "elders", "households", "points", "population")
    totals = {
        name: {"denominator": name, "total": 10, "covered_15_min": 5, "share_15_min": 0.5}
        for name in counts
    }
    rows = totals_table(totals).rows
    assert [row[0] for row in rows] == [
        "elders", "children", "households", "population", "points",
    ]  # fmt: skip
