"""What several tests share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentiment.scorer import Scorer


@pytest.fixture(scope="session", autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder for temporary files of these tests and of the processes that they start; see test_zz_leaks."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


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
