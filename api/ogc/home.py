"""The page where people begin: what they may see and do here, and how much of it waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.catalogue import collections
from api.ogc.names import ID as NAMES
from api.ogc.pages import page_of
from api.ogc.respond import address
from api.ogc.waiting import waiting
from api.people.person import Person, person_of
from api.people.scopes import Scope
from api.store import reading, settings_of
from geo.text import say


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that a reader may turn to.

    Attributes
    ----------
    path
        Its address.
    name, about
        What it is called, and what one does there.
    wants
        Scopes of which one is enough; none: everybody.
    """

    path: str
    name: tuple[str, str]
    about: tuple[str, str]
    wants: tuple[Scope, ...] = ()


_SHOWN: Final = (
    Card("/collections", ("图层与结果", "Layers and results"),
         ("查看、过滤、下载", "See, filter, download")),
    Card("/names/search", ("查地名", "Find a name"),
         ("按汉字、拼音、首字母", "By characters, pinyin or initials")),
    Card("/tiles", ("瓦片", "Tiles"), ("给网页地图和 QGIS", "For web maps and QGIS")),
    Card("/norms", ("规范", "Norms"), ("条款、取值和出处", "Clauses, values, sources")),
)  # fmt: skip
_FOUND: Final = (
    Card("/coverage", ("覆盖", "Coverage"), ("最近的覆盖分析", "The last analyses")),
    Card("/assessments", ("达标评估", "Assessments"), ("最近一次对照规范", "Against norms")),
    Card("/sitings", ("选址", "Sitings"), ("最近一次选址", "The last sitings")),
    Card("/scenarios", ("情景", "Scenarios"), ("存下的设想", "Kept what-ifs"), ("plan",)),
    Card("/maps", ("地图", "Maps"), ("分析留下的地图", "Maps of what was computed"), ("plan",)),
)  # fmt: skip
_DONE: Final = (
    Card("/processes", ("请求计算", "Ask for a computation"),
         ("覆盖、评估、选址、导入、发布", "Coverage, assessment, siting, import"), ("plan",)),
    Card("/jobs", ("任务", "Jobs"), ("进度和结果", "Progress and results"),
         ("plan", "internal")),
    Card("/cases", ("案卷", "Cases"),
         ("命名、更名、销名", "Naming, renaming, retiring"), ("internal",)),
    Card("/cases/due", ("期限", "Deadlines"),
         ("逾期和快到期的", "What is overdue or due soon"), ("internal",)),
    Card("/names/check", ("核名", "Check a name"),
         ("拟用名称合不合规定", "Whether a name keeps the rules"), ("internal",)),
    Card("/ws", ("草稿", "Drafts"),
         ("自己的改动，报送后并入", "Edits of your own, to be handed in"), ("edit",)),
    Card("/proposals", ("报送与审批", "Proposals"),
         ("逐项对照，批准或退回", "Compare, approve or reject"), ("edit", "approve")),
)  # fmt: skip
_KEPT: Final = (
    Card("/accounts", ("全部账户", "Accounts"), ("角色、密码和密钥", "Roles and keys"), ("admin",)),
    Card("/audit", ("访问日志", "Log of access"), ("谁做过什么", "Who did what"), ("audit",)),
)
_OPEN: Final = (
    Card("/api", ("接口说明", "The API"), ("给程序和 GIS 软件", "For programs and GIS")),
    Card("/conformance", ("遵循的标准", "Standards"), ("OGC API", "OGC API")),
)
_SECTIONS: Final = (
    (("数据", "Data"), _SHOWN), (("结果", "Results"), _FOUND), (("办理", "Work"), _DONE),
    (("管理", "Administration"), _KEPT), (("开放接口", "Open interfaces"), _OPEN),
)  # fmt: skip
_TO_ALL: Final = frozenset({"/collections", "/tiles", "/api", "/conformance"})
"""What is there while only what was published is served."""


def home(request: Request, *, title: str, about: str) -> Response:
    """Return the page where people begin."""
    person = person_of(request)
    with reading(request) as connection:
        names = list(collections(connection))
        counts = waiting(request, connection, named=NAMES in names)
    counts["/collections"] = say(f"{len(names)} 个", f"{len(names)}")
    hidden = frozenset() if NAMES in names else frozenset({"/names/search", "/names/check"})
    public = settings_of(request).public
    sections = []
    for heading, cards in _SECTIONS:
        shown = [
            card
            for card in cards
            if _may(person, card)
            and card.path not in hidden
            and (not public or card.path in _TO_ALL)
        ]
        if shown:
            sections.append((say(*heading), _told(request, shown, counts)))
    return page_of(
        request,
        "landing.html",
        title=title,
        about=about,
        json=address(request, "/", f="json"),
        sections=sections,
    )


def _told(
    request: Request, cards: Sequence[Card], counts: Mapping[str, str]
) -> list[dict[str, str]]:
    return [
        {
            "href": address(request, card.path, f="html"),
            "name": say(*card.name),
            "about": say(*card.about),
            "number": counts.get(card.path, ""),
        }
        for card in cards
    ]


def _may(person: Person, card: Card) -> bool:
    return not card.wants or any(person.may(scope) for scope in card.wants)
