"""A row checked by itself is refused exactly when a frame of it would be."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.schema import Column, LayerSchema, layer
from geo.store.limits import problems
from geo.store.record_limits import faults_of
from geo.store.records import SHAPE, frame_of, record_of, spelled

SHAPES = [
    None,
    shapely.Point(114, 30),
    shapely.Point(500, 30),
    shapely.LineString([(114, 30), (115, 31)]),
    shapely.box(114, 30, 115, 31),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 95)]),
    shapely.MultiPoint([(1, 1), (2, 2)]),
]


def values_of(column: Column) -> st.SearchStrategy[Any]:
    least = int(column.minimum or 0)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "int": st.sampled_from([least - 1, least, least + 1]),
        "float": st.sampled_from([least - 0.5, float(least), least + 0.5]),
        "bool": st.booleans(),
        "date": st.sampled_from(["2000-02-29", "2026-05-01"]),
    }
    texts = st.sampled_from(["甲", *(choice.value for choice in column.choices)])
    return st.none() | kinds.get(column.type, texts)


def rows_of(schema: LayerSchema) -> st.SearchStrategy[dict[str, Any]]:
    cells = {column.name: values_of(column) for column in schema.columns}
    return st.fixed_dictionaries({**cells, SHAPE: st.sampled_from([spelled(s) for s in SHAPES])})


@pytest.mark.parametrize(
    "name", ["compound", "community", "gate", "street", "parcel", "elder_home"]
)
@given(data=st.data())
def test_a_row_and_a_frame_of_it_have_the_same_faults(name: str, data: st.DataObject) -> None:
    schema = layer(name)
    record = data.draw(rows_of(schema))
    frame = frame_of([record], schema)
    assert len(faults_of(record, schema)) == len(problems(frame, schema))
    assert record_of(frame, schema) == record
