"""Connecting to a server that somebody has installed already, and setting it up where nobody has yet."""

from urllib.parse import urlsplit

from PySide6.QtCore import Signal

from desktop.core.client import Client
from desktop.core.problems import shown
from desktop.core.tasks import Tasks
from desktop.core.transport import is_loopback
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.widgets.button import button, rename
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.health import Health


class Connect(Entry):
    """Asks for the address, and goes on only when a server has answered there."""

    chosen = Signal(str, str)
    """The address, and the set-up token where the server is not set up yet."""
    back = Signal()

    def __init__(self, tasks: Tasks, url: str = "") -> None:
        super().__init__("connect")
        self._tasks = tasks
        self._url = Field(t("console.connect.address"), "connect.address", hint=t("console.connect.hint"))
        self._url.edit.setText(url)
        self._token = Field(t("console.connect.token"), "connect.token", hint=t("console.connect.token_hint"))
        self._token.hide()
        self._fresh = Banner("tint", "info", "connect.not_set_up")
        self._url.edit.textEdited.connect(lambda _: self._ask_token(on=False))
        for field in (self._url, self._token):
            field.edit.returnPressed.connect(self._submit)
        self._go = button(t("console.connect.go"), "connect.submit", self._submit, look="primary", large=True)
        back = button(t("console.back"), "connect.back", self.back.emit, large=True)
        buttons = row(back, self._go, gap=8)
        buttons.setStretch(1, 1)
        title = Text(t("console.first_run.there.title"), "title")
        self.show_card(column(title, self._url, self._fresh, self._token, buttons, gap=16, margins=(32, 28, 32, 28)))
        self.begin_at(self._url)

    def _submit(self) -> None:
        url = self._url.text.rstrip("/")
        url = url if "://" in url else f"https://{url}"
        fault = _fault(url)
        self._url.accuse(fault)
        missing = not self._token.isHidden() and not self._token.text
        self._token.accuse(t("console.field.missing") if missing else "")
        if fault or missing or not self._go.isEnabled():
            return
        self._go.setEnabled(False)
        self._tasks.run(self, lambda: _ask(url), lambda health: self._answered(url, health), self._failed)

    def _answered(self, url: str, health: Health) -> None:
        self._go.setEnabled(True)
        if health.setup_done:
            self.chosen.emit(url, "")
        elif self._token.text:
            self.chosen.emit(url, self._token.text)
        else:
            self._ask_token(on=True)
            self._token.setFocus()

    def _ask_token(self, *, on: bool) -> None:
        self._token.setVisible(on)
        self._fresh.say(t("console.connect.not_set_up") if on else "")
        rename(self._go, t("console.connect.set_up" if on else "console.connect.go"))
        if not on:
            self._token.edit.clear()

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
