"""How much time is left, in text alone."""

from desktop.core.moments import Deadline
from desktop.core.words import t
from desktop.widgets.beat import Beat
from desktop.widgets.text import Text

TICK_MS = 250


class TimeLeft(Text):
    """Ticks while it is seen."""

    def __init__(self, deadline: Deadline, look: str = "strong", name: str = "") -> None:
        super().__init__("", look, name=name)
        self.tabular()
        self._deadline = deadline
        Beat(self, TICK_MS, self._tick)
        self._tick()

    def _tick(self) -> None:
        if self._deadline.text != self.text():
            self.setText(self._deadline.text)
            self.setAccessibleName(t("console.countdown.left", time=self._deadline.text))
