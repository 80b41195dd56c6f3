"""Two rule sets on the same place: which subjects change verdict, and by how much."""

from __future__ import annotations

import pandas as pd

from geo.assess.run import Assessment
from geo.assess.table import rows

_SETTLED = ("pass", "fail", "not_yet_due")
_TEXTS = ("norm", "layer", "role", "verdict", "gap_unit")
_KEY = ["norm", "layer", "id", "role"]


def changes(first: Assessment, second: Assessment) -> pd.DataFrame:
    """Return the subjects whose verdict or requirement differs under the second rule set.

    Returns
    -------
    DataFrame
        ``norm layer id role name verdict_first verdict_second required_first required_second
        gap_first gap_second gap_unit people block_first at_first block_second at_second``; a norm
        that one of the sets lacks has the verdict ``no_norm`` there.
    """
    columns = [*_KEY, "name", "verdict", "required", "gap", "gap_unit", "people", "block", "at"]
    sides = [
        table.reindex(columns=columns).astype(dict.fromkeys(_TEXTS, object))
        if len(table)
        else pd.DataFrame(columns=columns)
        for table in (rows(first), rows(second))
    ]
    both = sides[0].merge(sides[1], on=_KEY, how="outer", suffixes=("_first", "_second"))
    for name in ("name", "gap_unit", "people"):
        both[name] = both[f"{name}_first"].combine_first(both[f"{name}_second"])
    for side in ("first", "second"):
        both[f"verdict_{side}"] = both[f"verdict_{side}"].fillna("no_norm")
    same = (both["verdict_first"] == both["verdict_second"]) & (
        (both["required_first"] == both["required_second"])
        | (both["required_first"].isna() & both["required_second"].isna())
    )
    wanted = [
        *_KEY,
        "name",
        *(f"{n}_{s}" for n in ("verdict", "required", "gap") for s in ("first", "second")),
        "gap_unit",
        "people",
        *(f"{n}_{s}" for s in ("first", "second") for n in ("block", "at")),
    ]
    changed = both.loc[~same, wanted]
    moved = changed["verdict_first"] != changed["verdict_second"]
    settled = sum(changed[f"verdict_{side}"].isin(_SETTLED) for side in ("first", "second"))
    rank = moved.astype(int) * 3 + settled
    return (
        changed.assign(_rank=rank)
        .sort_values(["_rank", "people", "norm", "id"], ascending=[False, False, True, True])
        .drop(columns="_rank")
        .reset_index(drop=True)
    )
