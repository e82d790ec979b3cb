"""What must stay ended although an old database is put back: one line each, beside the key file, before the commit."""

import json
import os
from datetime import datetime
from pathlib import Path


class Ledger:
    """An append-only file of JSON lines; only the writer touches it."""

    def __init__(self, file: Path) -> None:
        """Read what was appended so far; a last line cut off by a crash counts as never written."""
        self._file = file
        self._staged: list[dict[str, str]] = []
        self._ended: dict[str, dict[str, datetime]] = {}
        self.exists = file.exists()
        self.marked = False
        for entry in self._entries():
            self._apply(entry)
        self._committed = self.marked

    def ended(self, what: str) -> dict[str, datetime]:
        """Return the subjects of a kind that ended, with when they did last."""
        return self._ended.get(what, {})

    def stage(self, entries: list[dict[str, str]]) -> None:
        """Take entries of a call that is about to be committed; they count at once for the calls after it."""
        self._staged += entries
        for entry in entries:
            self._apply(entry)

    def flush(self, now: datetime) -> None:
        """Write what is staged, with one flush to the disk; raises OSError, and then nothing may be committed."""
        if not self._staged:
            return
        lines = "".join(json.dumps({"at": now.isoformat(), **entry}) + "\n" for entry in self._staged)
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as stream:
            stream.write(lines.encode())
            stream.flush()
            os.fsync(stream.fileno())
        self._staged.clear()

    def settle(self) -> None:
        """What was written is committed."""
        self._committed = self.marked

    def drop(self, now: datetime) -> None:
        """Take back what was staged or written: its transaction was not committed."""
        written = not self._staged
        self._staged.clear()
        if self.marked != self._committed:
            self.marked = self._committed
            if written:
                self._staged.append({"what": "mark", "state": "set" if self.marked else "removed"})
                self.flush(now)

    def _apply(self, entry: dict[str, str]) -> None:
        if entry["what"] == "mark":
            self.marked = entry["state"] == "set"
        elif "at" in entry:
            self._ended.setdefault(entry["what"], {})[entry["subject"]] = datetime.fromisoformat(entry["at"])

    def _entries(self) -> list[dict[str, str]]:
        if not self._file.exists():
            return []
        whole, _, _cut = self._file.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if line]
