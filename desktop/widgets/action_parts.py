"""The parts of a form from a schema: lines, choices, check boxes, companies; each knows its value and its fault."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QRadioButton,
    QWidget,
)
from typing_extensions import override

from desktop.core.words import known, t
from desktop.style.theme import theme
from desktop.widgets.field import Field
from desktop.widgets.layout import column
from desktop.widgets.text import Text, plain_tip

Schema = Mapping[str, Any]


class Part(QWidget):
    """One parameter. `changed` is emitted for what a person did."""

    changed = Signal()
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "plain")

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what is sent."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Begin with this."""
        raise NotImplementedError

    def nothing(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what is sent while it does not apply."""
        return None

    def missing(self) -> str:
        """Say why its value cannot be sent; nothing where it can."""
        return ""

    def accuse(self, fault: str) -> None:
        """Say what is wrong with it, or that nothing is."""
        raise NotImplementedError

    def begin(self) -> None:
        """Take the cursor."""
        raise NotImplementedError


class Line(Part):
    """Text, an e-mail address, a number, or several texts with commas between them; empty is null where it may be."""

    def __init__(self, label: str, name: str, schema: Schema, *, optional: bool, hint: str = "") -> None:
        super().__init__()
        self._schema, self._optional = schema, optional
        self._number, self._several = schema.get("type") == "integer", schema.get("type") == "array"
        least, most = schema.get("minimum"), schema.get("maximum")
        if not hint and least is not None and most is not None:
            hint = t("console.form.between", least=least, most=most)
        self._field = Field(label, name, secret=schema.get("format") == "password", hint=hint)
        self._field.edit.textChanged.connect(lambda _: self.changed.emit())
        self._field.edit.returnPressed.connect(self.entered)
        self.setLayout(column(self._field))
        self.setFocusProxy(self._field)

    @override
    def value(self) -> Any:
        text = self._field.text
        if self._several:
            return [each.strip() for each in text.split(",") if each.strip()]
        if not text and self._optional:
            return None
        return int(text) if self._number and text.lstrip("-").isdecimal() else text

    @override
    def show_value(self, value: Any) -> None:
        self._field.edit.setText(", ".join(value) if isinstance(value, list) else "" if value is None else str(value))

    @override
    def missing(self) -> str:
        value = self.value()
        if value in ("", []):
            return "" if self._optional else t("console.field.missing")
        if not self._number or value is None:
            return ""
        least, most = self._schema.get("minimum", value), self._schema.get("maximum", value)
        if not isinstance(value, int):
            return t("console.form.number")
        return "" if least <= value <= most else t("console.form.between", least=least, most=most)

    @override
    def accuse(self, fault: str) -> None:
        self._field.accuse(fault)

    @override
    def begin(self) -> None:
        self._field.editor.setFocus()


class Choice(Part):
    """One of many."""

    def __init__(self, label: str, name: str, values: Sequence[Any]) -> None:
        super().__init__()
        self._combo = QComboBox()
        self._field = Field(label, name, editor=self._combo)
        for value in values:
            self._combo.addItem(said(value), value)
        self._combo.activated.connect(lambda _: self.changed.emit())
        self.setLayout(column(self._field))
        self.setFocusProxy(self._field)

    @override
    def value(self) -> Any:
        return self._combo.currentData()

    @override
    def show_value(self, value: Any) -> None:
        self._combo.setCurrentIndex(max(0, self._combo.findData(value)))

    @override
    def accuse(self, fault: str) -> None:
        self._field.accuse(fault)

    @override
    def begin(self) -> None:
        self._combo.setFocus()


class Boxed(Part):
    """A heading, some buttons to choose by, and a line for what is wrong or for what has to be known."""

    def __init__(self, label: str, name: str, hint: str) -> None:
        super().__init__()
        self.setAccessibleName(label)
        self._hint = hint
        self._fault = Text(hint, "small-muted", wrap=True, name=f"{name}.fault")
        if not hint:
            self._fault.hide()
        self._title = Text(label, "medium", wrap=True)

    @override
    def accuse(self, fault: str) -> None:
        self._fault.setText(fault or self._hint)
        self._fault.restyle("fault" if fault else "small-muted")
        self._fault.setHidden(not (fault or self._hint))


class Radios(Boxed):
    """One of a few, each with what it means; what is `barred` can be seen and not be chosen."""

    def __init__(
        self, label: str, name: str, values: Sequence[Any], *, barred: Collection[Any] = (), hint: str = ""
    ) -> None:
        super().__init__(label, name, hint)
        self._group = QButtonGroup(self)
        self._values = list(values)
        layout = column(self._title, gap=8)
        for place, value in enumerate(values):
            made = QRadioButton(said(value))
            made.setObjectName(f"{name}.{value}")
            made.setEnabled(value not in barred)
            self._group.addButton(made, place)
            means = known(f"console.form.means.{value}", "")
            made.setAccessibleDescription(means)
            layout.addLayout(_under(made, means))
        layout.addWidget(self._fault)
        self.setLayout(layout)
        self.show_value(next((each for each in reversed(values) if each not in barred), None))
        self._group.idClicked.connect(lambda _: self.changed.emit())

    @override
    def value(self) -> Any:
        place = self._group.checkedId()
        return self._values[place] if place >= 0 else None

    @override
    def show_value(self, value: Any) -> None:
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)

    @override
    def begin(self) -> None:
        self._group.button(max(0, self._group.checkedId())).setFocus()


class Boxes(Boxed):
    """Any of several; what is `barred` stays as it is."""

    def __init__(
        self,
        label: str,
        name: str,
        values: Sequence[str],
        *,
        barred: Collection[str] = (),
        hint: str = "",
        columns: int = 2,
    ) -> None:
        super().__init__(label, name, hint if barred else "")
        self._boxes: dict[str, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(16))
        grid.setVerticalSpacing(theme().px(8))
        for place, value in enumerate(values):
            made = self._boxes[value] = QCheckBox(said(value))
            made.setObjectName(f"{name}.{value}")
            made.setProperty("look", "plain")
            made.setEnabled(value not in barred)
            made.setToolTip(plain_tip(hint if value in barred else ""))
            made.clicked.connect(lambda _: self.changed.emit())
            grid.addWidget(made, place // columns, place % columns)
        self.setLayout(column(self._title, grid, self._fault, gap=8))

    @override
    def value(self) -> list[str]:
        return [value for value, made in self._boxes.items() if made.isChecked()]

    @override
    def show_value(self, value: Any) -> None:
        for each, made in self._boxes.items():
            made.setChecked(each in (value or ()))

    @override
    def nothing(self) -> list[str]:
        return []

    @override
    def begin(self) -> None:
        next((made for made in self._boxes.values() if made.isEnabled()), self).setFocus()


def said(value: object) -> str:
    """Return a value that is chosen from in our words, or else as it is."""
    return known(f"choice.{value}", str(value))


def _under(made: QWidget, means: str) -> Any:  # noqa: ANN401 - a layout
    layout = column(made)
    if means:
        text = Text(means, "muted", wrap=True)
        layout.addLayout(column(text, margins=(28, 0, 0, 0)))
    return layout
