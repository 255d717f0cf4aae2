"""Everything that Arvio raises on purpose: one sentence each, with the exit code of the command that meets it."""


class ArvioError(Exception):
    """Base of our errors; the message says what, where and what to do, in one sentence."""

    exit_code = 1


class UsageError(ArvioError):
    """The command was called with something it cannot take."""

    exit_code = 2


class SourceError(ArvioError):
    """The run finished, but a source failed or went silent."""

    exit_code = 3


class ModelError(ArvioError):
    """The model is missing, incomplete or refused."""

    exit_code = 66


class OutputError(ArvioError):
    """An output file cannot be written."""

    exit_code = 73


class StoreError(ArvioError):
    """The store cannot be read or written."""

    exit_code = 74


class StoreBusyError(ArvioError):
    """Another process holds the store or the source."""

    exit_code = 75


class ConfigError(ArvioError):
    """The configuration is wrong."""

    exit_code = 78


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that there is no memory left: libraries have other words for MemoryError."""
    said = ("allocate memory", "failed to map segment from shared object")
    return isinstance(error, MemoryError) or any(each in str(error) for each in said)
