"""Users: the list of them, and beside it, in a tab of its own, the deletions of their data."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.pages.deletions import DeletionList
from desktop.pages.page import Page
from desktop.pages.user_list import UserList
from desktop.widgets.button import button
from desktop.widgets.layout import column, line, row, tab_through
from desktop.widgets.scrolled import scrolled
from desktop.widgets.text import Elided, Text
from server.contract.company import Company
from server.contract.user import User


class UsersPage(Page):
    """Has nothing of its own to read; what stands above a list is the list's, and goes with its tab."""

    name = "users"
    icon = "users"
    topics = frozenset()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._list, self.deletions = UserList(desk), DeletionList(desk)
        self._tabs: tuple[Page, ...] = (self._list, self.deletions)
        self._facts = Elided("", "muted", name="users.facts")
        self._lead = Elided(t("console.deletions.lead"), "muted", name="deletions.facts")
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        tabs = row(gap=20)
        for place, page in enumerate(self._tabs):
            self._stack.addWidget(page)
            page.wanted.connect(self.wanted)
            tab = button(page.title(), page.name.replace(".", ".tab.", 1), look="tab")
            tab.setCheckable(True)
            self._group.addButton(tab, place)
            tabs.addWidget(tab)
        tabs.addStretch(1)
        tabs.addWidget(self._list.filters, 100)
        tabs.addWidget(self.deletions.filters)
        titled = column(Text(t("console.users.title"), "title"), self._facts, self._lead)
        head = row(gap=8)
        head.addLayout(titled, 1)
        for place, tool in enumerate(self._list.tools):
            head.addWidget(tool, 0 if place else 1)
        head.addWidget(self.deletions.search, 1)
        content = column(head, 8, tabs, line(), 12, margins=(24, 24, 24, 24))
        content.addWidget(self._stack, 1)
        scroll = scrolled(content)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setLayout(column(scroll))
        self._list.told.connect(self._facts.setText)
        self._group.idClicked.connect(self._turn)
        self._group.button(0).setChecked(True)
        self._turn(0)
        self.setFocusProxy(self._list)
        search, *tools = self._list.tools
        filters = self._list.filters
        choices = (filters.company, filters.state, filters.destination, self.deletions.filters)
        tab_through(
            search,
            [*tools, self.deletions.search, *self._group.buttons(), *choices, self._list.table, self.deletions.table],
        )

    @override
    def reload(self) -> None:
        """Leave it to the lists."""

    def turn_to(self, name: str) -> None:
        """Turn to one of the lists, as if its tab had been clicked; the page itself stays where it is."""
        for place, page in enumerate(self._tabs):
            if page.name == name and place != self._stack.currentIndex():
                self._group.button(place).setChecked(True)
                self._turn(place)
                self._group.button(place).setFocus()

    def show_user(self, user: User) -> None:
        """Find this one and select it."""
        self.turn_to(UserList.name)
        self._list.show_user(user)

    def show_company(self, company: Company) -> None:
        """Show the users of a company."""
        self.turn_to(UserList.name)
        self._list.show_company(company)

    @override
    def begin(self, what: str) -> None:
        """Begin it in the list of users."""
        self.turn_to(UserList.name)
        self._list.begin(what)

    def _turn(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        users = place == 0
        above: tuple[QWidget, ...] = (self._facts, *self._list.tools, self._list.filters)
        for each in above:
            each.setVisible(users)
        for other in (self._lead, self.deletions.search, self.deletions.filters):
            other.setHidden(users)
