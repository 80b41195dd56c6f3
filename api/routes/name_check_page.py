"""Checking a name on a page: a form of what is known of it, and what the rules say, one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.errors import status_of
from api.ogc.asking import controls_of
from api.ogc.respond import address
from api.ogc.sent import Sent
from api.ogc.told import Form, Table, told_page
from api.routes.names_asked import ASKED
from geo.errors import PlannerError
from geo.gazetteer.classes import class_of, classes
from geo.gazetteer.words import word
from geo.text import say

_OPTION: Final = re.compile(r"（--[^）]*）| \(--[^)]*\)")
_FIRST: Final = ("name", "class", "at", "division")


def page(
    request: Request,
    given: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    problem: PlannerError | None = None,
) -> Response:
    """Return the page on which a name is checked.

    Parameters
    ----------
    request, given
        The request and its parameters.
    body
        What the rules say; None before anything is asked, or where it cannot be.
    problem
        Why it cannot be.
    """
    tables = [] if body is None else [t for one in body["names"] for t in _tables(one)]
    facts = [] if body is None else _facts(body["names"][0])
    basis = "" if body is None else _basis(body["provenance"])
    made = told_page(
        request,
        title=say("核名", "Check a name"),
        about=say(
            "对照法规逐条看一个拟用名称。只看，不记入案卷。",
            "By the rules, one by one; nothing is kept.",
        ),
        trail=[(say("找地名", "Names"), address(request, "/names/search", f="html"))],
        json=address(request, "/names/check", **given, f="json") if body else "",
        ask=[_form(request, given, problem)],
        facts=facts,
        tables=tables,
        says=basis,
    )
    made.headers["Cache-Control"] = "no-store"
    made.status_code = 200 if problem is None else status_of(problem)
    return made


def _form(request: Request, given: Mapping[str, str], problem: PlannerError | None) -> Form:
    sent = Sent({name: [text] for name, text in given.items()})
    known = {
        "class": tuple((one.zh, one.code) for one in classes().values()),
        "kind": tuple((t, t) for t in ("命名", "更名", "标准化处理", "登记")),
    }
    made = {one.name: one for one in controls_of(ASKED, sent)}
    made["class"] = replace(made["class"], choices=known["class"])
    made["at"] = replace(
        made["at"], about=say("经度,纬度（CGCS2000），如 114.275,30.48。", "LON,LAT (CGCS2000).")
    )
    made["kind"] = replace(
        made["kind"], kind="choice", choices=(("", say("命名", "naming")), *known["kind"][1:]),
        about="",
    )  # fmt: skip
    made["pack"] = replace(
        made["pack"], kind="choice", value=given.get("pack", ""),
        choices=(("", say("全国规则", "national rules")), *made["pack"].choices),
    )  # fmt: skip
    made["all"] = replace(made["all"], about="")
    return Form(
        "",
        address(request, "/names/check"),
        say("核对", "Check"),
        tuple(made[name] for name in _FIRST),
        tuple(one for name, one in made.items() if name not in _FIRST),
        (("f", "html"),),
        method="get",
        problem=problem,
    )


def _facts(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind = class_of(one["class_code"]) if one["class_code"] else None
    spelled = one["toned"] + say("（读音须确认）", " (confirm the reading)") * one["must_confirm"]
    return [
        (say("名称", "Name"), one["name"]),
        (say("结论", "Verdict"), word("verdict", one["verdict"])),
        (say("类别", "Class"), kind.name if kind else one["class_code"]),
        (say("政区", "Division"), one["division"] or one["division_code"]),
        (say("拼写", "Spelling"), spelled),
        (say("标志拼写", "On signs"), one["sign"]),
        (say("还缺", "Missing"), _listed([_lacking(name) for name in one["missing"]])),
        (say("疑点", "Doubts"), _listed(one["warnings"])),
    ]


def _tables(one: Mapping[str, Any]) -> list[Table]:
    rows = [
        [
            word("verdict", found["verdict"]), found["message"],
            _listed([
                f"{each['text']}（{each['distance_m']:,.0f} m）"
                if each.get("distance_m") is not None else each["text"]
                for each in found["conflicts"]
            ]),
            _listed([each["text"] for each in found["alternatives"]]),
            found["article"], found["rule"],
        ]
        for found in one["findings"]
    ]  # fmt: skip
    heads = say(
        "结论 说明 冲突的地名 可改用 条文 规则", "Verdict Why Conflicts Instead Article Rule"
    ).split()
    nothing = say("各条规则都没有提出问题。", "No rule objects.")
    return [Table(heads, rows, say("逐条", "Rule by rule"), nothing=nothing)]


def _basis(told: Mapping[str, Any]) -> str:
    packs, count = say("、", ", ").join(told["packs"]), f"{told['compared_with']:,}"
    return say(
        f"依据 {told['on']} 的规则（{packs}），与 {count} 个名称比对。{told['basis']}",
        f"By the rules of {told['on']} ({packs}), with {count} names. {told['basis']}",
    )


def _lacking(name: str) -> str:
    """Return what is lacking, without what the command line calls it."""
    return _OPTION.sub("", word("missing", name))


def _listed(parts: Sequence[str]) -> str:
    return say("、", ", ").join(parts)
