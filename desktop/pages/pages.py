"""The pages that an account may see, of which each is built when it is first turned to."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.keeper import Keeper
from desktop.pages.account import AccountPage
from desktop.pages.administrators import AdministratorsPage
from desktop.pages.approvals import ApprovalsPage
from desktop.pages.audit import AuditPage
from desktop.pages.companies import CompaniesPage
from desktop.pages.deletions import DeletionList
from desktop.pages.overview import OverviewPage
from desktop.pages.page import Page
from desktop.pages.settings.api_keys import ApiKeysPage
from desktop.pages.settings.general import GeneralPage
from desktop.pages.settings.security_policy import SecurityPolicyPage
from desktop.pages.settings.server import ServerPage
from desktop.pages.settings.tabs import SettingsPage
from desktop.pages.storage import StoragePage
from desktop.pages.users import UsersPage
from server.contract.company import Company
from server.contract.permission import Permission
from server.contract.user import User


class Pages(QStackedWidget):
    """Shows one at a time. With `shut` there is nothing but the page where a phone is enrolled."""

    built = Signal()
    """There is a page more."""

    turned = Signal()
    """A page was turned to, which may be the one that was looked at."""

    wanted = Signal(str)
    """As a page says it."""

    def __init__(self, desk: Desk, keeper: Keeper | None, *, shut: bool) -> None:
        super().__init__()
        self._desk, self._keeper, self._shut = desk, keeper, shut
        self._built: dict[str, Page] = {}
        permissions = desk.session.me.permissions
        of_all: list[type[Page]] = [OverviewPage, UsersPage, CompaniesPage, StoragePage, ApprovalsPage]
        governing = {AuditPage: Permission.AUDIT_VIEW, AdministratorsPage: Permission.ADMINISTRATORS_EDIT}
        of_all += [page for page, needed in governing.items() if needed in permissions]
        self.entries: list[type[Page]] = [SettingsPage] if shut else [*of_all, SettingsPage]
        """Those of the navigation, in its order."""
        tabs: dict[type[Page], bool] = {
            GeneralPage: True,
            SecurityPolicyPage: not shut and Permission.POLICY_EDIT in permissions,
            ServerPage: not shut,
            ApiKeysPage: not shut and Permission.API_KEYS_EDIT in permissions,
        }
        self._tabs = [tab for tab, seen in tabs.items() if seen]
        self._others: list[type[Page]] = [] if shut else [AccountPage, DeletionList]  # DeletionList is a tab of users

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """Return the name, the title and the icon of all that one can turn to; of a tab, with what it is a tab of."""
        above = {entry.name: entry.title() for entry in self.entries}
        found = []
        for page in (*self.entries, *self._tabs, *self._others):
            entry, _, tab = page.name.partition(".")
            title = t("console.find.within", page=above[entry], tab=page.title()) if tab else page.title()
            found.append((page.name, title, page.icon))
        return found

    def __contains__(self, name: str) -> bool:
        """Whether this account has a page of that name."""
        return name in {page.name for page in (*self.entries, *self._tabs, *self._others)}

    @property
    def entry(self) -> str:
        """Return the name of the entry that is looked at."""
        shown = self.currentWidget()
        return shown.name if isinstance(shown, Page) else ""

    @property
    def shown(self) -> str:
        """Return the name of the page that is looked at; of a page with tabs, that of the tab."""
        return [name for name, page in self._built.items() if page.isVisibleTo(self)][-1]

    @property
    def general(self) -> GeneralPage:
        """Return the page where a phone is enrolled."""
        self._entry(SettingsPage.name)
        page = self._built[GeneralPage.name]
        assert isinstance(page, GeneralPage)  # noqa: S101 - for the type
        return page

    def turn_to(self, name: str) -> Page:
        """Turn to a page, or to a tab of one, and return it."""
        page = self._entry(name.partition(".")[0])
        self.setCurrentWidget(page)
        if isinstance(page, (SettingsPage, UsersPage)):
            page.turn_to(name)
        self.turned.emit()
        return self._built[name]

    def show_user(self, user: User) -> None:
        """Find this one in the list, and select it."""
        self._users().show_user(user)

    def show_company(self, company: Company) -> None:
        """Show the users of a company."""
        self._users().show_company(company)

    def _users(self) -> UsersPage:
        page = self.turn_to(UsersPage.name)
        assert isinstance(page, UsersPage)  # noqa: S101 - for the type
        return page

    def _entry(self, name: str) -> Page:
        if name not in self._built:
            page = self._made(name)
            page.wanted.connect(self.wanted)
            self._built[name] = page
            self.addWidget(page)
            if isinstance(page, CompaniesPage):
                page.users_asked.connect(self.show_company)
            elif isinstance(page, UsersPage):
                self._built[DeletionList.name] = page.deletions
            elif isinstance(page, SettingsPage):
                self._built |= {tab.name: tab for tab in page.tabs}
            self.built.emit()
        return self._built[name]

    def _made(self, name: str) -> Page:
        if name == SettingsPage.name:
            return self._settings()
        [kind] = [each for each in (*self.entries, *self._others) if each.name == name]
        return kind(self._desk)

    def _settings(self) -> SettingsPage:
        general = GeneralPage(self._desk, here=self._keeper is not None)
        server = ServerPage(self._desk, self._keeper)
        server.enrol.connect(general.enrol_reached)
        general.reach_asked.connect(server.let_phones_connect)
        if self._shut:
            server.setParent(self)  # its dialog is reached from the other
            server.hide()
        built: dict[type[Page], Page] = {GeneralPage: general, ServerPage: server}
        return SettingsPage(self._desk, [built.get(kind) or kind(self._desk) for kind in self._tabs])
