"""Asking once more before an API key is ended: scripts that use it stop."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text, short, title_for
from server.contract.api_key import ApiKey


class EndApiKey(Dialog):
    """Its default button changes nothing. It takes power away, so no phone is asked."""

    ended = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, key: ApiKey) -> None:
        super().__init__(parent, t("console.end_api_key.title"), "end_api_key", 480)
        self._desk, self._key = desk, key
        tile = Tile("key-round", "bad", ground="bad_ground")
        head = row(tile, gap=12)
        names = column(
            Text(key.name, title_for(key.name), wrap=True, name="end_api_key.name"),
            Text(t("console.end_api_key.owner", username=key.administrator.username), "muted", wrap=True),
            gap=2,
        )
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._banner = Banner("bad", "triangle-alert", "end_api_key.banner")
        body = QWidget()
        text = Text(t("console.end_api_key.text"), wrap=True)
        body.setLayout(column(head, text, self._banner, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        words = t("console.api_keys.end", name=short(key.name).removesuffix("…")).removesuffix("…")
        self._go = button(words, "end_api_key.submit", self._submit, look="danger", icon="trash-2")
        cancel = button(t("console.cancel"), "end_api_key.cancel", self.close)
        cancel.setDefault(True)
        cancel.setAutoDefault(True)
        self.show_foot(row(None, self._go, cancel, gap=8, margins=(24, 16, 24, 16)))
        cancel.setFocus()

    def _submit(self) -> None:
        self._go.setEnabled(False)
        client, key = self._desk.client, self._key.id
        self._desk.run(self, lambda: client.end_api_key(key), lambda _: self._done(), self._failed)

    def _done(self) -> None:
        self.close()
        self.ended.emit(self._key)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._banner.say(shown(error).text)
        self.fit()
