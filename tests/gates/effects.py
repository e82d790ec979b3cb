"""What has happened, read from the database: every row of every table but those that only say that somebody called."""

import hashlib
import sqlite3

from tests.gates.world import ControlledServer

TRACES = {  # a refusal may write these: they say that it was tried
    *("audit", "live_events", "live_number", "attempts", "phone_sessions", "spent_challenges", "notices"),
    *("alembic_version", "idempotency_keys"),
}
USE = {
    "last_used_at",
    "last_seen_at",
    "opened_at",
    "pushed_at",
    "unanswered",
    "attempts",
    "guesses",
}  # that somebody was there


class Effects:
    """An onlooker of one server's database."""

    def __init__(self, server: ControlledServer) -> None:
        """Begin to look."""
        self._database = sqlite3.connect(server.data / "countersign.db", timeout=20, isolation_level=None)
        self._version, self._seen = -1, dict[str, str]()

    def now(self) -> dict[str, str]:
        """Return a digest of each table: two are the same where nothing has happened between them."""
        [(version,)] = self._database.execute("PRAGMA data_version")
        if version != self._version:  # somebody has written since
            self._version, self._seen = version, self._read()
        return self._seen

    def _read(self) -> dict[str, str]:
        found: dict[str, str] = {}
        self._database.execute("BEGIN")
        tables = [name for (name,) in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(set(tables) - TRACES):
            columns = [row[1] for row in self._database.execute(f"PRAGMA table_info({table})") if row[1] not in USE]
            rows = self._database.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2")  # noqa: S608
            found[table] = hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()
        self._database.execute("COMMIT")
        return found

    def close(self) -> None:
        """Look away."""
        self._database.close()
