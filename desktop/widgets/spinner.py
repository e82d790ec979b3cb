"""A small wheel that turns while something is waited for."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.style import icons
from desktop.style.theme import theme
from desktop.widgets.beat import Beat

STEP_MS = 100
SPOKES = 8


class Spinner(QWidget):
    """Turns only while it is seen."""

    def __init__(self, size: int = 16, ink: str = "accent") -> None:
        super().__init__()
        self._ink = ink
        self._turn = 0
        self.setFixedSize(theme().px(size), theme().px(size))
        Beat(self, STEP_MS, self._step)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        half = self.width() / 2
        painter.translate(half, half)
        painter.rotate(360 / SPOKES * self._turn)
        icons.paint(
            painter, "loader", theme().tokens.colour(self._ink), QRectF(-half, -half, self.width(), self.width())
        )
        painter.end()

    def _step(self) -> None:
        self._turn = (self._turn + 1) % SPOKES
        self.update()
