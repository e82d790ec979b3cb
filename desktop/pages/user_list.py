"""The list of users: find, add, edit, ask for their deletion, and see what becomes of it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from typing_extensions import override

from desktop.core.client import Client
from desktop.core.companies import all_companies
from desktop.core.deletions import AnyDeletion
from desktop.core.desk import Desk
from desktop.core.places import all_places
from desktop.core.words import n, t
from desktop.dialogs.delete_now import ACTION as DELETE_NOW
from desktop.dialogs.delete_user import ACTION, DeleteUser
from desktop.dialogs.deletion_steps import DeletionSteps
from desktop.dialogs.export_users import ask_for_file
from desktop.dialogs.user_form import UserForm
from desktop.models.table import State, TableModel
from desktop.pages.listing import Listing
from desktop.pages.page import Page
from desktop.widgets.beat import Beat
from desktop.widgets.button import button, relook
from desktop.widgets.face import Face
from desktop.widgets.layout import column
from desktop.widgets.search import Search
from desktop.widgets.table import Table
from desktop.widgets.user_bar import UserBar
from desktop.widgets.user_columns import columns
from desktop.widgets.user_filters import UserFilters
from server.contract import message
from server.contract.company import Company
from server.contract.deletion import DeletionMode
from server.contract.topic import Topic
from server.contract.user import User, UserStatus

TICK_MS = 5000
"""How often the clocks of held users are looked at; they show minutes."""


class UserList(Page):
    """A table that the server searches, filters, sorts and pages; `tools` and `filters` stand above it."""

    name = "users.list"
    icon = "users"
    topics = frozenset({Topic.USERS, Topic.COMPANIES, Topic.STORAGE})

    told = Signal(str)
    """How many there are, in words."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._companies = 0
        self._stale_choices = {Topic.COMPANIES, Topic.STORAGE}
        self._sort, self._order = "created_at", Qt.SortOrder.DescendingOrder
        self._chosen: User | None = None
        self._wanted = ""
        self._waiting: set[tuple[str, str]] = set()
        self._model: TableModel[User] = TableModel(desk, columns(self._pends), _load, lambda user: user.id, self)
        self.table = Table(self._model, "users.table", least=140)
        self.table.keep_rows(2)
        self.table.setAccessibleName(t("console.users.title"))
        self.table.sortable(self._sort, self._order)
        self._search = Search(t("console.users.search"), "users.search", in_head=True)
        self._export = button(t("console.users.export"), "users.export", self._choose_file, icon="download")
        self._add = button(t("console.users.add"), "users.add", self._add_user, look="primary", icon="plus")
        self.tools = (self._search, self._export, self._add)
        self.filters = UserFilters()
        self._empty = Face("users", t("console.users.empty"), t("console.users.empty_text"), "users.empty")
        self._empty.offer(t("console.users.add"), "users.empty.add", self._add_user)
        self._bar = UserBar()
        self._steps = DeletionSteps(self, desk)
        self._faces = Listing(self._model, self.table, self._empty, "users", bar=self._bar)
        self.setLayout(column(self._faces.card()))
        self.setFocusProxy(self.table)
        self._join()

    @override
    def reload(self) -> None:
        """Read what is shown again, and what can be filtered by."""
        self._faces.renew(self._ask)
        self._read_choices()

    def show_user(self, user: User) -> None:
        """Find this one and select it."""
        self.filters.clear()
        self._search.setText(user.username)
        self._wanted = user.id
        self._ask()

    def show_company(self, company: Company) -> None:
        """Show the users of this one."""
        self._search.clear()
        self.filters.show_company(company)
        self._ask()

    @override
    def begin(self, what: str) -> None:
        """Add a user."""
        if what == "add":
            self._add_user()

    def _read_choices(self) -> None:
        """Read what can be filtered by, where that may be different: a deletion that runs changes none of it."""
        client, stale = self.desk.client.in_background(), self._stale_choices
        self._stale_choices = set()
        if Topic.COMPANIES in stale:
            self.desk.run(self, lambda: all_companies(client), self._offer_companies, lambda _: None)
        if Topic.STORAGE in stale:
            self.desk.run(self, lambda: all_places(client), self.filters.offer_places, lambda _: None)

    def _forget(self, topic: Topic) -> None:
        self._stale_choices.add(topic)
        if self.isVisible():
            self._read_choices()

    def _join(self) -> None:
        for topic in (Topic.COMPANIES, Topic.STORAGE):
            self.desk.live.watch(self, {topic}, partial(self._forget, topic))
        self._search.asked.connect(self._ask)
        self.filters.picked.connect(self._ask)
        self.table.selected.connect(self._select)
        self.table.sorted_by.connect(self._sort_by)
        self.table.doubleClicked.connect(lambda _: self._edit())
        self.shortcut(QKeySequence.StandardKey.Find, self._search.setFocus, self._search)
        self.shortcut(QKeySequence.StandardKey.New, self._add_user, self._add)
        self.shortcut("Ctrl+E", self._edit, self._bar.edit)
        self.shortcut("Ctrl+Del", self._delete, self._bar.delete)
        self._bar.edit_asked.connect(self._edit)
        self._bar.delete_asked.connect(self._delete)
        self._bar.request_asked.connect(self.desk.asked)
        self._steps.serve(self._bar, self._on_its_way)
        self._steps.changed.connect(self.reload)
        self._steps.request_asked.connect(lambda request: self.wanted.emit(f"approvals#{request}"))
        self._model.state_changed.connect(self._turn)
        self._model.loaded.connect(self._loaded)
        self.desk.approvals.changed.connect(self._show_pending)
        Beat(self, TICK_MS, self._tick)

    def _pends(self, user: User) -> bool:
        return self.desk.approvals.waiting_for(ACTION, user.id) is not None

    @property
    def _query(self) -> dict[str, str]:
        text = self._search.text().strip()
        return {**({"q": text} if text else {}), **self.filters.query}

    def _ask(self) -> None:
        order = "asc" if self._order is Qt.SortOrder.AscendingOrder else "desc"
        self._model.ask_for({"sort": self._sort, "order": order, **self._query})

    def _sort_by(self, sort: str, order: Qt.SortOrder) -> None:
        self._sort, self._order = sort, order
        self._ask()

    def _offer_companies(self, companies: Sequence[Company]) -> None:
        self.filters.offer_companies(companies)
        if len(companies) != self._companies:
            self._companies = len(companies)
            self._loaded()

    def _turn(self) -> None:
        narrowed = bool(self._query)
        if self.filters.query:
            self._empty.say(t("console.users.none_found"), t("console.users.none_filtered"))
        elif narrowed:
            self._empty.say(t("console.users.none_found"), t("console.users.none_found_text"))
        else:
            self._empty.say(t("console.users.empty"), t("console.users.empty_text"))
        first = self._model.state is State.EMPTY and not narrowed
        self._empty.show_offer(on=first)
        self._export.setEnabled(self._model.state is State.CONTENT)
        relook(self._add, "" if first else "primary")  # one primary button at a time

    def _loaded(self) -> None:
        total = self._model.total
        parts = [] if total is None else [n("console.users.count", total)]
        if self._companies and not self._query:
            parts.append(n("console.users.companies", self._companies))
        self.told.emit(" · ".join(parts))
        if self._wanted and self._model.row_of(self._wanted) >= 0:
            self.table.select(self._wanted)
            self.table.setFocus()
            self._wanted = ""
        self._select(self.table.key())

    def _show_pending(self) -> None:
        asked = [each for each in self.desk.approvals.pending if each.action in (ACTION, DELETE_NOW)]
        waiting = {(each.action, thing.id) for each in asked for thing in each.target}
        if waiting != self._waiting:
            self._waiting = waiting
            self._model.repaint()
            self._select(self.table.key())

    def _tick(self) -> None:
        self.table.tick(lambda user: user.status is UserStatus.HELD)
        self._bar.tick()

    def _select(self, key: str) -> None:
        self._chosen = user = self._model.item(self._model.row_of(key)) if key else None
        waiting = self.desk.approvals.waiting_for
        pending, hastened = (waiting(each, user.id) if user else None for each in (ACTION, DELETE_NOW))
        self._bar.show_user(user, self.desk.session.me, pending, hastened)

    def _add_user(self) -> None:
        form = UserForm(self, self.desk)
        form.saved.connect(lambda user: self._saved(user, "console.users.added"))
        form.open()

    def _edit(self) -> None:
        if self._chosen is not None and not self._bar.edit.isHidden():
            form = UserForm(self, self.desk, self._chosen)
            form.saved.connect(lambda user: self._saved(user, "console.users.saved"))
            form.open()

    def _saved(self, user: User, key: str) -> None:
        self.desk.said.emit(t(key, name=user.name), "good")
        self.reload()

    def _delete(self) -> None:
        if self._chosen is not None and not self._bar.delete.isHidden():
            form, user = DeleteUser(self, self.desk, self._chosen), self._chosen
            form.executed.connect(lambda _: self._executed(user, form.mode))
            form.open()

    def _executed(self, user: User, mode: DeletionMode) -> None:
        """Nobody had to be asked; with data it is held now, or has begun."""
        gone = mode is DeletionMode.USER_ONLY
        self._saved(user, "console.users.deleted" if gone else "console.users.deletion_accepted")

    def _on_its_way(self) -> tuple[str, str, AnyDeletion] | None:
        user = self._chosen
        return (user.id, user.username, user.deletion) if user is not None and user.deletion is not None else None

    def _choose_file(self) -> None:
        ask_for_file(self, self.desk, self._query, self._export)


def _load(client: Client, query: dict[str, str]) -> message.Page[User]:
    return client.users(query)
