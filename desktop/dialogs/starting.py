"""While the server on this computer starts, or while somebody else sets it up."""

from PySide6.QtCore import Qt, Signal

from desktop.core.words import t
from desktop.dialogs.entry import Entry
from desktop.widgets.button import button
from desktop.widgets.layout import column
from desktop.widgets.spinner import Spinner
from desktop.widgets.text import Text


class Starting(Entry):
    """Says what is waited for, and the server's own words where it does not start."""

    back = Signal()

    def __init__(self, foot: str) -> None:
        super().__init__("starting", foot)
        self._title = Text(t("console.starting.title"), "section", wrap=True, name="starting.title")
        self._text = Text(t("console.starting.text"), "muted", wrap=True, name="starting.text")
        self._text.selectable()
        self._back = button(t("console.starting.back"), "starting.back", self.back.emit)
        self._back.hide()
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = column(margins=(32, 32, 32, 32), gap=8)
        layout.addWidget(Spinner(24), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addWidget(self._back, 0, Qt.AlignmentFlag.AlignHCenter)
        self.show_card(layout)

    def say(self, title: str, text: str, *, back: bool = False) -> None:
        """Change the words; `back` offers the way back to the first screen."""
        self._title.setText(title)
        self._text.setText(text)
        self._back.setVisible(back)
