"""Why a sign-in ended without a session, and how to begin again."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.words import t
from desktop.widgets.button import button, rename
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.request import RequestStatus


class Ended(QWidget):
    """Two-factor authentication that was reset meanwhile is no failure: the way goes on from there."""

    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.setObjectName("waiting.result")
        self._tile = Tile("circle-x", "bad", ground="bad_ground")
        self._title = Text("", "section", wrap=True, name="waiting.result.title")
        self._text = Text("", "muted", wrap=True, name="waiting.result.text")
        self._again = button(t("console.waiting.again"), "waiting.again", self.again.emit, look="primary")
        words = column(self._title, self._text, gap=4)
        line = row(self._tile, gap=16)
        line.addLayout(words, 1)
        line.setAlignment(self._tile, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(line, 16, row(None, self._again)))
        self.hide()

    def tell(self, status: object, text: str, device: str) -> None:
        """Say it, in the words of the request's end, or else in `text`."""
        known = {status.value for status in RequestStatus}
        if status in known:
            self._say(t(f"console.waiting.{status}.title"), t(f"console.waiting.{status}.text", device=device))
        else:
            self._say(t("console.waiting.ended.title"), text)

    def tell_reset(self) -> None:
        """Say that nothing but a grant is needed now."""
        self._tile.show_icon("rotate-ccw", "accent")
        self._tile.show_ground("tint")
        rename(self._again, t("console.waiting.reset.go"))
        self._say(t("console.waiting.reset.title"), t("console.waiting.reset.text"))

    def _say(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(title)
        self.show()
        self._again.setFocus()
