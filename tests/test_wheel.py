"""The wheel holds all that the program reads, and nothing that it does not."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert b"arvio = cli:main" in archive.read(points)
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("crawler", "sentiment", "store")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    corpus = {name for name in expected if name.startswith("sentiment/corpus/")}
    assert held == (expected - corpus) | {"cli.py"}
    assert held >= {
        "store/report/template.html",
        "store/queries/index.sql",
        "sentiment/model/model.safetensors",
    }
