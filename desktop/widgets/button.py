"""Buttons: what they say, what they look like, and that they are busy while their work is under way."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton
from typing_extensions import override

from desktop.style.theme import dress, show_icon
from desktop.widgets.busy import enable

INKS = {"primary": "on_accent", "danger": "bad", "link": "accent"}
"""Of which colour an icon is on a button of some look."""


class Button(QPushButton):
    """Enter presses it while it has the focus, in a dialog and elsewhere alike."""

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    @override
    def setEnabled(self, on: bool, /) -> None:
        enable(self, on=on)


def button(
    text: str,
    name: str,
    action: Callable[[], object] | None = None,
    *,
    look: str = "",
    icon: str = "",
    small: bool = False,
    large: bool = False,
) -> Button:
    """Return a button; `look` is empty, `primary`, `danger`, `link` or one of the sheet's."""
    made = Button(text.replace("&", "&&"))
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setAutoDefault(False)
    made.setProperty("look", look)
    made.setProperty("small", small)
    made.setProperty("large", large)
    if icon:
        show_icon(made, icon, INKS.get(look, "text"), gap=4 if text else 0)
    if action is not None:
        made.clicked.connect(lambda _checked=False: action())
    return made


def relook(made: QPushButton, look: str) -> None:
    """Change what a button looks like, its icon too."""
    if made.property("look") != look:
        made.setProperty("look", look)
        if made.property("icon_name"):
            made.setProperty("icon_token", INKS.get(look, "text"))
            dress(made)
        made.style().unpolish(made)
        made.style().polish(made)


def rename(made: QPushButton, text: str) -> None:
    """Change what a button says."""
    made.setText(text.replace("&", "&&"))
    made.setAccessibleName(text)
