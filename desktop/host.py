"""Joins the server of a folder on this computer, or starts the bundled one, and keeps it running."""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import shiboken6
from PySide6.QtCore import QObject, Signal

from desktop.core.client import Client
from desktop.core.transport import Offline
from desktop.server_process import Held, ServerProcess, StartFailed
from server.contract.problem import Problem

LOOK_EVERY = 1.5
"""Seconds between two looks at a server that another console runs."""
RACE_WITHIN = 20.0
"""Seconds in which the winner of a race for the folder must answer."""
STEADY_AFTER = 30.0
"""Seconds after which a server that ran counts as well."""


@dataclass(frozen=True)
class Serving:
    """A server that answers; `setup_token` only from the one that we started, and only until it is set up."""

    url: str
    setup_token: str | None = None
    ours: bool = False


class Host(QObject):
    """One folder's server, watched by a thread; all its signals arrive on the GUI thread."""

    ready = Signal(object)
    """A `Serving`, also after each restart."""

    lost = Signal()
    failed = Signal(str)
    """It could not be started, in the server's own words; it is tried again."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder.resolve()
        self.serving: Serving | None = None
        self._stopped = Event()
        self._process: ServerProcess | None = None
        self._thread = Thread(target=self._run, name="host", daemon=True)

    def start(self) -> None:
        """Join or start, and watch from then on."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the server; ours ends, since its parent pipe closes."""
        self._stopped.set()
        if self._process is not None:
            self._process.stop()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        wait = 0.5
        while not self._stopped.is_set():
            began = time.monotonic()
            try:
                self._serve_once()
            except StartFailed as failure:
                self._emit("failed", str(failure))
            except OSError as error:
                self._emit("failed", error.strerror or str(error))
            if self._stopped.is_set():
                return
            if time.monotonic() - began > STEADY_AFTER:
                wait = 0.5
            self._stopped.wait(wait)
            wait = min(15.0, wait * 2)

    def _serve_once(self) -> None:
        """Return once the server that was joined or started is gone."""
        if (joined := self._join()) is not None:
            self._watch(joined)
            return
        try:
            with self._started() as process:
                self._say(Serving(process.url, process.setup_token, ours=True))
                process.wait()
        except Held:
            self._say_after_race()
            return
        self._lose()

    @contextmanager
    def _started(self) -> Iterator[ServerProcess]:
        process = ServerProcess(self.folder)
        self._process = process
        if self._stopped.is_set():
            process.stop()
        try:
            process.await_ready()
            yield process
        finally:
            self._process = None
            process.stop()

    def _join(self) -> Serving | None:
        """Return the server that `server.json` names, if it answers."""
        try:
            told = json.loads((self.folder / "server.json").read_text("utf-8"))
            url, pid = str(told["url"]), int(told["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Serving(url) if _lives(pid) and _answers(url) else None

    def _say_after_race(self) -> None:
        """Another console was faster: its server will answer in a moment."""
        until = time.monotonic() + RACE_WITHIN
        while not self._stopped.is_set() and time.monotonic() < until:
            if (joined := self._join()) is not None:
                self._watch(joined)
                return
            self._stopped.wait(0.1)

    def _watch(self, joined: Serving) -> None:
        self._say(joined)
        missed = 0
        while missed < 2 and not self._stopped.wait(LOOK_EVERY):
            missed = 0 if _answers(joined.url) else missed + 1
        self._lose()

    def _say(self, serving: Serving) -> None:
        logging.getLogger(__name__).info("server at %s, %s", serving.url, "started" if serving.ours else "joined")
        self.serving = serving
        self._emit("ready", serving)

    def _lose(self) -> None:
        self.serving = None
        self._emit("lost")

    def _emit(self, signal: str, *values: object) -> None:
        if not self._stopped.is_set() and shiboken6.isValid(self):
            getattr(self, signal).emit(*values)


def _answers(url: str) -> bool:
    client = Client(url)
    try:
        client.in_background().health()
    except (Offline, Problem):
        return False
    finally:
        client.close()
    return True


def _lives(pid: int) -> bool:
    """Tell whether a process has this id, where asking is harmless."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
