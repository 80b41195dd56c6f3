"""A change of a name is never an edit: it becomes a case, which goes its way through the office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
import shapely
from starlette.requests import Request
from starlette.responses import Response

from api.errors import MethodNotAllowedError, StaleError
from api.ogc.carrying_out import turned_of
from api.ogc.catalogue import collection
from api.ogc.conditions import require_seen, seen_by
from api.ogc.edited import shape_in
from api.ogc.fields import known
from api.ogc.names import ID, names
from api.ogc.respond import JSON, address
from api.people.person import Person, require
from api.store import draft_id, reading, workspace_of
from geo.errors import DataError, NotFoundError
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import Proposal, open_case
from geo.store.features import one
from geo.store.geometry import decode
from geo.store.records import SHAPE
from geo.store.refusals import refused
from geo.text import say

_SPELLING = {"roman": "roman_toned", "roman_plain": "roman_plain", "language": "language"}
"""Property of a name to the field of a candidate."""
_DECIDED: Final = ("lifecycle", "status", "valid_from", "valid_to", "place_id")
"""Properties that a name has from its case."""
_ROLES: Final = ("point", "centreline", "area")
"""What a shape is of a place, by its dimensions."""
_CUT_DEG: Final = 1e-6


def name(request: Request, body: Any) -> Response:  # noqa: ANN401 - any JSON value
    """Open a case to give a name."""
    person = _may_propose(request)
    given = _properties(body)
    text = str(given.get("name") or "").strip()
    if not text:
        raise DataError(say("请写名称（name）。", "the name is missing."))
    _must_be_undecided(given)
    facts: dict[str, Any] = {}
    if given.get("class_code"):
        facts["class_code"] = str(given["class_code"])
    shape = _shape(request, body)
    if shape is not None:
        role = _ROLES[int(shapely.get_dimensions(shape))]
        facts["shapes"] = [{"role": role, "wkt": shapely.to_wkt(shape, rounding_precision=10)}]
    asked = Proposal(
        "naming",
        say(f"命名：{text}", f"Naming: {text}"),
        division_code=str(given.get("division_code") or ""),
        facts=facts,
        names=[_candidate(text, given)],
    )
    return _opened(request, person, asked)


def rename(request: Request, key: str, body: Any) -> Response:  # noqa: ANN401 - any JSON value
    """Open a case to change a name."""
    person = _may_propose(request)
    was = _seen(request, key)
    given = _properties(body)
    changed = {name for name, value in given.items() if name in was and value != was[name]}
    text = str(given.get("name") or "").strip()
    moved = _moved(_shape(request, body), was[SHAPE])
    if not text or moved or changed - {"name", *_SPELLING} or "name" not in changed:
        raise DataError(
            say("这里只能提出更名（name）。", "only another name can be proposed here."),
            hint=say("其他变更请在案卷中办理。", "open a case for any other change."),
        )
    asked = Proposal(
        "renaming",
        say(f"更名：{was['name']} → {text}", f"Renaming: {was['name']} → {text}"),
        place_id=str(was["place_id"]),
        names=[_candidate(text, {n: v for n, v in given.items() if n in changed})],
    )
    return _opened(request, person, asked)


def retire(request: Request, key: str) -> Response:
    """Open a case to retire a name."""
    person = _may_propose(request)
    was = _seen(request, key)
    asked = Proposal(
        "retiring",
        say(f"销名：{was['name']}", f"Retiring: {was['name']}"),
        place_id=str(was["place_id"]),
    )
    return _opened(request, person, asked)


def _may_propose(request: Request) -> Person:
    if draft_id(request):
        raise MethodNotAllowedError(
            say("地名不在草稿里改。", "names are not edited in drafts."),
            hint=say(
                "请在 /collections/names 提出，会成为案卷。", "propose at /collections/names."
            ),
            headers={"Allow": "GET, HEAD, OPTIONS"},
        )
    with reading(request) as connection:
        collection(connection, ID)
    return require(request, "edit", "propose")


def _seen(request: Request, key: str) -> dict[str, Any]:
    """Return the properties of the name that the editor saw."""
    with reading(request) as connection:
        table = collection(connection, ID)
        found = one(connection, table, key)
    if not found.ids:
        raise NotFoundError(say(f"没有地名“{key}”。", f"there is no name {key!r}."))
    seen = seen_by(request)
    require_seen(seen)
    if not seen.fits(found.versions[0]):
        raise StaleError(
            say("这个地名已被改过。", "the name was changed by someone else."),
            hint=say("请重新读取。", "read it again."),
            current={"etag": f'"{found.versions[0]}"'},
        )
    (shape,) = decode(found.shapes)
    return {**dict(zip(found.names, found.cells[0], strict=True)), SHAPE: shape}


def _must_be_undecided(given: Mapping[str, Any]) -> None:
    """Refuse what only the end of a case gives a name."""
    told = [field for field in names().fields if field.name in _DECIDED]
    wrong = [field for field in told if given.get(field.name) not in (None, "")]
    if wrong:
        raise DataError(
            say(
                f"{'、'.join(f'“{one.zh}”（{one.name}）' for one in wrong)}由案卷办结时得出，"
                "提出命名时不能写。",
                f"{', '.join(one.name for one in wrong)}: decided by the case, not proposed.",
            ),
            hint=say("请去掉这些属性，在案卷中办理。", "leave these out."),
        )


def _shape(request: Request, body: Mapping[str, Any]) -> shapely.Geometry | None:
    """Return the shape that a feature says, in EPSG:4490; None when it says none."""
    given = body.get("geometry")
    text = None if given is None else shape_in(given, None, turned_of(request))
    return None if text is None else shapely.from_wkb(text)


def _moved(shape: shapely.Geometry | None, was: shapely.Geometry | None) -> bool:
    """Return whether a shape is another than before, but for digits that an editor cuts."""
    if shape is None:
        return False
    return was is None or not shapely.equals_exact(shape, was, tolerance=_CUT_DEG)


def _properties(body: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON value
    given = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise DataError(say("要素缺 properties。", "the feature has no properties."))
    unknown = set(given) - {field.name for field in names().fields}
    if unknown:
        faults = [say(f"没有属性“{n}”", f"there is no property {n!r}") for n in sorted(unknown)]
        raise DataError(refused(faults).message, hint=known(names()))
    return given


def _candidate(text: str, given: Mapping[str, Any]) -> dict[str, str]:
    fields = {field: str(given[name]) for name, field in _SPELLING.items() if given.get(name)}
    return {"text": text, **fields}


def _opened(request: Request, person: Person, asked: Proposal) -> Response:
    book = Gazetteer.of(workspace_of(request))
    at = datetime.now().astimezone()
    case_id = open_case(book, asked, by=person.id, role="clerk", at=at)
    where = address(request, f"/cases/{case_id}")
    body = {
        "case": case_id,
        "message": say("已立案（草稿），按案卷办理。", "A case was opened as a draft."),
        "links": [{"href": where, "rel": "monitor", "type": JSON}],
    }
    return Response(
        orjson.dumps(body), status_code=202, headers={"Location": where}, media_type=JSON
    )
