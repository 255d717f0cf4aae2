"""`--model OWNER/NAME@COMMIT`: a model of a hub, served here on loopback, goes the way of any other folder."""

import hashlib
import json
import os
import pickle
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sentiment.folder import WEIGHTS
from store.db import Store
from tests.store_samples import document
from tests.tiny_model import change, save_model

ROOT = Path(__file__).parents[1]
NAME = "tutkija/tunne"
COMMIT = "5f" * 20
MODEL = f"{NAME}@{COMMIT}"


@dataclass
class Hub:
    """What the hub has at `COMMIT`, and what it was asked.

    `private`: only with a token. `gated`: its terms are not accepted. `elsewhere`: where weights lie instead.
    `cut`: so many first answers with weights break off in the middle. `short`: weights end early, without a fault.
    `slow`: weights never end. `blocked`: it answers nobody, as a firewall's page does.
    """

    folder: Path
    address: str = ""
    private: bool = False
    gated: bool = False
    elsewhere: str = ""
    cut: int = 0
    short: bool = False
    slow: bool = False
    blocked: bool = False
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """The part of the hub's protocol that fetching a model needs."""

    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.hub, urlsplit(self.path).path
        token = self.headers["Authorization"]
        hub.asked.append((self.command, path, token))
        if hub.blocked:
            return self._refuse(451, "")
        if hub.private and token != "Bearer secret":
            return self._refuse(401, "RepoNotFound")
        if hub.gated and "/resolve/" in path:
            return self._refuse(403, "GatedRepo")
        found = re.fullmatch(r"/(.+)/resolve/(\w+)/(.+)", path)
        repository, commit, name = found.groups() if found else (NAME, COMMIT, path.strip("/"))
        if repository != NAME:
            return self._refuse(404, "RepoNotFound")
        if commit != COMMIT:
            return self._refuse(404, "RevisionNotFound")
        if not (hub.folder / name).is_file():
            return self._refuse(404, "EntryNotFound")
        if name == WEIGHTS and hub.elsewhere:
            self.send_response(302)
            self._describe(hub.folder / name)
            self.send_header("Location", f"{hub.elsewhere}/{name}")
            self.end_headers()
            return None
        return self._send_file(hub.folder / name)

    def _describe(self, file: Path) -> None:
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(file.stat().st_size))
        self.send_header("X-Linked-Etag", f'"{hashlib.sha256(file.read_bytes()).hexdigest()}"')

    def _send_file(self, file: Path) -> None:
        hub, body = self.hub, file.read_bytes()
        start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self._describe(file)
        if file.name == WEIGHTS and self.command == "GET":
            if hub.short:
                body = body[:100]
            if hub.cut > 0 or hub.slow:
                hub.cut -= 1
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                self.wfile.write(body[start : start + 100])
                while hub.slow:
                    time.sleep(0.05)
                self.close_connection = True
                return
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[start:])

    def _refuse(self, code: int, reason: str) -> None:
        self.send_response(code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Error-Code", reason)
        self.send_header("Content-Length", "0")
        self.end_headers()


def serve(hub: Hub) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(save_model(tmp_path / "served"))
    server = serve(made)
    yield made
    made.slow = False
    server.shutdown()
    server.server_close()


def command(hub: Hub, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The real command in a real process, its cache below `hub.folder`'s parent."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    own = {"PYTHONPATH": str(ROOT), "HF_ENDPOINT": hub.address, "HF_HOME": str(hub.folder.parent / "cache")}
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=hub.folder.parent,
        env=inherited | own | environment,
    )


def arvio(hub: Hub, *arguments: str, **environment: str) -> tuple[int, str, str]:
    process = command(hub, *arguments, **environment)
    out, err = process.communicate("hyvä\nhuono\n", timeout=60)
    return process.returncode, out, err


def info(hub: Hub, model: str = MODEL, **environment: str) -> dict[str, object]:
    code, out, err = arvio(hub, "model", "info", "--json", "--model", model, **environment)
    assert (code, err) == (0, "")
    found: dict[str, object] = json.loads(out)
    return found


def refused(hub: Hub, *words: str, model: str = MODEL, **environment: str) -> str:
    code, out, err = arvio(hub, "model", "info", "--model", model, **environment)
    assert (code, out) == (66, ""), err
    (line,) = err.splitlines()
    assert line.startswith(f"arvio: {model}: ") or "/snapshots/" in line
    assert all(word in line for word in words), line
    return line


def test_a_model_of_the_hub_is_fetched_once_and_read_without_the_hub(hub: Hub) -> None:
    (hub.folder / "README.md").write_text("# Tunne")
    (hub.folder / "modeling_evil.py").write_text("raise SystemExit")
    (hub.folder / "pytorch_model.bin").write_bytes(pickle.dumps(1))
    first = arvio(hub, "predict", "--language", "fi", "--model", MODEL)
    assert first[0] == 0
    assert [json.loads(line)["language"] for line in first[1].splitlines()] == ["fi", "fi"]
    fetched = {path.rsplit("/", 1)[1] for how, path, _ in hub.asked if how == "GET" and COMMIT in path}
    assert fetched == {"config.json", "tokenizer.json", WEIGHTS}
    hub.asked.clear()
    assert arvio(hub, "predict", "--language", "fi", "--model", MODEL) == first
    assert hub.asked == []  # not even to look whether something is new
    hub.address = "http://127.0.0.1:9"
    assert arvio(hub, "predict", "--language", "fi", "--model", MODEL) == first


def test_the_store_names_it_by_its_id_and_the_sum_of_its_files(hub: Hub) -> None:
    with Store.open(hub.folder.parent / "arvio.db") as store:
        store.add_documents([document(1)])
    code, _, err = arvio(hub, "score", "--quiet", "--model", MODEL)
    assert (code, err) == (0, "")
    with sqlite3.connect(hub.folder.parent / "arvio.db") as database:
        ((name, sha256),) = database.execute("SELECT name, sha256 FROM models").fetchall()
    database.close()
    assert name == f"{NAME}@{sha256[:12]}"
    assert info(hub, "served")["sha256"] == sha256  # wherever the files lie


def test_a_folder_of_that_name_goes_before_the_hub(hub: Hub) -> None:
    save_model(hub.folder.parent / NAME.split("/")[0] / MODEL.split("/")[1])
    assert info(hub)["path"] == MODEL
    assert hub.asked == []


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:12], COMMIT.upper(), "refs/pr/1"])
def test_only_a_whole_commit_pins_a_model(hub: Hub, revision: str) -> None:
    refused(hub, "is no commit", "the index", model=f"{NAME}@{revision}")
    assert hub.asked == []


def test_what_the_hub_does_not_have_is_named(hub: Hub) -> None:
    refused(hub, "no such model", hub.address, model=f"tutkija/muu@{COMMIT}")
    refused(hub, "no such commit", model=f"{NAME}@{'0' * 40}")
    hub.gated = True
    refused(hub, "terms")


def test_a_private_model_needs_the_token(hub: Hub) -> None:
    hub.private = True
    refused(hub, "a private one", "HF_TOKEN")
    assert info(hub, HF_TOKEN="secret")["name"] == NAME


def test_a_hub_that_is_out_of_reach_is_said_in_a_sentence(hub: Hub) -> None:
    hub.blocked = True
    refused(hub, f"cannot be fetched from {hub.address} (", "451", "check the connection")
    refused(hub, "cannot be fetched", "offline", HF_HUB_OFFLINE="1")


def test_weights_may_lie_elsewhere_which_gets_no_token(hub: Hub, tmp_path: Path) -> None:
    store = Hub(hub.folder)
    server = serve(store)
    hub.private, hub.elsewhere = True, store.address.replace("127.0.0.1", "localhost")
    assert info(hub, HF_TOKEN="secret")["name"] == NAME
    assert [(path, token) for _, path, token in store.asked] == [(f"/{WEIGHTS}", None)]
    server.shutdown()
    server.server_close()


def test_an_answer_that_breaks_off_is_taken_up_again(hub: Hub) -> None:
    hub.cut = 1
    assert info(hub)["sha256"] == info(hub, "served")["sha256"]


def test_weights_that_end_early_are_refused_and_fetched_again(hub: Hub) -> None:
    hub.short = True
    refused(hub, "cannot be fetched", "size")
    hub.short = False
    assert info(hub)["sha256"] == info(hub, "served")["sha256"]


def test_what_an_interrupted_fetch_left_is_not_taken_for_the_model(hub: Hub) -> None:
    hub.slow = True
    process = command(hub, "model", "info", "--model", MODEL)
    while not any(WEIGHTS in path and how == "GET" for how, path, _ in hub.asked):
        time.sleep(0.02)
    process.terminate()
    hub.slow = False
    _, err = process.communicate(timeout=20)
    assert (process.returncode, len(err.splitlines())) == (130, 1)
    refused(hub, "cannot be fetched", HF_HUB_OFFLINE="1")
    assert info(hub)["name"] == NAME


def test_what_another_program_left_in_the_cache_is_made_whole(hub: Hub) -> None:
    change(hub.folder / "arvio.json", name="tunne")
    code = f"from huggingface_hub import hf_hub_download as get; get({NAME!r}, {{!r}}, revision={COMMIT!r})"
    for name in ("config.json", "tokenizer.json", WEIGHTS):
        environment = os.environ | {"HF_ENDPOINT": hub.address, "HF_HOME": str(hub.folder.parent / "cache")}
        subprocess.run([sys.executable, "-c", code.format(name)], env=environment, check=True)
    assert info(hub)["name"] == "tunne"


@pytest.mark.parametrize("name", [WEIGHTS, "tokenizer.json"])
def test_t35_a_model_of_pickles_or_without_a_tokenizer_is_refused(hub: Hub, name: str) -> None:
    (hub.folder / name).rename(hub.folder / "pytorch_model.bin")
    refused(hub, f"has no {name}", "pickles are refused")
    assert not any("pytorch_model" in path for _, path, _ in hub.asked)


def test_t35_code_in_the_configuration_is_refused(hub: Hub) -> None:
    change(hub.folder / "config.json", auto_map={"AutoModelForSequenceClassification": "evil.Model"})
    refused(hub, "auto_map")


def test_a_cache_that_cannot_be_written_is_named(hub: Hub) -> None:
    (hub.folder.parent / "cache").write_text("a file, no folder")
    refused(hub, "cannot be kept in", "HF_HOME")
