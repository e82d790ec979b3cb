"""What is written at most once a minute, so that nobody fills the log."""

from collections import OrderedDict
from datetime import datetime, timedelta

PAUSE = timedelta(minutes=1)
MOST = 1000  # that are remembered; the oldest are forgotten first


class Seldom:
    """Lives on the event loop; remembers when something was last written."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._last: OrderedDict[tuple[str, ...], datetime] = OrderedDict()

    def is_due(self, what: tuple[str, ...], now: datetime) -> bool:
        """Whether it was not written within the last minute; it is taken as written now."""
        last = self._last.get(what)
        if last is not None and now < last + PAUSE:
            return False
        self._last[what] = now
        self._last.move_to_end(what)
        if len(self._last) > MOST:
            self._last.popitem(last=False)
        return True

    def forget(self, what: tuple[str, ...]) -> None:
        """It could not be written."""
        self._last.pop(what, None)
