"""What every screen works with: the server, the session, live events, and the way to say that something went wrong."""

from collections.abc import Callable
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.core.alarms import Alarms
from desktop.core.approvals import Approvals
from desktop.core.client import Client
from desktop.core.clock import Clock
from desktop.core.live import Live
from desktop.core.phone import OwnPhone
from desktop.core.problems import Manner, shown
from desktop.core.session import Session
from desktop.core.settings import Settings
from desktop.core.tasks import Tasks
from desktop.core.vault import Vault
from server.contract.problem import Problem
from server.contract.topic import Topic

Result = TypeVar("Result")
UNAUTHORIZED = 401
PATIENCE_MS = 4000
"""How long all calls may be without an answer before the server is said to be silent."""


class Desk(QObject):
    """One server's; a new one is made when the console turns to another server."""

    said = Signal(str, str)
    """A text for the toast, and its tone: `good`, `bad` or `plain`."""

    silent = Signal(bool)
    """The server has left calls without an answer for too long, or answers again."""

    _returned = Signal()

    asked = Signal(object)
    """Somebody wants to see this `Request`."""

    told = Signal(object)
    """A list of `Secret`: what an action that was executed at once has told, which is never told again."""

    enrol_asked = Signal()
    """Somebody wants to enrol a phone, since what was wanted needs one."""

    def __init__(
        self,
        url: str,
        tasks: Tasks,
        vault: Vault,
        settings: Settings,
        parent: QObject | None = None,
        *,
        authority: str = "",
    ) -> None:
        super().__init__(parent)
        self.client = Client(url, authority)
        self.clock = Clock(self)
        self.client.transport.heard = self._hear_clock
        self.tasks = tasks
        self.vault = vault
        self.settings = settings
        self.live = Live(self)
        self.session = Session(self.client, self)
        self.approvals = Approvals(tasks, self.live, self.session, self)
        self.alarms = Alarms(tasks, self.approvals, self.session, self)
        self.phone = OwnPhone(tasks, self.live, self.session, self)
        self.live.ended.connect(self._end)
        about_me = {Topic.TWO_FACTOR, Topic.ADMINISTRATORS, Topic.SESSIONS, Topic.POLICY}
        self.live.watch(self, about_me, self._refresh)
        self.session.ended.connect(self.live.stop)
        self._calls = 0
        self._is_silent = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._note(silent=True))
        self._returned.connect(self._count_down, Qt.ConnectionType.QueuedConnection)

    @property
    def public_url(self) -> str:
        """Where others find the server: what leaves this computer names that, whatever this console calls it."""
        return self.session.me.origin or self.client.url

    def run(
        self,
        owner: QObject,
        function: Callable[[], Result],
        then: Callable[[Result], None],
        otherwise: Callable[[Exception], None] | None = None,
        *,
        slow: bool = False,
    ) -> None:
        """Run `function` off the GUI thread; an ended session is dealt with here, for everybody, and hears no answers.

        `slow` is what may take long without the server being at fault, such as writing a file.
        """
        signed_in = self.client.token is not None

        def failed(error: Exception) -> None:
            if signed_in and isinstance(error, Problem) and error.status == UNAUTHORIZED:
                self._end(error)
            elif otherwise is not None:
                otherwise(error)
            else:
                self.tell(error)

        good, bad = self.session.lasting(then), self.session.lasting(failed)
        if slow:
            self.tasks.run(owner, function, good, bad)
            return
        self._calls += 1
        if not self._patience.isActive():
            self._patience.start()

        def counted() -> Result:
            try:
                return function()
            finally:
                if shiboken6.isValid(self):
                    self._returned.emit()

        self.tasks.run(owner, counted, good, bad)

    def tell(self, error: Exception) -> None:
        """Say what went wrong, where nobody has a better place for it."""
        what = shown(error)
        if what.manner is not Manner.BANNER or not self.live.online:
            self.said.emit(what.text, "away" if what.manner is Manner.BANNER else "bad")

    def close(self) -> None:
        """Let go of the server."""
        self.client.transport.heard = None
        self.live.stop()
        self.client.close()

    def _hear_clock(self, ahead: float) -> None:
        if shiboken6.isValid(self.clock):
            self.clock.hear(ahead)

    def _count_down(self) -> None:
        """A call is over; where others wait, patience begins anew."""
        self._calls -= 1
        self._note(silent=False)
        if self._calls:
            self._patience.start()
        else:
            self._patience.stop()

    def _note(self, *, silent: bool) -> None:
        if silent != self._is_silent:
            self._is_silent = silent
            self.silent.emit(silent)

    def _end(self, problem: Problem) -> None:
        """The session is over; where *not me* was answered to what it asked for, the server says so."""
        denied = problem.members.get("why") == "not_me"
        self.session.end("console.sign_in.ended_not_me" if denied else "console.sign_in.ended")

    def _refresh(self) -> None:
        if self.session.account is not None:
            client = self.client.in_background()
            self.run(self, client.me, self.session.take, lambda _: None)
