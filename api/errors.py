"""What a failed request answers: one table of statuses, one body for every error (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api.advice import all_at_a_server, at_a_server
from geo.errors import ConflictError, DataError, InfeasibleError, NotFoundError, PlannerError
from geo.text import say

PROBLEM: Final = "application/problem+json"
_TYPE: Final = "urn:fuwuquan:problem:"
PAGED: Final = ("GET", "POST")
"""Methods of browsers: their failures are pages where pages are read."""
_METHODS: Final = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
_ADVISING: Final = ("faults", "conflicts")
"""Further members that say what to do."""


class ApiError(PlannerError):
    """A failure that only a request can have.

    Parameters
    ----------
    message
        What is wrong.
    hint
        What to do next.
    headers
        Headers of the answer.
    members
        Further members of its body.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        headers: dict[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(message, hint=hint)
        self.headers = headers or {}
        self.members = members


class UnauthorizedError(ApiError):
    """The reader must say who he is."""


class ForbiddenError(ApiError):
    """The reader may not do this."""


class NotAcceptableError(ApiError):
    """The answer exists in no form that the reader takes."""


class MethodNotAllowedError(ApiError):
    """The resource does not know this method."""


class StaleError(ApiError):
    """The row was changed since the editor saw it."""


class PreconditionRequiredError(ApiError):
    """An edit must name the version it saw."""


class GoneError(ApiError):
    """What was asked for was there, and is no more."""


class TooLargeError(ApiError):
    """The body is larger than the server takes."""


class MisdirectedError(ApiError):
    """The reader asks this machine under a name that is not its own."""


class UnsupportedMediaTypeError(ApiError):
    """The body is of a type the resource does not take."""


class TooManyRequestsError(ApiError):
    """The reader asks too often."""


class TooSlowError(ApiError):
    """The question took longer than the server allows."""


STATUS: Final[dict[type[PlannerError], int]] = {
    DataError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    MethodNotAllowedError: 405,
    NotAcceptableError: 406,
    ConflictError: 409,
    GoneError: 410,
    StaleError: 412,
    TooLargeError: 413,
    UnsupportedMediaTypeError: 415,
    MisdirectedError: 421,
    InfeasibleError: 422,
    PreconditionRequiredError: 428,
    TooManyRequestsError: 429,
    TooSlowError: 503,
    PlannerError: 500,
}
"""Status of each class of error; a class not here takes its nearest parent's."""

_TITLES: Final[dict[int, tuple[str, str]]] = {
    400: ("请求有误", "Bad request"),
    401: ("需要登录", "Unauthorized"),
    403: ("无权操作", "Forbidden"),
    404: ("没有找到", "Not found"),
    405: ("不支持的方法", "Method not allowed"),
    406: ("没有可接受的格式", "Not acceptable"),
    408: ("请求超时", "Request timeout"),
    409: ("与现状冲突", "Conflict"),
    410: ("已经不在", "Gone"),
    412: ("版本已过期", "Precondition failed"),
    413: ("请求过大", "Content too large"),
    415: ("不支持的内容类型", "Unsupported media type"),
    421: ("不是本服务的主机名", "Misdirected request"),
    422: ("条件无法同时满足", "Infeasible"),
    428: ("缺少版本条件", "Precondition required"),
    429: ("请求过于频繁", "Too many requests"),
    500: ("程序内部错误", "Internal error"),
    501: ("尚不支持", "Not implemented"),
    503: ("暂时无法应答", "Service unavailable"),
}


def status_of(error: PlannerError) -> int:
    """Return the status that a failure answers with."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(
    status: int,
    detail: str,
    *,
    hint: str = "",
    instance: str = "",
    headers: dict[str, str] | None = None,
    **members: object,
) -> Response:
    """Return the answer to a failed request.

    Parameters
    ----------
    status
        Status of the answer.
    detail, hint
        What is wrong, and what to do next.
    instance
        Path that was asked.
    headers
        Headers of the answer.
    members
        Further members of the body.
    """
    phrase = HTTPStatus(status).phrase
    body: dict[str, object] = {
        "type": _TYPE + phrase.lower().replace(" ", "-").replace("'", ""),
        "title": say(*_TITLES.get(status, (phrase, phrase))),
        "status": status,
        "detail": at_a_server(detail),
        **({"hint": at_a_server(hint)} if hint else {}),
        **({"instance": instance} if instance else {}),
        **members,
        **{name: all_at_a_server(members[name]) for name in _ADVISING if name in members},
    }
    return Response(
        orjson.dumps(body, default=str),
        status,
        headers={"Vary": "Accept", **(headers or {})},
        media_type=PROBLEM,
    )


def wants_page(request: Request) -> bool:
    """Return whether a person at a browser asks, who reads pages and no JSON.

    Browsers name pages first; programs name none, or take anything. Who asks for JSON by the
    parameter ``f`` gets JSON.
    """
    first = request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower()
    return (
        first in ("text/html", "application/xhtml+xml")
        and request.method in PAGED
        and request.query_params.get("f") != "json"
    )


def internal(path: str, request_id: str) -> Response:
    """Return the answer to a failure of the program itself, which tells nothing of its inside."""
    return problem(
        500,
        say("程序出错，已记入日志。", "The program failed; the log has the details."),
        hint=say(
            f"请把请求编号 {request_id} 告诉管理员。", f"Tell the administrator id {request_id}."
        ),
        instance=path,
        request_id=request_id,
    )


def install(app: FastAPI) -> None:
    """Let every error of an application answer in the one form."""
    app.add_exception_handler(PlannerError, _planner)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def answered(request: Request, error: PlannerError) -> Response:
    """Return the answer to a request that failed."""
    members: dict[str, Any] = dict(getattr(error, "members", {}))
    if isinstance(error, InfeasibleError) and error.conflicts:
        members["conflicts"] = list(error.conflicts)
    return problem(
        status_of(error),
        error.message,
        hint=error.hint,
        instance=request.url.path,
        headers=getattr(error, "headers", None),
        **members,
    )


async def _planner(request: Request, error: Exception) -> Response:
    assert isinstance(error, PlannerError)
    return answered(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer a body or parameter that does not have the declared form."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"where": "/".join(map(str, fault["loc"])), "what": fault["msg"]}
        for fault in error.errors()
    ]
    named = say("、", ", ").join(str(fault["where"]) for fault in faults)
    return problem(
        400,
        say(f"请求中有不合要求的值：{named}。", f"The request has unfit values: {named}."),
        instance=request.url.path,
        faults=faults,
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    details = {
        404: say(f"没有这个地址：{path}", f"There is nothing at {path}"),
        405: say(f"{path} 不支持 {request.method}。", f"{path} does not know {request.method}."),
        413: say("请求内容过大。", "The body is too large."),
    }
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return problem(
        error.status_code,
        details.get(error.status_code, str(error.detail)),
        hint=say("可从首页 / 起逐级查看。", "Begin at the landing page /.")
        if error.status_code == HTTPStatus.NOT_FOUND
        else "",
        instance=path,
        headers=headers,
    )


def _methods(request: Request) -> list[str]:
    """Return the methods that an address knows, of all routes that lead there."""
    known = [
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] == Match.FULL
    ]
    return sorted({*known, *(("HEAD",) if "GET" in known else ())})
