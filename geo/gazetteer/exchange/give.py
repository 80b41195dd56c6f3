"""Write the gazetteer for others: one function for every public format."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final, Literal

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.exchange.dmfw import national_json
from geo.gazetteer.exchange.linked import linked_json, linked_tsv
from geo.gazetteer.exchange.maps import write_places
from geo.gazetteer.exchange.public import Audience, Release, release
from geo.store.tables import write_whole

Format = Literal["dmfw", "lpf", "lptsv", "geojson", "gpkg"]
ENDINGS: Final[dict[Format, str]] = {
    "dmfw": ".json",
    "lpf": ".jsonld",
    "lptsv": ".tsv",
    "geojson": ".geojson",
    "gpkg": ".gpkg",
}
"""Endings by which a format is known where none is named."""


def give(
    book: Gazetteer, path: Path, form: Format, *, on: date, audience: Audience = "public"
) -> Release:
    """Write what an audience may see of the gazetteer in one of the public formats.

    The same gazetteer gives the same bytes.

    Parameters
    ----------
    book
        The gazetteer.
    path
        The file to write.
    form
        Its format.
    on
        The day of the export; LP-TSV gives its year where no other is known.
    audience
        Who is to see it.

    Raises
    ------
    DataError
        Nothing can be written, or the file cannot be.
    """
    given = release(book, audience=audience)
    if form in ("geojson", "gpkg"):
        write_places(path, given.places)
        return given
    text = {
        "dmfw": lambda: national_json(given.places),
        "lpf": lambda: linked_json(given.places),
        "lptsv": lambda: linked_tsv(given.places, on=on),
    }[form]()
    write_whole(path, text.encode())
    return given
