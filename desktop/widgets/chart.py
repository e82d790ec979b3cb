"""How the requests of the last days ended: stacked bars, totals in the legend, all of it in words too."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text, plain_tip
from server.contract.overview import Day

PARTS = (("approved", "accent"), ("rejected", "bad"), ("expired", "waiting"))
"""From the bottom of a bar to its top."""
BAR, APART, PLOT, AXIS, FOOT, ROOF = 12, 22, 96, 28, 24, 8
WEEK = 7
TOPS = (2, 4, 6, 8, 10, 12, 16, 20)


class Chart(QWidget):
    """Legend above, bars below."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "plain")
        self._totals = {part: Text("0", "strong", name=f"{name}.{part}") for part, _ in PARTS}
        legend = row(gap=16)
        for part, ink in PARTS:
            words = Text(t(f"console.chart.{part}"), "muted")
            legend.addLayout(row(_Square(ink), words, self._totals[part], gap=6))
        legend.addStretch(1)
        self._bars = _Bars()
        self.setLayout(column(legend, self._bars, gap=12, margins=(20, 0, 20, 12)))

    def show_days(self, days: Sequence[Day]) -> None:
        """Show these, oldest first."""
        if days == self._bars.days:
            return
        for part, total in self._totals.items():
            total.setText(f"{sum(getattr(day, part) for day in days):,}")
        self._bars.show_days(days)
        told = {part: total.text() for part, total in self._totals.items()}
        self.setAccessibleName(t("console.chart.summary", count=len(days), **told))
        self.setAccessibleDescription("\n".join(_words(day) for day in days))


class _Bars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.days: Sequence[Day] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_days(self, days: Sequence[Day]) -> None:
        self.days = days
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        px = theme().px
        return QSize(px(AXIS) + len(self.days) * px(APART), px(ROOF + PLOT + FOOT))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(AXIS + BAR), self.sizeHint().height())

    @override
    def event(self, event: QEvent, /) -> bool:
        """Tell a day's numbers where the mouse rests."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = int((event.x() - theme().px(AXIS)) // self._apart) if self.days else -1
            if 0 <= place < len(self.days):
                QToolTip.showText(event.globalPos(), plain_tip(_words(self.days[place])), self)
                return True
        return super().event(event)

    @property
    def _apart(self) -> float:
        return (self.width() - theme().px(AXIS)) / max(1, len(self.days))

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        top = top_of(max((_sum(day) for day in self.days), default=0))
        self._paint_grid(painter, top)
        for place, day in enumerate(self.days):
            self._paint_bar(painter, place, day, top)
        self._paint_names(painter)
        painter.end()

    def _paint_grid(self, painter: QPainter, top: int) -> None:
        look, px = theme(), theme().px
        painter.setFont(look.font(11, 400, tabular=True))
        for count in (0, top // 2, top):
            level = px(ROOF + PLOT) - px(PLOT) * count // top
            painter.setPen(look.colour("line"))
            painter.drawLine(px(AXIS), level, self.width(), level)
            painter.setPen(look.colour("muted"))
            area = QRectF(0, level - px(8), px(AXIS - 8), px(16))
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(count))

    def _paint_bar(self, painter: QPainter, place: int, day: Day, top: int) -> None:
        look, px = theme(), theme().px
        left = round(px(AXIS) + self._apart * (place + 0.5) - px(BAR) / 2)
        level = float(px(ROOF + PLOT))
        painter.setPen(QColor(0, 0, 0, 0))
        for part, ink in PARTS:
            height = px(PLOT) * getattr(day, part) / top
            if height:
                air = 1 if level < px(ROOF + PLOT) else 0
                painter.fillRect(QRectF(left, level - height, px(BAR), max(1.0, height - air)), look.colour(ink))
                level -= height

    def _paint_names(self, painter: QPainter) -> None:
        look, px = theme(), theme().px
        painter.setFont(look.font(11, 400))
        painter.setPen(look.colour("muted"))
        last = len(self.days) - 1
        for place, day in enumerate(self.days):
            if place % WEEK == 0 or place == last:
                words = t("console.chart.today") if place == last else _date(day)
                wide = px(64)
                middle = px(AXIS) + self._apart * (place + 0.5)
                left = min(middle - wide / 2, self.width() - wide)
                align = Qt.AlignmentFlag.AlignRight if left < middle - wide / 2 else Qt.AlignmentFlag.AlignHCenter
                area = QRectF(left, px(ROOF + PLOT), wide, px(FOOT))
                painter.drawText(area, align | Qt.AlignmentFlag.AlignVCenter, words)


class _Square(QWidget):
    """The colour of a part, beside its word."""

    def __init__(self, ink: str) -> None:
        super().__init__()
        self._ink = ink
        self.setFixedSize(theme().px(8), theme().px(8))
        theme().changed.connect(self.update)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(theme().colour(self._ink))
        painter.drawRoundedRect(QRectF(self.rect()), theme().px(2), theme().px(2))
        painter.end()


def top_of(most: int) -> int:
    """Return the round and even number up to which a chart goes."""
    scale = 1
    while most > TOPS[-1] * scale:
        scale *= 10
    return next(top * scale for top in TOPS if top * scale >= most)


def _sum(day: Day) -> int:
    return day.approved + day.rejected + day.expired


def _date(day: Day) -> str:
    return moments.day(datetime(day.day.year, day.day.month, day.day.day).astimezone())


def _words(day: Day) -> str:
    return t("console.chart.day", day=_date(day), approved=day.approved, rejected=day.rejected, expired=day.expired)
