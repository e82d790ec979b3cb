"""What keeps the database from answering, in one word, told apart from errors of our own."""

import errno
from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection


class Trouble(StrEnum):
    """Why nothing can be written; where `reads`, everything can still be looked at."""

    FULL = "disk_full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    UNREACHABLE = "unreachable"

    @property
    def reads(self) -> bool:
        """Whether reading goes on."""
        return self is not Trouble.UNREACHABLE


SAID = {
    Trouble.FULL: "The disk of the server is full",
    Trouble.READ_ONLY: "The server can read its data, not change it",
    Trouble.LOCKED: "Another program holds the data of the server",
    Trouble.UNREACHABLE: "The server cannot reach its data",
}


class Unavailable(Exception):
    """The database did not answer; where `unknown`, the call may have been carried out all the same."""

    def __init__(self, trouble: Trouble, *, unknown: bool = False) -> None:
        super().__init__(trouble)
        self.trouble, self.unknown = trouble, unknown


_SQLITE = {
    5: Trouble.LOCKED,  # SQLITE_BUSY
    6: Trouble.LOCKED,  # SQLITE_LOCKED
    8: Trouble.READ_ONLY,
    10: Trouble.UNREACHABLE,  # SQLITE_IOERR
    11: Trouble.UNREACHABLE,  # SQLITE_CORRUPT
    13: Trouble.FULL,
    14: Trouble.UNREACHABLE,  # SQLITE_CANTOPEN
    26: Trouble.UNREACHABLE,  # SQLITE_NOTADB
}
_POSTGRESQL = {
    "53100": Trouble.FULL,
    "25006": Trouble.READ_ONLY,
    "0A000": Trouble.READ_ONLY,  # a standby refuses to begin a transaction that writes
    "55P03": Trouble.LOCKED,
}
_POSTGRESQL_CLASSES = {
    "08",
    "40",
    "53",
    "57",
    "58",
    "XX",
}  # connection, rollback, resources, operator, system, internal
_FILES = {
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
}


def trouble_of(error: BaseException) -> Trouble | None:
    """Return what is wrong with the database, or with the ledger's disk; null where the error is a call's own."""
    if isinstance(error, Unavailable):
        return error.trouble
    if isinstance(error, OSError):
        return _FILES.get(error.errno or 0, Trouble.UNREACHABLE)
    if isinstance(error, NoConnection):
        return Trouble.UNREACHABLE
    if not isinstance(error, DBAPIError):
        return None
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(code & 0xFF)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state:
        return _POSTGRESQL.get(state, Trouble.UNREACHABLE if state[:2] in _POSTGRESQL_CLASSES else None)
    lost = error.connection_invalidated or type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")
    return Trouble.UNREACHABLE if lost else None
