"""Ctrl+K: a field that finds pages and users, and goes there."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.style import icons
from desktop.style.theme import theme
from desktop.widgets.layout import column
from desktop.widgets.search import Search
from desktop.widgets.text import Text, plain_tip
from server.contract.message import Page
from server.contract.user import User

WIDTH, LIST = 520, 260
ASK_AFTER_MS = 150
MOST = 20
CHOICE = Qt.ItemDataRole.UserRole

Place = tuple[str, str, str]
"""A page's name, its title and its icon."""


class Find(Dialog):
    """Arrows choose, Enter goes there, Esc goes nowhere."""

    page_chosen = Signal(str)
    user_chosen = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, places: Sequence[Place]) -> None:
        super().__init__(parent, t("console.find.title"), "find", WIDTH)
        self._desk = desk
        self._places = places
        self._turn = 0
        self._list = QListWidget()
        self._list.setObjectName("find.results")
        self._list.setAccessibleName(t("console.find.results"))
        self._list.setFixedHeight(min(theme().px(LIST), max(160, parent.window().height() // 2)))
        self._list.setIconSize(QSize(theme().px(20), theme().px(20)))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._go)
        self._list.itemClicked.connect(self._go)
        self._search = _Words(t("console.find.hint"), "find.words", self._list)
        self._search.returnPressed.connect(lambda: self._go(self._list.currentItem()))
        self._said = Text("", "muted", wrap=True, name="find.said")
        body = QWidget()
        body.setLayout(column(self._search, self._list, self._said, gap=12, margins=(16, 16, 16, 16)))
        self.show_body(body)
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ASK_AFTER_MS)
        timer.timeout.connect(self._ask)
        self._search.textChanged.connect(lambda _: timer.start())
        self._show([])
        self._search.setFocus()

    def _ask(self) -> None:
        self._turn += 1
        turn, words = self._turn, self._search.text().strip()
        if not words:
            self._show([])
            return
        client = self._desk.client

        def found(page: Page[User]) -> None:
            if turn == self._turn:
                self._show(page.items)

        def failed(error: Exception) -> None:
            if turn == self._turn:
                self._show([])
                self._say(shown(error).text)

        self._desk.run(self, lambda: client.users({"q": words, "limit": str(MOST)}), found, failed)

    def _show(self, users: Sequence[User]) -> None:
        words = self._search.text().strip().casefold()
        self._list.clear()
        for name, title, icon in self._places:
            if words in title.casefold():
                self._add(icon, title, name)
        for user in users:
            same = user.name == user.username
            self._add("users", user.username if same else f"{user.name}  ·  {user.username}", user)
        self._list.setCurrentRow(0)
        self._say("" if self._list.count() else t("console.find.nothing"))

    def _say(self, text: str) -> None:
        """Say it in place of the list."""
        self._said.setText(text)
        self._said.setVisible(bool(text))
        self._list.setHidden(bool(text))
        self.fit()

    def _add(self, icon: str, text: str, choice: object) -> None:
        drawn = QIcon(icons.pixmap(icon, theme().tokens.muted, theme().px(20)))
        item = QListWidgetItem(drawn, text)
        item.setToolTip(plain_tip(text))
        item.setData(CHOICE, choice)
        self._list.addItem(item)

    def _go(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        choice = item.data(CHOICE)
        self.close()
        if isinstance(choice, User):
            self.user_chosen.emit(choice)
        else:
            self.page_chosen.emit(str(choice))


class _Words(Search):
    """Leaves the keys that move up and down to the list."""

    def __init__(self, hint: str, name: str, below: QListWidget) -> None:
        super().__init__(hint, name)
        self._below = below

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._below.keyPressEvent(event)
        else:
            super().keyPressEvent(event)
