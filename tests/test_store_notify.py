"""Alerts reach a real webhook once, and a failure loses nothing."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from store import schema
from store.alerts import Alert, Evidence, find_alerts
from store.db import Store
from store.errors import ConfigError
from store.notify import Delivery, check_addresses, deliver, message, notify
from tests.crawl_server import source
from tests.store_samples import BARE, NOW, clock, filled, mix

pytest.importorskip("apprise")
# One of Apprise's services imports a module of Python that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@dataclass
class Webhook:
    """A server on loopback that keeps what it is sent and answers with `status`.

    A redirect leads to a page that is there; with `drips` the answer never ends.
    """

    url: str = ""
    status: int = 200
    drips: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    received: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serve() -> Iterator[Webhook]:
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(hook.status)
            if 300 <= hook.status < 400:
                self.send_header("Location", "/login")
            self.send_header("Content-Length", "1000000" if hook.drips else "0")
            self.end_headers()
            while hook.drips and not hook.stop.wait(0.1):
                self.wfile.write(b".")

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.url = f"json://127.0.0.1:{server.server_port}/secret-path"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hook
        finally:
            hook.stop.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serve() as hook:
        yield hook


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one alert: fourteen complaints in a day."""
    with Store.open(tmp_path / "arvio.db", clock=clock) as opened:
        for days_ago in range(60):
            day = (date.fromisoformat(NOW[:10]) - timedelta(days=days_ago)).isoformat()
            labels = mix(0, 0, 14) if days_ago == 0 else mix(3, 0, 1)
            when = f"{day}T10:00:00Z"
            filled(
                opened, labels, BARE, start=1_000 * (days_ago + 1), published_at=when, text=f"Nokia, {day}."
            )
        assert [each.kind for each in find_alerts(opened, now=NOW) if each.kind == "volume"] == ["volume"]
        yield opened


def test_a_webhook_is_told_once(store: Store, webhook: Webhook) -> None:
    (delivery,) = deliver(store, [webhook.url])
    assert delivery == Delivery("notify[0] (JSON)", delivery.alerts, None)
    (sent,) = webhook.received
    assert "Nokia: 14 negative mentions on 2026-11-22" in sent["message"]
    assert "“Nokia, 2026-11-22.”\nhttps://" in sent["message"]
    assert deliver(store, [webhook.url]) == []
    assert len(webhook.received) == 1
    with store.reading() as database:
        assert set(database.execute("SELECT delivered_at FROM alerts")) == {(store.now,)}
        assert webhook.url not in "\n".join(database.iterdump())


def test_a_failure_is_reported_and_tried_again_at_that_address_alone(store: Store, webhook: Webhook) -> None:
    with serve() as other:
        webhook.status = 503
        failed, arrived = deliver(store, [webhook.url, other.url])
        assert failed.error == (
            "notify[0] (JSON): did not take the message; its alerts are kept, and sent at the next run"
        )
        assert arrived.error is None
        webhook.status = 200
        (again,) = deliver(store, [webhook.url, other.url])
        assert again.error is None
        assert (len(webhook.received), len(other.received)) == (2, 1)


@pytest.mark.parametrize("status", [302, 307])
def test_a_webhook_that_has_moved_has_not_taken_the_message(
    store: Store, webhook: Webhook, status: int
) -> None:
    webhook.status = status
    (delivery,) = deliver(store, [webhook.url])
    assert delivery.error is not None and "did not take the message" in delivery.error
    webhook.status = 200
    (again,) = deliver(store, [webhook.url])
    assert again.error is None


def test_an_answer_that_never_ends_does_not_hold_up_the_night(
    store: Store, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.notify._PATIENCE_SECONDS", 1.0)
    with serve() as other:
        webhook.drips = True
        slow, told = deliver(store, [webhook.url, other.url])
    assert slow.error == (
        "notify[0] (JSON): had not answered after 1 seconds; its alerts are kept, and sent at the next run"
    )
    assert told.error is None


def test_an_address_that_nobody_knows_or_that_is_down_stops_no_other(store: Store, webhook: Webhook) -> None:
    with serve() as gone:
        down = gone.url
    unknown, silent, told = deliver(store, ["nonsense", down, webhook.url])
    assert unknown.error == "notify[0]: Apprise cannot read this address; see its list of services"
    assert silent.error is not None and "notify[1] (JSON)" in silent.error
    assert told.error is None


def test_an_address_that_nobody_knows_is_refused_before_the_night_begins(
    webhook: Webhook, tmp_path: Path
) -> None:
    check_addresses([webhook.url])
    assert webhook.received == []
    text = f'notify = ["{webhook.url}", "jsn://hook.example/secret"]\n'
    (tmp_path / "arvio.toml").write_text(text + source("a", "feed", "https://a.example/rss"), "utf-8")
    for command in ("run", "doctor"):
        done = subprocess.run(
            [sys.executable, "-m", "cli", command, "--quiet"],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
            check=False,
        )
        assert done.returncode == 78
        assert "notify[1]: Apprise cannot read this address" in done.stdout + done.stderr
        assert "secret" not in done.stdout + done.stderr
    assert not (tmp_path / "arvio.db").exists()


def test_a_quote_calls_nobody_in_a_chat_and_makes_up_no_lines(webhook: Webhook) -> None:
    text = "Ei @everyone <!channel> <users/all> [näin](https://a.example) a@b.fi \x1b[2J \u202eei"
    quote = Evidence(1, text, "https://f.example/@a\n“Kuiske on paras”", NOW)
    alert = Alert("volume", "Elisa", "2026-11-22", 14, 14, 1.5, 0, 4, 1e-9, (quote,))
    (delivery,) = notify([alert], [webhook.url.replace("json", "mmost").replace("secret-path", "3ccdd113")])
    assert delivery.error is None
    sent = webhook.received[0]["text"]
    assert not [each for each in ("@e", "<!", "<u", "](", "@b", "\x1b", "\u202e") if each in sent]
    shown = text.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert sent.replace("\u200b", "").splitlines()[-2:] == [
        f"“{shown}”",
        "https://f.example/@a “Kuiske on paras”",
    ]


def test_old_news_is_not_sent(store: Store, webhook: Webhook) -> None:
    with store.transaction() as database:
        database.execute("UPDATE alerts SET raised_at = '2026-11-01T00:00:00Z'")
    assert deliver(store, [webhook.url]) == []
    assert webhook.received == []


def test_without_apprise_one_sentence_says_what_to_install(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert deliver(store, []) == []
    for tell in (lambda urls: deliver(store, urls), check_addresses):
        with pytest.raises(ConfigError, match=r"install arvio\[notify\]"):
            tell(["json://127.0.0.1"])


def test_sentences_say_what_their_figures_are() -> None:
    quote = Evidence(1, "Ei  toimi.\nTaas.", "https://f.example/1", NOW)
    level = Alert("level", "Nokia", "2026-11-22", 48, 18.75, 74.6, -71.2, -39.6, 0.0005, (quote,))
    volume = Alert("volume", "Elisa", "2026-11-22", 14, 14, 1.5, 0, 4, 1e-9, ())
    assert level.sentence == (
        "Nokia: the index fell from 75 to 19 in the 7 days to 2026-11-22 "
        "(a difference of −71 to −40 points, n = 48)."
    )
    assert volume.sentence == (
        "Elisa: 14 negative mentions on 2026-11-22, where 1.5 are usual on that weekday "
        "(95% of such days: 0–4)."
    )
    title, text = message([level, volume])
    assert title == "Arvio: 2 alerts"
    assert text == f"{level.sentence}\n“Ei toimi. Taas.”\nhttps://f.example/1\n\n{volume.sentence}"
    _, text = message([replace(level, evidence=(replace(quote, url=""), quote))])
    assert text == f"{level.sentence}\n“Ei toimi. Taas.”\n“Ei toimi. Taas.”\nhttps://f.example/1"


def test_a_store_from_before_deliveries_is_upgraded_with_its_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        for each in (schema.migrate, schema.pending, schema.is_newer):
            past.setattr(each, "__defaults__", (schema.MIGRATIONS[:1],))
        Store.open(tmp_path / "arvio.db").close()
    with Store.open(tmp_path / "arvio.db") as store, store.reading() as database:
        assert schema.applied(database) == [each.name for each in schema.MIGRATIONS]
    assert (tmp_path / f"arvio.db.{schema.MIGRATIONS[0].name}.bak").exists()
