"""Storage: the accounts at storage services, how much lies there, and since when that is known."""

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QStackedWidget, QWidget
from typing_extensions import override

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.rights import may, sees_all
from desktop.core.sizes import size, used
from desktop.core.storage import engine_missing
from desktop.core.stored import everything
from desktop.core.words import n, t
from desktop.dialogs.storage_add import AddStorage
from desktop.models.table import State, TableModel
from desktop.pages.listing import Listing, head
from desktop.pages.page import Page
from desktop.pages.storage_account import AccountView
from desktop.widgets.beat import Beat
from desktop.widgets.button import button, relook
from desktop.widgets.engine import offer_with_engine
from desktop.widgets.face import Face
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.search import Search
from desktop.widgets.storage_columns import address_of, columns, kind_in_words, sought
from desktop.widgets.table import Table
from desktop.widgets.text import Elided
from server.contract import message
from server.contract.health import Health
from server.contract.permission import Permission
from server.contract.storage import StorageAccount
from server.contract.topic import Topic

LOOK_EVERY_MS = 2000
"""How often it is read again while something is measured, should no event come."""


class StoragePage(Page):
    """The list, or in its place one account with all that belongs to it."""

    name = "storage"
    icon = "hard-drive"
    topics = frozenset({Topic.STORAGE, Topic.COMPANIES})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        me = desk.session.me
        self._edits = may(me, Permission.STORAGE_EDIT) and sees_all(me)
        self._chosen: StorageAccount | None = None
        self._wanted = ""
        self._all: list[StorageAccount] = []
        self._model: TableModel[StorageAccount] = TableModel(desk, columns(), self._load, lambda one: one.id, self)
        self._table = Table(self._model, "storage.table", least=140)
        self._table.setAccessibleName(t("console.storage.title"))
        self._facts = Elided("", "muted", snug=True, name="storage.facts")
        self._search = Search(t("console.storage.search"), "storage.search", in_head=True)
        self._add = button(t("console.storage.add"), "storage.add", self._add_account, look="primary", icon="plus")
        self._engine = Banner("waiting", "triangle-alert", "storage.engine")
        self._empty = Face("hard-drive", t("console.storage.empty"), self._empty_text(), "storage.empty")
        self._empty.offer(t("console.storage.add"), "storage.empty.add", self._add_account)
        self._faces = Listing(self._model, self._table, self._empty, "storage", bar=self._bar())
        top = head(t("console.storage.title"), self._facts, self._search, self._add)
        self._list = QWidget()
        layout = column(top, self._engine, gap=12, margins=(24, 24, 24, 24))
        layout.addWidget(self._faces.card(), 1)
        self._list.setLayout(layout)
        self._add.setVisible(self._edits)
        self._account = AccountView(desk)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._list)
        self._stack.addWidget(self._account)
        self.setLayout(column(self._stack))
        self.setFocusProxy(self._table)
        self._join()

    @override
    def reload(self) -> None:
        """Read accounts again, the one that is open too, and whether there is an engine."""
        client = self.desk.client.in_background()
        self.desk.run(self, client.health, self._take_health, lambda _: None)
        if self._stack.currentWidget() is self._account:
            self._account.reload()
        self._faces.renew(self._ask)

    @override
    def begin(self, what: str) -> None:
        """Add an account, or open the one with this id."""
        if what != "add":
            self._open(what)
        elif self._edits:
            self._back()
            self._add_account()

    @override
    def begin_anew(self) -> None:
        self._back()

    def _join(self) -> None:
        self._search.asked.connect(self._ask)
        self._table.selected.connect(self._select)
        self._table.activated.connect(lambda _: self._open_chosen())
        self._account.closed.connect(self._back)
        self._account.changed.connect(self._model.reload)
        self.shortcut(QKeySequence.StandardKey.Find, self._search.setFocus, self._search)
        if self._edits:
            self.shortcut(QKeySequence.StandardKey.New, self._add_account, self._add)
        self._model.state_changed.connect(self._turn)
        self._model.loaded.connect(self._loaded)
        Beat(self, LOOK_EVERY_MS, self._look)

    def _bar(self) -> QWidget:
        self._name = Elided("", "strong", name="storage.selected")
        self._where = Elided("", "small-muted", name="storage.selected.where")
        self._measure = button(t("console.storage.measure"), "storage.measure", self._measure_now, icon="refresh-cw")
        self._stop = button(t("console.storage.stop"), "storage.stop", self._stop_measuring, icon="x")
        opened = button(t("console.storage.open"), "storage.open", self._open_chosen, icon="arrow-right")
        layout = row(gap=8, margins=(16, 8, 12, 8))
        layout.addLayout(column(self._name, self._where), 1)
        for each in (self._measure, self._stop, opened):
            layout.addWidget(each)
        self._selection = box("bar", layout, "storage.bar")
        self._selection.hide()
        return self._selection

    def _empty_text(self) -> str:
        return t("console.storage.empty_text" if self._edits else "console.storage.empty_text_read")

    def _load(self, client: Client, query: dict[str, str]) -> message.Page[StorageAccount]:
        """Read all of them; the search is this console's. Not on the GUI thread."""
        self._all = found = everything(client)
        return message.Page[StorageAccount](items=sought(found, query.get("q", "")), total=len(found))

    def _ask(self) -> None:
        text = self._search.text().strip()
        self._model.ask_for({"q": text} if text else {})

    def _look(self) -> None:
        """Follow a measurement."""
        if any(each.measuring is not None for each in self._all):
            self._model.reload()

    def _take_health(self, health: Health) -> None:
        missing = engine_missing(health)
        self._engine.say(t("console.storage.no_engine") if missing else "")
        offer_with_engine(self._measure, missing=missing)
        self._account.show_engine(missing=missing)

    def _turn(self) -> None:
        searching = bool(self._search.text().strip())
        if searching:
            self._empty.say(t("console.storage.none_found"), t("console.storage.none_found_text"))
        else:
            self._empty.say(t("console.storage.empty"), self._empty_text())
        first = self._model.state is State.EMPTY and not searching and self._edits
        self._empty.show_offer(on=first)
        relook(self._add, "" if first else "primary")  # one primary button at a time

    def _loaded(self) -> None:
        measured = [each.bytes for each in self._all if each.bytes is not None]
        parts = [n("console.storage.count", len(self._all))]
        if measured:
            parts.append(t("console.storage.total", size=size(sum(measured))))
        self._facts.setText(" · ".join(parts))
        if self._wanted and self._model.row_of(self._wanted) >= 0:
            self._table.select(self._wanted)
            self._wanted = ""
        self._select(self._table.key())

    def _select(self, key: str) -> None:
        account = self._model.item(self._model.row_of(key)) if key else None
        self._chosen = account
        self._selection.setVisible(account is not None)
        if account is not None:
            measuring = account.measuring is not None
            self._name.setText(account.name)
            parts = (kind_in_words(account), address_of(account), used(account.bytes, account.objects))
            self._where.setText(" · ".join(filter(None, parts)))
            self._measure.setVisible(self._edits and not measuring and bool(account.destinations))
            self._stop.setVisible(self._edits and measuring)

    def _measure_now(self) -> None:
        if (account := self._chosen) is not None:
            client = self.desk.client
            self.desk.run(self, lambda: client.measure_storage(account.id), lambda _: self._model.reload())

    def _stop_measuring(self) -> None:
        if (account := self._chosen) is not None:
            client = self.desk.client
            self.desk.run(self, lambda: client.stop_measuring(account.id), lambda _: self._model.reload())

    def _open_chosen(self) -> None:
        if self._chosen is not None:
            self._open(self._chosen.id)

    def _open(self, account: str) -> None:
        known = self._model.item(self._model.row_of(account))
        self._account.show_account(account, known)
        self._stack.setCurrentWidget(self._account)
        self._account.setFocus()

    def _back(self) -> None:
        if self._stack.currentWidget() is self._account:
            self._stack.setCurrentWidget(self._list)
            self._model.reload()
            self._table.setFocus()

    def _add_account(self) -> None:
        wizard = AddStorage(self, self.desk)
        wizard.added.connect(self._added)
        wizard.open()

    def _added(self, account: StorageAccount) -> None:
        self.desk.said.emit(t("console.storage.added", name=account.name), "good")
        self._wanted = account.id
        self.reload()
        self._open(account.id)
