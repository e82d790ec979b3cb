"""Keeps the server of this console's folder running: what does so now, and how that is changed."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from desktop.core.tasks import Tasks
from desktop.core.words import t
from desktop.host import SERVICE_WITHIN, Host
from desktop.service.service import Refused, Service, Standing


class By(StrEnum):
    """What the server runs by."""

    NOTHING = "nothing"
    CONSOLE = "console"
    SERVICE = "service"
    OTHERS = "others"


class Keeper(QObject):
    """The GUI thread's side of host and service; nothing here waits."""

    changed = Signal()
    failed = Signal(str)
    """The system refused, in a sentence."""

    def __init__(self, host: Host, service: Service | None, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.host = host
        self.standing: Standing | None = None
        self.busy = False
        """The server is changing hands: it is away, and will be back."""
        self._service = service
        self._tasks = tasks
        host.ready.connect(self._settled)
        host.failed.connect(self._settled)
        host.lost.connect(self.changed)

    @property
    def by(self) -> By:
        """What the server runs by."""
        if self.host.serving is None:
            return By.NOTHING
        if self.host.serving.ours:
            return By.CONSOLE
        return By.SERVICE if self.standing is not None and self.standing.running else By.OTHERS

    @property
    def ends_with_console(self) -> bool:
        """Tell whether closing the console ends the server."""
        return self.by is By.CONSOLE

    @property
    def kept(self) -> bool:
        """Tell whether the service is there."""
        return self.standing is not None and self.standing.installed

    @property
    def obstacle(self) -> str:
        """Why it cannot be changed here, in a sentence; nothing where it can, or while that is being found out."""
        if self._service is None:
            return t("console.keeping.unknown")
        if self.standing is None or self.kept:
            return ""
        if self.standing.fault:
            return self.standing.fault
        if self.standing.elsewhere:
            return t("console.keeping.elsewhere")
        return t("console.keeping.others") if self.by is By.OTHERS else ""

    @property
    def ready(self) -> bool:
        """Tell whether it can be changed now."""
        return self.standing is not None and not self.obstacle and not self.busy and self.by is not By.NOTHING

    def look(self) -> None:
        """Find out how things are."""
        if (service := self._service) is not None and not self.busy:
            self._tasks.run(self, service.standing, self._take, self._refused)

    def keep(self, *, on: bool) -> None:
        """Hand the server over to the service, or take it back."""
        if (service := self._service) is None or self.busy:
            return
        host = self.host
        self.busy = True
        self.changed.emit()
        change = (lambda: _hand_over(host, service)) if on else (lambda: _take_back(host, service))
        self._tasks.run(self, change, self._take, self._refused)

    @property
    def changeable(self) -> bool:
        """Tell whether this console may stop and start the server."""
        return not self.busy and self.by is not By.OTHERS

    def restart(
        self,
        owner: QObject,
        change: Callable[[], None],
        then: Callable[[], None],
        otherwise: Callable[[Exception], None],
    ) -> None:
        """Change what the server is started with, then start it anew the way it was; what `change` raises stops that.

        `then` is called when the one of before has ended. That it answers again is told like every start: by `changed`
        here, or by `failed` of the host; what these told before `then` was about the one of before.
        """
        host, service = self.host, self._service if self.kept else None
        self.busy = True
        self.changed.emit()

        def refused(error: Exception) -> None:
            self.busy = False
            otherwise(error)
            self.changed.emit()

        self._tasks.run(owner, lambda: _restart(host, service, change), lambda _: then(), refused)

    def outlive_session(self) -> None:
        """Let the service go on after log-out."""
        if (service := self._service) is not None:
            self._tasks.run(self, lambda: _outlive(service), self._take, self._refused)

    def _take(self, standing: Standing) -> None:
        self.standing = standing
        self.changed.emit()

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, Refused):
            raise error
        self.failed.emit(str(error))
        self.changed.emit()

    def _settled(self) -> None:
        self.busy = False
        self.changed.emit()
        self.look()


def _hand_over(host: Host, service: Service) -> Standing:
    with host.aside():
        service.install()
        if not host.answers_within(SERVICE_WITHIN, service):
            service.remove()
            raise Refused(t("console.service.mute"))
    return service.standing()


def _take_back(host: Host, service: Service) -> Standing:
    with host.aside():
        service.remove()
    return service.standing()


def _restart(host: Host, service: Service | None, change: Callable[[], None]) -> None:
    change()
    with host.aside():
        if service is not None:
            service.install()


def _outlive(service: Service) -> Standing:
    service.outlive_session()
    return service.standing()
