"""A field to search with."""

from desktop.core.words import t
from desktop.widgets.text_line import TextLine


class Search(TextLine):
    """Has a glass at its left and, once something is typed, a cross at its right."""

    def __init__(self, words: str, name: str) -> None:
        super().__init__("search")
        self.setObjectName(name)
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self._cross = self.add_button(f"{name}.clear", self.clear)
        self.show_button("x", t("console.search.clear"))
        self._cross.hide()
        self.textChanged.connect(lambda text: self._cross.setVisible(bool(text)))
