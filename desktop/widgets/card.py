"""A card with a title and rows under it, which are made anew only when what they show is different."""

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from desktop.style.theme import theme
from desktop.widgets.layout import column, empty, row
from desktop.widgets.text import Text

HEAD = 44


class Card(QFrame):
    """`beside` stands at the right of the title."""

    def __init__(self, title: str, name: str, beside: QWidget | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "card")
        self.setAccessibleName(title)
        self.title = Text(title, "section")
        self.title.setMinimumHeight(theme().px(HEAD))
        head = row(self.title, None, margins=(20, 0, 20, 0), gap=8)
        if beside is not None:
            head.addWidget(beside)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self._shown: Hashable = object()
        self.setLayout(column(head, self._rows, None, margins=(1, 1, 1, 1)))

    def show_rows(self, what: Hashable, make: Callable[[], Sequence[QWidget]]) -> bool:
        """Show the rows that `make` returns, unless `what` is what they show already; tell whether they are new."""
        if what == self._shown:
            return False
        self._shown = what
        focus = QApplication.focusWidget()
        had = focus.accessibleName() if focus is not None and self.isAncestorOf(focus) else ""
        empty(self._rows)
        for made in make():
            self._rows.addWidget(made)
            made.show()  # at once: Qt would do it a moment later, which flickers
            for inner in made.findChildren(QWidget):
                if had and inner.accessibleName() == had:
                    inner.setFocus()
        return True

    def stops(self) -> list[QWidget]:
        """Return what Tab leads to in it, from the top."""
        rows = [item.widget() for index in range(self._rows.count()) if (item := self._rows.itemAt(index)) is not None]
        found = [each for made in rows if made is not None for each in (made, *made.findChildren(QWidget))]
        return [each for each in found if each.focusPolicy() is Qt.FocusPolicy.StrongFocus]
