"""The approvals pane: what waits, live, and what ended before."""

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.core.desk import Desk
from desktop.core.moments import Deadline
from desktop.core.words import n, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.face import Face
from desktop.widgets.layout import column, rearrange, remove, row, tab_through
from desktop.widgets.request_card import RequestCard, RequestRow
from desktop.widgets.text import Text
from server.contract.request import Request

WIDTH, AIR = 300, 16
SHOWN = 12
BUILD_FOR = 0.002
"""Seconds of one turn of the event loop in which new cards are begun."""


class ApprovalsPane(QFrame):
    """Always visible at the right, folded away where there is little room."""

    counted = Signal(int)
    all_asked = Signal()
    """Somebody wants to see all requests."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("approvals")
        self.setProperty("look", "pane")
        self.setFixedWidth(theme().px(WIDTH))
        self._desk = desk
        self._cards: dict[str, RequestCard] = {}
        self._rows: dict[tuple[str, str], RequestRow] = {}
        self._count = Chip(name="approvals.count")
        title = Text(t("console.approvals.title"), "section")
        title.setMinimumHeight(theme().px(28))
        head = row(title, None, self._count, gap=8)
        self._nothing = Face(
            "smartphone",
            t("console.approvals.nothing"),
            t("console.approvals.nothing_text"),
            "approvals.empty",
            dashed=True,
        )
        self._pending = QVBoxLayout()
        self._pending.setSpacing(theme().px(12))
        self._all = button(t("console.approvals.all"), "approvals.all", self.all_asked.emit, look="link")
        self._heading = QWidget()
        self._heading.setProperty("look", "plain")
        self._heading.setLayout(row(Text(t("console.approvals.earlier"), "small-heading"), None, self._all))
        self._heading.hide()
        self._earlier = QVBoxLayout()
        inner = QWidget()
        inner.setProperty("look", "plain")
        inside = column(self._nothing, self._pending, margins=(0, 0, AIR, 0))
        inside.addSpacing(theme().px(16))
        inside.addWidget(self._heading)
        inside.addSpacing(theme().px(12))
        inside.addLayout(self._earlier)
        inside.addStretch(1)
        inner.setLayout(inside)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(scroll.horizontalScrollBarPolicy().ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        air = theme().px(AIR)
        scroll.verticalScrollBar().rangeChanged.connect(
            lambda _, most: inside.setContentsMargins(
                0, 0, air - scroll.verticalScrollBar().width() if most else air, 0
            )
        )
        top = column(head, margins=(0, 0, AIR, 0))
        layout = column(top, 12, margins=(16, 24, 0, 16))
        layout.addWidget(scroll, 1)
        self.setLayout(layout)
        self._until = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show)
        self._inner = inner
        self._paint = QTimer(self)
        self._paint.setSingleShot(True)
        self._paint.timeout.connect(lambda: inner.setUpdatesEnabled(True))
        desk.approvals.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self._until = time.monotonic() + BUILD_FOR
        self._inner.setUpdatesEnabled(False)  # painting has a turn of its own, after what is typed and clicked
        self._paint.start()
        approvals = self._desk.approvals
        pending = approvals.pending
        self._count.show_mark(
            Mark(n("console.approvals.waiting", len(pending)) if pending else "", "waiting", dot=False)
        )
        self._nothing.setVisible(not pending)
        self._show_pending(pending)
        earlier = approvals.earlier[:SHOWN]
        rows: dict[tuple[str, str], RequestRow] = {}
        for request in earlier:
            key = request.id, request.status.value
            if key in self._rows:
                rows[key] = self._rows.pop(key)
            elif self._may_build():
                rows[key] = RequestRow(request, request.now)
        rearrange(self._earlier, self._rows, rows)
        self._rows = rows
        self._heading.setVisible(bool(earlier))
        self.counted.emit(len(pending))

    def come_last(self) -> None:
        """Let Tab lead here after all else, also after what has been built since."""
        last: QWidget | None = self.window().previousInFocusChain()
        while last is not None and (self.isAncestorOf(last) or last.focusPolicy() is Qt.FocusPolicy.NoFocus):
            last = last.previousInFocusChain()
        if last is not None:
            tab_through(last, self._stops())

    def _stops(self) -> list[QWidget]:
        cards = [made for card in self._cards.values() for made in card.findChildren(QPushButton)]
        return [self._scroll, *cards, self._all]

    def _show_pending(self, pending: list[Request]) -> None:
        """Keep the cards that have not changed: they may have the focus."""
        kept: dict[str, RequestCard] = {}
        for request in pending:
            old = self._cards.pop(request.id, None)
            if old is not None and _same(old.request, request):
                kept[request.id] = old
            elif not self._may_build():
                if old is not None:
                    kept[request.id] = old
            else:
                if old is not None:
                    remove(self._pending, old)
                kept[request.id] = self._card(request)
        rearrange(self._pending, self._cards, kept)
        self._cards = kept
        first, *others = self._stops()
        tab_through(first, others)

    def _may_build(self) -> bool:
        """Tell whether there is time for one more now; else the rest comes in a moment, and painting goes on."""
        if time.monotonic() < self._until:
            return True
        self._later.start()
        return False

    def _card(self, request: Request) -> RequestCard:
        me = self._desk.session.account
        return RequestCard(
            request,
            me.username if me else "",
            Deadline(request.created_at, request.expires_at, request.now),
            self._desk.phone,
            lambda: self._desk.asked.emit(request),
            lambda: self._desk.approvals.cancel(self, request.id),
        )


def _same(one: Request, other: Request) -> bool:
    return one.model_copy(update={"now": other.now}) == other
