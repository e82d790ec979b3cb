"""What must stay ended although an old database is put back: one line each, beside the key file, before the commit."""

import json
import os
import threading
from datetime import datetime
from pathlib import Path


class Ledger:
    """An append-only file of JSON lines, flushed to the disk before `append` returns."""

    def __init__(self, file: Path) -> None:
        """Read what was appended so far; a last line cut off by a crash counts as never written."""
        self._file = file
        self._lock = threading.Lock()
        self.marked = False
        for entry in self._entries():
            self._apply(entry)

    def append(self, entries: list[dict[str, str]], now: datetime) -> None:
        """Write all entries with one flush; raises OSError, and then nothing may be committed."""
        with self._lock:
            lines = "".join(json.dumps({"at": now.isoformat(), **entry}) + "\n" for entry in entries)
            with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as stream:
                stream.write(lines.encode())
                stream.flush()
                os.fsync(stream.fileno())
            for entry in entries:
                self._apply(entry)

    def _apply(self, entry: dict[str, str]) -> None:
        if entry.get("what") == "mark":
            self.marked = entry.get("state") == "set"

    def _entries(self) -> list[dict[str, str]]:
        if not self._file.exists():
            return []
        whole, _, _cut = self._file.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if line]
