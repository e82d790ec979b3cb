"""The one door off the GUI thread: work goes out, its result comes back to the GUI thread."""

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

Result = TypeVar("Result")

WORKERS = 6
TURN = 0.0005
"""Seconds after which a worker lets the GUI thread go on; Python's own 5 ms are a third of a frame."""


@dataclass(frozen=True)
class _Job:
    owner: QObject
    function: Callable[[], Any]
    then: Callable[[Any], None]
    otherwise: Callable[[Exception], None] | None


@dataclass(frozen=True)
class _Outcome:
    job: _Job
    result: Any = None
    error: Exception | None = None


class Tasks(QObject):
    """Runs functions on a few daemon threads: a server that hangs never keeps the console from ending."""

    failed = Signal(object)
    """An error that nobody who asked takes care of."""

    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._open = True
        self._running = 0
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        sys.setswitchinterval(TURN)

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way."""
        return self._running == 0

    def run(
        self,
        owner: QObject,
        function: Callable[[], Result],
        then: Callable[[Result], None],
        otherwise: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `function` elsewhere, then one of the others here, unless `owner` is gone by then."""
        if not self._open:
            return
        self._running += 1
        if self._running > len(self._threads) < WORKERS:
            thread = Thread(target=self._work, name=f"task-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._queue.put(_Job(owner, function, then, otherwise))

    def close(self) -> None:
        """Take no more work, and drop what comes back."""
        self._open = False
        for _ in self._threads:
            self._queue.put(None)

    def join(self, seconds: float) -> None:
        """Wait for the threads to end, after `close`."""
        for thread in self._threads:
            thread.join(seconds)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                outcome = _Outcome(job, result=job.function())
            except Exception as error:  # noqa: BLE001 - whatever it is, the GUI thread must hear of it
                outcome = _Outcome(job, error=error)
            if not self._open or not shiboken6.isValid(self):
                return
            self._done.emit(outcome)
            del job, outcome

    def _deliver(self, outcome: _Outcome) -> None:
        self._running -= 1
        job = outcome.job
        if not self._open or not shiboken6.isValid(job.owner):
            return
        if outcome.error is None:
            job.then(outcome.result)
        elif job.otherwise is not None:
            job.otherwise(outcome.error)
        else:
            logging.getLogger(__name__).debug("unhandled", exc_info=outcome.error)
            self.failed.emit(outcome.error)
