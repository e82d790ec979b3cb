"""Facts in rows: a muted name, and what it is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.style.theme import theme
from desktop.widgets.text import Text

Fact = tuple[str, str]


class Facts(QWidget):
    """One or two columns of facts."""

    def __init__(self, *, columns: int = 1, label: int = 96, gap: int = 8, name: str = "facts") -> None:
        super().__init__()
        self.setObjectName(name)
        self._columns = columns
        self._label = label
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(theme().px(gap))
        self._grid.setHorizontalSpacing(theme().px(8))
        for index in range(columns):
            self._grid.setColumnStretch(index * 2 + 1, 1)
        self._shown: list[Fact] = []

    def show_facts(self, facts: Sequence[Fact], tips: dict[str, str] | None = None) -> None:
        """Show these, those without a value left out."""
        facts = [fact for fact in facts if fact[1]]
        if facts == self._shown:
            return
        self._shown = facts
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        rows = -(-len(facts) // self._columns)
        for index, (name, value) in enumerate(facts):
            line, place = index % rows, index // rows * 2
            label = Text(name, "muted")
            label.setMinimumWidth(theme().px(self._label))
            text = Text(value, "", wrap=True).selectable()
            text.setToolTip((tips or {}).get(name, ""))
            text.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(label, line, place, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(text, line, place + 1, Qt.AlignmentFlag.AlignTop)
            label.show()  # at once: Qt would do it a moment later, which flickers, and until then they have no size
            text.show()

    def text(self) -> str:
        """Return all facts, one a line."""
        return "\n".join(f"{name}: {value}" for name, value in self._shown)
