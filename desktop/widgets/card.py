"""A card with a title and rows under it, each of which is made anew only when what it shows is different."""

from collections.abc import Callable, Hashable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from desktop.style.theme import theme
from desktop.widgets.layout import column, rearrange, row
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
        self._shown: dict[Hashable, QWidget] = {}
        self.setLayout(column(head, self._rows, None, margins=(1, 1, 1, 1)))

    def show_rows(self, rows: Mapping[Hashable, Callable[[], QWidget]]) -> bool:
        """Show these rows, each by what it shows and how it is made; tell whether any is new, gone or moved."""
        if list(rows) == list(self._shown):
            return False
        focus = QApplication.focusWidget()
        had = focus.accessibleName() if focus is not None and self.isAncestorOf(focus) else ""
        gone, self._shown = self._shown, {}
        new: list[QWidget] = []
        for told, make in rows.items():
            if (widget := gone.pop(told, None)) is None:
                new.append(widget := make())
            self._shown[told] = widget
        lost = focus is not None and any(widget.isAncestorOf(focus) for widget in gone.values())
        rearrange(self._rows, gone, self._shown)
        for made in new:
            made.show()  # at once: Qt would do it a moment later, which flickers
            for inner in made.findChildren(QWidget) if lost else []:
                if had and inner.accessibleName() == had:
                    inner.setFocus()
        return True

    def stops(self) -> list[QWidget]:
        """Return what Tab leads to in it, from the top."""
        rows = [item.widget() for index in range(self._rows.count()) if (item := self._rows.itemAt(index)) is not None]
        found = [each for made in rows if made is not None for each in (made, *made.findChildren(QWidget))]
        return [each for each in found if each.focusPolicy() is Qt.FocusPolicy.StrongFocus]
