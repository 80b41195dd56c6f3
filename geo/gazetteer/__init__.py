"""The gazetteer: what every place is called, since when, by whose decision."""

from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.calendar import Span, span

__all__ = ["Change", "Gazetteer", "Span", "span"]
