"""``/healthz``, ``/readyz``, ``/metrics``: whether the server lives, may be asked, how it fares."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.errors import problem
from api.metrics import CONTENT_TYPE
from api.openapi import described
from api.store import reading
from geo.errors import PlannerError

router = APIRouter(tags=["运行状态"])


@router.get(
    "/healthz",
    **described("health", "程序在运行", "程序在运行就返回 200，不问数据库。", fails=()),
)
async def health() -> Response:
    """Answer as long as the process lives."""
    return _state("ok")


@router.get(
    "/readyz",
    **described("ready", "可以应答", "能读到工作区或数据库才返回 200。", fails=(503,)),
)
def ready(request: Request) -> Response:
    """Answer when the store can be read."""
    try:
        with reading(request) as connection:
            connection.execute(sa.select(sa.literal(1)))
    except PlannerError as error:
        return problem(503, error.message, hint=error.hint, instance="/readyz")
    return _state("ready")


@router.get(
    "/metrics",
    **described(
        "metrics",
        "运行指标",
        "本进程各路由的请求数和耗时，Prometheus 文本格式。本机的程序和登录的人可看。",
        gives=("text/plain",),
        fails=(401, 403),
    ),
)
async def metrics(request: Request) -> Response:
    """Return requests and seconds of this process."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)


def _state(word: str) -> Response:
    return Response(orjson.dumps({"status": word}), media_type="application/json")
