"""Connecting to a server that somebody has installed already."""

from urllib.parse import urlsplit

from PySide6.QtCore import Signal

from desktop.core.client import Client
from desktop.core.problems import shown
from desktop.core.tasks import Tasks
from desktop.core.transport import is_loopback
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.widgets.button import button
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.health import Health


class Connect(Entry):
    """Asks for the address, and goes on only when a server has answered there."""

    chosen = Signal(str)
    back = Signal()

    def __init__(self, tasks: Tasks, url: str = "") -> None:
        super().__init__("connect")
        self._tasks = tasks
        self._url = Field(t("console.connect.address"), "connect.address", hint=t("console.connect.hint"))
        self._url.edit.setText(url)
        self._url.edit.returnPressed.connect(self._submit)
        self._go = button(t("console.connect.go"), "connect.submit", self._submit, look="primary", large=True)
        back = button(t("console.back"), "connect.back", self.back.emit, large=True)
        buttons = row(back, self._go, gap=8)
        buttons.setStretch(1, 1)
        title = Text(t("console.first_run.there.title"), "title")
        self.show_card(column(title, 16, self._url, 16, buttons, margins=(32, 28, 32, 28)))
        self.begin_at(self._url)

    def _submit(self) -> None:
        url = self._url.text.rstrip("/")
        url = url if "://" in url else f"https://{url}"
        fault = _fault(url)
        self._url.accuse(fault)
        if fault or not self._go.isEnabled():
            return
        self._go.setEnabled(False)
        self._tasks.run(self, lambda: _ask(url), lambda health: self._answered(url, health), self._failed)

    def _answered(self, url: str, health: Health) -> None:
        self._go.setEnabled(True)
        if health.setup_done:
            self.chosen.emit(url)
        else:
            self._url.accuse(t("console.connect.not_set_up"))

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._url.accuse(shown(error).text)


def _ask(url: str) -> Health:
    client = Client(url)
    try:
        return client.health()
    finally:
        client.close()


def _fault(url: str) -> str:
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/") and not parts.query
    except ValueError:
        return t("console.connect.malformed")
    if not whole or parts.username or parts.scheme not in ("http", "https"):
        return t("console.connect.malformed")
    return t("console.connect.plain") if parts.scheme == "http" and not is_loopback(url) else ""
