"""Locks on what one process at a time may do with a store, which end with their process, however that ends.

Each is a byte of the file `arvio.db.lock` beside the store, locked by the operating system; the file itself stays,
empty. Numbers of processes, which a table would keep, tell nothing after a kill: they are given anew, and in each
container they are others.
"""

import os
import sys
from pathlib import Path

from store.errors import StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NIGHT = 0
"""The lock of a whole nightly job; a source's is its id."""


class Locks:
    """The locks of the store at `path` that this process holds, until they are released or closed.

    Two objects of one process are not kept apart, and what the one closes the other loses.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(path.name + ".lock")
        self._handle: int | None = None

    def take(self, number: int) -> bool:
        """Whether the lock is this process's now; False where another has it. StoreError where none can be had."""
        try:
            if self._handle is None:
                self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise self._failed(error) from None
        try:
            _lock(self._handle, number)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise self._failed(error) from None
        return True

    def release(self, number: int) -> None:
        """Gives a lock back; one that is not held stays so."""
        if self._handle is not None:
            _unlock(self._handle, number)

    def close(self) -> None:
        """Gives all back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self._file}: cannot be locked ({error.strerror}); check its permissions and its disk"
        )


if sys.platform == "win32":

    def _lock(handle: int, number: int) -> None:
        os.lseek(handle, number, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int, number: int) -> None:
        os.lseek(handle, number, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:

    def _lock(handle: int, number: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)

    def _unlock(handle: int, number: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, number)
