"""`arvio serve`: the store in the browser, by Datasette (the extra `serve`).

Read-only: the file is opened with `mode=ro`, and no plugin that writes is loaded. It listens on loopback
unless told otherwise, and answers only to the host names it was started with: a page elsewhere that has its
own name point at 127.0.0.1 (DNS rebinding) is refused.
"""

import importlib.util
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterable
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from store.errors import OutputError, StoreError, UsageError
from store.feed import search_expression
from store.text import normal_form

if TYPE_CHECKING:
    from datasette.app import Datasette

LOOPBACK = "127.0.0.1"
PORT = 8001
DATABASE = "arvio"
_MISSING = "arvio serve needs Datasette; install it with: pip install 'arvio[serve]'"
_HIDDEN = (
    "near_duplicate_bands",
    "stale_clusters",
    "stale_rows",
    "index_cells",
    "index_months",
    "index_rates",
    "audit_counts",
    "settings",
    "_sqlite_migrations",
    "seen_pages",
    "tombstones",
    "cluster_aspects",
    "reference_mix",
    "alert_deliveries",
)
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def serve(
    path: Path, *, host: str = LOOPBACK, port: int = PORT, names: Iterable[str] = (), quiet: bool = False
) -> None:
    """Serves the store at `path` until interrupted, and says where unless `quiet`; `names` are further host names
    that it answers to.

    Raises UsageError where Datasette is missing, StoreError where there is no store, OutputError where the
    port is taken.
    """
    datasette = build(path, names=(host, *names))
    import uvicorn

    with _listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        if not quiet:
            print(f"serving {path} on http://{shown}:{port}/ until Ctrl+C", file=sys.stderr, flush=True)
        server = uvicorn.Server(
            uvicorn.Config(datasette.app(), lifespan="on", workers=1, log_level="warning")
        )
        server.run(sockets=[listener])


def build(path: Path, *, names: Iterable[str] = ()) -> "Datasette":
    """The Datasette instance for the store at `path`, with Arvio's queries and search.

    `names` are host names that it answers to beside those of loopback; "0.0.0.0" or "::" means any.
    """
    if importlib.util.find_spec("datasette") is None:
        raise UsageError(_MISSING)
    _check(path)
    from datasette.app import Datasette
    from datasette.plugins import pm

    plugin = _plugin(frozenset((*_LOCAL_NAMES, *(name.lower() for name in names))))
    if pm.has_plugin(_PLUGIN_NAME):
        pm.unregister(name=_PLUGIN_NAME)
    pm.register(plugin, _PLUGIN_NAME)
    datasette = Datasette(
        files=[],
        metadata=metadata(),
        settings={
            "sql_time_limit_ms": 10_000,
            "max_returned_rows": 5_000,
            "default_page_size": 50,
            "allow_download": False,
            "num_sql_threads": 2,
            "suggest_facets": False,
        },
    )
    from datasette.database import Database

    datasette.add_database(Database(datasette, path=_uri_path(path), is_mutable=True), name=DATABASE)
    return datasette


_PLUGIN_NAME = "arvio"


def _plugin(names: frozenset[str]) -> ModuleType:
    """Datasette's hooks: our SQL functions, and the guard before the application.

    `escape_fts` is the function through which Datasette passes what a reader types into a table's search
    box; ours puts it in the normal form that the search index holds, so that ä, ö and Armenian words with ՞
    ՛ ՜ are found.
    """
    from datasette import hookimpl

    @hookimpl(specname="prepare_connection", trylast=True)  # type: ignore[untyped-decorator]
    def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
        conn.create_function("escape_fts", 1, _searched, deterministic=True)
        conn.create_function("arvio_search", 1, _searched, deterministic=True)
        conn.create_function("arvio_normal_form", 1, _normal, deterministic=True)
        if database == DATABASE:
            conn.execute("PRAGMA query_only = ON")

    @hookimpl(specname="asgi_wrapper")  # type: ignore[untyped-decorator]
    def asgi_wrapper() -> Callable[[App], App]:
        return lambda app: _guarded(app, names)

    module = ModuleType(_PLUGIN_NAME)
    module.__dict__.update(prepare_connection=prepare_connection, asgi_wrapper=asgi_wrapper)
    return module


def metadata() -> dict[str, object]:
    """Datasette's metadata: titles, descriptions, hidden tables, the search and the canned queries."""
    return {
        "title": "Arvio",
        "description": "What people write about brands, and the mention-satisfaction index of each.",
        "databases": {DATABASE: {"tables": _tables(), "queries": _queries()}},
    }


def _searched(words: object) -> str:
    """An expression for `mentions_fts MATCH`; one that finds nothing where there is no word in it."""
    return search_expression(str(words or "")) or '""'


def _normal(text: object) -> str | None:
    return None if text is None else normal_form(str(text))


def _check(path: Path) -> None:
    """The store opens, and is ours and current: said in a sentence before a server starts."""
    from store.connection import open_connection

    open_connection(path, read_only=True).close()


def _uri_path(path: Path) -> str:
    """Datasette puts the path into an SQLite URI as it is: what a URI reads as its own cannot stand in it, nor what
    is no text.
    """
    text = str(path.absolute())
    if any(character in "%?#" or "\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(
            f"{text}: Datasette cannot open a path with %, ? or # in it, or letters that the locale does not know; "
            "rename the file or folder, or set the locale to UTF-8"
        )
    return text


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OutputError(
            f"{host}:{port}: cannot be listened on ({error.strerror}); give another --port"
        ) from None
    return listener


def _guarded(app: App, names: frozenset[str]) -> App:
    """Refuses requests for host names that are not ours."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_ours(scope, names):
            head = {
                "type": "http.response.start",
                "status": 421,
                "headers": [(b"content-type", b"text/plain")],
            }
            await send(head)
            await send(
                {"type": "http.response.body", "body": b"This server does not answer to that host name.\n"}
            )
            return
        await app(scope, receive, send)

    return answer


def _is_ours(scope: Scope, names: frozenset[str]) -> bool:
    if names & {"0.0.0.0", "::"}:
        return True
    host = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name.lower() in names or name.strip("[]").lower() in names


def _tables() -> dict[str, object]:
    shown: dict[str, object] = {
        "scored_mentions": {
            "description": "One row a mention: text, source, date, label, probabilities. "
            "docs/guide-analyst.md explains every column.",
            "fts_table": "mentions_fts",
            "fts_pk": "mention_id",
            "sort_desc": "published_at",
            "facets": ["brand", "label", "language", "source"],
        },
        "satisfaction_index": {
            "description": "The index by brand and period or key, as `arvio run` last computed it.",
            "facets": ["brand", "by", "state"],
        },
        "alerts": {"description": "What changed, with the mentions that show it.", "sort_desc": "day"},
        "survey_responses": {"description": "CSAT, NPS and times to resolve, as they were imported."},
        "source_runs": {"description": "Each crawl of each source and how it ended.", "sort_desc": "id"},
    }
    return shown | {name: {"hidden": True} for name in _HIDDEN}


def _queries() -> dict[str, object]:
    """The files of `store/queries/`: the first comment line is the title, the second the description."""
    found: dict[str, object] = {}
    for file in sorted(resources.files("store").joinpath("queries").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".sql"):
            continue
        title, description, sql = file.read_text(encoding="utf-8").split("\n", 2)
        found[file.name.removesuffix(".sql")] = {
            "title": title.removeprefix("-- "),
            "description": description.removeprefix("-- "),
            "sql": sql.strip(),
        }
    if not found:
        raise StoreError("the canned queries are missing from the installation; install Arvio again")
    return found
