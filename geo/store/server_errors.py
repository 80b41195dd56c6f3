"""What PostgreSQL complains of, as what the user can act on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import psycopg
import sqlalchemy as sa

from geo.errors import ConflictError, DataError, PlannerError
from geo.store.file import against_rules
from geo.text import say

_PASSWORD = ("password authentication failed", "no password supplied")
_REFUSED = ("pg_hba.conf", "does not exist", "role", "database")
_CROWDED = ("too many clients", "too many connections", "connection slots")
"""Words of a refused connection, which comes without a code."""


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn what PostgreSQL says into what the user can act on.

    Raises
    ------
    ConflictError
        Someone else holds a lock, or all connections are in use.
    DataError
        The server is not there, refuses, or the database lacks what is needed.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _explanation(place, error.orig) from error
    except psycopg.Error as error:
        raise _explanation(place, error) from error
    except sa.exc.TimeoutError as error:
        raise _all_in_use(place) from error


def no_postgis(place: str) -> DataError:
    """Return the refusal of a database without PostGIS."""
    return DataError(
        say(f"数据库没有安装 PostGIS 扩展：{place}。", f"{place}: PostGIS is not installed"),
        hint=say(
            "请管理员在这个数据库里执行：CREATE EXTENSION postgis;",
            "ask the administrator to run in this database: CREATE EXTENSION postgis;",
        ),
    )


def _explanation(place: str, error: BaseException | None) -> PlannerError:
    code = getattr(error, "sqlstate", None) or ""
    lines = str(error).strip().splitlines() or [code]
    if not code and isinstance(error, psycopg.OperationalError):
        return _unreached(place, lines[-1], str(error).lower())
    meant = _MEANT.get(code)
    if meant is not None:
        return meant(place, lines[0])
    return DataError(
        say(f"数据库出错（{code}）：{lines[0]}。", f"the database failed ({code}): {lines[0]}"),
        hint=say(
            "如果有人在数据库里改动过工作区的表，请从备份恢复。",
            "if somebody changed the tables of the workspace, restore a backup",
        ),
    )


def _unreached(place: str, line: str, complaint: str) -> PlannerError:
    """Return what a connection failed of, by the words of the complaint."""
    if any(word in complaint for word in _CROWDED):
        return _all_in_use(place)
    if any(word in complaint for word in _PASSWORD):
        return DataError(
            say(f"数据库密码不对，或没有给密码：{place}。", f"{place}: the password is wrong"),
            hint=say(
                "密码可写在网址里（用户:密码@主机）、环境变量 PGPASSWORD 或 ~/.pgpass 文件里。",
                "write it in the URL (user:password@host), in PGPASSWORD, or in ~/.pgpass",
            ),
        )
    if "fatal:" in complaint and any(word in complaint for word in _REFUSED):
        return DataError(
            say(f"服务器拒绝了连接：{place}（{line}）。", f"{place}: refused ({line})"),
            hint=say(
                "请核对用户名和数据库名；都对时，请管理员在 pg_hba.conf 中放行这台电脑。",
                "check user and database; if right, this computer must be let in by pg_hba.conf",
            ),
        )
    return _down(place, line)


def _down(place: str, complaint: str) -> DataError:
    return DataError(
        say(f"连不上数据库：{place}（{complaint}）。", f"{place} cannot be reached ({complaint})"),
        hint=say(
            "请核对主机和端口，确认 PostgreSQL 正在运行，网络和防火墙放行。",
            "check host and port, that PostgreSQL runs, and that network and firewall let through",
        ),
    )


def _waiting(_: str, complaint: str) -> ConflictError:
    return ConflictError(
        say(
            f"工作区正被另一个程序使用：{complaint}。",
            f"the workspace is in use by another program: {complaint}",
        ),
        hint=say(
            "请在 QGIS 中保存或放弃编辑，或等另一条命令完成，然后重试。",
            "save or cancel the edits in QGIS, or let the other command finish; then try again",
        ),
    )


def _doubled(_: str, complaint: str) -> ConflictError:
    return ConflictError(
        say(
            f"编号重复或必填项为空：{complaint}。",
            f"an id is already taken or a required value is empty: {complaint}",
        )
    )


def _forbidden(_: str, complaint: str) -> DataError:
    return DataError(
        say(f"这个数据库用户没有权限：{complaint}。", f"no right to do this: {complaint}"),
        hint=say(
            "请换一个用户，或请管理员授权（见手册“工作区放在哪里”）。",
            "use another user, or ask the administrator for the rights (see the manual)",
        ),
    )


def _no_space(_: str, complaint: str) -> DataError:
    return DataError(
        say(f"服务器的磁盘或内存不够：{complaint}。", f"the server is out of space: {complaint}"),
        hint=say("原有内容没有改变。请联系管理员。", "nothing was changed; tell the administrator"),
    )


def _unfit_text(_: str, complaint: str) -> DataError:
    return DataError(
        say(
            f"文字里有数据库不能保存的字符：{complaint}。",
            f"a text holds a character that cannot be kept: {complaint}",
        ),
        hint=say("请在原表里删去看不见的控制字符。", "take invisible characters out of the table"),
    )


def _against_rules(_: str, complaint: str) -> ConflictError:
    return against_rules(complaint)


def _all_in_use(place: str, _: str = "") -> ConflictError:
    return ConflictError(
        say(f"数据库的连接都在使用中：{place}。", f"{place}: all connections are in use"),
        hint=say("请稍后重试。", "try again in a moment"),
    )


_MEANT: Final[Mapping[str, Callable[[str, str], PlannerError]]] = {
    **dict.fromkeys(("55P03", "40P01", "40001", "57014"), _waiting),
    **dict.fromkeys(("57P01", "57P02", "57P03", "08000", "08003", "08006", "25P03"), _down),
    **dict.fromkeys(("23505", "23502"), _doubled),
    **dict.fromkeys(("42501", "25006"), _forbidden),
    **dict.fromkeys(("53100", "53200"), _no_space),
    "53300": _all_in_use,
    "22021": _unfit_text,
    "FQ001": _against_rules,
}
"""What a code of PostgreSQL means to the user."""
