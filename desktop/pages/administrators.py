"""Administrators: who signs in to the console, what each may do, and what can be done about it."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from typing_extensions import override

from desktop.core.client import Client
from desktop.core.companies import all_companies
from desktop.core.desk import Desk
from desktop.core.rights import companies_of
from desktop.core.words import n, t
from desktop.dialogs.administrator_form import AdministratorForm
from desktop.dialogs.administrator_rights import ChangeRights, Invite
from desktop.dialogs.administrator_step import DELETE, RESET, AdministratorStep
from desktop.dialogs.protected import Protected
from desktop.models.table import TableModel
from desktop.pages.listing import Listing, head
from desktop.pages.page import Page
from desktop.widgets.administrator_bar import AdministratorBar
from desktop.widgets.administrator_columns import columns, everybody, scope_of, sought, state_of
from desktop.widgets.button import button
from desktop.widgets.chip import Mark
from desktop.widgets.face import Face
from desktop.widgets.layout import column
from desktop.widgets.search import Search
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from server.contract import message
from server.contract.administrator import Administrator
from server.contract.company import Company
from server.contract.request import Request
from server.contract.topic import Topic


class AdministratorsPage(Page):
    """A table of all that one may see; what can be done with the selected one is below it."""

    name = "administrators"
    icon = "user-cog"
    topics = frozenset({Topic.ADMINISTRATORS, Topic.TWO_FACTOR, Topic.COMPANIES})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._companies: list[Company] = []
        self._names: dict[str, str] = {}
        self._everybody: list[Administrator] = []
        self._schemas: dict[str, dict[str, Any]] = {}
        self._sort, self._order = "name", Qt.SortOrder.AscendingOrder
        self._chosen: Administrator | None = None
        self._wanted = ""
        self._inviting = False
        self._model: TableModel[Administrator] = TableModel(
            desk, columns(lambda: self._names, self._mark), self._load, lambda account: account.id, self
        )
        self._table = Table(self._model, "administrators.table", least=112)
        self._table.setAccessibleName(t("console.administrators.title"))
        self._table.sortable(self._sort, self._order)
        self._facts = Text("", "muted", name="administrators.facts")
        self._search = Search(t("console.administrators.search"), "administrators.search", in_head=True)
        self._invite = button(
            t("console.administrators.invite"), "administrators.invite", self._ask_invite, look="primary", icon="plus"
        )
        self._invite.setEnabled(False)
        self._bar = AdministratorBar()
        nobody = t("console.administrators.none_found")
        empty = Face("user-cog", nobody, t("console.administrators.none_found_text"), "administrators.empty")
        self._faces = Listing(self._model, self._table, empty, "administrators", bar=self._bar)
        top = head(t("console.administrators.title"), self._facts, self._search, self._invite)
        layout = column(top, 12, margins=(24, 24, 24, 24))
        layout.addWidget(self._faces.card(), 1)
        self.setLayout(layout)
        self.setFocusProxy(self._table)
        self.setTabOrder(self._search, self._invite)
        self.setTabOrder(self._invite, self._table)
        self._join()

    @override
    def reload(self) -> None:
        """Read accounts and the names of companies again; the forms only once."""
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: all_companies(client), self._take_companies, lambda _: None)
        if not self._schemas:
            self.desk.run(self, lambda: _schemas(client), self._take_schemas, lambda _: None)
        self._faces.renew(self._ask)

    @override
    def begin(self, what: str) -> None:
        """Invite somebody, or show the account with this id."""
        if what == "add":
            self._inviting = not self._schemas
            self._ask_invite()
        else:
            self._search.clear()
            self._wanted = what
            self._ask()
            self._loaded()

    def _join(self) -> None:
        self._search.asked.connect(self._ask)
        self._table.selected.connect(self._select)
        self._table.sorted_by.connect(self._sort_by)
        self._table.doubleClicked.connect(lambda _: self._edit())
        self.shortcut(QKeySequence.StandardKey.Find, self._search.setFocus, self._search)
        self.shortcut(QKeySequence.StandardKey.New, self._ask_invite, self._invite)
        self.shortcut("Ctrl+E", self._edit, self._bar.edit)
        self.shortcut("Ctrl+Del", self._delete, self._bar.delete)
        self._bar.edit_asked.connect(self._edit)
        self._bar.rights_asked.connect(self._change_rights)
        self._bar.invite_asked.connect(lambda: self._ask_invite(again=True))
        self._bar.step_asked.connect(self._step)
        self._bar.request_asked.connect(self.desk.asked)
        self._bar.account_asked.connect(lambda: self.wanted.emit("account"))
        self._model.loaded.connect(self._loaded)
        self.desk.approvals.changed.connect(self._show_pending)
        self.desk.session.changed.connect(self._show_pending)

    def _mark(self, account: Administrator) -> Mark:
        if self._pending(account) is not None:
            return Mark(t("console.administrators.pending"), "waiting")
        return state_of(account)

    def _pending(self, account: Administrator) -> Request | None:
        return next(
            (
                each
                for each in self.desk.approvals.pending
                if each.action.startswith("administrator.") and any(thing.id == account.id for thing in each.target)
            ),
            None,
        )

    def _load(self, client: Client, query: dict[str, str]) -> message.Page[Administrator]:
        """Read all of them; search and order are this console's. Not on the GUI thread."""
        self._everybody = found = everybody(client)
        shown = sought(found, query.get("q", ""), query["sort"], falling=query["order"] == "desc")
        return message.Page[Administrator](items=shown, total=len(found))

    def _ask(self) -> None:
        order = "asc" if self._order is Qt.SortOrder.AscendingOrder else "desc"
        text = self._search.text().strip()
        self._model.ask_for({"sort": self._sort, "order": order, **({"q": text} if text else {})})

    def _sort_by(self, sort: str, order: Qt.SortOrder) -> None:
        self._sort, self._order = sort, order
        self._ask()

    def _take_companies(self, companies: list[Company]) -> None:
        self._companies = companies
        self._names = {each.id: each.name for each in companies}
        self._model.repaint()
        self._select(self._table.key())

    def _take_schemas(self, schemas: dict[str, dict[str, Any]]) -> None:
        self._schemas = schemas
        self._invite.setEnabled(bool(schemas))
        if self._inviting:
            self._inviting = False
            self._ask_invite()

    def _loaded(self) -> None:
        without = sum(each.enabled and not each.two_factor and each.invited is None for each in self._everybody)
        parts = [n("console.administrators.count", len(self._everybody))]
        if without:
            parts.append(n("console.administrators.without", without))
        self._facts.setText(" · ".join(parts))
        if self._wanted and self._model.row_of(self._wanted) >= 0:
            self._table.select(self._wanted)
            self._table.setFocus()
            self._wanted = ""
        self._select(self._table.key())

    def _show_pending(self) -> None:
        self._model.repaint()
        self._select(self._table.key())

    def _select(self, key: str) -> None:
        self._chosen = self._model.item(self._model.row_of(key)) if key else None
        me = self.desk.session.account
        if self._chosen is None or me is None:
            self._bar.hide()
            return
        scope = ", ".join(companies_of(self._chosen, self._names)) or scope_of(self._chosen, self._names)
        self._bar.show_account(self._chosen, me, scope, self._pending(self._chosen))
        self._bar.show()

    def _ask_invite(self, *, again: bool = False) -> None:
        if self._schemas and (not again or self._chosen is not None):
            account = self._chosen if again else None
            self._open(Invite(self, self.desk, self._schemas["administrator.create"], self._companies, account), "")

    def _change_rights(self) -> None:
        if self._chosen is not None and (schema := self._schemas.get("administrator.set_permissions")):
            self._open(ChangeRights(self, self.desk, schema, self._companies, self._chosen), self._chosen.name)

    def _step(self, action: str) -> None:
        if self._chosen is not None:
            done = "" if action == RESET else self._chosen.name
            key = "console.administrators.deleted" if action == DELETE else "console.administrators.saved"
            self._open(AdministratorStep(self, self.desk, action, self._chosen), done, key)

    def _open(self, form: Protected, done: str, key: str = "console.administrators.saved") -> None:
        form.executed.connect(lambda _: self._saved(done, key))
        form.open()

    def _delete(self) -> None:
        if self._bar.delete.isVisible():  # what is off does not let itself be clicked
            self._bar.delete.click()

    def _edit(self) -> None:
        if self._chosen is not None and not self._bar.edit.isHidden():
            form = AdministratorForm(self, self.desk, self._chosen)
            form.saved.connect(lambda account: self._saved(account.name, "console.administrators.saved"))
            form.open()

    def _saved(self, name: str, key: str) -> None:
        if name:
            self.desk.said.emit(t(key, name=name), "good")
        self.reload()


def _schemas(client: Client) -> dict[str, dict[str, Any]]:
    return {each.name: each.schema_ for each in client.actions() if each.name.startswith("administrator.")}
