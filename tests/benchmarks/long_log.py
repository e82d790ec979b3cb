"""Makes an audit log long: a million lines with a chain that holds, in a database that no server uses."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from server.clock import now
from server.domain.audit import chained
from server.protocol import canonical
from server.store import tables
from server.store.audit_log import found_by

_MOMENT = tables.Moment()


def lengthen(database: Path, lines: int) -> None:
    """Append `lines` copies of the newest line, each a microsecond younger than the one before it."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        [(number, body, previous)] = connection.execute(
            "SELECT number, body, hash FROM audit ORDER BY number DESC LIMIT 1"
        )
        rows = _rows(json.loads(body), number, previous, lines)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO audit (number, id, at, event, outcome, actor, request, subjects, words, body, hash) VALUES "
            "(:number, :id, :at, :event, :outcome, :actor, :request, :subjects, :words, :body, :hash)",
            rows,
        )
        connection.execute("COMMIT")


def _rows(line: dict[str, object], number: int, previous: bytes, lines: int) -> Iterator[dict[str, object]]:
    began = now()
    for turn in range(1, lines + 1):
        at = began + timedelta(microseconds=turn)
        changed = {
            **line,
            "id": f"evt_{turn:016}",
            "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }
        body = canonical(changed)
        previous = chained(previous, body)
        yield {
            "number": number + turn,
            "at": _MOMENT.process_bind_param(at, None),  # type: ignore[arg-type]
            "body": body,
            "hash": previous,
            **found_by(changed),
        }
