"""Said at sign-in: until when an account without two-factor authentication may still go on without it."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.core import moments
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text


class MustEnrol(Dialog):
    """*Later* only closes it: the banner goes on saying so."""

    wanted = Signal()
    """Somebody wants to do it now."""

    def __init__(self, parent: QWidget, by: datetime) -> None:
        super().__init__(parent, t("console.must_enrol.title"), "must_enrol", 480)
        tile = Tile("shield-alert", "waiting", ground="waiting_ground")
        date = f"{moments.date(by)}, {moments.short(by)}"
        lead = Text(t("console.must_enrol.text", date=date), wrap=True, name="must_enrol.text")
        lead.setToolTip(moments.utc(by))
        words = column(
            Text(t("console.must_enrol.lead"), "title", wrap=True),
            lead,
            Text(t("console.must_enrol.how"), "muted", wrap=True),
            gap=8,
        )
        head = row(tile, gap=12)
        head.addLayout(words, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        body = QWidget()
        body.setLayout(column(head, None, margins=(24, 24, 24, 24)))
        self.show_body(body)
        later = button(t("console.must_enrol.later"), "must_enrol.later", self.close)
        go = button(t("console.must_enrol.go"), "must_enrol.enrol", self._enrol, look="primary", icon="smartphone")
        go.setDefault(True)
        self.show_foot(row(None, later, go, gap=8, margins=(24, 16, 24, 16)))
        go.setFocus()

    def _enrol(self) -> None:
        self.close()
        self.wanted.emit()
