"""A table: whole rows, chips for states, selection and scroll that survive a reload."""

from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
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

from desktop.models.table import LOOK_ROLE, MARK_ROLE, TableModel
from desktop.style.theme import theme
from desktop.widgets.chip import Mark, paint_chip


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
        self.setItemDelegate(_Delegate(self))
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
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit(self.key()))

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
    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex, /
    ) -> None:
        look = theme()
        area: QRect = option.rect
        view: QWidget = option.widget
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(area, look.colour("tint"))
        painter.setPen(look.colour("line"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        first = index.column() == 0
        if first and chosen and view.hasFocus():
            painter.fillRect(QRect(area.x(), area.y(), 3, area.height() - 1), look.colour("accent"))
        inner = area.adjusted(look.px(16 if first else 12), 0, -look.px(4), -1)
        mark = index.data(MARK_ROLE)
        if isinstance(mark, Mark):
            paint_chip(painter, inner, mark)
        else:
            style = index.data(LOOK_ROLE)
            painter.setFont(look.font(13, 500 if style == "strong" else 400, tabular=style == "time"))
            painter.setPen(look.colour("muted" if style in ("muted", "time") and not chosen else "text"))
            text = QFontMetrics(painter.font()).elidedText(
                str(index.data() or ""), Qt.TextElideMode.ElideMiddle, inner.width()
            )
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
