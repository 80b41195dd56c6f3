"""``/coverage``, ``/assessments``, ``/sitings``, ``/scenarios``: what was found last, and how."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.catalogue import collection
from api.ogc.outdated import STALE, outdated
from api.ogc.parameters import FORMAT
from api.ogc.respond import GEOJSON, HTML, JSON, Link, address, form_of, json_answer
from api.ogc.told import filled
from api.openapi import described
from api.parameters import FACILITY_TYPE, Parameter, asked, facility_named
from api.people.person import require
from api.routes import run_pages
from api.store import reading
from geo.coverage.since import Since
from geo.scenarios import parse_scenario
from geo.store.books import Run, runs_of
from geo.store.results import PREFIX, names_of
from geo.store.settings import setting

router = APIRouter(tags=["分析结果"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep what was read to compare results with the layers, while the server runs."""
    app.state.since = Since()
    yield


_FACILITY: Final = Parameter(
    "facility",
    "只要这一类设施的：名称或代号。",
    FACILITY_TYPE,
    "elder_station",
)
_SHAPE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["runs"],
    "properties": {
        "runs": {
            "type": "array",
            "items": {"type": "object", "required": ["stale"], "properties": {"stale": STALE}},
        }
    },
}
_SHARED: Final = ("assess", "site")
"""Analyses whose tables bear no type of facility in their names."""
_FAILS: Final = (304, 400, 406, 503)
_ABOUT: Final = (
    "每个结果写明依据：各图层和路网的内容指纹、参数（时限、步速、日期、口径）、总数；"
    "links 指向留下的结果图层；stale 是算出以后改过的图层，空的就是数据没有变。"
    "要重新计算，用 /processes。"
)


@router.get(
    "/coverage",
    **described(
        "coverages",
        "各类设施最近的覆盖结果",
        _ABOUT,
        _FACILITY,
        FORMAT,
        gives=(JSON, HTML),
        schema=_SHAPE,
        fails=_FAILS,
    ),
)
def coverages(request: Request) -> Response:
    """Return the latest coverage of each type of facility."""
    return _latest(request, "coverage", lambda facility: f"coverage_{facility}_")


@router.get(
    "/assessments",
    **described(
        "assessments",
        "各类设施最近的达标评估",
        _ABOUT,
        _FACILITY,
        FORMAT,
        gives=(JSON, HTML),
        schema=_SHAPE,
        fails=_FAILS,
    ),
)
def assessments(request: Request) -> Response:
    """Return the latest assessment of each type of facility."""
    return _latest(request, "assess", lambda _: "assess_")


@router.get(
    "/sitings",
    **described(
        "sitings",
        "各类设施最近的选址",
        _ABOUT,
        _FACILITY,
        FORMAT,
        gives=(JSON, HTML),
        schema=_SHAPE,
        fails=_FAILS,
    ),
)
def sitings(request: Request) -> Response:
    """Return the latest siting of each type of facility."""
    return _latest(request, "site", lambda _: "siting_")


@router.get(
    "/scenarios",
    **described(
        "scenarios",
        "情景",
        "存下的各组改动，和最近一次与现状的并排比较。",
        FORMAT,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["scenarios", "compared"]},
        fails=(304, 400, 401, 403, 406, 503),
    ),
)
def scenarios(request: Request) -> Response:
    """Return the scenarios kept, and how they last compared."""
    form = form_of(request)
    asked(request, ("f",))
    require(request, "plan")
    with reading(request) as connection:
        kept = [parse_scenario(values) for values in setting(connection, "scenarios") or ()]
        runs = runs_of(connection, "scenario")[-1:]
        found = [_shown(request, connection, run, "scenario_") for run in runs]
    _compare(request, found)
    body = {"scenarios": [one.json() for one in kept], "compared": found[0] if found else None}
    if form == "html":
        return run_pages.scenarios(request, body)
    return json_answer(body, request=request)


def _latest(request: Request, kind: str, begins: Any) -> Response:  # noqa: ANN401 - a function
    form = form_of(request)
    given = filled(asked(request, ("facility", "f")), form)
    wanted = facility_named(given["facility"]) if "facility" in given else None
    with reading(request) as connection:
        last: dict[str, Run] = {}
        for run in runs_of(connection, kind):
            last.pop(_facility(run.parameters), None)
            last[_facility(run.parameters)] = run
        newest = next(reversed(last.values())).id if last else ""
        runs = [
            _shown(request, connection, run, begins(facility))
            for facility, run in sorted(last.items())
            if wanted in (None, facility)
        ]
    for told in runs:  # tables that all types share are of the newest run alone
        if kind in _SHARED and told["id"] != newest:
            told["links"] = []
    _compare(request, runs)
    if form == "html":
        return run_pages.runs(request, request.url.path.rpartition("/")[2], runs, given)
    return json_answer({"runs": runs}, request=request)


def _compare(request: Request, runs: Sequence[dict[str, Any]]) -> None:
    """Let runs tell which layers have changed since."""
    for told in runs:
        told["stale"] = outdated(request, told["inputs"])


def _facility(parameters: Mapping[str, Any]) -> str:
    return str(parameters.get("facility") or "")


def _shown(request: Request, connection: sa.Connection, run: Run, begins: str) -> dict[str, Any]:
    """Return a run with the layers that it left."""
    names = [name for name in names_of(connection) if name.startswith(begins)]
    tables = [collection(connection, f"{PREFIX}{name}") for name in names]
    links = [
        Link(address(request, f"/collections/{one.name}/items"), "item", GEOJSON, one.label)
        for one in tables
    ]
    return {
        "id": run.id,
        "facility": _facility(run.parameters) or None,
        "on": run.ran_on,
        "inputs": dict(run.inputs),
        "parameters": dict(run.parameters),
        "results": dict(run.results),
        "links": [link.plain() for link in links],
    }
