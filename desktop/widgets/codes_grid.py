"""Recovery codes to read: two columns, a number before each, in letters that cannot be taken for one another."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout

from desktop.style.theme import theme
from desktop.widgets.text import Text


class CodesGrid(QFrame):
    """They are read down, as on paper."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "well")
        px = theme().px
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(px(16), px(6), px(16), px(6))
        self._grid.setHorizontalSpacing(px(8))
        self._grid.setVerticalSpacing(0)
        for column in (1, 3):
            self._grid.setColumnStretch(column, 1)

    def show_codes(self, codes: Sequence[str]) -> None:
        """Show these."""
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        half = (len(codes) + 1) // 2
        for place, code in enumerate(codes):
            line, side = place % half, place // half * 2
            number = Text(f"{place + 1}", "small")
            number.setMinimumWidth(theme().px(16))
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            text = Text(code, "code", name=f"{self.objectName()}.{place}")
            self._grid.addWidget(number, line, side)
            self._grid.addWidget(text, line, side + 1)
            number.show()
            text.show()
