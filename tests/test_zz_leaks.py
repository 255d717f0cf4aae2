"""T42: after the whole suite no file, socket, thread or temporary file is left. Its name puts it last."""

import gc
import stat
import sys
import threading
from pathlib import Path

import pytest


def open_files() -> set[str]:
    """Files and sockets that this process has open."""
    found = set()
    for each in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        try:
            kind, target = each.stat().st_mode, str(each.readlink())
        except FileNotFoundError:  # the one that lists the folder
            continue
        if stat.S_ISSOCK(kind) or (stat.S_ISREG(kind) and not target.endswith("(deleted)")):
            found.add(target)
    return found


# At collection, before the first test: where this run's own output goes.
BEFORE = open_files()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc lists what is open")
def test_t42_no_file_and_no_socket_is_left_open() -> None:
    gc.collect()
    assert open_files() - BEFORE == set()


def test_t42_no_thread_is_left() -> None:
    gc.collect()
    left = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
    # Datasette's writer to its own tables in memory is a daemon that ends with the process only.
    assert [name for name in left if "_execute_writes" not in name] == []


def test_t42_no_temporary_file_is_left(temporary: Path) -> None:
    # The browser leaves folders of its own when it is started anew; multiprocessing takes its own (pymp-) away as
    # the interpreter ends.
    others = ("chromium", "pymp-")
    left = [
        each.name for each in temporary.iterdir() if not any(name in each.name.lower() for name in others)
    ]
    assert left == []
