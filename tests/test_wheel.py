"""The wheel holds all that the program reads, and nothing that it does not."""

import re
import subprocess
import sys
import tomllib
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


def test_the_source_distribution_holds_what_its_tests_import() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    held = set(project["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"])
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", tests, re.MULTILINE))
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}
    assert imported & ours <= held
