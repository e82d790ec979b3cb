"""A chip: a state in a word, never in colour alone."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.style.theme import theme


@dataclass(frozen=True)
class Mark:
    """A word and its tone: `good`, `waiting`, `bad`, `accent` or `off`; a count has no dot."""

    text: str
    tone: str = "off"
    dot: bool = True


class Chip(QWidget):
    """A chip on its own."""

    def __init__(self, mark: Mark | None = None, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._mark = mark or Mark("")
        self.show_mark(self._mark)
        theme().changed.connect(self.update)

    def show_mark(self, mark: Mark) -> None:
        """Show another state."""
        changed, self._mark = mark != self._mark, mark
        self.setAccessibleName(mark.text)
        if not mark.text:
            self.hide()
        elif self.parentWidget() is not None:
            self.show()
        if changed:
            self.updateGeometry()
            self.update()

    def text(self) -> str:
        """Return its word."""
        return self._mark.text

    @override
    def sizeHint(self) -> QSize:
        return chip_size(self._mark)

    @override
    def minimumSizeHint(self) -> QSize:
        return chip_size(self._mark)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        paint_chip(painter, self.rect(), self._mark)
        painter.end()


def chip_size(mark: Mark) -> QSize:
    """Return the room that a chip takes."""
    look = theme()
    width = look.metrics(12, 600).horizontalAdvance(mark.text) + look.px(16 + (12 if mark.dot else 0))
    return QSize(width, look.px(20))


def paint_chip(painter: QPainter, area: QRect, mark: Mark) -> None:
    """Draw a chip at the left of an area, centred in height."""
    look, ratio = theme(), painter.device().devicePixelRatioF()
    picture = look.pictures.get((mark, ratio))
    if picture is None:
        size = chip_size(mark)
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        inside = QPainter(picture)
        _draw(inside, QRect(QPoint(0, 0), size), mark)
        inside.end()
        look.pictures[mark, ratio] = picture
    height = round(picture.height() / ratio)
    top = area.y() + (area.height() - height) // 2
    if picture.width() / ratio <= area.width():
        painter.drawPixmap(area.x(), top, picture)
    else:
        _draw(painter, QRect(area.x(), top, area.width(), height), mark)


def _draw(painter: QPainter, area: QRect, mark: Mark) -> None:
    look = theme()
    body = QRectF(area)
    off = mark.tone == "off"
    ground = {"off": look.colour("card"), "accent": look.colour("tint")}.get(mark.tone) or look.colour(
        f"{mark.tone}_ground"
    )
    ink = look.colour("muted" if off else mark.tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(ground)
    painter.setPen(look.colour("line") if off else QColor(0, 0, 0, 0))
    shape = body.adjusted(0.5, 0.5, -0.5, -0.5) if off else body
    painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
    left = body.x() + look.px(8)
    if mark.dot:
        painter.setBrush(ink)
        painter.setPen(QColor(0, 0, 0, 0))
        radius = look.px(6) / 2
        painter.drawEllipse(QPointF(left + radius, body.center().y()), radius, radius)
        left += look.px(12)
    painter.setPen(ink)
    painter.setFont(look.font(12, 600))
    room = QRectF(left, body.y(), body.right() - look.px(8) - left + 1, body.height())
    text = look.metrics(12, 600).elidedText(mark.text, Qt.TextElideMode.ElideRight, int(room.width()) + 1)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip, text)
    painter.restore()
