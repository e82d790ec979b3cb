"""Signing in: user name and password."""

from PySide6.QtCore import Signal

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.session import sign_in
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.widgets.button import button
from desktop.widgets.clock_banner import ClockBanner
from desktop.widgets.field import Field
from desktop.widgets.layout import column
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.problem import Problem
from server.contract.session import SignedIn, Waiting

UNAUTHORIZED = 401


class SignInForm(Entry):
    """Ends signed in, or waiting for the phone."""

    signed_in = Signal(object, str)
    """The session, and the password, so that it is not asked for again a moment later."""
    waiting = Signal(object, str)
    """What is still waited for, and the password likewise."""
    invited = Signal()
    elsewhere = Signal()

    def __init__(self, desk: Desk, foot: str, username: str = "", notice: str = "") -> None:
        super().__init__("sign_in", foot)
        self._desk = desk
        self._username = Field(t("console.username"), "sign_in.username")
        self._username.edit.setText(username)
        self._password = Field(t("console.password"), "sign_in.password", secret=True)
        self._banner = Banner("waiting", "info", "sign_in.banner")
        self._go = button(t("console.sign_in.go"), "sign_in.submit", self.submit, look="primary", large=True)
        links = column(
            button(t("console.sign_in.invited"), "sign_in.invitation", self.invited.emit, look="link"),
            button(t("console.sign_in.elsewhere"), "sign_in.elsewhere", self.elsewhere.emit, look="link"),
        )
        layout = column(
            Text(t("console.sign_in.title"), "title"),
            self._banner,
            ClockBanner(desk.clock),
            self._username,
            self._password,
            4,
            self._go,
            links,
            gap=12,
            margins=(32, 28, 32, 20),
        )
        self.show_card(layout)
        self._banner.say(notice)
        self._username.edit.returnPressed.connect(self.submit)
        self._password.edit.returnPressed.connect(self.submit)
        self.begin_at(self._password if username else self._username)

    def fill(self, username: str, password: str) -> None:
        """Sign in with what was typed a moment ago."""
        self._username.edit.setText(username)
        self._password.edit.setText(password)
        self.submit()

    def submit(self) -> None:
        """Send user name and password."""
        if not self._go.isEnabled():
            return
        username, password = self._username.text, self._password.text
        self._username.accuse("" if username else t("console.field.missing"))
        self._password.accuse("" if password else t("console.field.missing"))
        if not username or not password:
            return
        self._banner.say("")
        self._go.setEnabled(False)
        client, vault = self._desk.client, self._desk.vault
        self._desk.run(self, lambda: sign_in(client, vault, username, password), self._answered, self._failed)

    def _answered(self, answer: SignedIn | Waiting) -> None:
        if isinstance(answer, SignedIn):
            self.signed_in.emit(answer, self._password.text)
        else:
            self.waiting.emit(answer, self._password.text)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Problem) and error.status == UNAUTHORIZED:
            self._password.accuse(t("console.sign_in.wrong"))
            self._password.edit.selectAll()
            self._password.setFocus()
            return
        self._banner.turn("bad", "triangle-alert")
        self._banner.say(shown(error).text)
