"""How much space was used over time: a line over its ground, all of it in words too."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.sizes import STEP, size, used
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.chart import top_of
from desktop.widgets.text import plain_tip
from server.contract.storage import Usage

PLOT, AXIS, FOOT, ROOF, EDGE = 96, 56, 24, 8, 8
DOT, NAMED = 3, 72
"""Pixels of half a dot, and of a date below."""


class UsageChart(QWidget):
    """Shows measurements, oldest first; the lowest line is always nothing, so that growth looks as large as it is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._points: Sequence[Usage] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_usage(self, points: Sequence[Usage]) -> None:
        """Show these."""
        self._points = list(points)
        self.setAccessibleName(summary_of(points))
        self.setAccessibleDescription("\n".join(_words(each) for each in points))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        px = theme().px
        return QSize(px(AXIS + 240), px(ROOF + PLOT + FOOT))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(AXIS + NAMED * 2), self.sizeHint().height())

    @override
    def event(self, event: QEvent, /) -> bool:
        """Tell the measurement that is nearest to where the mouse rests."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._points:
            nearest = min(self._points, key=lambda each: abs(self._left(each) - event.x()))
            QToolTip.showText(event.globalPos(), plain_tip(_words(nearest)), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = round_top(max((each.bytes for each in self._points), default=0))
        self._paint_grid(painter, top)
        if self._points:
            self._paint_line(painter, top)
            self._paint_names(painter)
        painter.end()

    def _left(self, point: Usage) -> float:
        """Return where a measurement is; a single one is at the right, since it is the newest."""
        px = theme().px
        first, last = self._points[0].at, self._points[-1].at
        whole = (last - first).total_seconds()
        share = (point.at - first).total_seconds() / whole if whole > 0 else 1.0
        start, end = px(AXIS) + px(EDGE), self.width() - px(EDGE)
        return start + (end - start) * share

    def _paint_grid(self, painter: QPainter, top: int) -> None:
        look, px = theme(), theme().px
        painter.setFont(look.font(11, 400, tabular=True))
        for count in (0, top // 2, top):
            level = px(ROOF + PLOT) - px(PLOT) * count / top
            painter.setPen(look.colour("line"))
            painter.drawLine(QPointF(px(AXIS), round(level) + 0.5), QPointF(self.width(), round(level) + 0.5))
            painter.setPen(look.colour("muted"))
            area = QRectF(0, level - px(8), px(AXIS - 8), px(16))
            words = size(count) if count else "0"
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_line(self, painter: QPainter, top: int) -> None:
        look, px = theme(), theme().px
        floor = px(ROOF + PLOT)
        line = [QPointF(self._left(each), floor - px(PLOT) * each.bytes / top) for each in self._points]
        ground = [QPointF(line[0].x(), floor), *line, QPointF(line[-1].x(), floor)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("tint"))
        painter.drawPolygon(QPolygonF(ground))
        painter.setPen(QPen(look.colour("accent"), px(2)))
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("accent"))
        painter.drawEllipse(line[-1], px(DOT), px(DOT))

    def _paint_names(self, painter: QPainter) -> None:
        look, px = theme(), theme().px
        painter.setFont(look.font(11, 400))
        painter.setPen(look.colour("muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        area = QRectF(px(AXIS), px(ROOF + PLOT), self.width() - px(AXIS), px(FOOT))
        first, last = ends_of(self._points)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | middle, first)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | middle, last)


def round_top(most: int) -> int:
    """Return the round number up to which the picture goes, in the unit that `most` is told in, and in no bytes."""
    scale = STEP
    while most >= STEP * scale:
        scale *= STEP
    return top_of(max(2, -(-most // scale))) * scale


def summary_of(points: Sequence[Usage]) -> str:
    """Return in one sentence what the picture shows."""
    if not points:
        return t("console.storage.usage_none")
    first, last = points[0], points[-1]
    if len(points) == 1:
        return _words(first)
    return t(
        "console.storage.usage_summary",
        first=moments.date(first.at),
        before=size(first.bytes),
        last=moments.date(last.at),
        now=size(last.bytes),
    )


def ends_of(points: Sequence[Usage]) -> tuple[str, str]:
    """Return what stands below the first point and the last one: days, and times where all are of one day."""
    first, last = points[0].at, points[-1].at
    if first == last:
        return "", moments.day(last)
    if moments.day(first) == moments.day(last):
        return moments.short(first), f"{moments.day(last)}, {moments.short(last)}"
    return moments.day(first), moments.day(last)


def _words(point: Usage) -> str:
    return f"{moments.until(point.at)}: {used(point.bytes, point.objects)}"
