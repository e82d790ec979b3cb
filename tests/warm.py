"""What every server makes alike as it starts, made once in the process that the tests' servers are forked from."""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from server.store import upgrade as upgrading
from server.store.database import sqlite_file
from server.store.migrations import migrate
from server.web.routes import api


def _tables() -> bytes:
    with TemporaryDirectory() as folder:
        file = sqlite_file(Path(folder))
        migrate(URL.create("sqlite", database=str(file)))
        return file.read_bytes()


api()
_TABLES = _tables()
gc.collect()
gc.freeze()  # memory that a collector in a server has looked at is no longer shared with the others


def begin_with_tables() -> None:
    """Let SQLite begin with the tables that the migrations made here, which take a third of a server's start."""

    def begin(at: URL, to: str | None = None) -> None:
        file = Path(at.database or "")
        if at.drivername != "sqlite" or to is not None or (file.exists() and file.stat().st_size):
            migrate(at, to)
            return
        made = file.with_suffix(".made")
        made.write_bytes(_TABLES)
        made.replace(file)  # a test may kill us here

    vars(upgrading)["migrate"] = begin
