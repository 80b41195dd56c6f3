"""Norms as pages for people: which bind a place on a day, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.respond import address
from api.ogc.told import Control, Form, Table, link, told_page
from api.routes.norm_words import evidence, figure, period
from geo.assess.words import unit_label
from geo.norms.areas import area_label
from geo.norms.labels import judged_label, kind_label, level_label
from geo.text import say

if TYPE_CHECKING:
    from geo.norms import Norm, Rule, Value


def norms(
    request: Request, body: Mapping[str, Any], rules: Sequence[Rule], given: Mapping[str, str]
) -> Response:
    """Return the page of the norms of a place on a day."""
    area = Control(
        "text", "area", say("区划代码", "Area code"), value=given.get("area", ""),
        about=say("如 34、3402、340207；不填为工作区所在地。", "Such as 34, 3402, 340207."),
        limits=(("pattern", "[0-9]{2,12}"), ("inputmode", "numeric")),
    )  # fmt: skip
    day = Control("date", "on", say("日期", "Day"), value=given.get("on", ""))
    topic = Control(
        "text", "topic", say("编号开头", "Ids begin with"), value=given.get("topic", ""),
        about=say("如 elder（养老）、child（儿童）、cemetery（殡葬）。", "Such as elder."),
    )  # fmt: skip
    every = Control(
        "choice", "all", say("范围", "Which"), value=given.get("all", "false"),
        choices=(
            ("false", say("这一天在施行的", "in force on the day")),
            ("true", say("所有地区和时间", "of every area and time")),
        ),
    )  # fmt: skip
    rows = [
        [
            link(one.norm.label, address(request, f"/norms/{one.norm.id}", f="html")),
            level_label(one.norm.level_of(one.value)), _required(one.norm, one.value),
            _area(one.value.area), period(one.value), one.value.source, one.value.quote,
        ]
        for one in rules
    ]  # fmt: skip
    heads = say(
        "规范 效力 数值 适用 施行 来源 原文", "Norm Level Figures Area Period Source Quote"
    ).split()
    where = "" if body["area"] is None else area_label(body["area"]) or body["area"]
    form = Form(
        "", address(request, "/norms"), say("查看", "Show"), (area, day, topic), (every,),
        (("f", "html"),), method="get",
    )  # fmt: skip
    return told_page(
        request,
        title=say("规范", "Norms"),
        about=say(f"{where} {body['on']} 在施行的", f"In force in {where} on {body['on']}")
        if body["on"]
        else say("所有地区和时间的", "Of every area and time"),
        json=address(request, "/norms", **given, f="json"),
        ask=[form],
        tables=[Table(heads, rows, nothing=say("没有在施行的规范。", "No norm is in force."))],
    )


def norm(request: Request, shown: Norm) -> Response:
    """Return the page of one norm with all its values."""
    rows = [
        [
            _area(one.area), level_label(shown.level_of(one)), period(one), _required(shown, one),
            one.source, one.clause, one.quote, evidence(one), one.note,
        ]
        for one in shown.values
    ]  # fmt: skip
    heads = say(
        "适用 效力 施行 数值 来源 条款 原文 核实 说明",
        "Area Level Period Figures Source Clause Quote Seen Note",
    ).split()
    return told_page(
        request,
        title=shown.label,
        trail=[(say("规范", "Norms"), address(request, "/norms", f="html"))],
        json=address(request, f"/norms/{shown.id}", f="json"),
        facts=[
            (say("编号", "Id"), shown.id),
            (say("种类", "Kind"), kind_label(shown.kind)),
            (say("怎样评定", "Judged"), judged_label(shown.judged)),
            (say("单位", "Unit"), unit_label(shown.unit) if shown.unit else ""),
        ],
        tables=[Table(heads, rows, say("取值", "Values"))],
    )


def _required(norm: Norm, value: Value) -> str:
    """Return what a value requires, with its unit."""
    told, unit = figure(value), unit_label(norm.unit) if norm.unit else ""
    return f"{told} {unit}".strip() if any(letter.isdigit() for letter in told) else told


def _area(code: str) -> str:
    return (area_label(code) if code else say("全国", "the country")) or code
