"""Waiting for the second factor of a sign-in, live: the phone, an authenticator app, or a recovery code."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.phone import name_in
from desktop.core.problems import shown
from desktop.core.session import remember
from desktop.core.transport import Offline
from desktop.core.words import n, t
from desktop.dialogs.entry import Entry
from desktop.dialogs.sign_in_code import ByRecoveryCode, ByTotp
from desktop.dialogs.sign_in_ended import Ended
from desktop.dialogs.sign_in_phone import ByPhone, Scan
from desktop.widgets.button import button
from desktop.widgets.clock_banner import ClockBanner
from desktop.widgets.icon import Avatar
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Elided, Text
from server.contract.problem import Problem
from server.contract.request import Request, RequestStatus
from server.contract.session import SignedIn, SignInByCode, Waiting

ASK_EVERY_MS = 1000
LATE_MS, LATE_LOOKS = 5000, 240
"""For twenty minutes after the end it is noticed that a colleague has reset two-factor authentication."""
GONE = 410
PHONE, TOTP, RECOVERY_CODE, LOST = "phone", "totp", "recovery_code", "lost"
ENDED_BY_OTHERS = frozenset({RequestStatus.REJECTED, RequestStatus.CANCELLED})
"""So whoever has phone or password can end a sign-in; until its time is up the phone can be reported as lost."""
OVER = frozenset({"not_pending", "expired", "wait_token_ended", "not_confirmed"})
"""What the server says of a sign-in that no code opens any more."""
Way = ByPhone | ByTotp | ByRecoveryCode


class SignInWaiting(Entry):
    """Ends signed in, or with the way to try again."""

    signed_in = Signal(object)
    recovered = Signal(object)
    """Signed in as well, with a recovery code: a new phone is what comes next."""
    again = Signal()
    """Two-factor authentication was reset meanwhile: the password that was right a moment ago is enough to go on."""
    back = Signal()

    def __init__(self, desk: Desk, waiting: Waiting, foot: str, folder: Path | None = None) -> None:
        """`folder` is the server's data folder, where this computer has it."""
        super().__init__("waiting", foot)
        self._folder = folder
        self._desk = desk
        self._token = waiting.wait_token
        self._request = waiting.request
        self._over = self._sending = self._reset = False
        self._looks = 0
        """How often it is still looked for a reset, once nobody confirmed in time."""
        self._shut: Problem | None = None
        """How somebody else has ended it, while it still takes a report that the phone is lost."""
        self._banner = Banner("waiting", "cloud-off", "waiting.banner")
        name = waiting.request.requested_by
        who = column(Elided(name, "strong"), Text(t("console.waiting.accepted"), "small-muted"), gap=0)
        head = row(Avatar(name), gap=12)
        head.addLayout(who, 1)
        title, clock = Text(t("console.sign_in.title"), "title"), ClockBanner(desk.clock)
        top = column(title, head, self._banner, clock, gap=16, margins=(32, 24, 32, 20))
        self._ways = self._ways_of(waiting)
        self._way = next(iter(self._ways.values()))
        for way in self._ways.values():
            top.addWidget(way)
            way.hide()
        self._result = Ended()
        self._result.again.connect(self._begin_again)
        top.addWidget(self._result)
        self._links = self._links_of(waiting)
        self.show_card(column(top, self._links, margins=(1, 1, 1, 1)))
        self._turn(self._way)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASK_EVERY_MS)
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._over or self._looks or not self._result.isHidden() or self._way is self._main:
            self._cancel()
        else:
            self._go_back()

    @property
    def _main(self) -> Way:
        """The way that is shown unless another one is asked for."""
        return next(iter(self._ways.values()))

    def _ways_of(self, waiting: Waiting) -> dict[str, Way]:
        """Return what there is to be shown, the main way first; a recovery code always counts."""
        ways: dict[str, Way] = {}
        request = waiting.request
        if request.code:
            ways[PHONE] = ByPhone(request, self._cancel)
        elif TOTP in waiting.methods:
            ways[TOTP] = by_totp = ByTotp(self._cancel)
            by_totp.typed.connect(self._send_totp)
        device = name_in(request) if PHONE in ways else t("console.waiting.authenticator")
        alone = not ways
        for what in (RECOVERY_CODE,) if alone else (RECOVERY_CODE, LOST):
            lost = what == LOST
            ways[what] = by_code = ByRecoveryCode(
                request.requested_by,
                device,
                self._cancel if alone else self._go_back,
                lost=lost,
                alone=alone,
                folder=self._folder,
            )
            by_code.typed.connect(self._send_lost if lost else self._send_recovery)
            by_code.ended.connect(self._run_out)
        return ways

    def _links_of(self, waiting: Waiting) -> QWidget:
        """Return the other ways, one row each."""
        links = QWidget()
        links.setProperty("look", "plain")
        self._scan = Scan(waiting.request)
        if not waiting.request.qr:
            self._scan.hide()
        self._recover = button(
            t("console.waiting.use_recovery"),
            "waiting.use_recovery",
            lambda: self._turn(self._ways[RECOVERY_CODE]),
            look="row",
            icon="key-round",
        )
        lost = button(
            t("console.waiting.lost_phone"),
            "waiting.lost",
            self._turn_to_lost,
            look="row",
            icon="shield-alert",
        )
        links.setLayout(column(self._scan, self._recover, lost))
        return links

    def _turn(self, way: Way) -> None:
        self._way = way
        for each in self._ways.values():
            each.setVisible(each is way)
        self._links.setVisible(way is self._main and LOST in self._ways)
        way.follow(self._request)
        self.begin_at(way)
        way.setFocus()

    def _turn_to_lost(self) -> None:
        self._result.hide()
        self._turn(self._ways[LOST])

    def _go_back(self) -> None:
        if self._shut is None:
            self._turn(self._main)
        else:
            self._tell_end(self._shut)

    def _ask(self) -> None:
        client, vault, token = self._desk.client, self._desk.vault, self._token

        def complete() -> SignedIn | Request:
            answer = client.complete_sign_in(token)
            if isinstance(answer, SignedIn):
                remember(client, vault, answer)
            return answer

        if not self._over and not self._sending:
            self._desk.run(self, complete, self._answered, self._failed)

    def _answered(self, answer: SignedIn | Request) -> None:
        if self._over or (self._sending and not isinstance(answer, SignedIn)):
            return
        self._banner.say("")
        if isinstance(answer, SignedIn):
            self._over = True
            self.signed_in.emit(answer)
            return
        self._request = answer
        self._way.follow(answer)
        self._timer.start()

    def _failed(self, error: Exception) -> None:
        if self._over or self._sending:
            return
        if isinstance(error, Problem) and error.status < 500:
            self._learn(error)
            return
        if isinstance(error, Offline) and not self._looks:
            self._banner.say(shown(error).text)
        self._timer.start()

    def _learn(self, error: Problem) -> None:
        """Say how it ended, but go on by oneself where a reset ended it; one that comes late is still waited for."""
        reset = bool(error.members.get("reset"))
        if reset and not self._looks:
            self._over = True
            self.again.emit()
        elif reset:
            self._over = self._reset = True
            self._result.tell_reset()
        elif self._shut is not None:
            self._timer.start()
        elif not self._looks:
            self._end(error)
        elif self._looks > 1:
            self._looks -= 1
            self._timer.start()

    def _send_totp(self, code: str) -> None:
        self._send(code, self._desk.client.sign_in_by_totp, self.signed_in.emit)

    def _send_recovery(self, code: str) -> None:
        self._send(code, self._desk.client.sign_in_by_recovery_code, self.recovered.emit)

    def _send_lost(self, code: str) -> None:
        sign_in = self._desk.client.sign_in_by_recovery_code
        self._send(code, lambda form: sign_in(form, lost=True), self.recovered.emit)

    def _send(self, code: str, sign_in: Callable[[SignInByCode], SignedIn], then: Callable[[SignedIn], None]) -> None:
        """Confirm with a code; what is asked of the server meanwhile says nothing any more."""
        if self._over or self._sending:
            return
        client, vault = self._desk.client, self._desk.vault
        form = SignInByCode(wait_token=self._token, code=code)

        def send() -> SignedIn:
            answer = sign_in(form)
            remember(client, vault, answer)
            return answer

        def sent(answer: SignedIn) -> None:
            self._over = True
            then(answer)

        self._sending = True
        self._timer.stop()
        self._busy(on=True)
        self._desk.run(self, send, sent, self._refused)

    def _refused(self, error: Exception) -> None:
        self._sending = False
        self._busy(on=False)
        left = error.members.get("attempts_left") if isinstance(error, Problem) else None
        if isinstance(error, Problem) and (left == 0 or error.code in OVER):
            self._end(error)
            return
        text = shown(error).text
        if left is not None and self._shut is None:  # or they are counted anew each time
            text = f"{text} {n('console.waiting.attempts', int(left))}"
        if not isinstance(self._way, ByPhone):
            self._way.refuse(text)
        self._timer.start()

    def _busy(self, *, on: bool) -> None:
        for way in self._ways.values():
            if not isinstance(way, ByPhone):
                way.busy(on=on)

    def _end(self, error: Problem) -> None:
        """It has ended; where somebody else ended it, the phone can still be reported as lost, also half-way in it."""
        self._timer.stop()
        self._banner.say("")
        status, lost = error.members.get("request_status"), self._ways.get(LOST)
        if isinstance(lost, ByRecoveryCode) and status in ENDED_BY_OTHERS and self._shut is None:
            self._shut = error
            self._timer.start(LATE_MS)
            lost.outlast(t(f"console.waiting.lost.{status}", device=name_in(self._request)))
            if self._way is not lost:
                lost.follow(self._request)
                self._tell_end(error)
        else:
            self._shut, self._over = None, True
            self._tell_end(error)

    def _run_out(self) -> None:
        """No report comes in time any more to a sign-in that somebody else has ended, unless it is on its way."""
        if self._shut is not None and not self._sending:
            self._end(self._shut)

    def _tell_end(self, error: Problem) -> None:
        """Say how it ended, with what is left to do; a code that was wrong for the third time says so itself."""
        lost = self._ways.get(LOST)
        for way in self._ways.values():
            if self._shut is None or way is not lost:
                way.stop()
            way.hide()
        for link in (self._scan, self._recover):
            link.hide()
        self._links.setVisible(self._shut is not None)
        if error.status == GONE:
            self._result.tell(RequestStatus.EXPIRED, "", name_in(self._request))
            self._over, self._looks = False, LATE_LOOKS
            self._timer.start(LATE_MS)
        else:
            self._result.tell(error.members.get("request_status"), shown(error).text, name_in(self._request))

    def _begin_again(self) -> None:
        (self.again if self._reset else self.back).emit()

    def _cancel(self) -> None:
        if self._over or self._looks or self._shut is not None:
            self.back.emit()
            return
        self._over = True
        self._timer.stop()
        client, token = self._desk.client, self._token
        self._desk.run(
            self, lambda: client.cancel_sign_in(token), lambda _: self.back.emit(), lambda _: self.back.emit()
        )
