"""Buttons: what they say, what they look like, and that they are busy while their work is under way."""

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from desktop.style.theme import show_icon


def button(
    text: str,
    name: str,
    action: Callable[[], object] | None = None,
    *,
    look: str = "",
    icon: str = "",
    small: bool = False,
    large: bool = False,
) -> QPushButton:
    """Return a button; `look` is empty, `primary`, `danger`, `link` or one of the sheet's."""
    made = QPushButton(text.replace("&", "&&"))
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setAutoDefault(False)
    made.setProperty("look", look)
    made.setProperty("small", small)
    made.setProperty("large", large)
    if icon:
        tokens = {"primary": "on_accent", "danger": "bad", "link": "accent"}
        show_icon(made, icon, tokens.get(look, "text"), gap=4 if text else 0)
    if action is not None:
        made.clicked.connect(lambda _checked=False: action())
    return made


def rename(made: QPushButton, text: str) -> None:
    """Change what a button says."""
    made.setText(text.replace("&", "&&"))
    made.setAccessibleName(text)
