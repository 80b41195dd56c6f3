"""Where candidates are kept: result tables of the workspace, a workbook for the planner."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geo.coverage.tables import in_words
from geo.norms.labels import layer_label
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import write_table
from geo.text import say
from optimization.candidates.find import Candidates, rule_words
from optimization.candidates.offers import source_words

_TABLES = ("candidates", "candidates_rejected")


def keep(workspace: Workspace, found: Candidates) -> None:
    """Keep candidates as ``candidates_<type>`` and ``…_rejected``, and what was asked as a run."""
    kind, on = found.question.kind, found.question.on
    titles = (say("候选点", "candidates"), say("剔除的候选点", "rejected candidates"))
    tables = (found.accepted, found.rejected)
    for name, title, table in zip(_TABLES, titles, tables, strict=True):
        workspace.write_result(
            name.replace("candidates", f"candidates_{kind.name}"),
            table,
            on=on,
            title=f"{kind.label} {title}",
            titles=headings(name),
        )
    asked = dict(found.provenance)
    inputs = asked.pop("layers") | {"streets": asked.pop("network_hash")}
    workspace.record_run(
        "candidates",
        on=on,
        inputs=inputs,
        parameters=asked,
        results={"accepted": len(found.accepted), "rejected": found.by_rule()},
    )


def write_workbook(found: Candidates, path: Path) -> list[Path]:
    """Write candidates, rejected ones and what they were held to as ``.xlsx`` or ``.csv``."""
    sheets = {
        say("汇总", "summary"): summary_table(found),
        say("候选点", "candidates"): in_words(_plain(found.accepted), "candidates"),
        say("剔除", "rejected"): _rejected_in_words(found),
    }
    first, *others = sheets
    heads: dict[str, dict[str, str]] = {first: {}} | {
        sheet: headings(name) for sheet, name in zip(others, _TABLES, strict=True)
    }
    return write_table(path, sheets, headings=heads, notes=notes(found))


def summary_table(found: Candidates) -> pd.DataFrame:
    """Return offered, accepted and rejected places by source, then rejected ones by rule."""
    table = found.by_source()
    by_source = table.assign(source=source_words(table["source"]))
    words = rule_words()
    rows = [[words[rule], None, None, n] for rule, n in found.by_rule().items()]
    columns = [say("项目", "item"), say("收集", "offered"), say("可选", "accepted")]
    columns.append(say("剔除", "rejected"))
    body = [*by_source.to_numpy(object).tolist(), *rows]
    numbers = dict.fromkeys(columns[1:], "Int64")
    return pd.DataFrame(body, columns=columns).astype(numbers)


def notes(found: Candidates) -> list[str]:
    """Return what the figures mean and rest on."""
    asked = found.provenance
    sentences = [
        say(
            f"{found.question.kind.zh}候选点；{asked['on']}；步行 {asked['limit_min']:g} 分钟，"
            f"{asked['speed_m_s']:g} 米/秒；规范地区 {asked['area'] or '全国'}。",
            f"Candidates for {found.question.kind.en}; {asked['on']}; {asked['limit_min']:g} min "
            f"walk at {asked['speed_m_s']:g} m/s; norms of {asked['area'] or 'the country'}.",
        ),
        *(
            fault.message + (say("", "; ") if fault.advice else "") + fault.advice
            for fault in found.faults
        ),
    ]
    if asked["simulated"]:
        sentences.append(say("含模拟数据。", "Contains simulated data."))
    return sentences


def _rejected_in_words(found: Candidates) -> pd.DataFrame:
    """Return rejected places with every rule they break, and their layer, by name."""
    words, table = rule_words(), in_words(_plain(found.rejected), "candidates_rejected")
    broken = [say("；", "; ").join(words[rule] for rule in r.split(";")) for r in table["rules"]]
    labels = table["layer"].map(layer_label, na_action="ignore")
    return table.assign(rules=pd.array(broken, dtype="string"), layer=labels.astype("string").array)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(table.drop(columns="geometry"))
