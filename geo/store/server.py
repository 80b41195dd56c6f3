"""How a workspace in a PostGIS database is reached: a schema, a snapshot, a lock to write."""

from __future__ import annotations

import hashlib
import re
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import DataError
from geo.store.geometry import SRS_ID
from geo.store.postgis import GATE, SCHEMA_QUESTION, SCHEMA_STATE
from geo.store.server_errors import explained, no_postgis
from geo.text import say

DEFAULT_NAME: Final = "fuwuquan"

_NAME = re.compile(r"[^\W\d]\w{0,62}")
_LONGEST_NAME_BYTES = 63
_RESERVED = frozenset({"public", "information_schema", "topology", "tiger", "tiger_data"})
_CONNECT_S = 10
_IDLE_S = 2.0
"""Seconds after which an idle connection is asked whether it lives before it is used again."""
_RETURNED = "fuwuquan_returned"
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_CONNECTIONS = 32


class ServerDatabase:
    """A schema of a PostGIS database; see `geo.store.database.Database`.

    Readers see one snapshot (``REPEATABLE READ``) and hold the gate of the dialect shared, so that
    no table is dropped under them. Writers take an advisory lock of the workspace, one at a time.
    Every transaction has a connection of its own, unless they are kept open (`keep_open`).

    Parameters
    ----------
    url
        ``postgresql+psycopg://user@host/database?workspace=name``; the name is the schema's.
    folder
        Folder on this computer; ``fuwuquan-<name>`` in the current folder when None.
    busy_s
        Seconds to wait for a lock.

    Raises
    ------
    DataError
        The URL cannot be read, or the name could not be a schema's.
    """

    path = None
    keeps_folder = False

    def __init__(self, url: str, *, folder: Path | None, busy_s: float) -> None:
        parsed, self.schema = _parsed(url)
        named = parsed.update_query_dict({"workspace": self.schema})
        self.place = named.render_as_string(hide_password=True)
        self.folder = (folder or Path(f"fuwuquan-{self.schema}")).resolve()
        self._busy_ms = max(1, round(busy_s * 1_000))
        self._url, self._busy_s = parsed, busy_s
        self._kept_open = False
        self._use(sa.NullPool)

    def exists(self) -> bool:
        """Return whether the schema holds a workspace."""
        table = f"{self._quoted}.{GATE}"
        with self._connected(self._engine) as connection:
            found = sa.text("SELECT to_regclass(:table) IS NOT NULL")
            return bool(connection.scalar(found, {"table": table}))

    def make(self) -> None:
        """Make the schema where there is none.

        Raises
        ------
        DataError
            The database has no PostGIS, lacks CGCS2000, or forbids new schemas.
        """
        with self._connected(self._engine) as connection:
            known = connection.scalar(
                sa.text(
                    f"SELECT count(*) FROM {self._postgis}.spatial_ref_sys"  # noqa: S608
                    " WHERE srid = :srid"
                ),
                {"srid": SRS_ID},
            )
            if not known:
                raise DataError(
                    say(
                        f"数据库的坐标系表（spatial_ref_sys）里没有 EPSG:{SRS_ID}。",
                        f"spatial_ref_sys of the database lacks EPSG:{SRS_ID}",
                    ),
                    hint=say(
                        "请管理员重装 PostGIS 扩展，补全坐标系表。",
                        "ask the administrator to restore the table of the PostGIS extension",
                    ),
                )
            standing = sa.text("SELECT to_regnamespace(:schema) IS NOT NULL")
            if not connection.scalar(standing, {"schema": self._quoted}):
                connection.exec_driver_sql(f"CREATE SCHEMA {self._quoted}")

    def prepare(self) -> None:
        """Do nothing: a server looks after itself."""

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one snapshot throughout."""
        with explained(self.place), self._readers.connect() as connection:
            # The driver would send a BEGIN of its own, and every message costs as much as a
            # question. Only the last statement takes the snapshot: the gate is held by then.
            gate = f"LOCK TABLE {self._quoted}.{GATE} IN ACCESS SHARE MODE"
            state = _at_once(connection, _BEGIN, self._search_path, gate, SCHEMA_QUESTION)
            connection.info[SCHEMA_STATE] = state
            with connection.begin():
                yield connection

    @contextmanager
    def glancing(self) -> Iterator[sa.Connection]:
        """Give a connection on which every question sees a state of its own."""
        if not self._kept_open:  # a new connection does not know where the tables are
            with self.reading() as connection:
                yield connection
            return
        with explained(self.place), self._readers.connect() as connection:
            connection.info.pop(SCHEMA_STATE, None)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection that alone writes to this workspace."""
        with self._connected(self._engine) as connection:
            patience = f"SET LOCAL lock_timeout = {self._busy_ms}"
            alone = f"SELECT pg_advisory_xact_lock({self._lock})"
            connection.info.pop(SCHEMA_STATE, None)
            _at_once(connection, self._search_path, patience, alone)
            yield connection

    def drop(self) -> None:
        """Take the whole workspace out of the database."""
        with self._connected(self._engine) as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {self._quoted} CASCADE")

    def keep_open(self) -> None:
        """Keep connections between transactions: to open one takes longer than a question."""
        where = f"SET search_path = {self._schemas}"
        self.close()
        # Those above the size of a pool are closed after each use, which costs more than that use.
        self._use(
            sa.QueuePool,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_use_lifo=True,
            pool_timeout=max(self._busy_s, 1.0),
        )
        weakref.finalize(self, self._engine.dispose)
        sa.event.listen(self._engine, "connect", partial(_settled, where))
        sa.event.listen(self._engine, "checkin", _put_back)
        sa.event.listen(self._engine, "checkout", partial(_still_there, self._engine.dialect))
        self._kept_open = True

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _use(self, pool: type[sa.Pool], **sizes: float) -> None:
        known = {"connect_timeout": _CONNECT_S, "application_name": "fuwuquan"}
        self._engine = sa.create_engine(self._url, poolclass=pool, connect_args=known, **sizes)
        self._readers = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def _connected(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        with explained(self.place), engine.connect() as connection, connection.begin():
            yield connection

    @property
    def _quoted(self) -> str:
        return f'"{self.schema}"'

    @cached_property
    def _postgis(self) -> str:
        """Schema that holds the extension."""
        query = (
            "SELECT quote_ident(nspname) FROM pg_extension e"
            " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'postgis'"
        )
        with self._connected(self._engine) as connection:
            schema = connection.exec_driver_sql(query).scalar()
        if schema is None:
            raise no_postgis(self.place)
        return str(schema)

    @cached_property
    def _schemas(self) -> str:
        others = dict.fromkeys([self._postgis, "public"])
        return ", ".join([self._quoted, *others])

    @property
    def _search_path(self) -> str:
        return f"SET LOCAL search_path = {self._schemas}"

    @cached_property
    def _lock(self) -> int:
        digest = hashlib.sha256(f"fuwuquan {self.schema}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def _at_once(connection: sa.Connection, *statements: str) -> object:
    """Run statements in one message to the server, which several cannot be once prepared.

    The first value that the last of them gives is returned.
    """
    driver: Any = connection.connection.driver_connection
    with driver.execute("; ".join(statements), prepare=False) as answers:
        while answers.nextset():
            pass
        row = answers.fetchone()
    return None if row is None else row[0]


def _still_there(dialect: sa.Dialect, driver: Any, record: Any, proxy: object) -> None:  # noqa: ANN401
    """Ask a connection that lay idle whether it lives; if not, the pool opens another."""
    del proxy
    idle_s = time.monotonic() - record.info.get(_RETURNED, time.monotonic())
    if idle_s > _IDLE_S:
        try:
            dialect.do_ping(driver)
        except Exception as error:
            raise sa.exc.DisconnectionError from error


def _settled(where: str, driver: Any, record: object) -> None:  # noqa: ANN401
    """Let PostgreSQL look in our schema, plan each question for its own values, compile none.

    One plan for all boxes is wrong for a large one by seconds; to compile takes a second too.
    """
    del record
    driver.execute(where)
    driver.execute("SET jit = off")
    driver.execute("SET plan_cache_mode = force_custom_plan")
    driver.commit()


def _put_back(driver: object, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    del driver
    record.info[_RETURNED] = time.monotonic()


def _parsed(url: str) -> tuple[sa.URL, str]:
    """Return the address of the database, and the workspace in it."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise _unreadable(url) from error
    if not parsed.database:
        raise _unreadable(url)
    query: dict[str, Any] = dict(parsed.query)
    name = query.pop("workspace", DEFAULT_NAME)
    fits = isinstance(name, str) and _NAME.fullmatch(name)
    if not fits or len(name.encode()) > _LONGEST_NAME_BYTES or _taken(name):
        raise DataError(
            say(f"工作区名“{name}”不可用。", f"{name!r} cannot be the name of a workspace"),
            hint=say(
                "请以文字开头，只用文字、数字和下划线，不超过 63 字节（约 20 个汉字），"
                "如 ?workspace=jiujiang。",
                "begin with a letter; use letters, digits and _, at most 63 bytes,"
                " such as ?workspace=jiujiang",
            ),
        )
    return parsed.set(query=query), name


def _taken(name: str) -> bool:
    return name.lower() in _RESERVED or name.lower().startswith("pg_")


def _unreadable(url: str) -> DataError:
    del url  # it may hold a password
    return DataError(
        say("数据库网址写得不对。", "the URL of the database cannot be read"),
        hint=say(
            "请写成 postgresql://用户@主机:5432/数据库?workspace=工作区；"
            "密码里的 @ : / ? 要写成 %40 %3A %2F %3F。",
            "write postgresql://user@host:5432/database?workspace=name;"
            " in a password write @ : / ? as %40 %3A %2F %3F",
        ),
    )
