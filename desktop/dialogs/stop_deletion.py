"""Asking once more before a deletion that runs is stopped: what is gone stays gone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.deletions import mode_of
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text, title_for
from server.contract.deletion import Deletion, DeletionInShort


class StopDeletion(Dialog):
    """Its default button changes nothing. It only takes away, so no phone is asked."""

    stopped = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, deletion: Deletion | DeletionInShort, username: str) -> None:
        super().__init__(parent, t("console.stop_deletion.title"), "stop_deletion", 480)
        self._desk, self._deletion = desk, deletion.id
        tile = Tile("circle-x", "waiting", ground="waiting_ground")
        head = row(tile, gap=12)
        names = column(
            Text(username, title_for(username), wrap=True, name="stop_deletion.user"),
            Text(mode_of(deletion), "muted", wrap=True),
            gap=2,
        )
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._banner = Banner("bad", "triangle-alert", "stop_deletion.banner")
        body = QWidget()
        text = Text(t("console.stop_deletion.text"), wrap=True, name="stop_deletion.text")
        body.setLayout(column(head, text, self._banner, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        self._go = button(t("console.stop_deletion.go"), "stop_deletion.submit", self._submit, icon="circle-x")
        stay = button(t("console.stop_deletion.stay"), "stop_deletion.stay", self.close)
        stay.setDefault(True)
        stay.setAutoDefault(True)
        self.show_foot(row(None, self._go, stay, gap=8, margins=(24, 16, 24, 16)))
        stay.setFocus()

    def _submit(self) -> None:
        self._go.setEnabled(False)
        client, deletion = self._desk.client, self._deletion
        self._desk.run(self, lambda: client.stop_deletion(deletion), self._done, self._failed)

    def _done(self, deletion: Deletion) -> None:
        self.close()
        self.stopped.emit(deletion)

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._banner.say(shown(error).text)
        self.fit()
