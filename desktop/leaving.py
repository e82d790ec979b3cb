"""Closing the console: at once, or after a question where requests wait that would stop with it."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from typing_extensions import override

from desktop.arrival import Arrival
from desktop.window import Window


class Leaving(QObject):
    """Asks only for a server that ends with this console, and never when the whole session ends."""

    hidden = Signal()
    """The window is gone, the console goes on in the tray."""

    def __init__(self, window: Window, arrival: Arrival) -> None:
        super().__init__(window)
        self.tray = False
        """Whether there is a tray to go on in."""
        self._window = window
        self._arrival = arrival
        self._sure = False
        window.hold = self.hold
        window.installEventFilter(self)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.commitDataRequest.connect(self.session_ends)

    def session_ends(self) -> None:
        """Ask nothing from now on: whoever logs out has decided."""
        self._sure = True

    def hold(self) -> bool:
        """Tell whether the window stays for now: somebody is being asked, or the server is changing hands."""
        desk, keeper = self._arrival.desk, self._arrival.keeper
        if self._sure or desk is None or keeper is None or desk.session.account is None:
            return False
        if keeper.busy:
            keeper.changed.connect(self._window.close, Qt.ConnectionType.SingleShotConnection)
            return True
        if not keeper.ends_with_console:
            return False
        from desktop.dialogs.closing import Closing, at_stake  # noqa: PLC0415 - seldom needed

        if not at_stake(desk):
            return False
        dialog = next((each for each in self._window.findChildren(Closing) if each.isVisible()), None)
        if dialog is None:
            dialog = Closing(self._window, desk, tray=self.tray, keepable=not keeper.obstacle)
            dialog.stopped.connect(self._stop)
            dialog.hidden.connect(self._hide)
            dialog.open()
        dialog.raise_()
        dialog.activateWindow()
        return True

    @override
    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self._sure = False  # somebody works here again: the end of the session was called off
        return super().eventFilter(watched, event)

    def _stop(self) -> None:
        self._sure = True
        self._window.close()

    def _hide(self) -> None:
        self._window.hide()
        self.hidden.emit()
