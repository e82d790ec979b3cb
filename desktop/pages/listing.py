"""What pages that are lists have in common: the head above, and the table with its bar and its faces in a card."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.models.table import State, TableModel
from desktop.pages.page import Faces
from desktop.widgets.face import Face
from desktop.widgets.layout import box, column, row
from desktop.widgets.search import Search
from desktop.widgets.table import Table
from desktop.widgets.text import Text


class Listing(Faces):
    """A table above the bar of what can be done with the selected row; it turns to the face of the model's state."""

    def __init__(
        self, model: TableModel[Any], table: Table, empty: Face, name: str, *, bar: QWidget | None = None
    ) -> None:
        content: QWidget = table
        if bar is not None:
            content = QWidget()
            inside = column(table, bar)
            inside.setStretch(0, 1)
            content.setLayout(inside)
        super().__init__(content, empty, model.retry, f"{name}.faces")
        self._model = model
        model.state_changed.connect(lambda: self.turn(model.state, model.error))

    def card(self, *, foot: int = 1) -> QFrame:
        """Return the card around it, with so many pixels below."""
        return box("card", column(self, margins=(1, 1, 1, foot)))

    def renew(self, ask: Callable[[], None]) -> None:
        """Ask for the first time, or read again what is shown."""
        if self._model.state is State.LOADING:
            ask()
        else:
            self._model.reload()


def head(title: str, facts: QWidget, *tools: QWidget) -> QHBoxLayout:
    """Return a title with what is said of it, and tools at the right; a search among them gives way first."""
    made = row(column(Text(title, "title"), facts), None, *tools, gap=8)
    if tools and isinstance(tools[0], Search):
        made.setStretch(2, 100)
    return made
