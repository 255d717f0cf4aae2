"""A model on the Hugging Face hub, pinned to a commit: fetched once into the hub's cache, then read from there."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from store.errors import ModelError, is_out_of_memory

_ID = re.compile(r"([\w.-]+/[\w.-]+)@(.+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def split_id(model: str) -> tuple[str, str] | None:
    """`OWNER/NAME@COMMIT` as (`OWNER/NAME`, `COMMIT`), None if `model` has another shape.

    Raises ModelError (exit 66) if what follows the @ is no full commit.
    """
    found = _ID.fullmatch(model)
    if found is None:
        return None
    name, commit = found.groups()
    if not _COMMIT.fullmatch(commit):
        raise ModelError(
            f"{model}: {commit} is no commit; write all 40 of its digits, since what a branch or a tag holds "
            "changes, and the index would with it"
        )
    return name, commit


def fetch(name: str, commit: str, required: Sequence[str], optional: Sequence[str]) -> Path:
    """The folder in the hub's cache with what the model `name` has at `commit` of these files, and no others.

    Without a connection where all that is known already. Raises ModelError (exit 66) if they cannot be fetched, or
    there is none of a `required` one.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import RemoteEntryNotFoundError
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # what goes wrong is said once, here
    # A path, None, or else a mark that the model has no such file.
    kept = {file: try_to_load_from_cache(name, file, revision=commit) for file in (*required, *optional)}
    try:
        for file in required:
            if not isinstance(kept[file], str):
                kept[file] = hf_hub_download(name, file, revision=commit)
        for file in optional:
            if kept[file] is None:
                with suppress(RemoteEntryNotFoundError):
                    hf_hub_download(name, file, revision=commit)
    except RemoteEntryNotFoundError:
        raise ModelError(
            f"{name}@{commit}: has no {file}; a model must be stored as {', '.join(required)} (pickles are refused)"
        ) from None
    except Exception as error:  # the hub's own, its HTTP library's, hf_xet's, the disk's
        if is_out_of_memory(error):
            raise
        raise ModelError(f"{name}@{commit}: {_reason(error)}") from error
    return Path(str(kept[required[0]])).parent


def _reason(error: Exception) -> str:
    from huggingface_hub import constants, errors

    hub = constants.ENDPOINT
    if isinstance(error, errors.GatedRepoError):
        return f"{hub} gives it to those who have accepted its terms; do so on its page and set HF_TOKEN"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{hub} has no such commit of it; copy the commit from the model's page"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"{hub} has no such model, or a private one; check its name, or set HF_TOKEN"
    if isinstance(error, OSError) and error.errno:
        where = error.filename or constants.HF_HUB_CACHE
        return f"cannot be kept in {where} ({error.strerror}); free space there, or set HF_HOME to another folder"
    said = str(error.__cause__ or error).strip() or type(error).__name__
    return f"cannot be fetched from {hub} ({said.splitlines()[0].strip(' .:')}); check the connection and try again"
