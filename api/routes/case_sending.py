"""Acts on cases as programs send them, or as the forms of a case's page do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.asking import in_words_of_form, values_of
from api.ogc.done import ACT
from api.ogc.sent import File, Sent, is_form, led_to, sent_by
from api.parameters import asked
from api.people.person import require
from api.people.scopes import Scope
from api.routes import case_page
from api.routes.bodies import Body, Work, worked
from api.routes.case_making import WHICH
from geo.errors import PlannerError


async def acted(
    request: Request,
    body: Body,
    work: Work,
    *scopes: Scope,
    types: tuple[str, ...] = (),
    done: str,
    filled: Callable[[Sent], dict[str, Any]] | None = None,
) -> Response:
    """Do an act on a case; a page is led to the case, or shown it again with what is wrong.

    Parameters
    ----------
    request, body, work, scopes, types
        As in `worked`.
    done
        What the page says then, by its key; of an act of the state machine, its own words.
    filled
        Reads what a form says, where that is not one field for each member of the body.
    """
    if not is_form(request):
        return await worked(request, body, work, *scopes, types=types)
    asked(request, ())
    person = require(request, *scopes)
    sent = await sent_by(request)
    try:
        told = body.checked(filled(sent) if filled else told_by(body, sent))
        made = await run_in_threadpool(work, request, person, told)
    except PlannerError as error:
        shown = in_words_of_form(error, body.members)
        return await run_in_threadpool(partial(case_page.again, request, sent, shown))
    answer = orjson.loads(made.body)
    if answer.get("kept") is False:  # looked at and not kept: shown at once, or it is lost
        return await run_in_threadpool(
            partial(case_page.again, request, sent, None, tried=answer["names"])
        )
    says = f"{ACT}{answer['action']}" if "action" in answer else done
    return led_to(request, f"/cases/{answer['case']['number']}?f=html", done=says)


def told_by(body: Body, sent: Sent) -> dict[str, Any]:
    """Return what a form says, as the body of the same request has it."""
    values = values_of(body.members, sent)
    return {
        name: value.base64 if isinstance(value, File) else value
        for name, value in values.items()
        if name != WHICH
    }
