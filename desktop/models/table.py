"""One table model for every list: columns say what to show, the server pages, sorts and filters."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

from desktop.core.calls import HEAVY
from desktop.core.client import Client
from desktop.core.desk import Desk
from server.contract.message import Page

Item = TypeVar("Item")
Index = QModelIndex | QPersistentModelIndex

PAGE = 100
"""Rows of one answer; more at once would hold up whoever paints while they are read."""
MOST_STEPS = 40
"""Differences from which on all rows are simply replaced."""
NOT_KNOWN = "?"
"""Where a list goes on, when it has to be read anew."""
MARK_ROLE = Qt.ItemDataRole.UserRole + 1
"""What a chip shows instead of text."""
LOOK_ROLE = Qt.ItemDataRole.UserRole + 2
"""`strong`, `muted` or empty."""


Step = tuple[str, int, int, int, int]
"""As `difflib` gives it: what, from and to in the old rows, from and to in the new ones."""


class State(Enum):
    """Which of its four faces a list shows."""

    LOADING = "loading"
    EMPTY = "empty"
    FAILED = "failed"
    CONTENT = "content"


@dataclass(frozen=True)
class Column(Generic[Item]):
    """One column; `sort` is the server's name for it, `share` its part of the width.

    Where there is too little room, the columns with the highest `folds` go first, those with none stay.
    """

    heading: str
    text: Callable[[Item], str]
    sort: str = ""
    share: int = 1
    look: str = ""
    tip: Callable[[Item], str] | None = None
    mark: Callable[[Item], object] | None = None
    folds: int = 0


@dataclass(frozen=True)
class _Batch(Generic[Item]):
    items: list[Item]
    next: str | None
    total: int | None
    before: list[Item]
    """What was shown when it was asked for; `steps` and `touched` lead from there to `items`."""
    steps: list[Step]
    touched: list[int]


class TableModel(QAbstractTableModel, Generic[Item]):
    """Holds what has been scrolled to so far; a reload reads as much again, and nothing moves.

    A list that only `grows`, at its top, is read again only as far as to the first item that is known.
    """

    state_changed = Signal()
    loaded = Signal()

    def __init__(
        self,
        desk: Desk,
        columns: list[Column[Item]],
        load: Callable[[Client, dict[str, str]], Page[Item]],
        key: Callable[[Item], str],
        parent: QObject | None = None,
        *,
        grows: bool = False,
    ) -> None:
        super().__init__(parent)
        self.columns = columns
        self.total: int | None = None
        self.state = State.LOADING
        self.error: Exception | None = None
        self.query: dict[str, str] = {}
        self._desk = desk
        self._load = load
        self._key = key
        self._grows = grows
        self._items: list[Item] = []
        self._next: str | None = None
        self._turn = 0
        self._busy = False
        self._again = False
        self._more = False

    def ask_for(self, query: dict[str, str]) -> None:
        """Filter and sort by these from now on."""
        if query != self.query or self.state is not State.CONTENT:
            self.query = query
            self._read(background=False, count=PAGE)

    def reload(self) -> None:
        """Read again what is shown, by ourselves."""
        if self._busy:
            self._again = True
        else:
            self._read(background=True, count=max(PAGE, len(self._items)))

    def retry(self) -> None:
        """Read again, because somebody asked."""
        self._read(background=False, count=max(PAGE, len(self._items)))

    def item(self, row: int) -> Item | None:
        """Return what a row shows."""
        return self._items[row] if 0 <= row < len(self._items) else None

    def row_of(self, key: str) -> int:
        """Return where the item with this key is, or -1."""
        return next((row for row, item in enumerate(self._items) if self._key(item) == key), -1)

    def key_of(self, row: int) -> str:
        """Return the key of a row's item."""
        item = self.item(row)
        return "" if item is None else self._key(item)

    def repaint(self) -> None:
        """Show the same items anew, since something beside them has changed."""
        if self._items:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._items) - 1, len(self.columns) - 1))

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._items)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.item(index.row()) if index.isValid() else None
        if item is None:
            return None
        column = self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(item)
        if role == MARK_ROLE:
            return column.mark(item) if column.mark else None
        if role == LOOK_ROLE:
            return column.look
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip(item) if column.tip else None
        return None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    @override
    def canFetchMore(self, parent: Index, /) -> bool:
        return not parent.isValid() and self._next is not None and not self._more

    @override
    def fetchMore(self, parent: Index, /) -> None:
        if not self.canFetchMore(parent):
            return
        self._more = True
        if not self._busy:  # else it comes after what is under way
            self._fetch()

    def _fetch(self) -> None:
        self._busy = True
        self._more = False
        turn, query, cursor = self._turn, dict(self.query), self._next or ""
        client = self._desk.client
        self._desk.run(
            self,
            lambda: self._load(client, {**query, "limit": str(PAGE), "cursor": cursor}),
            lambda page: self._append(turn, page),
            lambda error: self._fail(turn, error),
        )

    def _read(self, *, background: bool, count: int) -> None:
        self._turn += 1
        self._busy = True
        self._again = self._more = False
        turn, query, before = self._turn, dict(self.query), self._items
        client = self._desk.client.in_background() if background else self._desk.client
        rest = self._next if background and self._grows else NOT_KNOWN
        self._desk.run(
            self,
            lambda: self._collect(client, query, count, before, rest),
            lambda batch: self._replace(turn, batch),
            lambda error: self._fail(turn, error),
        )

    def _collect(
        self, client: Client, query: dict[str, str], count: int, before: list[Item], rest: str | None
    ) -> _Batch[Item]:
        """Read, and find out what is different: off the GUI thread, which only has to take the steps.

        Where `rest`, the cursor after `before`, still holds, the first item that is known ends the reading.
        """
        known = {self._key(item): item for item in before}
        items: list[Item] = []
        total: int | None = None
        cursor: str | None = None
        while True:
            wanted = {**query, "limit": str(PAGE), **({"cursor": cursor} if cursor else {})}
            page = self._load(client, wanted)
            total = total if page.total is None else page.total
            for item in page.items:  # what is the same stays the same object: young ones keep the collector busy
                old = known.get(self._key(item))
                if old is not None and rest != NOT_KNOWN:
                    return _Batch(items + before, rest, total, before, [("insert", 0, 0, 0, len(items))], [])
                items.append(old if old is not None and old == item else item)
            cursor = page.next
            if cursor is None or len(items) >= count:
                with HEAVY:
                    return _Batch(items, cursor, total, before, *self._compared(before, items))

    def _compared(self, before: list[Item], items: list[Item]) -> tuple[list[Step], list[int]]:
        old, new = [self._key(item) for item in before], [self._key(item) for item in items]
        found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        steps: list[Step] = [step for step in found if step[0] != "equal"]
        known = dict(zip(old, before, strict=True))
        return steps, [row for row, key in enumerate(new) if key in known and known[key] is not items[row]]

    def _replace(self, turn: int, batch: _Batch[Item]) -> None:
        if turn != self._turn:
            return
        self._busy = False
        self.error = None
        self.total = batch.total if batch.total is not None else (len(batch.items) if batch.next is None else None)
        self._next = batch.next
        if batch.before is self._items and self._items and len(batch.steps) <= MOST_STEPS:
            self._step(batch)
        else:
            self.beginResetModel()
            self._items = batch.items
            self.endResetModel()
        self._turn_to(State.CONTENT if self._items else State.EMPTY)
        self._go_on()

    def _step(self, batch: _Batch[Item]) -> None:
        """Take rows out and put rows in, from the end, so that what stays is not touched."""
        for _, start, end, first, last in reversed(batch.steps):
            if end > start:
                self.beginRemoveRows(QModelIndex(), start, end - 1)
                self._items = self._items[:start] + self._items[end:]
                self.endRemoveRows()
            if last > first:
                self.beginInsertRows(QModelIndex(), start, start + last - first - 1)
                self._items = self._items[:start] + batch.items[first:last] + self._items[start:]
                self.endInsertRows()
        self._items = batch.items
        for row in batch.touched:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def _append(self, turn: int, page: Page[Item]) -> None:
        if turn != self._turn:
            return
        self._busy = False
        known = {self._key(item) for item in self._items}
        items = [item for item in page.items if self._key(item) not in known]
        self._next = page.next
        if items:
            first = len(self._items)
            self.beginInsertRows(QModelIndex(), first, first + len(items) - 1)
            self._items = self._items + items
            self.endInsertRows()
        self._go_on()

    def _go_on(self) -> None:
        """Do what was asked for meanwhile: first what somebody scrolls for."""
        self.loaded.emit()
        if self._more and self._next is not None:
            self._fetch()
            return
        self._more = False
        if self._again:
            self.reload()

    def _fail(self, turn: int, error: Exception) -> None:
        if turn != self._turn:
            return
        self._busy = False
        self.error = error
        if not self._items:
            self._turn_to(State.FAILED)
        else:
            self._desk.tell(error)

    def _turn_to(self, state: State) -> None:
        self.state = state
        self.state_changed.emit()
