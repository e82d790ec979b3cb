"""Something that is typed elsewhere: what it is, the thing itself, and a button that copies it where there is room."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame

from desktop.core.words import t
from desktop.widgets.button import button
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text


class Copyable(QFrame):
    """Hidden while there is nothing to copy."""

    def __init__(self, title: str, hint: str, name: str, *, roomy: bool) -> None:
        super().__init__()
        self.setProperty("look", "well")
        self._value = Text("", "mono", wrap=True, name=name).selectable()
        copy = button(t("console.copy"), f"{name}.copy", self._copy, icon="copy", small=True)
        copy.setAccessibleName(f"{t('console.copy')}: {title}")
        if not roomy:
            copy.hide()  # it is selected
        head = row(Text(title, "strong", wrap=True), copy, gap=8)
        head.setStretch(0, 1)
        self.setLayout(column(head, self._value, Text(hint, "muted", wrap=True), gap=4, margins=(12, 8, 12, 8)))
        self.hide()

    def show_value(self, value: str) -> None:
        """Show this, or nothing."""
        self._value.setText(value)
        self.setVisible(bool(value))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._value.text())
