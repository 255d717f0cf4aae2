"""`arvio demo`: two nights of the real job on the bundled site, and how near the result is to the truth."""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.demo.config import demo_config
from crawler.demo.key import answer_key, find_key_entry, true_shares
from crawler.demo.server import DemoSite
from store.alerts import Alert, list_alerts
from store.db import Store
from store.errors import ArvioError, OutputError, UsageError
from store.index import IndexRow, as_json, current_model, index_rows
from store.records import LABELS
from store.terminal import counted

NIGHTS = ("2026-11-18T23:30:00Z", "2026-11-19T23:30:00Z")


@dataclass(frozen=True)
class Fall:
    """The brand whose index fell most between the nights."""

    brand: str
    before: float
    after: float


@dataclass(frozen=True)
class DemoReport:
    """What the demo shows: the index beside the true share (0–1), what the model read right by language."""

    rows: list[IndexRow]
    truth: dict[str, float]
    accuracy: dict[str, tuple[int, int]]
    new_mentions: tuple[int, int]
    fall: Fall | None
    alerts: list[Alert]
    model: str | None
    config: Path
    store: Path

    @property
    def lines(self) -> list[str]:
        """What follows the table, for people."""
        first, second = self.new_mentions
        right, read = (sum(pair[which] for pair in self.accuracy.values()) for which in (0, 1))
        by_language = ", ".join(
            f"{name} {right}/{read}" for name, (right, read) in sorted(self.accuracy.items())
        )
        lines = [
            "",
            f"Night 1 brought {counted(first, 'mention')}, night 2 another {second}.",
            f"Of {read} texts the model read {right} as a person would ({right / max(read, 1):.0%}): {by_language}.",
        ]
        if self.fall is not None:
            fall = self.fall
            lines.append(f"Between the nights {fall.brand} fell from {fall.before:.0f} to {fall.after:.0f}.")
        for alert in self.alerts:
            lines.append(f"Alert: {alert.sentence}")
            lines += [f"  “{quote.quote}” {quote.url}" for quote in alert.evidence[:3]]
        return [
            *lines,
            "",
            f"The store is {self.store}; look further with e.g.",
            f"  arvio mentions --config {self.config} --label negative",
        ]

    def as_json(self) -> dict[str, Any]:
        """As `arvio index --json`, with what the demo knows besides."""
        document = as_json(self.rows, now=NIGHTS[-1], model=self.model)
        accuracy = {name: {"right": right, "read": read} for name, (right, read) in self.accuracy.items()}
        return document | {
            "truth": self.truth,
            "accuracy": accuracy,
            "new_mentions": list(self.new_mentions),
            "alerts": [asdict(alert) for alert in self.alerts],
            "fall": None if self.fall is None else asdict(self.fall),
            "store": str(self.store),
        }


def tour(keep: Path | None, *, say: Callable[[str], None]) -> DemoReport:
    """Serve the site on loopback, run both nights as a user's cron would, and compare with the answer key.

    `keep` is a folder for the configuration and the store; a new temporary one without it. Raises UsageError
    where that folder holds a store already, ArvioError where a night fails.
    """
    folder = _folder(keep)
    config, store = folder / "arvio.toml", folder / "arvio.db"
    with DemoSite() as site:
        _write(config, demo_config(site.base_url, store.name))
        news = []
        for number, now in enumerate(NIGHTS, 1):
            site.night = number
            say(f"Night {number}: crawling {site.base_url}, scoring, computing the index …")
            news.append(_night(config, now))
    first, second = news
    return _report(config, store, (first, second))


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="arvio-demo-"))
    try:
        keep.mkdir(parents=True, exist_ok=True)
        has_store = (keep / "arvio.db").exists()
    except OSError as error:
        raise OutputError(f"{keep}: cannot be used ({error.strerror}); choose another folder") from None
    if has_store:
        raise UsageError(f"{keep}: holds a store already; choose an empty folder for the demo")
    return keep.resolve()


def _write(config: Path, text: str) -> None:
    try:
        config.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{config}: cannot be written ({error.strerror}); choose another folder") from None


def _night(config: Path, now: str) -> int:
    """One nightly job in a process of its own; returns the number of new mentions."""
    # Without -P a cli.py in the present folder would be run in place of ours.
    command = [sys.executable, "-P", "-m", "cli", "run", "--config", str(config), "--now", now, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise ArvioError(
            f"the demo's nightly job ended with exit code {done.returncode}; see the lines above"
        )
    return sum(source["mentions"] for source in json.loads(done.stdout)["sources"])


def _report(config: Path, path: Path, new_mentions: tuple[int, int]) -> DemoReport:
    with Store.open(path, read_only=True) as store:
        rows = index_rows(store, now=NIGHTS[-1])
        before = index_rows(store, now=NIGHTS[0])
        return DemoReport(
            rows=rows,
            truth=true_shares(),
            accuracy=_accuracy(store),
            new_mentions=new_mentions,
            fall=_deepest_fall(before, rows),
            alerts=list_alerts(store),
            model=current_model(store),
            config=config,
            store=path,
        )


def _deepest_fall(before: list[IndexRow], after: list[IndexRow]) -> Fall | None:
    old = {row.brand: row.index for row in before}
    falls = [
        Fall(row.brand, was, row.index)
        for row in after
        if row.brand is not None and row.index is not None and (was := old.get(row.brand)) is not None
    ]
    deepest = min(falls, key=lambda fall: fall.after - fall.before, default=None)
    return deepest if deepest is not None and deepest.after < deepest.before else None


def _accuracy(store: Store) -> dict[str, tuple[int, int]]:
    """(right, read) by language: the model's own label of each text, not its stars, against the answer key."""
    key = answer_key()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in store.mentions():
        if row.negative is None or row.neutral is None or row.positive is None:
            continue
        entry = find_key_entry(row.passage, row.brand, key)
        if entry is None:
            continue
        shares = (row.negative, row.neutral, row.positive)
        counts[entry.language][1] += 1
        counts[entry.language][0] += LABELS[shares.index(max(shares))] == entry.label
    return {language: (right, read) for language, (right, read) in counts.items()}
