"""Approval requests, live: what waits, what ended, and what became of the requests of this session."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop.core.client import Client
from desktop.core.live import Live
from desktop.core.session import Session
from desktop.core.tasks import Tasks
from desktop.core.told import own_grant_in
from server.contract.problem import Problem
from server.contract.request import Request, RequestStatus
from server.contract.topic import Topic

EARLIER = 20
NO_LIST = "two_factor_required"
OPEN = frozenset({RequestStatus.PENDING, RequestStatus.APPROVED, RequestStatus.EXECUTING, RequestStatus.UNKNOWN})


def asked_here(request: Request) -> bool:
    """Tell whether this session asked for what waits: it alone is told the QR code, also where policy needs no code."""
    return request.qr is not None


class Approvals(QObject):
    """The one place that reads requests; everybody else listens to it."""

    changed = Signal()
    finished = Signal(object)
    """A `Request` of this session that has ended, with the secret that it may have made."""

    def __init__(self, tasks: Tasks, live: Live, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pending: list[Request] = []
        self.earlier: list[Request] = []
        self.loaded = False
        self._tasks = tasks
        self._session = session
        self._own: set[str] = set()
        self._loading = False
        self._again = False
        live.watch(self, {Topic.REQUESTS}, self.reload)
        session.ended.connect(self._end)

    def reload(self) -> None:
        """Read again, once more if asked meanwhile."""
        if self._session.account is None:
            return
        if self._loading:
            self._again = True
            return
        self._loading = True
        client, lasting = self._session.client.in_background(), self._session.lasting
        self._tasks.run(self, lambda: _load(client), lasting(self._take), lasting(self._failed))

    def add(self, request: Request) -> None:
        """Show a request that the server has just accepted."""
        self._own.add(request.id)
        if request.id not in {known.id for known in self.pending}:
            self.pending.insert(0, request)
            self.changed.emit()
        self.reload()

    def find(self, request: str) -> Request | None:
        """Return a request that is known here."""
        return next((known for known in (*self.pending, *self.earlier) if known.id == request), None)

    def is_own(self, request: Request) -> bool:
        """Tell whether it is of this session, so that its end will be told by `finished`."""
        return request.id in self._own

    def waiting_for(self, action: str, target: str) -> Request | None:
        """Return the pending request for this action on this thing."""
        for request in self.pending:
            if request.action == action and any(thing.id == target for thing in request.target):
                return request
        return None

    def cancel(self, owner: QObject, request: str, otherwise: Callable[[Exception], None] | None = None) -> None:
        """Take a request back; what came of it arrives like everything else."""
        client = self._session.client
        otherwise = self._session.lasting(otherwise or (lambda _: self.reload()))
        self._tasks.run(owner, lambda: client.cancel_request(request), lambda _: self.reload(), otherwise)

    def _take(self, lists: tuple[list[Request], list[Request]]) -> None:
        self._loading = False
        self.pending, self.earlier = lists
        self.loaded = True
        waiting = {request.id for request in self.pending}
        self._own |= {request.id for request in self.pending if asked_here(request)}
        self.changed.emit()
        for request in self._own - waiting:
            self._own.discard(request)
            self._settle(request)
        if self._again:
            self._again = False
            self.reload()

    def _settle(self, request: str) -> None:
        client = self._session.client.in_background()

        def settled(ended: Request) -> None:
            if ended.status in OPEN:
                self._own.add(ended.id)
                return
            self._note_end(ended)
            if grant := own_grant_in(ended.action, ended.result):
                self._session.grants[ended.requested_by] = grant
            self.finished.emit(ended)

        lasting = self._session.lasting
        self._tasks.run(
            self, lambda: client.request(request), lasting(settled), lasting(lambda _: self._own.add(request))
        )

    def _end(self) -> None:
        """Whoever signs in next begins with nothing of this session's."""
        self.pending, self.earlier, self.loaded = [], [], False
        self._own.clear()
        self._loading = self._again = False

    def _note_end(self, ended: Request) -> None:
        """Move it to what has ended, where no list has said so."""
        if any(known.id == ended.id for known in self.pending):
            self.pending = [known for known in self.pending if known.id != ended.id]
            self.earlier.insert(0, ended)
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        """Who can do nothing but enrol is told no list: then each request of this session is asked for by itself."""
        self._loading = False
        self._again = False
        if isinstance(error, Problem) and error.code == NO_LIST:
            for request in tuple(self._own):
                self._own.discard(request)
                self._settle(request)


def _load(client: Client) -> tuple[list[Request], list[Request]]:
    pending = client.requests({"status": RequestStatus.PENDING, "limit": "50"}).items
    recent = client.requests({"limit": str(EARLIER)}).items
    seen = {request.id for request in pending}
    return pending, [
        request for request in recent if request.id not in seen and request.status != RequestStatus.PENDING
    ]
