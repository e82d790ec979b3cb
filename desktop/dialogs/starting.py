"""While the server on this computer starts, or while somebody else sets it up."""

from PySide6.QtCore import Qt, Signal

from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.widgets.button import button
from desktop.widgets.layout import column, row
from desktop.widgets.spinner import Spinner
from desktop.widgets.text import Text


class Starting(Entry):
    """Says what is waited for, and the server's own words where it does not start."""

    back = Signal()
    again = Signal()
    alone = Signal()
    """The server is to be there for this computer alone."""

    def __init__(self, foot: str) -> None:
        super().__init__("starting", foot)
        self._title = Text(t("console.starting.title"), "section", wrap=True, name="starting.title")
        self._text = Text(t("console.starting.text"), "muted", wrap=True, name="starting.text")
        self._text.selectable()
        self._back = button(t("console.starting.back"), "starting.back", self.back.emit)
        self._again = button(t("console.starting.again"), "starting.again", self.again.emit, look="primary")
        self._alone_text = Text(t("console.starting.alone_text"), "muted", wrap=True, name="starting.alone.text")
        self._alone = button(t("console.reach.undo"), "starting.alone", self.alone.emit)
        self._offers = (self._back, self._again, self._alone_text, self._alone)
        for offer in self._offers:
            offer.hide()
        for label in (self._title, self._text, self._alone_text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = column(margins=(32, 32, 32, 32), gap=8)
        layout.addWidget(Spinner(24), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(row(None, self._back, self._again, None, gap=8))
        layout.addWidget(self._alone_text)
        layout.addWidget(self._alone, 0, Qt.AlignmentFlag.AlignHCenter)
        self.show_card(layout)

    def say(self, title: str, text: str, *, back: bool = False) -> None:
        """Change the words; `back` offers the way back to the first screen."""
        self._title.setText(title)
        self._text.setText(text)
        for offer in self._offers:
            offer.setVisible(back and offer is self._back)

    def fail(self, words: str, *, alone: bool) -> None:
        """Say why the server does not start; `alone` is whether it may do so on this computer alone."""
        self.say(t("console.starting.failed"), words, back=True)
        self._again.show()
        self._alone_text.setVisible(alone)
        self._alone.setVisible(alone)
