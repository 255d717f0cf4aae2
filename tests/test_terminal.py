"""Tables in terminals that are too narrow for them."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from store.db import Store
from tests.store_samples import clock, document, score_all

ROOT = Path(__file__).parents[1]


def in_terminal(columns: int, folder: Path, *arguments: str) -> list[str]:
    """What the real command shows in a terminal so many columns wide."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with (
        os.fdopen(ours, "rb", buffering=0) as shown,
        subprocess.Popen(
            [sys.executable, "-m", "cli", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environment | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
        ) as process,
    ):
        os.close(theirs)
        read = b""
        try:
            while part := shown.read(65536):
                read += part
        except OSError:  # how Linux says that the other end is closed
            pass
    assert process.returncode == 0, read
    return re.sub(r"\x1b\[[0-9;]*m", "", read.decode()).splitlines()


@pytest.mark.parametrize("columns", [80, 40])
def test_a_table_breaks_no_figure_and_no_heading(tmp_path: Path, columns: int) -> None:
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        store.add_documents(
            [document(at, f"Kuiske {at}", brand="Kuiskeen Palvelukeskus") for at in range(40)]
        )
        score_all(store, ["negative", "negative", "positive"])
    lines = in_terminal(columns, tmp_path, "index", "--now", "2026-11-22T00:00:00Z")
    whole = " ".join(lines).split()
    assert {"index", "interval", "opinions", "mentions", "unscored", "published", "-35"} <= set(whole)
    # Wider ones are left to the terminal, a line for each row.
    assert max(map(len, lines)) <= 80 if columns == 80 else len(lines) == 2
