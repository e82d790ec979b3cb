"""What time it is: this computer's clock, put right by the server's where the two are found to differ."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from PySide6.QtCore import QObject, Qt, Signal

TOLERATED = 60
"""Seconds by which the two may differ: below that nobody would notice."""


class _Known:
    """What was found last."""

    ahead = timedelta(0)


def now() -> datetime:
    """Return the time by which the server goes, as far as it is known; everything that compares times asks here."""
    return datetime.now(UTC) - _Known.ahead


def ahead_of(headers: Mapping[str, str]) -> float | None:
    """Return by how many seconds this computer's clock is ahead of the one that wrote an answer."""
    try:
        written = parsedate_to_datetime(headers["Date"])
    except (KeyError, TypeError, ValueError):
        return None
    return time.time() - written.timestamp()


class Clock(QObject):
    """Compares the two with every answer of a server; `ahead` is by how many seconds this one is, 0 where it fits."""

    changed = Signal()
    _heard = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ahead = 0
        _Known.ahead = timedelta(0)
        self._heard.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def hear(self, ahead: float) -> None:
        """Take what an answer has shown; safe to call from any thread."""
        self._heard.emit(ahead)

    def _take(self, ahead: float) -> None:
        seconds = round(ahead) if abs(ahead) > TOLERATED else 0
        if abs(seconds - self.ahead) > 1 or (seconds == 0) != (self.ahead == 0):  # the header counts whole seconds
            self.ahead = seconds
            _Known.ahead = timedelta(seconds=seconds)
            self.changed.emit()
