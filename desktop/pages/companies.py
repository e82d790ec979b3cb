"""The companies: the customers that users belong to, and within which sub-administrators see."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.places import in_words
from desktop.core.rights import sees_all
from desktop.core.words import n, t
from desktop.dialogs.company_form import CompanyForm
from desktop.models.table import Column, State, TableModel
from desktop.pages.listing import Listing, head
from desktop.pages.page import Page
from desktop.widgets.button import button, relook
from desktop.widgets.face import Face
from desktop.widgets.layout import box, column, row
from desktop.widgets.search import Search
from desktop.widgets.table import Table
from desktop.widgets.text import Elided, Text, plain_tip
from desktop.widgets.user_columns import of_limit
from server.contract import message
from server.contract.company import Company
from server.contract.permission import Permission
from server.contract.topic import Topic


class CompaniesPage(Page):
    """A table that the server searches and pages; what can be done with the selected company is below it."""

    name = "companies"
    icon = "building-2"
    topics = frozenset({Topic.COMPANIES, Topic.USERS})

    users_asked = Signal(object)
    """Somebody wants to see the users of this `Company`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        me = desk.session.me
        self._edits = Permission.COMPANIES_EDIT in me.permissions
        self._adds = self._edits and sees_all(me)
        self._chosen: Company | None = None
        self._wanted = ""
        self._model: TableModel[Company] = TableModel(desk, _columns(), _load, lambda company: company.id, self)
        self._table = Table(self._model, "companies.table")
        self._table.setAccessibleName(t("console.companies.title"))
        self._facts = Text("", "muted", name="companies.facts")
        self._search = Search(t("console.companies.search"), "companies.search", in_head=True)
        self._add = button(t("console.companies.add"), "companies.add", self._add_company, look="primary", icon="plus")
        if not self._adds:
            self._add.hide()
        empty = Face("building-2", t("console.companies.empty"), t("console.companies.empty_text"), "companies.empty")
        self._empty = empty.offer(t("console.companies.add"), "companies.empty.add", self._add_company)
        self._faces = Listing(self._model, self._table, self._empty, "companies", bar=self._bar())
        top = head(t("console.companies.title"), self._facts, self._search, self._add)
        layout = column(top, 12, margins=(24, 24, 24, 24))
        layout.addWidget(self._faces.card(), 1)
        self.setLayout(layout)
        self.setFocusProxy(self._table)
        self._join()

    @override
    def reload(self) -> None:
        """Read what is shown again."""
        self._faces.renew(self._ask)

    @override
    def begin(self, what: str) -> None:
        """Add a company."""
        if what == "add" and self._adds:
            self._add_company()

    def _join(self) -> None:
        self._search.asked.connect(self._ask)
        self._table.selected.connect(self._select)
        self._table.doubleClicked.connect(lambda _: self._show_users())
        self.shortcut(QKeySequence.StandardKey.Find, self._search.setFocus, self._search)
        if self._adds:
            self.shortcut(QKeySequence.StandardKey.New, self._add_company, self._add)
        if self._edits:
            self.shortcut("Ctrl+E", self._edit, self._edit_button)
        self._model.state_changed.connect(self._turn)
        self._model.loaded.connect(self._loaded)

    def _bar(self) -> QWidget:
        self._name = Elided("", "strong", name="companies.selected")
        self._count = Elided("", "small-muted", tail=True, name="companies.selected.facts")
        self._users_button = button(t("console.companies.users"), "companies.users", self._show_users, icon="users")
        self._edit_button = button(t("console.companies.edit"), "companies.edit", self._edit, icon="pencil")
        if not self._edits:
            self._edit_button.hide()
        layout = row(gap=8, margins=(16, 8, 12, 8))
        layout.addLayout(column(self._name, self._count), 1)
        layout.addWidget(self._users_button)
        layout.addWidget(self._edit_button)
        self._selection = box("bar", layout, "companies.bar")
        self._selection.hide()
        return self._selection

    def _ask(self) -> None:
        text = self._search.text().strip()
        self._model.ask_for({"q": text} if text else {})

    def _turn(self) -> None:
        searching = bool(self._search.text().strip())
        if searching:
            self._empty.say(t("console.companies.none_found"), t("console.companies.none_found_text"))
        else:
            self._empty.say(t("console.companies.empty"), t("console.companies.empty_text"))
        first = self._model.state is State.EMPTY and not searching and self._adds
        self._empty.show_offer(on=first)
        relook(self._add, "" if first else "primary")  # one primary button at a time

    def _loaded(self) -> None:
        total = self._model.total
        self._facts.setText("" if total is None else n("console.companies.count", total))
        if self._wanted and self._model.row_of(self._wanted) >= 0:
            self._table.select(self._wanted)
            self._table.setFocus()
            self._wanted = ""
        self._select(self._table.key())

    def _select(self, key: str) -> None:
        company = self._model.item(self._model.row_of(key)) if key else None
        self._chosen = company
        self._selection.setVisible(company is not None)
        if company is not None:
            self._name.setText(company.name)
            over = t("console.users.over_limit_short") if _is_over(company) else ""
            parts = (n("console.users.count", company.users), _used(company), over, _destinations(company))
            self._count.setText(" · ".join(filter(None, parts)))

    def _show_users(self) -> None:
        if self._chosen is not None:
            self.users_asked.emit(self._chosen)

    def _add_company(self) -> None:
        form = CompanyForm(self, self.desk)
        form.saved.connect(lambda company: self._saved(company, "console.companies.added"))
        form.open()

    def _edit(self) -> None:
        if self._chosen is not None:
            form = CompanyForm(self, self.desk, self._chosen)
            form.saved.connect(lambda company: self._saved(company, "console.companies.saved"))
            form.storage_asked.connect(lambda: self.wanted.emit("storage"))
            form.open()

    def _saved(self, company: Company, key: str) -> None:
        self.desk.said.emit(t(key, name=company.name), "good")
        self._wanted = company.id
        self.reload()


def _columns() -> list[Column[Company]]:
    return [
        Column(
            t("console.companies.name"),
            lambda each: each.name,
            share=40,
            look="strong",
            tip=lambda each: plain_tip(each.name),
        ),
        Column(t("console.users.title"), lambda each: f"{each.users:,}", share=16),
        Column(t("console.companies.used"), _used, share=30, tip=_over),
        Column(
            t("console.companies.destinations"),
            _destinations,
            share=34,
            tip=lambda each: plain_tip(_destinations(each)),
            folds=2,
        ),
        Column(
            t("console.users.created"),
            lambda each: moments.date(each.created_at),
            share=24,
            look="muted",
            tip=lambda each: moments.utc(each.created_at),
            folds=1,
        ),
    ]


def _used(company: Company) -> str:
    return of_limit(company.bytes, company.storage_limit)


def _is_over(company: Company) -> bool:
    return company.bytes is not None and company.storage_limit is not None and company.bytes > company.storage_limit


def _over(company: Company) -> str:
    return plain_tip(t("console.companies.over_limit") if _is_over(company) else _used(company))


def _destinations(company: Company) -> str:
    return ", ".join(in_words(each.name, each.storage_account_name) for each in company.destinations)


def _load(client: Client, query: dict[str, str]) -> message.Page[Company]:
    return client.companies(query)
