"""Six digits to type, one box each; for a screen reader and the clipboard it is one field."""

from PySide6.QtCore import QRectF, QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QRegularExpressionValidator,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy
from typing_extensions import override

from desktop.style.theme import theme
from desktop.widgets.busy import enable

DIGITS = 6


class DigitBoxes(QLineEdit):
    """Dashed until it is their turn."""

    complete = Signal(str)

    def __init__(self, name: str = "digits") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "digits")
        self.setMaxLength(DIGITS)
        self.setValidator(QRegularExpressionValidator(QRegularExpression(f"[0-9]{{0,{DIGITS}}}"), self))
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.textEdited.connect(self._edited)

    @override
    def setEnabled(self, on: bool, /) -> None:
        enable(self, on=on)

    @override
    def sizeHint(self) -> QSize:
        px = theme().px
        return QSize(px(40) * DIGITS + px(4) * 4 + px(12), px(48))

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            digits = "".join(character for character in QGuiApplication.clipboard().text() if character in "0123456789")
            self.setText(digits[:DIGITS])
            self._edited(self.text())
            return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font(22, 700, tabular=True))
        text = self.text()
        for index in range(DIGITS):
            left = index * look.px(44) + (look.px(8) if index >= DIGITS // 2 else 0)
            now = self.hasFocus() and index == min(len(text), DIGITS - 1)
            pen = QPen(look.colour("accent" if now else "field_line"), 2 if now else 1)
            if not self.isEnabled():
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(look.colour("card"))
            area = QRectF(left, 0, look.px(40), look.px(48)).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(area, look.px(8), look.px(8))
            if index < len(text):
                painter.setPen(look.colour("text"))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text[index])
        painter.end()

    def _edited(self, text: str) -> None:
        self.setCursorPosition(len(text))
        self.update()
        if len(text) == DIGITS:
            self.complete.emit(text)
