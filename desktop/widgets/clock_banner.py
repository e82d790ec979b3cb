"""Said for as long as it is so: this computer's clock and the server's differ."""

from datetime import timedelta

from PySide6.QtCore import QTimer

from desktop.core import moments
from desktop.core.clock import Clock
from desktop.core.words import t
from desktop.widgets.notice import Banner


class ClockBanner(Banner):
    """By how much, which one is ahead, and what to do."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("waiting", "clock", "banner.clock")
        self._clock = clock
        clock.changed.connect(self.follow)
        QTimer.singleShot(0, self, self.follow)  # once it has a place

    def follow(self) -> None:
        """Show what is so now."""
        ahead = self._clock.ahead
        key = "console.clock.ahead" if ahead > 0 else "console.clock.behind"
        self.say(t(key, time=moments.span(timedelta(seconds=abs(ahead)))) if ahead else "")
