"""The console once one is signed in: navigation, pages, approvals pane, and the banner about the server."""

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.about import About
from desktop.dialogs.confirmation import Confirmation, outcome_of
from desktop.dialogs.find import Find
from desktop.dialogs.grants import Grants, grants_in
from desktop.keeper import Keeper
from desktop.pages.audit import AuditPage
from desktop.pages.page import Page
from desktop.pages.settings.general import GeneralPage
from desktop.pages.settings.server import ServerPage
from desktop.pages.settings.tabs import SettingsPage
from desktop.pages.users import UsersPage
from desktop.pane import WIDTH as PANE
from desktop.pane import ApprovalsPane
from desktop.sidebar import WIDTH as SIDEBAR
from desktop.sidebar import Sidebar
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.layout import column
from desktop.widgets.notice import Banner
from desktop.widgets.request_card import mark_of, target_of, title_of
from server.contract.permission import Permission
from server.contract.request import Request
from server.contract.user import User

PATIENCE_MS = 1200
"""A server that is back within this time was not worth a banner."""
CONTENT = 660
"""Pixels that the content needs beside the panes."""


class Shell(QWidget):
    """Built anew for each session."""

    signed_out = Signal()

    def __init__(self, desk: Desk, keeper: Keeper | None = None) -> None:
        super().__init__()
        self.setObjectName("shell")
        self.setProperty("look", "ground")
        self._desk = desk
        self._keeper = keeper
        self._pages: dict[str, Page] = {}
        permissions = desk.session.me.permissions
        made: list[Page] = [UsersPage(desk)]
        if Permission.AUDIT_VIEW in permissions:
            made.append(AuditPage(desk))
        self._general, self._server = GeneralPage(desk, here=keeper is not None), ServerPage(desk, keeper)
        made.append(SettingsPage(desk, [self._general, self._server]))
        self.sidebar = Sidebar(made, desk.settings)
        self.pane = ApprovalsPane(desk)
        self._stack = QStackedWidget()
        for page in made:
            self._pages[page.name] = page
            self._stack.addWidget(page)
        self._away = Banner("waiting", "cloud-off", "banner.server")
        self._unprotected = Banner("waiting", "shield-alert", "banner.unprotected")
        self._unprotected.offer(
            button(t("console.unprotected.go"), "banner.unprotected.go", lambda: self.show_page("settings"), small=True)
        )
        self._reach = button(t("console.reach.open"), "banner.reach", self._server.let_phones_connect, small=True)
        self._reach.hide()
        self._unprotected.offer(self._reach)
        banners = column(self._away, self._unprotected, gap=8, margins=(24, 0, 24, 0))
        content = column(banners)
        content.addWidget(self._stack, 1)
        self._banners = banners
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.sidebar)
        self._layout.addLayout(content, 1)
        self._layout.addWidget(self.pane)
        self._folded = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._miss)
        if keeper is not None:
            keeper.changed.connect(self._be_patient)
            keeper.host.failed.connect(lambda words: self._say_away(t("console.offline.words", words=words)))
        self._join()
        self.setFocusProxy(self._pages[UsersPage.name])

    def show_page(self, name: str) -> None:
        """Turn to a page."""
        self._stack.setCurrentWidget(self._pages[name])
        self.sidebar.show_page(name)
        self._show_me()

    def open_find(self) -> Find:
        """Open the field that finds pages and users."""
        for window in self.findChildren(Find):
            if window.isVisible():
                return window
        found = Find(self, self._desk, [(page.name, page.accessibleName(), page.icon) for page in self._pages.values()])
        found.page_chosen.connect(self.show_page)
        found.user_chosen.connect(self._show_user)
        found.open()
        return found

    def _show_user(self, user: User) -> None:
        self.show_page(UsersPage.name)
        page = self._pages[UsersPage.name]
        if isinstance(page, UsersPage):
            page.show_user(user)

    def show_request(self, request: Request) -> None:
        """Open the window of a request, or bring it forward."""
        for window in self.findChildren(Confirmation):
            if window.request.id == request.id and window.isVisible():
                window.raise_()
                window.activateWindow()
                return
        Confirmation(self, self._desk, request).show()

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        px = theme().px
        room = self.width() - px(CONTENT)
        self.sidebar.fold(on=room < px(SIDEBAR))
        fold = room < px(SIDEBAR) + px(PANE)
        if fold != self._folded:
            self._fold(on=fold)
        if self._folded:
            self._lay_over()

    def _join(self) -> None:
        desk = self._desk
        self.sidebar.chosen.connect(self.show_page)
        self.sidebar.find_asked.connect(self.open_find)
        self.sidebar.approvals_toggled.connect(self._toggle_pane)
        self.sidebar.signed_out.connect(self.signed_out)
        self.sidebar.about_asked.connect(lambda: About(self, desk).open())
        self.pane.counted.connect(self.sidebar.show_waiting)
        desk.asked.connect(self.show_request)
        desk.approvals.finished.connect(self._tell)
        desk.phone.changed.connect(self._show_phone)
        desk.told.connect(self._tell_grants)
        self._server.enrol.connect(self._general.enrol)
        self._general.reach_asked.connect(self._server.let_phones_connect)
        desk.session.changed.connect(self._show_me)
        desk.live.switched.connect(self._switch)
        desk.silent.connect(self._hush)
        self.sidebar.show_server(online=desk.live.online)
        self._show_me()
        self._show_phone()
        desk.phone.reload()
        self.show_page("users")

    def offer_reach(self) -> None:
        """Right after set-up: say that no phone can reach the server yet, and offer the way."""
        self._reach.show()
        self._show_me()

    def _switch(self, online: bool) -> None:  # noqa: FBT001 - a signal's
        self.sidebar.show_server(online=online)
        if online:
            self._timer.stop()
            self._say_away("")
        else:
            self._timer.start()

    def _be_patient(self) -> None:
        if self._timer.isActive():
            self._timer.start()

    def _miss(self) -> None:
        """Say that the server is away, unless it is being handed over and will be back."""
        if self._keeper is not None and self._keeper.busy:
            self._timer.start()
        else:
            self._say_away(t("console.offline.banner"))

    def _hush(self, silent: bool) -> None:  # noqa: FBT001 - a signal's
        """Say that the server is there and says nothing, which its stream of events notices only later."""
        if silent:
            self._say_away(t("console.offline.banner"))
        elif self._desk.live.online:
            self._say_away("")

    def _say_away(self, text: str) -> None:
        self._away.say(text)
        self._air()

    def _show_me(self) -> None:
        me = self._desk.session.account
        if me is None:
            return
        self.sidebar.show_me(me)
        elsewhere = self._stack.currentWidget() is not self._pages["settings"]
        key = "console.unprotected.granted" if me.grant_required else "console.unprotected.text"
        text = t(key if self._reach.isHidden() else "console.reach.offer")
        self._unprotected.say("" if me.two_factor or not elsewhere else text)
        self._air()

    def _show_phone(self) -> None:
        self.sidebar.show_phone(self._desk.phone.device)

    def _air(self) -> None:
        shown = not self._away.isHidden() or not self._unprotected.isHidden()
        self._banners.setContentsMargins(theme().px(24), theme().px(16 if shown else 0), theme().px(24), 0)

    def _tell_grants(self, result: dict[str, Any]) -> None:
        """Show what is told once, to be handed on."""
        if grants := grants_in(result):
            Grants(self, grants).open()

    def _tell(self, request: Request) -> None:
        """Say how a request of ours ended, unless its own window does."""
        self._tell_grants(request.result or {})
        window = self.window()
        watched = any(
            dialog.isVisible() and getattr(dialog, "request", None) is not None and dialog.request.id == request.id
            for dialog in self.findChildren(Confirmation)
        )
        enrolling = request.action == "two_factor.enable" and window.findChild(QWidget, "enrolment.ended") is not None
        if not watched and not enrolling:
            text = f"{title_of(request)}, {target_of(request)}: {outcome_of(request)}"
            self._desk.said.emit(text, "good" if mark_of(request.status).tone == "good" else "plain")

    def _fold(self, *, on: bool) -> None:
        self._folded = on
        self.sidebar.show_toggle(on=on)
        if on:
            self._layout.removeWidget(self.pane)
            self.pane.hide()
        else:
            self._layout.addWidget(self.pane)
            self.pane.show()

    def _toggle_pane(self) -> None:
        self.pane.setVisible(not self.pane.isVisible())
        self._lay_over()
        if self.pane.isVisible():
            self.pane.raise_()

    def _lay_over(self) -> None:
        self.pane.setGeometry(self.width() - self.pane.width(), 0, self.pane.width(), self.height())
