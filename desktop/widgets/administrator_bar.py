"""What can be done with the selected administrator, and why something cannot."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.core import moments
from desktop.core.rights import covers
from desktop.core.words import n, t
from desktop.widgets.button import Button, button, rename
from desktop.widgets.flow import Flow
from desktop.widgets.layout import column
from desktop.widgets.text import Elided, Text
from server.contract.administrator import Administrator
from server.contract.permission import Role
from server.contract.request import Request

DISABLE, ENABLE, DELETE, RESET = (
    f"administrator.{verb}" for verb in ("disable", "enable", "delete", "reset_two_factor")
)


class AdministratorBar(QFrame):
    """Offers only what the server would let this caller ask for."""

    edit_asked = Signal()
    rights_asked = Signal()
    invite_asked = Signal()
    account_asked = Signal()
    request_asked = Signal(object)
    step_asked = Signal(str)
    """The name of an action that needs nothing but the account."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("administrators.bar")
        self.setProperty("look", "bar")
        self._request: Request | None = None
        self._name = Elided("", "strong", name="administrators.selected")
        self._facts = Elided("", "small-muted", name="administrators.scope")
        self._why = Text("", "small", wrap=True, name="administrators.why")
        made = self._made
        self.account = made("account", self.account_asked.emit)
        self.show_request = made("show_request", self._show, icon="shield-check")
        self.edit = made("edit", self.edit_asked.emit, icon="pencil")
        self.rights = made("rights", self.rights_asked.emit, icon="user-cog")
        self.again = made("again", self.invite_asked.emit, icon="mail")
        self.reset = made("reset", lambda: self.step_asked.emit(RESET), icon="rotate-ccw")
        self.enable = made("enable", lambda: self.step_asked.emit(ENABLE), icon="user-check")
        self.disable = made("disable", lambda: self.step_asked.emit(DISABLE), icon="user-x", look="danger")
        self.delete = made("delete", lambda: self.step_asked.emit(DELETE), icon="trash-2", look="danger")
        buttons = (self.account, self.show_request, self.edit, self.rights, self.again, self.reset, self.enable)
        self._buttons = (*buttons, self.disable, self.delete)
        words = column(self._name, self._facts)
        self.setLayout(column(words, Flow(*self._buttons), self._why, gap=8, margins=(16, 8, 12, 12)))
        self.hide()

    def show_account(self, account: Administrator, me: Administrator, scope: str, pending: Request | None) -> None:
        """Show this one; `scope` names its companies. The last provider can only be oneself."""
        self._request = pending
        self._name.setText(account.name)
        held = len(account.permissions)
        rights = t("console.rights.everything") if account.role is Role.PROVIDER else n("console.rights.count", held)
        until = account.invited
        invited = "" if until is None else t("console.administrators.until", time=moments.full(until))
        self._facts.setText(" · ".join(filter(None, (account.username, account.email, scope, rights, invited))))
        own, above = account.id == me.id, not covers(me, account)
        free = not own and not above and pending is None
        for each in self._buttons:
            each.setVisible(free)
        self.account.setVisible(own)
        self.show_request.setVisible(pending is not None)
        self.rights.setVisible(free and until is None)
        self.again.setVisible(free and until is not None)
        self.reset.setVisible(free and until is None)
        self.enable.setVisible(free and not account.enabled)
        self.disable.setVisible(free and account.enabled)
        rename(self.reset, t("console.administrators.reset" if account.two_factor else "console.administrators.grant"))
        why = t("console.administrators.own") if own else ""
        if above:
            why = t("console.administrators.above", name=account.name)
        elif pending is not None and not own:
            why = t("console.administrators.waits")
        elif free and until is not None:
            why = t("console.administrators.not_accepted")
        self._why.setText(why)
        self._why.setHidden(not why)

    def _made(self, name: str, action: object, *, icon: str = "", look: str = "") -> Button:
        return button(t(f"console.administrators.{name}"), f"administrators.{name}", action, icon=icon, look=look)  # type: ignore[arg-type]

    def _show(self) -> None:
        if self._request is not None:
            self.request_asked.emit(self._request)
