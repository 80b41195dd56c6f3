"""Whether everything the program has stands in the manual, in both languages."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli import application, demo
from geo import errors, schema
from geo.ageing import places as ageing_places
from geo.assess import jurisdiction
from geo.faults import SEVERITIES
from geo.network import current
from geo.network.classes import street_classes
from geo.scenarios import book
from geo.schema.results import TABLES, result_columns
from geo.store import states
from geo.text import Language
from geo.travel.profiles import profile_names

ROOT = Path(__file__).parents[2]
Pages = dict[Language, dict[str, str]]


def test_both_languages_have_the_same_pages(pages: Pages) -> None:
    assert set(pages["zh"]) == set(pages["en"])
    assert {"start", "data-in", "streets", "coverage", "faults"} <= set(pages["zh"])


def test_no_page_asks_for_a_part_that_nobody_makes(manual: str) -> None:
    assert re.findall(r"^\[\[.*\]\]$", manual, re.MULTILINE) == []


def test_every_part_is_asked_for(generated: object) -> None:
    asked = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))
    assert [n for n in generated.PARTS if asked.count(f"[[{n}]]") < 2] == []  # type: ignore[attr-defined]


def test_every_layer_and_column_is_described(pages: Pages) -> None:
    for language in ("zh", "en"):
        text = pages[language]["columns"]
        for layer in schema.layers().values():
            assert f"`{layer.name}`" in pages[language]["data-in"]
            own = text if layer.facility else _section(text, layer.name)
            missing = [c.name for c in layer.columns if f"|`{c.name}`|" not in own]
            assert missing == [], layer.name


def test_every_facility_type_is_described(pages: Pages) -> None:
    for language in ("zh", "en"):
        rows = pages[language]["coverage"]
        assert [n for n in schema.facility_types() if f"|`{n}`|" not in rows] == []


def test_every_result_column_is_described_in_its_table(pages: Pages) -> None:
    for language in ("zh", "en"):
        for table in TABLES:
            own = _section(pages[language]["tables"], table)
            columns = [column.name for column in result_columns(table)]
            assert [name for name in columns if f"|`{name}`|" not in own] == [], table


def test_every_command_and_option_is_described(pages: Pages) -> None:
    for language in ("zh", "en"):
        text = pages[language]["commands"]
        for command, options in _commands().items():
            own = text.split(f"## fuwuquan {command}\n")[1].split("\n## ")[0]
            assert [option for option in options if option not in own] == [], command


def test_every_fault_code_of_the_program_is_explained_and_no_other(pages: Pages) -> None:
    found = {code for code, _ in _faults()}
    for language in ("zh", "en"):
        rows = re.findall(
            r"^\|`(\w+)`\|", _after(pages[language]["faults"], "#fault-codes"), re.MULTILINE
        )
        assert len(rows) == len(set(rows))
        assert set(rows) == found


def test_every_fault_row_says_what_is_wrong(pages: Pages) -> None:
    for language in ("zh", "en"):
        part = _after(pages[language]["faults"], "#fault-codes")
        for line in part.splitlines():
            if line.startswith("|`"):
                _, severity, meaning, _ = line[1:-1].split("|", 3)
                assert severity, line
                assert meaning, line


def test_the_severity_a_code_always_has_is_the_one_in_the_manual(generated: object) -> None:
    stated: dict[str, set[str]] = {}
    for code, severity in _faults():
        stated.setdefault(code, set())
        if severity is not None:
            stated[code].add(severity)
    rows = generated.faults.rows_of("faults")  # type: ignore[attr-defined]
    for row in rows:
        assert stated[row["code"]] <= set(row["severity"].split()) <= set(SEVERITIES), row["code"]


def test_every_kind_of_error_is_described(manual: str) -> None:
    kinds = [
        n
        for n, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == "geo.errors"
    ]
    assert len(kinds) >= 5
    assert [name for name in kinds if f"`{name}`" not in manual] == []


def test_every_profile_is_described(manual: str) -> None:
    assert [name for name in profile_names() if f"|`{name}` " not in manual] == []


def test_every_street_class_is_described(pages: Pages) -> None:
    for language in ("zh", "en"):
        text = pages[language]["streets"]
        assert [name for name in street_classes() if f"`{name}`" not in text] == []


def test_every_setting_of_a_workspace_is_described(pages: Pages) -> None:
    kept = {states: ("WORKING_CRS", "_CRS_FROM"), demo: ("_MARK",)}
    kept[book] = ("_SETTING",)
    kept[jurisdiction] = ("NORMS_AREA",)
    kept[current] = ("CROSSINGS", "HEIGHTS", "KEPT")
    kept[ageing_places] = ("TOTALS",)
    names = {vars(module)[constant] for module, own in kept.items() for constant in own}
    for language in ("zh", "en"):
        rows = set(re.findall(r"^\|`(\w+)`\|", pages[language]["qgis"], re.MULTILINE))
        assert rows == names


def test_what_a_package_says_it_exports_exists() -> None:
    for path in sorted((ROOT / "geo").rglob("__init__.py")):
        name = ".".join(path.parent.relative_to(ROOT).parts)
        module = import_module(name)
        assert [n for n in getattr(module, "__all__", []) if not hasattr(module, n)] == [], name


def _section(text: str, name: str) -> str:
    """Return what stands under the heading that ends with this name."""
    found = re.split(rf"^#+ .*`{name}`$", text, maxsplit=1, flags=re.MULTILINE)
    return re.split(r"^#+ ", found[1], maxsplit=1, flags=re.MULTILINE)[0]


def _after(text: str, anchor: str) -> str:
    return text.split(f"{{{anchor}}}", 1)[1]


def _commands() -> dict[str, list[str]]:
    """Return the options of every command, those hidden left out."""
    group = typer.main.get_command(application())
    return {
        name: [
            opt
            for one in _parts(command)
            for p in one.params
            for opt in (*p.opts, *p.secondary_opts)
            if opt[0] == "-"
        ]
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    }


def _parts(command: Any) -> Iterator[Any]:  # noqa: ANN401 - Typer does not export its commands
    """Yield a command, and of a group every command in it, however deep."""
    yield command
    for part in getattr(command, "commands", {}).values():
        yield from _parts(part)


_WORDS = {"cell_words.py": {"explain"}, "words.py": {"place_words", "shape_words"}}
_FAULTS = {"Fault", "mark", "whole", "_fault"}
_PATTERNS = {
    "{kind}_rows": ("total", "subtotal", "heading", "note"),
    "{part}_exceed_population": ("elders", "children", "households"),
}


def _faults() -> Iterator[tuple[str, str | None]]:
    """Find every code that a fault of the program can have, and its severity where that is fixed.

    Codes stand as the argument that follows the severity, as keys of the tables of words, as
    values given to a variable ``code``, or in the two patterns.
    """
    for path in sorted(p for top in ("geo", "optimization") for p in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in _FAULTS:
                yield from _of_call(node)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                if [ast.unparse(target) for target in node.targets] == ["code"]:
                    yield str(node.value.value), None
            elif isinstance(node, ast.FunctionDef) and node.name in _WORDS.get(path.name, ()):
                yield from ((key, None) for key in _keys(node))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_REASONS":
                yield from ((key, "error") for key in _keys(node))
            elif isinstance(node, ast.For) and ast.unparse(node.target) == "(column, code)":
                pairs = ast.literal_eval(node.iter)
                yield from ((code, "warning") for _, code in pairs)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def _of_call(node: ast.Call) -> Iterator[tuple[str, str | None]]:
    named = {k.arg: k.value for k in node.keywords}
    given = [*node.args, *(named[key] for key in ("severity", "code") if key in named)]
    texts = [a.value if isinstance(a, ast.Constant) else None for a in given]
    severity = next((t for t in texts if t in SEVERITIES), None)
    for at, argument in enumerate(given):
        if isinstance(argument, ast.JoinedStr):
            pattern = ast.unparse(argument)[2:-1]
            yield from (
                (pattern.replace(w, v), severity)
                for w in ("{kind}", "{part}")
                for v in _PATTERNS.get(pattern, ())
                if w in pattern
            )
        elif severity is not None and at == texts.index(severity) + 1 and texts[at]:
            yield str(texts[at]), str(severity)
        elif severity is None and ast.unparse(argument) == "severity":
            following = texts[at + 1] if at + 1 < len(texts) else None
            if following:
                yield str(following), None


def _keys(node: ast.AST) -> list[str]:
    return [
        key.value
        for table in ast.walk(node)
        if isinstance(table, ast.Dict)
        for key in table.keys
        if isinstance(key, ast.Constant) and re.fullmatch(r"[a-z_]+", str(key.value))
    ]


@pytest.mark.parametrize("wanted", ["not_a_number", "total_rows", "age_mixed", "duplicate"])
def test_the_search_for_codes_sees_every_way_of_writing_one(wanted: str) -> None:
    assert wanted in {code for code, _ in _faults()}
