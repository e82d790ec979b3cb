"""The six digits of a request, in two groups of three."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.core.words import t
from desktop.style.theme import theme

HALF = 3


class Code(QWidget):
    """Painted by hand: tabular digits, a little apart, so that they can be read across a desk."""

    def __init__(self, size: int = 32, name: str = "code") -> None:
        super().__init__()
        self.setObjectName(name)
        self._points = size
        self._code = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_code(self, code: str) -> None:
        """Show these digits."""
        self._code = code
        self.setAccessibleName(t("console.code.name", code=" ".join(code)))
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Return the digits."""
        return self._code

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._font())
        width = (
            metrics.horizontalAdvance(self._code[:HALF]) + metrics.horizontalAdvance(self._code[HALF:]) + self._gap()
        )
        return QSize(width + 2, theme().px(28 if self._points < 30 else 40))

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setFont(self._font())
        painter.setPen(theme().colour("accent"))
        metrics = painter.fontMetrics()
        base = (self.height() + metrics.capHeight()) // 2
        painter.drawText(0, base, self._code[:HALF])
        painter.drawText(metrics.horizontalAdvance(self._code[:HALF]) + self._gap(), base, self._code[HALF:])
        painter.end()

    def _font(self) -> QFont:
        return theme().font(self._points, 700, tabular=True, spacing=108)

    def _gap(self) -> int:
        return theme().px(8)
