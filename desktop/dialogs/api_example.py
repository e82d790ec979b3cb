"""How a script asks: calls with curl that work as they are, but for the token."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.copyable import Copyable
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text

AUTHORITY = "countersign-ca.pem"
"""The file that curl trusts in place of the system's certificates, where the server has an authority of its own."""


class ApiExample(Dialog):
    """`authority` is the server's own, in PEM; none where the system trusts the server."""

    def __init__(self, parent: QWidget, url: str, authority: str = "") -> None:
        super().__init__(parent, t("console.api_example.title"), "api_example", 680)
        self._authority = authority
        calls = {
            "token": token_call(),
            "read": read_call(url, own=bool(authority)),
            "ask": ask_call(url, own=bool(authority)),
        }
        blocks: dict[str, Copyable] = {}
        for name in calls:
            title, hint = t(f"console.api_example.{name}"), t(f"console.api_example.{name}_text")
            blocks[name] = Copyable(title, hint, f"api_example.{name}", roomy=self.roomy)
        text = Text(t("console.api_example.text"), wrap=True)
        body = QWidget()
        body.setLayout(column(text, *blocks.values(), None, gap=12, margins=(24, 24, 24, 24)))
        for name, call in calls.items():
            blocks[name].show_value(call)
        self.show_body(body)
        save = button(t("console.api_example.save"), "api_example.save", self._choose_file, icon="download")
        if not authority:
            save.hide()
        close = button(t("console.close"), "api_example.close", self.close)
        close.setDefault(True)
        self.show_foot(row(None, save, close, gap=8, margins=(24, 16, 24, 16)))
        close.setFocus()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, t("console.api_example.save"), str(Path.home() / AUTHORITY))
        dialog.setObjectName("api_example.save_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: Path(file).write_text(self._authority, "ascii"))
        dialog.open()


def token_call() -> str:
    """Return how a shell learns the token without showing it."""
    return "read -rs COUNTERSIGN_TOKEN && export COUNTERSIGN_TOKEN"


def read_call(url: str, *, own: bool) -> str:
    """Return a call that reads the users."""
    return f'{_curl(own=own)} -H "Authorization: Bearer $COUNTERSIGN_TOKEN" {url}/api/v1/users'


def ask_call(url: str, *, own: bool) -> str:
    """Return a call that asks for a protected action, about a user whose id has to be put in."""
    body = '{"parameters": {"user": "USER_ID", "mode": "user_only"}, "reason": "Contract ended"}'
    head = f'{_curl(own=own)} -H "Authorization: Bearer $COUNTERSIGN_TOKEN" -H "Content-Type: application/json"'
    return f"{head} -d '{body}' {url}/api/v1/actions/user.delete"


def _curl(*, own: bool) -> str:
    return f"curl --fail-with-body --cacert {AUTHORITY}" if own else "curl --fail-with-body"
