"""A private key that is chosen as a file or pasted: it is taken, and never shown."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.core.storage import is_private_key, locked
from desktop.core.words import t
from desktop.widgets.button import button
from desktop.widgets.flow import Flow
from desktop.widgets.layout import column
from desktop.widgets.text import Text

LARGEST = 8192
"""Bytes; no private key is larger."""


class KeyFile(QWidget):
    """Says which key it has, and what is wrong with what it was given."""

    changed = Signal()

    def __init__(self, label: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "plain")
        self.text = ""
        """The key itself."""
        self._label = label
        self._told = Text(t("console.storage.key.none"), "muted", wrap=True, name=f"{name}.told")
        self._choose = button(t("console.storage.key.choose"), f"{name}.choose", self._ask, icon="key-round")
        paste = button(t("console.storage.key.paste"), f"{name}.paste", self._paste, icon="copy")
        self.stops: list[QWidget] = [self._choose, paste]
        """What Tab leads to."""
        for made in (self._choose, paste):
            made.setAccessibleName(f"{label}: {made.text()}")
        self._fault = Text("", "fault", wrap=True, name=f"{name}.fault")
        self._fault.hide()
        self.setLayout(column(Text(label, "medium"), self._told, Flow(self._choose, paste), self._fault, gap=4))
        self.setFocusProxy(self._choose)

    def accuse(self, fault: str) -> None:
        """Say what is wrong with it, or that nothing is."""
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))

    def take(self, text: str, name: str) -> None:
        """Take a key, `name` is where it comes from; what is none is refused."""
        if not is_private_key(text):
            self.accuse(t("console.storage.key.no_key"))
        elif locked(text):
            self.accuse(t("console.storage.key.locked"))
        else:
            self.text = text.strip() + "\n"
            self._told.setText(t("console.storage.key.taken", name=name))
            self.accuse("")
        self.changed.emit()

    def _ask(self) -> None:
        dialog = QFileDialog(self, t("console.storage.key.choose"), str(Path.home() / ".ssh"))
        dialog.setObjectName("storage.key_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._read)
        dialog.open()

    def _read(self, chosen: str) -> None:
        file = Path(chosen)
        try:
            with file.open("rb") as opened:
                text = opened.read(LARGEST).decode("utf-8", "replace")
        except OSError as error:
            self.accuse(error.strerror or type(error).__name__)
            return
        self.take(text, file.name)

    def _paste(self) -> None:
        self.take(QGuiApplication.clipboard().text(), t("console.storage.key.clipboard"))
