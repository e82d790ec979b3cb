"""Naming the organisation and its first administrator."""

from pydantic import ValidationError
from PySide6.QtCore import Signal

from desktop.core.desk import Desk
from desktop.core.problems import faults, shown
from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.dialogs.new_password import NewPassword
from desktop.widgets.button import button
from desktop.widgets.field import Field, accuse
from desktop.widgets.layout import column, pair
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.administrator import SetUp
from server.contract.problem import Problem


class SetUpForm(Entry):
    """Ends with the new account's user name and password, which sign in at once."""

    done = Signal(str, str)

    def __init__(self, desk: Desk, setup_token: str, foot: str) -> None:
        super().__init__("set_up", foot)
        self._desk = desk
        self._fields = {
            "token": Field(t("console.connect.token"), "set_up.token"),
            "organisation": Field(t("console.set_up.organisation"), "set_up.organisation"),
            "name": Field(t("console.set_up.name"), "set_up.name"),
            "username": Field(t("console.username"), "set_up.username"),
            "email": Field(t("console.email"), "set_up.email"),
        }
        self._fields["token"].edit.setText(setup_token)
        self._fields["token"].hide()  # until it turns out to be wrong
        self._password = NewPassword("set_up")
        self._banner = Banner("bad", "triangle-alert", "set_up.banner")
        self._go = button(t("console.set_up.go"), "set_up.submit", self._submit, look="primary", large=True)
        layout = column(
            Text(t("console.set_up.title"), "title"),
            Text(t("console.set_up.lead"), "muted", wrap=True),
            self._banner,
            self._fields["token"],
            self._fields["organisation"],
            pair(self._fields["name"], self._fields["username"]),
            self._fields["email"],
            self._password,
            self._go,
            gap=12,
            margins=(32, 24, 32, 28),
        )
        self.show_card(layout, 480)
        for field in self._fields.values():
            field.edit.returnPressed.connect(self._submit)
        self._password.entered.connect(self._submit)
        self.begin_at(self._fields["organisation"])

    def renew(self, setup_token: str) -> None:
        """Take another token: the server has started again."""
        self._fields["token"].edit.setText(setup_token)

    def _submit(self) -> None:
        if not self._go.isEnabled():
            return
        needed = ("token", "organisation", "username", "email")
        wrong = {name: t("console.field.missing") for name in needed if not self._fields[name].text}
        form = None if wrong else self._form(wrong)
        fine = self._password.check()
        accuse(self._fields, wrong)
        if form is None or wrong or not fine:
            return
        self._banner.say("")
        self._go.setEnabled(False)
        client, token = self._desk.client, self._fields["token"].text
        self._desk.run(self, lambda: client.set_up(form, token), lambda made: self._done(made.username), self._failed)

    def _form(self, wrong: dict[str, str]) -> SetUp | None:
        values = {name: field.text for name, field in self._fields.items() if field.text and name != "token"}
        try:
            return SetUp.model_validate({**values, "password": self._password.text})
        except ValidationError as error:
            wrong.update(faults(error))
            return None

    def _done(self, username: str) -> None:
        self.done.emit(username, self._password.text)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        what = shown(error)
        if isinstance(error, Problem) and error.code == "wrong_setup_token":
            self._fields["token"].show()
            accuse(self._fields, {"token": t("console.set_up.wrong_token")})
        elif not self._password.blame(error) and not accuse(self._fields, what.fields):
            self._banner.say(what.text)
