"""One storage account: its destinations, how much lies there over time, how it is reached, and what can be done."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.rights import may, sees_all
from desktop.core.sizes import used
from desktop.core.stored import Found, read
from desktop.core.words import t
from desktop.dialogs.storage_browse import BrowseStorage
from desktop.dialogs.storage_credentials import ChangeCredentials
from desktop.dialogs.storage_delete import DeleteStorage
from desktop.dialogs.storage_destination import DestinationForm
from desktop.dialogs.storage_remove import RemoveDestination
from desktop.dialogs.storage_rename import RenameStorage
from desktop.models.table import State
from desktop.pages.page import Faces
from desktop.style.theme import theme
from desktop.widgets.beat import Beat
from desktop.widgets.button import button, relook
from desktop.widgets.connection_card import ConnectionCard
from desktop.widgets.destinations_card import DestinationsCard
from desktop.widgets.engine import offer_with_engine
from desktop.widgets.layout import column, row, tab_through
from desktop.widgets.measuring_bar import MeasuringBar
from desktop.widgets.notice import Banner
from desktop.widgets.scrolled import scrolled
from desktop.widgets.storage_columns import kind_in_words
from desktop.widgets.text import Elided
from desktop.widgets.usage_card import UsageCard
from server.contract.company import Company
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.request import Request
from server.contract.storage import Destination, StorageAccount, Tried

NARROW = 640
"""Pixels below which what belongs to a destination stands under it."""
LOOK_EVERY_MS = 1500
GONE = 404


class AccountView(QWidget):
    """Stands in the list's place; Esc leads back to it."""

    closed = Signal()
    changed = Signal()
    """Something about the account is different, which the list shows too."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.setObjectName("storage_account")
        self._id = ""
        self._account: StorageAccount | None = None
        self._companies: list[Company] = []
        self._pending: Request | None = None
        self._engine_missing = self._reading = self._narrow = False
        me = desk.session.me
        self._edits = may(me, Permission.STORAGE_EDIT) and sees_all(me)
        self._deletes = may(me, Permission.STORAGE_DELETE) and sees_all(me)
        self._back = button("", "storage_account.back", self.closed.emit, look="link", icon="chevron-left")
        self._back.setAccessibleName(t("console.storage.back"))
        self._back.setToolTip(t("console.storage.back"))
        self._title = Elided("", "title", name="storage_account.title")
        self._title.setMinimumHeight(theme().px(28))
        self._facts = Elided("", "muted", name="storage_account.facts")
        self._browse = button(t("console.storage.browse"), "storage_account.browse", self._ask_browse, icon="folder")
        self._measure = button(
            t("console.storage.measure"), "storage_account.measure", self._measure_now, icon="refresh-cw"
        )
        self._engine = Banner("waiting", "triangle-alert", "storage_account.engine")
        self._notice = Banner("waiting", "shield-check", "storage_account.pending")
        self._show_request = button(t("console.overview.show"), "storage_account.show", self._show_pending, small=True)
        self._notice.offer(self._show_request)
        self._progress = MeasuringBar(self._stop_measuring)
        self._add = button(
            t("console.storage.add_destination"), "storage_account.add", self._ask_destination, small=True, icon="plus"
        )
        self._destinations = DestinationsCard(self._add, edits=self._edits)
        self._destinations.browse_asked.connect(self._ask_browse)
        self._destinations.edit_asked.connect(self._ask_destination)
        self._destinations.remove_asked.connect(self._remove_destination)
        self._usage = UsageCard()
        self._connection = ConnectionCard(self._test_now, self._change_credentials, self._ask_name, self._ask_delete)
        parts = (self._engine, self._notice, self._progress, self._destinations, self._usage, self._connection)
        self._scroll = scrolled(column(*parts, None, gap=16, margins=(24, 0, 24, 24)))
        self._faces = Faces(self._scroll, None, self.reload, "storage_account.faces")
        words = column(self._title, self._facts)
        head = row(self._back, gap=8)
        head.setAlignment(self._back, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        head.addSpacing(theme().px(4))
        head.addLayout(row(self._browse, self._measure, gap=8))
        layout = column(column(head, margins=(12, 24, 24, 12)))
        layout.addWidget(self._faces, 1)
        self.setLayout(layout)
        self.setFocusProxy(self._back)
        Beat(self, LOOK_EVERY_MS, self._look)
        desk.approvals.changed.connect(self._show)

    def show_account(self, account: str, known: StorageAccount | None) -> None:
        """Show this one, at once as far as it is `known`, and read the rest."""
        self._connection.tested.say("")  # it told of another day
        if account != self._id:
            self._id, self._account = account, None
            self._scroll.verticalScrollBar().setValue(0)
            self._usage.forget()
            self._faces.turn(State.LOADING)
        if known is not None:
            self._account = known
            self._show()
            self._faces.turn(State.CONTENT)
        self.reload()

    def show_engine(self, *, missing: bool) -> None:
        """Offer nothing that needs the engine where there is none."""
        changed, self._engine_missing = missing is not self._engine_missing, missing
        offer_with_engine(self._browse, self._measure, self._connection.test, missing=missing)
        self._engine.say(t("console.storage.no_engine") if missing else "")
        if changed:
            self._show()

    def reload(self) -> None:
        """Read the account, its usage and the names of companies again."""
        if not self._id or self._reading:
            return
        self._reading = True
        client, account = self.desk.client.in_background(), self._id
        self.desk.run(self, lambda: read(client, account), self._take, self._failed)

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        if (narrow := self.width() < theme().px(NARROW)) != self._narrow:
            self._narrow = narrow
            self._show()

    def _take(self, found: Found) -> None:
        self._reading = False
        account, usages, companies = found
        if account.id != self._id:
            self.reload()
            return
        before, self._account, self._companies = self._account, account, companies
        if before is not None and before.settings != account.settings:
            self._connection.tested.say("")
        self._usage.show_usage(usages.items)
        self._show()
        self._faces.turn(State.CONTENT)
        if before is not None and before != account:
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._reading = False
        if isinstance(error, Problem) and error.status == GONE:
            self.closed.emit()
        elif self._account is None:
            self._faces.turn(State.FAILED, error)
        else:
            self.desk.tell(error)

    def _look(self) -> None:
        if self._account is not None and self._account.measuring is not None:
            self.reload()

    def _show(self) -> None:
        if (account := self._account) is None:
            return
        self._title.setText(account.name)
        parts = (kind_in_words(account), used(account.bytes, account.objects))
        self._facts.setText(" · ".join(filter(None, parts)))
        self._usage.show_now(account.bytes)
        waiting = (each for each in self.desk.approvals.pending if each.action.startswith("storage_account."))
        before = self._pending
        self._pending = next((each for each in waiting if any(thing.id == account.id for thing in each.target)), None)
        if before is not None and self._pending is None:
            self._connection.tested.say("")  # it may have changed the secrets, which nobody is told
        self._notice.say(t("console.storage.waits") if self._pending is not None else "")
        self._progress.show_progress(account.measuring, stops=self._edits)
        self._show_destinations(account)
        self._connection.show_account(account)
        self._offer(account)

    def _show_destinations(self, account: StorageAccount) -> None:
        names = {each.id: each.name for each in self._companies}
        engine, roomy = not self._engine_missing, not self._narrow
        if self._destinations.show_destinations(account, names, engine=engine, roomy=roomy):
            above = [self._browse, self._measure, self._show_request, self._progress.stop, self._add]
            tab_through(self._back, [*above, *self._destinations.stops(), *self._connection.buttons])

    def _offer(self, account: StorageAccount) -> None:
        """Offer what the account's state and one's rights leave to be done."""
        free = self._pending is None
        self._add.setVisible(self._edits)
        relook(self._add, "primary" if not account.destinations else "")
        self._measure.setVisible(self._edits and account.measuring is None and bool(account.destinations))
        self._connection.offer(edits=self._edits, changes=self._edits and free, deletes=self._deletes and free)

    def _show_pending(self) -> None:
        if self._pending is not None:
            self.desk.asked.emit(self._pending)

    def _measure_now(self) -> None:
        client, account = self.desk.client, self._id
        self._measure.setEnabled(False)
        self.desk.run(self, lambda: client.measure_storage(account), self._began, self._not_begun)

    def _began(self, account: StorageAccount) -> None:
        self.show_engine(missing=self._engine_missing)
        self._account = account
        self._show()
        self.changed.emit()

    def _not_begun(self, error: Exception) -> None:
        self.show_engine(missing=self._engine_missing)
        self.desk.tell(error)

    def _stop_measuring(self) -> None:
        client, account = self.desk.client, self._id
        self.desk.run(self, lambda: client.stop_measuring(account), lambda _: self._reread())

    def _test_now(self) -> None:
        client, account = self.desk.client, self._id
        self._connection.say_testing()
        self.desk.run(
            self,
            lambda: client.test_storage_account(account),
            lambda tried: self._tried(account, tried),
            lambda error: self._not_tried(account, error),
            slow=True,
        )

    def _tried(self, tested: str, tried: Tried) -> None:
        self.show_engine(missing=self._engine_missing)
        if (account := self._account) is not None and account.id == tested:
            self._connection.say_tested(tried, account.kind)
            QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self._connection.tested))

    def _not_tried(self, tested: str, error: Exception) -> None:
        self.show_engine(missing=self._engine_missing)
        if tested == self._id:
            self._connection.say_not_tested(shown(error).text)

    def _reread(self) -> None:
        self.reload()
        self.changed.emit()

    def _ask_browse(self, one: Destination | None = None) -> None:
        if self._account is not None:
            BrowseStorage(self, self.desk, self._account, one.place if one else "").open()

    def _ask_destination(self, one: Destination | None = None) -> None:
        if self._account is not None:
            form = DestinationForm(self, self.desk, self._account, self._companies, one)
            form.saved.connect(lambda _: self._reread())
            form.open()

    def _remove_destination(self, one: Destination) -> None:
        if self._account is not None:
            dialog = RemoveDestination(self, self.desk, self._account, one)
            dialog.removed.connect(self._reread)
            dialog.open()

    def _ask_name(self) -> None:
        if self._account is not None:
            form = RenameStorage(self, self.desk, self._account)
            form.saved.connect(lambda _: self._reread())
            form.open()

    def _change_credentials(self) -> None:
        if self._account is not None:
            form = ChangeCredentials(self, self.desk, self._account)
            form.executed.connect(lambda _: self._changed_credentials())
            form.open()

    def _changed_credentials(self) -> None:
        self._connection.tested.say("")
        self.desk.said.emit(t("console.storage.credentials_changed"), "good")
        self._reread()

    def _ask_delete(self) -> None:
        if (account := self._account) is not None:
            form = DeleteStorage(self, self.desk, account)
            form.executed.connect(lambda _: self._deleted(account.name))
            form.open()

    def _deleted(self, name: str) -> None:
        self.desk.said.emit(t("console.storage.deleted", name=name), "good")
        self.closed.emit()
