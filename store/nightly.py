"""What follows a night's crawl and scoring: aspects, the index, alerts and their delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.alerts import Alert, find_alerts
from store.aspects import Words, tag
from store.db import Store
from store.index import IndexRow, current_model, index_rows
from store.notify import Delivery, deliver
from store.published import update_index


@dataclass(frozen=True, slots=True)
class Night:
    """Where the store stands at the end of a night: every brand's row, the new alerts, how they were told."""

    model: str | None
    rows: list[IndexRow]
    alerts: list[Alert]
    deliveries: list[Delivery]

    @property
    def undelivered(self) -> list[Delivery]:
        """The addresses that did not take what they were due."""
        return [each for each in self.deliveries if each.error is not None]


def conclude(
    store: Store, *, now: datetime, aspects: Words | None = None, notify: Sequence[str] = ()
) -> Night:
    """Bring everything that is computed from mentions and scores up to `now`.

    `aspects` are the configuration's own words, `notify` the addresses that alerts go to. Doing it again adds
    nothing.
    """
    tag(store, aspects)
    update_index(store, now=now)
    alerts = find_alerts(store, now=now)
    deliveries = deliver(store, notify)
    return Night(current_model(store), index_rows(store, now=now), alerts, deliveries)
