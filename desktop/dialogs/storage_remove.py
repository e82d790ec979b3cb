"""Asking once more before a destination is forgotten: companies lose it, what lies there stays."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.sizes import used
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text, short, title_for
from server.contract.message import Page
from server.contract.storage import Destination, StorageAccount
from server.contract.user import User


class RemoveDestination(Dialog):
    """Its default button changes nothing. Nothing is deleted at the service, so no phone is asked."""

    removed = Signal()

    def __init__(self, parent: QWidget, desk: Desk, account: StorageAccount, one: Destination) -> None:
        super().__init__(parent, t("console.storage.remove_title"), "storage_remove", 480)
        self._desk, self._account, self._one = desk, account, one
        tile = Tile("folder", "bad", ground="bad_ground")
        head = row(tile, gap=12)
        facts = " · ".join(filter(None, (account.name, one.place, used(one.bytes, one.objects))))
        names = column(
            Text(one.name, title_for(one.name), wrap=True, name="storage_remove.name"),
            Text(facts, "muted", wrap=True),
            gap=2,
        )
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._banner = Banner("bad", "triangle-alert", "storage_remove.banner")
        body = QWidget()
        text = Text(t("console.storage.remove_text"), wrap=True)
        body.setLayout(column(head, text, self._banner, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        words = t("console.storage.remove_it", name=short(one.name).removesuffix("…"))
        self._go = button(words, "storage_remove.submit", self._submit, look="danger", icon="trash-2")
        cancel = button(t("console.cancel"), "storage_remove.cancel", self.close)
        cancel.setDefault(True)
        cancel.setAutoDefault(True)
        self.show_foot(row(None, self._go, cancel, gap=8, margins=(24, 16, 24, 16)))
        cancel.setFocus()
        client, users = desk.client.in_background(), {"destination": one.id, "limit": "1"}
        desk.run(self, lambda: client.users(users), self._learn, lambda _: None)

    def _learn(self, users: Page[User]) -> None:
        """Say at once what the server refuses to forget."""
        if users.items:
            self._go.setEnabled(False)
            self._banner.say(n("console.storage.remove_used", users.total or len(users.items)))
            self.fit()

    def _submit(self) -> None:
        self._go.setEnabled(False)
        client, account, one = self._desk.client, self._account.id, self._one.id
        self._desk.run(self, lambda: client.remove_destination(account, one), lambda _: self._done(), self._failed)

    def _done(self) -> None:
        self.close()
        self.removed.emit()

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._banner.say(shown(error).text)
        self.fit()
