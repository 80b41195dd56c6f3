"""Filters in CQL2, text or JSON, as conditions with bound values (OGC API Features, part 3)."""

from api.ogc.cql2.reading import parsed
from api.ogc.cql2.scope import Scope
from api.ogc.cql2.walk import condition

__all__ = ["Scope", "condition", "parsed"]
