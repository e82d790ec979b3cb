"""Waiting for the phone to confirm a sign-in: live, with the code, and the QR code where no notification arrives."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.moments import Deadline
from desktop.core.phone import name_in
from desktop.core.problems import shown
from desktop.core.session import remember
from desktop.core.transport import Offline
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.style.theme import theme
from desktop.widgets.button import button, rename
from desktop.widgets.code import Code
from desktop.widgets.countdown import Countdown
from desktop.widgets.delivery import sent_of
from desktop.widgets.icon import Avatar, Icon, Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Elided, Text
from server.contract.problem import Problem
from server.contract.request import Request, RequestStatus
from server.contract.session import SignedIn, Waiting

ASK_EVERY_MS = 1000
GONE = 410


class SignInWaiting(Entry):
    """Ends signed in, or with the way to try again."""

    signed_in = Signal(object)
    back = Signal()

    def __init__(self, desk: Desk, waiting: Waiting, foot: str) -> None:
        super().__init__("waiting", foot)
        self._desk = desk
        self._token = waiting.wait_token
        self._request = waiting.request
        self._over = False
        self._banner = Banner("waiting", "cloud-off", "waiting.banner")
        who = column(
            Elided(waiting.request.requested_by, "strong"), Text(t("console.waiting.accepted"), "small-muted"), gap=0
        )
        head = row(Avatar(waiting.request.requested_by), gap=12)
        head.addLayout(who, 1)
        top = column(Text(t("console.sign_in.title"), "title"), head, self._banner, gap=16, margins=(32, 24, 32, 20))
        self._ways = self._waiting_part() if waiting.request.code else self._no_phone_part()
        top.addWidget(self._ways)
        self._result = _Result()
        self._result.again.clicked.connect(self.back)
        top.addWidget(self._result)
        self._qr = QrCode("waiting.qr")
        self._qr.show_text(waiting.request.qr or "")
        self._qr.hide()
        self._scan = button(t("console.waiting.scan"), "waiting.scan", self._toggle, look="row", icon="qr-code")
        self._scan_hint = Text(t("console.waiting.scan_hint"), "small-muted", wrap=True)
        self._scan_hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._scan_hint.hide()
        below = column(self._scan)
        below.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        below.addWidget(self._scan_hint)
        self._below = QWidget()
        self._below.setProperty("look", "plain")
        self._below.setLayout(below)
        self._below_layout = below
        self._scan.setVisible(bool(waiting.request.qr))
        whole = column(top, self._below, margins=(1, 1, 1, 1))
        self.show_card(whole)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASK_EVERY_MS)
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()
        else:
            super().keyPressEvent(event)

    def _waiting_part(self) -> QWidget:
        request = self._request
        device = name_in(request)
        words = Elided(t("console.waiting.title", device=device), "section", snug=True)
        line = row(None, Icon("smartphone", "accent", 20), words, None, gap=8)
        line.setStretch(2, 100)
        code = Code(32, "waiting.code")
        code.show_code(request.code or "")
        hint = Text(t("console.waiting.type"), wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        bar = Countdown("accent", track="card", name="waiting.countdown")
        left = Text("", "small-strong", name="waiting.left").tabular()
        bar.ticked.connect(lambda time: left.setText(t("console.countdown.left", time=time)))
        self._sent = Elided(sent_of(request), "small")
        foot = row(self._sent, left, gap=8)
        foot.setStretch(0, 1)
        inner = column(line, hint, margins=(20, 16, 20, 16), gap=8)
        inner.addWidget(code, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(bar)
        inner.addLayout(foot)
        must = Text(t("console.waiting.must_show", ip=request.ip, device=request.device_name), "small-muted", wrap=True)
        cancel = button(t("console.cancel"), "waiting.cancel", self._cancel)
        cancel.setDefault(True)
        below = row(must, cancel, gap=12)
        below.setStretch(0, 1)
        part = QWidget()
        part.setProperty("look", "plain")
        part.setLayout(column(box("tint", inner), 12, below))
        self._bar = bar
        bar.count(Deadline(request.created_at, request.expires_at, request.now))
        self.begin_at(cancel)
        return part

    def _no_phone_part(self) -> QWidget:
        part = QWidget()
        part.setProperty("look", "plain")
        text = Text(t("console.waiting.no_phone"), wrap=True, name="waiting.no_phone")
        part.setLayout(column(text, 16, row(None, button(t("console.cancel"), "waiting.cancel", self._cancel))))
        self._bar = Countdown()
        return part

    def _toggle(self) -> None:
        shown_now = not self._qr.isVisible()
        self._qr.setVisible(shown_now)
        self._scan_hint.setVisible(shown_now)
        rename(self._scan, t("console.waiting.scan_hide" if shown_now else "console.waiting.scan"))
        self._below_layout.setContentsMargins(0, 0, 0, theme().px(16) if shown_now else 0)

    def _ask(self) -> None:
        client, vault, token = self._desk.client, self._desk.vault, self._token

        def complete() -> SignedIn | Request:
            answer = client.complete_sign_in(token)
            if isinstance(answer, SignedIn):
                remember(client, vault, answer)
            return answer

        if not self._over:
            self._desk.run(self, complete, self._answered, self._failed)

    def _answered(self, answer: SignedIn | Request) -> None:
        self._banner.say("")
        if isinstance(answer, SignedIn):
            self._over = True
            self.signed_in.emit(answer)
            return
        self._request = answer
        if answer.code:
            self._bar.count(Deadline(answer.created_at, answer.expires_at, answer.now))
            self._sent.setText(sent_of(answer))
        self._timer.start()

    def _failed(self, error: Exception) -> None:
        if self._over:
            return
        if isinstance(error, Problem) and error.status < 500:
            status = error.members.get("request_status")
            self._end(RequestStatus.EXPIRED if error.status == GONE else status, shown(error).text)
            return
        if isinstance(error, Offline):
            self._banner.say(shown(error).text)
        self._timer.start()

    def _end(self, status: object, text: str) -> None:
        self._over = True
        self._timer.stop()
        self._bar.stop()
        self._banner.say("")
        self._ways.hide()
        self._below.hide()
        self._result.tell(status, text, name_in(self._request))

    def _cancel(self) -> None:
        if self._over:
            self.back.emit()
            return
        self._over = True
        self._timer.stop()
        client, token = self._desk.client, self._token
        self._desk.run(
            self, lambda: client.cancel_sign_in(token), lambda _: self.back.emit(), lambda _: self.back.emit()
        )


class _Result(QWidget):
    """Why it ended without a sign-in."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.setObjectName("waiting.result")
        self._tile = Tile("circle-x", "bad", ground="bad_ground")
        self._title = Text("", "section", wrap=True, name="waiting.result.title")
        self._text = Text("", "muted", wrap=True, name="waiting.result.text")
        self.again = button(t("console.waiting.again"), "waiting.again", look="primary")
        words = column(self._title, self._text, gap=4)
        line = row(self._tile, gap=16)
        line.addLayout(words, 1)
        line.setAlignment(self._tile, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(line, 16, row(None, self.again)))
        self.hide()

    def tell(self, status: object, text: str, device: str) -> None:
        """Say it."""
        known = {status.value for status in RequestStatus}
        if status in known:
            self._title.setText(t(f"console.waiting.{status}.title"))
            self._text.setText(t(f"console.waiting.{status}.text", device=device))
        else:
            self._title.setText(t("console.waiting.ended.title"))
            self._text.setText(text)
        self.setAccessibleName(self._title.text())
        self.show()
        self.again.setFocus()
