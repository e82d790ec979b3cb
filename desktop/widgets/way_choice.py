"""The three ways to delete: with what each of them destroys, and why one cannot be taken."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from desktop.core.words import t
from desktop.widgets.layout import column
from desktop.widgets.text import Text
from server.contract.deletion import DeletionMode

WAYS = (DeletionMode.USER_ONLY, DeletionMode.USER_AND_DATA, DeletionMode.DATA_ONLY)
"""What destroys least comes first, and is chosen until somebody chooses otherwise."""


class WayChoice(QWidget):
    """`has_data` is whether there is a place where data could lie."""

    changed = Signal()

    def __init__(self, name: str, *, has_data: bool) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.setAccessibleName(t("console.delete_user.ways"))
        self._group = QButtonGroup(self)
        ways = column(gap=8)
        for place, way in enumerate(WAYS):
            off = way is DeletionMode.DATA_ONLY and not has_data
            made = QRadioButton(t(f"console.delete_user.way.{way}"))
            made.setObjectName(f"{name}.{way}")
            made.setEnabled(not off)
            means = t(f"console.delete_user.means.{way}")
            if not has_data and way is not DeletionMode.USER_ONLY:
                means = t("console.delete_user.no_data" if off else "console.delete_user.nothing_known")
            made.setAccessibleDescription(means)
            self._group.addButton(made, place)
            ways.addLayout(column(made, column(Text(means, "muted", wrap=True), margins=(28, 0, 0, 0))))
        self._group.button(0).setChecked(True)
        self._group.idToggled.connect(self._turn)
        self.setLayout(ways)

    @property
    def mode(self) -> DeletionMode:
        """What is chosen."""
        return WAYS[max(0, self._group.checkedId())]

    def _turn(self, _: int, on: bool) -> None:  # noqa: FBT001 - a signal's
        if on:
            self.changed.emit()
