"""The frame of a dialog: a body that scrolls where there is too little room, and a footer that stays."""

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from desktop.style.theme import theme
from desktop.widgets.layout import box

AIR = 48
"""Pixels that stay free around a dialog."""
EDGE = 2
"""Pixels that the line of a frame takes, which its layout does not know of."""


class Dialog(QDialog):
    """Opened with `open()` or `show()`, gone when it is closed."""

    def __init__(self, parent: QWidget, title: str, name: str, width: int) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._wanted = width
        self._opener = parent
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._frame = QVBoxLayout(self)
        self._frame.setContentsMargins(0, 0, 0, 0)
        self._frame.setSpacing(0)
        self._frame.addWidget(self._scroll, 1)

    def show_body(self, body: QWidget) -> None:
        """Put this above the footer."""
        body.setProperty("look", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._scroll.setWidget(body)

    def show_head(self, layout: QLayout) -> None:
        """Put this above the body, where it does not scroll."""
        self._frame.insertWidget(0, box("head", layout))

    def show_foot(self, layout: QLayout) -> None:
        """Put this below the body, where it does not scroll."""
        self._frame.addWidget(box("footer", layout))

    @property
    def roomy(self) -> bool:
        """Tell whether the design's width fits on the screen at this text size."""
        return theme().px(self._wanted) <= self._most().width()

    def fit(self) -> None:
        """Take the size that the content wants, as far as the screen has it."""
        most = self._most()
        width = min(theme().px(self._wanted), most.width())
        self.setFixedWidth(width)
        parts = [self._frame.itemAt(index) for index in range(self._frame.count())]
        height = sum(_height(part.widget() if part else None, width) for part in parts)
        self.resize(width, min(height, most.height()))
        if self.isVisible():
            self._keep_on_screen(self.pos())

    @override
    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        self.fit()
        parent = self._opener.window()
        centre = parent.geometry().center()
        self._keep_on_screen(QPoint(centre.x() - self.width() // 2, centre.y() - self.height() // 2))

    def _keep_on_screen(self, wanted: QPoint) -> None:
        """Move there, but so that all of it can be seen."""
        screen = self.screen().availableGeometry()
        left = max(screen.left(), min(wanted.x(), screen.right() - self.width()))
        top = max(screen.top(), min(wanted.y(), screen.bottom() - self.height()))
        self.move(left, top)

    def _most(self) -> QSize:
        room = self._opener.window().size().expandedTo(QSize(640, 480))
        screen = self.screen().availableSize()
        return QSize(min(room.width(), screen.width()) - AIR, max(480, min(room.height(), screen.height()) - AIR))


def _height(part: QWidget | None, width: int) -> int:
    inner = part.widget() if isinstance(part, QScrollArea) else part
    layout = inner.layout() if inner else None
    if inner is None or layout is None:
        return 0
    inner.ensurePolished()
    wanted = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
    return wanted + EDGE
