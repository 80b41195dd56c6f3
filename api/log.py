"""What the server writes of its work: one line a request, each with the request's id."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

request_id: ContextVar[str] = ContextVar("fuwuquan_request_id", default="")
"""Id of the request that is being answered."""

ACCESS: Final = logging.getLogger("fuwuquan.access")
_EXTRA: Final = "fuwuquan"
_CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line.update(getattr(record, _EXTRA, {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """One line for people to read."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the line; what a request puts in its address cannot begin another."""
        record.message = record.message.translate(_CONTROL)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line, and a traceback below it."""
        line = super().format(record)
        identity = request_id.get()
        return f"{line}  [{identity}]" if identity else line


def set_up(form: Literal["json", "text"], level: str) -> None:
    """Write the log of this process on standard error in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"


def access(*, method: str, path: str, status: int, seconds: float, size: int) -> None:
    """Log one answered request."""
    ACCESS.info(
        "%s %s %d %.1f ms %d B",
        method,
        path,
        status,
        seconds * 1000,
        size,
        extra={
            _EXTRA: {
                "method": method,
                "path": path,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "bytes": size,
            }
        },
    )
