"""What must stay ended although an old database is put back: one line each, beside the key file, before the commit."""

import contextlib
import json
import os
from datetime import datetime
from pathlib import Path
from threading import Lock

_MARK = {"set": True, "removed": False}


class Unreadable(Exception):
    """The ledger holds something else than its lines; nothing was changed."""


class Ledger:
    """An append-only file of JSON lines; only the writer touches it."""

    def __init__(self, file: Path) -> None:
        """Read what was appended so far; a last line cut off by a crash counts as never written."""
        self._file = file
        self._group: list[dict[str, str]] = []
        self._flushed = False
        self._span = 0, 0
        self._ended: dict[str, dict[str, datetime]] = {}
        self.exists = file.exists()
        self.mark: bool | None = None
        self._before: bool | None = None
        self._read = 0, 0  # the file, by its number, and until where
        self._reading = Lock()
        if self.exists:
            self._take(0)

    def catch_up(self) -> None:
        """Take what another process has appended since, such as a command on the server's host."""
        with self._reading, contextlib.suppress(FileNotFoundError):
            found = self._file.stat()
            node, end = self._read
            if (found.st_ino, found.st_size) == (node, end):
                return
            for start in (end, 0) if found.st_ino == node and found.st_size > end else (0,):
                with contextlib.suppress(Unreadable):  # another file under the same number, or what the next start says
                    self._take(start)
                    return

    def _take(self, start: int) -> None:
        """Apply the whole lines from there on; raises `Unreadable`."""
        with self._file.open("rb") as stream:
            node = os.fstat(stream.fileno()).st_ino
            stream.seek(start)
            written = stream.read()
        whole = written[: written.rfind(b"\n") + 1]
        for entry in self._entries(whole):
            self._apply(entry)
        self._read = node, start + len(whole)

    @property
    def marked(self) -> bool:
        """Whether the organisation's mark is set; `mark` is null where nothing was ever written of it."""
        return bool(self.mark)

    def ended(self, what: str) -> dict[str, datetime]:
        """Return the subjects of a kind that ended, with when they did last."""
        return self._ended.get(what, {})

    def stage(self, entries: list[dict[str, str]]) -> None:
        """Take entries of a call that is about to be committed; they count at once for the calls after it."""
        if not self._group:
            self._before = self.mark
        self._group += entries
        for entry in entries:
            self._apply(entry)

    def flush(self) -> None:
        """Write what is staged, with one flush to the disk; raises OSError, and then nothing may be committed."""
        if not self._group:
            return
        self._cut_off_torn_line()
        before = self._file.stat().st_size if self._file.exists() else 0
        try:
            with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as stream:
                stream.write("".join(json.dumps(entry) + "\n" for entry in self._group).encode())
                stream.flush()
                os.fsync(stream.fileno())
                self._span = before, stream.tell()
        except OSError:
            with contextlib.suppress(OSError):
                os.truncate(self._file, before)  # half a line must not spoil the next
            raise
        self._flushed = True

    def settle(self) -> None:
        """What was staged is committed."""
        self._group, self._flushed = [], False

    def drop(self) -> None:
        """Take back what was staged, and what was written of it: its transaction was not committed."""
        written, self._flushed = self._flushed, False
        self._group = [{**entry, "state": self._undone(entry)} for entry in reversed(self._group)]
        for entry in self._group:
            self._apply(entry)
        try:
            if written:
                self.flush()
        except OSError:  # not even that: shorter takes no space, unless another process has written behind us
            start, end = self._span
            if self._file.stat().st_size == end:
                os.truncate(self._file, start)
        finally:
            self.settle()

    def _apply(self, entry: dict[str, str]) -> None:
        if entry["what"] == "mark":
            self.mark = _MARK.get(entry["state"])
        elif entry["state"] == "ended":
            self._ended.setdefault(entry["what"], {})[entry["subject"]] = datetime.fromisoformat(entry["at"])
        else:
            self._ended.get(entry["what"], {}).pop(entry["subject"], None)

    def _undone(self, entry: dict[str, str]) -> str:
        """Return the state that takes an entry back; a mark of which nothing was written before is unwritten again."""
        if entry["what"] == "mark":
            return next((state for state, mark in _MARK.items() if mark is self._before), "undone")
        return "ended" if entry["state"] == "again" else "undone"

    def _cut_off_torn_line(self) -> None:
        """Cut off what a crash left behind the last whole line; only where the next one is about to be written."""
        if self._file.exists() and (written := self._file.read_bytes()) and not written.endswith(b"\n"):
            os.truncate(self._file, written.rfind(b"\n") + 1)

    def _entries(self, whole: bytes) -> list[dict[str, str]]:
        """Read whole lines; raises `Unreadable`."""
        try:
            return [{"state": "", **json.loads(line)} for line in whole.decode().splitlines()]
        except (ValueError, TypeError) as error:
            message = f"{self._file} cannot be read: put it back from its backup, beside the key file"
            raise Unreadable(message) from error
