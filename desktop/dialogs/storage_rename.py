"""Giving a storage account another name."""

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
from server.contract.problem import Problem
from server.contract.storage import EditStorageAccount, StorageAccount

NAME_TAKEN = "name_taken"


class RenameStorage(Dialog):
    """One field: the name."""

    saved = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, account: StorageAccount) -> None:
        super().__init__(parent, t("console.storage.rename_title", name=account.name), "storage_rename", 440)
        self._desk, self._account = desk, account
        self._field = Field(t("console.storage.account_name"), "storage_rename.name")
        self._field.edit.setMaxLength(120)
        self._field.edit.setText(account.name)
        self._field.edit.selectAll()
        self._banner = Banner("bad", "triangle-alert", "storage_rename.banner")
        body = QWidget()
        body.setLayout(column(self._banner, self._field, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        self._save = button(t("console.storage.rename_it"), "storage_rename.save", self._submit, look="primary")
        self._save.setDefault(True)
        cancel = button(t("console.cancel"), "storage_rename.cancel", self.close)
        self.show_foot(row(None, cancel, self._save, gap=8, margins=(24, 16, 24, 16)))
        self._field.setFocus()

    def _submit(self) -> None:
        if not self._save.isEnabled():
            return
        try:
            form = EditStorageAccount.model_validate({"name": self._field.text})
        except ValidationError as error:
            accuse({"name": self._field}, faults(error))
            self.fit()
            return
        self._banner.say("")
        self._field.accuse("")
        self._save.setEnabled(False)
        client, account = self._desk.client, self._account.id
        self._desk.run(self, lambda: client.edit_storage_account(account, form), self._done, self._failed)

    def _done(self, account: StorageAccount) -> None:
        self.close()
        self.saved.emit(account)

    def _failed(self, error: Exception) -> None:
        self._save.setEnabled(True)
        what = shown(error)
        if isinstance(error, Problem) and error.code == NAME_TAKEN:
            accuse({"name": self._field}, {"name": what.text})
        elif not accuse({"name": self._field}, what.fields):
            self._banner.say(what.text)
        self.fit()
