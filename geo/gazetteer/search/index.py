"""The index of a gazetteer's names: arrays, the same whatever store the names are from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.gazetteer.search import letters
from geo.gazetteer.search.grams import (
    Postings,
    Sequences,
    mingled,
    singles_and_pairs,
    whole,
    with_one_left_out,
)

KINDS: Final = (
    "standard", "short", "alias", "variant", "former", "dialect", "minority", "sign_text",
    "planned",
)  # fmt: skip
"""Kinds of names, those that should come first first."""


@dataclass(frozen=True, slots=True)
class Index:
    """Every name, in the order in which equal matches are shown; arrays are (n_name,)."""

    name_id: NDArray[np.str_]
    place_id: NDArray[np.str_]
    text: NDArray[np.str_]
    kind: NDArray[np.int8]
    """Position in `KINDS`."""
    from_day: NDArray[np.int32]
    end_day: NDArray[np.int32]
    lon: NDArray[np.float64]
    """NaN = nowhere."""
    lat: NDArray[np.float64]
    characters: Sequences
    syllables: Sequences
    """Number of each character's syllable; 0 for none."""
    initials: Sequences
    """First letter of each syllable."""
    tones: NDArray[np.int64]
    """Tone of each, beside `syllables`."""
    by_character: Postings
    by_syllable: Postings
    by_initial: Postings
    by_slip: Postings
    """Names by the key of themselves, and of themselves with one character left out."""
    by_mingling: Postings
    by_code: Postings
    code: NDArray[np.str_]
    """(n_code,) codes of places, in order; the key of `by_code` is the position here."""

    def __len__(self) -> int:
        return len(self.text)


def build(names: pd.DataFrame, codes: Sequence[tuple[str, str]] = ()) -> Index:
    """Build the index.

    Parameters
    ----------
    names
        ``name_id place_id text kind reading class_code from_day end_day lon lat``; ``reading`` is
        the syllables with tone marks parted by spaces, empty where nobody has said.
    codes
        Place and code.
    """
    places_of_kinds = {kind: at for at, kind in enumerate(KINDS)}
    kind = names["kind"].map(places_of_kinds).to_numpy().astype(np.int8)
    folded = [letters.fold(text) for text in names["text"].astype(str)]
    length = np.array([len(text) for text in folded], dtype=np.int64)
    order = np.lexsort(
        (
            names["name_id"].to_numpy(str),
            np.array(folded, dtype=str),
            length,
            names["class_code"].to_numpy(str),
            kind,
        )
    )
    names = names.iloc[order]
    folded = [folded[at] for at in order]
    characters = Sequences(
        np.array([ord(letter) for text in folded for letter in text], dtype=np.int64),
        np.concatenate(([0], np.cumsum(length[order]))),
    )
    numbers, tones = _read(folded, names["reading"].astype(str).tolist())
    syllables = Sequences(numbers, characters.start)
    n = np.arange(len(folded))
    initials = Sequences(_initials(numbers), characters.start)
    found, places = _coded(names["place_id"].to_numpy(str), codes)
    return Index(
        name_id=names["name_id"].to_numpy(str),
        place_id=names["place_id"].to_numpy(str),
        text=names["text"].to_numpy(str),
        kind=kind[order],
        from_day=names["from_day"].to_numpy(np.int32),
        end_day=names["end_day"].to_numpy(np.int32),
        lon=names["lon"].to_numpy(float),
        lat=names["lat"].to_numpy(float),
        characters=characters,
        syllables=syllables,
        initials=initials,
        tones=tones,
        by_character=singles_and_pairs(characters),
        by_syllable=singles_and_pairs(syllables),
        by_initial=singles_and_pairs(initials),
        by_slip=Postings.of(
            np.concatenate((whole(characters), with_one_left_out(characters))),
            np.concatenate((n, characters.owner)),
        ),
        by_mingling=Postings.of(mingled(characters), n),
        by_code=Postings.of(places[0].astype(np.uint64), places[1]),
        code=found,
    )


def save(index: Index, path: Path) -> None:
    """Write an index as one uncompressed file."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for field in fields(Index):
        value = getattr(index, field.name)
        parts = fields(value) if isinstance(value, Postings | Sequences) else ()
        arrays |= {f"{field.name}.{part.name}": getattr(value, part.name) for part in parts}
        if not parts:
            arrays[field.name] = value
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # its signature has no array mappings
    partial.replace(path)


def load(path: Path) -> Index:
    """Read an index that `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        values: dict[str, Any] = {}
        for name in arrays.files:
            field, _, part = name.partition(".")
            if part:
                values.setdefault(field, {})[part] = arrays[name]
            else:
                values[field] = arrays[name]
    for field, value in values.items():
        if isinstance(value, dict):
            values[field] = (Postings if field.startswith("by_") else Sequences)(**value)
    return Index(**values)


def _read(
    folded: Sequence[str], readings: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return syllable and tone of every character: as confirmed, else as the character is alone."""
    numbers, tones = [], []
    for text, reading in zip(folded, readings, strict=True):
        said = reading.split() if reading else []
        pairs = [letters.numbered(one) for one in said]
        if len(said) != len(text):
            pairs = [letters.of_character(letter) for letter in text]
        for number, tone in pairs:
            numbers.append(number)
            tones.append(tone)
    return np.array(numbers, dtype=np.int64), np.array(tones, dtype=np.int64)


def _initials(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    firsts = np.array([0, *(ord(one[0]) for one in letters.syllables())], dtype=np.int64)
    return firsts[numbers]


def _coded(
    place_ids: NDArray[np.str_], codes: Sequence[tuple[str, str]]
) -> tuple[NDArray[np.str_], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the codes in order, and for each pair of code and name their positions."""
    if not codes:
        nothing = np.empty(0, dtype=np.int64)
        return np.empty(0, dtype="<U1"), (nothing, nothing)
    pairs = pd.DataFrame(codes, columns=["place_id", "code"])
    named = pd.DataFrame({"place_id": place_ids, "name": np.arange(len(place_ids))})
    both = pairs.merge(named, on="place_id")
    found, position = np.unique(both["code"].to_numpy(str), return_inverse=True)
    return found, (position.astype(np.int64), both["name"].to_numpy(np.int64))
