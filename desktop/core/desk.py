"""What every screen works with: the server, the session, live events, and the way to say that something went wrong."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from desktop.core.approvals import Approvals
from desktop.core.client import Client
from desktop.core.live import Live
from desktop.core.problems import Manner, shown
from desktop.core.session import Session
from desktop.core.settings import Settings
from desktop.core.tasks import Tasks
from desktop.core.vault import Vault
from server.contract.problem import Problem
from server.contract.topic import Topic

Result = TypeVar("Result")
UNAUTHORIZED = 401


class Desk(QObject):
    """One server's; a new one is made when the console turns to another server."""

    said = Signal(str, str)
    """A text for the toast, and its tone: `good`, `bad` or `plain`."""

    asked = Signal(object)
    """Somebody wants to see this `Request`."""

    def __init__(self, url: str, tasks: Tasks, vault: Vault, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.client = Client(url)
        self.tasks = tasks
        self.vault = vault
        self.settings = settings
        self.live = Live(self)
        self.session = Session(self.client, self)
        self.approvals = Approvals(tasks, self.live, self.session, self)
        self.live.ended.connect(lambda: self.session.end("console.sign_in.ended"))
        self.live.watch(self, {Topic.TWO_FACTOR, Topic.ADMINISTRATORS, Topic.SESSIONS}, self._refresh)
        self.session.ended.connect(self.live.stop)

    def run(
        self,
        owner: QObject,
        function: Callable[[], Result],
        then: Callable[[Result], None],
        otherwise: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `function` off the GUI thread; an ended session is dealt with here, for everybody."""
        token = self.client.token

        def failed(error: Exception) -> None:
            if token and isinstance(error, Problem) and error.status == UNAUTHORIZED:
                if token == self.client.token:
                    self.session.end("console.sign_in.ended")
            elif otherwise is not None:
                otherwise(error)
            else:
                self.tell(error)

        self.tasks.run(owner, function, then, failed)

    def tell(self, error: Exception) -> None:
        """Say what went wrong, where nobody has a better place for it."""
        what = shown(error)
        if what.manner is not Manner.BANNER or not self.live.online:
            self.said.emit(what.text, "bad")

    def close(self) -> None:
        """Let go of the server."""
        self.live.stop()
        self.client.close()

    def _refresh(self) -> None:
        if self.session.account is not None:
            client = self.client.in_background()
            self.run(self, client.me, self.session.take, lambda _: None)
