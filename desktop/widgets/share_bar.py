"""How much of something is done, as a bar that fills."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.core.deletions import percent
from desktop.style.theme import theme


class ShareBar(QWidget):
    """Says its share to screen readers; the words beside it say it to everybody else."""

    def __init__(self, name: str, label: str, tone: str = "accent") -> None:
        super().__init__()
        self.setObjectName(name)
        self._label, self._tone = label, tone
        self._share = 0.0
        self.setFixedHeight(theme().px(4))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def share(self) -> float:
        """What is done, 0 to 1."""
        return self._share

    def show_share(self, share: float | None) -> None:
        """Show this much; nothing is no share at all, and takes no room."""
        self._share = share or 0.0
        self.setVisible(share is not None)
        self.setAccessibleName(f"{self._label}: {percent(self._share)}")
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look, radius = theme(), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(look.colour("line"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            painter.setBrush(look.colour(self._tone))
            width = max(self.height(), self.width() * self._share)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)
        painter.end()
