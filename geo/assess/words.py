"""How verdicts, units, missing inputs and formulas are put into words."""

from __future__ import annotations

import numpy as np

from geo.assess.sight import Seen, seen_of
from geo.assess.verdicts import VERDICTS, Block, Verdict
from geo.norms import Norm, Rule
from geo.norms.model import Capacity, Exclusion, Ratio, Reach
from geo.schema import layers
from geo.text import say

BY_SIGHT = Exclusion("sight")

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


def layer_label(name: str) -> str:
    """Return the name of a layer, also of one no workspace has."""
    extra = {
        "elevation": "数字高程模型",
        "placename": "地名",
        "placename_sign": "地名标志",
        "naming_case": "命名更名案件",
        "boundary_line": "界线",
        "boundary_record": "界线与界桩",
        "residential_area": "居住区",
        "city": "市",
        "kindergarten": "幼儿园",
        "nursery": "托儿所",
        "health_station": "卫生服务站",
        "social_organisation": "社会组织",
        "development_phase": "分期开发",
        "road_project": "道路项目",
        "division_change": "区划变更",
        "map_label": "地图注记",
    }
    return layers()[name].zh if name in layers() else extra.get(name, name)


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


def formula(block: Block, at: int) -> str:
    """Return one verdict's computation with its numbers filled in.

    ``max(30 × 640/100, 300) = 300 m²；有 210 m²；缺 90 m²``
    """
    norm, rule = block.norm, block.rules[block.rule[at]]
    needed = _needed(block, at, norm, rule)
    parts = [needed] if needed else []
    parts.append(_actual(block, at, norm))
    if block.role == "whole" and norm.kind == "reach" and np.isfinite(block.base[at]):
        people = amount(block.base[at])
        parts.append(say(f"分母 {people}", f"of {people}"))
    parts += [text for text in (_gap(block, at), _note(block, at, rule)) if text]
    return say("；", "; ").join(parts)


def _needed(block: Block, at: int, norm: Norm, rule: Rule) -> str:  # noqa: PLR0911 - a kind a line
    value, required = rule.value, block.required[at]
    if np.isnan(required):
        return ""
    unit = unit_label(block.gap_unit)
    amounts = f"{amount(required)} {unit}".strip()
    if norm.judged == "share" and block.role == "whole":
        n = amount(block.base[at])
        return say(f"要求 {required:.4g}（分母 {n}）", f"required {required:.4g} (of {n})")
    match norm.measure:
        case Ratio(per=per, whole=whole):
            base = block.base[at]
            rate = _rate(required, base, per, rule)
            figures = f"{rate} × {amount(base)}" + ("" if per == 1 else f"/{amount(per)}")
            if block.pool[at] > 1:
                return _pooled(block, at, rule, rate=rate, per=per, amounts=amounts)
            if value.floor is not None:
                figures = f"max({figures}, {amount(value.floor)})"
            if whole:
                figures = f"⌈{figures}⌉"
            top = block.upper[at]
            if np.isfinite(top):
                return say(
                    f"{figures} = {amount(required)}，至 {amount(top)} {unit}",
                    f"{figures} = {amount(required)} to {amount(top)} {unit}",
                )
            return f"{figures} = {amounts}"
        case Capacity():
            factor = float(np.prod([number for _, number in value.parameters]))
            return f"{amount(block.base[at])} × {amount(factor)} = {amounts}"
        case Reach():
            return f"≤ {amounts}"
        case _:
            return _threshold(block, at, norm, amounts)


def _threshold(block: Block, at: int, norm: Norm, amounts: str) -> str:
    if norm.measure == BY_SIGHT:
        return say("不被任何一处管控区域看见", "out of sight of every zone")
    if norm.kind == "exclusion":
        kind = zone_label(block.detail[at].partition(":")[2])
        return say(f"距{kind}大于 {amounts}", f"more than {amounts} from {kind}")
    top = block.upper[at]
    if norm.op == "between" and np.isfinite(top):
        unit = unit_label(block.gap_unit)
        return f"{amount(block.required[at])}–{amount(top)} {unit}".strip()
    sign = {"<=": "≤", "==": "="}.get(norm.op, "≥")
    return f"{sign} {amounts}"


def _pooled(block: Block, at: int, rule: Rule, *, rate: str, per: float, amounts: str) -> str:
    total, n = block.pool_base[at], int(block.pool[at])
    together = f"max({rate} × {amount(total)}/{amount(per)}, {amount(rule.value.floor or 0)})"
    part = f"{amount(block.base[at])}/{amount(total)}"
    return say(
        f"{n} 个小区统筹：{together} × {part} = {amounts}",
        f"{n} estates together: {together} × {part} = {amounts}",
    )


def _rate(required: float, base: float, per: float, rule: Rule) -> str:
    if rule.value.value is not None:
        return amount(rule.value.value)
    return amount(required * per / base) if base else "?"


def _actual(block: Block, at: int, norm: Norm) -> str:
    low, high = block.actual.low[at], block.actual.high[at]
    unit = unit_label(block.gap_unit)
    if norm.measure == BY_SIGHT:
        return _sighted(low, high)
    share = norm.judged == "share" and block.role == "whole"

    def shown(value: float) -> str:
        return f"{value:.1%}" if share else f"{amount(value)} {unit}".strip()

    if low == high:
        return say(f"有 {shown(low)}", f"has {shown(low)}")
    if np.isfinite(high):
        return say(f"有 {shown(low)} 至 {shown(high)}", f"has {shown(low)} to {shown(high)}")
    if np.isfinite(low) and low > 0:
        beyond = norm.kind == "reach"
        return say(
            f"{'超过' if beyond else '至少'} {shown(low)}",
            f"{'more than' if beyond else 'at least'} {shown(low)}",
        )
    return say("现状未知", "actual unknown")


def _sighted(low: float, high: float) -> str:
    """Return how many zones see a subject."""
    if low == high == 0:
        return say("没有一处看得见", "none sees it")
    if low == high:
        return say(f"有 {amount(low)} 处看得见", f"{amount(low)} see it")
    if low > 0:
        return say(f"至少 {amount(low)} 处看得见", f"at least {amount(low)} see it")
    return say("是否看得见未知", "whether any sees it is unknown")


def _seen_label(seen: Seen) -> str:
    kind, away = zone_label(seen.kind), f"{seen.distance_m:,.0f}"
    return say(
        f"最近的是{kind}“{seen.zone}”，在 {away} 米外（{seen.lon_lat}）",
        f"the nearest is {kind} {seen.zone!r}, {away} m away ({seen.lon_lat})",
    )


def _gap(block: Block, at: int) -> str:
    gap = block.gap[at]
    if not gap > 0 or block.norm.measure == BY_SIGHT:
        return ""
    amounts = f"{amount(gap)} {unit_label(block.gap_unit)}".strip()
    low, needed = block.actual.low[at], block.required[at]
    if block.norm.op == "<=" or (block.norm.kind == "reach" and block.role != "whole"):
        return say(f"超出 {amounts}", f"{amounts} too much")
    if block.norm.op == "between" and low > needed:
        return say(f"超出 {amounts}", f"{amounts} too much")
    return say(f"缺 {amounts}", f"{amounts} short")


def _note(block: Block, at: int, rule: Rule) -> str:
    notes = []
    if isinstance(block.norm.measure, Reach) and (way := way_label(block.norm.measure)):
        notes.append(way)
    detail = block.detail[at]
    if detail.startswith("by:"):
        notes.append(detail[3:].replace(";", say("，", ", ")))
    elif detail.startswith("column:"):
        notes.append(lack_label(detail))
    elif (seen := seen_of(detail)) is not None:
        notes.append(_seen_label(seen))
    if block.lacks[at]:
        missing = lack_label(block.lacks[at])
        notes.append(say(f"缺资料：{missing}", f"missing: {missing}"))
    if block.conditional[at]:
        found = finding_label(block.finding[at])
        notes.append(say(f"若适用：{found}", f"if it applies: {found}"))
    start = start_label(rule)
    if start and VERDICTS[block.verdict[at]] in ("pass", "fail", "not_yet_due"):
        notes.append(start)
    return say("；", "; ").join(notes)


def others(rules: tuple[Rule, ...], chosen: int) -> str:
    """Return the other rules of the norm that hold, with their figures and areas."""
    lines = []
    for row, rule in enumerate(rules):
        if row == chosen:
            continue
        value = rule.value
        figure = "–" if value.value is None else amount(value.value)
        floor = (
            ""
            if value.floor is None
            else say(f"，下限 {amount(value.floor)}", f", floor {amount(value.floor)}")
        )
        area = value.area or say("全国", "country")
        lines.append(f"{area} {value.start}：{figure}{floor}（{value.source}）")
    return "\n".join(lines)
