"""A table: whole rows, chips for states, selection and scroll that survive a reload."""

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from typing_extensions import override

from desktop.core.words import t
from desktop.models.table import TableModel
from desktop.style.theme import theme
from desktop.widgets.chip import Mark, paint_chip

MOST_PICTURES = 2000
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class Table(QTableView):
    """Shows a `TableModel`; `selected` carries the key of the selected row, or nothing."""

    selected = Signal(str)

    def __init__(self, model: TableModel[Any], name: str, *, row_height: int = 40, least: int = 132) -> None:
        super().__init__()
        self.setObjectName(name)
        self._records = model
        self._least = least
        self._kept = ("", 0)
        self._sort = ("", Qt.SortOrder.AscendingOrder)
        self.setModel(model)
        self.setItemDelegate(_Delegate(self, model))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme().px(row_height))
        self.verticalHeader().setMinimumSectionSize(theme().px(row_height))
        head = self.horizontalHeader()
        head.setFixedHeight(theme().px(36))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setHighlightSections(False)
        head.setAccessibleName(t("console.table.headings"))
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit(self.key()))

    def keep_rows(self, count: int) -> None:
        """Never be lower than so many rows: what is around it scrolls instead."""
        rows = count * self.verticalHeader().defaultSectionSize()
        self.setMinimumHeight(self.horizontalHeader().height() + rows + self.horizontalScrollBar().sizeHint().height())

    def key(self) -> str:
        """Return the key of the selected row."""
        rows = self.selectionModel().selectedRows()
        return self._records.key_of(rows[0].row()) if rows else ""

    def select(self, key: str) -> None:
        """Select the row with this key, where it is shown."""
        row = self._records.row_of(key)
        if row >= 0:
            index = self._records.index(row, 0)
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(index, flags)
        else:
            self.clearSelection()

    def tick(self, ticks: Callable[[Any], bool]) -> None:
        """Paint anew what can be seen, where some of it `ticks`: what is scrolled away costs nothing."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        last = self._records.rowCount() - 1 if last < 0 else last
        seen = (self._records.item(row) for row in range(max(0, first), last + 1))
        if any(item is not None and ticks(item) for item in seen):
            self.viewport().update()

    def sortable(self, sort: str, order: Qt.SortOrder) -> None:
        """Show the order, and let the headings change it."""
        self._sort = (sort, order)
        head = self.horizontalHeader()
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(True)
        head.setSortIndicator(self._section(sort), order)
        head.sortIndicatorChanged.connect(self._sorted)

    sorted_by = Signal(str, object)

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        least, room = theme().px(self._least), self.viewport().width()
        shown = list(enumerate(self._records.columns))
        while room < least * len(shown) and (most := max(column.folds for _, column in shown)):
            shown = [(index, column) for index, column in shown if column.folds < most]
        whole = left = max(room, least * len(shown))
        places = {index for index, _ in shown}
        for index in range(len(self._records.columns)):
            self.setColumnHidden(index, index not in places)
        for index, column in shown:
            width = left if index == shown[-1][0] else whole * column.share // sum(each.share for _, each in shown)
            self.setColumnWidth(index, width)
            left -= width

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        """Show that the keyboard is here, where no selected row does."""
        super().paintEvent(event)
        if self.hasFocus() and not self.selectionModel().hasSelection():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(theme().colour("accent"), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()

    def _sorted(self, section: int, order: Qt.SortOrder) -> None:
        sort = self._records.columns[section].sort
        if not sort:
            head = self.horizontalHeader()
            head.blockSignals(True)
            head.setSortIndicator(self._section(self._sort[0]), self._sort[1])
            head.blockSignals(False)
            return
        if (sort, order) != self._sort:
            self._sort = (sort, order)
            self.sorted_by.emit(sort, order)

    def _section(self, sort: str) -> int:
        return next((index for index, column in enumerate(self._records.columns) if column.sort == sort), 0)

    def _keep(self) -> None:
        self._kept = (self.key(), self.verticalScrollBar().value())

    def _restore(self) -> None:
        key, place = self._kept
        if key:
            self.select(key)
        self.updateGeometries()
        self.verticalScrollBar().setValue(place)
        self.selected.emit(self.key())


class _Delegate(QStyledItemDelegate):
    """Shows pictures of cells: each call into Qt may have to wait for a worker, so there is one a cell."""

    def __init__(self, view: QTableView, records: TableModel[Any]) -> None:
        super().__init__(view)
        self._records = records

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex, /
    ) -> None:
        look, area = theme(), option.rect
        view: QWidget = option.widget
        column, item = self._records.columns[index.column()], self._records.item(index.row())
        if item is None:
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        first = index.column() == 0
        ratio = view.devicePixelRatioF()
        shown = column.mark(item) if column.mark else column.text(item)
        cell = _Cell(shown, column.look, area.width(), area.height(), chosen, first, first and view.hasFocus(), ratio)
        picture = look.pictures.get(cell)
        if picture is None:
            if len(look.pictures) > MOST_PICTURES:
                look.pictures.clear()
            picture = look.pictures[cell] = _drawn(cell)
        painter.drawPixmap(area.topLeft(), picture)


class _Cell(NamedTuple):
    """All that decides how a cell looks: it is drawn once, and shown as often as it is needed."""

    shown: object
    look: str
    width: int
    height: int
    chosen: bool
    first: bool
    focused: bool
    ratio: float


def _drawn(cell: _Cell) -> QPixmap:
    look = theme()
    picture = QPixmap(QSize(cell.width, cell.height) * cell.ratio)
    picture.setDevicePixelRatio(cell.ratio)
    picture.fill(look.colour("tint") if cell.chosen else Qt.GlobalColor.transparent)
    area = QRect(0, 0, cell.width, cell.height)
    painter = QPainter(picture)
    painter.setPen(look.colour("line"))
    painter.drawLine(area.bottomLeft(), area.bottomRight())
    if cell.first and cell.chosen and cell.focused:
        painter.fillRect(QRect(0, 0, 3, cell.height - 1), look.colour("accent"))
    inner = area.adjusted(look.px(16 if cell.first else 12), 0, -look.px(4), -1)
    if isinstance(cell.shown, Mark):
        paint_chip(painter, inner, cell.shown)
    else:
        weight, tabular = 500 if cell.look == "strong" else 400, cell.look == "time"
        painter.setFont(look.font(13, weight, tabular=tabular))
        painter.setPen(look.colour("muted" if cell.look in ("muted", "time") and not cell.chosen else "text"))
        metrics = look.metrics(13, weight, tabular=tabular)
        painter.drawText(inner, LEFT, metrics.elidedText(str(cell.shown), Qt.TextElideMode.ElideMiddle, inner.width()))
    painter.end()
    return picture
