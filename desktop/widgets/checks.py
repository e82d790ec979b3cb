"""Steps that have to succeed one after the other, a line each: what it is, what is known of it, its state."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.core.reach import Check
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.icon import Icon
from desktop.widgets.layout import column, empty, line, row
from desktop.widgets.text import Text

STATES = {
    "ok": ("circle-check", "good"),
    "failed": ("circle-x", "bad"),
    "now": ("loader", "accent"),
    "soon": ("triangle-alert", "waiting"),
    "later": ("clock", "muted"),
    "unknown": ("info", "muted"),
}
NAME = 160


class Checks(QFrame):
    """`narrow` puts what is known under the name."""

    def __init__(self, *, narrow: bool, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "card")
        self._narrow = narrow
        self._shown: Sequence[Check] = ()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show these."""
        if list(checks) == list(self._shown):
            return
        self._shown = checks
        empty(self._rows)
        for index, check in enumerate(checks):
            if index:
                self._rows.addWidget(line())
            self._rows.addLayout(self._row(check))

    def text(self) -> str:
        """Return all of it, a line each."""
        return "\n".join(f"{each.name} {each.state}: {each.text}" for each in self._shown)

    def _row(self, check: Check) -> QVBoxLayout:
        icon, ink = STATES[check.state]
        name = Text(t(f"console.check.{check.name}"), "medium", wrap=True)
        told = Text(check.text, "muted", wrap=True)
        tone = "off" if check.state in ("later", "now", "unknown") else "good" if check.state == "ok" else ink
        chip = Chip(Mark(t(f"console.check.state.{check.state}"), tone))
        if self._narrow:
            words = column(name, told)
            layout = row(Icon(icon, ink, 20), gap=12, margins=(12, 8, 12, 8))
            layout.addLayout(words, 1)
        else:
            name.setFixedWidth(theme().px(NAME))
            layout = row(Icon(icon, ink, 20), name, gap=12, margins=(16, 10, 16, 10))
            layout.addWidget(told, 1)
        layout.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        return column(layout)
