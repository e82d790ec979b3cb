"""The frame of all screens before one is signed in: brand above, a card in the middle, where one is below."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from desktop.style.theme import theme
from desktop.widgets.icon import Icon
from desktop.widgets.layout import box, column, row
from desktop.widgets.text import Elided, Text

CARD, ROOM = 440, 440
"""Pixels that a card is wide, and the height below which the brand makes room for it."""


class Entry(QScrollArea):
    """One screen; it scrolls where the window is too small for it."""

    def __init__(self, name: str, foot: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._first: QWidget | None = None
        inner = QWidget()
        inner.setProperty("look", "ground")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._brand = QWidget()
        self._brand.setProperty("look", "plain")
        self._brand.setLayout(row(Icon("shield-check", "accent", 24), Text("Countersign", "brand"), None, gap=12))
        self._middle = QVBoxLayout()
        self.foot = Elided(foot, "small-muted", name=f"{name}.foot")
        self.foot.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = column(self._brand, margins=(24, 20, 24, 24))
        layout.addSpacing(theme().px(16))
        layout.addStretch(1)
        layout.addLayout(self._middle)
        layout.addStretch(2)
        layout.addSpacing(theme().px(16))
        layout.addWidget(self.foot)
        inner.setLayout(layout)
        self.setWidget(inner)

    def begin_at(self, widget: QWidget) -> None:
        """Put the cursor there as soon as the screen is shown."""
        self._first = widget

    @override
    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        if self._first is not None:
            self._first.setFocus()

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._brand.setHidden(self.height() < theme().px(ROOM))

    def show_card(self, layout: QLayout, width: int = CARD) -> QFrame:
        """Put a card of the usual width in the middle."""
        card = box("card", layout)
        self.show_middle(card, width)
        return card

    def show_middle(self, widget: QWidget, width: int) -> None:
        """Put anything in the middle."""
        widget.setMinimumWidth(min(theme().px(width), 640))
        widget.setMaximumWidth(theme().px(width))
        line = row(None, widget, None)
        line.setStretch(1, 100)
        self._middle.addLayout(line)
