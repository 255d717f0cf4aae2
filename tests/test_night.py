"""The nightly job as cron runs it: again it adds nothing; killed at any moment and run again, it ends the same."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.config import demo_config
from crawler.demo.server import DemoSite
from tests.store_samples import with_one_key

ROOT = Path(__file__).parents[1]
NOW = "2026-11-18T23:30:00Z"
SOME = ("--source", "fi-foorumi", "--source", "hy-forum")
SCORES = (
    "SELECT source, canonical_id, brand, passage, negative, neutral, positive FROM scored_mentions "
    "ORDER BY 1, 2, 3, 4"
)
INDEX = (
    "SELECT brand, by, period, key, clusters, positive, neutral, negative, unscored, state "
    "FROM satisfaction_index ORDER BY 1, 2, 3, 4"
)
DOUBLES = "SELECT count(*) FROM scores GROUP BY mention_id, model_id HAVING count(*) > 1"


def start(config: Path, db: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "cli", "run", "--config", str(config), "--db", str(db), "--now", NOW]
    return subprocess.Popen(
        [*command, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=config.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def night(config: Path, db: Path, *more: str) -> str:
    process = start(config, db, *more)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    return out


def rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(db)) as database:
        return database.execute(query).fetchall()


def count(db: Path, query: str) -> int:
    """The count in a store that is being made; 0 while it is not there."""
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as database:
            return int(database.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode in (0, -signal.SIGKILL)


def same(db: Path, whole: Path) -> None:
    assert rows(db, "PRAGMA integrity_check") == [("ok",)]
    assert rows(db, DOUBLES) == []
    found, wanted = rows(db, SCORES), rows(whole, SCORES)
    assert [row[:4] for row in found] == [row[:4] for row in wanted]
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine[4:] == pytest.approx(theirs[4:], abs=0.01)


def test_a_night_killed_after_its_crawl_ends_as_an_undisturbed_one_and_again_adds_nothing(
    tmp_path: Path,
) -> None:
    whole, killed, config = tmp_path / "whole.db", tmp_path / "killed.db", tmp_path / "arvio.toml"
    with DemoSite() as site:
        config.write_text(demo_config(site.base_url, "arvio.db"), "utf-8")
        undisturbed = json.loads(night(config, whole, *SOME, "--json"))
        process = start(config, killed, *SOME)
        done = "SELECT count(*) FROM source_runs WHERE finished_at IS NOT NULL"
        while count(killed, done) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)
        second = start(config, killed, *SOME)
        _, err = second.communicate(timeout=60)
        assert second.returncode == 75
        assert "killed.db: another `arvio run` is at work on the store; wait until it has finished" in err
        kill(process)
        assert count(killed, "SELECT count(*) FROM mentions") > 40
        assert count(killed, "SELECT count(*) FROM scores") == 0
        again = json.loads(night(config, killed, *SOME, "--json"))
        assert sum(each["mentions"] for each in again["sources"]) == 0
        assert again["scored"] == undisturbed["scored"]
        assert again["rows"] == undisturbed["rows"]
        assert again["alerts"] == undisturbed["alerts"]
        same(killed, whole)
        before = rows(killed, SCORES)
        assert "Nothing new since the last run." in night(config, killed, *SOME)
        assert rows(killed, SCORES) == before


@pytest.mark.parametrize("times", [1, 2])
def test_t26_a_night_stopped_by_ctrl_c_says_so_and_ends_with_130(tmp_path: Path, times: int) -> None:
    db, config = tmp_path / "arvio.db", tmp_path / "arvio.toml"
    with DemoSite() as site:
        text = demo_config(site.base_url, "arvio.db").replace("delay = 0", "delay = 2")
        config.write_text(text.replace("per_host = 4", "per_host = 1"), "utf-8")
        process = start(config, db, *SOME, "--json")
        while not site.hits and process.poll() is None:
            time.sleep(0.01)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out == ""
    assert "interrupted" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert rows(db, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.soak
def test_t25_nights_killed_at_random_moments_end_as_an_undisturbed_one(tmp_path: Path) -> None:
    moments = random.Random(25)
    whole, config = tmp_path / "whole.db", tmp_path / "arvio.toml"
    with_one_key(whole, *(tmp_path / f"killed-{number}.db" for number in range(3)))
    with DemoSite() as site:
        config.write_text(demo_config(site.base_url, "arvio.db"), "utf-8")
        began = time.monotonic()
        night(config, whole)
        length = time.monotonic() - began
        for number in range(3):
            killed = tmp_path / f"killed-{number}.db"
            for _ in range(4):
                process = start(config, killed)
                time.sleep(moments.uniform(0.0, 0.9 * length))
                kill(process)
            night(config, killed)
            same(killed, whole)
            assert rows(killed, INDEX) == rows(whole, INDEX)
