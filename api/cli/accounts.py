"""``fuwuquan accounts``: who may use the server, from the machine on which it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import account_keys
from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command, Group
from geo.text import say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from api.people.accounts import Account, By

Name = Annotated[
    str,
    typer.Argument(
        metavar=say("账户名", "NAME"),
        help=say("账户名；建立后不能改。", "Name of the account, which never changes."),
        show_default=False,
    ),
]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar=say("角色", "ROLE"),
        help=say(
            "viewer 查看、planner 规划、officer 地名、approver 审批、publisher 发布、auditor 审计、"
            "admin 管理；可写多次。",
            "viewer, planner, officer, approver, publisher, auditor or admin; several may stand.",
        ),
        show_default=False,
    ),
]
Once = Annotated[
    bool,
    typer.Option(
        "--once",
        help=say(
            "造一个一次性密码并显示，本人登录后必须换掉；不写则当场输入密码。",
            "Make and show a password to log in with once; without it the password is asked for.",
        ),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        ("add", add, say("新建账户；第一个必须是管理员。", "Make an account; the first an admin.")),
        ("list", list_, say("列出账户和角色。", "List accounts and roles.")),
        ("role", role, say("改角色：写出的取代原来的。", "Give roles in place of the present.")),
        ("disable", disable, say("停用账户，结束其会话和密钥。", "Shut an account out.")),
        ("enable", enable, say("重新启用账户。", "Let an account in again.")),
        ("password", password, say("重设密码，结束其会话。", "Give a new password.")),
        ("audit", audit, say("查看访问日志。", "Show the log of access.")),
        ("verify", verify, say("核验访问日志没有被改动。", "Prove that nobody altered the log.")),
    ):
        group.command(name, cls=Command, help=words)(function)
    account_keys.register(group)
    app.add_typer(
        group,
        name="accounts",
        cls=Group,
        help=say("账户、角色、密钥和访问日志。", "Accounts, roles, keys, and the log of access."),
    )


def add(
    name: Name,
    role: Roles,
    *,
    once: Once = False,
    subject: Annotated[
        str,
        typer.Option(
            "--subject",
            metavar=say("编号", "ID"),
            help=say(
                "在统一登录（OIDC）里的编号 sub；写了就不要密码。",
                "Who this is to single sign-on (sub); then no password is asked for.",
            ),
            show_default=False,
        ),
    ] = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Make an account."""
    from api.people import accounts  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415

    chosen = accounts.new_password() if once else "" if subject else _typed()
    with _writing(workspace) as connection:
        made = accounts.add(
            connection,
            name,
            role,
            by=_by(),
            password=chosen,
            must_change=once,
            subject=subject or None,
            names=Settings.read().known_words,
        )
    _tell(made, json=json, password=chosen if once else "")


def list_(workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """List accounts."""
    from api.people import accounts  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).reading() as connection:
        found = accounts.every(connection)
    if json:
        emit_json({"accounts": [_plain(one) for one in found]})
        return
    if not found:
        print_line(
            say(
                "还没有账户：fuwuquan accounts add 姓名 --role admin",
                "No accounts yet: fuwuquan accounts add NAME --role admin",
            )
        )
        return
    print_table(
        [say("账户", "Account"), say("角色", "Roles"), say("停用", "Disabled")],
        [[one.name, " ".join(one.roles), one.disabled] for one in found],
    )


def role(
    name: Name,
    role: Roles,
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Give an account roles in place of those it has."""
    from api.people import accounts  # noqa: PLC0415

    with _writing(workspace) as connection:
        made = accounts.set_roles(connection, name, role, by=_by())
    _tell(made, json=json)


def disable(name: Name, workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """Shut an account out."""
    _set_disabled(name, workspace, disabled=True, json=json)


def enable(name: Name, workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """Let an account in again."""
    _set_disabled(name, workspace, disabled=False, json=json)


def password(
    name: Name,
    *,
    once: Once = False,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Give an account a new password."""
    from api.people import accounts  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415

    with _writing(workspace) as connection:
        accounts.account(connection, name)
    chosen = accounts.new_password() if once else _typed()
    with _writing(workspace) as connection:
        words = Settings.read().known_words
        accounts.set_password(connection, name, chosen, by=_by(), own=not once, names=words)
        made = accounts.account(connection, name)
    _tell(made, json=json, password=chosen if once else "")


def audit(
    *,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=1, metavar="N", help=say("最近多少条。", "How many of the latest.")
        ),
    ] = 50,
    who: Annotated[
        str,
        typer.Option(
            "--who",
            metavar=say("账户名", "NAME"),
            help=say("只看此人做的或针对此人的。", "Only what this person did or had done to him."),
            show_default=False,
        ),
    ] = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Show the log of access, the latest last."""
    from json import loads  # noqa: PLC0415

    from api.people import events  # noqa: PLC0415
    from api.people.event_words import detail_told, subject_told  # noqa: PLC0415
    from api.people.person import called  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).reading() as connection:
        found = events.entries(connection, limit=limit, who=who)
        rows = [{**row, "detail": loads(row["detail"])} for row in found][::-1]
    if json:
        emit_json({"entries": rows})
        return
    print_table(
        say(
            "编号|时间（UTC）|事项|谁|对象|地址|详情", "No.|At (UTC)|What|Who|To|From|More"
        ).split("|"),
        [
            [row["number"], row["at"][:19], say(*events.KINDS[row["kind"]]),
             called(row["actor"]), subject_told(row["kind"], row["subject"]), row["address"],
             detail_told(row["detail"])]
            for row in rows
        ],
    )  # fmt: skip


def verify(
    *,
    number: Annotated[
        int,
        typer.Option(
            "--number",
            min=0,
            metavar="N",
            help=say("以前抄下的那一条的编号。", "Number of an entry written down before."),
            show_default=False,
        ),
    ] = 0,
    head: Annotated[
        str,
        typer.Option(
            "--hash",
            metavar=say("指纹", "HASH"),
            help=say("那一条的指纹。", "Its hash."),
            show_default=False,
        ),
    ] = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Prove that nobody altered the log of access."""
    from api.people import events  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).reading() as connection:
        found = events.verified(connection, number=number, head=head)
    if json:
        emit_json(
            {"entries": found.entries, "first_broken": found.first_broken, "head": found.head}
        )
    elif found.first_broken is not None:
        print_line(
            say(
                f"访问日志在第 {found.first_broken} 条断开：它或它以前的记录被改动过。",
                f"The log breaks at entry {found.first_broken}: it was altered.",
            )
        )
    else:
        print_line(
            say(
                f"访问日志完整，共 {found.entries} 条，末条指纹 {found.head}。\n"
                "把条数和指纹抄到别处；以后用 --number 和 --hash 核对，末尾被截断也看得出。",
                f"The log is whole: {found.entries} entries, hash of the last {found.head}.\n"
                "Write both down elsewhere; --number and --hash prove later that none was cut off.",
            )
        )
    return int(found.first_broken is not None)


def _set_disabled(name: str, workspace: Path, *, disabled: bool, json: bool) -> None:
    from api.people import accounts  # noqa: PLC0415

    with _writing(workspace) as connection:
        made = accounts.set_disabled(connection, name, disabled, by=_by())
    _tell(made, json=json)


@contextmanager
def _writing(workspace: Path) -> Iterator[sa.Connection]:
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).writing() as connection:
        yield connection


def _by() -> By:
    from api.people.accounts import at_the_command_line  # noqa: PLC0415

    return at_the_command_line()


def _typed() -> str:
    """Return a password typed twice, or the first line that another program gives."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n") or " "
    again = say("再输一次", "Again")
    asked: str = typer.prompt(
        say("密码（至少 12 个字符）", "Password (12 characters or more)"),
        hide_input=True,
        confirmation_prompt=again,
    )
    return asked


def _tell(made: Account, *, json: bool, password: str = "") -> None:
    if json:
        emit_json(_plain(made) | ({"password": password} if password else {}))
        return
    state = say("，已停用", ", disabled") if made.disabled else ""
    print_line(f"{made.name}{say('：', ': ')}{' '.join(made.roles)}{state}")
    if password:
        print_line(
            say(f"一次性密码（只显示这一次）：{password}", f"Password to use once: {password}")
        )


def _plain(one: Account) -> dict[str, Any]:
    return {
        "name": one.name,
        "roles": list(one.roles),
        "disabled": one.disabled,
        "must_change_password": one.must_change,
    }
