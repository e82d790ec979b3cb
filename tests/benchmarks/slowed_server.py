"""`countersign-server` with a slower disk, or a commit for each call, to compare with; the product has no such switch.

`BENCHMARK_FLUSH` are the milliseconds that each commit takes longer, `BENCHMARK_GROUP` the most calls in a commit.
"""

import os
import sys
import time
from pathlib import Path

from sqlalchemy import URL, Connection, event

import server.store.store
from server.cli import main
from server.store.database import Database

FLUSH = float(os.environ["BENCHMARK_FLUSH"]) / 1000
server.store.store.LARGEST_GROUP = int(os.environ["BENCHMARK_GROUP"])

opened = Database.__init__


def open_slowly(self: Database, at: URL, data: Path | None = None) -> None:
    """Let every commit of a write wait while the database is held, as a flush does."""
    opened(self, at, data)

    @event.listens_for(self.engine, "commit")
    def _flush(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate"):
            time.sleep(FLUSH)


if FLUSH:
    Database.__init__ = open_slowly  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(main())
