"""The gazetteer in and out: census sheets, national JSON, Linked Places, maps, a feed."""

from geo.gazetteer.exchange.bring import READERS, Imported, Source, form_of, import_names
from geo.gazetteer.exchange.census import export_census
from geo.gazetteer.exchange.faulty import FaultyCell, FaultyFileError
from geo.gazetteer.exchange.feed import Feed, feed, feed_json
from geo.gazetteer.exchange.give import ENDINGS, Format, give
from geo.gazetteer.exchange.linked_in import read_linked
from geo.gazetteer.exchange.public import Audience, PublicPlace, Release, release
from geo.gazetteer.exchange.renewal import Difference

__all__ = [
    "ENDINGS",
    "READERS",
    "Audience",
    "Difference",
    "FaultyCell",
    "FaultyFileError",
    "Feed",
    "Format",
    "Imported",
    "PublicPlace",
    "Release",
    "Source",
    "export_census",
    "feed",
    "feed_json",
    "form_of",
    "give",
    "import_names",
    "read_linked",
    "release",
]
