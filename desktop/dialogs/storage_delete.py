"""Asking for the deletion of a storage account: what will happen, in the server's words, before anything does."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.sizes import used
from desktop.core.words import t
from desktop.dialogs.protected import Protected
from desktop.widgets.storage_columns import kind_in_words
from desktop.widgets.text import short
from server.contract.storage import StorageAccount

ACTION = "storage_account.delete"


class DeleteStorage(Protected):
    """Its default button changes nothing."""

    def __init__(self, parent: QWidget, desk: Desk, account: StorageAccount) -> None:
        self._account = account
        super().__init__(
            parent,
            desk,
            ACTION,
            "storage_delete",
            title=t("console.storage.delete_title"),
            object_name=account.name,
            facts=" · ".join(filter(None, (kind_in_words(account), used(account.bytes, account.objects)))),
            go=t("console.storage.delete_it", name=short(account.name)),
            icon="trash-2",
        )

    @override
    def parameters(self) -> dict[str, Any]:
        return {"storage_account": self._account.id}
