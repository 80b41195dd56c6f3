"""How verdicts, findings, units and missing inputs are named to a user."""

from __future__ import annotations

import numpy as np

from geo.assess.verdicts import Verdict
from geo.norms import Rule
from geo.norms.labels import layer_label
from geo.norms.model import Reach
from geo.schema import layers
from geo.text import say

VERDICT_COLOURS: dict[Verdict, str] = {
    "fail": "#c0392b",
    "not_yet_due": "#e67e22",
    "unknown": "#909497",
    "pass": "#27ae60",
    "exempt": "#aed6f1",
    "draft": "#d7bde2",
    "statistic": "#d5d8dc",
    "priority": "#f4d03f",
    "no_norm": "#ffffff",
}
"""Traffic colours of a map."""

VERDICT_PATTERNS: dict[Verdict, str] = {
    "fail": "cross_hatch",
    "not_yet_due": "diagonal_hatch",
    "unknown": "dots",
    "pass": "solid",
    "exempt": "horizontal_hatch",
    "draft": "vertical_hatch",
    "statistic": "empty",
    "priority": "thick_outline",
    "no_norm": "empty",
}
"""Fill patterns that tell the same verdicts apart on a black-and-white print."""


_ORIGINS = {
    "gate": ("从小区出入口出发", "from the gates of estates"),
    "building": ("从楼栋出发", "from the buildings"),
    "community": ("从社区居民所在街巷出发", "from where the people of the community live"),
}


def way_label(measure: Reach) -> str:
    """Return how a walk is measured where it is not from gates along the streets; else empty."""
    told = []
    if measure.distance == "straight":
        told.append(say("按直线距离，不是步行路程", "straight line, not the way walked"))
    if measure.origin != "gate":
        told.append(say(*_ORIGINS[measure.origin]))
    if measure.direction == "from_facility":
        told.append(say("从设施走到居民处", "from the facility to the people"))
    return say("，", ", ").join(told)


def verdict_label(verdict: str) -> str:
    """Return the name of a verdict."""
    return {
        "fail": say("不合格", "fails"),
        "not_yet_due": say("未到期，尚未达到", "short, not yet due"),
        "unknown": say("未知", "unknown"),
        "pass": say("合格", "passes"),
        "exempt": say("豁免", "exempt"),
        "draft": say("未核实条文，不作结论", "draft text, no verdict"),
        "statistic": say("统计数字，不作结论", "statistic, no verdict"),
        "priority": say("优先", "comes first"),
        "no_norm": say("没有在施行的规范", "no norm in force"),
    }[verdict]


def finding_label(finding: int) -> str:
    """Return what was found, whether or not it binds."""
    return {1: say("达到", "met"), 0: say("没有达到", "not met")}.get(
        int(finding), say("未知", "unknown")
    )


def start_label(rule: Rule) -> str:
    """Return how the first day is known; empty where the document states it."""
    return {
        "stated": "",
        "published": say("起始日取发布日", "first day: date of publication"),
        "assumed": say("起始日为推定", "first day assumed"),
    }[rule.value.from_is]


def unit_label(unit: str) -> str:
    """Return a unit in the user's language."""
    known = {
        "m2": ("m²", "m²"),
        "m": ("米", "m"),
        "min": ("分钟", "min"),
        "bed": ("张床位", "beds"),
        "person": ("人", "persons"),
        "elders": ("人", "elders"),
        "place": ("个", "places"),
        "niche": ("个格位", "niches"),
        "plot": ("个墓穴", "plots"),
        "organisation": ("个组织", "organisations"),
        "function": ("项", "functions"),
        "item": ("项", "items"),
        "household": ("户", "households"),
        "day": ("天", "days"),
        "year": ("年", "years"),
        "yuan": ("元", "yuan"),
        "floor": ("层", "floors"),
        "sign": ("块", "signs"),
        "record": ("条", "records"),
        "name": ("条", "names"),
        "case": ("件", "cases"),
        "event": ("次", "events"),
        "share": ("", ""),
    }
    return say(*known.get(unit, (unit, unit)))


def lack_label(key: str) -> str:  # noqa: PLR0911 - one line a kind of input
    """Return the name of a missing input, as the verdict gives it."""
    kind, _, rest = key.partition(":")
    match kind:
        case "column":
            layer, _, column = rest.partition(".")
            return column_label(layer, column)
        case "layer":
            return say(f"图层“{layer_label(rest)}”", f"layer {rest!r}")
        case "zone":
            return say(f"管控区域“{zone_label(rest)}”", f"zones of kind {rest!r}")
        case "distance":
            return say(
                f"“{zone_label(rest)}”的距离（文件没有写明）",
                f"the distance from {rest!r} (the document states none)",
            )
        case "basis":
            return say("符合口径的老年人数", "elders counted on the norm's basis")
        case "people":
            return say("人数", "numbers of people")
        case "start":
            return say(
                f"施行日期（推定为 {rest}，未核实；一年以内不判不合格）",
                f"the first day in force (assumed {rest}; no failure within a year of it)",
            )
        case "norm":
            return say(f"在施行的规范 {rest}", f"a norm {rest} in force")
        case "origin":
            return say(f"这类对象{_ORIGINS[rest][0]}的步行", f"their walks {_ORIGINS[rest][1]}")
        case _:
            return {
                "figure": say(
                    "要求的数值（文件没有写明）", "the figure (the document states none)"
                ),
                "streets": say("路网", "streets"),
                "sight": say("视线所经之处的高程", "heights along the lines of sight"),
                "island": say("与主路网的连接", "a link to the main streets"),
                "exempt": say(
                    "豁免单元的名单（文件没有列名）", "which units are exempt (not named)"
                ),
                "nobody": say("适用的对象", "any subject it applies to"),
                "whole_year": say("一个完整的年度", "a whole year"),
            }.get(kind, key)


def zone_label(kind: str) -> str:
    """Return the name of a kind of zone."""
    choices = {c.value: c.labels[0] for c in layers()["zone"]["kind"].choices}
    return say(choices.get(kind, kind), kind)


def column_label(layer: str, column: str) -> str:
    """Return the name of a column with that of its layer."""
    schema = layers().get(layer)
    known = next((c for c in schema.columns if c.name == column), None) if schema else None
    if schema is None or known is None:
        return column
    return say(f"{schema.zh}的“{known.label_zh}”", f"{known.label_en!r} of {schema.en.lower()}")


def amount(value: float) -> str:
    """Return a number as it is read: thousands parted, no needless decimals.

    Examples
    --------
    >>> amount(1240.0), amount(38.899), amount(0.1)
    ('1,240', '38.9', '0.1')
    """
    if not np.isfinite(value):
        return "?"
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")
