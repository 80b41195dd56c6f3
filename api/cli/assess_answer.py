"""What ``fuwuquan assess`` answers in JSON, and what it keeps in the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.text import say

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from api.cli._console import Steps
    from geo.assess import Assessment
    from geo.assess.jurisdiction import Jurisdiction
    from geo.store import Workspace

SHOWN_SHORTAGES = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """An assessment, the law it was made by, and the files written."""

    result: Assessment
    table: pd.DataFrame
    law: Jurisdiction
    other: Assessment | None
    """By the norms it is compared with."""
    files: list[Path]

    def summary(self) -> dict[str, object]:
        """Return the answer as plain values."""
        return summary(self.result, self.table, self.law, self.other)


def assessed(
    workspace: Workspace,
    steps: Steps,
    *,
    on: date,
    area: str = "",
    ids: tuple[str, ...] = (),
    facility: str = "elder_station",
    norms_as_of: date | None = None,
    compare_area: str = "",
    elders_year: int | None = None,
    own: Path | None = None,
    dem: Path | None = None,
    out: Path | None = None,
) -> Answer:
    """Assess a workspace, keep the verdicts in it and write the workbook.

    Parameters
    ----------
    workspace, steps
        What is assessed; what is told of each step.
    on
        The day that counts.
    area
        Area code whose norms bind; empty: the workspace's own.
    ids
        Norms, by id or its beginning; all when there are none.
    facility
        Type meant by norms that hold for any.
    norms_as_of, compare_area
        Day and area of the norms to compare with.
    elders_year
        Year to which elders are projected.
    own, dem, out
        The bureau's own norms, the elevation model, where the workbook goes.
    """
    from geo.assess import assess as judge  # noqa: PLC0415
    from geo.assess import read_place, rows  # noqa: PLC0415
    from geo.assess.compare import changes  # noqa: PLC0415
    from geo.assess.jurisdiction import of_place  # noqa: PLC0415
    from geo.assess.workbook import write_workbook  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415
    from geo.schema import facility_type  # noqa: PLC0415

    kind = facility_type(facility).name
    with steps("读入图层和路网", "read"):
        norms = load(own)
        place = read_place(workspace, on=on, area=area, dem=dem, as_of=elders_year)
        law = of_place(place, workspace, area)
    with steps("评定", "assess"):
        result = judge(place, norms, ids=ids, facility=kind, area=law.rules)
        table = rows(result)
    home = of_place(place, workspace) if law.why == "asked" else law
    second = compare_area or (law if norms_as_of or home.why == "none" else home).rules
    other = None
    if norms_as_of or second != law.rules:
        with steps("比较两套规范", "compare"):
            other = judge(place, norms, ids=ids, facility=kind, area=second, as_of=norms_as_of)
    path = out or workspace.output / "assess" / say("评定.xlsx", "assessment.xlsx")
    with steps("写出表格和图层", "write"):
        changed = None if other is None else changes(result, other)
        files = write_workbook(result, table, path, heading=law.words, changed=changed)
        keep_tables(workspace, result, table, ids)
    return Answer(result, table, law, other, files)


def summary(
    result: Assessment,
    table: pd.DataFrame,
    law: Jurisdiction,
    other: Assessment | None = None,
) -> dict[str, object]:
    """Return an assessment as plain values: counts by norm, the whole, shortages, changes."""
    from geo.assess.summary import by_norm, shortages  # noqa: PLC0415
    from geo.assess.workbook import verdict_sheet  # noqa: PLC0415

    facts: dict[str, object] = {
        "area": result.place.area,
        "on": result.place.on.isoformat(),
        "as_of": result.place.as_of,
        "rules_of": {
            "area": result.rules.area,
            "on": result.rules.on.isoformat(),
            "why": law.why,
        },
        "rows": len(table),
        "norms": _plain(by_norm(table)),
        "whole": _plain(verdict_sheet(result, table[table["role"] == "whole"])),
        "shortages": _plain(verdict_sheet(result, shortages(table).head(SHOWN_SHORTAGES))),
        "not_in_force": [norm.id for norm in result.silent],
    }
    if other is not None:
        from geo.assess.compare import changes  # noqa: PLC0415

        found = changes(result, other)
        facts["compared_with"] = {"area": other.rules.area, "on": other.rules.on.isoformat()}
        facts["changes"] = _plain(
            found.drop(columns=[c for c in found if str(c).startswith(("block", "at_"))])
        )
    return facts


def keep_tables(
    workspace: Workspace, result: Assessment, table: pd.DataFrame, ids: tuple[str, ...]
) -> None:
    """Keep the verdicts and their map layers as tables of the workspace, and what was asked."""
    from geo.assess.styles import verdict_style  # noqa: PLC0415
    from geo.assess.summary import by_norm, drawn, linking  # noqa: PLC0415
    from geo.assess.workbook import plain_columns  # noqa: PLC0415
    from geo.coverage.since import rested_on  # noqa: PLC0415
    from geo.norms.labels import layer_label  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415

    on = result.place.on
    workspace.write_result(
        "assess_verdicts",
        plain_columns(table),
        on=on,
        title=say("规范评定", "verdicts"),
        titles=headings("assess_verdicts"),
    )
    workspace.write_result(
        "assess_linking",
        plain_columns(linking(result)),
        on=on,
        title=say("站点挂接", "linking of premises"),
        titles=headings("assess_linking"),
    )
    named = headings("assess_map")
    for layer, frame in drawn(result, table).items():
        workspace.write_result(
            f"assess_{layer}",
            frame,
            on=on,
            title=say(f"评定：{layer_label(layer)}", f"verdicts on {layer}"),
            titles=named,
            style=lambda kind: verdict_style(kind, named),
        )
    used = {*result.place.frames} | ({"age_structure"} if result.place.as_of else set())
    counts = by_norm(table).set_index("norm")
    workspace.record_run(
        "assess",
        on=on,
        inputs=rested_on(workspace, sorted(used)),
        parameters={
            "area": result.place.area,
            "on": on.isoformat(),
            "as_of": result.place.as_of,
            "rules_of": [result.rules.area, result.rules.on.isoformat()],
            "norms": list(ids),
            "facility": result.facility,
        },
        results={name: int(counts[name].sum()) for name in ("fail", "unknown", "pass")},
    )


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    values = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): _scalar(value) for name, value in row.items()}
        for row in values.to_dict("records")
    ]


def _scalar(value: Any) -> Any:  # noqa: ANN401 - a cell
    item = getattr(value, "item", None)
    return item() if callable(item) else value
