"""Wrapped text keeps every letter, whatever stands in it."""

import pytest
from PySide6.QtWidgets import QApplication

from desktop.style.theme import Theme
from desktop.widgets.text import Text


@pytest.mark.parametrize("name", ["Ida’s Pixel 9", "Ida’s Pixel 🔒", "🔒🔒🔒", "👩‍👩‍👧 Familie", "子Ж"])
@pytest.mark.parametrize("width", [60, 120, 240])
def test_a_wrapped_sentence_keeps_every_letter(qapp: QApplication, name: str, width: int) -> None:
    if qapp.findChild(Theme, "theme") is None:
        Theme(qapp)
    sentence = f"From now on signing in waits until {name} has confirmed it. If it was not you who asked, say so."
    text = Text(sentence, wrap=True)
    lines = text._broken(width)
    assert len(lines) > 1
    assert "".join("".join(lines).split()) == "".join(sentence.split())


def test_no_text_is_one_line_and_so_is_an_empty_one_between(qapp: QApplication) -> None:
    if qapp.findChild(Theme, "theme") is None:
        Theme(qapp)
    assert Text("", wrap=True)._broken(100) == [""]
    assert Text("One\n\nthree", wrap=True)._broken(100) == ["One", "", "three"]
