"""How a resource is answered: as JSON or as a page, with its links and its mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Literal
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.errors import NotAcceptableError
from api.store import settings_of
from geo.errors import DataError
from geo.text import say

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
SCHEMA: Final = "application/schema+json"
HTML: Final = "text/html"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"

Form = Literal["json", "html"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a resource."""

    href: str
    rel: str
    type: str
    title: str = ""

    def plain(self) -> dict[str, str]:
        """Return the link as JSON has it."""
        title = {"title": self.title} if self.title else {}
        return {"href": self.href, "rel": self.rel, "type": self.type, **title}


def root(request: Request) -> str:
    """Return the address of the API's landing page, without a slash at its end."""
    public = settings_of(request).public_url
    if public:
        return public.rstrip("/") + _under(request)
    return str(request.base_url).rstrip("/")


def site(request: Request) -> str:
    """Return the address of the server's landing page, also where a draft's own root is asked."""
    return root(request).removesuffix(_under(request))


def _under(request: Request) -> str:
    return str(request.scope.get("state", {}).get("under", ""))


def address(request: Request, path: str, **parameters: str | None) -> str:
    """Return the address of a resource of this API."""
    asked = {name: value for name, value in parameters.items() if value is not None}
    return f"{root(request)}{path}" + (f"?{urlencode(asked, safe=':,/')}" if asked else "")


def form_of(
    request: Request, *, also: Sequence[str] = (), has: Sequence[Form] = ("json", "html")
) -> Form:
    """Return the form in which a reader wants a resource.

    A form that it has not is a wrong value of the parameter ``f`` (400), or one that the header
    ``Accept`` asks for in vain (406).

    Parameters
    ----------
    request
        The request.
    also
        Media types beside ``application/json`` and ``text/html`` that the resource has.
    has
        Its forms.

    Raises
    ------
    DataError
        The parameter ``f`` names another.
    NotAcceptableError
        The header ``Accept`` admits none.
    """
    wanted = request.query_params.get("f")
    for form in has:
        if wanted == form:
            return form
    if wanted is not None:
        raise no_form(wanted, has)
    accepted = request.headers.get("accept", "")
    if not accepted or accepted == "*/*":
        return "json"
    offers = (JSON, *also, "application/geo+json", "application/schema+json")
    best: tuple[float, Form] | None = None
    for kinds, form in ((offers, "json"), ((HTML, "application/xhtml+xml"), "html")):
        weight = max(_weight(accepted, kind) for kind in kinds)
        if form in has and weight > 0 and (best is None or weight > best[0]):
            best = (weight, form)
    if best is None:
        forms = [form.upper() for form in has]
        raise NotAcceptableError(
            say(f"没有“{accepted}”格式。", f"there is no form {accepted!r}."),
            hint=say(f"可要 {'、'.join(forms)}。", f"ask for {' or '.join(forms)}."),
        )
    return best[1]


def no_form(wanted: str, has: Sequence[str]) -> DataError:
    """Return the refusal of a value of the parameter ``f``."""
    return DataError(
        say(f"没有格式“{wanted}”。", f"there is no form {wanted!r}."),
        hint=say(f"f 可以是 {'、'.join(has)}。", f"f is {' or '.join(has)}."),
    )


def json_answer(
    content: Mapping[str, Any] | bytes,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
    request: Request | None = None,
) -> Response:
    """Return JSON with a weak mark of its content; 304 where the reader has it already."""
    body = content if isinstance(content, bytes) else orjson.dumps(content, default=str)
    own = {"Vary": "Accept", **(headers or {})}
    if "ETag" not in own:
        own["ETag"] = f'W/"{blake2b(body, digest_size=9).hexdigest()}"'
    if request is not None and knows(request, own["ETag"]):
        return Response(status_code=304, headers=own)
    return Response(body, media_type=media_type, headers=own)


def knows(request: Request, mark: str) -> bool:
    """Return whether the reader says that he has what a mark stands for."""
    given = request.headers.get("if-none-match")
    if given is None:
        return False
    marks = {part.strip().removeprefix("W/") for part in given.split(",")}
    return "*" in marks or mark.removeprefix("W/") in marks


def _weight(accepted: str, kind: str) -> float:
    """Return how much an ``Accept`` header wants a media type; the narrowest range decides."""
    best = (-1, 0.0)
    for part in accepted.split(","):
        span, *rest = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for piece in rest:
            if piece.startswith("q="):
                try:
                    quality = float(piece[2:])
                except ValueError:
                    quality = 0.0
        exact = span.lower() == kind
        within = span.endswith("/*") and kind.startswith(span[:-1].lower()) and span != "*/*"
        narrow = 2 if exact else 1 if within else 0 if span == "*/*" else -1
        if narrow > best[0]:
            best = (narrow, quality)
    return best[1]
