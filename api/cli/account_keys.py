"""``fuwuquan accounts keys``: what programs show instead of a password."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command, Group
from geo.text import say


def register(group: typer.Typer) -> None:
    """Add the commands to the group of accounts."""
    keys = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        ("add", add_key, say("新建密钥，只显示一次。", "Make a key, shown once.")),
        ("list", list_keys, say("列出密钥，不含秘密。", "List keys without their secrets.")),
        ("revoke", revoke, say("吊销密钥，立即失效。", "Revoke a key at once.")),
    ):
        keys.command(name, cls=Command, help=words)(function)
    group.add_typer(
        keys, name="keys", cls=Group, help=say("给程序用的密钥。", "Keys for programs.")
    )


def add_key(
    name: Annotated[
        str,
        typer.Argument(
            metavar=say("账户名", "NAME"),
            help=say("密钥归谁。", "Whose key it is."),
            show_default=False,
        ),
    ],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar=say("权限", "SCOPE"),
            help=say(
                "read、internal、plan、edit、propose、approve、publish、audit、admin；可写多次。",
                "read, internal, plan, edit, propose, approve, publish, audit or admin.",
            ),
            show_default=False,
        ),
    ],
    *,
    label: Annotated[
        str,
        typer.Option(
            "--label",
            metavar=say("用途", "TEXT"),
            help=say("用途，如“办公室的 QGIS”。", "What it is for."),
            show_default=False,
        ),
    ] = "",
    days: Annotated[
        int,
        typer.Option("--days", min=1, metavar="N", help=say("有效天数。", "Days it lasts.")),
    ] = 365,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Make a key."""
    from api.people import credentials  # noqa: PLC0415
    from api.people.accounts import at_the_command_line  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).writing() as connection:
        identity, key = credentials.make_key(
            connection, name, label=label, scopes=scope, days=days, by=at_the_command_line()
        )
    if json:
        emit_json({"id": identity, "key": key})
        return
    print_line(say(f"密钥（只显示这一次）：{key}", f"Key (shown this once): {key}"))


def list_keys(workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """List keys."""
    from api.people import credentials  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).reading() as connection:
        rows = [credentials.told(row) for row in credentials.keys(connection)]
    if json:
        emit_json({"keys": rows})
        return
    print_table(
        say(
            "编号|账户|用途|权限|到期|最近使用|吊销", "Id|Account|For|Scopes|Until|Used|Revoked"
        ).split("|"),
        [
            [row["id"], row["person"], row["label"], " ".join(row["scopes"]),
             row["ends_at"][:10], (row["used_at"] or "")[:16], (row["revoked_at"] or "")[:16]]
            for row in rows
        ],
    )  # fmt: skip


def revoke(
    identity: Annotated[
        str,
        typer.Argument(
            metavar=say("编号", "ID"),
            help=say("密钥的编号。", "Id of the key."),
            show_default=False,
        ),
    ],
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Revoke a key."""
    from api.people import credentials  # noqa: PLC0415
    from api.people.accounts import at_the_command_line  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    with Workspace.open(workspace).writing() as connection:
        credentials.revoke_key(connection, identity, by=at_the_command_line())
    if json:
        emit_json({"id": identity, "revoked": True})
        return
    print_line(say(f"已吊销密钥 {identity}。", f"Revoked key {identity}."))
