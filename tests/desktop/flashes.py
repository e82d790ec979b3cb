"""Notes what appears as a window of its own and was never meant to be one, which takes the focus away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

WAYS = ("show", "setVisible", "setHidden")
"""Ways to show a widget. An event filter of the application costs a third of each scene: it hears of all there is."""


@contextmanager
def flashes() -> Iterator[list[str]]:
    """Give the list of what flashes meanwhile; what Qt itself shows is there in the end, and noted then."""
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for way in WAYS:
            patch.setattr(QWidget, way, _noting(getattr(QWidget, way), seen))
        yield seen
    seen += [_told(each) for each in QApplication.topLevelWidgets() if _is_strange(each)]


def _noting(shown: Callable[..., None], seen: list[str]) -> Callable[..., None]:
    def noting(widget: QWidget, *given: Any) -> None:
        shown(widget, *given)
        if _is_strange(widget):
            seen.append(_told(widget))

    return noting


def _is_strange(widget: QWidget) -> bool:
    if not widget.isWindow() or isinstance(widget, (QMainWindow, QDialog)):
        return False
    return widget.isVisible() and widget.windowType() is Qt.WindowType.Window


def _told(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.objectName()}"
