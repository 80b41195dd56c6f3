"""Open records as Linked Places: LPF 1.2.2 features, and rows of LP-TSV 0.5."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import shapely

from geo.gazetteer.calendar import span
from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.public import PublicName, PublicPlace

CONTEXT: Final = "https://raw.githubusercontent.com/LinkedPasts/linked-places/master/linkedplaces-context-v1.1.jsonld"
_COUNTRY: Final = "CN"
_SOURCE: Final = "地名库"
TSV_COLUMNS: Final = (
    "id", "title", "title_source", "fclasses", "attestation_year", "start", "end", "ccodes",
    "variants", "types", "parent_name", "parent_id", "lon", "lat", "geowkt", "geo_source",
    "description",
)  # fmt: skip


def linked_json(places: Sequence[PublicPlace]) -> str:
    """Return a FeatureCollection of Linked Places Format, a feature a line."""
    lines = [json.dumps(feature(one), ensure_ascii=False) for one in places]
    head = json.dumps({"type": "FeatureCollection", "@context": CONTEXT})
    return head[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def feature(one: PublicPlace) -> dict[str, Any]:
    """Return one place as a feature of Linked Places Format."""
    kind = class_of(one.class_code)
    made: dict[str, Any] = {
        "@id": f"urn:uuid:{one.id}",
        "type": "Feature",
        "properties": {
            "title": one.name,
            "ccodes": [_COUNTRY],
            "fclasses": [kind.feature_class] if kind else [],
        },
        "names": [_name(name) for name in one.names],
        "types": [
            {
                "identifier": f"dmdm:{one.class_code}",
                "label": kind.en if kind else one.class_code,
                "sourceLabel": kind.zh if kind else one.class_code,
            }
        ],
    }
    if one.roman:
        made["names"].append({"toponym": one.roman, "lang": "zh-Latn"})
    when = _when(one.valid_from, one.valid_to)
    if when:
        made["when"] = when
    if one.shape is not None:
        made["geometry"] = json.loads(shapely.to_geojson(one.shape))
    if one.parents:
        made["relations"] = [
            {
                "relationType": "gvp:broaderPartitive",
                "relationTo": f"urn:uuid:{identity}",
                "label": name,
            }
            for identity, name in one.parents
        ]
    texts = [text for text in (one.origin, one.meaning, one.history) if text]
    if texts:
        made["descriptions"] = [{"value": text, "lang": "zh"} for text in texts]
    return made


def linked_tsv(places: Sequence[PublicPlace], *, on: date) -> str:
    """Return the places as LP-TSV.

    Parameters
    ----------
    places
        The open records.
    on
        Its year attests the names of which no beginning is known.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(TSV_COLUMNS)
    for one in places:
        row = _row(one, on)
        writer.writerow(_flat(str(row.get(column, ""))) for column in TSV_COLUMNS)
    return lines.getvalue()


def _row(one: PublicPlace, on: date) -> dict[str, object]:
    kind = class_of(one.class_code)
    row: dict[str, object] = {
        "id": one.id,
        "title": one.name,
        "title_source": _SOURCE,
        "fclasses": kind.feature_class if kind else "",
        "start": _plain(one.valid_from),
        "end": _plain(one.valid_to),
        "ccodes": _COUNTRY,
        "variants": ";".join(
            [f"{name.text}@{name.language}" for name in one.names[1:]]
            + ([f"{one.roman}@zh-latn"] if one.roman else [])
        ),
        "types": kind.zh if kind else "",
        "description": f"{one.origin}{one.meaning}{one.history}",
    }
    if not one.valid_from:
        row["attestation_year"] = on.year
    if one.parents:
        row["parent_id"], row["parent_name"] = f"urn:uuid:{one.parents[0][0]}", one.parents[0][1]
    if one.shape is not None:
        point = shapely.point_on_surface(one.shape)
        row |= {"lon": f"{point.x:.7f}", "lat": f"{point.y:.7f}", "geo_source": _SOURCE}
        if not isinstance(one.shape, shapely.Point):
            row["geowkt"] = shapely.to_wkt(one.shape, rounding_precision=7, trim=True)
    return row


def _name(name: PublicName) -> dict[str, Any]:
    said: dict[str, Any] = {"toponym": name.text, "lang": name.language}
    when = _when(name.valid_from, name.valid_to)
    return said | ({"when": when} if when else {})


def _when(since: str, until: str) -> dict[str, Any]:
    """Return the time of something; where no beginning is known, it began before its end."""
    if not since and not until:
        return {}
    span_: dict[str, Any] = {"start": _moment(since) if since else {"latest": _last(until)}}
    if until:
        span_["end"] = _moment(until)
    return {"timespans": [span_]}


def _moment(written: str) -> dict[str, str]:
    plain = _plain(written)
    if plain == written:
        return {"in": plain}
    first = date.fromordinal(span(written).first).isoformat()
    return {"earliest": first, "latest": _last(written)}


def _last(written: str) -> str:
    return date.fromordinal(span(written).last).isoformat()


def _plain(written: str) -> str:
    return written.rstrip("~?%")


def _flat(text: str) -> str:
    """Return a text as one field of one line."""
    return " ".join(text.split()) if set(text) & set("\t\n\r") else text
