"""What a workspace remembers of its work: faults, quarantined rows, and the runs of analyses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from geo.faults import Fault, FaultTable
from geo.store.models import FAULT, LEFT_OUT, RUN
from geo.store.settings import to_json

_RUN_ID_DIGITS = 16

Fate = Literal["quarantined", "set_aside"]
"""Why a row did not enter its layer: it has an error, or it is none (a total, a remark)."""


@dataclass(frozen=True, slots=True)
class Run:
    """One analysis: what went in, how it was asked, what came out."""

    id: str
    """Fingerprint of kind, inputs and parameters: the same question has the same id."""
    kind: str
    ran_on: str
    inputs: Mapping[str, str]
    """Fingerprint of the content by layer."""
    parameters: Mapping[str, Any]
    results: Mapping[str, Any]


def keep_faults(connection: sa.Connection, layer: str, faults: Iterable[Fault]) -> None:
    """Put faults in place of those kept for a layer."""
    connection.execute(sa.delete(FAULT).where(FAULT.c.layer == layer))
    rows = [asdict(fault) | {"layer": layer} for fault in faults]
    if rows:
        connection.execute(sa.insert(FAULT), rows)


def faults_of(connection: sa.Connection, layer: str | None) -> FaultTable:
    """Return the faults kept for a layer, or for all, in the order they were found."""
    columns = [FAULT.c[name] for name in Fault.__dataclass_fields__]
    query = sa.select(*columns).order_by(FAULT.c.id)
    if layer is not None:
        query = query.where(FAULT.c.layer == layer)
    return FaultTable([Fault(*row) for row in connection.execute(query)])


def keep_rows(connection: sa.Connection, layer: str, fate: Fate, rows: pd.DataFrame) -> None:
    """Put rows that did not enter a layer in place of those kept before, cell by cell as text."""
    connection.execute(sa.delete(LEFT_OUT).where(_left_out(layer, fate)))
    names = [str(name) for name in rows.columns]
    records = [
        {
            "layer": layer,
            "fate": fate,
            "row_json": json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False),
        }
        for cells in _as_text(rows).itertuples(index=False, name=None)
    ]
    if records:
        connection.execute(sa.insert(LEFT_OUT), records)


def rows_of(connection: sa.Connection, layer: str, fate: Fate) -> pd.DataFrame:
    """Return the rows that did not enter a layer at its last import, with the file's columns."""
    texts = connection.scalars(
        sa.select(LEFT_OUT.c.row_json).where(_left_out(layer, fate)).order_by(LEFT_OUT.c.id)
    )
    rows = [json.loads(text) for text in texts]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return pd.DataFrame(rows, columns=columns, dtype="string")


def run_id_of(kind: str, inputs: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
    """Return the id of the run that answers a question."""
    question = to_json({"kind": kind, "inputs": dict(inputs), "parameters": dict(parameters)})
    return hashlib.sha256(question.encode()).hexdigest()[:_RUN_ID_DIGITS]


def keep_run(
    connection: sa.Connection,
    *,
    kind: str,
    ran_on: str,
    inputs: Mapping[str, str],
    parameters: Mapping[str, Any],
    results: Mapping[str, Any],
) -> str:
    """Keep a run, in place of an earlier one that asked the same of the same; return its id."""
    run_id = run_id_of(kind, inputs, parameters)
    connection.execute(sa.delete(RUN).where(RUN.c.id == run_id))
    last = connection.scalar(sa.select(sa.func.max(RUN.c.number))) or 0
    connection.execute(
        sa.insert(RUN).values(
            id=run_id,
            number=last + 1,
            kind=kind,
            ran_on=ran_on,
            inputs_json=to_json(dict(inputs)),
            parameters_json=to_json(dict(parameters)),
            results_json=to_json(dict(results)),
        )
    )
    return run_id


def runs_of(connection: sa.Connection, kind: str | None) -> list[Run]:
    """Return the runs of one kind, or all, in the order they were kept."""
    query = sa.select(RUN).order_by(RUN.c.number)
    if kind is not None:
        query = query.where(RUN.c.kind == kind)
    return [
        Run(
            id=row.id,
            kind=row.kind,
            ran_on=row.ran_on,
            inputs=json.loads(row.inputs_json),
            parameters=json.loads(row.parameters_json),
            results=json.loads(row.results_json),
        )
        for row in connection.execute(query)
    ]


def _left_out(layer: str, fate: Fate) -> sa.ColumnElement[bool]:
    return (LEFT_OUT.c.layer == layer) & (LEFT_OUT.c.fate == fate)


def _as_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Return every cell as text, shapes as WKT, None where missing."""
    plain = pd.DataFrame(rows)
    if isinstance(rows, gpd.GeoDataFrame) and rows.active_geometry_name is not None:
        shapes = rows.geometry.to_wkt()
        plain = plain.assign(**{str(rows.active_geometry_name): shapes})
    text = plain.astype("string").astype(object)
    return text.where(text.notna(), None)
