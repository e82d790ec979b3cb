"""The main window: one screen at a time, and the toast over it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget
from typing_extensions import override

from desktop.core.settings import Settings
from desktop.style import icons
from desktop.widgets.notice import Toast


class Window(QMainWindow):
    """Holds the screen; what was there before is gone."""

    closed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Countersign")
        self.setMinimumSize(720, 520)
        self.hold: Callable[[], bool] = lambda: False
        """Whether it stays for now though it was to be closed."""
        self._settings = settings
        leave = QShortcut("Ctrl+Q", self)
        leave.setContext(Qt.ShortcutContext.ApplicationShortcut)
        leave.activated.connect(self.close)
        self._stage = QStackedWidget()
        self._stage.setObjectName("stage")
        self.setCentralWidget(self._stage)
        self._toast = Toast(self._stage)
        self.setWindowIcon(icons.window_icon())
        if not self.restoreGeometry(settings.geometry):
            self.resize(1280, 800)

    @property
    def screen_shown(self) -> QWidget | None:
        """The screen that is shown now."""
        return self._stage.currentWidget()

    def show_screen(self, screen: QWidget) -> None:
        """Show this one."""
        old = self._stage.currentWidget()
        self._stage.addWidget(screen)
        self._stage.setCurrentWidget(screen)
        if old is not None:
            self._stage.removeWidget(old)
            old.deleteLater()
        if self._toast.isVisible():
            self._toast.raise_()

    def say(self, text: str, tone: str = "plain") -> None:
        """Show a toast."""
        self._toast.say(text, tone)

    def show_server(self, online: bool) -> None:  # noqa: FBT001 - a signal's
        """Take back that the server does not answer once it does."""
        if online:
            self._toast.take_back("away")

    @override
    def closeEvent(self, event: QCloseEvent, /) -> None:
        if self.hold():
            event.ignore()
            return
        self._settings.geometry = self.saveGeometry()
        super().closeEvent(event)
        self.closed.emit()
