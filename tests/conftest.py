"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data sets that are too large to ship; the test skips without it."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FUWUQUAN_REAL_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no folder of real data: set FUWUQUAN_REAL_DATA")
    return folder
