"""``/healthz``, ``/readyz``, ``/metrics``: whether the server lives, may be asked, how it fares."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.metrics import CONTENT_TYPE
from api.store import reading

router = APIRouter(tags=["运行状态"])


@router.get("/healthz", summary="程序在运行", operation_id="health")
async def health() -> Response:
    """程序在运行就返回 200，不问数据库。."""
    return _state("ok")


@router.get("/readyz", summary="可以应答", operation_id="ready")
def ready(request: Request) -> Response:
    """能读到工作区或数据库才返回 200。."""
    with reading(request) as connection:
        connection.execute(sa.select(sa.literal(1)))
    return _state("ready")


@router.get("/metrics", summary="运行指标（Prometheus 文本）", operation_id="metrics")
async def metrics(request: Request) -> Response:
    """本进程各路由的请求数和耗时。."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)


def _state(word: str) -> Response:
    return Response(orjson.dumps({"status": word}), media_type="application/json")
