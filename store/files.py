"""Files that are written beside their place and moved there when they are whole."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from store.errors import OutputError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty file beside `path` that takes its place when the block has filled it, with the permissions of what
    was there, and where `path` is a link, the place of what it leads to; a failure leaves what was there. Raises
    OutputError where it cannot be written, before the block if that is known before.
    """
    place = Path(os.path.realpath(path))
    partial = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        partial.touch()
        if place.exists():
            shutil.copymode(place, partial)
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(place)
    except OSError as error:
        # By its number: Arrow puts a sentence of its own around the system's.
        reason = os.strerror(error.errno) if error.errno else error.strerror
        raise OutputError(f"{path}: cannot be written ({reason}); give another path or free space") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
