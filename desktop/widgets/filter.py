"""Filters above a list: a choice with its name in it, and a day."""

from collections.abc import Sequence

from PySide6.QtCore import QDate, QLocale, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QComboBox,
    QFrame,
    QGridLayout,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)
from typing_extensions import override

from desktop.core.words import t
from desktop.style.theme import show_icon, theme
from desktop.widgets.button import Button, button, rename
from desktop.widgets.layout import column
from desktop.widgets.text import plain_tip

ROOMY = 1.3
"""Text sizes below this leave room for all filters in one row."""
CHOICE, SEARCH = 84, 128
"""Pixels that a filter needs at least."""


class Choice(QComboBox):
    """Such as *Outcome All*; `value` is what the server calls it, empty for all.

    Where there is no room for both, what is chosen is shown without the label, and the tooltip has the whole.
    """

    picked = Signal(str)

    def __init__(self, label: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(label)
        self._label = label
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.activated.connect(lambda _: self.picked.emit(self.value))
        self.currentIndexChanged.connect(lambda _: self._explain())

    @property
    def shown(self) -> tuple[str, str]:
        """The label and what is chosen, as far as there is room for them."""
        metrics, room = self.fontMetrics(), self._area().width()
        label, words = f"{self._label} ", self.currentText()
        if metrics.horizontalAdvance(label) + 1 + metrics.horizontalAdvance(words) <= room:
            return label, words
        right = Qt.TextElideMode.ElideRight
        if self.value:
            return "", metrics.elidedText(words, right, room)
        return metrics.elidedText(self._label, right, room), ""

    @property
    def value(self) -> str:
        """What is chosen."""
        return str(self.currentData() or "")

    def fill(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer values and their words; what was chosen stays chosen."""
        chosen = self.value
        self.blockSignals(True)
        self.clear()
        self.addItem(t("console.filter.all"), "")
        for value, words in options:
            self.addItem(words, value)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)
        self._explain()

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._explain()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        area, (label, words) = self._area(), self.shown
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme().colour("muted"))
        painter.drawText(area, left, label)
        if label:
            area.setLeft(area.left() + painter.fontMetrics().horizontalAdvance(label) + 1)
        painter.setPen(theme().colour("text"))
        painter.drawText(area, left, words)
        painter.end()

    def _area(self) -> QRect:
        """Return where words may stand."""
        return self.rect().adjusted(theme().px(9), 0, -theme().px(26), 0)

    def _explain(self) -> None:
        whole = f"{self._label} ", self.currentText()
        self.setToolTip("" if self.shown == whole else plain_tip("".join(whole)))


class DayFilter(Button):
    """A day, or any; a calendar opens under it. With an `earliest` day there has to be one, and none before that."""

    picked = Signal(object)

    def __init__(self, label: str, name: str, *, earliest: QDate | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self._label = label
        self._earliest = earliest
        self.day: QDate | None = None
        self.setProperty("look", "filter")
        show_icon(self, "calendar", "muted")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.clicked.connect(self._open)
        self._popup: QFrame | None = None
        self.choose(None)

    def choose(self, day: QDate | None) -> None:
        """Show this day."""
        self.day = day
        words = f"{day.day()} {t(f'console.month.{day.month()}')}" if day else t("console.filter.any")
        if day and day.year() != QDate.currentDate().year():
            words += f" {day.year()}"
        rename(self, f"{self._label} {words}")

    def _open(self) -> None:
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setProperty("look", "toast")
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar = QCalendarWidget()
        calendar.setObjectName(f"{self.objectName()}.calendar")
        calendar.setFirstDayOfWeek(QLocale.system().firstDayOfWeek())
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        if self.day:
            calendar.setSelectedDate(self.day)
        calendar.activated.connect(self._pick)
        calendar.clicked.connect(self._pick)
        any_day = button(t("console.filter.any_day"), f"{self.objectName()}.any", lambda: self._pick(None), small=True)
        if self._earliest is not None:
            calendar.setMinimumDate(self._earliest)
        popup.setLayout(column(calendar, any_day, gap=8, margins=(8, 8, 8, 8)))
        any_day.setHidden(self._earliest is not None)
        self._popup = popup
        popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        popup.show()
        calendar.setFocus()

    def _pick(self, day: QDate | None) -> None:
        if self._popup is not None:
            self._popup.close()
            self._popup = None
        self.choose(day)
        self.picked.emit(day)


def filters(parts: Sequence[QWidget]) -> QWidget:
    """Return filters beside each other, or in rows of three where the text is large."""
    grid = QWidget()
    layout = QGridLayout(grid)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme().px(8))
    across = len(parts) if theme().scale < ROOMY else 3
    for index, part in enumerate(parts):
        part.setMinimumWidth(theme().px(SEARCH if isinstance(part, QLineEdit) else CHOICE))
        layout.addWidget(part, index // across, index % across)
        layout.setColumnStretch(index % across, 1)
    return grid
