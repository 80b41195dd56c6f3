"""Whether a norm that was read makes sense: its layers, columns, values, dates and areas."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from geo.norms._columns import check_columns, check_value_columns
from geo.norms._table import NormFault
from geo.norms.areas import in_a_province
from geo.norms.model import (
    WHOLE,
    Attribute,
    Composed,
    Kind,
    Norm,
    Notice,
    Op,
    Reach,
    Value,
)
from geo.schema import layers
from geo.text import say

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_AREA = re.compile(r"\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?", re.ASCII)
_OPS: dict[Kind, tuple[Op, ...]] = {
    "ratio": (">=", "<=", "==", "between"),
    "reach": (">=",),
    "presence": (">=",),
    "attribute": (">=", "<=", "==", "between", "true", "in", "filled"),
    "exclusion": ("clear",),
    "capacity": (">=",),
    "count": (">=", "<=", "=="),
    "timeliness": ("<=",),
    "composed": (">=",),
    "selection": (">=",),
    "notice": (">=",),
}
_WITHOUT_FIGURE = ("true", "in", "filled", "clear")


def check(norm: Norm) -> list[NormFault]:
    """Return what is wrong with one norm and its values, which may stand in several files."""
    faults = [NormFault(norm.file, norm.line, message) for message in _norm_faults(norm)]
    for value in norm.values:
        faults += [NormFault(value.file, value.line, text) for text in _value_faults(norm, value)]
    faults += _overlaps(norm)
    return faults


def check_together(norms: dict[str, Norm]) -> list[NormFault]:
    """Return references from one norm to others that do not exist."""
    faults = []
    for norm in norms.values():
        names: tuple[str, ...] = ()
        if isinstance(norm.measure, Composed):
            names = tuple(
                part for part in norm.measure.parts if part not in norms or part == norm.id
            )
        elif isinstance(norm.measure, Notice):
            names = tuple(
                start
                for start in norm.measure.concerns
                if not any(i.startswith(start) for i in norms)
            )
        faults += [
            NormFault(
                norm.file,
                norm.line,
                say(
                    f"“{norm.id}”引用的“{name}”不存在。", f"{norm.id!r} refers to no norm {name!r}"
                ),
            )
            for name in names
        ]
    return faults


def _norm_faults(norm: Norm) -> Iterator[str]:
    if norm.id and not _ID.fullmatch(norm.id):
        yield say(
            f"编号“{norm.id}”应由小写字母、数字和点组成，如 elder.station.area。",
            f"id {norm.id!r} must be lower-case words joined by dots, as elder.station.area",
        )
    if norm.op not in _OPS[norm.kind]:
        yield say(
            f"“{norm.kind}”类规范的 op 只能是 {'、'.join(_OPS[norm.kind])}，现为 {norm.op}。",
            f"op of kind {norm.kind!r} must be one of {', '.join(_OPS[norm.kind])}; "
            f"found {norm.op!r}",
        )
    if norm.over and norm.over != WHOLE and norm.over not in layers():
        yield say(
            f"over“{norm.over}”不是已知的层，也不是 {WHOLE}（整个评估区域）。",
            f"over {norm.over!r} is no known layer and not {WHOLE!r} (all that is assessed)",
        )
    if norm.judged != "each" and not norm.over:
        yield say(
            f"judged = “{norm.judged}”时要写 over：在哪一级汇总。",
            f"judged = {norm.judged!r} needs 'over': the units to sum up over",
        )
    numeric = norm.kind in ("ratio", "capacity", "count", "timeliness") or (
        isinstance(norm.measure, Attribute) and norm.op not in _WITHOUT_FIGURE
    )
    if norm.judged == "share" and numeric:
        yield say(
            "judged = “share”时 value 是达标占比，放不下每个对象的数值；"
            "请把数值写成一项 each 的规范，再用 composed 求占比。",
            "with judged 'share' the value is the share that passes, so there is no place for the "
            "figure of each; write that as a norm of its own and take the share by 'composed'",
        )
    if isinstance(norm.measure, Reach) and (
        norm.measure.distance == "straight" and norm.measure.limit_unit != "m"
    ):
        yield say(
            "直线距离（distance = “straight”）只能以米计，请写 limit_unit = “m”。",
            "a straight distance is in metres: write limit_unit = 'm'",
        )
    if not norm.values:
        yield say("至少要有一个 [[norm.value]]。", "needs at least one [[norm.value]]")
    yield from check_columns(norm)


def _value_faults(norm: Norm, value: Value) -> Iterator[str]:
    if value.area and not (_AREA.fullmatch(value.area) and in_a_province(value.area)):
        yield say(
            f"区划代码“{value.area}”不对：应为 2、4、6、9 或 12 位数字，以省级代码开头；"
            "全国写空引号。",
            f"area {value.area!r} is no code prefix: 2, 4, 6, 9 or 12 digits that begin with a "
            "province; empty for the country",
        )
    yield from _date_faults(value)
    level = norm.level_of(value)
    if value.evidence == "unverified" and level != "draft":
        yield say(
            "evidence = “unverified”（未核实）的值只能是 level = “draft”。",
            "a value with evidence 'unverified' must have level 'draft'",
        )
    if value.evidence == "document" and not value.quote:
        yield say("缺少“quote”：请照抄原文的那一句。", "'quote' is missing: copy the clause itself")
    elif level == "must" and not value.quote and norm.kind != "notice":
        yield say(
            "level = “must”（应）要有“quote”：没有见到原文的，请写 level = “should” 或 “draft”。",
            "level 'must' needs a 'quote': where the text was not seen, write 'should' or 'draft'",
        )
    if value.url and not re.match(r"https?://[^\s]+$", value.url):
        yield say(f"网址“{value.url}”不对。", f"{value.url!r} is no web address")
    yield from _figure_faults(norm, value)
    yield from check_value_columns(norm, value)


def _date_faults(value: Value) -> Iterator[str]:
    start = value.start
    if value.due is not None and value.due < start:
        yield say(
            f"due（{value.due}）早于 from（{start}）。", f"due {value.due} is before from {start}"
        )
    if value.end is not None and value.end < start:
        yield say(
            f"to（{value.end}）早于 from（{start}）。", f"to {value.end} is before from {start}"
        )
    if (value.baseline is None) != (value.baseline_on is None):
        yield say(
            "baseline 与 baseline_on 要一起写。", "baseline and baseline_on must stand together"
        )


def _figure_faults(norm: Norm, value: Value) -> Iterator[str]:
    numbers = (value.value, value.upper, value.floor, value.limit, value.baseline, value.pool_min)
    if any(number is not None and number < 0 for number in numbers):
        yield say("数值不能为负。", "figures must not be negative")
    if norm.judged == "share" and value.value is not None and value.value > 1:
        yield say(
            f"占比应在 0 到 1 之间，现为 {value.value:g}；90% 写 0.9。",
            f"a share lies between 0 and 1; found {value.value:g}; write 90% as 0.9",
        )
    if norm.kind == "reach" and value.limit is None:
        yield say("缺少“limit”（分钟或米）。", "'limit' is missing (minutes or metres)")
    if norm.kind in ("exclusion", "selection") and not value.zones:
        yield say("缺少“zones”。", "'zones' is missing")
    if _needs_figure(norm) and value.value is None and not value.classes:
        yield say("缺少“value”。", "'value' is missing")
    if norm.op == "between" and value.upper is None:
        yield say("op = “between”时要写 upper。", "op 'between' needs 'upper'")
    if value.upper is not None and value.value is not None and value.upper < value.value:
        yield say("upper 小于 value。", "upper is below value")
    has_class = getattr(norm.measure, "class_by", None) is not None
    if bool(value.classes) and not has_class:
        yield say(
            "写了 classes，但 measure 没有 class_by。", "classes need class_by in the measure"
        )


def _needs_figure(norm: Norm) -> bool:
    if norm.kind in ("notice", "selection", "exclusion", "reach") or norm.level == "draft":
        return False
    if norm.judged == "share":
        return True
    if isinstance(norm.measure, Attribute):
        return norm.op not in _WITHOUT_FIGURE
    return norm.kind in ("ratio", "capacity", "count", "timeliness")


def _overlaps(norm: Norm) -> Iterator[NormFault]:
    """Two figures of one source for one area on one day; a statistic may repeat by clause."""
    groups: defaultdict[tuple[str, ...], list[Value]] = defaultdict(list)
    for value in norm.values:
        key = (value.area, value.source)
        statistic = norm.level_of(value) == "statistic"
        groups[(*key, value.clause) if statistic else key].append(value)
    for group in groups.values():
        ordered = sorted(group, key=lambda value: (value.start, value.file, value.line))
        for before, after in pairwise(ordered):
            if after.start <= (before.end or date.max):
                yield NormFault(
                    after.file,
                    after.line,
                    say(
                        f"与 {before.file} 第 {before.line} 行是同一来源、同一地区，有效期重叠；"
                        "请给前一个值写 to，或改正 from。",
                        f"same source and area as {before.file} line {before.line}, with dates "
                        "that overlap; give the earlier one a 'to' or mend 'from'",
                    ),
                )
