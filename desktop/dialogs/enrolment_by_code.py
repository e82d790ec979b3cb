"""The last step of a change of phone where no phone confirms it: a code of an app, or a recovery code."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.moments import Deadline
from desktop.core.words import n, t
from desktop.style.theme import theme
from desktop.widgets.button import button, rename
from desktop.widgets.countdown import Countdown
from desktop.widgets.digit_boxes import DigitBoxes
from desktop.widgets.field import Field
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.request import Request

PHONE, TOTP, RECOVERY_CODE = "phone", "totp", "recovery_code"


class ByCode(QWidget):
    """`typed` has the way and the code; `turned` the other way that somebody wants."""

    typed = Signal(str, str)
    turned = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._way, self._other = RECOVERY_CODE, ""
        self._tile = Tile("key-round")
        self._title = Text("", "title", wrap=True, name="enrolment.by_code.title")
        self._text = Text("", "muted", wrap=True, name="enrolment.by_code.text")
        self.digits = DigitBoxes("enrolment.totp")
        self.digits.setAccessibleName(t("console.by_code.totp"))
        self.digits.complete.connect(lambda _: self._submit())
        self.code = Field(t("console.by_code.recovery_code"), "enrolment.recovery_code", hint=t("console.by_code.form"))
        self.code.edit.returnPressed.connect(self._submit)
        self._go = button(t("console.by_code.go"), "enrolment.by_code.go", self._submit, look="primary")
        self._fault = Text("", "fault", wrap=True, name="enrolment.totp.fault")
        self._turn = button("", "enrolment.other_way", lambda: self.turned.emit(self._other), look="link")
        self._left = Text("", "small-muted", name="enrolment.by_code.left").tabular()
        self._bar = Countdown(name="enrolment.by_code.countdown")
        self._bar.ticked.connect(lambda time: self._left.setText(t("console.countdown.left", time=time)))
        head = row(self._tile, gap=16)
        head.addLayout(column(self._title, self._text, gap=4), 1)
        head.setAlignment(self._tile, Qt.AlignmentFlag.AlignTop)
        layout = column(head, 20)
        layout.addWidget(self.digits, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._fault)
        layout.addWidget(self.code)
        layout.addSpacing(theme().px(8))
        layout.addLayout(row(self._go, self._turn, None, gap=8))
        layout.addSpacing(theme().px(16))
        layout.addWidget(self._bar)
        layout.addSpacing(theme().px(4))
        layout.addWidget(self._left)
        layout.addStretch(1)
        self.setLayout(layout)

    def begin(self, request: Request, way: str, new: str, left: int | None) -> None:
        """Take a code of this way for `new`, the phone's name; `left` is how many recovery codes there are."""
        self._way = way
        by_app = way == TOTP
        others = [each for each in request.methods if each != way]
        self._other = others[0] if others else ""
        self._turn.setVisible(bool(others))
        if others:
            rename(self._turn, t(f"console.by_code.turn.{self._other}"))
        self._title.setText(t(f"console.by_code.title.{way}"))
        told = "" if by_app or left is None else " " + n("console.by_code.left", left)
        self._text.setText(t(f"console.by_code.text.{way}", device=new) + told)
        self._tile.show_icon("smartphone" if by_app else "key-round", "accent")
        for part in (self.digits, self._fault):
            part.setVisible(by_app)
        self.code.setVisible(not by_app)
        self._go.setVisible(not by_app)  # six digits go by themselves
        self._bar.count(Deadline(request.created_at, request.expires_at, request.now))
        self.busy(on=False)
        self.say("")

    def focus(self) -> None:
        """Put the cursor where it is needed."""
        (self.digits if self._way == TOTP else self.code).setFocus()

    def busy(self, *, on: bool) -> None:
        """Wait while the server looks at the code."""
        self.digits.setEnabled(not on)
        self._go.setEnabled(not on)

    def say(self, fault: str) -> None:
        """Say what is wrong with the code."""
        self._fault.setText(fault if self._way == TOTP else "")
        self.code.accuse(fault if self._way != TOTP else "")
        if fault:
            self.digits.clear()
            self.code.edit.selectAll()
            self.focus()

    def forget(self) -> None:
        """Keep nothing."""
        self.digits.clear()
        self.code.edit.clear()

    def _submit(self) -> None:
        code = self.digits.text() if self._way == TOTP else self.code.text
        if not code:
            self.say(t("console.field.missing"))
        elif self._go.isEnabled():
            self.typed.emit(self._way, code)
