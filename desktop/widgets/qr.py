"""A QR code: whole pixels, dark on light in both themes, with its quiet zone."""

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.style.tokens import QR_DARK, QR_LIGHT

MODULE = 4
"""Pixels a module."""
QUIET = 4
"""Modules around it."""


class QrCode(QWidget):
    """One code; a scanner sees it also in the dark theme."""

    def __init__(self, name: str = "qr") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(t("console.qr.name"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text = ""
        self._picture: QPixmap | None = None

    def show_text(self, text: str) -> None:
        """Show the code of this text; none for the empty text."""
        if text == self._text:
            return
        self._text = text
        self._picture = picture(text) if text else None
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Return what the code says."""
        return self._text

    @override
    def sizeHint(self) -> QSize:
        return self._picture.size() if self._picture else QSize(0, 0)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        if self._picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(QR_LIGHT))
        painter.setPen(theme().colour("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme().px(12), theme().px(12))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        inner = self._picture.rect().adjusted(MODULE * 3, MODULE * 3, -MODULE * 3, -MODULE * 3)
        corner = QPoint((self.width() - self._picture.width()) // 2, (self.height() - self._picture.height()) // 2)
        painter.drawPixmap(corner + inner.topLeft(), self._picture, inner)
        painter.end()


def picture(text: str) -> QPixmap:
    """Draw the QR code of a text."""
    import qrcode  # noqa: PLC0415 - slow to load, and most screens have none
    from qrcode.constants import ERROR_CORRECT_M  # noqa: PLC0415 - likewise

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    image = QImage(len(rows), len(rows), QImage.Format.Format_RGB32)
    for y, modules in enumerate(rows):
        for x, dark in enumerate(modules):
            image.setPixelColor(x, y, QColor(QR_DARK if dark else QR_LIGHT))
    return QPixmap.fromImage(image.scaled(image.size() * MODULE))
