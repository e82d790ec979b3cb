"""For which actions six digits are typed on the phone: a box for each that may be without."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.core.told import action_name
from desktop.core.words import t
from desktop.widgets.layout import column, empty
from desktop.widgets.text import Text


class CodeRule(QWidget):
    """`changed` whenever somebody ticks a box, or takes the tick away."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("policy.codes")
        self.setProperty("look", "plain")
        self._boxes: dict[str, QCheckBox] = {}
        self._list = column(gap=8)
        always = Text(t("console.policy.code_always"), "small-muted", wrap=True)
        self.setLayout(column(self._list, always, gap=8))

    @property
    def without(self) -> list[str]:
        """The actions whose box has no tick."""
        return sorted(name for name, made in self._boxes.items() if not made.isChecked())

    def show_actions(self, names: Sequence[str], without: Sequence[str], *, editable: bool) -> None:
        """Offer these actions; the ones `without` have no tick."""
        if list(self._boxes) != list(names):
            empty(self._list)
            self._boxes = {name: self._box(name) for name in names}
        for name, made in self._boxes.items():
            made.setChecked(name not in without)
            made.setEnabled(editable)

    def _box(self, name: str) -> QCheckBox:
        made = QCheckBox(action_name(name))
        made.setObjectName(f"policy.code.{name}")
        made.setProperty("look", "plain")
        made.clicked.connect(lambda _: self.changed.emit())
        self._list.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        made.show()
        return made
