"""The window of a request that waits for its phone: what is asked, the code, and how it ends. It blocks nothing."""

from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.core import moments
from desktop.core.approvals import OPEN, asked_here
from desktop.core.desk import Desk
from desktop.core.details import SALTED, parameter_name
from desktop.core.phone import name_in, name_of
from desktop.core.problems import shown
from desktop.core.words import known, n, t
from desktop.dialogs.confirmation_code import ByCode
from desktop.dialogs.delete_now import ACTION as DELETE_NOW
from desktop.dialogs.window import Dialog
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip
from desktop.widgets.code import Code
from desktop.widgets.countdown import Countdown
from desktop.widgets.delivery import Delivery
from desktop.widgets.facts import Facts
from desktop.widgets.icon import Icon, Tile
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.notice import Banner
from desktop.widgets.qr import QrCode
from desktop.widgets.request_card import (
    RECOVERY_CODE,
    TOTP,
    WEAKER,
    confirmed_by,
    icon_of,
    mark_of,
    target_of,
    title_of,
    waits_for_code,
    weaker_mark,
    who_of,
)
from desktop.widgets.text import Elided, Text, short, title_for
from server.contract.problem import Problem
from server.contract.request import Kind, Request, RequestStatus

WIDTH, SIDE, LEAST, EDGE = 676, 260, 120, 1
CHANGE = "device.change"
CONFIRMED = frozenset({RequestStatus.APPROVED, RequestStatus.EXECUTING, RequestStatus.EXECUTED})
DESTRUCTIVE = frozenset({"user.delete", "user.delete_now", "storage_account.delete", "two_factor.disable"})


class Confirmation(Dialog):
    """Esc, the title bar's cross and *Put aside* only close it; the request lives on in the approvals pane."""

    def __init__(self, parent: QWidget, desk: Desk, request: Request) -> None:
        title = t("console.confirmation.title", action=title_of(request))
        super().__init__(parent, title, "confirmation", WIDTH)
        self._desk = desk
        self.request = request
        self._air = 24 if self.roomy else 12
        self._side: _Side | ByCode = _Side(request, self._air)
        me = desk.session.account
        self._mine = me is not None and me.username == request.requested_by
        if self._mine and waits_for_code(request):
            self._side = self._code_side()
        self._other: _Side | ByCode | None = None
        if self._mine and isinstance(self._side, _Side) and request.action == CHANGE:
            self._other = self._code_side()
            self._other.turned.connect(self._turn)
            self._side.turned.connect(self._turn)
        self._result = _Outcome()
        self._banner = Banner("bad", "triangle-alert", "confirmation.banner")
        self.show_body(self._what())
        by_code = isinstance(self._side, ByCode) or self._other is not None
        wide = theme().px(SIDE)
        if not self.roomy and not by_code and isinstance(self._side, _Side):
            wide = self._side.least
        for side in filter(None, (self._side, self._other, self._result)):
            side.setFixedWidth(wide)
            self.show_side(side)
        if self._other is not None:
            self._other.hide()
        self._result.hide()
        self._add_foot()
        desk.approvals.changed.connect(self._look)
        desk.approvals.finished.connect(self._ended)
        self._count(request)
        (self._side if isinstance(self._side, ByCode) else self._stay).setFocus()

    def _code_side(self) -> ByCode:
        side = ByCode(self.request, self._air)
        side.typed.connect(self._confirm)
        return side

    def _turn(self) -> None:
        """Confirm with a recovery code in place of the phone, or the other way round."""
        if self._other is not None:
            self._side, self._other = self._other, self._side
            self._other.hide()
            self._side.show()
            self._side.setFocus()
            self.fit()

    def _confirm(self, way: str, code: str) -> None:
        """Confirm it with a code; how it ends comes as of every other request."""
        client, request = self._desk.client, self.request.id
        confirm = client.confirm_by_totp if way == TOTP else client.confirm_by_recovery_code
        if isinstance(self._side, ByCode):
            self._side.busy(on=True)
        self._desk.run(self, lambda: confirm(request, code), self._confirmed, self._not_confirmed)

    def _confirmed(self, request: Request) -> None:
        self._desk.approvals.reload()
        if request.status not in OPEN:
            self._ended(request)

    def _not_confirmed(self, error: Exception) -> None:
        if isinstance(self._side, ByCode):
            self._side.busy(on=False)
            left = error.members.get("attempts_left") if isinstance(error, Problem) else None
            more = f" {n('console.waiting.attempts', int(left))}" if left else ""
            self._side.refuse(shown(error).text + more)
            self.fit()
        self._desk.approvals.reload()

    def _what(self) -> QWidget:
        request, target = self.request, target_of(self.request)
        bad = request.action in DESTRUCTIVE
        tile = Tile(icon_of(request.action), "bad" if bad else "accent", ground="bad_ground" if bad else "tint")
        names = column(
            Text(title_of(request), "muted"),
            Text(target, title_for(target), wrap=True, name="confirmation.target"),
            gap=2,
        )
        if title_for(target) == "title" or target not in request.summary:  # else it only repeats what is very long
            names.addWidget(Text(request.summary, "muted", wrap=True, name="confirmation.summary"))
        head = row(tile, gap=12)
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        part = column(head, self._banner, margins=(24, self._air, 24, self._air), gap=16 if self.roomy else 8)
        if request.consequence:
            happens = column(
                Text(t("console.confirmation.happens"), "strong"),
                Text(request.consequence, wrap=True, name="confirmation.consequence"),
                gap=4,
                margins=(12, 12, 12, 12),
            )
            part.addWidget(box("bad" if bad else "well", happens))
        facts = Facts(name="confirmation.facts")
        parameters = "" if request.kind is Kind.AUTHENTICATION else parameters_of(request)
        facts.show_facts(
            [
                (t("console.request.parameters"), parameters),
                (t("console.request.reason"), request.reason),
                (
                    t(
                        "console.confirmation.asked_from"
                        if waits_for_code(request)
                        else "console.confirmation.phone_shows"
                    ),
                    f"{request.device_name}, {request.application}, {request.ip}",
                ),
                (t("console.request.notices"), "; ".join(request.notices)),
            ]
        )
        part.addWidget(facts)
        part.addStretch(1)
        whole = QWidget()
        whole.setLayout(part)
        return whole

    def _add_foot(self) -> None:
        by_code = isinstance(self._side, ByCode)
        waits = t("console.confirmation.waiting", device=name_in(self.request))
        self._device = Elided(t("console.confirmation.waits_code") if by_code else waits, "strong", snug=True)
        self._sent = Delivery(self.request, self._desk.phone, name="confirmation.delivery")
        self._left = Text("", "strong", name="confirmation.left").tabular()
        if by_code:
            self._sent.hide()
        state = row(
            Icon("key-round" if by_code else "smartphone", "accent", 20), self._device, self._sent, self._left, gap=12
        )
        state.setStretch(2, 1)
        self._bar = Countdown("accent", name="confirmation.countdown")
        self._bar.ticked.connect(lambda time: self._left.setText(t("console.countdown.left", time=time)))
        self._bar.ended.connect(self._desk.approvals.reload)
        self._cancel = button(t("console.request.cancel"), "confirmation.cancel", self._cancel_request)
        self._stay = button(t("console.confirmation.aside"), "confirmation.put_aside", self.close, icon="panel-right")
        self._stay.setDefault(True)
        self._stay.setAutoDefault(True)
        self._waits = QWidget()
        self._waits.setProperty("look", "plain")
        hint = Text(t("console.confirmation.hint") if self.roomy else "", "muted", wrap=True)
        buttons = row(hint, self._cancel, self._stay, gap=8)
        buttons.setStretch(0, 1)
        self._waits.setLayout(column(state, 8, self._bar, 16 if self.roomy else 8, buttons))
        self._close = button(t("console.close"), "confirmation.close", self.close)
        self._closes = QWidget()
        self._closes.setProperty("look", "plain")
        self._closes.setLayout(row(None, self._close))
        self._closes.hide()
        above = 16 if self.roomy else 12
        self.show_foot(column(self._waits, self._closes, margins=(24, above, 24, self._air)))

    def _count(self, request: Request) -> None:
        self._bar.count(moments.Deadline(request.created_at, request.expires_at, request.now))

    def _look(self) -> None:
        """Take over what the server says of this request now."""
        found = self._desk.approvals.find(self.request.id)
        if found is None or self._result.isVisible():
            return
        if found.status in OPEN:
            self.request = found
            self._sent.follow(found)
            self._count(found)
            if isinstance(self._side, _Side):
                self._side.show_secrets(found)
        else:
            self._ended(found)

    def _ended(self, request: Request) -> None:
        if request.id != self.request.id:
            return
        self.request = request
        self._bar.stop()
        for side in filter(None, (self._side, self._other)):
            side.hide()
        self._waits.hide()
        self._closes.show()
        self._result.tell(request)
        self._close.setDefault(True)
        self._close.setFocus()
        status = mark_of(request.status).text
        self.setWindowTitle(t("console.confirmation.ended", action=title_of(request), status=status))
        QTimer.singleShot(0, self, self.fit)

    def _cancel_request(self) -> None:
        self._cancel.setEnabled(False)
        self._desk.approvals.cancel(self, self.request.id, self._not_cancelled)

    def _not_cancelled(self, error: Exception) -> None:
        self._cancel.setEnabled(True)
        self._banner.say(shown(error).text)
        self._desk.approvals.reload()


class _Side(QFrame):
    """The code and the QR code; the code is never scrolled away, the QR code only where there is no room for both."""

    turned = Signal()
    """Somebody wants to confirm with a recovery code instead."""

    def __init__(self, request: Request, air: int) -> None:
        super().__init__()
        self.setProperty("look", "side")
        self._code = Code(32, "confirmation.code")
        self._qr = QrCode("confirmation.qr")
        self._phone = name_of(short(request.device or t("console.phone")), request.verification)
        self._type = Text(t("console.confirmation.type", device=self._phone), "medium", wrap=True)
        self._type.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        either = row(line(), Text(t("console.confirmation.scan"), "small-muted"), line(), gap=8)
        for index in (0, 2):
            either.setStretch(index, 1)
        self._or = QWidget()
        self._or.setProperty("look", "plain")
        either.setContentsMargins(0, 0, 0, 0)
        self._or.setLayout(either)
        layout = column(self._type, margins=(24, air, 24, air), gap=air // 3)
        layout.addWidget(self._code, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._or)
        layout.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        if request.action == CHANGE and RECOVERY_CODE in request.methods and request.code is not None:
            words = t("console.by_code.turn.recovery_code")
            layout.addLayout(row(None, button(words, "confirmation.other_way", self.turned.emit, look="link"), None))
        layout.addStretch(1)
        self.setLayout(layout)
        self.show_secrets(request)
        inner = max(theme().px(LEAST), *(each.sizeHint().width() for each in (self._code, self._or, self._qr)))
        self.least = inner + 2 * theme().px(24) + EDGE

    def show_secrets(self, request: Request) -> None:
        """Show them where this session has them; where policy asks for no code, the QR code alone."""
        if not asked_here(request):
            self._type.setText(t("console.approvals.code_for", username=request.requested_by))
            self._code.hide()
            self._or.hide()
            self._qr.hide()
            return
        if request.code is None:
            self._type.setText(t("console.approvals.no_code", device=self._phone))
            self._code.hide()
        else:
            self._code.show_code(request.code)
        self._qr.show_text(request.qr or "")


class _Outcome(QFrame):
    """How it ended, in place of the code."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "side")
        self.setObjectName("confirmation.result")
        self._tile = Tile("circle-check", "good", ground="good_ground", size=56, inner=28)
        self._chip = Chip(name="confirmation.status")
        self._weaker = Chip(name="confirmation.weaker")
        self._text = Text("", wrap=True, name="confirmation.outcome")
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = column(margins=(24, 24, 24, 24), gap=12)
        layout.addStretch(1)
        layout.addWidget(self._tile, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._weaker, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._text)
        layout.addStretch(1)
        self.setLayout(layout)

    def tell(self, request: Request) -> None:
        """Say it."""
        mark = mark_of(request.status)
        icon = {"good": "circle-check", "bad": "circle-x"}.get(mark.tone, "clock")
        tone = mark.tone if mark.tone in ("good", "bad", "waiting") else "muted"
        self._tile.show_icon(icon, tone)
        self._tile.show_ground(f"{tone}_ground" if tone != "muted" else "line")
        self._chip.show_mark(mark)
        self._weaker.show_mark(weaker_mark(confirmed_by(request)))
        self._text.setText(outcome_of(request))
        self.show()


def outcome_of(request: Request) -> str:
    """Tell in a sentence or two how a request ended."""
    ended = request.decided_at or request.expires_at
    by = request.decided_by
    weaker = by is not None and by.type in WEAKER
    who = t(f"console.by_code.who.{by.type}") if by and weaker else who_of(request)
    due = _due_of(request)
    how: str = request.status
    if due is not None and due > ended:
        how = "held"
    elif due is not None or (request.action == DELETE_NOW and request.status is RequestStatus.EXECUTED):
        how = "deleting"
    text = t(f"console.outcome.{how}", who=who, time=moments.clock(ended), due=moments.until(due) if due else "")
    if request.status is RequestStatus.VOID and request.void_reason:
        text += " " + known(f"void.{request.void_reason}", request.void_reason)
    return f"{text} {t('console.by_code.weaker')}" if weaker and request.status in CONFIRMED else text


def _due_of(request: Request) -> datetime | None:
    """Return when data goes that an executed request has only marked for deletion; nothing where there is none."""
    due = (request.result or {}).get("due_at")
    return datetime.fromisoformat(due) if isinstance(due, str) and request.status is RequestStatus.EXECUTED else None


def parameters_of(request: Request) -> str:
    """Return the parameters as the phone names them, without the ids of what is acted on and what nobody can read."""
    unsaid = (*(thing.id for thing in request.target), None)
    told = {name: value for name, value in request.parameters.items() if not name.endswith(SALTED)}
    return "; ".join(f"{parameter_name(name)}: {_said(value)}" for name, value in told.items() if value not in unsaid)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{parameter_name(name)}: {_said(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_said(each) for each in value) or t("phone.value.none")
    return known(f"choice.{value}", str(value))
