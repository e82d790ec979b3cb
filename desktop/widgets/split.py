"""A list with the details of what is selected: below it, or in its place where there is too little room for both."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QSplitter, QWidget
from typing_extensions import override

from desktop.style.theme import theme
from desktop.widgets.layout import column

GAP = 12


class Details(QFrame):
    """What shows the selected item; Esc leads back to the list."""

    closed = Signal()

    def show_back(self, *, on: bool) -> None:
        """Offer the way back to the list, which has made room."""
        raise NotImplementedError

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class Split(QWidget):
    """`above` are the filters; `least` how many pixels the list and the details need at least."""

    def __init__(self, above: QWidget, card: QWidget, details: Details, least: tuple[int, int], focus: QWidget) -> None:
        super().__init__()
        self._above, self._card, self._details, self._focus = above, card, details, focus
        self._least = sum(least) + GAP
        card.setMinimumHeight(theme().px(least[0]))
        self._parts = QSplitter(Qt.Orientation.Vertical)
        self._parts.setHandleWidth(theme().px(GAP))
        self._parts.setChildrenCollapsible(False)
        self._parts.addWidget(card)
        self._parts.addWidget(details)
        self._parts.setStretchFactor(0, 3)
        self._parts.setStretchFactor(1, 2)
        details.hide()
        layout = column(above, self._parts, gap=GAP)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._details.closed.connect(self.close_details)

    @property
    def crowded(self) -> bool:
        """Tell whether there is no room for the list and the details under each other."""
        return self.height() - self._above.sizeHint().height() - theme().px(GAP) < theme().px(self._least)

    def show_details(self, *, asked: bool) -> None:
        """Show the details; in place of the list only when somebody `asked` for them."""
        crowded = self.crowded
        if crowded and not asked:
            return
        new = self._details.isHidden()
        self._details.show()
        self._details.show_back(on=crowded)
        for other in (self._card, self._above):
            other.setHidden(crowded)
        if crowded:
            self._details.setFocus()
        elif new:
            self._parts.setSizes([self._parts.height() // 2] * 2)

    def close_details(self) -> None:
        """Show the list alone."""
        focus = QApplication.focusWidget()
        had = focus is not None and self._details.isAncestorOf(focus)
        self._details.hide()
        for other in (self._card, self._above):
            other.show()
        if had:
            self._focus.setFocus()

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        if not self._details.isHidden() and self.crowded is not self._card.isHidden():
            self.show_details(asked=True)
