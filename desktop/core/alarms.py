"""What somebody has answered *not me* to: told while the console is open, until it is looked at."""

from datetime import datetime, timedelta

from PySide6.QtCore import QObject, Signal

from desktop.core import clock, moments
from desktop.core.approvals import Approvals
from desktop.core.client import Client
from desktop.core.session import Session
from desktop.core.tasks import Tasks
from desktop.core.words import known, t
from server.contract.audit import AuditEvent
from server.contract.permission import Permission
from server.contract.request import RequestStatus

RECENT = timedelta(days=1)
"""Longer than any request waits for its answer."""


class Alarms(QObject):
    """Of the requests that this account may see; those before it signed in are told by the first page."""

    changed = Signal()

    def __init__(self, tasks: Tasks, approvals: Approvals, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.unseen: list[AuditEvent] = []
        self._tasks, self._approvals, self._session = tasks, approvals, session
        self._known: set[str] | None = None
        """Requests that are known to be rejected; none before anybody has looked."""
        approvals.changed.connect(self._look)
        session.ended.connect(self._end)

    def open(self, request: str) -> None:
        """Somebody looks at this request now."""
        if any(event.request == request for event in self.unseen):
            self.unseen = [event for event in self.unseen if event.request != request]
            self.changed.emit()

    def _look(self) -> None:
        me = self._session.account
        if me is None or not self._approvals.loaded:
            return
        rejected = {each.id for each in self._approvals.earlier if each.status is RequestStatus.REJECTED}
        new = rejected - self._known if self._known is not None else set[str]()
        self._known = rejected | (self._known or set())
        if new and Permission.AUDIT_VIEW in me.permissions:
            client, since = self._session.client.in_background(), clock.now() - RECENT

            def take(found: list[AuditEvent]) -> None:
                if fresh := [event for event in found if event.request in new]:
                    self.unseen += fresh
                    self.changed.emit()

            self._tasks.run(self, lambda: denials(client, since), self._session.lasting(take), lambda _: None)

    def _end(self) -> None:
        self.unseen, self._known = [], None


def denials(client: Client, since: datetime) -> list[AuditEvent]:
    """Return the rejections with *not me* since then, newest first; blocks."""
    rejected = {"event": "request:rejected", "from": since.strftime("%Y-%m-%dT%H:%M:%SZ"), "limit": "100"}
    return [event for event in client.audit(rejected).items if event.reason == "not_me"]


def words_of(event: AuditEvent) -> tuple[str, str]:
    """Say whose answer it was, and to what."""
    action = known(f"action.{event.action}", event.action or "")
    return (
        t("console.attention.not_me", username=event.username or ""),
        t("console.attention.not_me_text", action=action, ip=event.ip or "", time=moments.short(event.at)),
    )
