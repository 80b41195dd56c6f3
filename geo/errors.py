"""What can go wrong, as one tree: a message for the user and a hint on what to do next."""

from __future__ import annotations


class PlannerError(Exception):
    """Any failure that the user can understand and mend.

    Parameters
    ----------
    message
        What is wrong, where, what was found and what was wanted.
    hint
        What to do next; empty when the message already says so.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class DataError(PlannerError, ValueError):
    """A file, frame or parameter breaks its schema."""


class MissingColumnError(DataError):
    """A required column is absent and no header could be mapped to it."""


class NotFoundError(PlannerError, LookupError):
    """No such workspace, layer, profile, place or file."""


class ConflictError(PlannerError):
    """Someone else changed the record meanwhile."""


class InfeasibleError(PlannerError, ValueError):
    """No plan satisfies the constraints.

    Parameters
    ----------
    message
        Which constraints cannot hold together, with the places named.
    hint
        What would help: the smallest change that makes a plan possible.
    conflicts
        The constraints in conflict, one sentence each.
    """

    def __init__(self, message: str, *, hint: str = "", conflicts: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.conflicts = conflicts
