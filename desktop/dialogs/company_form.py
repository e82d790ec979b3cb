"""Adding a company, or changing its name and how much all of its users may store."""

from collections.abc import Sequence

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.places import Place, all_places
from desktop.core.problems import faults, shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.field import Field, accuse
from desktop.widgets.layout import column, row
from desktop.widgets.limit_field import LimitField
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.company import Company, EditCompany, NewCompany
from server.contract.problem import Problem

NAME_TAKEN = "name_taken"


class CompanyForm(Dialog):
    """Shows which destinations a company may use, and where that is changed."""

    saved = Signal(object)
    storage_asked = Signal()

    def __init__(self, parent: QWidget, desk: Desk, company: Company | None = None) -> None:
        title = t("console.company_form.edit", name=company.name) if company else t("console.company_form.add")
        super().__init__(parent, title, "company_form", 440)
        self._desk, self._company = desk, company
        self._name = Field(t("console.companies.name"), "company_form.name")
        self._name.edit.setText(company.name if company else "")
        self._name.edit.selectAll()
        self._limit = LimitField("company_form.limit", t("console.companies.limit_hint"))
        self._limit.show_bytes(company.storage_limit if company else None)
        self._fields = {"name": self._name, "storage_limit": self._limit}
        self._places = Text("", wrap=True, name="company_form.destinations")
        self._usable = self._destinations()
        self._banner = Banner("bad", "triangle-alert", "company_form.banner")
        body = QWidget()
        body.setLayout(
            column(self._banner, self._name, self._limit, self._usable, None, gap=16, margins=(24, 24, 24, 24))
        )
        self.show_body(body)
        self._usable.hide()
        words = t("console.company_form.save" if company else "console.company_form.add_it")
        self._save = button(words, "company_form.save", self._submit, look="primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "company_form.cancel", self.close)
        storage = button(t("console.company_form.to_storage"), "company_form.storage", self._go, icon="hard-drive")
        self.show_foot(row(storage, None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))
        storage.setVisible(company is not None)
        self._name.setFocus()
        if company is not None:
            client = desk.client.in_background()
            desk.run(self, lambda: all_places(client), self._show_places, lambda _: None)

    def _destinations(self) -> QWidget:
        made = QWidget()
        made.setProperty("look", "plain")
        hint = Text(t("console.company_form.destinations_hint"), "small-muted", wrap=True)
        made.setLayout(column(Text(t("console.company_form.destinations"), "medium"), self._places, hint, gap=4))
        return made

    def _show_places(self, places: Sequence[Place]) -> None:
        names = [each.words for each in places if self._company is not None and self._company.id in each.companies]
        self._places.setText("\n".join(names) or t("console.company_form.no_destinations"))
        self._usable.show()
        self.fit()

    def _go(self) -> None:
        self.close()
        self.storage_asked.emit()

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        client, company = self._desk.client, self._company
        wrong = {"storage_limit": self._limit.wrong} if self._limit.wrong else {}
        values: dict[str, object] = {"name": self._name.text}
        if not wrong and self._limit.bytes != (company.storage_limit if company else None):
            values["storage_limit"] = self._limit.bytes
        try:
            form = EditCompany.model_validate(values)
        except ValidationError as error:
            wrong = {**faults(error), **wrong}
        accuse(self._fields, wrong)
        self.fit()
        if wrong:
            return
        self._banner.say("")
        self._save.setEnabled(False)

        def save() -> Company:
            if company is not None:
                return client.edit_company(company.id, form)
            return client.add_company(NewCompany.model_validate(values))

        self._desk.run(self, save, self._done, self._failed)

    def _done(self, company: Company) -> None:
        self.close()
        self.saved.emit(company)

    def _failed(self, error: Exception) -> None:
        self._save.setEnabled(True)
        what = shown(error)
        if isinstance(error, Problem) and error.code == NAME_TAKEN:
            accuse(self._fields, {"name": what.text})
        elif not accuse(self._fields, what.fields):
            self._banner.say(what.text)
        self.fit()
