"""Closing the console while requests wait: says what stops with it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.core import clock
from desktop.core.desk import Desk
from desktop.core.moments import Deadline
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.countdown import Countdown
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, empty, row
from desktop.widgets.request_card import target_of, title_of
from desktop.widgets.text import Elided, Text
from server.contract.request import Request

WIDTH = 560
SHOWN = 4


class Closing(Dialog):
    """Its default button changes nothing. The times are this computer's, since the server is on it."""

    stopped = Signal()
    """Close, and let the server end."""

    hidden = Signal()
    """Go on in the tray."""

    def __init__(self, parent: QWidget, desk: Desk, *, tray: bool, keepable: bool) -> None:
        super().__init__(parent, t("console.closing.window"), "closing", WIDTH)
        self._desk = desk
        self._way_out = t("console.closing.keep") if keepable else ""
        self._waiting: list[str] = []
        self._title = Text(t("console.closing.title"), "title", wrap=True)
        self._text = Text("", "muted", wrap=True, name="closing.text")
        tile = Tile("server", "waiting", ground="waiting_ground")
        head = row(tile, gap=12)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        head.addLayout(column(self._title, self._text, gap=4), 1)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme().px(12))
        self._card = box("well", column(self._list, margins=(12, 12, 12, 12)))
        body = QWidget()
        body.setLayout(column(head, self._card, None, gap=16, margins=(24, 24, 24, 24)))
        self.show_body(body)
        stop = button(t("console.closing.stop"), "closing.stop", self._stop, look="danger")
        stay = button(t("console.closing.stay"), "closing.stay", self.close)
        stay.setDefault(True)
        stay.setAutoDefault(True)
        buttons = [stop, stay]
        if tray:
            buttons.insert(1, button(t("console.closing.hide"), "closing.hide", self._hide))
        margins = (24, 16, 24, 16)
        foot = row(None, *buttons, gap=8, margins=margins) if self.roomy else column(*buttons, gap=8, margins=margins)
        self.show_foot(foot)
        stay.setFocus()
        desk.approvals.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        waiting = at_stake(self._desk)
        ids = [request.id for request in waiting]
        if ids == self._waiting:
            return
        self._waiting = ids
        empty(self._list)
        for request in waiting[:SHOWN]:
            self._list.addLayout(self._line(request))
        if len(waiting) > SHOWN:
            self._list.addWidget(Text(n("console.closing.more", len(waiting) - SHOWN), "muted"))
        self._card.setVisible(bool(waiting))
        text = n("console.closing.text", len(waiting)) if waiting else t("console.closing.nothing")
        self._text.setText(f"{text} {self._way_out}".strip() if waiting else text)
        self.fit()

    def _line(self, request: Request) -> QVBoxLayout:
        left = Text("", "small-strong", name="closing.left").tabular()
        bar = Countdown("waiting", track="line")
        bar.ticked.connect(left.setText)
        bar.ended.connect(self._show)
        words = filter(None, (title_of(request), target_of(request)))
        what = Elided(": ".join(words), "strong", name="closing.request")
        bar.count(Deadline(request.created_at, request.expires_at, clock.now()))
        return column(row(what, left, gap=12, stretch=0), bar, gap=6)

    def _stop(self) -> None:
        self.close()
        self.stopped.emit()

    def _hide(self) -> None:
        self.close()
        self.hidden.emit()


def at_stake(desk: Desk) -> Sequence[Request]:
    """Return the requests that still wait, the most urgent first."""
    now = clock.now()
    waiting = [request for request in desk.approvals.pending if request.expires_at > now]
    return sorted(waiting, key=lambda request: request.expires_at)
