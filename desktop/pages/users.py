"""The managed backup users: find, add, edit, and ask for their deletion."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.words import n, t
from desktop.dialogs.delete_user import ACTION, DeleteUser
from desktop.dialogs.user_form import UserForm
from desktop.models.table import Column, State, TableModel
from desktop.pages.page import Faces, Page
from desktop.style.theme import theme
from desktop.widgets.button import button, relook, rename
from desktop.widgets.chip import Mark
from desktop.widgets.face import Face
from desktop.widgets.layout import box, column, row
from desktop.widgets.search import Search
from desktop.widgets.table import Table
from desktop.widgets.text import Elided, Text, plain_tip, short
from server.contract import message
from server.contract.topic import Topic
from server.contract.user import User, UserStatus


class UsersPage(Page):
    """A table that the server searches, sorts and pages; what can be done with the selected user is below it."""

    name = "users"
    icon = "users"
    topics = frozenset({Topic.USERS, Topic.COMPANIES})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._companies: int | None = None
        self._sort, self._order = "created_at", Qt.SortOrder.DescendingOrder
        self._chosen: User | None = None
        self._wanted = ""
        self._waiting: set[str] = set()
        self._model: TableModel[User] = TableModel(desk, self._columns(), _load, lambda user: user.id, self)
        self._table = Table(self._model, "users.table")
        self._table.setAccessibleName(t("console.users.title"))
        self._table.sortable(self._sort, self._order)
        self._facts = Text("", "muted", name="users.facts")
        self._search = Search(t("console.users.search"), "users.search")
        self._search.setMinimumWidth(theme().px(120))
        self._search.setMaximumWidth(theme().px(216))
        self._add = button(t("console.users.add"), "users.add", self._add_user, look="primary", icon="plus")
        empty = Face("users", t("console.users.empty"), t("console.users.empty_text"), "users.empty")
        self._none_found = t("console.users.none_found")
        self._empty = empty.offer(t("console.users.add"), "users.empty.add", self._add_user)
        content = QWidget()
        inside = column(self._table, self._bar())
        inside.setStretch(0, 1)
        content.setLayout(inside)
        self._faces = Faces(content, empty, self._model.retry, "users.faces")
        head = row(column(Text(t("console.users.title"), "title"), self._facts), None, self._search, self._add, gap=8)
        head.setStretch(2, 100)
        layout = column(head, 12, margins=(24, 24, 24, 24))
        layout.addWidget(box("card", column(self._faces, margins=(1, 1, 1, 1))), 1)
        self.setLayout(layout)
        self.setFocusProxy(self._table)
        self.setTabOrder(self._search, self._add)
        self.setTabOrder(self._add, self._table)
        self._join()

    @override
    def reload(self) -> None:
        """Read what is shown again."""
        if self._model.state is State.LOADING:
            self._ask()
        else:
            self._model.reload()
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: client.companies({"limit": "1"}).total, self._count_companies, lambda _: None)

    def show_user(self, user: User) -> None:
        """Find this one and select it."""
        self._search.setText(user.username)
        self._wanted = user.id
        self._ask()

    @override
    def begin(self, what: str) -> None:
        """Add a user, or show those of the company whose name was given."""
        if what == "add":
            self._add_user()
        else:
            self._search.setText(what)
            self._ask()

    def _join(self) -> None:
        self._search.asked.connect(self._ask)
        self._table.selected.connect(self._select)
        self._table.sorted_by.connect(self._sort_by)
        self._table.doubleClicked.connect(lambda _: self._edit())
        self.shortcut(QKeySequence.StandardKey.Find, self._search.setFocus, self._search)
        self.shortcut(QKeySequence.StandardKey.New, self._add_user, self._add)
        self.shortcut("Ctrl+E", self._edit, self._edit_button)
        self.shortcut("Ctrl+Del", self._delete, self._delete_button)
        self._model.state_changed.connect(self._turn)
        self._model.loaded.connect(self._loaded)
        self.desk.approvals.changed.connect(self._show_pending)

    def _bar(self) -> QWidget:
        self._name = Elided("", "strong", name="users.selected")
        self._mail = Elided("", "small-muted")
        self._edit_button = button(t("console.users.edit"), "users.edit", self._edit, icon="pencil")
        self._delete_button = button(
            t("console.users.delete", name=""), "users.delete", self._delete, look="danger", icon="trash-2"
        )
        self._show_button = button(
            t("console.users.show_request"), "users.show_request", self._show, icon="shield-check"
        )
        layout = row(gap=8, margins=(16, 8, 12, 8))
        layout.addLayout(column(self._name, self._mail), 1)
        for made in (self._edit_button, self._delete_button, self._show_button):
            layout.addWidget(made)
        self._selection = box("bar", layout, "users.bar")
        self._selection.hide()
        return self._selection

    def _columns(self) -> list[Column[User]]:
        return [
            Column(
                t("console.users.name"), lambda user: user.name, "name", 18, "strong", lambda user: plain_tip(user.name)
            ),
            Column(
                t("console.email"),
                lambda user: user.username,
                "username",
                26,
                "",
                lambda user: plain_tip(user.username),
            ),
            Column(
                t("console.users.company"),
                lambda user: user.company_name or "",
                "company",
                16,
                tip=lambda user: plain_tip(user.company_name or ""),
                folds=1,
            ),
            Column(t("console.users.status"), lambda user: self._mark(user).text, "status", 23, mark=self._mark),
            Column(
                t("console.users.created"),
                lambda user: moments.date(user.created_at),
                "created_at",
                15,
                "muted",
                lambda user: moments.utc(user.created_at),
                folds=2,
            ),
        ]

    def _mark(self, user: User) -> Mark:
        if self.desk.approvals.waiting_for(ACTION, user.id):
            return Mark(t("console.users.deletion_pending"), "waiting")
        if user.status is UserStatus.HELD:
            return Mark(t("console.users.held"), "waiting")
        return Mark(t("console.users.active"), "good")

    def _ask(self) -> None:
        order = "asc" if self._order is Qt.SortOrder.AscendingOrder else "desc"
        text = self._search.text().strip()
        self._model.ask_for({"sort": self._sort, "order": order, **({"q": text} if text else {})})

    def _sort_by(self, sort: str, order: Qt.SortOrder) -> None:
        self._sort, self._order = sort, order
        self._ask()

    def _turn(self) -> None:
        self._faces.turn(self._model.state, self._model.error)
        searching = bool(self._search.text().strip())
        if searching:
            self._empty.say(self._none_found, t("console.users.none_found_text"))
        else:
            self._empty.say(t("console.users.empty"), t("console.users.empty_text"))
        first = self._model.state is State.EMPTY and not searching
        self._empty.show_offer(on=first)
        relook(self._add, "" if first else "primary")  # one primary button at a time

    def _loaded(self) -> None:
        total = self._model.total
        parts = [] if total is None else [n("console.users.count", total)]
        if self._companies:
            parts.append(n("console.users.companies", self._companies))
        self._facts.setText(" ".join(parts))
        if self._wanted and self._model.row_of(self._wanted) >= 0:
            self._table.select(self._wanted)
            self._table.setFocus()
            self._wanted = ""
        self._select(self._table.key())

    def _count_companies(self, total: int | None) -> None:
        if total != self._companies:
            self._companies = total
            self._loaded()

    def _show_pending(self) -> None:
        waiting = {thing.id for each in self.desk.approvals.pending if each.action == ACTION for thing in each.target}
        if waiting == self._waiting:
            return
        self._waiting = waiting
        self._model.repaint()
        self._select(self._table.key())

    def _select(self, key: str) -> None:
        user = self._model.item(self._model.row_of(key)) if key else None
        self._chosen = user
        self._selection.setVisible(user is not None)
        if user is None:
            return
        permissions = self.desk.session.account.permissions if self.desk.session.account else []
        pending = self.desk.approvals.waiting_for(ACTION, user.id)
        self._name.setText(user.name)
        self._mail.setText(user.username)
        self._edit_button.setVisible("users.edit" in permissions and not pending)
        self._delete_button.setVisible("users.delete" in permissions and not pending)
        rename(self._delete_button, t("console.users.delete", name=short(user.name).removesuffix("…")))
        self._show_button.setVisible(pending is not None)

    def _add_user(self) -> None:
        form = UserForm(self, self.desk)
        form.saved.connect(lambda user: self._saved(user, "console.users.added"))
        form.open()

    def _edit(self) -> None:
        if self._chosen is not None and not self._edit_button.isHidden():
            form = UserForm(self, self.desk, self._chosen)
            form.saved.connect(lambda user: self._saved(user, "console.users.saved"))
            form.open()

    def _saved(self, user: User, key: str) -> None:
        self.desk.said.emit(t(key, name=user.name), "good")
        self.reload()

    def _delete(self) -> None:
        if self._chosen is not None and not self._delete_button.isHidden():
            form, user = DeleteUser(self, self.desk, self._chosen), self._chosen
            form.executed.connect(lambda _: self._saved(user, "console.users.deleted"))
            form.open()

    def _show(self) -> None:
        if self._chosen and (request := self.desk.approvals.waiting_for(ACTION, self._chosen.id)):
            self.desk.asked.emit(request)


def _load(client: Client, query: dict[str, str]) -> message.Page[User]:
    return client.users(query)
