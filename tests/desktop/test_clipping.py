"""What is cut off is found: `clipped`, which looks at every scene, is shown what is broken."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.button import button
from desktop.widgets.text import Elided, Text
from tests.desktop.clipped import clipped
from tests.desktop.scenes import Stage


@pytest.fixture
def holder(qtbot: QtBot, tmp_path: Path) -> QWidget:
    """A small window to break things in."""
    stage = Stage(tmp_path)
    made = QWidget()
    qtbot.addWidget(made)
    stage.close()
    made.resize(200, 120)
    made.show()
    return made


def test_what_is_broken_is_found(holder: QWidget) -> None:
    squeezed = Text("A sentence that takes several lines where there is as little room as here.", wrap=True)
    narrow = Text("This is too wide for its place")
    small = button("Delete everything", "small")
    outside = Text("Half of it is outside")
    places = [(squeezed, 0, 0, 90, 20), (narrow, 0, 30, 60, 20), (small, 0, 60, 40, 30), (outside, 150, 100, 180, 20)]
    for widget, left, top, width, height in places:
        widget.setParent(holder)
        widget.setGeometry(left, top, width, height)
        widget.show()
    told = "\n".join(clipped(holder))
    assert "takes several" in told
    assert "too wide" in told
    assert "Delete everything" in told
    assert "only 50 by 20 of 180 by 20" in told


def test_words_on_words_are_found(holder: QWidget) -> None:
    for top in (10, 18):
        label = Text("Words", name=f"at{top}")
        label.setParent(holder)
        label.setGeometry(0, top, 100, 20)
        label.show()
    assert any("lie on each other" in fault for fault in clipped(holder))


def test_shortened_words_need_a_tooltip(qtbot: QtBot, holder: QWidget) -> None:
    label = Elided("A very long name that does not fit into its place at all")
    QHBoxLayout(holder).addWidget(label)
    holder.resize(120, 60)
    qtbot.waitUntil(lambda: bool(label.toolTip()))
    assert not clipped(holder)
    label.setToolTip("")
    assert any("no tooltip" in fault for fault in clipped(holder))


def test_what_can_be_scrolled_to_is_fine_unless_nobody_can_get_there(qtbot: QtBot, holder: QWidget) -> None:
    inner, scroll = QWidget(), QScrollArea()
    layout = QVBoxLayout(inner)
    for number in range(12):
        layout.addWidget(Text(f"Line {number}"))
    scroll.setWidget(inner)
    QVBoxLayout(holder).addWidget(scroll)
    holder.resize(200, 120)
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() > 0)
    assert not clipped(holder)
    scroll.setParent(None)
    inner.setParent(holder)
    inner.setGeometry(0, 0, 150, 400)
    inner.show()
    assert clipped(holder)
