"""Keep the scenarios of a workspace: write, list, look up and drop them by name."""

from __future__ import annotations

from typing import Final

from geo.errors import ConflictError, NotFoundError
from geo.scenarios.model import Scenario, parse_scenario
from geo.store import Workspace
from geo.text import say

_SETTING: Final = "scenarios"


def scenarios(workspace: Workspace) -> list[Scenario]:
    """Return the scenarios kept, in the order they were first written."""
    kept: list[dict[str, object]] = workspace.settings.get(_SETTING) or []
    return [parse_scenario(values) for values in kept]


def scenario(workspace: Workspace, name: str) -> Scenario:
    """Return one scenario.

    Raises
    ------
    NotFoundError
        No scenario has this name; the hint lists those there are.
    """
    kept = scenarios(workspace)
    for one in kept:
        if one.name == name:
            return one
    known = say("、", ", ").join(one.name for one in kept) or say("（还没有）", "(none yet)")
    raise NotFoundError(
        say(f"没有名为“{name}”的情景。", f"there is no scenario {name!r}."),
        hint=say(
            f"已有：{known}。用 fuwuquan scenario new 新建。",
            f"There are: {known}. Make one with fuwuquan scenario new.",
        ),
    )


def keep_scenario(workspace: Workspace, new: Scenario, *, replace: bool = False) -> None:
    """Write a scenario.

    Raises
    ------
    ConflictError
        The name is taken and ``replace`` was not asked for.
    """
    kept = scenarios(workspace)
    at = next((i for i, one in enumerate(kept) if one.name == new.name), None)
    if at is None:
        kept.append(new)
    elif replace:
        kept[at] = new
    else:
        raise ConflictError(
            say(f"已有名为“{new.name}”的情景。", f"there is a scenario {new.name!r} already."),
            hint=say("换一个名称，或加 --replace 覆盖。", "Choose a name, or add --replace."),
        )
    workspace.settings[_SETTING] = [one.json() for one in kept]


def drop_scenario(workspace: Workspace, name: str) -> None:
    """Take a scenario out.

    Raises
    ------
    NotFoundError
        No scenario has this name.
    """
    gone = scenario(workspace, name)
    rest = [one.json() for one in scenarios(workspace) if one.name != gone.name]
    workspace.settings[_SETTING] = rest
