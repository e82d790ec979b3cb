"""How many of a few things are left, one short bar each."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.style.theme import theme

WIDE, HIGH, GAP = 20, 8, 4


class Pips(QWidget):
    """Words beside it say the same."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count, self._left = count, 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_left(self, left: int) -> None:
        """Show so many as left."""
        self._left = left
        self.update()

    @override
    def sizeHint(self) -> QSize:
        px = theme().px
        return QSize((px(WIDE) + px(GAP)) * self._count - px(GAP), px(HIGH))

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        step, radius = look.px(WIDE) + look.px(GAP), look.px(HIGH) / 2
        for place in range(self._count):
            painter.setBrush(look.colour("accent" if place < self._left else "line"))
            painter.drawRoundedRect(QRectF(place * step, 0, look.px(WIDE), look.px(HIGH)), radius, radius)
        painter.end()
