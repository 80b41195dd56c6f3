"""What a map says: titles, legend, popups and notes, in the language of the user."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geo.coverage import FASTEST_M_S, POINTS, SLOWEST_M_S, Coverage
from geo.maps.drawings import Drawings
from geo.osm.layer import OSM_CREDIT
from geo.schema import layer
from geo.text import say

CERTAINTIES = ("surely", "depends", "surely_not", "unreachable")
"""Classes of demand points in the order of the legend."""


def unit(coverage: Coverage) -> str:
    """Return what is counted, such as elders."""
    return {
        "elders": say("老年人", "elders"),
        "children": say("儿童", "children"),
        "households": say("住户", "households"),
        "population": say("人口", "people"),
        POINTS: say("需求点", "demand points"),
    }[coverage.weight]


def _counted(coverage: Coverage, number: int) -> str:
    """Return a number with the measure word Chinese wants behind it."""
    measure = {"households": "户", POINTS: "个"}.get(coverage.weight, "人")
    return say(f"{number:,} {measure}", f"{number:,}")


def title(coverage: Coverage, place: str) -> str:
    """Return the title of a coverage map."""
    kind, minutes = coverage.question.kind, f"{coverage.question.main_min:g}"
    return say(
        f"{place}{kind.zh} {minutes} 分钟步行覆盖图",
        f"{place + ': ' if place else ''}{kind.en}, {minutes}-minute walk",
    )


def headline(coverage: Coverage) -> str:
    """Return who is covered, of whom, and how surely."""
    main = coverage.headline()
    minutes = coverage.question.main_min
    covered, share = main[f"covered_{minutes:g}_min"], main[f"covered_{minutes:g}_min_share"]
    if pd.isna(share) or pd.isna(covered):
        return say("覆盖情况未知。", "Coverage is unknown.")
    total, surely, depends, surely_not = (
        _counted(coverage, int(main[name])) for name in ("total", "surely", "depends", "surely_not")
    )
    within = _counted(coverage, int(covered))
    return say(
        f"{unit(coverage)} {total}，{minutes:g} 分钟内覆盖 {within}（{share:.1%}）；"
        f"一定覆盖 {surely}，视步速而定 {depends}，一定不覆盖 {surely_not}",
        f"{within} of {total} {unit(coverage)} within {minutes:g} min ({share:.1%}); "
        f"surely {surely}, depends on pace {depends}, surely not {surely_not}",
    )


def area_label(minutes: float) -> str:
    """Return the label of an isochrone."""
    return say(f"{minutes:g} 分钟等时圈（示意）", f"{minutes:g}-minute isochrone (drawing)")


def class_labels() -> dict[str, str]:
    """Return the label of every class of demand points."""
    speeds = f"{SLOWEST_M_S:g}", f"{FASTEST_M_S:g}"
    return {
        "surely": say(
            f"一定覆盖（{speeds[0]} 米/秒也到得了）", f"surely covered (even at {speeds[0]} m/s)"
        ),
        "depends": say(
            f"视步速而定（{speeds[0]}～{speeds[1]} 米/秒）",
            f"depends on pace ({speeds[0]}–{speeds[1]} m/s)",
        ),
        "surely_not": say(
            f"一定不覆盖（{speeds[1]} 米/秒也到不了）", f"surely not (not even at {speeds[1]} m/s)"
        ),
        "unreachable": say(
            "无法到达（孤岛路网或出入口全部关闭）", "no way there (street island or gates closed)"
        ),
    }


def status_labels() -> dict[str, str]:
    """Return the label of every facility status."""
    choices = layer("elder_station")["status"].choices
    return {choice.value: say(choice.labels[0], choice.value) for choice in choices}


def notes(coverage: Coverage, drawings: Drawings | None, sources: Sequence[str]) -> list[str]:
    """Return what must stand under the map: conditions, mismatch of every drawing, sources."""
    found = [coverage.conditions]
    if drawings is not None:
        limits = drawings.areas["minutes"].tolist()
        found.append(drawings.mismatches[limits.index(coverage.question.main_min)].sentence)
        if len(limits) > 1:
            shares = [
                say(f"{limit:g} 分钟 {one.share:.1%}", f"{limit:g} min {one.share:.1%}")
                for limit, one in zip(limits, drawings.mismatches, strict=True)
            ]
            found[-1] += say(
                f"各时限不一致比例：{'、'.join(shares)}。", f" By limit: {', '.join(shares)}."
            )
    return [*found, sources_line(sources)]


def sources_line(sources: Sequence[str]) -> str:
    """Return where the rows of a map come from, in one line."""
    named = list(dict.fromkeys(map(_credit, sources))) or [say("未注明", "not stated")]
    return say("来源：", "Sources: ") + say("；", "; ").join(named)


def _credit(source: str) -> str:
    """Return a source as its licence wants it named, where a layer names it in short."""
    return OSM_CREDIT if source.strip().upper() in {"OSM", "OPENSTREETMAP"} else source


def page_words(coverage: Coverage) -> dict[str, str]:
    """Return the fixed words of the page, by the name `page/coverage.js` knows them by."""
    who = unit(coverage)
    minutes = f"{coverage.question.main_min:g}"
    return {
        "sketch": say("示意图", "sketch map"),
        "simulated": say("含模拟数据", "contains simulated data"),
        "simulatedRow": say("模拟数据", "simulated"),
        "legend": say("图例", "Legend"),
        "north": say("北", "N"),
        "points": say("小区与自然村", "Compounds and hamlets"),
        "size": say(f"圆点越大，{who}越多", f"larger dots: more {who}"),
        "communities": say(
            f"社区（村）{minutes} 分钟覆盖率", f"Communities: share within {minutes} min"
        ),
        "unknown": say("未知", "unknown"),
        "areas": say("等时圈（示意）", "Isochrones (drawings)"),
        "minutes": say("分钟", "min"),
        "facilities": coverage.question.kind.label,
        "ownFacility": say("本区，计入", "own county, counted"),
        "neighbourFacility": say("邻区，计入", "neighbouring county, counted"),
        "idleFacility": say(
            "未计入（规划、停业或已关闭）", "not counted (planned, suspended, closed)"
        ),
        "boundary": say("本区边界", "County boundary"),
        "streets": say("街路", "Streets"),
        "who": who,
        "nearest": say("最近设施", "Nearest"),
        "walk": say("步行", "Walk"),
        "tooFar": say(
            f"{coverage.question.horizon_min:g} 分钟内到不了",
            f"not within {coverage.question.horizon_min:g} min",
        ),
        "assumed": say("出入口为推定", "entrance assumed"),
        "community": say("社区（村）", "Community"),
        "status": say("状态", "Status"),
        "area": say("建筑面积", "Floor area"),
        "squareMetres": say("平方米", "m²"),
        "reached": say(f"{minutes} 分钟可达{who}", f"{who} within {minutes} min"),
        "unique": say("其中唯一覆盖", "reached by it alone"),
        "overlapping": say("其中重叠覆盖", "reached by others too"),
        "total": say(f"{who}总数", f"All {who}"),
        "covered": say(f"{minutes} 分钟内覆盖", f"Within {minutes} min"),
        "zoomIn": say("放大", "Zoom in"),
        "zoomOut": say("缩小", "Zoom out"),
        "wholeMap": say("全图", "Whole map"),
        "map": say("覆盖图", "Coverage map"),
        "lines": say("界线与道路", "Lines"),
        "colon": say("：", ": "),
    }
