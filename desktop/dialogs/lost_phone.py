"""Reporting that one's phone is lost, from a session: cut off at once, with everything that it could still decide."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.field import Field, accuse
from desktop.widgets.icon import Icon, Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text, title_for
from server.contract.problem import Problem
from server.contract.two_factor import LostPhone, TwoFactor

WIDTH = 640
HAPPENS = ("cut", "sessions", "void", "on")


class LostPhoneDialog(Dialog):
    """Its default button changes nothing. Without a recovery code it only says which ways are left."""

    reported = Signal(object)
    """The state of two-factor authentication afterwards."""

    def __init__(self, parent: QWidget, desk: Desk, state: TwoFactor) -> None:
        super().__init__(parent, t("console.lost.title"), "lost_phone", WIDTH)
        self._desk = desk
        by_app = state.device is None
        device = t("console.method.totp") if state.device is None else state.device.name
        tile = Tile("smartphone", "bad", ground="bad_ground")
        names = column(
            Text(device, title_for(device), wrap=True, name="lost_phone.object"),
            Text(t("console.lost.lead_app" if by_app else "console.lost.lead"), "muted", wrap=True),
            gap=2,
        )
        head = row(tile, gap=12)
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        lines = column(Text(t("console.confirmation.happens"), "strong"), gap=6, margins=(12, 12, 12, 12))
        for key in HAPPENS:
            mark = Icon("arrow-right", "text", 16)
            told = row(mark, Text(t(f"console.lost.happens.{key}", device=device), wrap=True), gap=8, stretch=1)
            told.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
            lines.addLayout(told)
        left, username = state.recovery_codes_left, desk.session.me.username
        self._ways = Banner("tint" if left > 1 else "waiting", "key-round", "lost_phone.ways")
        self._password = Field(t("console.enrolment.password", username=username), "lost_phone.password", secret=True)
        hint = t("console.waiting.recovery.hint")
        self._code = Field(t("console.waiting.recovery.field"), "lost_phone.code", hint=hint)
        without = Text(t("console.lost.without_code"), "small-muted", wrap=True)
        self._banner = Banner("bad", "triangle-alert", "lost_phone.banner")
        body, air = QWidget(), 24 if self.roomy else 12
        happens = box("bad", lines)
        typed = (self._ways, self._password, self._code, without)
        parts = (happens, *typed) if self.roomy else (*typed, happens)
        layout = column(head, *parts, self._banner, None, gap=16 if self.roomy else 8, margins=(24, air, 24, air))
        body.setLayout(layout)
        self.show_body(body)
        self._ways.say(n("console.lost.codes", left) if left else t("console.lost.no_codes", username=username))
        self._go = button(t("console.lost.go"), "lost_phone.submit", self._submit, look="danger")
        cancel = button(t("console.cancel"), "lost_phone.cancel", self.close)
        cancel.setDefault(True)
        cancel.setAutoDefault(True)
        self.show_foot(row(None, self._go, cancel, gap=8, margins=(24, 16, 24, 16)))
        if left:
            self._password.setFocus()
        else:
            for each in (happens, self._password, self._code, without, self._go):
                each.hide()

    def _submit(self) -> None:
        fields = {"password": self._password, "code": self._code}
        missing = {name: t("console.field.missing") for name, field in fields.items() if not field.text}
        if not accuse(fields, missing) and self._go.isEnabled():
            self._go.setEnabled(False)
            client, form = self._desk.client, LostPhone(password=self._password.text, code=self._code.text)
            self._desk.run(self, lambda: client.report_lost_phone(form), self._done, self._failed)

    def _done(self, state: TwoFactor) -> None:
        self.close()
        self.reported.emit(state)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        wrong = {"wrong_password": self._password, "wrong_code": self._code}
        if isinstance(error, Problem) and (field := wrong.get(error.code)) is not None:
            field.accuse(shown(error).text)
            field.edit.selectAll()
            field.setFocus()
        else:
            self._banner.say(shown(error).text)
        self.fit()
