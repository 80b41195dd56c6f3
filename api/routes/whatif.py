"""``/whatif``: who gains and who loses if a facility or a gate were different, while one drags."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.ogc.respond import JSON
from api.openapi import described
from api.parameters import Parameter, asked
from api.people.person import require
from api.routes.whatif_asked import BODY, EXAMPLE, QUESTION, checked, edits_of, question_of
from api.routes.whatif_kept import Kept, Session
from api.store import workspace_of
from geo.errors import ConflictError, DataError
from geo.store import Workspace
from geo.store.features import feature_tables, mark
from geo.store.models import SETTING
from geo.text import language, say

if TYPE_CHECKING:
    from geo.coverage import Edits, Question
    from geo.coverage.live import Live, Tried
    from geo.coverage.live_sums import AreaSums, Sum

router = APIRouter(tags=["试改"])

_SESSION: Final = Parameter("sessionId", "会话编号。", example="0123456789abcdef", place="path")
_LAYERS: Final = (
    "community", "township", "county", "compound", "gate", "building", "street", "age_structure",
)  # fmt: skip
_TRIES: Final = 3
_CHANGES: Final = ("gained", "lost", "nearer", "farther")
_UNTOLD: Final = "street_network"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep answers ready while the server runs."""
    app.state.whatif = Kept(app.state.settings.whatif_bytes)
    yield


@router.post(
    "/whatif",
    **described(
        "whatif",
        "试一试改动",
        "增设、迁址、关闭设施，开关出入口：谁受益、谁受损，改动前后各覆盖多少人，逐村居给出。"
        "每次写全部改动（以工作区现状为起点），不改工作区。应答给出会话编号，"
        "之后只写会话和改动即可，几毫秒应答。",
        schema={
            "type": "object",
            "required": ["session", "facility", "limits", "changes", "areas", "provenance"],
        },
        fails=(400, 401, 403, 404, 409, 413, 415, 503),
        body={"required": True, "content": {JSON: {"schema": BODY, "example": EXAMPLE}}},
    ),
)
async def whatif(request: Request) -> Response:
    """Compare the coverage of the workspace with that of a changed one."""
    asked(request, ())
    person = require(request, "plan")
    told = checked(body := await json_of(request))
    named = {one.name for one in QUESTION} & set(body)
    return await run_in_threadpool(partial(_answer, request, told, person.id, anew=bool(named)))


@router.delete(
    "/whatif/{sessionId}",
    **described(
        "end_whatif",
        "结束试改会话",
        "释放为它保留的内存。",
        _SESSION,
        status=204,
        gives=(),
        fails=(400, 401, 403, 404),
    ),
)
def end(request: Request) -> Response:
    """End a session."""
    asked(request, ())
    person = require(request, "plan")
    kept: Kept = request.app.state.whatif
    kept.end(request.path_params["sessionId"], person.id)
    return Response(status_code=204)


def _answer(request: Request, told: dict[str, Any], person: str, *, anew: bool) -> Response:
    kept: Kept = request.app.state.whatif
    edits = edits_of(told)
    session = _session(kept, told, person, anew=anew)
    live, at_hand = _live(kept, workspace_of(request), session.question)
    body = _body(live, edits, areas=told["areas"], most=told["points"])
    whole = {"session": session.id, "at_hand": at_hand, **body}
    return Response(
        orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY),
        media_type=JSON,
        headers={"Cache-Control": "no-store"},
    )


def _session(kept: Kept, told: dict[str, Any], person: str, *, anew: bool) -> Session:
    """Return the session that a request names, or a new one for its question."""
    if not anew:
        if told["session"] is None:
            raise DataError(
                say("没有写设施类型，也没有写会话。", "neither a facility type nor a session."),
                hint=say("请写 facility，如 elder_station。", "Write facility: elder_station."),
            )
        return kept.session(told["session"], person)
    if told["session"] is not None:
        raise DataError(
            say(
                "会话已经有问题，不要再写设施类型、时限等。", "a session has its question already."
            ),
            hint=say("只写会话和改动；问题不同请另开会话。", "Write the session and the edits."),
        )
    if told["facility"] is None:
        raise DataError(say("缺少“facility”（设施类型）。", "facility is missing."))
    return kept.begin(person, question_of(told))


def _live(kept: Kept, workspace: Workspace, question: Question) -> tuple[Live, bool]:
    """Return what answers a question of one state of the workspace.

    Raises
    ------
    ConflictError
        The layers change so often that they cannot be read in one state.
    """
    for _ in range(_TRIES):
        marks = _marks(workspace, question)
        told: list[object] = [
            question.kind.name,
            question.minutes,
            question.walker.name,
            question.on.isoformat(),
        ]
        told += [question.walker.speed_m_s, question.own_only, question.as_of, language(), marks]
        key = blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
        try:
            return kept.live(key, partial(_built, workspace, question, marks))
        except _ChangedError:
            continue
    raise ConflictError(
        say("图层正在改动，未能读到同一状态。", "the layers are being changed."),
        hint=say("请稍后再试。", "Try again in a moment."),
    )


class _ChangedError(Exception):
    """The layers were changed while they were read."""


def _built(workspace: Workspace, question: Question, marks: dict[str, str]) -> Live:
    from geo.coverage import read_inputs  # noqa: PLC0415
    from geo.coverage.live import Live  # noqa: PLC0415

    live = Live(question, read_inputs(workspace, question))
    if _marks(workspace, question) != marks:
        raise _ChangedError
    return live


def _marks(workspace: Workspace, question: Question) -> dict[str, str]:
    """Return what changes whenever a layer, the streets or a setting changes, read at once."""
    wanted = {*_LAYERS, question.kind.name}
    with workspace.reading() as connection:
        tables = feature_tables(connection)
        marks = {name: mark(connection, tables[name]) for name in sorted(wanted & set(tables))}
        settings = connection.execute(sa.select(SETTING.c.name, SETTING.c.value_json))
        marks |= {f"/{row[0]}": row[1] for row in settings if row[0] != _UNTOLD}
    return marks


def _body(live: Live, edits: Edits, *, areas: str, most: int) -> dict[str, Any]:
    """Return the answer: the keys of ``fuwuquan whatif --json``, and more."""
    from geo.coverage.placed import placing_warnings  # noqa: PLC0415

    tried, question = live.tried(edits), live.question
    all_of_us = live.sums(tried, live.weight)[0].sums
    main = next((one for one in all_of_us if one.minutes == question.main_min), None)
    people = live.people(live.weight)
    return {
        "facility": question.kind.name,
        "weight": live.weight,
        "denominator": live.denominator,
        "main_min": question.main_min,
        "covered_before": main and main.before,
        "covered_after": main and main.after,
        "limits": [_sum(one) for one in all_of_us],
        "weights": {
            weight: [_sum(one) for one in live.sums(tried, weight)[0].sums]
            for weight in live.weights
        },
        "certainty": {
            name: {"before": before, "after": after, "difference": after - before}
            for name, (before, after) in live.certainty(tried).items()
        },
        "changes": {
            name: {"points": int(mask.sum()), "people": int(people[mask].sum())}
            for name in _CHANGES
            for mask in (tried.change == name,)
        },
        "areas": [
            _area(one)
            for level in ("county", "township", "community")
            if areas != "none"
            for one in live.sums(tried, live.weight, level=level, changed_only=areas != "all")
        ],
        "points_changed": len(tried.changed),
        "points": _points(live, tried, most),
        "warnings": placing_warnings(tried.placed),
        "conditions": live.conditions,
        "provenance": live.provenance.json(),
    }


def _points(live: Live, tried: Tried, most: int) -> list[dict[str, Any]]:
    listed, people = tried.changed[:most], live.people(live.weight)
    rows = live.points.iloc[listed]
    columns: dict[str, list[Any]] = {str(name): rows[name].tolist() for name in rows}
    columns |= {
        "people": people[listed].tolist(),
        "before_min": _minutes(tried.before_min[listed]),
        "after_min": _minutes(tried.after_min[listed]),
        "change": tried.change[listed].tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _minutes(minutes: Any) -> list[float | None]:  # noqa: ANN401 - an array of minutes
    return [None if one != one else round(one, 6) for one in minutes.tolist()]  # noqa: PLR0124


def _area(one: AreaSums) -> dict[str, Any]:
    sums = [_sum(two) for two in one.sums]
    return {"level": one.level, "code": one.code, "name": one.name, "limits": sums}


def _sum(one: Sum) -> dict[str, Any]:
    known = one.before is not None and one.after is not None
    return {
        "minutes": one.minutes,
        "total": one.total,
        "before": one.before,
        "after": one.after,
        "difference": one.after - one.before if known else None,  # type: ignore[operator]
        "before_share": one.before / one.total if one.total and known else None,  # type: ignore[operator]
        "after_share": one.after / one.total if one.total and known else None,  # type: ignore[operator]
    }
