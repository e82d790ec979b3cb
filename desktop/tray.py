"""The icon in the system's tray: how many requests wait for a phone, while the window is anywhere."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from desktop.core.approvals import asked_here
from desktop.core.desk import Desk
from desktop.core.words import n, t
from desktop.style import icons
from desktop.style.theme import theme
from desktop.style.tokens import DARK
from desktop.widgets.request_card import target_of, title_of
from server.contract.request import Request, RequestStatus

SIZES = (16, 22, 24, 32, 48, 64)
SMALL = 24
"""Pixels up to which the number needs more than its share."""
SHOWN = 5
MOST = 9
"""What one digit can say."""
LONGEST = 60
"""Letters of an entry of the menu."""
DECIDED = frozenset(
    {
        RequestStatus.APPROVED,
        RequestStatus.EXECUTED,
        RequestStatus.REJECTED,
        RequestStatus.FAILED,
        RequestStatus.VOID,
    }
)


def available() -> bool:
    """Tell whether there is a tray to be in."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class Tray(QObject):
    """Follows the approvals of one desk at a time."""

    opened = Signal()
    """The window is wanted."""

    left = Signal()
    """The console is to be closed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()
        self._desk: Desk | None = None
        self._shown: list[tuple[str, str]] | None = None
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.opened)
        self.show_waiting([])
        self.icon.show()

    def follow(self, desk: Desk) -> None:
        """Show what waits at this server from now on."""
        self._desk = desk
        desk.approvals.changed.connect(lambda: self._look(desk))
        desk.approvals.finished.connect(self._tell)
        desk.session.ended.connect(lambda _why: self._look(desk))
        self._look(desk)

    def show_waiting(self, waiting: Sequence[Request]) -> None:
        """Show these in number and by name."""
        shown = [(request.id, entry_of(request)) for request in waiting]
        if shown == self._shown:
            return
        self._shown = shown
        self.icon.setIcon(picture(len(waiting)))
        self.icon.setToolTip(f"Countersign\n{words_of(len(waiting))}")
        self._fill(waiting)

    def close(self) -> None:
        """Leave the tray."""
        self.icon.hide()
        self.menu.deleteLater()

    def _look(self, desk: Desk) -> None:
        if desk is self._desk:
            self.show_waiting(desk.approvals.pending if desk.session.account is not None else [])

    def _fill(self, waiting: Sequence[Request]) -> None:
        self.menu.clear()
        self.menu.addAction(t("console.tray.open")).triggered.connect(self.opened)
        self.menu.addSeparator()
        count = self.menu.addAction(words_of(len(waiting)))
        count.setEnabled(False)
        for request in waiting[:SHOWN]:
            entry = self.menu.addAction(entry_of(request))
            entry.setObjectName("tray.request")
            entry.triggered.connect(lambda _=False, request=request: self._open(request))
        if len(waiting) > SHOWN:
            self.menu.addAction(n("console.tray.more", len(waiting) - SHOWN)).triggered.connect(self.opened)
        self.menu.addSeparator()
        self.menu.addAction(t("console.tray.quit")).triggered.connect(self.left)

    def _open(self, request: Request) -> None:
        self.opened.emit()
        if self._desk is not None and asked_here(request):
            self._desk.asked.emit(request)

    def _tell(self, request: Request) -> None:
        """Say that one's own request was decided, but not what it was: others may see the screen."""
        if request.status in DECIDED and QApplication.activeWindow() is None:
            self.icon.showMessage("Countersign", t("console.tray.decided"), picture(0))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()


def bring(window: QWidget) -> None:
    """Bring a window to the front, wherever it was."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def words_of(count: int) -> str:
    """Say how many wait."""
    return n("console.tray.waiting", count) if count else t("console.tray.nothing")


def entry_of(request: Request) -> str:
    """Return a request as an entry of a menu, in which & is an ordinary letter."""
    text = ": ".join(filter(None, (title_of(request), target_of(request))))
    text = " ".join(text.split())
    return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…").replace("&", "&&")


def picture(count: int) -> QIcon:
    """Return the program's mark with the number on it; both can be told from light panels and from dark ones."""
    made = QIcon()
    for size in SIZES:
        made.addPixmap(_drawn(size, count))
    return made


def _drawn(size: int, count: int) -> QPixmap:
    made = QPixmap(size, size)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawImage(QRectF(0, 0, size, size), icons.mark(size))
    if count:
        _draw_badge(painter, size, count)
    painter.end()
    return made


def _draw_badge(painter: QPainter, size: int, count: int) -> None:
    across = round(size * (0.66 if size > SMALL else 0.75))
    disc = QRectF(size - across, size - across, across, across)
    ring = max(1.0, size / 24)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(DARK.on_accent))
    painter.drawEllipse(disc)
    painter.setBrush(QColor(DARK.waiting))
    painter.drawEllipse(disc.adjusted(ring, ring, -ring, -ring))
    text = str(count) if count <= MOST else f"{MOST}+"
    font = theme().font(12, 700)
    font.setPixelSize(round(across * (0.8 if len(text) == 1 else 0.55)))
    painter.setFont(font)
    painter.setPen(QColor(DARK.on_accent))
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, text)
