"""Paths in a storage account, as people give them: `bucket/customers/alice`, always with plain slashes."""

from server.contract.storage import TestResult
from server.storage.answers import StorageError

LONGEST = 1024


def checked(path: str) -> str:
    """Return it as it is, empty for the account itself; raises `StorageError` where it could mean something else."""
    parts = path.split("/") if path else []
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST or not all(_is_part(part) for part in parts):
        raise StorageError(TestResult.INVALID)
    return path


def below(path: str) -> str:
    """Return a path that names something in the account, never the account itself."""
    if not checked(path):
        raise StorageError(TestResult.INVALID)
    return path


def name(text: str) -> str:
    """Return the name of one bucket, container or folder."""
    if "/" in below(text):
        raise StorageError(TestResult.INVALID)
    return text


def _is_part(part: str) -> bool:
    """Whether it names one thing: no way up, no other separator, nothing that is not seen, no lone surrogate."""
    return (
        part not in ("", ".", "..")
        and "\\" not in part
        and part.strip() == part
        and all(each.isprintable() for each in part)
    )
