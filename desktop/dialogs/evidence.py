"""After evidence was written to a file: where it is, and how anybody can check it."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.copyable import Copyable
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text


class EvidenceWritten(Dialog):
    """`server_key` is the fingerprint that the file is checked against."""

    def __init__(self, parent: QWidget, file: Path, server_key: str) -> None:
        super().__init__(parent, t("console.evidence.title"), "evidence", 560)
        tile = Tile("file-check", "good", ground="good_ground")
        head = row(tile, gap=12)
        words = column(
            Text(t("console.evidence.written"), "title", wrap=True),
            Text(str(file), "muted", wrap=True, name="evidence.file").selectable(),
            gap=4,
        )
        head.addLayout(words, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        title, hint = t("console.evidence.check"), t("console.evidence.check_text")
        check = Copyable(title, hint, "evidence.command", roomy=self.roomy)
        body = QWidget()
        body.setLayout(
            column(head, Text(t("console.evidence.means"), wrap=True), check, None, gap=16, margins=(24, 24, 24, 24))
        )
        check.show_value(command_of(file, server_key))
        self.show_body(body)
        close = button(t("console.close"), "evidence.close", self.close)
        close.setDefault(True)
        self.show_foot(row(None, close, margins=(24, 16, 24, 16)))
        close.setFocus()


def command_of(file: Path, server_key: str) -> str:
    """Return what checks the file; a fingerprint may begin with a hyphen, so it follows an equals sign."""
    name = f'"{file}"' if " " in str(file) else str(file)
    return f"countersign-server verify {name}" + (f" --server={server_key}" if server_key else "")
