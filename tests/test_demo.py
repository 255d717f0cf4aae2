"""The main job on the bundled site, as a newcomer runs it: `arvio demo --json` in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.key import answer_key, true_shares
from sentiment.folder import CARD, SHIPPED

ROOT = Path(__file__).parents[1]


def arvio(folder: Path, *arguments: str) -> Any:
    """The JSON document of one command that ends well."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *arguments, "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "cli.py").write_text("raise SystemExit('a file of the user, which is none of ours')", "utf-8")
    return folder


@pytest.fixture(scope="module")
def document(folder: Path) -> Any:
    return arvio(folder, "demo", "--keep", str(folder / "kept"))


def test_every_brand_has_its_row_and_a_state(document: Any) -> None:
    rows = {row["brand"]: row for row in document["rows"]}
    assert set(rows) == set(true_shares())
    assert {row["state"] for row in rows.values()} <= {"published", "grey", "hidden", "uncorrected"}
    assert all(row["mentions"] >= 40 for row in rows.values())
    assert all(row["low"] <= row["index"] <= row["high"] for row in rows.values())


def test_finnish_and_armenian_are_read_about_as_the_key_says(document: Any) -> None:
    read = document["accuracy"]
    assert read["fi"]["read"] >= 100
    assert read["hy"]["read"] >= 90
    assert sum(each["right"] for each in read.values()) >= 0.6 * sum(each["read"] for each in read.values())


def test_the_second_night_brings_something_new_and_the_alert_names_the_brand_that_fell(document: Any) -> None:
    first, second = document["new_mentions"]
    assert first > 200
    assert second > 40
    assert document["fall"]["brand"] == "Pohjanetti"
    assert any(alert["brand"] == "Pohjanetti" and alert["evidence"] for alert in document["alerts"])


def test_the_true_share_lies_in_most_intervals(document: Any) -> None:
    truth = document["truth"]
    inside = [row["low"] <= 100 * truth[row["brand"]] <= row["high"] for row in document["rows"]]
    assert sum(inside) >= 4


def test_nearly_all_of_the_site_was_collected(document: Any) -> None:
    assert sum(document["new_mentions"]) >= 0.95 * len(answer_key())


def test_a_demo_that_is_kept_can_be_moved(document: Any, folder: Path) -> None:
    moved = Path(shutil.copytree(folder / "kept", folder / "moved"))
    (folder / "kept" / "arvio.db").rename(folder / "away")
    try:
        found = arvio(folder, "index", "--config", str(moved / "arvio.toml"), "--now", document["now"])
    finally:
        (folder / "away").rename(folder / "kept" / "arvio.db")
    assert found["rows"] == document["rows"]


def test_a_new_model_reads_everything_and_is_linked_to_the_old_one_once(document: Any, folder: Path) -> None:
    copy = Path(shutil.copytree(SHIPPED, folder / "gloomy"))
    card = json.loads((copy / CARD).read_text("utf-8"))
    for calibration in card["calibration"].values():
        calibration["polarity_bias"] -= 1.0
    (copy / CARD).write_text(json.dumps(card), "utf-8")
    config = ("--config", str(folder / "kept" / "arvio.toml"))
    found = arvio(folder, "score", "--model", str(copy), *config)
    assert found["scored"] + found["unscored"] == sum(document["new_mentions"])
    links = {link["brand"]: link for link in found["links"]}
    assert set(links) == {row["brand"] for row in document["rows"]}
    assert {link["old_model"] for link in links.values()} == {document["model"]}
    assert {link["new_model"] for link in links.values()} == {found["model"]}
    for link in links.values():
        assert link["difference"] == pytest.approx(link["new_index"] - link["old_index"], abs=0.001)
    # The card's error rates were counted with the old calibration, so a gloomier reading lowers the index: not each
    # brand's, as correcting is no monotone thing where few readings fit the rates.
    assert sum(link["difference"] for link in links.values()) < 0
    again = arvio(folder, "score", "--model", str(copy), *config)
    assert (again["scored"], again["links"]) == (0, [])
