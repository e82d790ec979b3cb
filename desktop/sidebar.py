"""The navigation at the left: pages, the state of the server, and the account."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QScrollArea, QWidget

from desktop.core.phone import badge_of
from desktop.core.settings import Settings, ThemeChoice
from desktop.core.words import t
from desktop.pages.page import Page
from desktop.style.theme import show_icon, theme
from desktop.widgets.button import button
from desktop.widgets.icon import Icon
from desktop.widgets.layout import column, line, row
from desktop.widgets.navigation import AccountButton, Counted, Dot, FindButton
from desktop.widgets.text import Elided, Text
from server.contract.administrator import Me
from server.contract.two_factor import Device

WIDTH, FOLDED = 208, 64
COUNTED = "approvals"
SIZES = (100, 125, 150, 200)


class Sidebar(QFrame):
    """208 wide, or only icons where there is little room."""

    chosen = Signal(str)
    pane_toggled = Signal()
    find_asked = Signal()
    signed_out = Signal()
    about_asked = Signal()
    theme_chosen = Signal(str)
    size_chosen = Signal(int)

    def __init__(self, pages: Sequence[type[Page]], settings: Settings) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.setProperty("look", "sidebar")
        self.has_account = True
        """Whether there is a page of the own account to go to."""
        self._settings = settings
        self._buttons: dict[str, QPushButton] = {}
        self._folded = False
        self._waiting = 0
        self._brand = Text("Countersign", "brand")
        self._brand.setMinimumHeight(theme().px(28))
        self._organisation = Elided("", "small-muted", name="sidebar.organisation")
        brand = row(Icon("shield-check", "accent", 24), self._brand, None, gap=12, margins=(8, 0, 0, 0))
        where = row(self._organisation, margins=(8, 0, 0, 0), stretch=0)
        self._find = FindButton()
        self._find.clicked.connect(self.find_asked)
        layout = column(brand, 4, where, 16, self._find, 12, margins=(12, 16, 12, 12))
        entries = column(gap=4)
        for number, page in enumerate(pages, start=1):
            entries.addWidget(self._page_button(page, number))
        self._pane = button(t("console.approvals.pane"), "nav.pane", self.pane_toggled.emit, look="nav")
        show_icon(self._pane, "panel-right", "muted", 20, gap=8)
        entries.addWidget(self._pane)
        self._pane.hide()
        entries.addStretch(1)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(entries)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        layout.addWidget(self._scroll, 1)
        layout.addSpacing(theme().px(8))
        self._dot = Dot()
        self._server = Elided("", "small-muted", name="sidebar.server")
        self._state = row(self._dot, self._server, gap=8, margins=(12, 0, 0, 0), stretch=1)
        layout.addLayout(self._state)
        layout.addSpacing(theme().px(12))
        layout.addWidget(line())
        layout.addSpacing(theme().px(8))
        self._account = AccountButton()
        self._account.clicked.connect(self._open_menu)
        layout.addWidget(self._account)
        self.setLayout(layout)
        self._menu: QMenu | None = None
        self.fold(on=False)

    def show_me(self, me: Me) -> None:
        """Show whose session it is."""
        self._organisation.setText(me.organisation)
        self._account.show_me(me)

    def show_phone(self, device: Device | None) -> None:
        """Mark the account whose phone cannot be reached, or has not been heard of."""
        self._account.show_badge(badge_of(device) if device is not None else "")

    def show_page(self, name: str) -> None:
        """Mark the current page."""
        for other, made in self._buttons.items():
            made.setChecked(other == name)
            show_icon(
                made,
                str(made.property("icon_name")),
                "accent" if other == name else "muted",
                20,
                gap=0 if self._folded else 8,
            )
            if other == name:
                self._scroll.ensureWidgetVisible(made)

    def show_server(self, *, online: bool) -> None:
        """Show whether the server is there."""
        self._server.setText(t("console.server.online" if online else "console.server.offline"))
        self._dot.show_tone("good" if online else "waiting")
        self._dot.setToolTip(self._server.text())
        self._dot.setAccessibleName(self._server.text())

    def shut(self) -> None:
        """There is nothing to be found, and no page of the own account."""
        self._find.hide()
        self.has_account = False

    def show_waiting(self, count: int) -> None:
        """Show how many requests wait."""
        self._waiting = count
        for made in self._buttons.values():
            if isinstance(made, Counted):
                made.show_count(count, folded=self._folded)

    def fold(self, *, on: bool) -> None:
        """Show only icons."""
        self._folded = on
        self.setFixedWidth(theme().px(FOLDED if on else WIDTH))
        self._brand.setHidden(on)
        self._organisation.setHidden(on)
        self._server.setHidden(on)
        self._state.setContentsMargins(0 if on else theme().px(12), 0, 0, 0)
        self._account.fold(on=on)
        self._find.fold(on=on)
        for made in (*self._buttons.values(), self._pane):
            made.setText("" if on else made.accessibleName())
            made.setProperty("folded", on)
            show_icon(made, *_icon(made), 20, gap=0 if on else 8)
            made.style().unpolish(made)
            made.style().polish(made)
        self.show_waiting(self._waiting)

    def show_toggle(self, *, on: bool) -> None:
        """Offer the button that unfolds the approvals pane."""
        self._pane.setVisible(on)

    def _leave(self) -> None:
        self.signed_out.emit()

    def _ask_about(self) -> None:
        self.about_asked.emit()

    def _page_button(self, page: type[Page], number: int) -> QPushButton:
        keys = QKeySequence(f"Ctrl+{number}")
        told = keys.toString(QKeySequence.SequenceFormat.NativeText)
        words, name = page.title(), f"nav.{page.name}"
        made: QPushButton = Counted(words, told) if page.name == COUNTED else button(words, name, look="nav")
        made.clicked.connect(lambda _=False: self.chosen.emit(page.name))
        made.setObjectName(name)
        made.setCheckable(True)
        made.setToolTip(f"{words} ({told})")
        shortcut = QShortcut(keys, self)
        shortcut.activated.connect(lambda: self.chosen.emit(page.name))
        show_icon(made, page.icon, "muted", 20, gap=8)
        self._buttons[page.name] = made
        return made

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("account.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        colours = menu.addMenu(t("console.theme.title"))
        group = QActionGroup(menu)
        now = self._settings.get(Settings.theme)
        for choice in ThemeChoice:
            action = _choice(t(f"console.theme.{choice}"), f"account.theme.{choice}", group, on=choice is now)
            action.triggered.connect(lambda _=False, chosen=choice: self.theme_chosen.emit(chosen.value))
            colours.addAction(action)
        sizes = menu.addMenu(t("console.text_size.title"))
        group = QActionGroup(menu)
        for size in SIZES:
            on = self._settings.get(Settings.text_size) == str(size)
            action = _choice(t("console.text_size.percent", size=size), f"account.text_size.{size}", group, on=on)
            action.triggered.connect(lambda _=False, chosen=size: self.size_chosen.emit(chosen))
            sizes.addAction(action)
        if self.has_account:
            account = QAction(t("console.account.open"), menu)
            account.setObjectName("account.open")
            account.triggered.connect(lambda _=False: self.chosen.emit("account"))
            menu.insertAction(colours.menuAction(), account)
            menu.insertSeparator(colours.menuAction())
        menu.addSeparator()
        about = menu.addAction(t("console.about.title"))
        about.setObjectName("account.about")
        about.triggered.connect(self._ask_about)
        leave = menu.addAction(t("console.sign_out"))
        leave.setObjectName("account.sign_out")
        leave.triggered.connect(self._leave)
        self._menu = menu
        menu.popup(self._account.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))


def _icon(made: QPushButton) -> tuple[str, str]:
    return str(made.property("icon_name")), str(made.property("icon_token"))


def _choice(text: str, name: str, group: QActionGroup, *, on: bool) -> QAction:
    action = QAction(text, group)
    action.setObjectName(name)
    action.setCheckable(True)
    action.setChecked(on)
    return action
