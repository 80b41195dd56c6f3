"""What an execution of a process says: inputs, files sent along, outputs wanted, and how soon."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request

from api.jobs.process import Input, Process
from api.jobs.queue import Upload
from geo.errors import DataError
from geo.text import say

OUTPUTS: Final = ("summary", "files", "collections")
_PREFERENCE: Final = re.compile(r"\s*([\w-]+)\s*(?:=\s*\"?([\w.]+)\"?)?\s*")
_ENDINGS: Final = {
    "text/csv": ".csv",
    "application/geo+json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/zip": ".zip",
}
_LONGEST_NAME: Final = 120
_QUALIFIED: Final = {"value", "mediaType", "encoding", "schema", "format", "name"}


def preferences(request: Request) -> dict[str, str]:
    """Return what the header ``Prefer`` asks for (RFC 7240); what is unknown is passed over."""
    found: dict[str, str] = {}
    for text in request.headers.getlist("prefer"):
        for part in text.split(","):
            match = _PREFERENCE.fullmatch(part)
            if match is None:
                continue
            name, value = match[1].lower(), match[2] or ""
            if name == "respond-async" or (name == "wait" and value.isdecimal()):
                found.setdefault(name, value[:6])
    return found


@dataclass(frozen=True, slots=True)
class Execution:
    """What somebody asks of a process.

    Attributes
    ----------
    inputs
        Every input, those left open filled in; files by their fingerprints.
    files
        The files that were sent along, by input.
    outputs
        Which outputs are wanted.
    raw
        Whether outputs are wanted by themselves.
    """

    inputs: dict[str, Any]
    files: dict[str, Upload]
    outputs: tuple[str, ...]
    raw: bool


def execution(process: Process, body: object) -> Execution:
    """Return what the body of a request asks of a process.

    Raises
    ------
    DataError
        The question is not put as it should be.
    """
    if not isinstance(body, dict):
        raise DataError(say("内容应是一个 JSON 对象。", "the body must be a JSON object."))
    unknown = sorted(set(body) - {"inputs", "outputs", "response"})
    if unknown:
        raise DataError(
            say(f"不支持“{'、'.join(unknown)}”。", f"{', '.join(unknown)} is not supported."),
            hint=say("可用：inputs、outputs、response。", "known: inputs, outputs, response."),
        )
    given, outputs = body.get("inputs", {}), body.get("outputs", {})
    if not isinstance(given, dict) or not isinstance(outputs, dict):
        raise DataError(say("inputs 和 outputs 应是对象。", "inputs and outputs are objects."))
    wrong = sorted(set(outputs) - set(OUTPUTS))
    if wrong or body.get("response", "document") not in ("document", "raw"):
        raise DataError(
            say(f"没有输出“{'、'.join(wrong)}”或这种 response。", "unknown output or response."),
            hint=say(f"输出：{'、'.join(OUTPUTS)}。", f"outputs: {', '.join(OUTPUTS)}."),
        )
    for name, told in outputs.items():
        mode = told.get("transmissionMode", "value") if isinstance(told, dict) else None
        if mode != "value":
            raise DataError(
                say(f"输出“{name}”的 transmissionMode 只能是 value。", f"{name}: only by value."),
                hint=say("文件和集合本来就给链接。", "Files and collections are links anyway."),
            )
    kinds = {one.name: one for one in process.inputs}
    plain = {name: _plain(value, kinds.get(name)) for name, value in given.items()}
    checked = process.checked(plain, today=datetime.now().astimezone().date())
    uploads = {
        name: _upload(name, checked[name])
        for name, one in kinds.items()
        if one.is_file and checked[name] is not None
    }
    inputs = checked | {
        name: {"name": upload.name, "sha256": upload.sha256} for name, upload in uploads.items()
    }
    wanted = tuple(name for name in OUTPUTS if not outputs or name in outputs)
    return Execution(inputs, uploads, wanted, body.get("response") == "raw")


def _plain(value: object, one: Input | None) -> object:
    """Return a value that may be wrapped with its type."""
    if one is None or not isinstance(value, dict):
        return value
    if "href" in value:
        raise DataError(
            say(f"“{one.name}”不能写成网址。", f"{one.name} cannot be a reference."),
            hint=say("请把内容放在 value 里。", "Send the value itself."),
        )
    wrapped = "value" in value and set(value) <= _QUALIFIED and not one.is_file
    return value["value"] if wrapped else value


def _upload(name: str, given: object) -> Upload:
    """Return a file that was sent in Base64.

    Raises
    ------
    DataError
        It is not sent as it should be.
    """
    told = given if isinstance(given, Mapping) else {}
    text, called = told.get("value"), told.get("name") or ""
    kind = told.get("mediaType") or ""
    if not isinstance(text, str) or not isinstance(called, str) or not isinstance(kind, str):
        raise _no_file(name)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _no_file(name) from None
    own = Path(called.replace("\\", "/")).name[-_LONGEST_NAME:]
    if "\0" in own or not Path(own).suffix:
        ending = _ENDINGS.get(kind.partition(";")[0].strip().lower())
        if ending is None:
            raise _no_file(name)
        own = f"file{ending}"
    return Upload(own, kind or "application/octet-stream", content)


def _no_file(name: str) -> DataError:
    return DataError(
        say(f"“{name}”不是 Base64 的文件。", f"{name} is no file in Base64."),
        hint=say(
            '请写成 {"value": "…", "encoding": "base64", "name": "小区.xlsx"}。',
            'Write {"value": "…", "encoding": "base64", "name": "compounds.xlsx"}.',
        ),
    )
