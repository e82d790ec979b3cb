"""Adding a company, or giving one another name."""

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
from server.contract.company import Company, EditCompany, NewCompany
from server.contract.problem import Problem

NAME_TAKEN = "name_taken"


class CompanyForm(Dialog):
    """One field: the name."""

    saved = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, company: Company | None = None) -> None:
        title = t("console.company_form.rename", name=company.name) if company else t("console.company_form.add")
        super().__init__(parent, title, "company_form", 440)
        self._desk, self._company = desk, company
        self._field = Field(t("console.companies.name"), "company_form.name")
        self._field.edit.setText(company.name if company else "")
        self._field.edit.selectAll()
        self._banner = Banner("bad", "triangle-alert", "company_form.banner")
        body = QWidget()
        body.setLayout(column(self._banner, self._field, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        words = t("console.company_form.rename_it" if company else "console.company_form.add_it")
        self._save = button(words, "company_form.save", self._submit, look="primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "company_form.cancel", self.close)
        self.show_foot(row(None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))
        self._field.setFocus()

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        client, company = self._desk.client, self._company
        values = {"name": self._field.text}
        try:
            form = EditCompany.model_validate(values)
        except ValidationError as error:
            accuse({"name": self._field}, faults(error))
            self.fit()
            return
        self._banner.say("")
        self._field.accuse("")
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
            accuse({"name": self._field}, {"name": what.text})
        elif not accuse({"name": self._field}, what.fields):
            self._banner.say(what.text)
        self.fit()
