"""How features are read from any table of either store: in pages, by place, day and condition."""

from geo.store.features.catalogue import feature_tables
from geo.store.features.encode import Turned, feature_json, features_json
from geo.store.features.functions import Relation, prepare
from geo.store.features.marks import mark
from geo.store.features.pages import count, glance, one, page
from geo.store.features.query import Page, Query, Sort
from geo.store.features.spatial import Box, extent, hits_box, relates
from geo.store.features.tables import FeatureTable, Field

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
