"""A field of a form: its name above, what is wrong with it below."""

from collections.abc import Mapping

from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.core.words import t
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text, caption
from desktop.widgets.text_line import TextLine

SHOW_KEYS = "Ctrl+H"


class Field(QWidget):
    """A line to type in, or another widget given as `editor`; `beside` stands at its right."""

    def __init__(
        self,
        label: str,
        name: str,
        *,
        secret: bool = False,
        hint: str = "",
        editor: QWidget | None = None,
        beside: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.edit = TextLine()
        self.editor: QWidget = editor or self.edit
        self.editor.setObjectName(name)
        self._hint = hint
        self._fault = Text(hint, "small-muted", wrap=True, name=f"{name}.fault")
        if secret:
            self._make_secret()
        self._caption = caption(label, self.editor)
        edited = row(gap=8)
        edited.addWidget(self.editor, 1)
        if beside is not None:
            edited.addWidget(beside)
        self.setLayout(column(self._caption, edited if beside else self.editor, self._fault, gap=4))
        if editor is None:
            self.edit.textEdited.connect(lambda _: self._ease())
        self._fault.setVisible(bool(hint))
        self.setFocusProxy(self.editor)

    @property
    def text(self) -> str:
        """What was typed; a secret as it is, other text without the spaces around it."""
        text = self.edit.text()
        return (
            text
            if self.edit.echoMode() is QLineEdit.EchoMode.Password or self.edit.property("secret")
            else text.strip()
        )

    def rename(self, label: str) -> None:
        """Change what is above it."""
        self._caption.setText(label)
        self.editor.setAccessibleName(label)

    def advise(self, hint: str) -> None:
        """Change what is said below it where nothing is wrong."""
        fault, self._hint = self.fault(), hint
        self._say(fault)

    def accuse(self, fault: str) -> None:
        """Say what is wrong with it, or that nothing is."""
        self._fault.setMinimumHeight(0)
        self._say(fault)

    def _ease(self) -> None:
        """Stop accusing while it is mended; the place of the words stays, so that nothing moves under the cursor."""
        if self.fault():
            self._fault.setMinimumHeight(self._fault.heightForWidth(self._fault.width()))
            self._say("")
            self._fault.show()

    def _say(self, fault: str) -> None:
        self._fault.setText(fault or self._hint)
        self._fault.restyle("fault" if fault else "small-muted")
        self._fault.setVisible(bool(fault or self._hint))
        self.editor.setAccessibleDescription(fault or self._hint)
        if bool(self.editor.property("fault")) != bool(fault):
            self.editor.setProperty("fault", bool(fault))
            self.editor.style().unpolish(self.editor)
            self.editor.style().polish(self.editor)

    def fault(self) -> str:
        """Return what is wrong with it."""
        return self._fault.text() if self.editor.property("fault") else ""

    def _make_secret(self) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setProperty("secret", True)
        self.edit.add_button(f"{self.editor.objectName()}.eye", self._turn, SHOW_KEYS)
        self._draw()

    def _turn(self) -> None:
        hidden = self.edit.echoMode() is QLineEdit.EchoMode.Password
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._draw()

    def _draw(self) -> None:
        hidden = self.edit.echoMode() is QLineEdit.EchoMode.Password
        words = t("console.password.show" if hidden else "console.password.hide")
        self.edit.show_button("eye" if hidden else "eye-off", words, SHOW_KEYS)


def accuse(fields: Mapping[str, Field], faults: Mapping[str, str]) -> bool:
    """Put faults beside their fields and the cursor into the first; tell whether all of them found their field."""
    first = None
    for name, field in fields.items():
        field.accuse(faults.get(name, ""))
        if first is None and name in faults:
            first = field
    if first is not None:
        first.editor.setFocus()
    return bool(faults) and faults.keys() <= fields.keys()
