"""One request in full: what the phone showed, how it reached the phone, how it ended, and its audit events."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.details import Fact, facts_of, parameters_of, targets_of
from desktop.core.phone import name_in
from desktop.core.words import known, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.delivery import sent_of
from desktop.widgets.facts import Facts
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.request_card import WEAKER, icon_of, mark_of, target_of, title_of, who_of
from desktop.widgets.split import Details
from desktop.widgets.text import Elided, Text
from server.contract.audit import AuditEvent
from server.contract.request import Request, RequestStatus

LEAST = 190
"""Pixels that it needs at least."""
DECIDED = frozenset(
    {
        RequestStatus.APPROVED,
        RequestStatus.EXECUTING,
        RequestStatus.EXECUTED,
        RequestStatus.FAILED,
        RequestStatus.UNKNOWN,
        RequestStatus.REJECTED,
    }
)


class RequestDetails(Details):
    """The pane below the table, or in its place."""

    shown = Signal()
    """Somebody wants the request's own window, with its code."""
    cancelled = Signal()
    exported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("approvals.details")
        self.setProperty("look", "card")
        self._request: Request | None = None
        self._tile = Tile("shield-check")
        self._title = Elided("", "section", name="approvals.details.title")
        self._outcome = Elided("", "muted", name="approvals.details.outcome")
        self._chip = Chip(name="approvals.details.status")
        head = row(self._tile, gap=12, margins=(20, 12, 20, 12))
        head.addLayout(column(self._title, self._outcome), 1)
        head.addWidget(self._chip)
        columns = 1 if theme().scale >= 1.3 else 2
        self._asked = Facts(columns=columns, name="approvals.details.asked")
        self._went = Facts(columns=columns, name="approvals.details.went")
        self._consequence = Text("", wrap=True, name="approvals.details.consequence")
        self._consequence.selectable()
        self._happens = box("well", column(self._consequence, margins=(12, 8, 12, 8)))
        self._events = Facts(name="approvals.details.events")
        self._heading = Text(t("console.approvals.events"), "small-heading")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inside = column(
            Text(t("console.approvals.phone_showed"), "small-heading"),
            self._happens,
            self._asked,
            4,
            Text(t("console.approvals.went"), "small-heading"),
            self._went,
            4,
            self._heading,
            self._events,
            None,
            gap=8,
            margins=(20, 12, 20, 12),
        )
        inner.setLayout(inside)
        scroll.setWidget(inner)
        layout = column(head, line(), margins=(1, 1, 1, 1))
        layout.addWidget(scroll, 1)
        layout.addWidget(box("bar", self._foot()))
        self.setLayout(layout)
        self.setMinimumHeight(theme().px(LEAST))

    def _foot(self) -> Any:  # noqa: ANN401 - a layout
        name = "approvals.details"
        self._back = button(t("console.audit.back"), f"{name}.back", self.closed.emit, icon="chevron-left")
        self._back.hide()
        self.setFocusProxy(self._back)
        self._cancel = button(t("console.request.cancel"), f"{name}.cancel", self.cancelled.emit)
        self._show = button(t("console.users.show_request"), f"{name}.show", self.shown.emit, icon="shield-check")
        self._export = button(t("console.evidence.export"), f"{name}.export", self.exported.emit, icon="file-check")
        self._hint = Text("", "muted", wrap=True, name=f"{name}.hint")
        foot = row(self._back, self._hint, self._cancel, self._show, self._export, gap=8, margins=(20, 10, 20, 10))
        foot.setStretch(1, 1)
        return foot

    def show_request(self, request: Request, outcome: str, *, cancellable: bool) -> None:
        """Show this one; `outcome` says in a sentence how it went."""
        pending = request.status is RequestStatus.PENDING
        by_device = request.decided_by is not None and request.decided_by.type == "device"
        proven = request.status in DECIDED and by_device
        self._cancel.setVisible(pending and cancellable)
        self._show.setVisible(pending)
        self._export.setVisible(proven)
        self._hint.setText(t("console.evidence.hint") if proven and theme().scale < 1.3 else "")
        if self._request is not None and _same(self._request, request):
            return
        if self._request is None or self._request.id != request.id:
            self.show_events(())
        self._request = request
        self._title.setText(f"{title_of(request)} {target_of(request)}".strip())
        self._outcome.setText(outcome)
        self._tile.show_icon(icon_of(request.action), "accent")
        self._chip.show_mark(exactly(request.status))
        self._consequence.setText(request.consequence)
        self._happens.setHidden(not request.consequence)
        self._asked.show_facts(_asked_of(request))
        self._went.show_facts(_went_of(request))

    def show_events(self, events: Sequence[AuditEvent]) -> None:
        """Show its audit events, the oldest first."""
        self._heading.setHidden(not events)
        self._events.setHidden(not events)
        self._events.show_facts([(moments.clock(event.at), _told(event)) for event in events])

    @override
    def show_back(self, *, on: bool) -> None:
        self._back.setVisible(on)

    def exporting(self, *, on: bool) -> None:
        """Wait until the evidence is written."""
        self._export.setEnabled(not on)


def exactly(status: RequestStatus) -> Mark:
    """Return the chip of a state by its own name, where states are told apart by it."""
    return Mark(t(f"status.{status}"), mark_of(status).tone)


def _same(one: Request, other: Request) -> bool:
    return one.model_copy(update={"now": other.now}) == other


def _asked_of(request: Request) -> list[Fact]:
    """Return what the phone showed, in the phone's words."""
    details = {**request.model_dump(mode="json"), "username": request.requested_by}
    return [
        *facts_of(details),
        (t("console.request.notices"), "; ".join(request.notices)),
        *targets_of(details),
        *parameters_of(details),
    ]


def _went_of(request: Request) -> list[Fact]:
    by = request.decided_by
    how = known(f"console.approvals.by_type.{by.type}", by.type) if by else ""
    weaker = by is not None and by.type in WEAKER
    who = f"{who_of(request)} ({how})" if by else ""
    who = t("console.by_code.weaker_fact", name=by.name) if weaker and by else who
    return [
        (t("console.audit.device"), name_in(request) if request.device else ""),
        (t("console.approvals.asked"), moments.full(request.created_at)),
        (t("console.approvals.delivery"), sent_of(request)),
        (t("console.approvals.expires"), moments.full(request.expires_at)),
        (t("console.approvals.ended"), moments.full(request.decided_at) if request.decided_at else ""),
        (t("console.audit.member.decided_by"), who),
        (t("console.audit.member.void_reason"), _why_void(request)),
        (t("console.audit.request"), request.id),
    ]


def _why_void(request: Request) -> str:
    return known(f"void.{request.void_reason}", request.void_reason) if request.void_reason else ""


def _told(event: AuditEvent) -> str:
    """Return an event in one line: its name, who or what did it, and why."""
    who = event.device or event.username or ""
    why = known(f"console.approvals.reason.{event.reason}", "") if event.event == "request:rejected" else ""
    return " · ".join(filter(None, (event.event, who, why)))
