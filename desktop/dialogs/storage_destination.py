"""A destination of a storage account: where it is, what it is called, and which companies may use it."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.problems import faults, shown
from desktop.core.storage import advice_for
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.company_choice import Companies
from desktop.widgets.facts import Facts
from desktop.widgets.field import Field
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.place_choice import PlaceChoice
from desktop.widgets.text import Text
from server.contract.company import Company
from server.contract.problem import Problem
from server.contract.storage import (
    Destination,
    EditDestination,
    NewDestination,
    NewPlace,
    StorageAccount,
    TestResult,
    Tried,
)


class DestinationForm(Dialog):
    """Of one that is there the place stays: somebody's data may lie in it."""

    saved = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        account: StorageAccount,
        companies: Sequence[Company],
        one: Destination | None = None,
    ) -> None:
        words = t("console.storage.edit_destination" if one else "console.storage.add_destination_title")
        super().__init__(parent, words, "storage_destination", 520)
        self._desk, self._account, self._one = desk, account, one
        self._made = ""
        """A place that was made on the way, and is not made again."""
        self._banner = Banner("bad", "triangle-alert", "storage_destination.banner")
        self._note = Banner("tint", "loader", "storage_destination.note")
        self._choice = PlaceChoice("storage_destination.place")
        self._name = Field(t("console.storage.place.called"), "storage_destination.name")
        self._name.edit.setMaxLength(120)
        where = Facts(label=84, name="storage_destination.where")
        label = t("console.storage.companies_label")
        self._companies = Companies(label, "storage_destination.companies", companies, all_of_them=False)
        none = Text(t("console.storage.no_companies"), "muted", wrap=True)
        parts: list[QWidget] = [self._name, where] if one else [self._note, self._choice]
        for each in (self._name, where, self._choice, self._note):
            if each not in parts:
                each.setParent(self)
                each.hide()
        body = QWidget()
        layout = column(self._banner, *parts, self._companies, none, None, gap=16, margins=(24, 24, 24, 24))
        body.setLayout(layout)
        self._companies.setVisible(bool(companies))
        none.setVisible(not companies)
        self.show_body(body)
        save = t("console.storage.save_destination" if one else "console.storage.add_destination_it")
        self._save = button(save, "storage_destination.save", self._submit, look="primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "storage_destination.cancel", self.close)
        self.show_foot(row(None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))
        self._choice.entered.connect(self._submit)
        self._choice.changed.connect(lambda: QTimer.singleShot(0, self, self.fit))
        if one is None:
            self._look()
        else:
            self._name.edit.setText(one.name)
            self._name.edit.selectAll()
            self._name.setFocus()
            where.show_facts([(t("console.storage.account_one"), account.name), (t("console.storage.at"), one.place)])
            self._companies.show_value(one.companies)

    def _look(self) -> None:
        """Ask the service what there is."""
        self._choice.show_places([], self._account.kind)
        self._note.say(t("console.storage.looking"))
        self._choice.list_focus.setFocus()
        client, account = self._desk.client, self._account.id
        self._desk.run(self, lambda: client.test_storage_account(account), self._found, self._not_found, slow=True)

    def _found(self, tried: Tried) -> None:
        good = tried.result is TestResult.OK or tried.place is not None  # that is about another one
        self._note.turn("waiting", "triangle-alert")
        self._note.say("" if good else advice_for(tried.result, self._account.kind))
        self._choice.show_places(tried.places, self._account.kind)
        self._choice.list_focus.setFocus()
        self.fit()

    def _not_found(self, error: Exception) -> None:
        self._note.turn("waiting", "triangle-alert")
        self._note.say(shown(error).text)
        self.fit()

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        self._banner.say("")
        work = self._work()
        self.fit()
        if work is not None:
            self._save.setEnabled(False)
            self._desk.run(self, work, self._done, self._failed, slow=self._one is None)

    def _work(self) -> Callable[[], StorageAccount] | None:
        """Return what is to be done; nothing where something is missing, which is said at its field."""
        client, account, companies = self._desk.client, self._account.id, self._companies.value() or []
        if (one := self._one) is not None:
            try:
                form = EditDestination.model_validate({"name": self._name.text, "companies": companies})
            except ValidationError as error:
                self._name.accuse(faults(error).get("name", ""))
                return None
            return lambda: client.edit_destination(account, one.id, form)
        if not self._choice.check():
            return None
        new = self._choice.new
        made = NewDestination(name=self._choice.called, place=self._choice.place, companies=companies)
        return lambda: self._make(client, account, new, made)

    def _make(self, client: Client, account: str, new: str, form: NewDestination) -> StorageAccount:
        if new and new != self._made:
            client.make_place(account, NewPlace(name=new))
            self._made = new
        return client.add_destination(account, form)

    def _done(self, account: StorageAccount) -> None:
        self.close()
        self.saved.emit(account)

    def _failed(self, error: Exception) -> None:
        self._save.setEnabled(True)
        words = shown(error).text
        result = error.members.get("result") if isinstance(error, Problem) else None
        if result in set(TestResult):
            self._choice.accuse_place(advice_for(TestResult(result), self._account.kind))
        elif isinstance(error, Problem) and error.code == "name_taken":
            self._name.accuse(words) if self._one else self._choice.accuse_name(words)
        elif (told := shown(error).fields.get("name")) is not None:
            self._name.accuse(told) if self._one else self._choice.accuse_name(told)
        elif (told := shown(error).fields.get("place")) is not None and self._one is None:
            self._choice.accuse_place(told)
        else:
            self._banner.say(words)
        self.fit()
