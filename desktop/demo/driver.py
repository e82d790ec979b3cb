"""Drives the real windows as a person would: a story is a generator that yields what it waits for."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QWidget

from desktop.app import Console
from desktop.core.settings import ThemeChoice
from desktop.widgets.face import Skeleton

Widget = TypeVar("Widget", bound=QWidget)
Result = TypeVar("Result")

THEMES = (ThemeChoice.DARK, ThemeChoice.LIGHT)
PATIENCE = 30.0  # seconds for any one step
LOOK_EVERY_MS = 15
SETTLED_AFTER = 4  # looks


class Stuck(Exception):
    """A step did not happen in time; says what was waited for."""


@dataclass
class Until:
    """Waits until `condition` is true, and gives what it returned."""

    what: str
    condition: Callable[[], Any]


@dataclass
class Calling:
    """Runs `function` off the GUI thread, and gives its result."""

    function: Callable[[], Any]


Steps = Generator[Until | Calling, Any, Result]


class Driver(QObject):
    """Runs one story on the event loop; `finished` carries what it raised, or null."""

    finished = Signal(object)

    def __init__(self, console: Console, out: Path) -> None:
        """Drive this console; pictures go to `out`."""
        super().__init__(console.window)
        self.console = console
        self._out = out
        self.pictures: list[Path] = []
        self._story: Steps[None] | None = None
        self._wait: Until | None = None
        self._deadline = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def run(self, story: Steps[None]) -> None:
        """Begin; returns at once."""
        self._story = story
        self._go_on(None)

    def _go_on(self, value: Any) -> None:  # noqa: ANN401 - what the step gives
        self._resume(lambda story: story.send(value))

    def _fail(self, error: Exception) -> None:
        self._resume(lambda story: story.throw(error))

    def _resume(self, advance: Callable[[Steps[None]], Until | Calling]) -> None:
        if self._story is None:
            return
        try:
            step = advance(self._story)
        except StopIteration:
            self._end(None)
        except Exception as error:  # noqa: BLE001 - whatever a story raises is the demo's answer
            self._end(error)
        else:
            if isinstance(step, Calling):
                self.console.tasks.run(self, step.function, self._go_on, self._fail)
            else:
                self._wait, self._deadline = step, time.monotonic() + PATIENCE
                self._timer.start()

    def _end(self, error: Exception | None) -> None:
        self._timer.stop()
        self._story = None
        self.finished.emit(error)

    def _look(self) -> None:
        wait = self._wait
        if wait is None:
            return
        found = wait.condition()
        if found:
            self._timer.stop()
            self._wait = None
            self._go_on(found)
        elif time.monotonic() > self._deadline:
            self._timer.stop()
            self._wait = None
            self._fail(Stuck(f"waited {PATIENCE:.0f} s for {wait.what}"))

    # What a person does

    def seen(self, kind: type[Widget], name: str) -> Widget | None:
        """Return the widget of that name if it can be seen and used."""
        for widget in self.console.window.findChildren(kind, name):
            if widget.isVisible() and widget.isEnabled():
                return widget
        return None

    def see(self, kind: type[Widget], name: str) -> Steps[Widget]:
        """Wait for a widget."""
        widget: Widget = yield Until(name, lambda: self.seen(kind, name))
        return widget

    def click(self, name: str) -> Steps[None]:
        """Click a button or check box once it can be clicked."""
        button = yield from self.see(QAbstractButton, name)
        at = QPoint(min(12, button.width() // 2), button.height() // 2)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)

    def type(self, name: str, text: str) -> Steps[None]:
        """Type into a field, over what is in it."""
        field = yield from self.see(QLineEdit, name)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)

    def choose(self, name: str) -> Steps[None]:
        """Choose an entry of a menu."""
        action: QAction = yield Until(name, lambda: self.console.window.findChild(QAction, name))
        action.trigger()

    def picture(self, name: str) -> Steps[None]:
        """Save what the screen shows, in light and in dark, once all of it is read and it has come to rest."""
        looks = iter(range(SETTLED_AFTER))
        yield Until("the screen to come to rest", lambda: not self._reading() and next(looks, None) is None)
        self._out.mkdir(parents=True, exist_ok=True)
        for choice in self.both():
            file = self._out / f"{name}-{choice.value}.png"
            if not self._screen().save(str(file)):
                message = f"{file} could not be written"
                raise OSError(message)
            self.pictures.append(file)

    def both(self) -> Iterator[ThemeChoice]:
        """Give the windows both looks in turn, those that they have first: to dress them anew takes longest."""
        theme = self.console.theme
        for choice in sorted(THEMES, key=lambda each: each is not theme.choice):
            theme.choose(choice)
            yield choice

    def _reading(self) -> bool:
        """Tell whether something is shown that is only read yet."""
        return any(each.isVisible() for each in self.console.window.findChildren(Skeleton))

    def _screen(self) -> QPixmap:
        """Return the window with its open dialog over it, as a person sees them together."""
        window = self.console.window
        screen, edge = window.grab(), self.console.theme.colour("field_line")
        for dialog in window.findChildren(QDialog):
            if dialog.isVisible():
                shown = dialog.grab()
                left, top = (window.width() - dialog.width()) // 2, (window.height() - dialog.height()) // 2
                painter = QPainter(screen)
                painter.fillRect(screen.rect(), QColor(0, 0, 0, 60))
                painter.drawPixmap(left, top, shown)
                painter.setPen(edge)
                painter.drawRect(left - 1, top - 1, dialog.width() + 1, dialog.height() + 1)
                painter.end()
        return screen
