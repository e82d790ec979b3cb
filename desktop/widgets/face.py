"""What a list or page shows when it has no content: it loads, it is empty, or it failed."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column
from desktop.widgets.text import Text

SKELETON_AFTER_MS = 150
AIR = 24
"""Pixels above and below, as long as there is room."""


class Face(QFrame):
    """An icon, what it is about, and the first step."""

    def __init__(self, icon: str, title: str, text: str, name: str = "face", *, dashed: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "card-dashed" if dashed else "plain")
        self._title = Text(title, "strong", wrap=True)
        self._text = Text(text, "muted", wrap=True)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setMaximumWidth(theme().px(360))
        layout = column(margins=(16, AIR, 16, AIR))
        if not dashed:
            layout.addStretch(1)
        self._tile = Tile(icon)
        layout.addWidget(self._tile, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(theme().px(16))
        _centred(layout, self._title)
        layout.addSpacing(theme().px(4))
        _centred(layout, self._text)
        self._layout = layout
        self._offer: QWidget | None = None
        if not dashed:
            layout.addStretch(1)
        self.setLayout(layout)

    def offer(self, text: str, name: str, action: Callable[[], object], *, primary: bool = True) -> "Face":
        """Add the first step."""
        made = button(text, name, action, look="primary" if primary else "")
        place = self._layout.count() - 1
        self._layout.insertSpacing(place, theme().px(16))
        self._layout.insertWidget(place + 1, made, 0, Qt.AlignmentFlag.AlignHCenter)
        self._offer = made
        return self

    def show_offer(self, *, on: bool) -> None:
        """Show the first step, or only the words."""
        if self._offer is not None:
            self._offer.setVisible(on)

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        """Keep room for the words; where there is little, the picture goes first."""
        super().resizeEvent(event)
        margins = self._layout.contentsMargins()
        margins.setTop(theme().px(AIR))
        margins.setBottom(theme().px(AIR))
        self._layout.setContentsMargins(margins)
        inner = self.width() - margins.left() - margins.right()
        for label in (self._title, self._text):
            label.setMinimumHeight(label.heightForWidth(inner) if label.text() else 0)
        self._text.setVisible(bool(self._text.text()))
        self._tile.show()
        self._tile.setHidden(self._layout.totalHeightForWidth(self.width()) > self.height())
        if self._layout.totalHeightForWidth(self.width()) > self.height():  # then the air
            margins.setTop(0)
            margins.setBottom(0)
            self._layout.setContentsMargins(margins)

    def say(self, title: str, text: str) -> None:
        """Change the words."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))


class Skeleton(QWidget):
    """Grey bars where rows will be; they appear only when it takes long enough to be noticed."""

    def __init__(self, rows: int = 8) -> None:
        super().__init__()
        self._rows = rows
        self._seen = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        QTimer.singleShot(SKELETON_AFTER_MS, self, self._appear)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        if not self._seen:
            return
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(look.colour("line"))
        step = look.px(40)
        for index in range(min(self._rows, self.height() // step)):
            top = index * step + step * 0.35
            for left, width in ((0.02, 0.14), (0.22, 0.24), (0.52, 0.12), (0.72, 0.1)):
                painter.drawRoundedRect(QRectF(self.width() * left, top, self.width() * width, step * 0.3), 4, 4)
        painter.end()

    def _appear(self) -> None:
        self._seen = True
        self.update()


def _centred(layout: QVBoxLayout, label: Text) -> None:
    holder = QWidget()
    holder.setProperty("look", "plain")
    inner = QVBoxLayout(holder)
    inner.setContentsMargins(0, 0, 0, 0)
    inner.addWidget(label)
    layout.addWidget(holder)
    label.setMaximumWidth(16777215)
