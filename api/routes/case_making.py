"""How a form on the page of a case is made: what it asks, what was filled in, what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from api.ogc.asking import EMPTY, controls_of
from api.ogc.conditions import SEEN
from api.ogc.respond import address
from api.ogc.sent import Sent
from api.ogc.told import Control, Form, token_of
from api.routes.bodies import Body
from api.routes.case_desk import EDIT, Desk
from geo.errors import PlannerError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row

WHICH: Final = "form"
"""Field that tells which form of the page it was."""
MOST: Final = 30
"""Opinions and tasks of a page that have forms of their own; the others are on pages."""
_UNASKED: Final = frozenset({"role", "sha256"})

Choices = tuple[tuple[str, str], ...]


class Maker:
    """Makes the forms of one case for one person.

    Parameters
    ----------
    desk, row, told
        Who looks, the case, and what is told of it.
    sent, problem
        The form that was refused before, and why.
    """

    def __init__(
        self,
        desk: Desk,
        row: Row,
        told: Mapping[str, Any],
        sent: Sent = EMPTY,
        problem: PlannerError | None = None,
    ) -> None:
        self.desk = desk
        self.row = row
        self.told = told
        self.may_edit = all(desk.person.may(scope) for scope in EDIT)
        self._sent = sent
        self._problem = problem
        self._own = f"/cases/{row['number'] or row['id']}"
        self._count = 0

    def form(
        self,
        what: str,
        body: Body,
        zh: str,
        en: str,
        *,
        seen: str = "",
        hidden: Choices = (),
        choices: Mapping[str, Choices] | None = None,
        but: frozenset[str] = frozenset(),
        must: tuple[str, ...] = (),
    ) -> Form:
        """Return the form of an act that is sent to an address below the case's own.

        Parameters
        ----------
        what, body, zh, en
            The end of the address, what is sent there, and what the act is called.
        seen
            ETag of the task or opinion that it is about; empty: the case's.
        hidden
            What it sends beside.
        choices
            What may be chosen, by member.
        but, must
            Members that are not asked for, and those that must be filled in here.
        """
        key = f"{what}#{'|'.join(value for _, value in hidden)}"
        asks = [one for one in body.members if one.name not in (_UNASKED | but)]
        controls = [
            _chosen(
                replace(one, required=one.required or one.name in must),
                (choices or {}).get(one.name, ()),
            )
            for one in controls_of(asks, self.at(key), prefix=self.prefix())
        ]
        return self.whole(what, say(zh, en), tuple(controls), seen=seen, hidden=hidden, key=key)

    def whole(
        self,
        what: str,
        title: str,
        controls: tuple[Control, ...],
        *,
        key: str,
        seen: str = "",
        hidden: Choices = (),
    ) -> Form:
        """Return a form of these controls; ``key`` tells it from the others of the page."""
        path = f"{self._own}/{what}" if what else self._own
        mark = seen or self.told["etag"]
        return Form(
            title,
            address(self.desk.request, path),
            title if len(title) <= 12 else say("确定", "OK"),  # noqa: PLR2004 - fits on a button
            controls,
            hidden=(*token_of(self.desk.request), (SEEN, mark), (WHICH, key), *hidden),
            problem=self._problem if self._sent.text(WHICH) == key else None,
        )

    def at(self, key: str) -> Sent:
        """Return what was filled into a form before, where it was this one."""
        return self._sent if self._sent.text(WHICH) == key else EMPTY

    def prefix(self) -> str:
        """Return what parts the controls of the next form from those of the others."""
        self._count += 1
        return f"f{self._count}-"

    def papers(self) -> Choices:
        """Return the documents of the case, to choose one."""
        found = []
        for one in self.told["documents"]:
            key = one["number"] or one["title"]
            found.append((key, f"{one['label']}：{key}"))
        return tuple(found)


def last_part(number: str) -> str:
    """Return the number of a task or an opinion within its case."""
    return number.rpartition("/")[2]


def _chosen(one: Control, choices: Choices) -> Control:
    """Return a control that lets choose from what there is."""
    if not choices:
        return one
    open_word = say("请选择", "choose") if one.required else say("不写", "open")
    left_open = () if one.required and len(choices) == 1 else (("", open_word),)
    return replace(one, kind="choice", choices=(*left_open, *choices), about="")
