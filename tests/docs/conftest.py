"""The pages of the manual as a reader gets them."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from geo.text import Language, speak

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="session")
def generated() -> ModuleType:
    """Load the hook that makes parts of the manual, as MkDocs does."""
    sys.path.insert(0, str(DOCS))
    spec = spec_from_file_location("_generated", DOCS / "_generated.py")
    assert spec is not None
    assert spec.loader is not None
    hook = module_from_spec(spec)
    spec.loader.exec_module(hook)
    sys.path.remove(str(DOCS))
    return hook


@pytest.fixture(scope="session")
def pages(generated: ModuleType) -> dict[Language, dict[str, str]]:
    """Return every page by language and name, its generated parts filled in."""
    filled: dict[Language, dict[str, str]] = {"zh": {}, "en": {}}
    for path in sorted(DOCS.glob("*.md")):
        language: Language = "en" if path.name.endswith(".en.md") else "zh"
        name = path.name.removesuffix(".md").removesuffix(".en")
        filled[language][name] = generated.filled(path.read_text("utf-8"), language)
    speak("zh")
    return filled


@pytest.fixture(params=["zh", "en"])
def manual(request: pytest.FixtureRequest, pages: dict[Language, dict[str, str]]) -> str:
    """Return the whole manual in one language."""
    return "\n".join(pages[request.param].values())
