"""Setting an authenticator app up: the password, the secret with one right code, then codes to keep, or the phone.

Where the phone is asked, what it will show comes first, as before every other request.
"""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.keep_codes import KeepCodes
from desktop.dialogs.totp_steps import Begin, SetUp
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button, rename
from desktop.widgets.layout import column, row
from desktop.widgets.preview import Preview
from desktop.widgets.spinner import Spinner
from desktop.widgets.steps import Steps
from desktop.widgets.text import Text
from server.contract.action import Executed
from server.contract.problem import Problem
from server.contract.request import Request
from server.contract.two_factor import StartedTotp, StartTotp

ENABLE, CHANGE = "two_factor.enable", "two_factor.change_method"
WIDTH, BESIDE = 640, 560
LAST = 2
"""The last step: the codes to keep, or what the phone will show."""
GRANT = ("grant_required", "wrong_grant", "grant_unknown")
OVER = ("setup_over", "setup_not_found")


class TotpDialog(Dialog):
    """`device` is the phone that confirms until now: it is asked at the end, in the window of its request."""

    def __init__(self, parent: QWidget, desk: Desk, *, uncovered: str = "", device: str = "") -> None:
        """`uncovered` names the actions that such an app does not confirm."""
        super().__init__(parent, t("console.totp.title"), "totp", WIDTH)
        self._desk, self._change = desk, bool(device)
        self._setup, self._parameters = "", dict[str, Any]()
        me = desk.session.me
        needs_grant = me.grant_required and me.username not in desk.session.grants
        self._begin = Begin(me, uncovered=uncovered, device=device, needs_grant=needs_grant, roomy=self.roomy)
        self._secret = SetUp(beside=self.fits(BESIDE), roomy=self.roomy)
        self._codes = KeepCodes(desk, news=t("console.enrolment.done.title"), news_name="totp.done", roomy=self.roomy)
        self._preview = Preview(desk, CHANGE, "totp.preview")
        self._pages: list[QWidget] = [self._begin, self._secret, self._codes, self._preview]
        self._lay_out()
        self._begin.own.entered.connect(self._start)
        self._secret.typed.connect(self._send)
        self._preview.foreseen.connect(lambda _: self._turn(self._preview))
        self._preview.refused.connect(self._refused)
        self._codes.changed.connect(self.fit)
        self._codes.finished.connect(self.accept)
        self._turn(self._begin)
        self._begin.own.ready()

    def _lay_out(self) -> None:
        body, air = QWidget(), 24 if self.roomy else 8
        body.setLayout(column(*self._pages, None, margins=(24, air, 24, air)))
        self.show_body(body)
        names = ("password", "app", "phone" if self._change else "codes")
        self._steps = Steps(
            [t(f"console.totp.step.{name}") for name in names], "totp.steps", compact=not self.fits(BESIDE)
        )
        above = 20 if self.roomy else 12
        self.show_head(column(self._steps, margins=(24, above, 24, above)))
        self._spinner = Spinner()
        self._spinner.hide()
        self._state = Text("", wrap=True, name="totp.state")
        self._go = button(t("console.enrolment.go"), "totp.continue", self._next, look="primary")
        cancel = button(t("console.cancel"), "totp.cancel", self.close)
        self._foot = QWidget()
        self._foot.setProperty("look", "plain")
        self._foot.setLayout(row(self._spinner, self._state, self._go, cancel, gap=8, stretch=1))
        self.show_foot(column(self._foot, self._codes.foot, margins=(24, min(16, air), 24, min(16, air))))

    @override
    def reject(self) -> None:
        if not self._codes.isHidden() and not self._codes.may_close():
            return
        self._forget()
        super().reject()

    def _next(self) -> None:
        if self._preview.isHidden():
            self._start()
        else:
            self._go.setEnabled(False)
            self._ask()

    def _start(self) -> None:
        grants, me = self._desk.session.grants, self._desk.session.me
        password, grant = self._begin.own.password, self._begin.own.grant or grants.get(me.username, "")
        if not password or not self._go.isEnabled():
            self._begin.own.accuse("" if password else t("console.field.missing"))
            return
        self._go.setEnabled(False)
        form = StartTotp(password=password, **({"grant": grant} if grant else {}))
        client = self._desk.client
        self._desk.run(self, lambda: client.start_totp(form), self._started, self._not_started)

    def _started(self, started: StartedTotp) -> None:
        self._go.setEnabled(True)
        self._setup = started.id
        self._turn(self._secret)
        self._secret.show_secret(started)
        self.fit()

    def _not_started(self, error: Exception) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Problem) and error.code in GRANT:
            self._begin.own.ask_grant(
                shown(error).text if self._begin.own.grant else t("console.enrolment.grant_needed")
            )
        else:
            self._begin.own.accuse(shown(error).text)
        self.fit()

    def _send(self, code: str) -> None:
        self._secret.busy(on=True)
        self._secret.say("")
        self._parameters = {"method": "totp", "enrolment": self._setup, "code": code}
        if self._change:
            self._preview.follow(self._parameters, now=True)
        else:
            self._ask()

    def _ask(self) -> None:
        client, action, parameters = self._desk.client, CHANGE if self._change else ENABLE, self._parameters
        self._desk.run(self, lambda: client.ask(action, parameters), self._answered, self._refused)

    def _answered(self, answer: Executed | Request) -> None:
        self._forget()
        if isinstance(answer, Request):
            self.accept()  # first, since it is modal, and what comes next is a window of its own
            self._desk.approvals.add(answer)
            self._desk.asked.emit(answer)
            return
        self._desk.session.grants.pop(self._desk.session.me.username, None)
        self._turn(self._codes)
        self._codes.tell()

    def _refused(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._secret.busy(on=False)
        self._preview.wait()
        self._turn(self._secret)
        if isinstance(error, Problem) and error.code == "wrong_code":
            self._secret.wrong(error)
        elif isinstance(error, Problem) and error.code in OVER:
            self._turn(self._begin)
            self._begin.own.accuse(shown(error).text)
        else:
            self._secret.say(shown(error).text)
        self.fit()

    def _turn(self, page: QWidget) -> None:
        for each in self._pages:
            each.setVisible(each is page)
        self._steps.show_step(min(self._pages.index(page), LAST))
        rename(self._go, t("console.totp.go" if page is self._preview else "console.enrolment.go"))
        self._go.setVisible(page is not self._secret)
        self._go.setDefault(page is not self._secret)
        self._foot.setVisible(page is not self._codes)
        self._codes.foot.setVisible(page is self._codes)
        self.fit()

    def _forget(self) -> None:
        self._parameters = {}
        self._begin.own.forget()
        self._secret.forget()
