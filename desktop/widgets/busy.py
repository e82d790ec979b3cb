"""A thing that is disabled while its work is under way: the keyboard waits for it, and is nobody else's meanwhile."""

from PySide6.QtWidgets import QWidget

LENT = "has_lent_the_keyboard"


def enable(widget: QWidget, *, on: bool) -> None:
    """Qt hands the keyboard to whatever comes next, which the second press of a key would then press."""
    window = widget.window()
    if not on and widget.isEnabled() and window.focusWidget() is widget:
        widget.clearFocus()
        widget.setProperty(LENT, True)
    QWidget.setEnabled(widget, on)
    if on and widget.property(LENT):
        widget.setProperty(LENT, False)
        if window.focusWidget() is None and widget.isVisible():  # else somebody has gone on meanwhile
            widget.setFocus()
