"""What holds of every scene: it opens quietly, is read in the order of Tab, names all, and cuts nothing off."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.style.theme import theme
from tests.desktop.clipped import clipped
from tests.desktop.flashes import flashes
from tests.desktop.scenes import SCENES, SMALLEST, Stage
from tests.forms import LONG

INTERACTIVE = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
REGIONS = {"sidebar": 0, "account": 1, "approvals": 3, "toast": 4}
"""What is read one after the other; all else is the content, 2. The account stands below a sidebar that scrolls."""
LINE = 24
"""Within how much, at the usual text size, two things stand in one line."""
PLAYED = [(name, scale) for name in SCENES for scale in ((2.0, 1.0) if LONG else (2.0,))]
"""What has its room in large text mostly has it in small, so the short form plays the large one alone."""


def play(stage: Stage, name: str) -> QWidget:
    """Build a scene, and return the window that has the keyboard."""
    SCENES[name](stage)
    stage.settle()
    return stage.roots()[0]


def cut_off(stage: Stage, name: str) -> list[str]:
    """Return what there is no room for."""
    faults = [fault for root in stage.roots() for fault in clipped(root, long_names="long" in name)]
    large = [each for each in stage.roots()[:-1] if not stage.window.rect().contains(each.rect())]
    faults += [f"{dialog.objectName()} is larger than the window" for dialog in large]
    return faults if stage.window.height() == SMALLEST else [*faults, "the window grows"]


def reached(root: QWidget) -> list[QWidget]:
    """Return what Tab leads to, in its order."""
    chain: list[QWidget] = []
    here = root.nextInFocusChain()
    while here is not None and here is not root:
        if _takes_tab(here, root):
            chain.append(here)
        here = here.nextInFocusChain()
    return chain


def _takes_tab(widget: QWidget, root: QWidget) -> bool:
    tab = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
    mine = widget.window() is root.window() and root.isAncestorOf(widget)
    scrolls = isinstance(widget, QScrollArea) and type(widget).__mro__[1] is not QWidget
    return bool(tab) and mine and widget.isVisible() and widget.isEnabled() and not scrolls and not widget.focusProxy()


def place(widget: QWidget, root: QWidget) -> tuple[int, int]:
    corner = widget.mapTo(root, QPoint(0, widget.height() // 2))
    return corner.y(), corner.x()


def region(widget: QWidget) -> int:
    """Tell which part of the window it belongs to."""
    here: QWidget | None = widget
    while here is not None:
        if here.objectName() in REGIONS:
            return REGIONS[here.objectName()]
        if here.property("look") == "footer" or here.objectName() == "policy.bar":
            return 3  # what is above it may have to be scrolled to, and is read before it all the same
        here = here.parentWidget()
    return 2


@pytest.mark.parametrize(("name", "scale"), PLAYED)
def test_it_opens_quietly_cuts_nothing_off_and_can_be_used_by_the_keyboard(
    tmp_path: Path, qtbot: QtBot, name: str, scale: float
) -> None:
    stage = Stage(tmp_path, scale=scale, dark=scale > 1, height=SMALLEST)  # a theme changes colours, not sizes
    try:
        qtbot.waitExposed(stage.window)
        with flashes() as seen:
            root = play(stage, name)
        assert not seen
        assert len(primary(root)) <= 1
        assert not cut_off(stage, name)
        for scroll in root.findChildren(QScrollArea):
            scroll.verticalScrollBar().setValue(0)
        chain = [each for each in reached(root) if isinstance(each, INTERACTIVE)]
        assert in_reading_order(chain, root), [each.objectName() for each in chain]
        assert not nameless(root)
    finally:
        stage.close()


def test_what_is_shown_before_it_has_a_parent_flashes(stage: Stage) -> None:
    with flashes() as seen:
        early = QLabel("Name")
        early.setVisible(True)
        early.setParent(stage.window)
        early.show()
        QDialog(stage.window).open()
    assert seen == ["QLabel "]


def primary(root: QWidget) -> list[str]:
    """Return the primary buttons of a window that can be seen."""
    return [
        each.objectName()
        for each in root.findChildren(QPushButton)
        if each.isVisible() and each.window() is root.window() and each.property("look") == "primary"
    ]


def in_reading_order(chain: Sequence[QWidget], root: QWidget) -> bool:
    """Whether what Tab leads to is read one after the other, begun wherever that may be."""
    line = theme().px(LINE)
    places = [(region(each), *place(each, root)) for each in chain]
    start = places.index(min(places)) if places else 0
    turned = places[start:] + places[:start]
    for (one, one_y, one_x), (other, other_y, other_x) in pairwise(turned):
        later = (other, other_y // line, other_x) > (one, one_y // line, one_x)
        same_line = one == other and abs(one_y - other_y) < line and other_x > one_x
        if not (later or same_line):
            return False
    return True


def nameless(root: QWidget) -> list[str]:
    """Return what can be used and has no name for a screen reader."""
    found = []
    for widget in root.findChildren(QWidget):
        if isinstance(widget, INTERACTIVE) and widget.isVisible() and not widget.objectName().startswith("qt_"):
            told = QAccessible.queryAccessibleInterface(widget)
            if not told.text(QAccessible.Text.Name).strip():
                found.append(f"{type(widget).__name__} {widget.objectName()}")
    return found
