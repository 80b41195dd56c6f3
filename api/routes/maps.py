"""``/maps``: the maps that finished runs left, each one page that opens with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import orjson
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.jobs import files, known
from api.jobs.files import JobFile
from api.ogc.jobs import MAP_POLICY
from api.ogc.moments import moment
from api.ogc.pages import page_of
from api.ogc.parameters import FORMAT
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer, knows
from api.openapi import described
from api.parameters import Parameter, asked, whole
from api.people.person import Person, person_of, require
from api.store import draft_id, settings_of, workspace_of
from geo.errors import DataError, NotFoundError
from geo.schema import facility_types
from geo.store import Workspace
from geo.store.jobs import JOB, JOB_FILE
from geo.text import say

router = APIRouter(tags=["地图"])

KINDS: Final = ("coverage", "site", "plan", "assess", "scenario", "suitability")
_WORDS: Final = {
    "覆盖": "coverage", "选址": "site", "siting": "site", "规划": "plan", "评估": "assess",
    "达标": "assess", "情景": "scenario", "适宜性": "suitability",
}  # fmt: skip
"""How commands name their maps."""
_PAGES: Final = "text/html"
_ID: Final = Parameter("mapId", "地图编号，取自列表。", example="0123456789abcdef", place="path")
_KIND: Final = Parameter("kind", "只要这一类分析的。", {"type": "string", "enum": list(KINDS)})
_LIMIT: Final = Parameter("limit", "一页最多几幅。", {"type": "integer", "minimum": 1})
_AFTER: Final = Parameter("after", "从哪里接着列，取自上一页的链接。")
_DEEPEST: Final = 2
"""Folders below the workspace's ``output`` in which commands leave their maps."""
_JOBS: Final = Path(files.FOLDER).name


@dataclass(frozen=True, slots=True)
class Map:
    """A map that a run left.

    Attributes
    ----------
    id
        Fingerprint of where it lies.
    kind
        The analysis; empty when the file does not tell.
    made
        When, in milliseconds since 1970.
    name
        Name of its file.
    bytes
        Its size.
    file
        As a file of a job, or where a command left it.
    job
        The job that left it.
    facility
        The type of facility it is of; empty when nothing tells.
    """

    id: str
    kind: str
    made: int
    name: str
    bytes: int
    file: JobFile | Path
    job: str = ""
    facility: str = ""


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to, for those who may see maps."""
    if not person_of(request).may("plan") or draft_id(request):
        return []
    return [Link(address(request, "/maps"), "maps", JSON, say("地图", "Maps"))]


@router.get(
    "/maps",
    **described(
        "maps",
        "地图",
        "已完成的分析留下的地图（覆盖、选址、配套、评估等），新的在前；"
        "任务留下的，和命令行写在工作区 output 文件夹里的。对外公布须经发布，这里是内部查看。",
        FORMAT,
        _KIND,
        _LIMIT,
        _AFTER,
        gives=(JSON, HTML),
        schema={"type": "object", "required": ["maps", "links"]},
        fails=(304, 400, 401, 403, 406, 503),
    ),
)
def list_maps(request: Request) -> Response:
    """Return the maps, the newest first."""
    form = form_of(request)
    given = asked(request, ("f", "kind", "limit", "after"))
    person = require(request, "plan")
    settings = settings_of(request)
    most = whole(
        "limit", given.get("limit", str(settings.limit_default)), least=1, most=settings.limit_most
    )
    found = _maps(workspace_of(request), person)
    if given.get("kind", KINDS[0]) not in KINDS:
        raise DataError(
            say(f"没有这一类地图“{given['kind']}”。", f"there are no maps {given['kind']!r}."),
            hint=say(f"可用：{'、'.join(KINDS)}", f"there are: {', '.join(KINDS)}"),
        )
    if "kind" in given:
        found = [one for one in found if one.kind == given["kind"]]
    if "after" in given:
        before = [at for at, one in enumerate(found) if one.id == given["after"]]
        found = found[before[0] + 1 :] if before else []
    page, more = found[:most], len(found) > most
    following = {name: text for name, text in given.items() if name != "f"}
    links = [
        Link(address(request, "/maps", **following), "self", JSON),
        Link(address(request, "/maps", **following, f="html"), "alternate", HTML),
    ]
    if more:
        further = address(request, "/maps", **{**following, "after": page[-1].id})
        links.append(Link(further, "next", JSON))
    if form == "html":
        return _listing(request, page, links[-1].href if more else "")
    body = {
        "maps": [_told(request, one) for one in page],
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


@router.get(
    "/maps/{mapId}",
    **described(
        "map",
        "一幅地图",
        "一个可以离线打开的网页。按沙箱送出：网页里的程序碰不到本服务和登录状态。",
        _ID,
        gives=(HTML,),
        fails=(304, 400, 401, 403, 404, 410, 503),
    ),
)
def one_map(request: Request) -> Response:
    """Return a map: only one that stands in the list, by its id."""
    form_of(request, has=("html",))
    asked(request, ("f",))
    person = require(request, "plan")
    workspace, identity = workspace_of(request), request.path_params["mapId"]
    one = next((m for m in _maps(workspace, person) if m.id == identity), None)
    if one is None:
        raise NotFoundError(
            say(f"没有地图“{identity}”。", f"there is no map {identity!r}."),
            hint=say("列表见 /maps。", "see /maps."),
        )
    headers = {
        "ETag": f'"{one.id}-{one.made}-{one.bytes}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{one.kind or "map"}-{one.id}.html"',
        "Content-Security-Policy": MAP_POLICY,
    }
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if isinstance(one.file, Path):
        return FileResponse(one.file, media_type=f"{_PAGES}; charset=utf-8", headers=headers)
    with workspace.reading() as connection:
        content = files.content_of(workspace, connection, one.file)
    if isinstance(content, Path):
        return FileResponse(content, media_type=one.file.media_type, headers=headers)
    return Response(content, media_type=one.file.media_type, headers=headers)


def _maps(workspace: Workspace, person: Person) -> list[Map]:
    """Return every map that a person may see, the newest first."""
    found = [*_of_jobs(workspace, person), *_of_commands(workspace)]
    return sorted(found, key=lambda one: (-one.made, one.id))


def _of_jobs(workspace: Workspace, person: Person) -> Iterator[Map]:
    seen = [name for name, one in known.processes().items() if person.may(one.scope)]
    columns = [JOB_FILE.c[name] for name in JobFile.__dataclass_fields__]
    wanted = (
        sa.select(*columns, JOB.c.process, JOB.c.finished_at, JOB.c.inputs_json)
        .join(JOB, JOB.c.id == JOB_FILE.c.job)
        .where(
            JOB.c.state == "successful",
            JOB.c.process.in_(seen),
            JOB_FILE.c.role == "result",
            JOB_FILE.c.media_type.startswith(_PAGES),
        )
    )
    with workspace.reading() as connection:
        rows = connection.execute(wanted).all()
    for *cells, process, finished, inputs in rows:
        facility = str(orjson.loads(inputs).get("facility") or "")
        file = JobFile(*cells)
        where = _fingerprint(f"{file.job}/{file.name}")
        kind = process if process in KINDS else ""
        name, made = Path(file.name).name, int(finished or 0)
        yield Map(where, kind, made, name, file.bytes, file, file.job, facility)


def _of_commands(workspace: Workspace) -> Iterator[Map]:
    """Yield the pages that commands left in the folder ``output``; links lead nowhere else."""
    if not workspace.database.keeps_folder or not workspace.output.is_dir():
        return
    home = workspace.output.resolve()
    for depth in range(_DEEPEST):
        for path in home.glob("*/" * depth + "*.html"):
            part = path.relative_to(home)
            real = path.resolve()
            if part.parts[0] == _JOBS or not real.is_relative_to(home) or not real.is_file():
                continue
            stat = real.stat()
            made = int(stat.st_mtime * 1_000)
            where, kind = _fingerprint(part.as_posix()), _kind_of(part)
            facility = _facility_of(part)
            yield Map(where, kind, made, path.name, stat.st_size, real, facility=facility)


def _kind_of(part: Path) -> str:
    """Return the analysis that a file is of, as its folder or its own name begins."""
    for text in (part.parts[0], part.stem):
        for word, kind in (*_WORDS.items(), *((kind, kind) for kind in KINDS)):
            if text.startswith(word):
                return kind
    return ""


def _facility_of(part: Path) -> str:
    """Return the type of facility that the name of a file or its folder tells."""
    told = part.as_posix()
    named = [name for name, one in facility_types().items() if name in told or one.label in told]
    return max(named, key=len, default="")


def _fingerprint(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _told(request: Request, one: Map) -> dict[str, Any]:
    links = [Link(address(request, f"/maps/{one.id}"), "item", HTML, one.name)]
    if one.job:
        links.append(Link(address(request, f"/jobs/{one.job}"), "via", JSON))
    return {
        "id": one.id,
        "kind": one.kind or None,
        "facility": one.facility or None,
        "name": one.name,
        "made": _moment(one.made),
        "length": one.bytes,
        "job": one.job or None,
        "links": [link.plain() for link in links],
    }


def _moment(made: int) -> str:
    return datetime.fromtimestamp(made / 1_000, tz=UTC).isoformat(timespec="seconds")


def _listing(request: Request, page: list[Map], following: str) -> Response:
    names = {name: one.title for name, one in known.processes().items()}
    types = facility_types()
    rows = [
        [
            names.get(one.kind, one.kind),
            types[one.facility].label if one.facility in types else "–",
            one.name,
            moment(_moment(one.made)),
        ]
        for one in page
    ]
    return page_of(
        request,
        "listing.html",
        title=say("地图", "Maps"),
        about=say("已完成的分析留下的，新的在前。", "Left by finished runs, the newest first."),
        json=address(request, "/maps", f="json"),
        headings=say("分析 设施类型 文件 时间", "Analysis Facility File Made").split(),
        rows=rows,
        hrefs=[address(request, f"/maps/{one.id}") for one in page],
        nothing=say("还没有地图。", "No maps yet."),
        following=f"{following}&f=html" if following else "",
    )
