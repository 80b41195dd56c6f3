"""Where a county's layers live: the workspace, a GeoPackage or a schema of PostGIS."""

from geo.store.books import Run
from geo.store.frames import conform
from geo.store.layer_tables import Origin
from geo.store.states import LayerState
from geo.store.workspace import Workspace

__all__ = ["LayerState", "Origin", "Run", "Workspace", "conform"]
