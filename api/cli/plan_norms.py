"""Which norms each project of a plan closes: the place assessed again with one more site each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.norms import Norms
    from geo.store import Workspace
    from optimization.workspace import SitingInputs

_CHECK_HELP = say(
    "核对每个项目消除哪些规范缺口：按建设次序逐个加上再评定（每个项目多几秒）。",
    "Say which norms each project closes: assess again with each in the order of building (some "
    "seconds a project).",
)
CheckNorms = Annotated[bool, typer.Option("--norms", help=_CHECK_HELP)]
_SHORT = ("fail", "not_yet_due")


def norms_closed(
    workspace: Workspace,
    read: SitingInputs,
    order: Sequence[str],
    *,
    progress: Callable[[float], None],
) -> dict[str, tuple[str, ...]]:
    """Return the norms that each site closes when built in an order, by its id.

    A norm is closed for a compound, community or township that failed it before the site was
    there and passes with it. What an assessment cannot tell is not said to be closed.

    Parameters
    ----------
    workspace
        What is assessed.
    read
        What was planned; candidates with their floor areas.
    order
        Ids of new sites, the first built first.
    progress
        Told the share done.
    """
    from geo.assess import assess, read_place, rows  # noqa: PLC0415
    from geo.assess.jurisdiction import of_place  # noqa: PLC0415
    from geo.coverage import Edits  # noqa: PLC0415
    from geo.coverage.edits import New  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from geo.scenarios import EditedWorkspace, Scenario  # noqa: PLC0415

    kind, norms = read.question.kind.name, load()
    places = _places(read)
    added: list[New] = []
    before: pd.DataFrame | None = None
    found: dict[str, tuple[str, ...]] = {}
    for done, identity in enumerate(["", *order]):
        if identity:
            added.append(New(*places[identity]))
        view = EditedWorkspace(workspace, Scenario("plan", kind, Edits(add=tuple(added))))
        place = read_place(view, on=read.question.on, as_of=read.question.as_of)
        law = of_place(place, workspace)
        after = rows(assess(place, norms, area=law.rules, facility=kind))
        if before is not None:
            found[identity] = _closed(before, after, norms)
        before = after
        progress((done + 1) / (len(order) + 1))
    return found


def _places(read: SitingInputs) -> dict[str, tuple[float, float, str, float | None]]:
    """Return longitude, latitude, name and floor area of every candidate."""
    import pandas as pd  # noqa: PLC0415

    from geo.crs import CGCS2000  # noqa: PLC0415

    frame = read.candidates
    points = frame.geometry.representative_point().to_crs(CGCS2000)
    area = frame.get("floor_area_m2", pd.Series(pd.NA, index=frame.index))
    names = frame["name"].fillna(frame["id"]).astype(str)
    return {
        str(identity): (lon, lat, name, None if pd.isna(m2) or m2 <= 0 else float(m2))
        for identity, lon, lat, name, m2 in zip(
            frame["id"], points.x, points.y, names, area, strict=True
        )
    }


def _closed(before: pd.DataFrame, after: pd.DataFrame, norms: Norms) -> tuple[str, ...]:
    """Return a sentence a norm: how many failed it before and pass now."""
    key = ["norm", "layer", "id", "role"]
    short = before[before["verdict"].isin(_SHORT)][key]
    passed = after[after["verdict"] == "pass"][key]
    texts = [frame.astype(str) for frame in (short, passed)]
    count = texts[0].merge(texts[1], on=key)["norm"].value_counts().sort_index()
    return tuple(
        say(
            f"{norms[str(norm)].label}（{n} 处转为达标）",
            f"{norms[str(norm)].label} ({n} now pass)",
        )
        for norm, n in count.items()
    )
