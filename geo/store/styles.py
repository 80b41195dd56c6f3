"""How QGIS draws each layer when it opens the workspace: styles in its own language (QML)."""

from __future__ import annotations

import geopandas as gpd

from geo.schema import LayerSchema

STYLE_NAME = "fuwuquan"


def layer_style(schema: LayerSchema, kind: str, frame: gpd.GeoDataFrame) -> str:
    return "<qgis/>"
