"""Connecting to a server that somebody has installed already, and setting it up where nobody has yet."""

import re
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from desktop.core.authority import Authorities, NoAuthority, fingerprint_of, in_lines, presented
from desktop.core.client import Client
from desktop.core.naming import as_ip, is_name, url_of
from desktop.core.problems import shown
from desktop.core.tasks import Tasks
from desktop.core.transport import UNREADABLE, Offline, is_loopback
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.widgets.button import button, rename
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.health import Health
from server.contract.problem import Problem


class Connect(Entry):
    """Asks for the address, and goes on only when a server has answered there whose certificate is trusted.

    A server with an authority of its own is trusted once a person has compared that authority's fingerprint.
    """

    chosen = Signal(str, str)
    """The address, and the set-up token where the server is not set up yet."""
    back = Signal()

    def __init__(self, tasks: Tasks, authorities: Authorities, url: str = "") -> None:
        super().__init__("connect")
        self._tasks = tasks
        self._authorities = authorities
        self._presented = ""
        """The certificate whose fingerprint is being compared."""
        self._url = Field(t("console.connect.address"), "connect.address", hint=t("console.connect.hint"))
        self._url.edit.setText(url)
        self._token = Field(t("console.connect.token"), "connect.token", hint=t("console.connect.token_hint"))
        self._token.hide()
        self._fresh = Banner("tint", "info", "connect.not_set_up")
        self._compare = _Compare()
        self._compare.forgotten.connect(self._forget)
        self._url.edit.textEdited.connect(lambda _: self._begin_again())
        for field in (self._url, self._token):
            field.edit.returnPressed.connect(self._submit)
        self._go = button(t("console.connect.go"), "connect.submit", self._submit, look="primary", large=True)
        back = button(t("console.back"), "connect.back", self.back.emit, large=True)
        buttons = row(back, self._go, gap=8)
        buttons.setStretch(1, 1)
        title = Text(t("console.first_run.there.title"), "title")
        self.show_card(
            column(title, self._url, self._compare, self._fresh, self._token, buttons, gap=16, margins=(32, 28, 32, 28))
        )
        self.begin_at(self._url)

    def _submit(self) -> None:
        url = _address_in(self._url.text)
        fault = _fault(url)
        self._url.accuse(fault)
        missing = not self._token.isHidden() and not self._token.text
        self._token.accuse(t("console.field.missing") if missing else "")
        if fault or missing or not self._go.isEnabled():
            return
        self._go.setEnabled(False)
        new, authorities = self._presented, self._authorities
        self._tasks.run(
            self,
            lambda: _ask(url, authorities, new),
            lambda health: self._answered(url, health),
            lambda error: self._failed(url, error),
        )

    def _answered(self, url: str, health: Health) -> None:
        self._go.setEnabled(True)
        self._presented = ""
        self._compare.hide()
        if health.setup_done:
            self.chosen.emit(url, "")
        elif self._token.text:
            self.chosen.emit(url, self._token.text)
        else:
            self._ask_token(on=True)
            self._token.setFocus()

    def _begin_again(self) -> None:
        self._presented = ""
        self._compare.hide()
        self._ask_token(on=False)

    def _ask_token(self, *, on: bool) -> None:
        self._token.setVisible(on)
        self._fresh.say(t("console.connect.not_set_up") if on else "")
        rename(self._go, t("console.connect.set_up" if on else "console.connect.go"))
        if not on:
            self._token.edit.clear()

    def _failed(self, url: str, error: Exception) -> None:
        if isinstance(error, Offline) and error.reason in ("certificate", "changed") and not self._presented:
            self._tasks.run(
                self,
                lambda: presented(url),
                lambda found: self._show_authority(url, found),
                lambda fault: self._none_presented(url, error, fault),
            )
        else:
            self._refuse(error)

    def _none_presented(self, url: str, error: Offline, fault: Exception) -> None:
        if isinstance(fault, NoAuthority) and error.reason == "changed":
            self._show_authority(url, "")
        else:
            self._refuse(fault if isinstance(fault, Offline) and fault.reason == "name" else error)

    def _refuse(self, error: Exception) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Problem) and error.code == UNREADABLE:
            self._url.accuse(t("console.connect.stranger"))
        elif isinstance(error, Offline) and error.reason == "certificate":
            self._url.accuse(t("console.connect.untrusted"))
        else:
            self._url.accuse(shown(error).text)

    def _show_authority(self, url: str, found: str) -> None:
        """Let a person compare; where another authority is pinned, refuse until that one is forgotten on purpose.

        Nothing is found where the server has none of its own.
        """
        pinned = self._authorities.of(url)
        self._compare.tell(found, pinned)
        self._compare.show()
        if pinned:
            self._url.accuse(t("console.connect.changed_here"))
            self._go.setEnabled(True)
            return
        self._presented = found
        rename(self._go, t("console.connect.trust"))
        self._go.setEnabled(True)
        self._go.setFocus()

    def _forget(self) -> None:
        self._authorities.forget(_address_in(self._url.text))
        self._compare.hide()
        self._submit()


class _Compare(QFrame):
    """The fingerprint of an authority that is not trusted yet, and where to find it in order to compare."""

    forgotten = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("connect.authority")
        self.setProperty("look", "well")
        self._title = Text("", "strong", wrap=True, name="connect.authority.title")
        self._text = Text("", wrap=True, name="connect.authority.text")
        self._new = Text("", "mono", wrap=True, name="connect.authority.fingerprint").selectable()
        self._old_title = Text(t("console.connect.pinned"), "strong", wrap=True)
        self._old = Text("", "mono", wrap=True, name="connect.authority.pinned").selectable()
        self._forget = button(t("console.connect.forget"), "connect.forget", self.forgotten.emit, look="danger")
        layout = column(self._title, self._new, self._old_title, self._old, self._text, gap=8, margins=(16, 12, 16, 12))
        layout.addWidget(self._forget, 0, Qt.AlignmentFlag.AlignLeft)
        self.setLayout(layout)
        self.hide()

    def tell(self, found: str, pinned: str) -> None:
        """Show the fingerprint, and the one that was trusted, where it is another."""
        key = "compare" if not pinned else "changed" if found else "none"
        self._title.setText(t(f"console.connect.{key}"))
        self._text.setText(t(f"console.connect.{key}_text"))
        self._new.setText(in_lines(fingerprint_of(found)) if found else "")
        self._new.setVisible(bool(found))
        self._old.setText(in_lines(fingerprint_of(pinned)) if pinned else "")
        for part in (self._old_title, self._old, self._forget):
            part.setVisible(bool(pinned))


def _ask(url: str, authorities: Authorities, new: str) -> Health:
    """Ask a server how it is; an authority that was just compared is pinned once it has proved to be the server's."""
    client = Client(url, new or authorities.of(url))
    try:
        health = client.health()
    finally:
        client.close()
    if new:
        authorities.pin(url, new)
    return health


def _address_in(text: str) -> str:
    """Return the server's address that was meant, also by that of its phone app, which lies below it."""
    url = url_of(text)
    return re.sub(r"(?i)^(https?://[^/?#]+)/phone(/?#.*)?$", r"\1", url)


def _fault(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        whole = (as_ip(host) is not None or is_name(host)) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return t("console.connect.malformed")
    if not whole or parts.scheme not in ("http", "https"):
        return t("console.connect.malformed")
    server = f"{parts.scheme}://{parts.netloc}"
    if rest := url[len(server) :]:
        return t("console.connect.path", rest=rest, url=server)
    return t("console.connect.plain") if parts.scheme == "http" and not is_loopback(url) else ""
