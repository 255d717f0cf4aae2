"""What several tests share."""

import os
from pathlib import Path

import pytest

from sentiment.scorer import Scorer


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    """The shipped model, loaded once."""
    return Scorer.load()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data, given by ARVIO_SHARED or beside the checkout; skips where there is none."""
    path = Path(os.environ.get("ARVIO_SHARED", Path(__file__).parents[2] / "shared"))
    if not (path / "data").is_dir():
        pytest.skip(f"no development data at {path}: set ARVIO_SHARED")
    return path
