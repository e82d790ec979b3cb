"""Asking for the deletion of a user: what will happen, in the server's words, before anything does."""

import secrets
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.field import Field
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text, short, title_for
from server.contract.action import Executed
from server.contract.request import Request
from server.contract.user import User

ACTION = "user.delete"
MODE = "user_only"


class DeleteUser(Dialog):
    """Its default button changes nothing."""

    executed = Signal(object)
    asked = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, user: User) -> None:
        super().__init__(parent, t("console.delete_user.title"), "delete_user", 480)
        self._desk = desk
        self._user = user
        self._key = secrets.token_urlsafe(18)
        names = column(
            Text(user.username, title_for(user.username), wrap=True, name="delete_user.username"),
            Text(" · ".join(filter(None, (user.name, user.company_name))), "muted", wrap=True),
            gap=2,
        )
        tile = Tile("trash-2", "bad", ground="bad_ground")
        head = row(tile, gap=12)
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._consequence = Text(t("console.delete_user.loading"), wrap=True, name="delete_user.consequence")
        happens = column(
            Text(t("console.confirmation.happens"), "strong"), self._consequence, gap=4, margins=(12, 12, 12, 12)
        )
        self._how = Banner("waiting", "info", "delete_user.how")
        self._banner = Banner("bad", "triangle-alert", "delete_user.banner")
        self._reason = Field(t("console.delete_user.reason"), "delete_user.reason")
        self._reason.edit.setMaxLength(500)
        body = QWidget()
        body.setLayout(
            column(
                head, box("bad", happens), self._how, self._reason, self._banner, None, gap=16, margins=(24, 24, 24, 24)
            )
        )
        self.show_body(body)
        self._go = button(
            t("console.delete_user.go", name=short(user.name)),
            "delete_user.submit",
            self._submit,
            look="danger",
            icon="trash-2",
        )
        self._go.setEnabled(False)
        cancel = button(t("console.cancel"), "delete_user.cancel", self.close)
        cancel.setDefault(True)
        cancel.setAutoDefault(True)
        self.show_foot(row(None, self._go, cancel, gap=8, margins=(24, 16, 24, 16)))
        cancel.setFocus()
        client, parameters = desk.client, self._parameters()
        desk.run(self, lambda: _foresee(client, parameters), self._foreseen, self._failed)

    def _parameters(self) -> dict[str, Any]:
        return {"user": self._user.id, "mode": MODE}

    def _foreseen(self, seen: tuple[dict[str, Any], bool]) -> None:
        details, protected = seen
        self._consequence.setText(str(details.get("consequence") or details.get("summary") or ""))
        self._how.turn("tint" if protected else "waiting", "smartphone" if protected else "triangle-alert")
        self._how.say(t("console.delete_user.asks" if protected else "console.delete_user.at_once"))
        self._go.setEnabled(True)
        self.fit()

    def _submit(self) -> None:
        self._go.setEnabled(False)
        self._banner.say("")
        client, parameters, reason, key = self._desk.client, self._parameters(), self._reason.text, self._key
        self._desk.run(self, lambda: client.ask(ACTION, parameters, reason, key=key), self._answered, self._failed)

    def _answered(self, answer: Executed | Request) -> None:
        self.close()  # first, since it is modal, and what comes next is a window of its own
        if isinstance(answer, Request):
            self.asked.emit(answer)
        else:
            self.executed.emit(self._user)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        if self._consequence.text() == t("console.delete_user.loading"):
            self._consequence.setText(t("console.delete_user.unknown"))
            self._go.setEnabled(False)
        self._key = secrets.token_urlsafe(18) if _answered(error) else self._key
        self._banner.say(shown(error).text)
        self.fit()


def _answered(error: Exception) -> bool:
    """Tell whether the server has refused; an answer that got lost may be asked for again under the same key."""
    return hasattr(error, "status")


def _foresee(client: Client, parameters: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    details = client.preview(ACTION, parameters)
    protected = next((action.protected for action in client.actions() if action.name == ACTION), True)
    return details, protected
