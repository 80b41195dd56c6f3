"""Draft the filing report and the announcement of what was approved; what is missing is named."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from geo.gazetteer.book import Row
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.record import Case, Select, case_of
from geo.text import say

_FULL_DAY = len("2026-05-01")
_COUNTY, _TOWNSHIP = 6, 9
_HEIR, _ADDED = "succeeded_by", "derived_from"
_NO_FORMER = "无"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft and what it still lacks, such as ``金湖路：位置描述``."""

    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided over names, as drafts and forms tell it; empty where it is not known."""

    common: Mapping[str, str]
    """``approved_by approved number title count reports``."""
    entries: tuple[Mapping[str, str], ...]
    """Each ``act standard_name romanised division position former``."""


def acts_of(entries: Sequence[Mapping[str, str]]) -> str:
    """Return what was done to names: 命名, 更名, or several."""
    return "、".join(dict.fromkeys(entry["act"] for entry in entries))


def about(names: Sequence[str], former: str, acts: str) -> str:
    """Return what was decided over names, as the titles of its papers tell it.

    Parameters
    ----------
    names
        The names that were decided over; at least one.
    former
        What the first of them was called before, ``无`` or empty where it had no other name.
    acts
        What was done, see `acts_of`.

    Examples
    --------
    >>> about(["金湖路"], "旧街", "更名"), about(["金湖路"], "无", "命名")
    ('旧街更名为金湖路', '命名金湖路')
    >>> about(["金湖路", "文光路"], "旧街", "更名")
    '金湖路等2条地名更名'
    """
    if len(names) > 1:
        return f"{names[0]}等{len(names):,}条地名{acts}"
    renamed = former not in ("", _NO_FORMER, names[0])
    return f"{former}{acts}为{names[0]}" if renamed else f"{acts}{names[0]}"


def decided(select: Select, case: Case, rules: Rulebook) -> Decided | None:
    """Return what a case, or all cases of a campaign, decided, as the gazetteer now stands.

    Parameters
    ----------
    select
        Reads rows.
    case
        An approved case.
    rules
        The tables.

    Returns
    -------
    Decided or None
        None when the case decided over no names.
    """
    rows = select("case", campaign_id=case.id) if case.kind.children else [case.row]
    rows.sort(key=lambda row: row["number"])
    cases = [case_of(row, rules) for row in rows if row["decision_id"]]
    divisions: dict[str, str] = {}
    entries = [entry for one in cases for entry in _entries(select, one, divisions)]
    if not entries:
        return None
    decision = select("document", id=case.row["decision_id"])[0]
    common = {
        "approved_by": decision["issuer"],
        "approved": worded_day(decision["issued_on"]),
        "number": decision["number"] or decision["title"],
        "title": case.row["title"],
        "count": str(len(entries)),
        "reports": "".join(
            f"；{rules.documents[one].zh}" for one in case.kind.branches if one in case.documents
        ),
    }
    return Decided(common, tuple(entries))


def draft_of(select: Select, case: Case, kind: str, rules: Rulebook) -> Draft | None:
    """Return the draft of a case, or of all cases of a campaign, as the gazetteer now stands.

    Parameters
    ----------
    select, case, rules
        As `decided`.
    kind
        ``filing`` or ``announcement``.

    Returns
    -------
    Draft or None
        None when the case decided over no names.
    """
    known = decided(select, case, rules)
    if known is None:
        return None
    entries = known.entries
    names = [entry["standard_name"] for entry in entries]
    common = dict(known.common) | {"about": about(names, entries[0]["former"], acts_of(entries))}
    template = templates()[kind]
    missing: list[str] = []
    parts = [template["head"].format_map(_filled(common, "", missing))]
    for index, entry in enumerate(entries, start=1):
        told = dict(entry) | common | {"index": str(index)}
        values = _filled(told, entry["standard_name"], missing)
        parts.append("\n" + template["entry"].strip("\n").format_map(values) + "\n")
    parts.append(template["foot"].format_map(_filled(common, "", [])))
    return Draft("".join(parts).strip("\n") + "\n", tuple(dict.fromkeys(missing)))


def worded_day(written: str) -> str:
    """Return a day as a Chinese document writes it."""
    if len(written) != _FULL_DAY:
        return ""
    day = date.fromisoformat(written)
    pattern: str = templates()["day"]
    return pattern.format(year=day.year, month=day.month, day=day.day)


def _filled(values: Mapping[str, str], name: str, missing: list[str]) -> dict[str, str]:
    """Return values with a mark where one of the six fields is empty, which is noted."""
    filled = dict(values)
    for field, word in templates()["fields"].items():
        if field not in values or values[field]:
            continue
        filled[field] = templates()["missing"].format(field=word["zh"])
        missing.append((f"{name}：" if name else "") + say(word["zh"], word["en"]))
    return filled


def _entries(select: Select, case: Case, divisions: dict[str, str]) -> list[dict[str, str]]:
    """Return what a case decided over names, one entry a name."""
    place_id, decision_id = case.row["place_id"], case.row["decision_id"]
    if not place_id:
        return []
    names = select("name", place_id=place_id)
    last = (date.fromisoformat(case.row["decided_on"]) - timedelta(days=1)).isoformat()
    opened = [row for row in names if row["decision_id"] == decision_id]
    closed = [row for row in names if row["kind"] == "former" and row["valid_to"] == last]
    if case.kind.effect == "division":
        heirs = [row["other_id"] for row in select("relation", place_id=place_id, kind=_HEIR)]
        added = [row["place_id"] for row in select("relation", other_id=place_id, kind=_ADDED)]
        opened = [
            row
            for heir in (*heirs, *added)
            for row in select("name", place_id=heir, decision_id=decision_id)
        ]
        closed = [row for row in names if row["kind"] == "former" and heirs][-1:]
    former = closed[0]["text"] if closed else _NO_FORMER
    shown = opened[:1] or (closed[:1] if case.kind.effect == "retire" else [])
    return [
        {
            "act": case.kind.word.zh,
            "standard_name": row["text"],
            "romanised": row["roman_toned"] or row["roman_plain"],
            "division": _division(select, case, place_id, divisions),
            "position": _position(select, case, place_id),
            "former": former,
        }
        for row in shown
    ]


def _position(select: Select, case: Case, place_id: str) -> str:
    told = case.told.get("position", "")
    attributes = json.loads(select("place", id=place_id)[0]["attributes"])
    return str(told or attributes.get("position", ""))


def _division(select: Select, case: Case, place_id: str, known: dict[str, str]) -> str:
    """Return the names of county and township, from the gazetteer's own codes."""
    if case.told.get("division"):
        return str(case.told["division"])
    code = case.row["division_code"] or select("place", id=place_id)[0]["division_code"]
    if code not in known:
        lengths = [n for n in (_COUNTY, _TOWNSHIP) if len(code) >= n]
        known[code] = "".join(_called(select, code[:n]) for n in lengths)
    return known[code]


def _called(select: Select, code: str) -> str:
    rows: list[Row] = [
        name
        for scheme in ("gb2260", "gbt10114")
        for found in select("code", scheme=scheme, value=code)
        for name in select("name", place_id=found["place_id"], kind="standard")
    ]
    return str(rows[-1]["text"]) if rows else ""


@cache
def templates() -> dict[str, Any]:
    """Return the templates of drafts, as their file has them."""
    return tomllib.loads((files(__package__) / "drafts.toml").read_text("utf-8"))
