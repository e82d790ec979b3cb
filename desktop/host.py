"""Joins the server of a folder on this computer, or starts its service or the bundled one, and watches over it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

import shiboken6
from PySide6.QtCore import QObject, Signal

from desktop.places import Place, place_of
from desktop.server_process import Held, ServerProcess, StartFailed
from desktop.service.service import Refused, Service

LOOK_EVERY = 1.5
"""Seconds between two looks at a server that another console runs."""
RACE_WITHIN = 20.0
"""Seconds in which the winner of a race for the folder must answer."""
SERVICE_WITHIN = 30.0
"""Seconds in which a service that was started must answer."""
STEADY_AFTER = 30.0
"""Seconds after which a server that ran counts as well."""


@dataclass(frozen=True)
class Serving:
    """A server that answers; `setup_token` only from the one that we started, and only until it is set up."""

    place: Place
    setup_token: str | None = None
    ours: bool = False

    @property
    def url(self) -> str:
        """Its address for this console."""
        return self.place.url


class Host(QObject):
    """One folder's server, watched by a thread; all its signals arrive on the GUI thread."""

    ready = Signal(object)
    """A `Serving`, also after each restart."""

    lost = Signal()
    failed = Signal(str)
    """It could not be started, in the server's own words; it is tried again."""

    def __init__(self, folder: Path, parent: QObject | None = None, service: Service | None = None) -> None:
        super().__init__(parent)
        self.folder = folder.resolve()
        self.serving: Serving | None = None
        self._service = service
        self._stopped = Event()
        self._leave = Event()
        """The folder's server is to be let go of: for ever, or while its keeper changes."""
        self._turn = Lock()
        """Held by whoever deals with the folder's server now."""
        self._process: ServerProcess | None = None
        self._thread = Thread(target=self._run, name="host", daemon=True)

    def start(self) -> None:
        """Join or start, and watch from then on."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the server; ours ends, since its parent pipe closes."""
        self._stopped.set()
        self._let_go()
        if self._thread.is_alive():
            self._thread.join(1.0)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let go of the server while its keeper changes, and look anew afterwards; blocks."""
        self._let_go()
        try:
            with self._turn:
                yield
        finally:
            if not self._stopped.is_set():
                self._leave.clear()

    def answers_within(self, seconds: float, service: Service | None = None) -> bool:
        """Wait until the folder's server answers, whoever started it, or its service has ended; blocks."""
        until = time.monotonic() + seconds
        while not self._stopped.is_set() and time.monotonic() < until:
            if self._join() is not None:
                return True
            if service is not None and not service.running():
                return False
            self._stopped.wait(0.1)
        return False

    def _let_go(self) -> None:
        self._leave.set()
        if self._process is not None:
            self._process.stop()

    def _run(self) -> None:
        wait = 0.5
        while not self._stopped.is_set():
            if self._leave.is_set():
                wait = 0.5
                self._stopped.wait(0.05)
                continue
            began = time.monotonic()
            try:
                with self._turn:
                    self._serve_once()
            except StartFailed as failure:
                self._fail(str(failure))
            except OSError as error:
                self._fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
            if time.monotonic() - began > STEADY_AFTER:
                wait = 0.5
            self._leave.wait(wait)
            wait = min(15.0, wait * 2)

    def _serve_once(self) -> None:
        """Return once the server that was joined or started is gone."""
        if (joined := self._from_service() or self._join()) is not None:
            self._watch(joined)
            return
        try:
            with self._started() as process:
                place = place_of(self.folder) or Place(process.url)
                self._say(Serving(place, process.setup_token, ours=True))
                process.wait()
        except Held:
            self._say_after_race()
            return
        self._lose()

    def _from_service(self) -> Serving | None:
        """Return the server that the folder's service runs, after it was brought to this version; None without one."""
        service = self._service
        if service is None or not service.installed():
            return None
        try:
            if service.stale():
                service.install()
            elif (joined := self._join()) is not None:
                return joined
            else:
                service.start()
            return self._join() if self.answers_within(SERVICE_WITHIN, service) else None
        except Refused as refused:
            logging.getLogger(__name__).warning("the service does not start: %s", refused)
            return None

    @contextmanager
    def _started(self) -> Iterator[ServerProcess]:
        process = ServerProcess(self.folder)
        self._process = process
        if self._leave.is_set():
            process.stop()
        try:
            process.await_ready()
            yield process
        finally:
            self._process = None
            process.stop()

    def _join(self) -> Serving | None:
        """Return the server that `server.json` names, if it answers."""
        place = place_of(self.folder)
        return Serving(place) if place else None

    def _say_after_race(self) -> None:
        """Another console was faster: its server will answer in a moment."""
        if self.answers_within(RACE_WITHIN) and (joined := self._join()) is not None:
            self._watch(joined)

    def _watch(self, joined: Serving) -> None:
        self._say(joined)
        missed = 0
        while missed < 2 and not self._leave.wait(LOOK_EVERY):
            missed = 0 if joined.place.answers() else missed + 1
        self._lose()

    def _say(self, serving: Serving) -> None:
        logging.getLogger(__name__).info("server at %s, %s", serving.url, "started" if serving.ours else "joined")
        self.serving = serving
        self._emit("ready", serving)

    def _fail(self, words: str) -> None:
        if not self._leave.is_set():
            self._emit("failed", words)

    def _lose(self) -> None:
        self.serving = None
        self._emit("lost")

    def _emit(self, signal: str, *values: object) -> None:
        if not self._stopped.is_set() and shiboken6.isValid(self):
            getattr(self, signal).emit(*values)
