"""What pages and programs send about drafts and proposals, and how each is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.errors import status_of
from api.ogc.sent import is_form, led_to, sent_by
from geo.errors import DataError, PlannerError
from geo.text import say


async def told_by(request: Request, *names: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the body of a request: JSON, or the fields of a form as the same object.

    Parameters
    ----------
    request
        The request.
    names
        Fields that a form may have; a name that ends in a dot stands for all that begin so.

    Raises
    ------
    ForbiddenError
        The form is not of this session.
    DataError
        It cannot be read, or has other fields.
    """
    if not is_form(request):
        return await json_of(request)
    sent = await sent_by(request)
    begun = tuple(name for name in names if name.endswith("."))
    for name in (*sent.fields, *sent.files):
        if name not in names and not name.startswith(begun or ("\0",)):
            raise DataError(say(f"不认识表单项“{name}”。", f"unknown field {name!r}."))
    return {name: sent.text(name) for name in sent.fields}


async def acted(
    request: Request,
    act: Callable[[], Response],
    *,
    to: str = "",
    says: str = "",
    page: Callable[[PlannerError], Response],
) -> Response:
    """Do what was asked, and answer a program by its result and a page by the next page.

    Parameters
    ----------
    request
        The request.
    act
        Does it, and gives the answer to a program.
    to
        Where a page is led; by default where the answer's header ``Location`` says.
    says
        What the next page says first, by its key.
    page
        Shows the page again on which it was asked, with why it was refused.
    """
    if not is_form(request):
        return await to_thread.run_sync(act)
    try:
        done = await to_thread.run_sync(act)
    except PlannerError as error:
        refused = error
    else:
        return led_to(request, to or done.headers["location"], done=says)
    again = await to_thread.run_sync(page, refused)
    again.status_code = status_of(refused)
    again.headers["Cache-Control"] = "no-store"
    return again
