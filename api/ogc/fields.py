"""What the properties of a collection and their values are called, by people and by programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from geo.errors import DataError
from geo.store.features import FeatureTable, Field
from geo.text import say

_MOST_TOLD: Final = 20
_PLAIN: Final = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*")
"""What stands in a filter without quotes."""
_KEYWORDS: Final = frozenset(
    {"and", "or", "not", "in", "is", "null", "like", "between", "true", "false"}
    | {"date", "timestamp", "interval", "div", "casei", "accenti", "bbox"}
)


def field_of(table: FeatureTable, word: str) -> Field:
    """Return the property of a name or a Chinese or English label.

    Raises
    ------
    DataError
        The table has none; the hint has those it has.
    """
    found = table.field(word)
    if found is None:
        raise no_field(table, word)
    return found


def no_field(table: FeatureTable, word: object) -> DataError:
    """Return the refusal of a property that a table has not; the hint has those it has."""
    return DataError(
        say(f"“{table.zh}”没有属性“{word}”。", f"{table.name} has no property {word!r}."),
        hint=known(table),
    )


def known(table: FeatureTable) -> str:
    """Return the properties that a table has, in words."""
    both = [one.name if one.zh == one.name else f"{one.zh}（{one.name}）" for one in table.fields]
    names = [one.name for one in table.fields]
    return say(f"可用：{'、'.join(both)}。", f"known: {', '.join(names)}")


def values_meant(field: Field, text: str, *, folded: bool = False) -> list[str]:
    """Return the values of a property that a reader means by a word.

    Parameters
    ----------
    field
        A property that has choices, or words for some of its values.
    text
        A value, or what people call one; a label may stand for several.
    folded
        Whether capitals do not count; the values are returned in small letters then.

    Raises
    ------
    DataError
        It is none of the choices: an empty answer would look as if there were no such features.
    """
    word = text.strip().lower() if folded else text.strip()
    found = values_called(field, lambda called: called == word, folded=folded)
    if field.words:
        own = text.lower() if folded else text
        return [own, *(value for value in found if value != own)]
    if not found:
        raise no_choice(field, text)
    return [word] if word in found else found


def values_called(field: Field, fits: Callable[[str], bool], *, folded: bool = False) -> list[str]:
    """Return the values of a property of which the value itself or a label fits."""
    choices = [(one.value, (one.value, *one.labels)) for one in (*field.choices, *field.words)]
    if folded:
        choices = [(v.lower(), tuple(one.lower() for one in called)) for v, called in choices]
    return [value for value, called in choices if any(map(fits, called))]


def no_choice(field: Field, text: str) -> DataError:
    """Return the refusal of a value that a property never has; the hint has those it may have."""
    told = [
        one.value if one.labels[0] == one.value else f"{one.labels[0]}（{one.value}）"
        for one in field.choices
    ]
    values = [one.value for one in field.choices]
    count = len(values)
    more_zh = f"……共 {count} 种，见 queryables" if count > _MOST_TOLD else ""
    more_en = f" … {count} in all, see queryables" if count > _MOST_TOLD else ""
    return DataError(
        say(f"“{field.zh}”没有“{text}”这个取值。", f"{field.name} is never {text!r}."),
        hint=say(
            f"可用：{'、'.join(told[:_MOST_TOLD])}{more_zh}。",
            f"known: {', '.join(values[:_MOST_TOLD])}{more_en}",
        ),
    )


def example_of(table: FeatureTable) -> str:
    """Return a filter of a table's own properties that can be tried as it stands."""
    kinds = {kind: [one for one in table.fields if _kind(one) == kind] for kind in _SAMPLES}
    named = [one for one in kinds["text"] if one.name == "name"]
    texts = named or [one for one in kinds["text"] if not one.name.endswith(("code", "id"))]
    numbers = kinds["int"] or kinds["float"]
    choices = sorted(kinds["choice"], key=lambda one: len(one.choices))
    counted = [one for one in numbers if one.unit]
    others = [*counted, *choices, *numbers, *kinds["bool"], *kinds["date"]]
    parts = [*texts[:1], *others[:1]]
    return " AND ".join(_sample(table, one) for one in parts or table.fields[:1])


_SAMPLES: Final = {
    "text": "LIKE '%和%'",
    "int": "> 100",
    "float": "> 0.5",
    "choice": "= '{}'",
    "bool": "= true",
    "date": ">= DATE('2020-01-01')",
}


def _kind(field: Field) -> str:
    """Return how a property is filtered: one of the kinds of `_SAMPLES`."""
    return "choice" if field.choices else field.kind


def _sample(table: FeatureTable, field: Field) -> str:
    word = say(field.zh, field.name)
    if table.field(word) is not field:
        word = field.name
    if not _PLAIN.fullmatch(word) or word.lower() in _KEYWORDS:
        word = f'"{word}"'
    if field.choices:
        first = field.choices[0]
        return f"{word} {_SAMPLES['choice'].format(say(first.labels[0], first.value))}"
    return f"{word} {_SAMPLES[field.kind]}"
