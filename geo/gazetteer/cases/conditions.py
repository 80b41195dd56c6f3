"""What must hold before a case may go on: one function a condition, named in machine.toml."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from geo.boundaries import level_of
from geo.errors import DataError
from geo.gazetteer.cases.drafts import draft_of
from geo.gazetteer.cases.law import Act, Rulebook, Word
from geo.gazetteer.cases.letters import unsure
from geo.gazetteer.cases.record import Case, Select, branches, candidates, chosen
from geo.gazetteer.romanise.fitting import fitted
from geo.text import say


@dataclass(frozen=True, slots=True)
class Moment:
    """A case at the moment of an act."""

    case: Case
    act: Act
    select: Select
    rules: Rulebook
    note: str
    on: date


Condition = Callable[[Moment], list[str]]


def check(moment: Moment) -> None:
    """Refuse an act whose conditions do not hold, with all that is amiss.

    Raises
    ------
    DataError
        Something is missing; the message names every piece.
    """
    faults = amiss(moment)
    if faults:
        title, word = moment.case.row["title"], moment.act.word
        unmet = [need for need in moment.act.needs if CONDITIONS[need](moment)]
        ways = dict.fromkeys(str(_MENDED[need]) for need in unmet if need in _MENDED)
        raise DataError(
            say(f"案卷“{title}”还不能{word}：", f"{title}: {word} is not possible yet: ")
            + say("；", "; ").join(faults)
            + say("。", "."),
            hint=say("；", "; ").join(ways),
        )


def amiss(moment: Moment, *, but: Collection[str] = ()) -> list[str]:
    """Return all that is amiss at the moment of an act, but for some conditions."""
    needs = [need for need in moment.act.needs if need not in but]
    return [fault for need in needs for fault in CONDITIONS[need](moment)]


def _facts(moment: Moment) -> list[str]:
    case = moment.case
    faults = [
        say(f"缺“{moment.rules.facts[name].zh}”", f"{moment.rules.facts[name].en} is missing")
        for name in case.kind.facts
        if case.told.get(name) in (None, "", [], {})
    ]
    class_code = case.told.get("class_code", "")
    if class_code and moment.rules.law_class(case.told.get("law_class", ""), class_code) is None:
        faults.append(
            say(f"没有地名类别“{class_code}”", f"there is no class of places {class_code!r}")
        )
    if case.kind.effect == "division" and case.told.get("reading") and case.told.get("name"):
        try:
            fitted(case.told["name"], case.told["reading"])
        except DataError as unfit:
            faults.append(unfit.message.rstrip("。."))
    for name, allowed in case.kind.choices.items():
        value = case.told.get(name)
        if value and value not in allowed:
            options = "、".join(allowed)
            word = moment.rules.facts[name]
            faults.append(
                say(f"“{word.zh}”应为{options}之一", f"{word.en} should be one of {options}")
            )
    if case.kind.names and not candidates(moment.select, case):
        faults.append(say("没有拟用名称", "no name is proposed"))
    if case.kind.children and not moment.select("case", campaign_id=case.id):
        faults.append(say("没有列入任何地名", "no name is on the list"))
    return faults


def _division(moment: Moment) -> list[str]:
    """Ask for a code where an earlier version of the program took any text."""
    code = moment.case.row["division_code"]
    if not code or level_of(code) is not None:
        return []
    return [
        say(
            f"所属政区“{code}”不是区划代码",
            f"the division {code!r} is no code of a division",
        )
    ]


def _documents(moment: Moment) -> list[str]:
    kinds = () if moment.case.in_campaign else moment.case.kind.documents
    return _papers(moment, kinds, "缺材料")


def _papers(moment: Moment, kinds: Sequence[str], lacking: str) -> list[str]:
    """Return which papers are missing, or are of a later day than the act."""
    words, faults = moment.rules.documents, []
    for kind in kinds:
        found = moment.select("document", id=moment.case.documents.get(kind, ""))
        if not found:
            faults.append(say(f"{lacking}“{words[kind].zh}”", f"{words[kind].en} is missing"))
        elif (of_day := found[0]["issued_on"]) > moment.on.isoformat():
            faults.append(
                say(
                    f"“{words[kind].zh}”成文于 {of_day}，在办理日期 {moment.on} 之后",
                    f"{words[kind].en} is of {of_day}, after {moment.on}",
                )
            )
    return faults


def _note(moment: Moment) -> list[str]:
    return [] if moment.note.strip() else [say("须写明理由", "a reason must be given")]


def _readings(moment: Moment) -> list[str]:
    """Ask an officer for readings before the report on the names is frozen."""
    if not moment.case.kind.names:
        return []
    return [
        say(f"“{text}”的读音须审定：", f"the reading of {text} is to be confirmed: ")
        + "".join(said.reasons).rstrip("。.")
        for text, said in unsure(moment.select, moment.case).items()
    ]


def _reports(moment: Moment) -> list[str]:
    if not moment.case.kind.names:
        return []
    return [
        say(f"“{row['text']}”没有规则审查报告", f"{row['text']} has no report on the rules")
        for row in candidates(moment.select, moment.case)
        if not row["report"]
    ]


def _branches_wanted(moment: Moment) -> list[str]:
    if branches(moment.case, moment.select, moment.rules):
        return []
    return [say("本案无须论证，可直接提请审议", "it needs no reviews: put it up for decision")]


def _branches_done(moment: Moment) -> list[str]:
    return _papers(moment, branches(moment.case, moment.select, moment.rules), "缺")


def _answers(moment: Moment) -> list[str]:
    return [
        say(f"“{row['by']}”的意见没有答复", f"the submission of {row['by']} is not answered")
        if not row["answer"]
        else say(
            f"“{row['by']}”的意见 {row['answered_on']} 才答复",
            f"the submission of {row['by']} was answered on {row['answered_on']} only",
        )
        for row in moment.select("opinion", case_id=moment.case.id)
        if not row["answer"] or row["answered_on"] > moment.on.isoformat()
    ]


def _consultation_over(moment: Moment) -> list[str]:
    until = moment.case.told.get("consultation", {}).get("until", "")
    if not until or moment.on.isoformat() > until:
        return []
    return [say(f"征求意见到 {until} 才截止", f"the consultation runs until {until}")]


def _choice(moment: Moment) -> list[str]:
    if not moment.case.kind.names:
        return []
    row = chosen(moment.select, moment.case)
    if row is None:
        return [say("没有选定名称", "no name was chosen")]
    verdict = verdict_of(row["report"])
    if verdict == "block":
        return [say(f"“{row['text']}”违反规则", f"{row['text']} breaks a rule")]
    if verdict in ("warn", "unknown") and not moment.note.strip():
        return [
            say(
                f"“{row['text']}”的规则审查有提示，须在备注里说明理由",
                f"the rules warn of {row['text']}: justify it in the note",
            )
        ]
    return []


def _filing(moment: Moment) -> list[str]:
    return _draft(moment, "filing")


def _announcement(moment: Moment) -> list[str]:
    return _draft(moment, "announcement")


def _draft(moment: Moment, kind: str) -> list[str]:
    if moment.case.in_campaign:
        return []
    draft = draft_of(moment.select, moment.case, kind, moment.rules)
    return [] if draft is None else list(draft.missing)


def _signs(moment: Moment) -> list[str]:
    cases = [
        moment.case.id,
        *(row["id"] for row in moment.select("case", campaign_id=moment.case.id)),
    ]
    still = [
        task
        for case_id in cases
        for task in moment.select("task", case_id=case_id, done_on="")
        if task["kind"].startswith("sign_")
    ]
    if not still:
        return []
    return [say(f"还有 {len(still)} 项标志任务没有完成", f"{len(still)} sign tasks are not done")]


CONDITIONS: Final[Mapping[str, Condition]] = {
    "facts": _facts,
    "division": _division,
    "documents": _documents,
    "note": _note,
    "readings": _readings,
    "reports": _reports,
    "branches_wanted": _branches_wanted,
    "branches_done": _branches_done,
    "consultation_over": _consultation_over,
    "answers": _answers,
    "choice": _choice,
    "filing": _filing,
    "announcement": _announcement,
    "signs": _signs,
}


_MENDED: Final[Mapping[str, Word]] = {
    "facts": Word("补填用 fuwuquan cases edit --set 项=值", "fill in: fuwuquan cases edit --set"),
    "division": Word(
        "更正政区用 fuwuquan cases edit --set division=名称或代码",
        "mend it: fuwuquan cases edit --set division=NAME",
    ),
    "documents": Word("附材料用 fuwuquan cases document", "attach: fuwuquan cases document"),
    "note": Word("理由写在 --note 里", "give the reason: --note"),
    "readings": Word("审定读音用 fuwuquan cases read", "confirm readings: fuwuquan cases read"),
    "reports": Word("作规则审查用 fuwuquan cases check", "check the names: fuwuquan cases check"),
    "branches_done": Word(
        "交论证报告用 fuwuquan cases document", "hand it in: fuwuquan cases document"
    ),
    "answers": Word("答复意见用 fuwuquan cases answer", "answer: fuwuquan cases answer"),
    "choice": Word(
        "选定名称用 fuwuquan cases choose，理由写在 --note 里",
        "choose a name: fuwuquan cases choose; give reasons: --note",
    ),
    "signs": Word("完成标志任务用 fuwuquan cases done", "complete tasks: fuwuquan cases done"),
}
"""How what is amiss is mended."""


def verdict_of(report: str) -> str:
    """Return the verdict of a frozen report; of none, ``unknown``.

    Raises
    ------
    DataError
        The report is not a JSON object with a ``verdict``.
    """
    if not report:
        return "unknown"
    try:
        body = json.loads(report)
        return str(body["verdict"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(
            say("规则审查报告不是所要的 JSON。", "the report on the rules is not the JSON wanted."),
            hint=say("报告须是含 verdict 的 JSON 对象。", "It must be an object with a verdict."),
        ) from error
