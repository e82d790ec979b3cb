"""An icon on its own, or on a tile; it follows the theme."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.style import icons
from desktop.style.theme import theme


class Icon(QWidget):
    """A picture of a word that stands beside it: screen readers pass over it."""

    def __init__(self, name: str, ink: str = "muted", size: int = 20) -> None:
        super().__init__()
        self._name = name
        self._ink = ink
        self._points = size
        theme().changed.connect(self._grow)
        self._grow()

    def show_icon(self, name: str, ink: str) -> None:
        """Show another one."""
        self._name, self._ink = name, ink
        self.update()

    def _grow(self) -> None:
        self.setFixedSize(theme().px(self._points), theme().px(self._points))
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        icons.paint(painter, self._name, theme().tokens.colour(self._ink), QRectF(self.rect()))
        painter.end()


class Tile(Icon):
    """An icon on a rounded ground."""

    def __init__(
        self, name: str, ink: str = "accent", *, ground: str = "tint", edge: str = "", size: int = 40, inner: int = 20
    ) -> None:
        super().__init__(name, ink, size)
        self._ground = ground
        self._edge = edge
        self._inner = inner
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_ground(self, ground: str) -> None:
        """Change the colour under it."""
        self._ground = ground
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.colour(self._ground))
        painter.setPen(look.colour(self._edge) if self._edge else QColor(0, 0, 0, 0))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), look.px(8), look.px(8))
        size = look.px(self._inner)
        area = QRectF((self.width() - size) / 2, (self.height() - size) / 2, size, size)
        icons.paint(painter, self._name, look.tokens.colour(self._ink), area)
        painter.end()


class Avatar(QWidget):
    """The first letters of a name in a circle."""

    def __init__(self, name: str = "", size: int = 32) -> None:
        super().__init__()
        self._letters = initials(name)
        self.setFixedSize(theme().px(size), theme().px(size))
        theme().changed.connect(self.update)

    def show_name(self, name: str) -> None:
        """Show another one's."""
        self._letters = initials(name)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.colour("tint"))
        painter.setPen(QColor(0, 0, 0, 0))
        painter.drawEllipse(self.rect())
        painter.setPen(look.colour("accent"))
        painter.setFont(look.font(12, 600))
        painter.drawText(self.rect(), 0x84, self._letters)
        painter.end()


def initials(name: str) -> str:
    """Return at most two letters."""
    words = [word for word in name.replace(".", " ").replace("-", " ").replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in (words[:1] + words[-1:] if len(words) > 1 else words))
