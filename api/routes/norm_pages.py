"""Norms as pages for people: which bind a place on a day, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.respond import address
from api.ogc.told import Cell, Control, Form, Table, link, told_page
from geo.norms.areas import area_label
from geo.norms.labels import judged_label, kind_label, level_label
from geo.text import say

_SHOWN = ("value", "upper", "floor", "limit", "baseline", "pool_min", "age_from")


def norms(request: Request, body: Mapping[str, Any], given: Mapping[str, str]) -> Response:
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
            link(one["name"], address(request, f"/norms/{one['id']}", f="html")),
            level_label(one["level"]), _numbers(one), _area(one["area"]), _period(one),
            one["source"], one["quote"],
        ]
        for one in body["norms"]
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


def norm(request: Request, body: Mapping[str, Any]) -> Response:
    """Return the page of one norm with all its values."""
    rows = [
        [
            _area(one["area"]), level_label(one["level"]), _period(one), _numbers(one),
            one["source"], one["clause"], one["quote"], one["note"],
        ]
        for one in body["values"]
    ]  # fmt: skip
    heads = say(
        "适用 效力 施行 数值 来源 条款 原文 说明",
        "Area Level Period Figures Source Clause Quote Note",
    ).split()
    return told_page(
        request,
        title=body["name"],
        trail=[(say("规范", "Norms"), address(request, "/norms", f="html"))],
        json=address(request, f"/norms/{body['id']}", f="json"),
        facts=[
            (say("编号", "Id"), body["id"]),
            (say("种类", "Kind"), kind_label(body["kind"])),
            (say("怎样评定", "Judged"), judged_label(body["judged"])),
            (say("单位", "Unit"), body["unit"]),
        ],
        tables=[Table(heads, rows, say("取值", "Values"))],
    )


def _numbers(one: Mapping[str, Any]) -> Cell:
    """Return the figures of a value, each with what it is."""
    words = {
        "value": ("要求", "wanted"), "upper": ("不超过", "at most"), "floor": ("至少", "at least"),
        "limit": ("时限或距离", "limit"), "baseline": ("基数", "baseline"),
        "pool_min": ("可合用的下限", "pool from"), "age_from": ("起始年龄", "age from"),
    }  # fmt: skip
    found = [f"{say(*words[name])} {one[name]:g}" for name in _SHOWN if one[name] is not None]
    found += [f"{name} {value:g}" for name, value in one["parameters"]]
    return say("，", ", ").join(found)


def _area(code: str) -> str:
    return (area_label(code) if code else say("全国", "the country")) or code


def _period(one: Mapping[str, Any]) -> str:
    return say(
        f"{one['from'] or '…'} 起" + (f"至 {one['to']}" if one["to"] else ""),
        f"{one['from'] or '…'} to {one['to'] or '…'}",
    )
