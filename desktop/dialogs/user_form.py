"""Adding a user, or editing one."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from desktop.core.client import Client
from desktop.core.companies import all_companies
from desktop.core.desk import Desk
from desktop.core.places import Place, all_places
from desktop.core.problems import faults, shown
from desktop.core.rights import sees_all
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.field import Field, accuse
from desktop.widgets.layout import column, pair, row
from desktop.widgets.limit_field import LimitField
from desktop.widgets.notice import Banner
from desktop.widgets.place_fields import PlaceFields
from desktop.widgets.text import plain_tip
from server.contract.company import Company, NewCompany
from server.contract.problem import Problem
from server.contract.user import EditUser, NewUser, User, UserStatus

NEW = "+"
WIDE = 560
AT_FIELD = {
    "username_taken": "username",
    "company_not_found": "company",
    "destination_not_found": "destination",
    "folder_taken": "folder",
}
"""Refusals that are about one field, though the server does not say which."""


class UserForm(Dialog):
    """A new company can be made on the way; what a held user's data is bound to cannot be changed."""

    saved = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, user: User | None = None) -> None:
        title = t("console.user_form.edit", name=user.name) if user else t("console.user_form.add")
        super().__init__(parent, title, "user_form", WIDE)
        self._desk = desk
        self._user = user
        self._held = user is not None and user.status is UserStatus.HELD
        self._company = QComboBox()
        self._company.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._company.setMinimumContentsLength(8)
        self._company.currentTextChanged.connect(lambda name: self._company.setToolTip(plain_tip(name)))
        self._place = PlaceFields(user, sees_all=sees_all(desk.session.me), stacked=not self.roomy)
        self._limit = LimitField("user_form.limit")
        self._fields = {
            "username": Field(t("console.email"), "user_form.email"),
            "name": Field(t("console.user_form.name"), "user_form.name", hint=t("console.user_form.name_hint")),
            "company": Field(t("console.user_form.company"), "user_form.company", editor=self._company),
            "new_company": Field(t("console.user_form.new_company_name"), "user_form.new_company"),
            "destination": self._place.destination,
            "folder": self._place.folder,
            "storage_limit": self._limit,
        }
        self._fields["new_company"].hide()
        self._enabled = QCheckBox(t("console.user_form.enabled"))
        self._enabled.setObjectName("user_form.enabled")
        self._enabled.setProperty("look", "plain")
        self._enabled.setChecked(user is None or user.enabled)
        self._switch = Field("", "user_form.enabled", editor=self._enabled, hint=t("console.user_form.enabled_hint"))
        self._enabled.setAccessibleName(t("console.user_form.enabled"))
        if user:
            self._fields["username"].edit.setText(user.username)
            self._fields["name"].edit.setText(user.name)
            self._limit.show_bytes(user.storage_limit)
        self._company.addItem(t("console.user_form.no_company"), "")
        if user and user.company:
            self._company.addItem(user.company_name or user.company, user.company)
            self._company.setCurrentIndex(1)
        self._company.activated.connect(lambda _: self._show_new())
        self._banner = Banner("bad", "triangle-alert", "user_form.banner")
        self._locked = Banner("waiting", "info", "user_form.held")
        self._lay_out()
        if self._held:
            self._locked.say(t("console.user_form.held"))
            self._company.setEnabled(False)
            self._place.lock()
        self._place.changed.connect(self.fit)
        self._fields["username"].setFocus()
        client = desk.client.in_background()
        desk.run(
            self,
            lambda: (all_companies(client), all_places(client)),
            lambda found: self._fill(*found),
            lambda error: self._banner.say(shown(error).text),
        )

    def _lay_out(self) -> None:
        fields = self._fields
        beside = pair if self.roomy else lambda *both: column(*both, gap=16)
        body = QWidget()
        body.setLayout(
            column(
                self._banner,
                self._locked,
                beside(fields["username"], fields["name"]),
                fields["company"],
                fields["new_company"],
                self._place,
                beside(self._limit, self._switch),
                None,
                gap=16,
                margins=(24, 24, 24, 24),
            )
        )
        self.show_body(body)
        words = t("console.user_form.save") if self._user else t("console.user_form.add_it")
        self._save = button(words, "user_form.save", self._submit, look="primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "user_form.cancel", self.close)
        self.show_foot(row(None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))

    def _fill(self, companies: Sequence[Company], places: Sequence[Place]) -> None:
        chosen = self._company.currentData()
        self._company.clear()
        self._company.addItem(t("console.user_form.no_company"), "")
        for company in companies:
            self._company.addItem(company.name, company.id)
        if self._desk.session.account and "companies.edit" in self._desk.session.me.permissions:
            self._company.addItem(t("console.user_form.new_company"), NEW)
        self._company.setCurrentIndex(max(0, self._company.findData(chosen)))
        if not self._held:
            self._place.offer(places)

    def _show_new(self) -> None:
        chosen = self._company.currentData()
        self._fields["new_company"].setVisible(chosen == NEW)
        self._place.show_company(None if chosen in ("", NEW) else str(chosen), new=chosen == NEW)
        if chosen == NEW:
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
        if self._limit.wrong:
            wrong["storage_limit"] = self._limit.wrong
        work = None if wrong else self._work(new, wrong)
        accuse(self._fields, wrong)
        self.fit()
        if work is None or wrong:
            return
        self._banner.say("")
        self._save.setEnabled(False)
        self._desk.run(self, work, self._done, self._failed)

    def _values(self, new: str | None) -> dict[str, object]:
        """Return what is sent: of a user that is there, only what is different."""
        name, user = self._fields["name"].text, self._user
        values: dict[str, object] = {
            "username": self._fields["username"].text,
            "enabled": self._enabled.isChecked(),
            "storage_limit": self._limit.bytes,
            **({"name": name} if name else {}),
            **({"company": self._company.currentData() or None} if new is None else {}),
        }
        if user is not None:
            values = {key: value for key, value in values.items() if value != getattr(user, key)}
        return values | ({} if self._held else self._place.values)

    def _work(self, new: str | None, wrong: dict[str, str]) -> Callable[[], User] | None:
        client, user, values = self._desk.client, self._user, self._values(new)
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
        if isinstance(error, Problem) and (field := AT_FIELD.get(error.code)):
            accuse(self._fields, {field: what.text})
        elif isinstance(error, Problem) and "folder" in what.fields:
            accuse(self._fields, {**what.fields, "folder": t("console.user_form.folder_is", why=what.fields["folder"])})
        elif not accuse(self._fields, what.fields):
            self._banner.say(what.text)
        self.fit()


def _company_named(client: Client, name: str) -> str:
    """Return the id of the company of this name, made where there is none yet."""
    for company in client.companies({"q": name, "limit": "100"}).items:
        if company.name.casefold() == name.casefold():
            return company.id
    return client.add_company(NewCompany(name=name)).id
