"""The bundled server as a process of ours: how it is started, heard and ended."""

import json
import os
import subprocess
import sys
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

READY_WITHIN = 90.0
"""Seconds; the first start makes the database, and a virus scanner may look at every file."""
END_WITHIN = 6.0
HELD = 3
"""Exit status of a server that found another one on the folder."""
LOG_BYTES = 2_000_000


class Held(Exception):
    """Another server has the folder."""


class StartFailed(Exception):
    """The server ended before it was ready; the text is its last words."""


class ServerProcess:
    """Ends when its standard input closes, so also when the console is killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.url = ""
        self.setup_token: str | None = None
        self._log = folder / "server.log"
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(folder / "server.log.1")
        self._ready: Queue[str | None] = Queue()
        self._file = os.fdopen(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0)
        self._began = self._file.seek(0, os.SEEK_END)
        arguments = ["serve", "--data", str(folder), "--ready-json", "--parent-pipe"]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [*program(), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._file,
                cwd=Path(__file__).parents[1],
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            self._file.close()
            raise
        if self._process.stdout is not None:
            Thread(target=self._drain, args=(self._process.stdout,), name="server-log", daemon=True).start()

    def await_ready(self) -> None:
        """Return when it accepts connections."""
        try:
            line = self._ready.get(timeout=READY_WITHIN)
        except Empty as slow:
            self.stop()
            raise StartFailed(self._last_words()) from slow
        if line is None:
            if self._process.wait(END_WITHIN) == HELD:
                raise Held
            raise StartFailed(self._last_words())
        told = json.loads(line)
        self.url = told["url"]
        self.setup_token = told.get("setup_token")

    def wait(self) -> int:
        """Return its exit status, once it has ended."""
        return self._process.wait()

    def stop(self) -> None:
        """Close its standard input; where that is not enough, end it."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        for stronger in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                stronger()
            else:
                return
        self._process.wait()

    def _drain(self, output: IO[bytes]) -> None:
        """Hand the first line over and the others to the log, or the pipe would fill."""
        with output, self._file:
            first = output.readline()
            self._ready.put(first.decode("utf-8", "replace") if first.startswith(b"{") else None)
            for line in output:
                self._file.write(line)

    def _last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._began)
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.poll()}"


def program() -> list[str]:
    """Return the command that runs the server that belongs to this console."""
    if getattr(sys, "frozen", False):
        suffix = ".exe" if os.name == "nt" else ""
        return [str(Path(sys.executable).with_name(f"countersign-server{suffix}"))]
    return [sys.executable, "-m", "server.cli"]
