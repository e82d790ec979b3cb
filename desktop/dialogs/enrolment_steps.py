"""The steps of an enrolment after the first, each a page that knows no server."""

from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop.core.moments import Deadline
from desktop.core.naming import as_ip
from desktop.core.phone import OwnPhone, name_of
from desktop.core.words import n, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.code import Code
from desktop.widgets.countdown import Countdown
from desktop.widgets.delivery import Delivery
from desktop.widgets.digit_boxes import DigitBoxes
from desktop.widgets.icon import Icon, Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Text, short, title_for
from server.contract.administrator import Me
from server.contract.enrolment import StartedEnrolment
from server.contract.request import Request

SIDE, LEAST = 320, 272
"""Pixels of the column with the QR code, and what is enough for it."""
BESIDE = 600
"""Pixels across from which on two columns stand beside each other."""
CHANGE = "device.change"


class Scan(QWidget):
    """The QR code, and what to do on the phone."""

    renewed = Signal()
    expired = Signal()

    def __init__(self, me: Me, *, side: int) -> None:
        super().__init__()
        self.deadline: Deadline | None = None
        self._qr = QrCode("enrolment.qr")
        self._left = Text("", "strong", name="enrolment.left").tabular()
        self._bar = Countdown(name="enrolment.countdown")
        self._bar.ticked.connect(lambda time: self._left.setText(t("console.countdown.left", time=time)))
        self._bar.ended.connect(self.expired)
        copy = button(t("console.enrolment.copy"), "enrolment.copy_link", self._copy, small=True, icon="copy")
        self._new = button(
            t("console.enrolment.new"), "enrolment.new_code", self.renewed.emit, small=True, icon="refresh-cw"
        )
        time, ways = row(Icon("clock", "muted", 16), self._left, None, gap=8), row(copy, self._new, None, gap=8)
        tight = side == LEAST
        left = column(gap=6 if tight else 12)
        left.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        if tight:
            left.addLayout(ways)
        left.addWidget(self._bar)
        left.addLayout(time if tight else row(time, ways, gap=8))
        left.addWidget(Text(t("console.enrolment.no_camera"), "muted", wrap=True))
        left.addStretch(1)
        right = column(
            Text(t("console.enrolment.scan_title"), "title"),
            4,
            Text(
                t("console.enrolment.scan_lead", username=me.username, organisation=me.organisation), "muted", wrap=True
            ),
            16,
        )
        self._banner = Banner("waiting", "info", "enrolment.unreachable")
        right.addWidget(self._banner)
        right.addSpacing(theme().px(4))
        self._how = {
            name: Text(t(f"console.enrolment.how.{name}_text"), "muted", wrap=True, name=f"enrolment.how.{name}")
            for name in ("open", "password", "back")
        }
        for number, (name, told) in enumerate(self._how.items(), start=1):
            right.addLayout(_step(number, name, told))
            right.addSpacing(theme().px(12))
        right.addWidget(_next_box())
        right.addStretch(1)
        self.setLayout(_beside(left, right, side))

    def show_code(self, started: StartedEnrolment) -> None:
        """Show a fresh code."""
        self._qr.show_text(started.qr)
        bare = as_ip(urlsplit(started.qr).hostname or "") is not None  # where there is no screen lock for a browser
        self._how["password"].setText(t(f"console.enrolment.how.{'password_pin_text' if bare else 'password_text'}"))
        self.busy(on=False)
        self._banner.say("" if started.reachable else t("console.enrolment.unreachable"))
        self.deadline = Deadline(started.now, started.expires_at, started.now)
        self._bar.count(self.deadline)

    def busy(self, *, on: bool) -> None:
        """Wait for a new code."""
        self._new.setEnabled(not on)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._qr.text())
        self._left.setFocus()


class Compare(QWidget):
    """Six digits, from the phone into the console."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.digits = DigitBoxes("enrolment.digits")
        self.digits.setEnabled(False)
        self.digits.complete.connect(self.typed)
        self._title = Text("", "title", wrap=True, name="enrolment.device")
        self._text = Text("", "muted", wrap=True)
        self._fault = Text("", "fault", wrap=True, name="enrolment.digits.fault")
        self._left = Text("", "small-muted", name="enrolment.compare_left").tabular()
        self._bar = Countdown(name="enrolment.compare_countdown")
        self._bar.ticked.connect(lambda time: self._left.setText(t("console.countdown.left", time=time)))
        tile = Tile("smartphone")
        head = row(tile, gap=16)
        head.addLayout(column(self._title, self._text, gap=4), 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        layout = column(head, 24, gap=0)
        layout.addWidget(self.digits, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(theme().px(8))
        layout.addWidget(self._fault)
        layout.addSpacing(theme().px(12))
        layout.addWidget(self._bar)
        layout.addSpacing(theme().px(4))
        layout.addWidget(self._left)
        layout.addStretch(1)
        self.setLayout(layout)

    def begin(self, device: str, deadline: Deadline | None) -> None:
        """Take the digits: the phone has claimed the enrolment."""
        self._title.setText(t("console.enrolment.compare_title", device=device))
        self._title.restyle(title_for(self._title.text()))
        self._text.setText(t("console.enrolment.compare_lead", device=device))
        self.digits.setAccessibleName(t("console.enrolment.digits", device=device))
        self.digits.clear()
        self.digits.setEnabled(True)
        self._fault.setText("")
        if deadline is not None:
            self._bar.count(deadline)

    def busy(self, *, on: bool) -> None:
        """Wait while the digits are compared."""
        self.digits.setEnabled(not on)

    def wrong(self, left: int) -> None:
        """Ask again."""
        self.say(n("console.enrolment.wrong", left))
        self.digits.clear()
        self.digits.setFocus()

    def say(self, fault: str) -> None:
        """Say what went wrong."""
        self._fault.setText(fault)


class Confirm(QWidget):
    """From the console into the phone: the QR code first, six digits beside it.

    A change of phone is confirmed on the old one; `missing` is that somebody does not have it.
    """

    missing = Signal()

    def __init__(self, phone: OwnPhone, *, side: int) -> None:
        super().__init__()
        self._phone = phone
        self._sent: Delivery | None = None
        self._title = Text("", "title", wrap=True, name="enrolment.confirm_title")
        self._code = Code(32, "enrolment.code")
        self._left = Text("", "strong", name="enrolment.confirm_left").tabular()
        self._bar = Countdown(name="enrolment.confirm_countdown")
        self._bar.ticked.connect(lambda time: self._left.setText(t("console.countdown.left", time=time)))
        self._must = Text("", "muted", wrap=True)
        self._qr = QrCode("enrolment.confirm_qr")
        self._scan = Text("", "strong", wrap=True, name="enrolment.confirm_scan")
        self._missing = button(t("console.enrolment.no_phone"), "enrolment.no_phone", self.missing.emit, look="link")
        left = column(gap=8)
        left.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addWidget(self._missing, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addStretch(1)
        digits = Text(t("console.enrolment.confirm_digits"), "muted", wrap=True)
        right = column(self._title, 8, self._scan, 8, digits, 4, self._code, 8, self._bar, 4)
        self._time = row(self._left, gap=12)
        right.addLayout(self._time)
        right.addSpacing(theme().px(12))
        right.addWidget(self._must)
        right.addStretch(1)
        self.setLayout(_beside(left, right, side))

    def show_request(self, request: Request) -> None:
        """Show what the phone waits for."""
        change = request.action == CHANGE
        device = name_of(short(request.device or t("console.phone")), request.verification)
        what = "enrolment.change" if change else "enrolment"
        self._title.setText(t(f"console.{what}.confirm_title", device=device))
        self._scan.setText(t(f"console.{what}.confirm_scan"))
        must = t("console.waiting.must_show", ip=request.ip, device=request.device_name)
        cut = t("console.enrolment.change.cut_off", device=device) if change else ""
        self._must.setText(f"{cut} {must}".strip())
        self._missing.setVisible("recovery_code" in request.methods)
        if self._sent is None:
            self._sent = Delivery(request, self._phone, name="enrolment.delivery")
            self._time.addWidget(self._sent, 1)
        self.count(Deadline(request.created_at, request.expires_at, request.now), request)

    def count(self, deadline: Deadline, request: Request) -> None:
        """Count down, and show the secrets that this session has."""
        if request.code:
            self._code.show_code(request.code)
        if request.qr:
            self._qr.show_text(request.qr)
        if self._sent is not None:
            self._sent.follow(request)
        self._bar.count(deadline)


class Ended(QWidget):
    """Done, or why not."""

    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("enrolment.ended")
        self._tile = Tile("circle-check", "good", ground="good_ground", size=56, inner=28)
        self._title = Text("", "title", wrap=True, name="enrolment.ended.title")
        self._text = Text("", "muted", wrap=True, name="enrolment.ended.text")
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._again = button(t("console.enrolment.again"), "enrolment.again", self.again.emit, look="primary")
        layout = column(gap=8, margins=(0, 24, 0, 24))
        layout.addWidget(self._tile, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(theme().px(8))
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(theme().px(8))
        layout.addWidget(self._again, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.setLayout(layout)

    def tell(self, title: str, text: str, *, done: bool) -> None:
        """Say it."""
        self._tile.show_icon("circle-check" if done else "circle-x", "good" if done else "bad")
        self._tile.show_ground("good_ground" if done else "bad_ground")
        self._title.setText(title)
        self._text.setText(text)
        self._again.setVisible(not done)


def _step(number: int, name: str, told: Text) -> QBoxLayout:
    digit = Text(str(number), "accent")
    digit.setFixedWidth(theme().px(16))
    words = column(Text(t(f"console.enrolment.how.{name}"), "medium", wrap=True), told)
    layout = row(digit, gap=8)
    layout.addLayout(words, 1)
    layout.setAlignment(digit, Qt.AlignmentFlag.AlignTop)
    return layout


def _next_box() -> QWidget:
    waiting = DigitBoxes("enrolment.next_digits")
    waiting.setEnabled(False)
    waiting.setAccessibleName(t("console.enrolment.next"))
    inner = column(
        Text(t("console.enrolment.next"), "strong"),
        Text(t("console.enrolment.next_text"), wrap=True),
        gap=4,
        margins=(12, 12, 12, 12),
    )
    inner.addWidget(waiting, 0, Qt.AlignmentFlag.AlignLeft)
    return box("well", inner)


def _beside(left: QVBoxLayout, right: QVBoxLayout, side: int) -> QBoxLayout:
    """Put two columns beside each other, the left one with the QR code `side` wide; for 0 under each other."""
    if not side:
        return column(left, 24, right)
    layout = row(gap=24)
    halves = [QWidget(), QWidget()]
    for half, inner in zip(halves, (left, right), strict=True):
        half.setProperty("look", "plain")
        half.setLayout(inner)
        layout.addWidget(half)
    halves[0].setFixedWidth(theme().px(side))
    return layout
