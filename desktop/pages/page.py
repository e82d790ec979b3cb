"""What all pages have in common: a title, faces, and that they are read again when something they watch changed."""

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.models.table import State
from desktop.widgets.face import Face, Skeleton
from server.contract.topic import Topic


class Page(QWidget):
    """One entry of the navigation."""

    name: ClassVar[str]
    icon: ClassVar[str]
    topics: ClassVar[frozenset[Topic]]

    badged = Signal()
    """What wants attention there, as `badge` tells it, may be something else now."""

    wanted = Signal(str)
    """Somebody wants to go to a place: a page's name, and after a `#` what to begin there."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.setObjectName(f"page.{self.name}")
        self.setAccessibleName(self.title())
        self._stale = True
        desk.live.watch(self, self.topics, self._changed)

    @classmethod
    def title(cls) -> str:
        """Return what it is called, which is known before it is built."""
        return t(f"console.{cls.name}.title")

    @property
    def badge(self) -> str:
        """What wants attention there, in a sentence; nothing where nothing does."""
        return ""

    def shortcut(self, keys: str | QKeySequence.StandardKey, action: Callable[[], object], hint: QWidget) -> None:
        """Let keys do it while the page is shown; the tooltip of `hint` tells."""
        sequence = QKeySequence(keys)
        made = QShortcut(sequence, self)
        made.setContext(Qt.ShortcutContext.WindowShortcut)
        made.activated.connect(action)
        shown = sequence.toString(QKeySequence.SequenceFormat.NativeText)
        hint.setToolTip(f"{hint.accessibleName()} ({shown})")

    def reload(self) -> None:
        """Read what the page shows from the server."""
        raise NotImplementedError

    def begin(self, what: str) -> None:
        """Begin what somebody came for: an action such as `add`, or the id of what to show."""

    def begin_anew(self) -> None:
        """Lead back to what it shows at first: it was chosen in the navigation while it is looked at."""

    @override
    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.reload()

    def _changed(self) -> None:
        if self.isVisible():
            self.reload()
        else:
            self._stale = True


class Faces(QStackedWidget):
    """Loading, empty, failed and content, one at a time."""

    def __init__(self, content: QWidget, empty: Face | None, retry: Callable[[], None], name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._failed = Face("cloud-off", t("console.face.failed"), "", f"{name}.failed")
        self._failed.offer(t("console.retry"), f"{name}.retry", retry, primary=False)
        self._faces: dict[State, QWidget] = {
            State.LOADING: Skeleton(),
            State.FAILED: self._failed,
            State.CONTENT: content,
        }
        if empty is not None:
            self._faces[State.EMPTY] = empty
        for face in self._faces.values():
            self.addWidget(face)

    def turn(self, state: State, error: Exception | None = None) -> None:
        """Show one of them."""
        if error is not None:
            what = shown(error)
            self._failed.say(what.title, what.detail)
        self.setCurrentWidget(self._faces[state])
