"""Enrolling a phone: install, scan, compare, confirm; each step waits for the phone and goes on by itself.

With two-factor authentication off, the last step turns it on and has the recovery codes kept; with it on, the phone
takes another one's place, which what is in force until then confirms.
"""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.desk import Desk
from desktop.core.phone import name_of
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.enrolment_install import Install
from desktop.dialogs.enrolment_proof import Proof
from desktop.dialogs.enrolment_steps import BESIDE, CHANGE, LEAST, SIDE, Compare, Ended, Scan
from desktop.dialogs.keep_codes import KeepCodes
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
from server.contract.two_factor import TwoFactor

WIDTH = 720
UNFINISHED = frozenset({EnrolmentStatus.PENDING, EnrolmentStatus.CLAIMED})
TOTP = "totp"
CONFLICT, UNPROCESSABLE = 409, 422
STOPPED = EnrolmentStatus.STOPPED.value
UNCHANGED = frozenset({"cancelled", "rejected", "failed", "void", STOPPED})
"""Ends that have words of their own where another phone was to be replaced."""
OPENS_WITHIN = 600
"""Milliseconds to learn where the app is, before the dialog opens without it."""


def lead_of(state: TwoFactor) -> str:
    """Return what a new phone means for an account: what it takes the place of, and whether it is on probation."""
    gone = state.device is None and not state.authenticator
    lead = t(f"console.enrolment.change.lead.{'gone' if gone else state.method}")
    return f"{lead} {t('console.enrolment.change.probation')}" if state.method == TOTP else lead


class EnrolmentDialog(Dialog):
    """Closing it before the last step stops the enrolment; from then on its request lives in the approvals pane.

    `change` is whether this phone takes another one's place. `password` is what was typed a moment ago to sign in; it
    is kept until the dialog is through with it. `reached` is that the phone has just been let in.
    """

    reach_asked = Signal()
    """Somebody wants to let phones connect first; the dialog has closed."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        *,
        here: bool = False,
        password: str = "",
        change: bool | None = None,
        reached: bool = False,
    ) -> None:
        me = desk.session.me
        self._change = me.two_factor if change is None else change
        state = desk.phone.state
        by_app = self._change and state is not None and state.method == TOTP
        what = "change.title_app" if by_app else "change.title" if self._change else "title"
        title = t(f"console.enrolment.{what}")
        super().__init__(parent, title, "enrolment", WIDTH)
        self._desk, self._reached = desk, reached
        self._enrolment = self._new = ""
        self._stoppable = self._over = False
        side = SIDE if self.roomy else LEAST if self.fits(BESIDE) else 0
        needs_grant = me.grant_required and me.username not in desk.session.grants
        self._install = Install(
            me,
            needs_grant=needs_grant,
            here=here,
            roomy=self.roomy,
            beside=bool(side),
            change=self._change and not by_app,
        )
        if password:
            self._install.own.carry(password)
        self._scan = Scan(me, side=side)
        self._compare = Compare()
        self._proof = Proof(desk, side=side)
        self._ended = Ended()
        news = t("console.enrolment.done.title")
        self._codes = KeepCodes(desk, news=news, news_name="enrolment.ended.title", roomy=self.roomy)
        self._pages: list[QWidget] = [self._install, self._scan, self._compare, self._proof, self._ended, self._codes]
        self._page: QWidget = self._install
        self._lay_out(compact=not side)
        self._join()
        self._begin()
        self._known, self._asked = False, False
        client = desk.client.in_background()
        if me.role is Role.PROVIDER:
            desk.run(self, client.reach, self._show_reach, lambda _: self._show_app())
        else:
            desk.run(self, client.authority, lambda _: self._show_app(own_authority=True), lambda _: self._show_app())

    def _lay_out(self, *, compact: bool) -> None:
        body = QWidget()
        air = 24 if self.roomy else 8
        body.setLayout(column(*self._pages, None, margins=(24, air, 24, air)))
        self.show_body(body)
        names = [t(f"console.enrolment.step.{name}") for name in ("install", "scan", "compare", "confirm")]
        self._steps = Steps(names, "enrolment.steps", compact=compact)
        above = 20 if self.roomy else 12
        self.show_head(column(self._steps, margins=(24, above, 24, above)))
        self._spinner = Spinner()
        self._state = Text("", wrap=True, name="enrolment.state")
        self._go = button(t("console.enrolment.go"), "enrolment.continue", self._start, look="primary")
        self._cancel = button(t("console.cancel"), "enrolment.cancel", self.close)
        self._foot = QWidget()
        self._foot.setProperty("look", "plain")
        self._foot.setLayout(row(self._spinner, self._state, self._go, self._cancel, gap=8, stretch=1))
        self.show_foot(column(self._foot, self._codes.foot, margins=(24, min(16, air), 24, min(16, air))))

    def _join(self) -> None:
        self._install.own.entered.connect(self._start)
        self._install.own.typed.connect(self.scroll_to_focus)
        self._install.reach_asked.connect(self._ask_reach)
        self._scan.renewed.connect(self._start)
        self._scan.expired.connect(self._reload)
        self._compare.typed.connect(self._compare_digits)
        self._proof.turned.connect(self._wait)
        self._proof.ended.connect(self._finish)
        self._ended.again.connect(self._begin)
        self._codes.changed.connect(self.fit)
        self._codes.finished.connect(self.accept)
        self._desk.live.watch(self, {Topic.ENROLMENTS}, self._reload)
        self._desk.phone.changed.connect(self._say_lead)
        self._say_lead()

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
        if self._page is self._codes and not self._codes.may_close():
            return
        self._stop()
        super().reject()

    def _show_reach(self, reach: Reach) -> None:
        self._show_app(reach.origin, own_authority=reach.authority is not None)

    def _show_app(self, origin: str = "", *, own_authority: bool = False) -> None:
        """Show where the app is, and whether a phone has to trust an authority of the server's own first."""
        lacks_authority = own_authority and not self._reached
        self._install.show_origin(origin or self._desk.public_url, own_authority=lacks_authority)
        self.fit()
        self._open_now()
        self._known = True

    def _say_lead(self) -> None:
        """Say what comes of this, as soon as it is known what confirms until now, if anything does."""
        state = self._desk.phone.state
        if self._change and state is not None and state.enabled and self._page is self._install:
            self._install.show_lead(lead_of(state), matters=state.method == TOTP)
            self.fit()

    def _ask_reach(self) -> None:
        self.close()
        self.reach_asked.emit()

    def _begin(self) -> None:
        self._enrolment, self._over = "", False
        self._go.setDefault(True)
        self._turn(self._install, 0, "")
        self._install.own.ready()

    def _start(self) -> None:
        """Ask for a QR code, the first one or a new one."""
        grants, me = self._desk.session.grants, self._desk.session.me
        password, grant = self._install.own.password, self._install.own.grant or grants.get(me.username, "")
        if not password or not self._go.isEnabled():
            self._install.own.accuse("" if password else t("console.field.missing"))
            self.fit()
            self.scroll_to_focus()
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
            self._install.own.accuse(what.text)
        elif isinstance(error, Problem) and error.code in ("grant_required", "wrong_grant", "grant_unknown"):
            self._begin()
            self._install.own.ask_grant(what.text if self._install.own.grant else t("console.enrolment.grant_needed"))
        elif self._page is self._install:
            self._install.own.accuse(what.text)
        else:
            self._state.setText(what.text)
        self.fit()
        self.scroll_to_focus()

    def _reload(self) -> None:
        if self._enrolment and not self._over:
            client, enrolment = self._desk.client.in_background(), self._enrolment
            self._desk.run(
                self, lambda: client.enrolment(enrolment), lambda found: self._take(enrolment, found), lambda _: None
            )

    def _take(self, enrolment: str, found: Enrolment) -> None:
        if enrolment != self._enrolment or self._over:
            return
        self._new = name_of(found.device_name, found.verification) if found.device_name else self._new
        if found.status is EnrolmentStatus.CLAIMED and self._page is self._scan:
            self._compare.begin(self._new, self._scan.deadline)
            self._turn(self._compare, 2, t("console.enrolment.waits_digits"))
            self._compare.digits.setFocus()
        elif found.status is EnrolmentStatus.ACTIVE:
            self._done()
        elif found.status is EnrolmentStatus.STOPPED:
            self._fail(STOPPED)
        elif found.status in (EnrolmentStatus.VOID, EnrolmentStatus.EXPIRED):
            self._learn_end(found.status)

    def _learn_end(self, status: EnrolmentStatus) -> None:
        """Say how it ended: as its request did, where there was one and this account may still read it."""
        if (asked := self._proof.request) is None:
            self._fail(status.value)
            return
        client = self._desk.client.in_background()
        self._desk.run(self, lambda: client.request(asked.id), self._finish, lambda _: self._fail(status.value))

    def _compare_digits(self, digits: str) -> None:
        client, enrolment = self._desk.client, self._enrolment
        self._compare.busy(on=True)
        self._desk.run(self, lambda: client.confirm_enrolment(enrolment, digits), self._compared, self._not_compared)

    def _compared(self, request: Request) -> None:
        self._stoppable, self._change = False, request.action == CHANGE
        self._turn(self._proof, 3, "")
        self._proof.begin(request, self._new)

    def _wait(self, state: str) -> None:
        """The last step waits for a phone, as `state` says, or for a code that is typed here."""
        self._turn(self._proof, 3, state)
        rename(self._cancel, t("console.confirmation.aside"))
        if state:
            self._cancel.setFocus()

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

    def _finish(self, request: Request) -> None:
        if self._over:
            return
        if request.status is RequestStatus.EXECUTED:
            self._done()
        else:
            self._fail(STOPPED if request.void_reason == "phone_stopped" else request.status.value)

    def _done(self) -> None:
        self._stoppable, self._over = False, True
        self._forget()
        self._desk.session.grants.pop(self._desk.session.me.username, None)
        if self._change:
            self._tell_change(None)
            self._turn(self._ended, 4, "")
            client = self._desk.client.in_background()
            self._desk.run(self, client.two_factor, self._tell_change, lambda _: None)
        else:
            self._codes.add_news(t("console.enrolment.done.text", device=self._new or t("console.phone")))
            self._turn(self._codes, 4, "")
            self._codes.tell()

    def _tell_change(self, state: TwoFactor | None) -> None:
        """Say that the new phone confirms from now on; once it is known, also until when not everything."""
        device = self._new or t("console.phone")
        text = t("console.enrolment.change.done.text", device=device)
        if state is not None and state.device is not None and (until := state.device.probation_until) is not None:
            text += " " + t("console.device.probation", time=moments.until(until))
        self._ended.tell(t("console.enrolment.change.done.title", device=device), text, done=True)
        self.fit()

    def _fail(self, why: str) -> None:
        self._stoppable, self._over = False, True
        self._forget()
        what = "enrolment.change" if self._change and why in UNCHANGED else "enrolment"
        text = t(f"console.{what}.{why}.text")
        self._ended.tell(t("console.enrolment.failed.title"), text, done=False)
        self._turn(self._ended, min(3, max(1, self._pages.index(self._page))), "")

    def _forget(self) -> None:
        self._install.own.forget()
        self._proof.forget()

    def _turn(self, page: QWidget, step: int, state: str) -> None:
        self._page = page
        for each in self._pages:
            each.setVisible(each is page)
        self._steps.show_step(step)
        self._state.setText(state)
        self._spinner.setVisible(bool(state))
        self._go.setVisible(page is self._install)
        self._foot.setVisible(page is not self._codes)
        self._codes.foot.setVisible(page is self._codes)
        rename(self._cancel, t("console.close" if page is self._ended else "console.cancel"))
        if page is self._ended:
            self._cancel.setDefault(True)
            self._cancel.setFocus()
        self.fit()

    def _stop(self) -> None:
        self._forget()
        if self._stoppable and self._enrolment:
            self._stoppable = False
            client, enrolment = self._desk.client, self._enrolment
            self._desk.run(self._desk, lambda: client.stop_enrolment(enrolment), lambda _: None, lambda _: None)
