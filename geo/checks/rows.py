"""Whether rows agree with themselves, and name rows that are there: what edits are held to."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from geo.checks.naming import listed, whole
from geo.faults import Fault
from geo.layers.agreeing import PARENT, PARTS, WHOLE, namings
from geo.schema import layer
from geo.text import say

Frames = Mapping[str, gpd.GeoDataFrame]


def check_rows_agree(frames: Frames) -> list[Fault]:
    """Return rows of which a part exceeds the whole, or that name rows that are not there.

    Parents of areas and compounds of gates have checks of their own.

    Parameters
    ----------
    frames
        Layers by name.
    """
    return [fault for name in frames for fault in (*_parts(frames, name), *_names(frames, name))]


def _parts(frames: Frames, name: str) -> list[Fault]:
    frame, schema = frames[name], layer(name)
    found = []
    for part in PARTS if WHOLE in frame else ():
        more = (frame[part.name] > frame[WHOLE]).fillna(value=False).to_numpy(dtype=bool)
        if more.any():
            message, advice = part.words(schema)
            shown = listed(frame[schema.key][more])
            words = (say(f"{message}：{shown}", f"{message}: {shown}"), advice)
            code = f"{part.name}_exceed_population"
            found.append(whole(name, part.name, part.severity, code, words))
    return found


def _names(frames: Frames, name: str) -> list[Fault]:
    frame, schema = frames[name], layer(name)
    found = []
    for naming in namings(schema):
        other = frames.get(naming.layer)
        if naming.column == PARENT or name == "gate" or other is None or not len(other):
            continue
        given = frame[naming.column]
        unknown = given.notna() & ~given.isin(other[layer(naming.layer).key])
        if unknown.any():
            rows = listed(
                f"{key}（{value}）"
                for key, value in zip(frame[schema.key][unknown], given[unknown], strict=True)
            )
            label, there = schema[naming.column], layer(naming.layer)
            words = (
                say(
                    f"“{label.label_zh}”在“{there.zh}”层中没有：{rows}",
                    f"{label.label_en} is unknown to layer {there.name!r}: {rows}",
                ),
                say("请核对代码，或清空后按位置判定", "check the codes, or clear them")
                if naming.layer == "community"
                else say("请核对编号", "check the ids"),
            )
            code = "unit_unknown" if naming.layer == "community" else "compound_unknown"
            found.append(whole(name, naming.column, "warning", code, words))
    return found
