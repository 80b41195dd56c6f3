"""Where a person works on cases over the API: the book, the rules, who acts as what, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from starlette.requests import Request

from api.errors import ForbiddenError
from api.jobs.process import Input
from api.ogc.conditions import require_seen, seen_by
from api.parameters import Parameter
from api.people.person import Person, forbidden, require
from api.people.scopes import Scope
from api.routes.bodies import DAY_TEXT, TEXT, day_in
from api.routes.case_marks import mark_of, stale
from api.routes.standing import book_of, one_state, secret_places, veil_of
from api.store import workspace_of
from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.cases import rulebook_of
from geo.gazetteer.cases.acting import handled
from geo.gazetteer.cases.finding import find_in_case, picked
from geo.gazetteer.veil import Veil, is_secret_case
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer
    from geo.gazetteer.book import Row
    from geo.gazetteer.cases import Rulebook

READ: Final[Scope] = "internal"
"""What one must be allowed to see cases: they speak of names that nobody decided on yet."""
EDIT: Final[tuple[Scope, ...]] = ("edit", "propose")
"""What one must be allowed to handle them."""
CASE: Final = Parameter(
    "caseId", "案号，如 2026-0001，或案卷编号。", example="2026-0001", place="path"
)
ON: Final = Input("on", "办理日期", "day of the act", DAY_TEXT, "不写为今天，不能写将来。")
NOTE: Final = Input("note", "备注", "note", TEXT, "备注或理由。")
ROLE: Final = Input(
    "role", "角色", "role", TEXT,
    "以什么角色办理，如 clerk（经办）、reviewer（审核）；不写由服务器按权限定。",
)  # fmt: skip
_DIGITS: Final = 9
_WANTED: Final[Mapping[str, tuple[Scope, ...]]] = {
    "approver": ("approve",),
    "publisher": ("publish",),
    "auditor": ("audit",),
    "admin": ("admin",),
}
"""What one must be allowed to act in a role of the law; in all others: to handle cases."""


class ApartError(ForbiddenError):
    """One person may not do both: whoever handled a case does not decide over it."""


@dataclass(frozen=True)
class Desk:
    """One person's request about cases."""

    request: Request
    person: Person
    book: Gazetteer
    rules: Rulebook
    at: datetime

    @property
    def day(self) -> date:
        """The day on which things are done."""
        return self.at.date()

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Places of which the API tells nobody."""
        return secret_places(self.book)

    @cached_property
    def veil(self) -> Veil:
        """All that the API tells nobody."""
        return veil_of(self.request, self.book)

    def case(self) -> Row:
        """Return the case that the address names.

        Raises
        ------
        NotFoundError
            There is none that may be told of.
        """
        return self.find(self.request.path_params["caseId"])

    def find(self, written: str) -> Row:
        """Return the case of a number or an id.

        Raises
        ------
        NotFoundError
            There is none that may be told of.
        """
        key = written.strip()
        rows = [] if not key or "\0" in key else self.book.rows("case", number=key)
        rows = rows or ([] if not key or "\0" in key else self.book.rows("case", id=key))
        if len(rows) != 1 or self.is_secret(rows[0]):
            raise NotFoundError(
                say(f"没有案卷“{written}”。", f"there is no case {written!r}."),
                hint=say("案号见 /cases。", "see /cases."),
            )
        return rows[0]

    def is_secret(self, row: Row) -> bool:
        """Return whether a case is about a place of which the API tells nobody."""
        return is_secret_case(row, self.hidden)

    def seen(self) -> Row:
        """Return the case, which the person has seen as it is.

        Raises
        ------
        PreconditionRequiredError, StaleError
            The request names no version, or an earlier one.
        """
        row = self.case()
        self.require_version(row)
        return row

    def mark(self, row: Row) -> str:
        """Return the ETag of a case, a task or an opinion."""
        return mark_of(self.book, row)

    def require_version(self, row: Row) -> None:
        """Refuse a request about a row that was not seen as it is.

        Raises
        ------
        PreconditionRequiredError, StaleError
            The request names no version, or an earlier one.
        """
        seen = seen_by(self.request)
        require_seen(seen)
        mark = self.mark(row)
        if mark not in seen.tags:
            raise stale(row, mark)

    def within(self, record: str, case: Row) -> Row:
        """Return the task or opinion of a case whose number stands at the end of the address.

        Raises
        ------
        NotFoundError
            There is none.
        """
        written = self.request.path_params["number"].strip()
        number = written.removeprefix(f"{case['number']}/")
        if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
            raise NotFoundError(
                say(f"本案没有“{written}”。", f"this case has no {written!r}."),
                hint=say(
                    f"写成 {case['number']}/1，或只写 1。",
                    f"write it as {case['number']}/1, or as 1.",
                ),
            )
        return find_in_case(self.book, record, f"{case['number']}/{int(number)}")

    def may_as(self, role: str) -> bool:
        """Return whether the person may act in a role."""
        return all(self.person.may(scope) for scope in _WANTED.get(role, EDIT))

    def roles_in(self, row: Row, roles: Sequence[str]) -> list[str]:
        """Return in which roles the person may act on a case; who approved it is no clerk of it."""
        mine = [one for one in roles if self.may_as(one)]
        decided = row["approver"] == self.person.id
        return [one for one in mine if not decided or one not in ("clerk", "applicant")]

    def role(self, written: str | None, allowed: Sequence[str]) -> str:
        """Return the role in which the person acts: as written, else the clerk's where possible.

        Raises
        ------
        ForbiddenError
            The person may act in none of them, or not in the one written.
        NotFoundError
            There is no such role.
        """
        if written:
            chosen = picked(self.rules.roles, written, "角色", "role")
            mine = [chosen] if self.may_as(chosen) else []
            asked_for = chosen
        else:
            mine, asked_for = [one for one in allowed if self.may_as(one)], allowed[0]
        if not mine:
            wanted = _WANTED.get(asked_for, EDIT)
            raise forbidden(self.person, next(s for s in wanted if not self.person.may(s)))
        return "clerk" if "clerk" in mine else mine[0]

    def handled(self, cases: Sequence[Row]) -> frozenset[str]:
        """Return the ids of those cases that the person opened, asked for or handled."""
        with self.book.reading() as connection:

            def ask(question: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
                return connection.execute(question).all()

            return handled(ask, [row["id"] for row in cases], self.person.id)

    @contextmanager
    def acting(self, row: Row, *, deciding: str = "") -> Iterator[None]:
        """Say plainly why an act on a case is refused.

        Parameters
        ----------
        row
            The case, or its task or opinion, as it was seen.
        deciding
            What the act is called if it decides, which whoever handled the case may not.

        Raises
        ------
        StaleError
            Somebody else was faster.
        ApartError
            The person handled the case.
        """
        try:
            yield
        except ConflictError:
            record = "case" if "campaign_id" in row else "task" if "due_on" in row else "opinion"
            now = self.book.rows(record, id=row["id"])
            if now and now[0]["version"] != row["version"]:
                raise stale(now[0], self.mark(now[0])) from None
            raise
        except DataError:
            if deciding and self.handled([row]):
                raise self._apart(deciding) from None
            raise

    def _apart(self, act: str) -> ApartError:
        person = self.person.id
        return ApartError(
            say(
                f"“{person}”经办过本案，不能由其办“{act}”。",
                f"{person} handled this case and may not: {act}.",
            ),
            hint=say("请由没有经办过本案的人办。", "Let somebody else do it."),
            rule="approver_is_not_clerk",
            article=say(
                "经办过案卷的人，不得对它作决定，也不得撤回决定。",
                "whoever handled a case neither decides over it nor takes the decision back.",
            ),
        )


@contextmanager
def looking(request: Request) -> Iterator[Desk]:
    """Give the desk of somebody who only looks: all that he sees is of one state.

    Raises
    ------
    UnauthorizedError, ForbiddenError
        The person may not see cases.
    """
    person = require(request, READ)
    with one_state(request) as book:
        yield replace(desk_of(request, person), book=book)


def desk_of(request: Request, person: Person, told: Mapping[str, Any] | None = None) -> Desk:
    """Return the desk of a request.

    Parameters
    ----------
    request, person
        Who asks.
    told
        The body; its ``on`` is the day on which something was done.

    Raises
    ------
    DataError
        The day is none, or is still to come.
    """
    now = datetime.now().astimezone()
    on = day_in(told or {}, "on") or now.date()
    if on > now.date():
        raise DataError(
            say(f"{on} 还没有到，不能写将来的日期。", f"{on} is still to come."),
            hint=say("不写 on 就是今天。", "Without on it is today."),
        )
    at = now.replace(year=on.year, month=on.month, day=on.day)
    return Desk(request, person, book_of(request), rulebook_of(workspace_of(request).folder), at)
