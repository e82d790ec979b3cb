"""Live events: a thread reads the server's stream, pages hear that what they watch has changed."""

import json
import logging
import random
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread

import requests
import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.core.client import Client
from desktop.core.transport import Offline
from server.contract.problem import Problem
from server.contract.topic import LiveEvent, Topic

GATHER_MS = 150
"""A burst of events makes one reload."""

EVERYTHING = LiveEvent(topics=[Topic.ALL])
UNAUTHORIZED = 401


class Live(QObject):
    """Follows one session's stream; reconnects by itself and makes good what it missed."""

    changed = Signal(object)
    """A `LiveEvent`."""

    switched = Signal(bool)
    """The stream is there, or gone."""

    ended = Signal(object)
    """The session is over, with the `Problem` that says so."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.online = False
        self._reader: _Reader | None = None
        self.switched.connect(self._note, Qt.ConnectionType.DirectConnection)

    def start(self, client: Client) -> None:
        """Follow the stream of this client's session."""
        self.stop()
        self._reader = _Reader(self, client)
        self._reader.start()

    def stop(self) -> None:
        """Stop within a few milliseconds, also while it waits for the server."""
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        self.online = False

    def watch(self, owner: QObject, topics: Iterable[Topic], reload: Callable[[], None]) -> "Watch":
        """Call `reload` when one of the topics changed, for as long as `owner` lives."""
        return Watch(self, owner, frozenset(topics), reload)

    def _note(self, online: bool) -> None:  # noqa: FBT001 - a signal's
        self.online = online


class Watch(QObject):
    """Gathers the events of some topics."""

    def __init__(self, live: Live, owner: QObject, topics: frozenset[Topic], reload: Callable[[], None]) -> None:
        super().__init__(owner)
        self._topics = topics
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GATHER_MS)
        self._timer.timeout.connect(reload)
        live.changed.connect(self._hear)

    def _hear(self, event: LiveEvent) -> None:
        concerned = Topic.ALL in event.topics or not self._topics.isdisjoint(event.topics)
        if concerned and not self._timer.isActive():
            self._timer.start()


class _Reader:
    """The thread; its signals reach the GUI thread through Qt's queue."""

    def __init__(self, live: Live, client: Client) -> None:
        self._live = live
        self._client = client
        self._stopped = Event()
        self._lock = Lock()
        self._response: requests.Response | None = None
        self._last: str | None = None
        self._online = False
        self._wait = 0.0

    def start(self) -> None:
        Thread(target=self._run, name="live", daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            if self._response is not None:
                _interrupt(self._response)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
                self._wait = 0.0
            except Offline:
                pass
            except Problem as problem:
                if problem.status == UNAUTHORIZED:
                    self._say(online=False)
                    self._emit("ended", problem)
                    return
            except Exception:
                logging.getLogger(__name__).debug("the stream broke", exc_info=True)
            self._say(online=False)
            self._wait = min(10.0, max(0.2, self._wait * 2))
            self._stopped.wait(self._wait * random.uniform(0.7, 1.3))  # noqa: S311 - jitter, no secret

    def _follow(self) -> None:
        response = self._client.events(self._last)
        with self._lock:
            if self._stopped.is_set():
                response.close()
                return
            self._response = response
        try:
            self._wait = 0.0
            self._say(online=True)
            if self._last is None:
                self._emit("changed", EVERYTHING)
            self._read(response)
        finally:
            with self._lock:
                self._response = None
            response.close()

    def _read(self, response: requests.Response) -> None:
        number, data = None, ""
        for line in response.iter_lines(chunk_size=1, decode_unicode=False):
            if self._stopped.is_set():
                return
            name, _, value = line.decode("utf-8", "replace").partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                number = value
            elif name == "data":
                data += value
            elif not line and data:
                self._take(number, data)
                number, data = None, ""

    def _take(self, number: str | None, data: str) -> None:
        try:
            event = LiveEvent.model_validate(_known(json.loads(data)))
        except ValueError:
            event = EVERYTHING
        if number is not None:
            if self._last is not None and _gap(self._last, number):
                event = EVERYTHING
            self._last = number
        self._emit("changed", event)

    def _say(self, *, online: bool) -> None:
        if online != self._online:
            self._online = online
            self._emit("switched", online)

    def _emit(self, signal: str, *values: object) -> None:
        if not self._stopped.is_set() and shiboken6.isValid(self._live):
            getattr(self._live, signal).emit(*values)


def _known(message: dict[str, object]) -> dict[str, object]:
    topics = message.get("topics")
    names = {topic.value for topic in Topic}
    known = [topic for topic in topics if topic in names] if isinstance(topics, list) else ["*"]
    return {**message, "topics": known}


def _gap(last: str, number: str) -> bool:
    return last.isdecimal() and number.isdecimal() and int(number) > int(last) + 1


def _interrupt(response: requests.Response) -> None:
    try:
        response.raw.shutdown()
    except (ValueError, RuntimeError, OSError, AttributeError):
        response.close()
