"""A field to search with."""

from PySide6.QtCore import QTimer, Signal

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.text_line import TextLine

PAUSE_MS = 200


class Search(TextLine):
    """Has a glass at its left and, once something is typed, a cross at its right."""

    asked = Signal()
    """What is there is to be looked for: somebody has paused in typing, or pressed Return."""

    def __init__(self, words: str, name: str, *, in_head: bool = False) -> None:
        """In the head of a page it is as wide as there is room for, within bounds."""
        super().__init__("search")
        if in_head:
            self.setMinimumWidth(theme().px(120))
            self.setMaximumWidth(theme().px(216))
        self.setObjectName(name)
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self._cross = self.add_button(f"{name}.clear", self.clear)
        self.show_button("x", t("console.search.clear"))
        self._cross.hide()
        self.textChanged.connect(lambda text: self._cross.setVisible(bool(text)))
        pause = QTimer(self)
        pause.setSingleShot(True)
        pause.setInterval(PAUSE_MS)
        pause.timeout.connect(self.asked)
        self.textChanged.connect(lambda _: pause.start())
        self.returnPressed.connect(self.asked)
