"""Collects Python's reference cycles on the GUI thread only: Qt objects may not be destroyed on another one."""

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 100
"""Little and often: what has gathered in a second would already stop the painting for a moment."""


class Garbage(QObject):
    """Takes the place of the automatic collector, which runs on whatever thread happens to allocate."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frozen = False
        self._was_on = gc.isenabled()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Take over; what has been loaded by now lives as long as the program, and is not looked through again."""
        gc.disable()
        gc.freeze()
        self._frozen = False
        self._timer.start()

    def stop(self) -> None:
        """Hand back to whoever had it before."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_on:
            gc.enable()

    def _look(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                if generation == 2 and not self._frozen:
                    self._frozen = True
                    gc.freeze()  # the modules that came after the first screen, and the screen itself: once
                else:
                    gc.collect(generation)
                return
