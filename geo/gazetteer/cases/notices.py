"""Texts of a consultation: the notice that opens it, and the summary of what was said."""

from __future__ import annotations

from typing import Any

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.cases.drafts import templates, worded_day
from geo.gazetteer.cases.hearing import STANCES, heard
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.letters import lettered, where
from geo.gazetteer.cases.record import candidates, case_of, reading
from geo.gazetteer.cases.rulebook import rulebook


def notices(book: Gazetteer, case_id: str, rules: Rulebook | None = None) -> dict[str, str]:
    """Return the texts of a case's consultation by their kind; none where no term was set.

    Returns
    -------
    dict
        ``notice``: what is published; ``hearing``: the summary, with every answer. Of a campaign
        the notice lists the names of all cases on its list.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    rules = rules or rulebook()
    case = case_of(book.row("case", case_id), rules)
    said = heard(book, case_id, rules)
    if not said.until:
        return {}
    common = {
        "title": case.row["title"],
        "opened": worded_day(said.opened_on),
        "until": worded_day(said.until),
        "reason": case.row["reason"],
        "count": str(len(said.rows)),
        "stances": "、".join(f"{STANCES[key].zh}{n}条" for key, n in said.stances.items()) or "无",
    }
    names = []
    with reading(book) as select:
        rows = select("case", campaign_id=case.id) if case.kind.children else [case.row]
        rows.sort(key=lambda row: row["number"])
        for one in (case_of(row, rules) for row in rows):
            class_code, division_code = where(select, one)
            for row in candidates(select, one):
                told = one.told.get("names", {}).get(row["text"], {})
                letters = lettered(
                    row["text"], told, class_code=class_code, division_code=division_code
                )
                names.append({"text": row["text"], "romanised": letters["roman_toned"]})
    answers = [
        {
            "index": str(index),
            "by": row["by"],
            "stance": STANCES[row["stance"]].zh,
            "alternative": f"“{row['alternative']}”" if row["alternative"] else "",
            "text": row["text"],
            "answer": row["answer"] or templates()["missing"].format(field="答复"),
        }
        for index, row in enumerate(said.rows, start=1)
    ]
    return {
        "notice": _written("notice", common, names),
        "hearing": _written("hearing", common, answers),
    }


def _written(kind: str, common: dict[str, Any], entries: list[dict[str, str]]) -> str:
    parts = templates()[kind]
    lines = [parts["head"].format_map(common)]
    lines += ["\n" + parts["entry"].strip("\n").format_map(entry) + "\n" for entry in entries]
    return "".join(lines).strip("\n") + "\n"
