"""A storage limit to type: the number, and beside it the unit."""

from PySide6.QtWidgets import QBoxLayout, QComboBox

from desktop.core.limits import UNITS, parsed, written
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.field import Field
from desktop.widgets.layout import row


class LimitField(Field):
    """Empty is no limit."""

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__(t("console.user_form.limit"), name, hint=hint or t("console.user_form.limit_hint"))
        self._unit = QComboBox()
        self._unit.setObjectName(f"{name}.unit")
        self._unit.setAccessibleName(t("console.user_form.unit"))
        self._unit.setFixedWidth(theme().px(76))
        for unit in UNITS:
            self._unit.addItem(t(f"console.user_form.{unit}"), unit)
        layout = self.layout()
        assert isinstance(layout, QBoxLayout)  # noqa: S101 - a field's own
        layout.removeWidget(self.editor)
        layout.insertLayout(1, row(self.editor, self._unit, gap=8, stretch=0))

    @property
    def wrong(self) -> str:
        """Say why it cannot be sent; nothing where it can."""
        try:
            self.bytes  # noqa: B018 - it may not be a number
        except ValueError:
            return t("console.user_form.limit_fault")
        return ""

    @property
    def bytes(self) -> int | None:
        """The limit; raises ValueError for what is no number."""
        return parsed(self.text, str(self._unit.currentData()))

    def show_bytes(self, count: int | None) -> None:
        """Begin with this."""
        text, unit = written(count)
        self.edit.setText(text)
        self._unit.setCurrentIndex(self._unit.findData(unit))
