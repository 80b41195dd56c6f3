"""Pages made of facts, tables and forms, for what has no page of a shape of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.pages import page_of
from api.people.entrance import FORM_FIELD
from geo.errors import PlannerError

Cell = str | int | float | None | Mapping[str, str]
"""A text, a number, or a link with ``text`` and ``href``."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below headings.

    Attributes
    ----------
    title, about
        What stands above.
    headings, rows
        Its cells.
    nothing
        What is said when there are no rows.
    warning
        What to heed before one reads it.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    about: str = ""
    nothing: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that a form asks for.

    Attributes
    ----------
    kind
        ``choice``, ``many``, ``area``, or the type of an HTML input.
    name, label, about
        Its field, what people call it, and what it means.
    value, values
        What is filled in; of ``many``, all that is ticked.
    choices
        Values with their words; of an input, suggestions.
    limits
        Attributes of an HTML input: the least and the most of a number.
    """

    kind: str
    name: str
    label: str
    about: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    limits: tuple[tuple[str, str], ...] = ()
    required: bool = False
    lines: int = 2
    prefix: str = ""

    @property
    def id(self) -> str:
        """What its label refers to; one for each control of a page."""
        return f"{self.prefix}{self.name}"


@dataclass(frozen=True, slots=True)
class Form:
    """A form that a page sends.

    Attributes
    ----------
    title, about, button
        What it does.
    action, method
        Where it is sent.
    controls, further
        What it asks for; what few need stands folded.
    hidden
        What it sends beside.
    problem
        Why it was refused before.
    """

    title: str
    action: str
    button: str
    controls: tuple[Control, ...] = ()
    further: tuple[Control, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    about: str = ""
    method: str = "post"
    problem: PlannerError | None = None
    open: bool = False
    quiet: bool = False

    @property
    def files(self) -> bool:
        """Whether files are sent along."""
        return any(one.kind == "file" for one in (*self.controls, *self.further))


def link(text: object, href: str) -> Cell:
    """Return a cell that leads somewhere; plain where it has no text."""
    return {"text": str(text), "href": href} if text else None


def filled(given: Mapping[str, str], form: str) -> dict[str, str]:
    """Return the parameters of a request without its form; a page leaves out what is empty."""
    return {name: text for name, text in given.items() if name != "f" and (text or form != "html")}


def token_of(request: Request) -> tuple[tuple[str, str], ...]:
    """Return what a form sends to show that it is of this session."""
    token = str(request.scope.get("state", {}).get("form_token", ""))
    return ((FORM_FIELD, token),) if token else ()


def told_page(
    request: Request,
    *,
    title: str,
    json: str = "",
    about: str = "",
    trail: Sequence[tuple[str, str]] = (),
    ask: Sequence[Form] = (),
    says: str = "",
    facts: Sequence[tuple[str, Cell]] = (),
    tables: Sequence[Table] = (),
    texts: Sequence[tuple[str, str, Sequence[str]]] = (),
    following: str = "",
    further: Sequence[tuple[str, str]] = (),
    **more: Any,  # noqa: ANN401 - as `page_of`
) -> Response:
    """Return a page of forms, facts and tables.

    Parameters
    ----------
    request
        The request.
    title, json, about, trail
        As in `page_of`.
    ask
        Forms above everything.
    says
        A sentence below them.
    facts, tables
        What is told.
    texts
        Titles of drafts, the drafts, and what they lack.
    following
        Address of the next page.
    further
        Other pages, by their names.
    more
        What else a template of its own shows.
    """
    return page_of(
        request,
        more.pop("template", "told.html"),
        title=title,
        json=json,
        about=about,
        trail=trail,
        ask=ask,
        says=says,
        facts=[(name, value) for name, value in facts if value not in (None, "")],
        tables=tables,
        texts=texts,
        following=following,
        further=further,
        **more,
    )
