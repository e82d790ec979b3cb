"""Paths in a storage account, as people give them: `bucket/customers/alice`, always with plain slashes."""

import re

from server.contract.storage import TestResult, names_one
from server.storage.answers import StorageError

LONGEST = 1024

_MEANT = {chr(0x2400 + each): chr(each) for each in range(32)} | {"\u2421": "\x7f", "\uff0f": "/"}
_WRITTEN = re.compile("\u201b(.)|([\u2400-\u241f\u2421\uff0f])")


def meant(path: str) -> str:
    """Return a path as it is at the service, for one that the engine has written."""
    return "/".join(map(_meant, path.split("/")))


def _meant(part: str) -> str:
    if part in ("\uff0e", "\uff0e\uff0e"):
        return "." * len(part)
    return _WRITTEN.sub(lambda found: found[1] or _MEANT[found[2]], part)


def checked(path: str) -> str:
    """Return it as it is, empty for the account itself; raises `StorageError` where it could mean something else."""
    parts = path.split("/") if path else []
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST or not all(names_one(part) for part in parts):
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
