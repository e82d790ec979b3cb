"""Accepting an invitation: the first password of an account that a colleague has made."""

import re

from pydantic import ValidationError
from PySide6.QtCore import Signal

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.dialogs.new_password import NewPassword
from desktop.widgets.button import button
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.administrator import AcceptInvitation, InvitationAccepted
from server.contract.problem import Problem

NOT_FOUND = 404
MADE_OF = r"(?<![\w-])[A-Za-z0-9_-]{43}(?![\w-])"
"""What an invitation looks like: 32 bytes in letters."""


class Invitation(Entry):
    """Ends with user name and password; the account's grant stays in the session's memory until a phone is enrolled."""

    done = Signal(str, str)
    back = Signal()

    def __init__(self, desk: Desk, foot: str) -> None:
        super().__init__("invitation", foot)
        self._desk = desk
        self._invitation = Field(t("console.invitation.code"), "invitation.code", hint=t("console.invitation.hint"))
        self._password = NewPassword("invitation")
        self._banner = Banner("bad", "triangle-alert", "invitation.banner")
        self._go = button(t("console.invitation.go"), "invitation.submit", self._submit, look="primary", large=True)
        back = button(t("console.back"), "invitation.back", self.back.emit, large=True)
        buttons = row(back, self._go, gap=8)
        buttons.setStretch(1, 1)
        layout = column(
            Text(t("console.invitation.title"), "title"),
            Text(t("console.invitation.lead"), "muted", wrap=True),
            self._banner,
            self._invitation,
            self._password,
            buttons,
            gap=12,
            margins=(32, 28, 32, 28),
        )
        self.show_card(layout, 480)
        self._invitation.edit.returnPressed.connect(self._submit)
        self._password.entered.connect(self._submit)
        self.begin_at(self._invitation)

    def _submit(self) -> None:
        if not self._go.isEnabled():
            return
        text = _invitation_in(self._invitation.text)
        self._invitation.accuse("" if text else t("console.field.missing"))
        if not self._password.check() or not text:
            return
        try:
            form = AcceptInvitation(invitation=text, password=self._password.text)
        except ValidationError:
            self._invitation.accuse(t("console.invitation.malformed"))
            return
        self._go.setEnabled(False)
        self._banner.say("")
        client = self._desk.client
        self._desk.run(self, lambda: client.accept_invitation(form), self._accepted, self._failed)

    def _accepted(self, answer: InvitationAccepted) -> None:
        self._desk.session.grants[answer.administrator.username] = answer.grant
        self.done.emit(answer.administrator.username, self._password.text)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Problem) and error.status == NOT_FOUND:
            self._invitation.accuse(t("console.invitation.unknown"))
        elif not self._password.blame(error):
            self._banner.say(shown(error).text)


def _invitation_in(text: str) -> str:
    """Return the invitation in what was pasted, which may be the whole message that it came with."""
    found = re.findall(MADE_OF, text)
    return str(found[-1]) if found else text
