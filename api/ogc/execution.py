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
from api.ogc.wanted import OUTPUTS, Wanted
from geo.errors import DataError
from geo.text import say

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
_MEMBERS: Final = {"inputs", "outputs", "response"}
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
    wanted
        Which outputs are wanted, and how.
    """

    inputs: dict[str, Any]
    files: dict[str, Upload]
    wanted: Wanted


def execution(process: Process, body: object) -> Execution:
    """Return what the body of a request asks of a process.

    Raises
    ------
    DataError
        The question is not put as it should be.
    """
    if not isinstance(body, dict):
        raise DataError(say("内容应是一个 JSON 对象。", "the body must be a JSON object."))
    wanted = _wanted(body)
    given = body.get("inputs", {})
    if not isinstance(given, dict):
        raise DataError(say("inputs 应是对象。", "inputs is an object."))
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
    return Execution(inputs, uploads, wanted)


def _wanted(body: Mapping[str, Any]) -> Wanted:
    """Return which outputs are wanted, and how.

    Raises
    ------
    DataError
        Something is asked for that there is not; the message names each.
    """
    outputs, response = body.get("outputs", {}), body.get("response", "document")
    faults = [
        say(f"不支持“{name}”", f"{name} is not supported") for name in sorted(set(body) - _MEMBERS)
    ]
    if not isinstance(outputs, dict):
        faults.append(say("outputs 应是对象", "outputs is an object"))
        outputs = {}
    for name, told in outputs.items():
        if name not in OUTPUTS:
            faults.append(say(f"没有输出“{name}”", f"there is no output {name!r}"))
        elif not isinstance(told, dict):
            faults.append(say(f"输出“{name}”应是对象", f"the output {name} is an object"))
        elif (mode := told.get("transmissionMode", "value")) != "value":
            faults.append(
                say(
                    f"输出“{name}”的 transmissionMode 不能是“{mode}”",
                    f"the output {name} has no transmissionMode {mode!r}",
                )
            )
    if response not in ("document", "raw"):
        faults.append(say(f"response 不能是“{response}”", f"response is not {response!r}"))
    if faults:
        outputs_zh = f"outputs 里可写 {'、'.join(OUTPUTS)}，transmissionMode 只有 value"
        outputs_en = f"outputs has {', '.join(OUTPUTS)}, transmissionMode is value"
        raise DataError(
            say(f"{'；'.join(faults)}。", f"{'; '.join(faults)}."),
            hint=say(
                f"可用：inputs、outputs、response。{outputs_zh}（文件和集合本来就给链接）；"
                "response 是 document 或 raw。",
                f"known: inputs, outputs, response. {outputs_en} (files and collections are links "
                "anyway); response is document or raw.",
            ),
        )
    return Wanted(tuple(n for n in OUTPUTS if not outputs or n in outputs), response == "raw")


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
