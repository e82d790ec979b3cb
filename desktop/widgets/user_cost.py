"""How much a user's data is, and since when that is known; it can be measured anew."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.rights import may, sees_all
from desktop.core.storage import engine_missing
from desktop.core.stored import everything
from desktop.core.words import t
from desktop.widgets.beat import Beat
from desktop.widgets.button import button
from desktop.widgets.engine import offer_with_engine
from desktop.widgets.icon import Icon
from desktop.widgets.layout import row
from desktop.widgets.text import Text
from desktop.widgets.user_columns import measured_in_words
from server.contract.health import Health
from server.contract.permission import Permission
from server.contract.storage import StorageAccount
from server.contract.user import User

LOOK_EVERY_MS = 1500


class UserCost(QFrame):
    """`measured` says that another number is known now."""

    measured = Signal()

    def __init__(self, desk: Desk, user: User, name: str) -> None:
        super().__init__()
        self.setProperty("look", "well")
        self._desk, self._user = desk, user
        self._account: StorageAccount | None = None
        self._measuring = False
        self._much = Text(measured_in_words(user), wrap=True, name=f"{name}.much")
        self.measure = button(t("console.storage.measure"), f"{name}.measure", self._measure, small=True)
        """May be put where it is always seen."""
        self.measure.hide()
        layout = row(Icon("hard-drive", "muted", 16), self._much, self.measure, gap=8, margins=(12, 6, 8, 6))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        me = desk.session.me
        if user.destination is not None and may(me, Permission.STORAGE_EDIT) and sees_all(me):
            client, wanted = desk.client.in_background(), user.destination
            desk.run(self, lambda: _account_of(client, wanted), self._offer, lambda _: None)
            desk.run(self, client.health, self._take_health, lambda _: None)
        Beat(self, LOOK_EVERY_MS, self._look)

    def _offer(self, account: StorageAccount | None) -> None:
        self._account = account
        self.measure.setVisible(account is not None)

    def _take_health(self, health: Health) -> None:
        offer_with_engine(self.measure, missing=engine_missing(health))

    def _measure(self) -> None:
        if (account := self._account) is None:
            return
        self.measure.setEnabled(False)
        client = self._desk.client
        self._desk.run(self, lambda: client.measure_storage(account.id), lambda _: self._begun(), self._failed)

    def _begun(self) -> None:
        self._measuring = True
        self._much.setText(t("console.delete_user.measuring"))

    def _failed(self, error: Exception) -> None:
        self._end()
        self._much.setText(shown(error).text)

    def _look(self) -> None:
        """Follow the measurement until this user's part of it is known, or it is over without."""
        if not self._measuring or (account := self._account) is None:
            return
        client, user = self._desk.client.in_background(), self._user.id

        def read() -> tuple[User, bool]:
            going = client.storage_account(account.id).measuring is not None
            return client.user(user), going

        self._desk.run(self, read, lambda found: self._take(*found), self._failed)

    def _take(self, user: User, going: bool) -> None:  # noqa: FBT001 - a pair's second
        if not self._measuring or (going and user.measured_at == self._user.measured_at):
            return
        self._user = user
        self._end()
        self.measured.emit()

    def _end(self) -> None:
        self._measuring = False
        self.measure.setEnabled(True)
        self._much.setText(measured_in_words(self._user))


def _account_of(client: Client, destination: str) -> StorageAccount | None:
    accounts = everything(client)
    return next((each for each in accounts if any(one.id == destination for one in each.destinations)), None)
