"""How each source has fared lately: what `arvio doctor` shows."""

from dataclasses import dataclass

from store.db import Store


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source's last crawl and its usual yield (median documents of its last good crawls, None before three)."""

    source: str
    kind: str
    outcome: str
    reason: str
    finished_at: str | None
    usual_yield: float | None


def source_health(store: Store) -> list[SourceHealth]:
    """Every active source, by name; `outcome` is "never" for one that was not crawled yet."""
    with store.reading() as database:
        rows = database.execute(
            "SELECT s.name, s.kind, coalesce(r.outcome, 'never'), coalesce(r.reason, ''), r.finished_at "
            "FROM sources s LEFT JOIN source_runs r ON r.id = "
            "(SELECT max(id) FROM source_runs WHERE source_id = s.id AND finished_at IS NOT NULL) "
            "WHERE s.active ORDER BY s.name"
        ).fetchall()
    return [
        SourceHealth(source, kind, outcome, reason, finished_at, store.usual_yield(source))
        for source, kind, outcome, reason, finished_at in rows
    ]
