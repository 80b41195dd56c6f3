"""What ``fuwuquan assess`` answers in JSON, and what it keeps in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.assess import Assessment
    from geo.assess.jurisdiction import Jurisdiction
    from geo.store import Workspace

SHOWN_SHORTAGES = 15


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
    layers = sorted(name for name in used if workspace.has(name))
    counts = by_norm(table).set_index("norm")
    workspace.record_run(
        "assess",
        on=on,
        inputs={name: workspace.content_sha256(name) for name in layers},
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
