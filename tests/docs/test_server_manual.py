"""Whether everything a server can be set to, and everything a reader may ask, is in the manual."""

from __future__ import annotations

from collections.abc import Mapping

from api.errors import STATUS
from api.ogc.item_parameters import ITEMS
from api.settings import Settings
from geo.text import Language

Pages = Mapping[Language, Mapping[str, str]]


def test_every_setting_of_the_server_is_described(pages: Pages) -> None:
    names = [f"FUWUQUAN_{name.upper()}" for name in Settings.model_fields]
    for language in ("zh", "en"):
        assert [name for name in names if f"`{name}`" not in pages[language]["api"]] == []


def test_every_parameter_of_a_page_of_features_is_described(pages: Pages) -> None:
    told = {"f", "after"}  # stand in the running text
    for language in ("zh", "en"):
        missing = [one.name for one in ITEMS if f"`{one.name}`" not in pages[language]["api"]]
        assert set(missing) <= told


def test_every_status_of_an_error_is_described(pages: Pages) -> None:
    for language in ("zh", "en"):
        statuses = set(STATUS.values()) - {405, 500}
        assert [one for one in statuses if f"`{one}`" not in pages[language]["api"]] == []
