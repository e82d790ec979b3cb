"""A field to search with."""

from PySide6.QtWidgets import QLineEdit

from desktop.style.icons import icon
from desktop.style.theme import theme


class Search(QLineEdit):
    """Has a glass at its left and, once something is typed, a cross at its right."""

    def __init__(self, words: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "search")
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setClearButtonEnabled(True)
        self._glass = self.addAction(icon("search", theme().tokens.muted), QLineEdit.ActionPosition.LeadingPosition)
        theme().changed.connect(self._draw)

    def _draw(self) -> None:
        self._glass.setIcon(icon("search", theme().tokens.muted))
