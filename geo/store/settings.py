"""What a workspace remembers by name: small values written as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from geo.store.models import SETTING

Transaction = Callable[[], AbstractContextManager[sa.Connection]]


class Settings(MutableMapping[str, Any]):
    """The settings of a workspace as a mapping; every access reads or writes the store."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        with self._reading() as connection:
            value = setting(connection, name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: object) -> None:
        with self._writing() as connection:
            put_setting(connection, name, value)

    def __delitem__(self, name: str) -> None:
        with self._writing() as connection:
            if not connection.execute(sa.delete(SETTING).where(SETTING.c.name == name)).rowcount:
                raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        with self._reading() as connection:
            return iter(sorted(connection.scalars(sa.select(SETTING.c.name))))

    def __len__(self) -> int:
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(SETTING)) or 0


def setting(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return one setting, None when it was never set."""
    text = connection.scalar(sa.select(SETTING.c.value_json).where(SETTING.c.name == name))
    return None if text is None else json.loads(text)


def put_setting(connection: sa.Connection, name: str, value: object) -> None:
    """Set one setting to a JSON value; None takes it away."""
    connection.execute(sa.delete(SETTING).where(SETTING.c.name == name))
    if value is not None:
        connection.execute(sa.insert(SETTING).values(name=name, value_json=to_json(value)))


def to_json(value: object) -> str:
    """Return the one spelling of a JSON value: keys sorted, Chinese as it is, no NaN."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
