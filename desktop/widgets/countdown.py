"""A countdown: a bar that gets shorter, and the time beside it, from the server's clock alone."""

from PySide6.QtCore import QRectF, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.core.moments import Deadline
from desktop.core.words import t
from desktop.style.theme import theme

TICK_MS = 250


class Countdown(QWidget):
    """The bar; `ticked` carries the time that is left as text."""

    ticked = Signal(str)
    ended = Signal()

    def __init__(self, tone: str = "accent", *, track: str = "line", name: str = "countdown") -> None:
        super().__init__()
        self.setObjectName(name)
        self._tone = tone
        self._track = track
        self._deadline: Deadline | None = None
        self.setFixedHeight(theme().px(4))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._deadline.left if self._deadline else 0.0

    def count(self, deadline: Deadline) -> None:
        """Count down to this."""
        self._deadline = deadline
        self._timer.start()
        self._tick()

    def stop(self) -> None:
        """Stand still."""
        self._timer.stop()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(look.colour(self._track))
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._deadline is not None and self._deadline.share > 0:
            painter.setBrush(look.colour(self._tone))
            width = max(self.height(), self.width() * self._deadline.share)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
        painter.end()

    def _tick(self) -> None:
        if self._deadline is None:
            return
        self.update()
        self.setAccessibleName(t("console.countdown.left", time=self._deadline.text))
        self.ticked.emit(self._deadline.text)
        if self._deadline.left <= 0:
            self._timer.stop()
            self.ended.emit()
