"""Adding a user, or editing one."""

from collections.abc import Callable

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.core.client import Client
from desktop.core.companies import all_companies
from desktop.core.desk import Desk
from desktop.core.problems import faults, shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.field import Field, accuse
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import plain_tip
from server.contract.company import Company, NewCompany
from server.contract.problem import Problem
from server.contract.user import EditUser, NewUser, User

NEW = "+"
NAME_TAKEN = 409


class UserForm(Dialog):
    """E-mail address, name and company; a new company can be made on the way."""

    saved = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, user: User | None = None) -> None:
        title = t("console.user_form.edit", name=user.name) if user else t("console.user_form.add")
        super().__init__(parent, title, "user_form", 480)
        self._desk = desk
        self._user = user
        self._company = QComboBox()
        self._company.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._company.setMinimumContentsLength(8)
        self._company.currentTextChanged.connect(lambda name: self._company.setToolTip(plain_tip(name)))
        self._fields = {
            "username": Field(t("console.email"), "user_form.email"),
            "name": Field(t("console.user_form.name"), "user_form.name", hint=t("console.user_form.name_hint")),
            "company": Field(t("console.user_form.company"), "user_form.company", editor=self._company),
            "new_company": Field(t("console.user_form.new_company_name"), "user_form.new_company"),
        }
        self._fields["new_company"].hide()
        if user:
            self._fields["username"].edit.setText(user.username)
            self._fields["name"].edit.setText(user.name)
        self._company.addItem(t("console.user_form.no_company"), "")
        if user and user.company:
            self._company.addItem(user.company_name or user.company, user.company)
            self._company.setCurrentIndex(1)
        self._company.activated.connect(lambda _: self._show_new())
        self._banner = Banner("bad", "triangle-alert", "user_form.banner")
        body = QWidget()
        body.setLayout(column(self._banner, *self._fields.values(), None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        save = t("console.user_form.save") if user else t("console.user_form.add_it")
        self._save = button(save, "user_form.save", self._submit, look="primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "user_form.cancel", self.close)
        self.show_foot(row(None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))
        self._fields["username"].setFocus()
        client = desk.client.in_background()
        desk.run(self, lambda: all_companies(client), self._fill, lambda error: self._banner.say(shown(error).text))

    def _fill(self, companies: list[Company]) -> None:
        chosen = self._company.currentData()
        self._company.clear()
        self._company.addItem(t("console.user_form.no_company"), "")
        for company in companies:
            self._company.addItem(company.name, company.id)
        if self._desk.session.account and "companies.edit" in self._desk.session.me.permissions:
            self._company.addItem(t("console.user_form.new_company"), NEW)
        self._company.setCurrentIndex(max(0, self._company.findData(chosen)))

    def _show_new(self) -> None:
        wanted = self._company.currentData() == NEW
        self._fields["new_company"].setVisible(wanted)
        if wanted:
            self._fields["new_company"].setFocus()
        self.fit()

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        wrong = {}
        if not self._fields["username"].text:
            wrong["username"] = t("console.field.missing")
        new = self._fields["new_company"].text if self._company.currentData() == NEW else None
        if new is not None and not new:
            wrong["new_company"] = t("console.field.missing")
        work = None if wrong else self._work(new, wrong)
        accuse(self._fields, wrong)
        self.fit()
        if work is None or wrong:
            return
        self._banner.say("")
        self._save.setEnabled(False)
        self._desk.run(self, work, self._done, self._failed)

    def _work(self, new: str | None, wrong: dict[str, str]) -> Callable[[], User] | None:
        client, user = self._desk.client, self._user
        name = self._fields["name"].text
        values: dict[str, object] = {"username": self._fields["username"].text}
        if name:
            values["name"] = name
        if new is None:
            values["company"] = self._company.currentData() or None
        try:
            (EditUser if user else NewUser).model_validate(values)
        except ValidationError as error:
            wrong.update(faults(error))
            return None

        def save() -> User:
            if new is not None:
                values["company"] = _company_named(client, new)
            if user:
                return client.edit_user(user.id, EditUser.model_validate(values))
            return client.add_user(NewUser.model_validate(values))

        return save

    def _done(self, user: User) -> None:
        self.close()
        self.saved.emit(user)

    def _failed(self, error: Exception) -> None:
        self._save.setEnabled(True)
        what = shown(error)
        if isinstance(error, Problem) and error.status == NAME_TAKEN:
            accuse(self._fields, {"username": what.text})
        elif not accuse(self._fields, what.fields):
            self._banner.say(what.text)
            self.fit()


def _company_named(client: Client, name: str) -> str:
    """Return the id of the company of this name, made where there is none yet."""
    for company in client.companies({"q": name, "limit": "100"}).items:
        if company.name.casefold() == name.casefold():
            return company.id
    return client.add_company(NewCompany(name=name)).id
