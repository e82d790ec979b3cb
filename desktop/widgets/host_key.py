"""The key by which an SSH server is known: its fingerprint is compared by a person, and pinned from then on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.core.words import t
from desktop.widgets.button import button
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.storage import fingerprint


class HostKey(QFrame):
    """Hidden until a server has shown a key, or one is pinned."""

    trusted = Signal()
    """A person has compared the fingerprint."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "waiting")
        self.pinned = ""
        """The public key that is trusted, as OpenSSH writes it."""
        self._shown = ""
        self._title = Text("", "strong", wrap=True, name=f"{name}.title")
        self._print = Text("", "mono", wrap=True, name=f"{name}.fingerprint").selectable()
        self._text = Text("", wrap=True)
        self._trust = button(t("console.storage.host_key.trust"), f"{name}.trust", self._take, small=True)
        self.stop: QWidget = self._trust
        """What Tab leads to."""
        inside = column(self._title, self._print, self._text, gap=4, margins=(12, 8, 12, 12))
        inside.addSpacing(4)
        inside.addLayout(row(self._trust, None))
        self.setLayout(inside)
        self.hide()

    def pin(self, host_key: str) -> None:
        """Trust this one, or none."""
        self.pinned = host_key
        if host_key:
            self._say("good", host_key, t("console.storage.host_key.pinned"), "")
        self.setVisible(bool(host_key))

    def ask(self, host_key: str) -> None:
        """Let a person compare the key that the server shows."""
        self._shown = host_key
        changed = bool(self.pinned) and self.pinned != host_key
        title = t("console.storage.host_key.changed" if changed else "console.storage.host_key.compare")
        text = t("console.storage.host_key.changed_text" if changed else "console.storage.host_key.compare_text")
        self._say("bad" if changed else "waiting", host_key, title, text)
        self._trust.setText(t("console.storage.host_key.trust_new" if changed else "console.storage.host_key.trust"))
        self.show()
        (self._print if changed else self._trust).setFocus()  # another key than the trusted one no slip trusts

    def _say(self, tone: str, host_key: str, title: str, text: str) -> None:
        self._title.setText(title)
        self._print.setText(fingerprint(host_key))
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._trust.setVisible(tone != "good")
        self.setProperty("look", tone)
        self.style().unpolish(self)
        self.style().polish(self)

    def _take(self) -> None:
        self.pin(self._shown)
        self.trusted.emit()
