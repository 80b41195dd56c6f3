"""Which acts a case allows in its state, to whom, and where they lead: pure, by the table."""

from __future__ import annotations

from geo.errors import ConflictError, DataError
from geo.gazetteer.cases.law import PATH, Act, Kind, Rulebook
from geo.text import say

CLOSED = ("rejected", "withdrawn", "archived")
"""States from which nothing leads on."""


def target(rules: Rulebook, kind: Kind, state: str, act: str, role: str) -> str:
    """Return the state that an act leads to.

    Parameters
    ----------
    rules, kind
        The tables, and the kind of the case.
    state, act, role
        The state it is in, the act wanted, and the role of who wants it.

    Raises
    ------
    DataError
        There is no such act, or the role may not do it.
    ConflictError
        The act does not follow from the state.
    """
    wanted = rules.acts.get(act)
    if wanted is None:
        raise DataError(
            say(f"没有“{act}”这一步。", f"there is no act {act!r}."),
            hint=say("可用：", "There are: ") + "、".join(rules.acts),
        )
    if not _follows(kind, state, wanted):
        open_acts = [one.id for one in rules.acts.values() if _follows(kind, state, one)]
        raise ConflictError(
            say(
                f"案卷现为“{rules.state_words[state]}”，不能{wanted.word}。",
                f"the case is {rules.state_words[state]}: {wanted.word} is not possible.",
            ),
            hint=(
                say("现在可以：", "Possible now: ")
                + say("、", ", ").join(f"{rules.acts[one].word} ({one})" for one in open_acts)
                if open_acts
                else say("案卷已经办结；有误请另立新案。", "It is closed; open a new case instead.")
            ),
        )
    if role not in wanted.roles:
        allowed = say("、", ", ").join(str(rules.roles[one]) for one in wanted.roles)
        raise DataError(
            say(
                f"“{rules.roles.get(role, role)}”不能{wanted.word}。",
                f"{rules.roles.get(role, role)} may not {wanted.word}.",
            ),
            hint=say(f"由{allowed}办理。", f"That is for: {allowed}."),
        )
    return wanted.target


def possible(rules: Rulebook, kind: Kind, state: str, role: str = "") -> tuple[Act, ...]:
    """Return the acts that follow from a state, all or those of one role."""
    return tuple(
        act
        for act in rules.acts.values()
        if _follows(kind, state, act) and (not role or role in act.roles)
    )


def after_approval(kind: Kind, state: str) -> bool:
    """Return whether a case has been approved, and so can only be superseded."""
    return state in ("approved", *kind.after)


def _follows(kind: Kind, state: str, act: Act) -> bool:
    if act.sources == PATH:
        return kind.next_after(state) == act.target
    return state in act.sources
