"""The steps of setting an authenticator app up, each a page that knows no server."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.words import n, t
from desktop.widgets.copyable import Copyable
from desktop.widgets.digit_boxes import DigitBoxes
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.own_password import OwnPassword
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Text
from server.contract.administrator import Me
from server.contract.problem import Problem
from server.contract.two_factor import StartedTotp

GROUP = 4
"""Characters of the secret between two spaces."""


class Begin(QWidget):
    """What such an app does not cover, and the password again; `device` is the phone that it takes the place of."""

    def __init__(self, me: Me, *, uncovered: str, device: str, needs_grant: bool, roomy: bool) -> None:
        super().__init__()
        less = Banner("waiting", "info", "totp.less")
        change = Text(t("console.totp.change", device=device) if device else "", wrap=True, name="totp.change")
        if not device:
            change.hide()
        gap = 16 if roomy else 8
        self.own = OwnPassword(me.username, "totp", needs_grant=needs_grant, gap=gap)
        lead = Text(t("console.totp.lead"), "muted", wrap=True)
        words = column(Text(t("console.totp.title"), "title", wrap=True), lead, gap=4)
        tile = Tile("key-round")
        head = row(tile, gap=12)
        head.addLayout(words, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(head, less, change, self.own.fields, None, gap=gap))
        less.say(t("console.totp.less", actions=uncovered) if uncovered else t("console.totp.less_text"))


class SetUp(QWidget):
    """The secret for the app, as a QR code and to type, and one right code of it."""

    typed = Signal(str)

    def __init__(self, *, beside: bool, roomy: bool) -> None:
        super().__init__()
        self._qr = QrCode("totp.qr")
        self._secret = Copyable(t("console.totp.secret"), t("console.totp.secret_hint"), "totp.secret", roomy=True)
        self.digits = DigitBoxes("totp.digits")
        self.digits.setAccessibleName(t("console.totp.digits"))
        self.digits.complete.connect(self.typed)
        self._fault = Text("", "fault", wrap=True, name="totp.digits.fault")
        left = column(gap=0)
        left.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addStretch(1)
        digits = column(Text(t("console.totp.digits"), "medium", wrap=True), gap=8)
        digits.addWidget(self.digits, 0, Qt.AlignmentFlag.AlignLeft)
        digits.addWidget(self._fault)
        scan = Text(t("console.totp.scan"), "section", wrap=True)
        if not roomy:
            scan.hide()
        right = column(scan, self._secret, digits, None, gap=16 if roomy else 8)
        layout = row(left, gap=24) if beside else column(left, gap=12)
        if beside:
            layout.addLayout(right, 1)
        else:
            layout.addLayout(right)
        self.setLayout(layout)

    def show_secret(self, started: StartedTotp) -> None:
        """Show a fresh one."""
        self._qr.show_text(started.uri)
        self._secret.show_value(grouped(started.secret))
        self.say("")
        self.digits.clear()
        self.digits.setFocus()

    def busy(self, *, on: bool) -> None:
        """Wait while the code is looked at."""
        self.digits.setEnabled(not on)

    def wrong(self, problem: Problem) -> None:
        """Ask again, and say by how much the phone's clock seems to be off, where the server could tell."""
        ahead = problem.members.get("clock_ahead")
        hint = clock_hint(int(ahead)) if isinstance(ahead, int | float) and ahead else ""
        self.say(f"{t('console.totp.wrong')} {hint}".strip())
        self.digits.clear()
        self.digits.setFocus()

    def say(self, fault: str) -> None:
        """Say what went wrong."""
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))

    def forget(self) -> None:
        """Keep nothing."""
        self._qr.show_text("")
        self._secret.show_value("")
        self.digits.clear()


def grouped(secret: str) -> str:
    """Return a secret in groups, to be typed."""
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))


def clock_hint(ahead: int) -> str:
    """Say by how much a phone's clock seems to be off; `ahead` in seconds, below zero where it is behind."""
    minutes = max(1, round(abs(ahead) / 60))
    return n("console.totp.clock_ahead" if ahead > 0 else "console.totp.clock_behind", minutes)
