"""A line to type in, with a picture at its left or a button at its right, both as large as the text."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLineEdit
from typing_extensions import override

from desktop.style.theme import show_icon, theme
from desktop.widgets.button import Button, button
from desktop.widgets.icon import Icon

EDGE, ICON, GAP = 12, 16, 8


class TextLine(QLineEdit):
    """Qt's own pictures in a line stay as they are at any text size; these do not."""

    def __init__(self, icon: str = "") -> None:
        super().__init__()
        self._lead = Icon(icon, "muted", ICON) if icon else None
        if self._lead is not None:
            self._lead.setParent(self)
            self._lead.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._trail: Button | None = None
        self._make_room()

    def add_button(self, name: str, action: Callable[[], object], keys: str = "") -> Button:
        """Put a button at the right, for the mouse; `keys` do the same."""
        made = button("", name, action, look="inside")
        made.setParent(self)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setCursor(Qt.CursorShape.ArrowCursor)
        self._trail = made
        if keys:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(action)
        self._make_room()
        return made

    def show_button(self, icon: str, words: str, keys: str = "") -> None:
        """Say what the button does now."""
        if self._trail is not None:
            show_icon(self._trail, icon, "muted", ICON)
            self._trail.setAccessibleName(words)
            native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            self._trail.setToolTip(f"{words} ({native})" if keys else words)

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._place()

    @override
    def changeEvent(self, event: QEvent, /) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def _make_room(self) -> None:
        aside = theme().px(ICON + GAP)
        self.setTextMargins(aside if self._lead else 0, 0, aside if self._trail else 0, 0)
        self._place()

    def _place(self) -> None:
        px = theme().px
        if self._lead is not None:
            self._lead.move(px(EDGE), (self.height() - self._lead.height()) // 2)
        if self._trail is not None:
            size = px(ICON + GAP)
            self._trail.setGeometry(self.width() - size - px(GAP), (self.height() - size) // 2, size, size)
