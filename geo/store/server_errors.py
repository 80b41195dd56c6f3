"""What PostgreSQL complains of, as what the user can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from geo.errors import ConflictError, DataError, PlannerError
from geo.text import say

_REACHING = (
    (("password authentication failed", "no password supplied"), "password"),
    (("pg_hba.conf", "does not exist", "28000", "3d000"), "entry"),
    (("too many clients", "too many connections", "connection slots"), "full"),
)
"""Words of a refused connection, which has no code."""
_WAITING = frozenset({"55P03", "40P01", "40001", "57014"})
_GONE = frozenset({"57P01", "57P02", "57P03", "08000", "08003", "08006", "25P03"})
_FULL = frozenset({"53100", "53200"})


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
    complaint = str(error).strip().splitlines()[0] if str(error).strip() else code
    if isinstance(error, psycopg.OperationalError) and not code:
        return _unreached(place, str(error))
    if code in _WAITING:
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
    if code in ("23505", "23502"):
        return ConflictError(
            say(
                f"编号重复或必填项为空：{complaint}。",
                f"an id is already taken or a required value is empty: {complaint}",
            )
        )
    if code in ("42501", "25006"):
        return DataError(
            say(f"这个数据库用户没有权限：{complaint}。", f"no right to do this: {complaint}"),
            hint=say(
                "请换一个用户，或请管理员授权（见手册“工作区放在哪里”）。",
                "use another user, or ask the administrator for the rights (see the manual)",
            ),
        )
    if code in _GONE:
        return _unreached(place, complaint)
    if code in _FULL:
        return DataError(
            say(f"数据库的磁盘或内存不够：{complaint}。", f"the server is out of space: {complaint}"),
            hint=say("原有内容没有改变。请联系管理员。", "nothing was changed; tell its administrator"),
        )
    if code == "22021":
        return DataError(
            say(
                f"文字里有数据库不能保存的字符：{complaint}。",
                f"a text holds a character that cannot be kept: {complaint}",
            ),
            hint=say("请在原表里删去看不见的控制字符。", "take invisible characters out of the table"),
        )
    return DataError(
        say(f"数据库出错（{code}）：{complaint}。", f"the database failed ({code}): {complaint}"),
        hint=say(
            "如果有人在数据库里改动过工作区的表，请从备份恢复。",
            "if somebody changed the tables of the workspace, restore a backup",
        ),
    )


def _unreached(place: str, complaint: str) -> PlannerError:
    lower = complaint.lower()
    why = next((why for words, why in _REACHING if any(word in lower for word in words)), "down")
    line = complaint.strip().splitlines()[-1] if complaint.strip() else ""
    if why == "full":
        return _all_in_use(place)
    if why == "password":
        return DataError(
            say(f"数据库密码不对，或没有给密码：{place}。", f"{place}: the password is wrong"),
            hint=say(
                "密码可写在网址里（用户:密码@主机）、环境变量 PGPASSWORD 或 ~/.pgpass 文件里。",
                "write it in the URL (user:password@host), in PGPASSWORD, or in ~/.pgpass",
            ),
        )
    if why == "entry":
        return DataError(
            say(
                f"服务器拒绝了连接：{place}（{line}）。",
                f"{place}: the server refused the connection ({line})",
            ),
            hint=say(
                "请核对用户名和数据库名；都对时，请管理员在 pg_hba.conf 中放行这台电脑。",
                "check user and database; if right, this computer must be let in by pg_hba.conf",
            ),
        )
    return DataError(
        say(f"连不上数据库：{place}（{line}）。", f"{place} cannot be reached ({line})"),
        hint=say(
            "请核对主机和端口，确认 PostgreSQL 正在运行，网络和防火墙放行。",
            "check host and port, that PostgreSQL runs, and that network and firewall let through",
        ),
    )


def _all_in_use(place: str) -> ConflictError:
    return ConflictError(
        say(f"数据库的连接都在使用中：{place}。", f"{place}: all connections are in use"),
        hint=say("请稍后重试。", "try again in a moment"),
    )
