"""The OpenAPI document: how routes describe themselves, and the older form that clients read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import Response

from api.errors import PAGED, PROBLEM
from api.parameters import Parameter, documented
from api.settings import Settings

_PROBLEM: Final = "Problem"
_PAGE: Final = "text/html"
_SCHEMAS: Final[dict[str, Any]] = {
    _PROBLEM: {
        "type": "object",
        "title": "出错说明（RFC 9457）",
        "description": "每个错误都用这个格式：哪里错、怎么办。",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "description": "错误的种类", "format": "uri"},
            "title": {"type": "string", "description": "种类的名称"},
            "status": {"type": "integer", "description": "HTTP 状态码"},
            "detail": {"type": "string", "description": "哪里错了"},
            "hint": {"type": "string", "description": "怎么办"},
            "instance": {"type": "string", "description": "请求的地址"},
        },
    },
    "Link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {
            "href": {"type": "string", "format": "uri-reference"},
            "rel": {"type": "string"},
            "type": {"type": "string"},
            "title": {"type": "string"},
        },
    },
    "Feature": {
        "type": "object",
        "title": "要素（GeoJSON）",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": ["string", "integer"]},
            "geometry": {"type": ["object", "null"]},
            "properties": {"type": "object"},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
        },
    },
    "FeatureCollection": {
        "type": "object",
        "title": "一页要素（GeoJSON）",
        "required": ["type", "features", "numberReturned", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "numberReturned": {"type": "integer", "minimum": 0},
            "numberMatched": {"type": "integer", "minimum": 0},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
        },
    },
}
_WORDS: Final = {
    201: "已新建",
    202: "已受理",
    204: "已完成，没有内容",
    303: "在另一个地址",
    304: "没有变化",
    400: "请求有误",
    401: "需要登录",
    403: "无权操作",
    404: "没有找到",
    405: "不支持的方法",
    406: "没有可接受的格式",
    409: "与现状冲突",
    410: "已经不在",
    412: "版本已过期",
    413: "请求过大",
    415: "不支持的内容类型",
    422: "条件无法同时满足",
    428: "缺少版本条件",
    429: "请求过于频繁",
    500: "程序内部错误",
    503: "暂时无法应答",
}


def described(
    name: str,
    summary: str,
    about: str,
    *parameters: Parameter,
    gives: Sequence[str] = ("application/json",),
    schema: str | dict[str, Any] | None = None,
    status: int = 200,
    fails: Sequence[int] = (400, 404, 406, 503),
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a route says of itself, as the keywords of its decorator.

    Parameters
    ----------
    name
        Id of the operation.
    summary, about
        What it does, in Chinese: in a few words, and in sentences.
    parameters
        Those in its path and behind the question mark.
    gives
        Media types of the answer.
    schema
        JSON schema of the answer, or the name of a shared one.
    status
        Status of success.
    fails
        Other statuses that it may answer.
    body
        What it takes, as OpenAPI's ``requestBody``.
    """
    shape = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    content = {kind: {"schema": shape} if shape and kind.endswith("json") else {} for kind in gives}
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": _WORDS.get(status, "成功"), "content": content}
    }
    for code in fails:
        answers[code] = failure(code) if code >= 400 else {"description": _WORDS[code]}  # noqa: PLR2004
    extra = documented(*parameters)
    if body is not None:
        extra["requestBody"] = body
    return {
        "operation_id": name,
        "summary": summary,
        "description": about,
        "status_code": status,
        "response_class": Response,
        "responses": answers,
        "openapi_extra": extra,
    }


def failure(status: int) -> dict[str, Any]:
    """Return how a failure is described."""
    problem = {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}}
    return {"description": _WORDS[status], "content": {PROBLEM: problem}}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an application."""
    if app.openapi_schema is None:
        whole = app.openapi()
        schemas = whole.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas.update(_SCHEMAS)
        for operations in whole["paths"].values():
            for method, operation in operations.items():
                _bound(operation, app.state.settings)
                answers = operation["responses"]
                if answers.get("422", {}).get("description") == "Validation Error":
                    del answers["422"]
                answers.setdefault("500", failure(500))
                answers.setdefault("400", failure(400))
                if method.upper() in PAGED:
                    _paged(answers)
        app.openapi_schema = whole
    return app.openapi_schema


def _paged(answers: dict[str, Any]) -> None:
    """Write into the answers of an operation that a browser gets its failures as pages."""
    for code, answer in answers.items():
        if int(code) >= 400:  # noqa: PLR2004 - a failure
            answer["content"] = {**answer["content"], _PAGE: {}}


def _bound(operation: dict[str, Any], settings: Settings) -> None:
    """Write the server's own limits into the description of a page."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "limit":
            parameter["schema"] = {
                **parameter["schema"],
                "default": min(settings.limit_default, settings.limit_most),
                "maximum": settings.limit_most,
            }


def older(whole: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document as 3.0 says the same.

    A type that may be null becomes ``nullable``, several types become ``anyOf``, a constant
    becomes an enumeration of one, examples become one example.
    """
    plain = _older(whole)
    assert isinstance(plain, dict)
    return {**plain, "openapi": "3.0.3"}


def _older(node: object) -> object:
    if isinstance(node, list):
        return [_older(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain: dict[str, Any] = {name: _older(one) for name, one in node.items()}
    kinds = plain.get("type")
    if isinstance(kinds, list):
        del plain["type"]
        plain["anyOf"] = [{"type": kind} for kind in kinds]
    if isinstance(plain.get("anyOf"), list):
        _settle_null(plain)
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    if isinstance(plain.get("examples"), list):
        plain["example"] = plain.pop("examples")[0]
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(plain.get(bound), int | float) and plain[bound] is not True:
            plain |= {limit: plain[bound], bound: True}
    return {name: value for name, value in plain.items() if not _newer(name, value)}


def _newer(name: str, value: object) -> bool:
    """Return whether OpenAPI 3.0 knows no such member, or no such value of it."""
    unknown = ("contentMediaType", "contentEncoding", "$schema")
    return name in unknown or (name == "required" and value == [])


def _settle_null(plain: dict[str, Any]) -> None:
    """Turn a choice that may be null into ``nullable``, and a choice of one into that one."""
    choices = [one for one in plain["anyOf"] if one != {"type": "null"}]
    if len(choices) < len(plain["anyOf"]):
        plain["nullable"] = True
    plain["anyOf"] = choices
    if len(choices) == 1 and "$ref" not in choices[0]:
        del plain["anyOf"]
        plain.update(choices[0])
