"""Hundreds of names standardised in one campaign: its cases opened from one filled form."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import FILE_SENT, ON, day_of

PROCESS: Final = Process(
    id="batch",
    zh="批量立案",
    en="Batch of cases",
    about_zh="从一份填好的表（.xlsx 或 .toml）立批量案卷，连同清单上的全部地名；"
    "要么全立，要么一件不立。",
    about_en="Open a campaign and every case on its list from one filled form, all or none.",
    inputs=(
        Input(
            "file",
            "文件",
            "file",
            FILE_SENT,
            "填好的批量立案表，空表从 /cases/kinds/batch/form 下载；"
            '写成 {"value": Base64, "encoding": "base64", "name": "批量.xlsx"}。',
            "The filled form of /cases/kinds/batch/form, as"
            ' {"value": Base64, "encoding": "base64", "name": "batch.xlsx"}.',
            required=True,
        ),
        ON,
    ),
    shares={"read": 0.5},
    module="api.work.batch",
    scope="propose",
    reads="names",
    changes=True,
)


def run(task: Task) -> dict[str, Any]:
    """Read the form, and open its cases when the job is settled."""
    from api.routes.standing import place_meant  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415
    from geo.gazetteer import Gazetteer  # noqa: PLC0415
    from geo.gazetteer.cases import open_campaign, rulebook_of  # noqa: PLC0415
    from geo.gazetteer.cases.forms_files import BATCH, read_form  # noqa: PLC0415
    from geo.gazetteer.tables import CASE  # noqa: PLC0415

    day, steps = day_of(task.inputs), TaskSteps(task)
    rules = rulebook_of(task.workspace.folder)
    book = Gazetteer.of(task.workspace)
    with steps("读入清单", "read"):
        meant = partial(place_meant, book, on=day)
        (campaign,), listed = read_form(
            book, task.sent["file"], BATCH, on=day, rules=rules, place_of=meant
        )
    at = datetime.combine(day, datetime.now().astimezone().timetz())
    told: dict[str, Any] = {"title": campaign.title, "listed": len(listed)}

    def open_all() -> None:
        head, _ = open_campaign(book, campaign, listed, by=task.person, at=at, rules=rules)
        with task.workspace.writing() as connection:
            told["number"] = connection.scalar(sa.select(CASE.c.number).where(CASE.c.id == head))

    task.workspace.hold(open_all)
    return told
