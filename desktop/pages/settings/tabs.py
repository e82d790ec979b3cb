"""Settings: one entry of the navigation, a tab for each of its pages."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.pages.page import Page
from desktop.style.theme import show_icon, theme
from desktop.widgets.button import button
from desktop.widgets.layout import column, line, row
from desktop.widgets.text import Text, plain_tip


class SettingsPage(Page):
    """Has nothing of its own to read from the server."""

    name = "settings"
    icon = "settings"
    topics = frozenset()

    def __init__(self, desk: Desk, pages: Sequence[Page]) -> None:
        super().__init__(desk)
        self.tabs = pages
        self._stack = QStackedWidget()
        self._places = {page.name: place for place, page in enumerate(pages)}
        self._tabs = QButtonGroup(self)
        tabs = row(gap=20)
        for place, page in enumerate(pages):
            self._stack.addWidget(page)
            tab = button(page.title(), page.name.replace(".", ".tab.", 1), look="tab")
            tab.setCheckable(True)
            page.badged.connect(partial(_badge, tab, page))
            _badge(tab, page)
            page.wanted.connect(self.wanted)
            self._tabs.addButton(tab, place)
            tabs.addWidget(tab)
        tabs.addStretch(1)
        self._tabs.idClicked.connect(self._stack.setCurrentIndex)
        self._tabs.button(0).setChecked(True)
        title = Text(t("console.settings.title"), "title")
        title.setMinimumHeight(theme().px(32))
        layout = column(title, 8, tabs, line(), 16, margins=(24, 24, 24, 24))
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    @override
    def reload(self) -> None:
        """Leave it to the pages."""

    def turn_to(self, name: str) -> None:
        """Turn to one of the pages, as if its tab had been clicked."""
        if name in self._places:
            tab = self._tabs.button(self._places[name])
            tab.click()
            tab.setFocus()


def _badge(tab: QPushButton, page: Page) -> None:
    """Mark a tab behind which something wants attention."""
    name, why = page.title(), page.badge
    show_icon(tab, "triangle-alert" if why else "", "waiting", gap=4)
    tab.setToolTip(plain_tip(why))
    tab.setAccessibleName(f"{name}: {why}" if why else name)
