"""Arguments and options of cases that tell a name, its reading, a document or an opinion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.text import say

Name = Annotated[
    str,
    typer.Argument(
        metavar=say("拟用名称", "NAME"),
        help=say("案卷里的一个拟用名称。", "A name that the case proposes."),
        show_default=False,
    ),
]
Reading = Annotated[
    str,
    typer.Argument(
        metavar=say("读音", "READING"),
        help=say(
            "一字一音节，如 'jīn hú lù'；声调没有疑问的可不写。少数民族语地名写给定的拼写。",
            "A syllable a character, such as 'jīn hú lù'; tones without doubt may be left out. "
            "Or the spelling given.",
        ),
        show_default=False,
    ),
]
Special = Annotated[
    str,
    typer.Option(
        "--special",
        metavar=say("理由", "WHY"),
        help=say(
            "字典没有的读音确属方言或特例的理由，记入日志。",
            "Why a reading holds that the dictionary does not have; the log keeps it.",
        ),
        show_default=False,
    ),
]
PaperKind = Annotated[
    str,
    typer.Argument(
        metavar=say("文件类型", "KIND"),
        help=say(
            "申请书、专家论证、批复等，可以简写；写错会列出所有类型。",
            "application, expert, approval…, in short if you like; a wrong one lists them all.",
        ),
        show_default=False,
    ),
]
PaperTitle = Annotated[
    str,
    typer.Option(
        "--title",
        metavar=say("标题", "TITLE"),
        help=say("文件标题。", "Title of the document."),
        show_default=say("案卷标题加类型", "that of the case, and the kind"),
    ),
]
PaperNumber = Annotated[
    str,
    typer.Option(
        "--number",
        metavar=say("文号", "NUMBER"),
        help=say("文号。", "Number of the document."),
        show_default=False,
    ),
]
PaperIssuer = Annotated[
    str,
    typer.Option(
        "--issuer",
        metavar=say("机关", "NAME"),
        help=say("发文机关；决定文件必填。", "Who issued it; a decision must tell."),
        show_default=False,
    ),
]
PaperDay = Annotated[
    str,
    typer.Option(
        "--date",
        metavar=say("日期", "DATE"),
        help=say(
            "发文日期，不晚于办理日期；决定文件必填。",
            "Day of issue, not one to come; a decision must tell.",
        ),
        show_default=False,
    ),
]
PaperFile = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar=say("文件", "FILE"),
        help=say("文件本身，连同 SHA-256 存入工作区。", "The file itself; it is kept."),
        show_default=False,
    ),
]
Opinion = Annotated[
    str,
    typer.Argument(
        metavar=say("意见", "TEXT"),
        help=say("意见内容。", "What is said."),
        show_default=False,
    ),
]
Stance = Annotated[
    str,
    typer.Option(
        "--stance",
        metavar=say("态度", "STANCE"),
        help=say("支持、反对、另提名称、其他。", "support, object, alternative or comment."),
        show_default=False,
    ),
]
OtherName = Annotated[
    str,
    typer.Option(
        "--name",
        metavar=say("名称", "NAME"),
        help=say("另提的名称。", "The name put forward instead."),
        show_default=False,
    ),
]
OpinionNumber = Annotated[
    str,
    typer.Argument(
        metavar=say("意见号", "OPINION"),
        help=say("意见号，如 2026-0001/1。", "Number of the opinion, such as 2026-0001/1."),
        show_default=False,
    ),
]
Reply = Annotated[
    str,
    typer.Argument(
        metavar=say("答复", "TEXT"),
        help=say("答复内容。", "The answer."),
        show_default=False,
    ),
]
