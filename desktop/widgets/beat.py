"""A timer that runs only while its widget is seen."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget
from typing_extensions import override


class Beat(QTimer):
    """Belongs to the widget."""

    def __init__(self, seen: QWidget, every_ms: int, tick: Callable[[], object]) -> None:
        super().__init__(seen)
        self.setInterval(every_ms)
        self.timeout.connect(tick)
        seen.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.Show:
            self.start()
        elif event.type() == QEvent.Type.Hide:
            self.stop()
        return False
