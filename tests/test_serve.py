"""The store in the browser: Arvio's queries and search, read-only, for this machine only."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from store.db import Store
from store.errors import OutputError, StoreError, UsageError
from store.published import update_index
from store.serve import build, metadata, serve
from tests.store_samples import CLOCK, NOW, clock, document, mix, score_all

pytest.importorskip("datasette", reason="the extra `serve` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("serve") / "arvio.db"
    with Store.open(path, clock=clock) as store:
        store.add_documents([document(at, f"Nokian säätö on hyvä {at}.") for at in range(40)])
        store.add_documents([document("saa", "Nokia saa kiitosta.", url="javascript:alert(1)")])
        store.add_documents([document("hy", "Ի՞նչ է անում Ուքոմը։ Լա՜վ է։", "Ucom", language="hy")])
        score_all(store, mix(3, 1, 2))
        update_index(store, now=CLOCK)
        with store.transaction() as database:
            database.execute(
                "INSERT INTO alerts VALUES (1, 'i', 'volume', 1, '2026-11-20', 9, 9, 1, 0, 4, 0.0001, ?, ?, NULL)",
                ('[{"mention_id": 1}, {"mention_id": 2}]', NOW),
            )
    yield path


def get(path: Path, url: str, **options: Any) -> Any:
    (answer,) = get_all(path, [url], **options)
    return answer


def get_all(path: Path, urls: list[str], **options: Any) -> list[Any]:
    async def ask() -> list[Any]:
        datasette = build(path)
        try:
            await datasette.invoke_startup()
            return [await datasette.client.get(url, **options) for url in urls]
        finally:
            datasette.executor.shutdown()
            for database in datasette.databases.values():
                database.close()

    return asyncio.run(ask())


def rows(path: Path, query: str, **parameters: str) -> list[dict[str, Any]]:
    found = get(path, f"/arvio/{query}.json", params={"_shape": "array", **parameters})
    assert found.status_code == 200, found.text
    return list(found.json())


def test_every_table_can_be_opened(path: Path) -> None:
    with Store.open(path) as store, store.reading() as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        keyed = database.execute(
            'SELECT DISTINCT k."table", i.name FROM sqlite_master t, pragma_foreign_key_list(t.name) k, '
            'pragma_table_info(k."table") i WHERE i.pk'
        ).fetchall()
    pages = {table: f"/arvio/{table}" for (table,) in tables}
    answers = dict(zip(pages, get_all(path, list(pages.values())), strict=True))
    assert {table for table, answer in answers.items() if answer.status_code != 200} == set()
    assert "Nokia</a>" in answers["mentions"].text
    assert {column for _, column in keyed} == {"id"}


def test_a_datasette_without_our_settings_opens_every_table_too(path: Path) -> None:
    from datasette.app import Datasette

    with Store.open(path) as store, store.reading() as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()

    async def ask() -> set[str]:
        datasette = Datasette([str(path)])
        try:
            await datasette.invoke_startup()
            answers = {table: await datasette.client.get(f"/arvio/{table}") for (table,) in tables}
            return {table for table, answer in answers.items() if answer.status_code != 200}
        finally:
            datasette.executor.shutdown()
            for each in datasette.databases.values():
                each.close()

    assert asyncio.run(ask()) == set()


def test_the_canned_queries_answer(path: Path) -> None:
    assert [row["brand"] for row in rows(path, "index", brand="")] == ["Nokia", "Ucom"]
    assert rows(path, "index", brand="Nokia")[0]["index"] is not None
    assert rows(path, "trend", brand="Nokia")[0]["period"] == "2026-11"
    assert rows(path, "alerts")[0]["evidence"] == 2
    assert [row["mention_id"] for row in rows(path, "evidence", alert="1")] == [2, 1]
    assert len(rows(path, "feed", brand="", label="", search="")) == 42
    labels = {row["label"] for row in rows(path, "feed", brand="", label="negative", search="")}
    assert labels == {"negative"}


@pytest.mark.parametrize(
    ("words", "found"),
    [("SÄÄTÖ", 40), ("säät", 40), ("saa", 1), ("ինչ", 1), ("Ի՞նչ", 1), ("լա՜վ", 1), ("լավ", 1), ("* OR", 0),
     ('"', 0), ("nokian hyvä", 40)],
)  # fmt: skip
def test_search_is_literal_and_keeps_letters_apart(path: Path, words: str, found: int) -> None:
    assert len(rows(path, "feed", brand="", label="", search=words)) == (found if words != '"' else 0)
    listed = get(path, "/arvio/scored_mentions.json", params={"_search": words})
    assert listed.json()["filtered_table_rows_count"] == found


def test_nothing_can_be_written(path: Path) -> None:
    before = path.read_bytes()
    for sql in ("delete from mentions", "select 1; drop table mentions", "pragma query_only=0"):
        assert get(path, "/arvio.json", params={"sql": sql}).status_code == 400
    assert get(path, "/arvio.db").status_code in (403, 404)
    assert path.read_bytes() == before


def test_another_host_name_is_refused(path: Path) -> None:
    assert get(path, "/").status_code == 200
    assert get(path, "/", headers={"host": "127.0.0.1:8001"}).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example:8001", "localhost.evil.example", ""):
        assert get(path, "/", headers={"host": host}).status_code == 421


def test_only_web_addresses_are_links(path: Path) -> None:
    page = get(path, "/arvio/scored_mentions?_search=kiitosta").text
    assert "javascript:alert(1)" in page
    assert 'href="javascript:' not in page


def test_tables_of_the_machinery_are_hidden() -> None:
    databases: Any = metadata()["databases"]
    tables = databases["arvio"]["tables"]
    assert tables["tombstones"] == tables["settings"] == {"hidden": True}
    assert set(databases["arvio"]["queries"]) == {"alerts", "evidence", "feed", "index", "trend"}


def test_a_missing_extra_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'arvio\[serve\]'"):
        build(path)


def test_a_missing_store_and_an_odd_path_are_said(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        build(tmp_path / "none.db")
    for name in ["a#b.db", *([os.fsdecode(b"p\xe4\xe4.db")] if sys.platform == "linux" else [])]:
        odd = tmp_path / name
        odd.write_bytes(path.read_bytes())
        with pytest.raises(UsageError, match="rename"):
            build(odd)


@pytest.mark.skipif(sys.platform == "win32", reason="ports are shared there")
def test_a_port_in_use_is_said(path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OutputError, match="--port"):
            serve(path, port=taken.getsockname()[1])


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
@pytest.mark.parametrize("quiet", [False, True])
def test_a_real_server_says_where_it_is_and_stops_when_interrupted(path: Path, quiet: bool) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        "import cli; cli.main()",
        "serve",
        "--db",
        str(path),
        "--port",
        str(port),
        *(["--quiet"] if quiet else []),
    ]
    root = Path(__file__).parent.parent
    # A shell's background job inherits that it ignores the interrupt; a user's foreground command does not.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True, preexec_fn=heed) as server:
        try:
            assert server.stderr is not None
            if not quiet:
                line = next(each for each in server.stderr if "serving" in each)
                assert f"http://127.0.0.1:{port}/" in line
            deadline = time.monotonic() + 60
            while quiet and server.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/arvio.json", timeout=60) as answer:
                assert answer.status == 200
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == 130
            assert server.stderr.read() == "arvio: the server has stopped\n"
        finally:
            server.kill()
