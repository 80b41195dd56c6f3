"""The columns of every layer are written once and without contradiction."""

from __future__ import annotations

import pytest

from geo.layers.headers import heading_key, map_headings
from geo.schema import facility_types, layer, layers
from geo.store.styles import ZONE_COLOURS


@pytest.mark.parametrize("name", list(layers()))
def test_every_label_and_name_maps_to_its_own_column(name: str) -> None:
    schema = layer(name)
    for texts in (
        [column.label_zh for column in schema.columns],
        [column.name for column in schema.columns],
        [column.label_en for column in schema.columns],
    ):
        found, shadowed = map_headings(texts, schema, {})
        columns = {column.name: position for position, column in enumerate(schema.columns)}
        assert found == columns
        assert not shadowed


@pytest.mark.parametrize("name", list(layers()))
def test_every_synonym_alone_maps_to_a_column_that_has_it(name: str) -> None:
    schema = layer(name)
    for column in schema.columns:
        for synonym in column.synonyms:
            found, _ = map_headings([synonym], schema, {})
            assert len(found) == 1
            only = next(iter(found))
            key = heading_key(synonym)
            owner = schema[only]
            assert key in {
                heading_key(text) for text in (owner.label_zh, owner.name, *owner.synonyms)
            }


@pytest.mark.parametrize("name", list(layers()))
def test_every_layer_has_its_key_and_people_know_its_columns(name: str) -> None:
    schema = layer(name)
    names = [column.name for column in schema.columns]
    assert len(names) == len(set(names))
    assert schema.key in names
    for column in schema.columns:
        assert column.label_zh
        assert column.description_zh
        assert column.description
        assert (column.type == "choice") == bool(column.choices)


@pytest.mark.parametrize("name", list(layers()))
def test_no_two_choices_share_a_label(name: str) -> None:
    for column in layer(name).columns:
        labels = [label for choice in column.choices for label in (choice.value, *choice.labels)]
        assert len(labels) == len(set(labels)), column.name


def test_every_facility_type_is_a_layer() -> None:
    assert set(facility_types()) <= set(layers())


def test_every_kind_of_zone_has_a_colour_of_its_own() -> None:
    kinds = [choice.value for choice in layers()["zone"]["kind"].choices]
    assert set(ZONE_COLOURS) == set(kinds)
    assert len(set(ZONE_COLOURS.values())) == len(kinds)
