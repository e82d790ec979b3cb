"""One rule of the security policy: what is chosen, and in one sentence what that costs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QWidget

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text

UNDER = 28
"""Pixels by which the words stand under a check box's own words."""


class Rule(QFrame):
    """A card: a `box` to tick, or a title with a control at its right."""

    def __init__(self, name: str, control: QWidget | None = None, *, ticks: bool = True) -> None:
        super().__init__()
        self.setObjectName(f"policy.{name}")
        self.setProperty("look", "card")
        title = t(f"console.policy.{name}")
        costs = Text(t(f"console.policy.{name}_costs"), "muted", wrap=True, name=f"policy.{name}.costs")
        self.box = QCheckBox(title)
        self.box.setObjectName(f"policy.{name}.box")
        self._under = theme().px(UNDER) if ticks else 0
        head = row(self.box, None) if ticks else row(Text(title, "section", wrap=True), gap=12, stretch=0)
        if control is not None:
            control.setAccessibleName(title)
            head.addWidget(control)
        (control or self.box).setAccessibleDescription(costs.text())
        words = column(costs)
        words.setContentsMargins(self._under, 0, 0, 0)
        self._inside = column(head, words, gap=6, margins=(20, 16, 20, 16))
        self.setLayout(self._inside)

    def add(self, part: QWidget, *, snug: bool = False) -> None:
        """Add what belongs to it, under the words; `snug` only as wide as it wants to be."""
        holder = column(part)
        holder.setContentsMargins(self._under, theme().px(4), 0, 0)
        if snug:
            holder.setAlignment(part, Qt.AlignmentFlag.AlignLeft)
        self._inside.addLayout(holder)
