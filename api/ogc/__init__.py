"""The open standards that any GIS speaks: OGC API Features and what belongs to it."""
