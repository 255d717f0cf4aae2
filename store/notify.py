"""Alerts on their way to people: each configured address is told once, and what fails is tried again.

Addresses are Apprise's (https://github.com/caronc/apprise): `json://host/path` is a webhook, `mailtos://…` e-mail,
and many more. They hold passwords: the store keeps their digests, and messages name them by their place and kind.
"""

import hashlib
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from store.alerts import Alert, alerts_to_deliver, mark_delivered
from store.db import Store, utc_text
from store.errors import ConfigError
from store.terminal import one_line

if TYPE_CHECKING:
    from apprise import NotifyBase

# An address that has been out of order for longer gets no old news; `arvio alerts` has it.
_TRIED_FOR = timedelta(days=7)
_QUOTES = 3
# Chats take these out of a text too: @everyone, <!channel>, [a link](or an image) that its reader's browser fetches.
_CALLING = re.compile(r"(?<=[@<\]])(?=\S)")
# Services bound the wait for each part of an answer, not for the whole of it.
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went at one address (by its place and kind, as `notify[0] (JSON)`): how many alerts it was due.

    `error` is None where they arrived, else one sentence that names the address; those alerts wait for the next call.
    """

    address: str
    alerts: int
    error: str | None


def deliver(store: Store, urls: Sequence[str]) -> list[Delivery]:
    """Tells each address what it has not been told of the last week's alerts; notes what has arrived.

    Nothing is sent to an address that has heard everything. ConfigError where Apprise is not installed. An
    address that fails stops no other, and raises nothing.
    """
    if not urls:
        return []
    _require_apprise()
    since = utc_text(datetime.fromisoformat(store.now) - _TRIED_FOR)
    found = []
    for place, url in enumerate(urls):
        digest = hashlib.sha256(url.encode()).hexdigest()
        waiting = alerts_to_deliver(store, digest, since=since)
        if not waiting:
            continue
        (delivery,) = notify([alert for _, alert in waiting], [url], first=place)
        if delivery.error is None:
            mark_delivered(store, [id for id, _ in waiting], digest)
        found.append(delivery)
    return found


def check_addresses(urls: Sequence[str]) -> None:
    """Raises ConfigError where Apprise is not installed or cannot read an address; nothing is sent."""
    if not urls:
        return
    _require_apprise()
    for place, url in enumerate(urls):
        if _service(url) is None:
            raise ConfigError(_unreadable(f"notify[{place}]"))


def notify(alerts: Sequence[Alert], urls: Sequence[str], *, first: int = 0) -> list[Delivery]:
    """Sends `alerts` as one message to each address; the store is not asked, and not told.

    `first` is the place of `urls[0]` in the configuration's `notify`, for messages.
    """
    _require_apprise()
    return [_send(alerts, url, f"notify[{place}]") for place, url in enumerate(urls, first)]


def message(alerts: Sequence[Alert]) -> tuple[str, str]:
    """Title and text, without markup: each alert's sentence with up to three quotes and their links.

    What the quotes hold calls nobody (`@everyone`) and makes up no lines.
    """
    title = f"Arvio: {alerts[0].brand}" if len(alerts) == 1 else f"Arvio: {len(alerts)} alerts"
    return title, "\n\n".join(_paragraph(alert) for alert in alerts)


def _paragraph(alert: Alert) -> str:
    quotes = [f"“{_quoted(each.quote)}”\n{one_line(each.url)}".rstrip() for each in alert.evidence[:_QUOTES]]
    return "\n".join([alert.sentence, *quotes])


def _quoted(text: str) -> str:
    """A stranger's `text` in one line, its marks parted by zero-width spaces so that no chat calls people for it."""
    return _CALLING.sub("\u200b", one_line(" ".join(text.split())))


def _send(alerts: Sequence[Alert], url: str, place: str) -> Delivery:
    server = _service(url)
    if server is None:
        return Delivery(place, len(alerts), _unreadable(place))
    name = f"{place} ({server.service_name})"
    fault = _fault(server, *message(alerts))
    if fault is None:
        return Delivery(name, len(alerts), None)
    return Delivery(name, len(alerts), f"{name}: {fault}; its alerts are kept, and sent at the next run")


def _service(url: str) -> "NotifyBase | None":
    """The service at `url`. It takes a redirect for a refusal: the page that one leads to answers 200 to anything."""
    import apprise

    asset = apprise.AppriseAsset(http_redirects=False)
    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def _unreadable(place: str) -> str:
    return f"{place}: Apprise cannot read this address; see its list of services"


def _fault(server: "NotifyBase", title: str, body: str) -> str | None:
    """What went wrong; None where the message was taken."""
    taken: list[bool] = []
    sending = threading.Thread(target=lambda: taken.append(_accepted(server, title, body)), daemon=True)
    sending.start()
    sending.join(_PATIENCE_SECONDS)
    if sending.is_alive():
        return f"had not answered after {_PATIENCE_SECONDS:.0f} seconds"
    return None if taken == [True] else "did not take the message"


def _accepted(server: "NotifyBase", title: str, body: str) -> bool:
    import apprise

    try:
        return bool(
            server.notify(
                body=body,
                title=title,
                notify_type=apprise.NotifyType.WARNING,
                body_format=apprise.NotifyFormat.TEXT,
            )
        )
    except Exception:
        # Services are plugins of many hands: whatever one raises, the others and the night's work go on.
        return False


def _require_apprise() -> None:
    try:
        import apprise  # noqa: F401
    except ImportError:
        raise ConfigError("notify needs Apprise; install arvio[notify]") from None
