"""Find a name however it is asked for: characters, pinyin, initials, homophones, slips, codes."""

from geo.gazetteer.search.find import Hit, find
from geo.gazetteer.search.index import Index, build
from geo.gazetteer.search.kept import Search

__all__ = ["Hit", "Index", "Search", "build", "find"]
