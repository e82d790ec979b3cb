"""Enrolling a phone: install, scan, compare, confirm; each step waits for the phone and goes on by itself."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.approvals import OPEN
from desktop.core.desk import Desk
from desktop.core.moments import Deadline
from desktop.core.phone import name_in, name_of
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.enrolment_install import Install
from desktop.dialogs.enrolment_steps import BESIDE, LEAST, SIDE, Compare, Confirm, Ended, Scan
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button, rename
from desktop.widgets.layout import column, row
from desktop.widgets.spinner import Spinner
from desktop.widgets.steps import Steps
from desktop.widgets.text import Text
from server.contract.enrolment import Enrolment, EnrolmentStatus, StartedEnrolment, StartEnrolment
from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.reach import Reach
from server.contract.request import Request, RequestStatus
from server.contract.topic import Topic

WIDTH = 720
UNFINISHED = frozenset({EnrolmentStatus.PENDING, EnrolmentStatus.CLAIMED})
CONFLICT, UNPROCESSABLE = 409, 422
OPENS_WITHIN = 600
"""Milliseconds to learn where the app is, before the dialog opens without it."""


class EnrolmentDialog(Dialog):
    """Closing it before the last step stops the enrolment; from then on its request lives in the approvals pane."""

    reach_asked = Signal()
    """Somebody wants to let phones connect first; the dialog has closed."""

    def __init__(self, parent: QWidget, desk: Desk, *, here: bool = False) -> None:
        super().__init__(parent, t("console.enrolment.title"), "enrolment", WIDTH)
        self._desk = desk
        self._enrolment = ""
        self._stoppable = False
        self._request: Request | None = None
        me = desk.session.me
        side = SIDE if self.roomy else LEAST if self.fits(BESIDE) else 0
        needs_grant = me.grant_required and me.username not in desk.session.grants
        self._password = Install(me, needs_grant=needs_grant, here=here, roomy=self.roomy, beside=bool(side))
        self._scan = Scan(me, side=side)
        self._compare = Compare()
        self._confirm = Confirm(side=side)
        self._ended = Ended()
        self._pages: list[QWidget] = [self._password, self._scan, self._compare, self._confirm, self._ended]
        self._page: QWidget = self._password
        body = QWidget()
        air = 24 if self.roomy else 8
        body.setLayout(column(*self._pages, None, margins=(24, air, 24, air)))
        self.show_body(body)
        names = ("install", "scan", "compare", "confirm")
        self._steps = Steps(
            [t(f"console.enrolment.step.{name}") for name in names], "enrolment.steps", compact=not side
        )
        above = 20 if self.roomy else 12
        self.show_head(column(self._steps, margins=(24, above, 24, above)))
        self._spinner = Spinner()
        self._state = Text("", wrap=True, name="enrolment.state")
        self._go = button(t("console.enrolment.go"), "enrolment.continue", self._start, look="primary")
        self._cancel = button(t("console.cancel"), "enrolment.cancel", self.close)
        foot = row(
            self._spinner, self._state, self._go, self._cancel, gap=8, margins=(24, min(16, air), 24, min(16, air))
        )
        foot.setStretch(1, 1)
        self.show_foot(foot)
        self._password.entered.connect(self._start)
        self._password.reach_asked.connect(self._ask_reach)
        self._scan.renewed.connect(self._start)
        self._scan.expired.connect(self._reload)
        self._compare.typed.connect(self._compare_digits)
        self._ended.again.connect(self._begin)
        desk.live.watch(self, {Topic.ENROLMENTS}, self._reload)
        desk.approvals.changed.connect(self._follow)
        desk.approvals.finished.connect(self._finish)
        self._begin()
        self._known, self._asked = False, False
        client = desk.client.in_background()
        if me.role is Role.PROVIDER:
            desk.run(self, client.reach, self._show_reach, lambda _: self._show_reach(None))
        else:
            self._show_reach(None)

    @override
    def open(self) -> None:
        """Open once it is known where the app is, so that its QR code is there from the first frame."""
        self._asked = True
        if self._known:
            super().open()
        else:
            QTimer.singleShot(OPENS_WITHIN, self, self._open_now)

    def _open_now(self) -> None:
        if self._asked and not self._known:
            self._known = True
            super().open()

    @override
    def reject(self) -> None:
        self._stop()
        super().reject()

    def _show_reach(self, reach: Reach | None) -> None:
        """Show where the app is; who may not know the server's public address takes this console's for it."""
        origin = reach.origin if reach else self._desk.client.url
        self._password.show_origin(origin, own_authority=reach is not None and reach.authority is not None)
        self.fit()
        self._open_now()
        self._known = True

    def _ask_reach(self) -> None:
        self.close()
        self.reach_asked.emit()

    def _begin(self) -> None:
        self._enrolment, self._request = "", None
        self._go.setDefault(True)
        self._turn(self._password, 0, "")
        self._password.ready()

    def _start(self) -> None:
        """Ask for a QR code, the first one or a new one."""
        grants, me = self._desk.session.grants, self._desk.session.me
        password, grant = self._password.password, self._password.grant or grants.get(me.username, "")
        if not password or not self._go.isEnabled():
            self._password.accuse("" if password else t("console.field.missing"))
            return
        self._go.setEnabled(False)
        self._scan.busy(on=True)
        form = StartEnrolment(password=password, **({"grant": grant} if grant else {}))
        client = self._desk.client
        self._desk.run(self, lambda: client.start_enrolment(form), self._started, self._not_started)

    def _started(self, started: StartedEnrolment) -> None:
        self._go.setEnabled(True)
        self._enrolment = started.id
        self._stoppable = True
        self._scan.show_code(started)
        self._turn(self._scan, 1, t("console.enrolment.waits_scan"))
        self._cancel.setFocus()

    def _not_started(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._scan.busy(on=False)
        what = shown(error)
        if isinstance(error, Problem) and error.code == "wrong_password":
            self._begin()
            self._password.accuse(what.text)
        elif isinstance(error, Problem) and error.code in ("grant_required", "wrong_grant", "grant_unknown"):
            self._begin()
            self._password.ask_grant(what.text if self._password.grant else t("console.enrolment.grant_needed"))
        elif self._page is self._password:
            self._password.accuse(what.text)
        else:
            self._state.setText(what.text)
        self.fit()

    def _reload(self) -> None:
        if self._enrolment and self._page is not self._ended:
            client, enrolment = self._desk.client.in_background(), self._enrolment
            self._desk.run(
                self, lambda: client.enrolment(enrolment), lambda found: self._take(enrolment, found), lambda _: None
            )

    def _take(self, enrolment: str, found: Enrolment) -> None:
        if enrolment != self._enrolment or self._page is self._ended:
            return
        if found.status is EnrolmentStatus.CLAIMED and self._page is self._scan:
            self._compare.begin(name_of(found.device_name, found.verification), self._scan.deadline)
            self._turn(self._compare, 2, t("console.enrolment.waits_digits"))
            self._compare.digits.setFocus()
        elif found.status is EnrolmentStatus.ACTIVE:
            self._done(name_of(found.device_name, found.verification))
        elif found.status in (EnrolmentStatus.VOID, EnrolmentStatus.EXPIRED):
            self._learn_end(found.status)

    def _learn_end(self, status: EnrolmentStatus) -> None:
        """Say how it ended: as its request did, where there was one and this account may still read it."""
        if self._request is None:
            self._fail(status.value)
            return
        client, request = self._desk.client.in_background(), self._request.id
        self._desk.run(self, lambda: client.request(request), self._finish, lambda _: self._fail(status.value))

    def _compare_digits(self, digits: str) -> None:
        client, enrolment = self._desk.client, self._enrolment
        self._compare.busy(on=True)
        self._desk.run(self, lambda: client.confirm_enrolment(enrolment, digits), self._compared, self._not_compared)

    def _compared(self, request: Request) -> None:
        self._stoppable = False
        self._request = request
        self._confirm.show_request(request)
        waits = t("console.confirmation.waiting", device=name_in(request))
        self._turn(self._confirm, 3, waits)
        rename(self._cancel, t("console.confirmation.aside"))
        self._cancel.setFocus()
        self._desk.approvals.add(request)

    def _not_compared(self, error: Exception) -> None:
        self._compare.busy(on=False)
        if isinstance(error, Problem) and error.status == UNPROCESSABLE and "attempts_left" in error.members:
            left = int(error.members["attempts_left"])
            if left == 0:
                self._fail("digits")
            else:
                self._compare.wrong(left)
                self.fit()
            return
        self._compare.say(shown(error).text)
        self._reload()

    def _follow(self) -> None:
        """Keep the countdown right while the request waits."""
        found = self._desk.approvals.find(self._request.id) if self._request else None
        if found is not None and self._page is self._confirm:
            if found.status in OPEN:
                self._confirm.count(Deadline(found.created_at, found.expires_at, found.now), found)
            else:
                self._finish(found)

    def _finish(self, request: Request) -> None:
        if self._request is None or request.id != self._request.id or self._page is self._ended:
            return
        if request.status is RequestStatus.EXECUTED:
            self._done(name_in(request))
        elif request.status not in OPEN:
            self._fail(request.status.value)

    def _done(self, device: str) -> None:
        self._stoppable = False
        self._password.forget()
        self._desk.session.grants.pop(self._desk.session.me.username, None)
        self._ended.tell("done", device)
        self._turn(self._ended, 4, "")

    def _fail(self, why: str) -> None:
        self._stoppable = False
        self._password.forget()
        self._ended.tell(why, "")
        self._turn(self._ended, min(3, max(1, self._pages.index(self._page))), "")

    def _turn(self, page: QWidget, step: int, state: str) -> None:
        self._page = page
        for each in self._pages:
            each.setVisible(each is page)
        self._steps.show_step(step)
        self._state.setText(state)
        self._spinner.setVisible(bool(state))
        self._go.setVisible(page is self._password)
        rename(self._cancel, t("console.close" if page is self._ended else "console.cancel"))
        if page is self._ended:
            self._cancel.setDefault(True)
            self._cancel.setFocus()
        self.fit()

    def _stop(self) -> None:
        self._password.forget()
        if self._stoppable and self._enrolment:
            self._stoppable = False
            client, enrolment = self._desk.client, self._enrolment
            self._desk.run(self._desk, lambda: client.stop_enrolment(enrolment), lambda _: None, lambda _: None)
