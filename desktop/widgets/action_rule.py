"""A rule for single actions: a box for each of them that may be ticked or not."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.core.told import action_name
from desktop.widgets.layout import column, empty
from desktop.widgets.text import Text


class ActionRule(QWidget):
    """`changed` whenever somebody ticks a box, or takes the tick away; `always` says what is no matter of choice."""

    changed = Signal()

    def __init__(self, name: str, always: str) -> None:
        super().__init__()
        self.setObjectName(f"policy.{name}s")
        self.setProperty("look", "plain")
        self._name = name
        self._boxes: dict[str, QCheckBox] = {}
        self._list = column(gap=8)
        self.setLayout(column(self._list, Text(always, "small-muted", wrap=True), gap=8))

    @property
    def ticked(self) -> list[str]:
        """The actions whose box has a tick."""
        return sorted(name for name, made in self._boxes.items() if made.isChecked())

    @property
    def unticked(self) -> list[str]:
        """All others."""
        return sorted(name for name, made in self._boxes.items() if not made.isChecked())

    @property
    def boxes(self) -> list[QWidget]:
        """The boxes, from the top."""
        return list(self._boxes.values())

    def show_actions(self, names: Sequence[str], ticked: Sequence[str], *, editable: bool) -> None:
        """Offer these actions; the `ticked` ones have a tick."""
        if list(self._boxes) != list(names):
            empty(self._list)
            self._boxes = {name: self._box(name) for name in names}
        for name, made in self._boxes.items():
            made.setChecked(name in ticked)
            made.setEnabled(editable)

    def _box(self, name: str) -> QCheckBox:
        made = QCheckBox(action_name(name))
        made.setObjectName(f"policy.{self._name}.{name}")
        made.setProperty("look", "plain")
        made.clicked.connect(lambda _: self.changed.emit())
        self._list.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        made.show()
        return made
