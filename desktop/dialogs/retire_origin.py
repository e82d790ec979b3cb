"""Asking that an old address is served no longer: whom that cuts off, before anything happens."""

import secrets

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.action import Executed
from server.contract.reach import Origin
from server.contract.request import Request

ACTION = "origin.retire"


class RetireOrigin(Dialog):
    """Its default button changes nothing."""

    answered = Signal(object)
    """A `Request` that waits, or what was `Executed` at once."""

    def __init__(self, parent: QWidget, desk: Desk, origin: Origin) -> None:
        super().__init__(parent, t("console.retire.title"), "retire", 520)
        self._desk, self._origin = desk, origin
        self._key = secrets.token_urlsafe(18)
        tile = Tile("smartphone", "bad", ground="bad_ground")
        head = row(tile, gap=12)
        words = column(
            Text(origin.origin, "title", wrap=True, name="retire.origin"),
            Text(n("console.retire.lead", len(origin.devices)), "muted", wrap=True),
            gap=2,
        )
        head.addLayout(words, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._consequence = Text("", wrap=True, name="retire.consequence")
        named = "\n".join(f"{each.name} ({each.username})" for each in origin.devices)
        cut = column(
            Text(t("console.retire.cut_off"), "strong"),
            Text(named, wrap=True, name="retire.devices"),
            self._consequence,
            gap=4,
            margins=(12, 12, 12, 12),
        )
        self._banner = Banner("bad", "triangle-alert", "retire.banner")
        after = Text(t("console.retire.after"), "muted", wrap=True)
        body = QWidget()
        body.setLayout(column(head, box("bad", cut), after, self._banner, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        self._go = button(t("console.retire.go"), "retire.submit", self._submit, look="danger")
        cancel = button(t("console.cancel"), "retire.cancel", self.close)
        cancel.setDefault(True)
        cancel.setAutoDefault(True)
        self.show_foot(row(None, self._go, cancel, gap=8, margins=(24, 16, 24, 16)))
        cancel.setFocus()
        self._consequence.hide()
        client, parameters = desk.client, {"origin": origin.origin}
        desk.run(self, lambda: _foresee(client, parameters), self._foreseen, self._failed)

    def _foreseen(self, consequence: str) -> None:
        self._consequence.setText(consequence)
        self._consequence.setVisible(bool(consequence))
        self.fit()

    def _submit(self) -> None:
        self._go.setEnabled(False)
        self._banner.say("")
        client, parameters, key = self._desk.client, {"origin": self._origin.origin}, self._key
        self._desk.run(self, lambda: client.ask(ACTION, parameters, key=key), self._answered, self._failed)

    def _answered(self, answer: Executed | Request) -> None:
        self.close()
        self.answered.emit(answer)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._key = secrets.token_urlsafe(18) if hasattr(error, "status") else self._key
        self._banner.say(shown(error).text)
        self.fit()


def _foresee(client: Client, parameters: dict[str, str]) -> str:
    return str(client.preview(ACTION, parameters).get("consequence") or "")
