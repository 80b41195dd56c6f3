"""Show the answer of ``fuwuquan suitability``: on the screen and as plain values."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from api.cli._console import print_line, print_table, records
from api.cli.suitability_notes import notes
from geo.text import say
from optimization.suitability import Suitability, Weighing
from optimization.suitability.tables import in_words, tables

_SHOWN = 8


def summary(answer: Suitability, area: str, weighing: Weighing | None) -> dict[str, Any]:
    """Return the answer as plain values."""
    question, made = answer.question, tables(answer)
    plain = {name: records(_flat(frame)) for name, frame in made.items()}
    table, given = answer.villages.table, answer.villages.assigned
    return {
        "facility": question.criteria.facility,
        "area": area,
        "on": question.on.isoformat(),
        "zones": question.zones.id,
        "zones_label": question.zones.label,
        "cell_m": question.cell_m,
        "cells": len(answer.grid),
        "criteria_file": question.criteria.file,
        "weights": {
            one.id: round(float(weight), 4)
            for one, weight in zip(
                question.criteria.criteria, question.criteria.weights, strict=True
            )
        },
        "consistency_ratio": None if weighing is None else round(weighing.consistency_ratio, 4),
        "seed": question.seed,
        "sight_km": None
        if math.isinf(question.sight.farthest_m)
        else question.sight.farthest_m / 1000,
        "elevation": answer.elevation or None,
        "formula": question.formula.statement,
        "formula_in_force": question.formula.in_force,
        "simulated": answer.simulated,
        "classes": plain["suitability_cells"],
        "rules": plain["suitability_rules"],
        "criteria": plain["suitability_criteria"],
        "areas": plain["suitability_areas"],
        "sites": plain["suitability_sites"],
        "places": plain["suitability_capacity"],
        "villages": {
            "count": len(table),
            "priority": int(table["priority"].sum()),
            "needed": None if given is None else int(table["needed"].sum()),
            "served_priority": None if given is None else int(given.served_priority),
            "served": None if given is None else int(given.served),
            "without_place": int(table["place"].isna().sum()),
            "proven": None if given is None else given.proven,
        },
        "notes": notes(answer),
    }


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))


def show(answer: Suitability, area: str, weighing: Weighing | None, files: list[Path]) -> None:
    """Print the answer."""
    made = {name: in_words(name, _flat(frame)) for name, frame in tables(answer).items()}
    for line in notes(answer):
        print_line(line)
    if weighing is not None:
        ratio = f"{weighing.consistency_ratio:.3f}"
        print_line(
            say(
                f"层次分析法：一致性比率 CR = {ratio}，不大于 0.1。",
                f"AHP: consistency ratio {ratio}, not above 0.1.",
            )
        )
    _print_classes(made)
    _print_rules(answer, made, area)
    _print_places(answer, made)
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _print_classes(made: dict[str, pd.DataFrame]) -> None:
    print_table(
        [say("等级", "class"), "km²", "%", say("其中未定 %", "unsettled %")],
        [
            [r["class"], r["area_m2"] / 1e6, 100 * r["area_share"], 100 * r["unsettled_share"]]
            for r in records(made["suitability_cells"])
        ],
        title=say("各级面积", "Ground by class"),
    )
    print_table(
        [
            say("推荐地块", "area"),
            say("公顷", "ha"),
            say("得分", "score"),
            say("稳居最优级 %", "steady %"),
            say("可建安葬位", "places"),
            say("位置", "at"),
        ],
        [
            [r["id"], r["area_m2"] / 1e4, r["score"], 100 * r["top_share"], r["places"],
             f"{r['lon']:.5f}, {r['lat']:.5f}"]
            for r in records(made["suitability_areas"].head(_SHOWN))
        ],
    )  # fmt: skip


def _print_rules(answer: Suitability, made: dict[str, pd.DataFrame], area: str) -> None:
    rules = made["suitability_rules"]
    if not any(one.binding for one in answer.question.zones.clearances):
        print_line(
            say(
                f"{area} 没有可用的、有约束力的管控规定，没有排除任何地方；可用 --zones 指定一组。",
                f"No binding rule on zones holds in {area}: nothing is excluded. Name a set with "
                "--zones.",
            )
        )
    open_ = rules[rules["lacks"] != ""]
    for lack in dict.fromkeys(open_["lacks"]):
        print_line(say(f"未能判断，缺资料：{lack}。", f"Cannot be decided, missing: {lack}."))
    sites = made["suitability_sites"]
    broken = records(sites[answer.audit["finding"] == "breaks"])
    count = len({row["id"] for row in broken if row["binding"]})
    audited = sites["id"].nunique()
    title = say(
        f"现有设施核查：{audited} 处中 {count} 处违反有约束力的管控规定",
        f"Existing sites: {count} of {audited} break a binding rule",
    )
    if not broken:
        print_line(title)
        return
    print_table(
        [
            say("现有设施", "site"),
            say("违反", "breaks"),
            say("区域", "zone"),
            say("现有米", "has m"),
            say("要求米", "needs m"),
            say("差多少米", "short m"),
        ],
        [
            [
                r["name"],
                f"{r['kind']}（{r['method']}）",
                r["zone_name"],
                *(r[name] for name in ("distance_m", "required_m", "short_m")),
            ]
            for r in broken[: 2 * _SHOWN]
        ],
        title=title,
    )


def _print_places(answer: Suitability, made: dict[str, pd.DataFrame]) -> None:
    print_table(
        [say("区域", "area"), say("人口", "people"), say("需要", "needed"), say("现有", "has"),
         say("缺口", "short")],
        [
            [r["name"], r["population"], r["needed"], r["places"], r["short"]]
            for r in records(made["suitability_capacity"])
        ],
        title=say("安葬位", "Burial places"),
    )  # fmt: skip
    table, given = answer.villages.table, answer.villages.assigned
    first = int(table["priority"].sum())
    if given is None:
        print_line(
            say(
                f"{len(table)} 个村，优先的 {first} 个。死亡率未知：请用 --deaths。",
                f"{len(table)} villages, {first} come first. Deaths are unknown: give --deaths.",
            )
        )
        return
    needed = int(table["needed"].sum())
    proof = say("（已证明最优）", " (proven best)") if given.proven else ""
    print_line(
        say(
            f"{len(table)} 个村，优先的 {first} 个；需要 {needed:,} 个安葬位，"
            f"已安排 {given.served:,.0f} 个，其中优先的村 {given.served_priority:,.0f} 个{proof}。",
            f"{len(table)} villages, {first} come first; {needed:,} places "
            f"needed, {given.served:,.0f} given, {given.served_priority:,.0f} of them to those "
            f"that come first{proof}.",
        )
    )
