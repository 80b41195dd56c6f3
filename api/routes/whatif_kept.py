"""Answers kept ready for edits, within a bound of memory, and the sessions that use them."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from geo.errors import NotFoundError
from geo.text import say

if TYPE_CHECKING:
    from geo.coverage import Question
    from geo.coverage.live import Live

_MOST_SESSIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Session:
    """One person's trying out."""

    id: str
    person: str
    question: Question


class Kept:
    """Questions kept answered; those asked for longest ago go first.

    Sessions about the same question of the same data share one answer: each request says all that
    it tries, so nobody sees another's edits.

    Parameters
    ----------
    most_bytes
        Memory for all answers kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[str, tuple[Live, int]] = OrderedDict()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = Lock()
        self._building: dict[str, tuple[Lock, int]] = {}

    @property
    def n_bytes(self) -> int:
        """Bytes held."""
        with self._lock:
            return sum(size for _, size in self._held.values())

    def begin(self, person: str, question: Question) -> Session:
        """Return a new session; one that nobody used for longest ends when there are too many."""
        session = Session(secrets.token_hex(8), person, question)
        with self._lock:
            self._sessions[session.id] = session
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return session

    def session(self, identity: str, person: str) -> Session:
        """Return a session of a person.

        Raises
        ------
        NotFoundError
            It is over, or another's.
        """
        with self._lock:
            found = self._sessions.get(identity)
            if found is not None and found.person == person:
                self._sessions.move_to_end(identity)
                return found
        raise NotFoundError(
            say(f"没有会话“{identity}”，或已结束。", f"there is no session {identity!r}."),
            hint=say("请重新写明设施类型等问题。", "Ask anew with the facility type."),
        )

    def end(self, identity: str, person: str) -> None:
        """End a session; its answer goes when nobody else asks the same.

        Raises
        ------
        NotFoundError
            There is none.
        """
        ended = self.session(identity, person)
        with self._lock:
            self._sessions.pop(identity, None)
            if not any(one.question == ended.question for one in self._sessions.values()):
                for key in [k for k, (live, _) in self._held.items()
                            if live.question == ended.question]:  # fmt: skip
                    del self._held[key]

    def live(self, key: str, build: Callable[[], Live]) -> tuple[Live, bool]:
        """Return what answers a question of the data as it stands, and whether it was at hand.

        Parameters
        ----------
        key
            Stands for the question and everything that the answer rests on.
        build
            Makes it; called by one at a time for each key.
        """
        found = self._found(key)
        if found is not None:
            return found, True
        with self._turn(key):
            found = self._found(key)
            if found is not None:
                return found, True
            made = build()
            self._keep(key, made, made.n_bytes)
            return made, False

    def _found(self, key: str) -> Live | None:
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def _keep(self, key: str, live: Live, size: int) -> None:
        with self._lock:
            self._held[key] = (live, size)
            while sum(bytes_ for _, bytes_ in self._held.values()) > self._most:
                self._held.popitem(last=False)

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        """Let one at a time build the same."""
        with self._lock:
            lock, waiting = self._building.get(key, (Lock(), 0))
            self._building[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._building[key]
                if waiting == 1:
                    del self._building[key]
                else:
                    self._building[key] = (lock, waiting - 1)
