"""Rows and columns in one line each."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop.style.theme import theme

Part = QWidget | QLayout | int | None
"""A widget, a layout, a number of pixels, or None for what takes the room that is left."""


def column(*parts: Part, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """Return parts under each other; margins are left, top, right, bottom."""
    layout = QVBoxLayout()
    _fill(layout, parts, gap, margins)
    return layout


def row(
    *parts: Part, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0), stretch: int | None = None
) -> QHBoxLayout:
    """Return parts beside each other, centred in height; the one at `stretch` takes the room that is left."""
    layout = QHBoxLayout()
    _fill(layout, parts, gap, margins)
    for index in range(layout.count()):
        item = layout.itemAt(index)
        widget = item.widget() if item else None
        if item is not None and widget is not None and not widget.sizePolicy().hasHeightForWidth():
            item.setAlignment(item.alignment() | Qt.AlignmentFlag.AlignVCenter)
    if stretch is not None:
        layout.setStretch(stretch, 1)
    return layout


def pair(left: QWidget, right: QWidget, *, gap: int = 12) -> QHBoxLayout:
    """Return two fields beside each other, equally wide, their tops level."""
    layout = QHBoxLayout()
    layout.setSpacing(theme().px(gap))
    for widget in (left, right):
        layout.addWidget(widget, 1, Qt.AlignmentFlag.AlignTop)
    return layout


def box(look: str, layout: QLayout, name: str = "") -> QFrame:
    """Return a frame of some look around a layout."""
    frame = QFrame()
    frame.setProperty("look", look)
    frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    frame.setLayout(layout)
    if name:
        frame.setObjectName(name)
    return frame


def line() -> QFrame:
    """Return a thin line across."""
    frame = QFrame()
    frame.setProperty("look", "line")
    frame.setFixedHeight(1)
    return frame


def empty(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            remove(layout, widget)
        elif (inner := item.layout()) is not None:
            empty(inner)


def rearrange(layout: QVBoxLayout, gone: Mapping[Any, QWidget], kept: Mapping[Any, QWidget]) -> None:
    """Take some widgets out of a layout, and put the others in order; what stays where it is is not touched."""
    for widget in gone.values():
        remove(layout, widget)
    for place, widget in enumerate(kept.values()):
        if layout.indexOf(widget) != place:
            layout.removeWidget(widget)
            layout.insertWidget(place, widget)


def remove(layout: QLayout, widget: QWidget) -> None:
    """Take one widget out of a layout."""
    layout.removeWidget(widget)
    widget.hide()
    widget.deleteLater()


def tab_through(start: QWidget, stops: Sequence[QWidget]) -> None:
    """Let Tab lead from `start` to these one after the other; Qt puts whatever is made later behind all else."""
    before = start
    for stop in stops:
        QWidget.setTabOrder(before, stop)
        before = stop


def _fill(layout: QBoxLayout, parts: tuple[Part, ...], gap: int, margins: tuple[int, int, int, int]) -> None:
    px = theme().px
    layout.setSpacing(px(gap))
    left, top, right, bottom = margins
    layout.setContentsMargins(px(left), px(top), px(right), px(bottom))
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(px(part))
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
