"""How features are read from any table of either store: in pages, by place, day and condition."""

from geo.store.features.encode import Turned, feature_json, features_json
from geo.store.features.marks import mark
from geo.store.features.pages import Page, Query, Sort, count, glance, one, page
from geo.store.features.spatial import Box, Relation, extent, hits_box, prepare, relates
from geo.store.features.tables import FeatureTable, Field, feature_tables

__all__ = [
    "Box",
    "FeatureTable",
    "Field",
    "Page",
    "Query",
    "Relation",
    "Sort",
    "Turned",
    "count",
    "extent",
    "feature_json",
    "feature_tables",
    "features_json",
    "glance",
    "hits_box",
    "mark",
    "one",
    "page",
    "prepare",
    "relates",
]
