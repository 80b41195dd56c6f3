"""How the results of a job are wanted, and the id of the job that says so.

Several people may ask the same question and want its answer differently, while it is worked out
once. So the id that each is given says after the job's own how the results are wanted, as in
``0123456789abcdef-raw-summary``; wherever it stands, it leads to the same job.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

OUTPUTS: Final = ("summary", "files", "collections")
"""Everything that comes of a job."""
_ID: Final = re.compile(r"([0-9a-f]{16})-(raw|document)((?:-summary)?(?:-files)?(?:-collections)?)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which outputs of a job are wanted, and how.

    Attributes
    ----------
    outputs
        Some of `OUTPUTS`, in their order.
    raw
        Whether they are wanted by themselves.
    """

    outputs: tuple[str, ...] = OUTPUTS
    raw: bool = False


ALL: Final = Wanted()
"""Everything in one document, unless somebody says otherwise."""


def id_for(job: str, wanted: Wanted) -> str:
    """Return the id under which a job gives its results as they are wanted.

    Examples
    --------
    >>> id_for("0123456789abcdef", ALL), id_for("0123456789abcdef", Wanted(raw=True))
    ('0123456789abcdef', '0123456789abcdef-raw')
    >>> id_for("0123456789abcdef", Wanted(("summary",)))
    '0123456789abcdef-document-summary'
    """
    if wanted == ALL:
        return job
    some = () if wanted.outputs == OUTPUTS else wanted.outputs
    return "-".join((job, "raw" if wanted.raw else "document", *some))


def told_in(identity: str) -> tuple[str, Wanted]:
    """Return the job's own id, and how its results are wanted.

    Examples
    --------
    >>> told_in("0123456789abcdef-raw-files")
    ('0123456789abcdef', Wanted(outputs=('files',), raw=True))
    >>> told_in("0123456789abcdef-other")[0]
    '0123456789abcdef-other'
    """
    match = _ID.fullmatch(identity)
    if match is None:
        return identity, ALL
    return match[1], Wanted(tuple(match[3].split("-")[1:]) or OUTPUTS, match[2] == "raw")
