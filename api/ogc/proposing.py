"""An edit of somebody who may only propose: a draft of one row, handed in at once."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.respond import JSON, address
from api.people import approvals
from api.people.person import Person
from geo.schema import LayerSchema
from geo.store.applying import Edit
from geo.store.drafts.book import ANY, authors, begin, put
from geo.store.drafts.proposals import Proposal, propose
from geo.store.history import By
from geo.text import say

KIND = "proposal"
"""As what approvals know a proposal."""


def propose_alone(
    connection: sa.Connection, person: Person, schema: LayerSchema, edit: Edit, by: By
) -> Proposal:
    """Hand in one edit, in the caller's writing transaction."""
    title = f"{schema.zh} {edit.key}"
    draft = begin(connection, title, owner=person.id, at=by.at)
    unsaid = edit if edit.version is None else Edit(edit.layer, edit.key, edit.after, ANY)
    put(connection, draft, unsaid, by)
    proposal = propose(connection, draft, author=person.id, at=by.at, note="")
    approvals.authored(connection, KIND, proposal.id, {person.id, *authors(connection, draft.id)})
    return proposal


def accepted(request: Request, proposal: Proposal) -> Response:
    """Return the answer to an edit that waits for approval."""
    where = address(request, f"/proposals/{proposal.id}")
    body = {
        "proposal": proposal.id,
        "message": say("已报送，待审批。", "Handed in; it waits for approval."),
        "links": [{"href": where, "rel": "monitor", "type": JSON}],
    }
    return Response(
        orjson.dumps(body), status_code=202, headers={"Location": where}, media_type=JSON
    )
