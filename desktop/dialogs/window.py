"""The frame of a dialog: a body that scrolls where there is too little room, and a footer that stays."""

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLayout, QLayoutItem, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from desktop.style.theme import theme
from desktop.widgets.layout import box

AIR = 32
"""Pixels that stay free around a dialog."""
NESTED = 4
"""Layouts within layouts, as far as a change in one of them has to be heard of in the outermost."""
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
        self._sides: list[QWidget] = []
        self._middle = QHBoxLayout()
        self._middle.setSpacing(0)
        self._middle.addWidget(self._scroll, 1)
        self._frame.addLayout(self._middle, 1)

    def show_body(self, body: QWidget) -> None:
        """Put this above the footer."""
        body.setProperty("look", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._scroll.setWidget(body)

    def show_side(self, side: QWidget) -> None:
        """Put this, whose width is fixed, at the right of the body, where it does not scroll."""
        self._sides.append(side)
        self._middle.addWidget(side)

    def show_head(self, layout: QLayout) -> None:
        """Put this above the body, where it does not scroll."""
        self._frame.insertWidget(0, box("head", layout))

    def show_foot(self, layout: QLayout) -> None:
        """Put this below the body, where it does not scroll."""
        self._frame.addWidget(box("footer", layout))

    @property
    def roomy(self) -> bool:
        """Tell whether the design's width fits on the screen at this text size."""
        return self.fits(self._wanted)

    def fits(self, width: int) -> bool:
        """Tell whether so many of the design's pixels fit across the screen at this text size."""
        return theme().px(width) <= self._most().width()

    def fit(self) -> None:
        """Take the size that the content wants, as far as the screen has it, before it is painted again."""
        for _ in range(NESTED):  # else layouts tell what was before
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        most = self._most()
        width = min(theme().px(self._wanted), most.width())
        self.setFixedWidth(width)
        sides = [side for side in self._sides if not side.isHidden()]
        inner = width - sum(side.maximumWidth() for side in sides)
        height = max([_height(self._scroll, inner), *(_height(side, side.maximumWidth() - EDGE) for side in sides)])
        height += sum(_height(item.widget(), width) for item in _items(self._frame) if item.widget())
        self.resize(width, min(height, most.height()))
        for policy in (Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded):
            self._scroll.setVerticalScrollBarPolicy(policy)  # else a bar that was needed keeps itself needed
        if self.isVisible():
            self._keep_on_screen(self.pos())

    def scroll_to_focus(self) -> None:
        """Let what has the keyboard be seen, with what is said below it where it is a field's."""
        focus = self.focusWidget()
        if not self._scroll.isAncestorOf(focus):
            return
        field = focus.parentWidget()
        if field is not None and field.focusProxy() is focus:
            self._scroll.ensureWidgetVisible(field)
        self._scroll.ensureWidgetVisible(focus)

    def scroll_to(self, part: QWidget) -> None:
        """Let a part of the body be seen."""
        self._scroll.ensureWidgetVisible(part)

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
        return QSize(min(room.width(), screen.width()) - AIR, max(440, min(room.height(), screen.height()) - AIR))


def _items(layout: QLayout) -> list[QLayoutItem]:
    return [item for index in range(layout.count()) if (item := layout.itemAt(index)) is not None]


def _height(part: QWidget | None, width: int) -> int:
    inner = part.widget() if isinstance(part, QScrollArea) else part
    layout = inner.layout() if inner else None
    if inner is None or layout is None:
        return 0
    inner.ensurePolished()
    width = min(width, inner.maximumWidth())
    wanted = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
    return wanted + EDGE
