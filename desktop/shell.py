"""The console once one is signed in: navigation, pages, approvals pane, and the banner about the server."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget
from typing_extensions import override

from desktop.banners import Banners
from desktop.core import clock
from desktop.core.desk import Desk
from desktop.core.rights import may_see, must_enrol_now
from desktop.core.told import Secret, secrets_in
from desktop.dialogs.about import About
from desktop.dialogs.confirmation import Confirmation, outcome_of
from desktop.dialogs.find import Find
from desktop.dialogs.told import Told
from desktop.keeper import Keeper
from desktop.new_codes import NewCodes
from desktop.pages.overview import OverviewPage
from desktop.pages.pages import Pages
from desktop.pages.settings.general import GeneralPage
from desktop.pages.settings.tabs import SettingsPage
from desktop.pane import WIDTH as PANE
from desktop.pane import ApprovalsPane
from desktop.sidebar import WIDTH as SIDEBAR
from desktop.sidebar import Sidebar
from desktop.style.theme import theme
from desktop.widgets.layout import column
from desktop.widgets.request_card import mark_of, target_of, title_of
from server.contract.administrator import Me
from server.contract.request import Request

ENROLLING = frozenset({"two_factor.enable", "device.change"})
LONGEST_MS = 2**31 - 1
"""A timer counts no further."""
CONTENT = 660
"""Pixels that the content needs beside the panes."""


class Shell(QWidget):
    """Built anew for each session."""

    signed_out = Signal()
    reshaped = Signal()
    """What this account may be shown is different now: it has to be built anew."""

    def __init__(self, desk: Desk, keeper: Keeper | None = None) -> None:
        super().__init__()
        self.setObjectName("shell")
        self.setProperty("look", "ground")
        self._desk = desk
        self._keeper = keeper
        self._seen = may_see(desk.session.me)
        self._shut = must_enrol_now(desk.session.me)
        """Whether the account can do nothing but enrol a phone, so that there is nothing else to be shown."""
        self._pages = Pages(desk, keeper, shut=self._shut)
        self.sidebar = Sidebar(self._pages.entries, desk.settings)
        if self._shut:
            self.sidebar.shut()
        self.pane = ApprovalsPane(desk)
        self.banners = Banners(desk, keeper)
        self.new_codes = NewCodes(self, desk)
        content = column(self.banners)
        content.addWidget(self._pages, 1)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.sidebar)
        self._layout.addLayout(content, 1)
        self._layout.addWidget(self.pane)
        self._folded = False
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._show_me)
        self._join()
        self.setFocusProxy(self._pages.turn_to(self._pages.entries[0].name))

    @property
    def page_shown(self) -> str:
        """Return the name of the page that is looked at; of a page with tabs, that of the tab."""
        return self._pages.shown

    def show_page(self, name: str) -> None:
        """Turn to a page, or to a tab of one."""
        self._pages.turn_to(name)

    def go(self, place: str) -> None:
        """Turn to a page and begin something there, such as `users#add`; pages that this account does not have stay."""
        name, _, what = place.partition("#")
        if name in self._pages:
            page = self._pages.turn_to(name)
            if what:
                page.begin(what)

    def enrol(self, password: str = "") -> None:
        """Begin to enrol a phone, where it was typed a moment ago with the password."""
        self.show_page(GeneralPage.name)
        self._pages.general.enrol(password)

    def open_find(self) -> Find:
        """Open the field that finds pages and users."""
        for window in self.findChildren(Find):
            if window.isVisible():
                return window
        found = Find(self, self._desk, self._pages.places)
        found.page_chosen.connect(self.show_page)
        found.user_chosen.connect(self._pages.show_user)
        found.open()
        return found

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
        fold = self._shut or room < px(SIDEBAR) + px(PANE)
        if fold != self._folded:
            self._fold(on=fold)
        if self._folded:
            self._lay_over()

    def _join(self) -> None:
        desk = self._desk
        self._pages.wanted.connect(self.go)
        self._pages.turned.connect(self._turned)
        self._pages.built.connect(self.pane.come_last)
        self.sidebar.chosen.connect(self._choose)
        self.sidebar.find_asked.connect(self.open_find)
        self.sidebar.pane_toggled.connect(self._toggle_pane)
        self.sidebar.signed_out.connect(self.signed_out)
        self.sidebar.about_asked.connect(lambda: About(self, desk).open())
        self.pane.counted.connect(self.sidebar.show_waiting)
        self.pane.all_asked.connect(lambda: self.show_page("approvals"))
        desk.asked.connect(self.show_request)
        desk.approvals.finished.connect(self._tell)
        desk.phone.changed.connect(self._show_phone)
        self.new_codes.turned.connect(self._show_codes)
        desk.told.connect(self._tell_secrets)
        desk.enrol_asked.connect(self.enrol)
        desk.session.changed.connect(self._show_me)
        desk.live.switched.connect(self._show_server)
        self.banners.enrol_asked.connect(self.enrol)
        self.banners.alarm_asked.connect(lambda request: self.go(f"approvals#{request}"))
        self.banners.codes_asked.connect(self.new_codes.reset)
        self.sidebar.show_server(online=desk.live.online)
        self._show_phone()
        desk.phone.reload()

    def _choose(self, name: str) -> None:
        again = name == self._pages.entry
        page = self._pages.turn_to(name)
        if again:
            page.begin_anew()

    def _turned(self) -> None:
        self.sidebar.show_page(self._pages.entry)
        self._show_me()

    def _watch_time(self, me: Me) -> None:
        """Look again when the time is over in which the account may go on without a phone."""
        self._due.stop()
        if me.must_enrol_by is not None and not me.two_factor and not must_enrol_now(me):
            left = (me.must_enrol_by - clock.now()).total_seconds() * 1000
            self._due.start(int(min(left + 50, LONGEST_MS)))

    def _show_me(self) -> None:
        me = self._desk.session.account
        if me is None:
            return
        self.sidebar.show_me(me)
        elsewhere = self._pages.entry not in (SettingsPage.name, OverviewPage.name)
        held = me.username in self._desk.session.grants  # and lost with this console
        self.banners.say_unprotected(me, told=elsewhere or held or self._shut)
        self.banners.say_recovered()
        self._watch_time(me)
        if may_see(me) != self._seen:
            QTimer.singleShot(0, self, self._reshape)

    def _reshape(self) -> None:
        """Be built anew, once no dialog is open: the one that enrols says its last words itself."""
        me = self._desk.session.account
        if me is None or may_see(me) == self._seen:
            return
        if dialog := next((each for each in self.findChildren(QDialog) if each.isVisible()), None):
            dialog.finished.connect(lambda _: QTimer.singleShot(0, self, self._reshape))
        else:
            self.reshaped.emit()

    def _show_server(self, online: bool) -> None:  # noqa: FBT001 - a signal's
        self.sidebar.show_server(online=online)

    def _show_phone(self) -> None:
        self.sidebar.show_phone(self._desk.phone.device)
        self._show_codes()
        self.banners.say_recovered()

    def _show_codes(self) -> None:
        self.banners.say_codes(None if self.new_codes.under_way else self._desk.phone.state)

    def _tell_secrets(self, secrets: list[Secret]) -> None:
        """Show what is told once, to be handed on."""
        if secrets:
            Told(self, self._desk, secrets).open()

    def _tell(self, request: Request) -> None:
        """Say how a request of ours ended, unless its own window does."""
        self._tell_secrets(secrets_in(request.action, target_of(request), request.result))
        window = self.window()
        watched = any(
            dialog.isVisible() and getattr(dialog, "request", None) is not None and dialog.request.id == request.id
            for dialog in self.findChildren(Confirmation)
        )
        enrolling = request.action in ENROLLING and window.findChild(QWidget, "enrolment.ended") is not None
        if not watched and not enrolling:
            text = f"{title_of(request)}, {target_of(request)}: {outcome_of(request)}"
            self._desk.said.emit(text, "good" if mark_of(request.status).tone == "good" else "plain")

    def _fold(self, *, on: bool) -> None:
        self._folded = on
        self.sidebar.show_toggle(on=on and not self._shut)
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
