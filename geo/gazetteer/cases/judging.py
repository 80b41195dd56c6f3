"""Judge the names that cases propose: by the rules, and against the other names of their list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import CGCS2000
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.letters import confirmed_reading, lettered, where
from geo.gazetteer.cases.machine import CLOSED
from geo.gazetteer.cases.record import Case, Select, candidates, case_of, reading
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.rules import Pack, Proposal, Report, Standing, check_name, laid_out
from geo.gazetteer.rules.model import Act

_ACTS: Final[dict[str, Act]] = {
    "naming": "naming",
    "renaming": "renaming",
    "clean_up": "standardising",
    "standardising": "standardising",
}
_REASONS: Final = {"clean_up": "clean_up", "standardising": "clean_up"}
"""Reasons of the law that a kind of case is itself."""
_OF_OTHERS: Final = frozenset({"R8a", "R8b", "R8c", "R8d", "R9"})
"""Rules that compare a name with others, and so with the other names of a list."""
_WIDEST: Final = ("area", "centreline", "point", "entrance", "label")


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposed name and what the rules say of it."""

    case_id: str
    candidate_id: str
    report: Report


@dataclass(frozen=True, slots=True)
class _Asked:
    case_id: str
    candidate_id: str
    campaign_id: str
    proposal: Proposal


def judged(
    book: Gazetteer,
    cases: Sequence[str],
    stood: Standing,
    pack: Pack,
    *,
    on: date,
    progress: Callable[[float], None] | None = None,
) -> list[Judged]:
    """Judge all candidates of cases; nothing is kept.

    Parameters
    ----------
    book, cases
        The gazetteer and the ids of the cases; of a campaign the other cases on its list count
        as names too, so that one list never gives a name twice where it may be given once.
    stood
        The names that stand; see `geo.gazetteer.rules.standing.standing`.
    pack
        The rules.
    on
        The day, which the reports keep.
    progress
        Told the share that is done.
    """
    with reading(book) as select:
        rows = [row for case_id in cases for row in select("case", id=case_id)]
        wanted = [asked for row in rows for asked in _asked(select, row, on)]
        campaigns = dict.fromkeys(row["campaign_id"] for row in rows if row["campaign_id"])
        lists = {
            one: _listed(
                [
                    asked
                    for row in select("case", campaign_id=one)
                    if row["state"] not in (*CLOSED, "returned")
                    for asked in _asked(select, row, on)
                ],
                stood,
            )
            for one in campaigns
        }
    found = []
    for number, one in enumerate(wanted, start=1):
        report = check_name(one.proposal, stood, pack, on=on)
        others = lists.get(one.campaign_id)
        if others is not None:
            report = _with_others(report, one.proposal, others, pack, on)
        found.append(Judged(one.case_id, one.candidate_id, report))
        if progress is not None:
            progress(number / len(wanted))
    return found


def _asked(select: Select, row: Row, on: date) -> list[_Asked]:
    """Return the candidates of a case as the rules ask for them."""
    case = case_of(row, rulebook())
    class_code, division_code = where(select, case)
    told = case.told
    attributes: dict[str, Any] = dict(told.get("attributes", {}))
    if "protection_measures" in case.documents:
        attributes["protection_measures"] = case.documents["protection_measures"]
    common = Proposal(
        "",
        class_code=class_code,
        geometry=_shape(select, case, on),
        division_code=division_code,
        act=_ACTS.get(case.kind.id, "naming"),
        reason_code=str(row["reason_code"] or _REASONS.get(case.kind.id, "")),
        place_id=str(row["place_id"] or row["id"]),
        attributes=attributes,
        grounds=dict(told.get("grounds", {})),
    )
    found = []
    for candidate in candidates(select, case):
        text = candidate["text"]
        known = told.get("names", {}).get(text, {})
        letters = lettered(text, known, class_code=class_code, division_code=division_code)
        proposal = replace(
            common,
            text=text,
            reading=tuple(confirmed_reading(known).split()),
            roman=letters["roman_toned"],
            specific=letters.get("specific", ""),
            generic=letters.get("generic", ""),
        )
        campaign = str(row["campaign_id"] or "")
        found.append(_Asked(str(row["id"]), str(candidate["id"]), campaign, proposal))
    return found


def _shape(select: Select, case: Case, on: date) -> shapely.Geometry | None:
    """Return where a case says that its place lies, else the widest shape that is kept of it."""
    told = case.told.get("shapes", [])
    if told:
        drawn: shapely.Geometry = shapely.from_wkt(told[0]["wkt"])
        return drawn
    place_id = case.row["place_id"]
    ever = select("shape", place_id=place_id) if place_id else []
    rows = [row for row in ever if row["from_day"] <= on.toordinal() < row["end_day"]]
    widest = min(rows, key=lambda row: _WIDEST.index(row["role"]), default=None)
    found: shapely.Geometry | None = widest["shape"] if widest else None
    return found


def _listed(asked: Sequence[_Asked], stood: Standing) -> Standing:
    """Return the names of one list as names that stand."""
    frame = gpd.GeoDataFrame(
        {
            "name_id": [one.candidate_id for one in asked],
            "place_id": [one.proposal.place_id for one in asked],
            "text": [one.proposal.text for one in asked],
            "kind": ["planned" for _ in asked],
            "class_code": [one.proposal.class_code for one in asked],
            "division_code": [one.proposal.division_code for one in asked],
            "reading": [" ".join(one.proposal.reading) for one in asked],
            "reading_source": ["officer" if one.proposal.reading else "model" for one in asked],
        },
        geometry=np.array([one.proposal.geometry for one in asked], dtype=object),
        crs=CGCS2000,
    )
    return laid_out(frame, built_up=stood.built_up, lexicon=stood.lexicon)


def _with_others(
    report: Report, proposal: Proposal, others: Standing, pack: Pack, on: date
) -> Report:
    """Return a report with what the other names of the list have against a name."""
    beside = check_name(proposal, others, pack, on=on, suggest=False)
    known = {(finding.rule, finding.verdict) for finding in report.findings}
    against = [
        replace(
            finding,
            zh=f"同批拟用名称：{finding.zh}",
            en=f"On the same list: {finding.en}",
        )
        for finding in beside.findings
        if finding.rule in _OF_OTHERS
        and finding.conflicts
        and (finding.rule, finding.verdict) not in known
    ]
    return replace(report, findings=(*report.findings, *against)) if against else report
