"""Names as pages for people: finding one, a place with its names, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.respond import address
from api.ogc.told import Control, Form, Table, link, told_page
from api.people.person import person_of
from geo.gazetteer.words import class_word, word
from geo.text import say


def search(
    request: Request, given: Mapping[str, str], found: Sequence[Mapping[str, Any]] | None
) -> Response:
    """Return the page on which names are found; ``found`` is None before anything is asked."""
    words = given.get("q", "")
    box = Control(
        "search", "q", say("找什么", "What"), value=words, required=True,
        about=say(
            "汉字、拼音、首字母、同音字或代码；错一两个字也找得到。",
            "Characters, pinyin, initials, a sound or a code; slips are forgiven.",
        ),
        limits=(("maxlength", "100"), ("autofocus", "autofocus")),
    )  # fmt: skip
    day = Control(
        "date", "on", say("哪一天有效", "In force on"), value=given.get("on", ""),
        about=say("不填则曾用名、已注销的也找。", "Without it, former names are found too."),
    )  # fmt: skip
    kept = tuple((name, given[name]) for name in ("limit", "bbox") if name in given)
    form = Form(
        "", address(request, "/names/search"), say("查找", "Find"), (box,), (day,),
        (("f", "html"), *kept), method="get", open=True,
    )  # fmt: skip
    tables = []
    if found is not None:
        rows = [
            [
                link(one["text"], f"{one['href']}?f=html"),
                "" if one["standard"] == one["text"] else one["standard"],
                one["kind_label"], one["status_label"], one["class_label"],
                one["division"] or one["division_code"], one["match_label"],
            ]
            for one in found
        ]  # fmt: skip
        heads = say(
            "名称 标准名称 种类 地位 类别 所在政区 匹配",
            "Name Standard Kind Standing Class Division Match",
        ).split()
        tables.append(
            Table(heads, rows, nothing=say(
                f"没有找到“{words}”。请换拼音、首字母或其中两个字再试。",
                f"Nothing found for {words!r}. Try pinyin, initials or two of its characters.",
            ))
        )  # fmt: skip
    asked = {name: value for name, value in given.items() if name != "f"}
    return told_page(
        request,
        title=say("找地名", "Find a name"),
        json=address(request, "/names/search", **asked, f="json") if found is not None else "",
        ask=[form],
        tables=tables,
        further=_others(request),
    )


def place(request: Request, body: Mapping[str, Any]) -> Response:
    """Return the page of a place with all its names."""
    names = sorted(body["names"], key=lambda one: one["kind"] != "standard")
    standard = next((one["text"] for one in names if one["kind"] == "standard"), body["id"])
    facts = [
        (say("类别", "Class"), f"{class_word(body['class_code'])}（{body['class_code']}）"),
        (say("地位", "Standing"), word("status", body["status"])),
        (say("使用状态", "Lifecycle"), word("lifecycle", body["lifecycle"])),
        (say("密级", "Secrecy"), word("secrecy", body["secrecy"])),
        (say("所在政区代码", "Division"), body["division_code"]),
        (say("编号", "Id"), body["id"]),
    ]
    tables = [
        Table(
            say("名称 种类 拼写 来历 含义 起 止", "Name Kind Spelling Origin Meaning From Until")
            .split(),
            [
                [
                    one["text"], word("kind", one["kind"]),
                    one["roman_toned"] or one["roman_plain"], one["origin"], one["meaning"],
                    one["valid_from"], one["valid_to"],
                ]
                for one in names
            ],
            say("名称", "Names"),
        ),
        Table(
            say("代码种类 代码 起 止", "Kind Code From Until").split(),
            [
                [word("scheme", one["scheme"]), one["value"], one["valid_from"], one["valid_to"]]
                for one in body["codes"]
            ],
            say("代码", "Codes"),
            nothing=say("没有代码。", "No codes."),
        ),
        Table(
            say("图形 范围（西、南、东、北）", "Shape Extent").split(),
            [
                [
                    word("role", one["role"]),
                    say("，", ", ").join(
                        f"{one[side]:.6f}" for side in ("west", "south", "east", "north")
                    ),
                ]
                for one in body["shapes"]
            ],
            say("位置", "Where"),
            nothing=say("没有图形。", "No shape."),
        ),
    ]  # fmt: skip
    own = f"/names/{body['id']}"
    further = [(say("来龙去脉", "History"), address(request, f"{own}/history", f="html"))]
    return told_page(
        request,
        title=standard,
        trail=[_up(request)],
        json=address(request, own, f="json"),
        facts=facts,
        tables=tables,
        further=further if person_of(request).may("internal") else (),
    )


def history(
    request: Request, key: str, name: str, events: Sequence[Mapping[str, Any]], following: str
) -> Response:
    """Return the page of what happened to a place."""
    rows = [
        [
            str(one["at"])[:10], one["author"], one["reason"], one["head"],
            say("；", "; ").join(
                f"{field['label']} {field['before'] or say('（空）', '(nothing)')} → "
                f"{field['after'] or say('（空）', '(nothing)')}"
                if one["act"] == "changed"
                else f"{field['label']} {field['after']}"
                for field in one["fields"]
            ),
        ]
        for one in events
    ]  # fmt: skip
    return told_page(
        request,
        title=say("来龙去脉", "History"),
        trail=[_up(request), (name, address(request, f"/names/{key}", f="html"))],
        json=address(request, f"/names/{key}/history", f="json"),
        tables=[Table(say("日期 谁 为何 什么 内容", "Day Who Why What Told").split(), rows)],
        following=following,
    )


def _up(request: Request) -> tuple[str, str]:
    return say("找地名", "Names"), address(request, "/names/search", f="html")


def _others(request: Request) -> list[tuple[str, str]]:
    """Return the pages beside the search that the reader may open."""
    found = [
        (say("标准地名一览", "All standard names"), address(request, "/collections/names/items",
                                                       f="html")),
    ]  # fmt: skip
    if person_of(request).may("internal"):
        found.append((say("核名", "Check a name"), address(request, "/names/check", f="html")))
    return found
