"""The navigation at the left: pages, the state of the server, and the account."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QScrollArea, QWidget
from typing_extensions import override

from desktop.core.settings import Settings, ThemeChoice
from desktop.core.words import t
from desktop.pages.page import Page
from desktop.style.theme import show_icon, theme
from desktop.widgets.button import Button, button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.icon import Avatar, Icon
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.text import Elided, Text, plain_tip
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

    def __init__(self, pages: Sequence[Page], settings: Settings) -> None:
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
        self._find = _Find()
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
        self._dot = _Dot()
        self._server = Elided("", "small-muted", name="sidebar.server")
        self._state = row(self._dot, self._server, gap=8, margins=(12, 0, 0, 0), stretch=1)
        layout.addLayout(self._state)
        layout.addSpacing(theme().px(12))
        layout.addWidget(line())
        layout.addSpacing(theme().px(8))
        self._account = _Account()
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
        """Mark the account whose phone has not been heard of."""
        self._account.show_badge(t("console.push.away") if device is not None and device.away else "")

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
            if isinstance(made, _Counted):
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

    def _page_button(self, page: Page, number: int) -> QPushButton:
        keys = QKeySequence(f"Ctrl+{number}")
        told = keys.toString(QKeySequence.SequenceFormat.NativeText)
        words, name = page.accessibleName(), f"nav.{page.name}"
        made: QPushButton = _Counted(words, told) if page.name == COUNTED else button(words, name, look="nav")
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


class _Counted(Button):
    """The entry of the page whose waiting requests are counted."""

    def __init__(self, words: str, keys: str) -> None:
        super().__init__(words)
        self._words, self._keys = words, keys
        self.setProperty("look", "nav")
        self.setAutoDefault(False)
        self._chip = Chip(name="nav.approvals.count")
        self.setLayout(row(None, self._chip, margins=(0, 0, 12, 0)))
        self._chip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(words)

    def show_count(self, count: int, *, folded: bool) -> None:
        words = f"{self._words} ({count})" if count else self._words
        self.setAccessibleName(words)
        self.setToolTip(f"{words} ({self._keys})")
        self.setText((str(count) if count else "") if folded else self._words)
        self._chip.show_mark(Mark(str(count) if count and not folded else "", "waiting", dot=False))


class _Find(Button):
    """Looks like a field; the keys are told in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nav.find")
        self.setProperty("look", "find")
        keys = QKeySequence("Ctrl+K")
        told = keys.toString(QKeySequence.SequenceFormat.NativeText)
        self._words = Text(t("console.find.button"), "muted")
        self._keys = box("keys", row(Text(told, "small-muted"), margins=(4, 1, 4, 1)))
        inner = row(Icon("search", "muted", 16), self._words, None, self._keys, gap=8, margins=(12, 0, 8, 0))
        self.setLayout(inner)
        self._inner = inner
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(t("console.find.button"))
        self.setToolTip(f"{self.accessibleName()} ({told})")
        shortcut = QShortcut(keys, self)
        shortcut.activated.connect(self.click)

    @override
    def sizeHint(self) -> QSize:
        return QSize(theme().px(40), theme().px(32))

    def fold(self, *, on: bool) -> None:
        self._words.setHidden(on)
        self._keys.setHidden(on)


class _Account(Button):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("account")
        self.setProperty("look", "account")
        self._username = self._why = ""
        self._folded = False
        self._avatar = Avatar("", 32)
        self._name = Elided("", "strong", name="account.name")
        self._role = Elided("", "small-muted")
        self._badge = Icon("triangle-alert", "waiting", 16)
        self._badge.setObjectName("account.badge")
        self._badge.hide()
        self._arrows = Icon("chevrons-up-down", "muted", 16)
        self._words = QWidget()
        self._words.setProperty("look", "plain")
        self._words.setLayout(column(self._name, self._role))
        inner = row(self._avatar, self._words, self._badge, self._arrows, gap=12, margins=(8, 4, 8, 4))
        inner.setStretch(1, 1)
        self.setLayout(inner)
        self._inner = inner
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @override
    def sizeHint(self) -> QSize:
        return QSize(theme().px(160), theme().px(44))

    def show_me(self, me: Me) -> None:
        self._avatar.show_name(me.name)
        self._name.setText(me.name)
        self._role.setText(t(f"console.role.{me.role}"))
        self._username = me.username
        self._explain()

    def show_badge(self, why: str) -> None:
        self._why = why
        self._badge.setHidden(not why or self._folded)
        self._explain()

    def _explain(self) -> None:
        account = t("console.account", name=self._name.text())
        self.setAccessibleName(" ".join(filter(None, (account, self._why))))
        self.setToolTip(plain_tip(" · ".join(filter(None, (self._username, self._why)))))

    def fold(self, *, on: bool) -> None:
        self._folded = on
        self._badge.setHidden(on or not self._why)
        self._words.setHidden(on)
        self._arrows.setHidden(on)
        across, down = theme().px(4 if on else 8), theme().px(4)
        self._inner.setContentsMargins(across, down, across, down)


class _Dot(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._tone = "waiting"
        self.setFixedSize(theme().px(8), theme().px(8))

    def show_tone(self, tone: str) -> None:
        self._tone = tone
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(self._tone))
        painter.drawEllipse(self.rect())
        painter.end()
