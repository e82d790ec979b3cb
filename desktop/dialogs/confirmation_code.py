"""The side of a request's window where a code confirms it: an authenticator app's, or a recovery code."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.core.words import t
from desktop.widgets.button import button, rename
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.request_card import PHONE, RECOVERY_CODE, TOTP
from desktop.widgets.text import Text
from server.contract.request import Request

ROOMY = 24
"""Pixels of air around, below which only what is needed is said."""


class ByCode(QFrame):
    """`typed` has the way and the code; where it is also confirmed on the phone, `turned` leads back there."""

    typed = Signal(str, str)
    turned = Signal()

    def __init__(self, request: Request, air: int) -> None:
        super().__init__()
        self.setProperty("look", "side")
        self._ways = [way for way in request.methods if way in (TOTP, RECOVERY_CODE)]
        self._way, self._phone = "", PHONE in request.methods
        self._title = Text("", "section", wrap=True, name="confirmation.by_code.title")
        self._text = Text("", "muted", wrap=True)
        self._field = Field("", "confirmation.by_code")
        self._field.edit.returnPressed.connect(self._send)
        self._go = button(t("console.by_code.go"), "confirmation.by_code.submit", self._send, look="primary")
        self._other = button("", "confirmation.other_way", self._turn, look="link")
        layout = column(self._title, self._text, self._field, margins=(24, air, 24, 8), gap=8)
        layout.addLayout(row(self._other, None))
        layout.addStretch(1)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(layout)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self._text.setHidden(air < ROOMY)
        self.setLayout(column(scroll, row(None, self._go, margins=(24, 8, 24, air)), margins=(1, 0, 0, 0)))
        self.setFocusProxy(self._field)
        if self._ways:
            self._take(self._ways[0])

    def busy(self, *, on: bool) -> None:
        """Wait for the server."""
        self._go.setEnabled(not on)

    def refuse(self, why: str) -> None:
        """Say why the code does not count, and take another one."""
        self._field.accuse(why)
        self._field.edit.selectAll()
        self._field.setFocus()

    def _take(self, way: str) -> None:
        self._way = way
        self._title.setText(t(f"console.by_code.title.{way}"))
        self._text.setText(t(f"console.confirmation.by_code.{way}"))
        self._field.rename(t("console.by_code.totp" if way == TOTP else "console.by_code.recovery_code"))
        self._field.edit.clear()
        self._field.accuse("")
        next_way = self._next
        rename(self._other, t(f"console.by_code.turn.{next_way}") if next_way else "")
        if not next_way:
            self._other.hide()

    @property
    def _next(self) -> str:
        """The way that is offered beside this one."""
        others = [way for way in self._ways if way != self._way]
        return PHONE if self._phone else others[0] if others else ""

    def _turn(self) -> None:
        if self._next == PHONE:
            self.turned.emit()
        else:
            self._take(self._next)
            self._field.setFocus()

    def _send(self) -> None:
        if not self._go.isEnabled():
            return
        if self._field.text:
            self.typed.emit(self._way, self._field.text)
        else:
            self.refuse(t("console.field.missing"))
