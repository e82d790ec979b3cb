"""Name and e-mail address of an administrator, one's own or a colleague's: changed without a confirmation."""

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.problems import faults, shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.field import Field, accuse
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from server.contract.administrator import Administrator, EditAdministrator


class AdministratorForm(Dialog):
    """The user name stays what it was."""

    saved = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, account: Administrator) -> None:
        title = t("console.administrator_form.title", name=account.username)
        super().__init__(parent, title, "administrator_form", 480)
        self._desk, self._account = desk, account
        self._fields = {
            "name": Field(t("console.form.name"), "administrator_form.name"),
            "email": Field(t("console.email"), "administrator_form.email"),
        }
        self._fields["name"].edit.setText(account.name)
        self._fields["email"].edit.setText(account.email)
        self._banner = Banner("bad", "triangle-alert", "administrator_form.banner")
        body = QWidget()
        body.setLayout(column(self._banner, *self._fields.values(), None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        self._save = button(t("console.administrator_form.save"), "administrator_form.save", self._submit)
        self._save.setProperty("look", "primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "administrator_form.cancel", self.close)
        self.show_foot(row(None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))
        for field in self._fields.values():
            field.edit.returnPressed.connect(self._submit)
        self._fields["name"].editor.setFocus()

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        values = {name: field.text for name, field in self._fields.items()}
        wrong: dict[str, str] = {}
        try:
            form = EditAdministrator.model_validate(values)
        except ValidationError as error:
            wrong = faults(error)
        accuse(self._fields, wrong)
        self.fit()
        if wrong:
            return
        self._banner.say("")
        self._save.setEnabled(False)
        client, account = self._desk.client, self._account.id
        self._desk.run(self, lambda: client.edit_administrator(account, form), self._done, self._failed)

    def _done(self, account: Administrator) -> None:
        self.close()
        self.saved.emit(account)

    def _failed(self, error: Exception) -> None:
        self._save.setEnabled(True)
        what = shown(error)
        if not accuse(self._fields, what.fields):
            self._banner.say(what.text)
        self.fit()
