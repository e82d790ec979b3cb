"""What lies at a storage service, one level at a time: to look, nothing can be changed here."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.sizes import size
from desktop.core.storage import advice_for
from desktop.core.words import n, t
from desktop.dialogs.window import Dialog
from desktop.models.table import Column, State, TableModel
from desktop.pages.page import Faces
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.face import Face
from desktop.widgets.layout import box, column, row
from desktop.widgets.table import Table
from desktop.widgets.text import Elided, Text, plain_tip
from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.storage import Entries, Entry, StorageAccount, TestResult

HEIGHT, SMALL = 380, 200


class BrowseStorage(Dialog):
    """Enter or a double click opens a folder, Backspace leads up; it begins at the destinations' root or at `path`."""

    def __init__(self, parent: QWidget, desk: Desk, account: StorageAccount, path: str = "") -> None:
        super().__init__(parent, t("console.storage.browse_title", name=account.name), "storage_browse", 640)
        self._desk, self._account, self._path = desk, account, path
        self._more = False
        self._where = Elided("", "strong", name="storage_browse.path")
        self._up = button(t("console.storage.up"), "storage_browse.up", self._go_up, icon="chevron-up", small=True)
        self._model: TableModel[Entry] = TableModel(desk, _columns(), self._load, _named, self)
        self._table = Table(self._model, "storage_browse.table", row_height=36, least=96)
        self._table.setAccessibleName(t("console.storage.browse_table"))
        self._table.setFixedHeight(theme().px(HEIGHT if self.roomy else SMALL))
        empty = Face("folder", t("console.storage.nothing"), t("console.storage.nothing_text"), "storage_browse.empty")
        self._faces = Faces(self._table, empty, self._model.retry, "storage_browse.faces")
        self._count = Text("", "muted", wrap=True, name="storage_browse.count")
        head = row(self._up, gap=12)
        head.addWidget(self._where, 1)
        body = QWidget()
        card = box("card", column(self._faces, margins=(1, 1, 1, 1)))
        body.setLayout(column(head, card, None, gap=12, margins=(24, 20, 24, 20)))
        self.show_body(body)
        close = button(t("console.close"), "storage_browse.close", self.close, look="primary")
        foot = row(self._count, close, gap=8, margins=(24, 16, 24, 16))
        foot.setStretch(0, 1)
        self.show_foot(foot)
        self._table.doubleClicked.connect(lambda _: self._open())
        self._model.state_changed.connect(self._turn)
        self._model.loaded.connect(self._loaded)
        self._go(path)
        self._table.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self._go_up()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def _load(self, client: Client, query: dict[str, str]) -> Page[Entry]:
        """Read one level; not on the GUI thread."""
        try:
            found: Entries = client.browse_storage(self._account.id, query.get("path", ""))
        except Problem as problem:
            result = problem.members.get("result")
            if result not in set(TestResult):
                raise
            words = advice_for(TestResult(result), self._account.kind)
            raise Problem(problem.status, problem.code, t("console.storage.not_browsed"), words) from problem
        self._more = found.more
        return Page[Entry](items=found.items, total=len(found.items))

    def _go(self, path: str) -> None:
        self._path = path
        self._where.setText(path or self._account.name)
        self._up.setEnabled(bool(path))
        self._count.setText(t("console.storage.looking"))
        self._model.ask_for({"path": path})

    def _go_up(self) -> None:
        if self._path:
            self._go(self._path.rpartition("/")[0])
            self._table.setFocus()

    def _open(self) -> None:
        entry = self._model.item(self._model.row_of(self._table.key())) if self._table.key() else None
        if entry is not None and entry.folder:
            self._go(f"{self._path}/{entry.name}" if self._path else entry.name)

    def _turn(self) -> None:
        self._faces.turn(self._model.state, self._model.error)
        if self._model.state is State.FAILED and self._model.error is not None:
            self._count.setText(shown(self._model.error).title)
        QTimer.singleShot(0, self, self.fit)

    def _loaded(self) -> None:
        total = self._model.total or 0
        self._count.setText(n("console.storage.entries_more" if self._more else "console.storage.entries", total))
        if total and not self._table.key():
            self._table.selectRow(0)


def _columns() -> list[Column[Entry]]:
    return [
        Column(t("console.storage.name"), _named, share=70, tip=lambda each: plain_tip(each.name)),
        Column(t("console.storage.size"), _size, share=30, look="muted"),
    ]


def _named(entry: Entry) -> str:
    return f"{entry.name}/" if entry.folder else entry.name


def _size(entry: Entry) -> str:
    return t("console.storage.folder") if entry.folder else size(entry.size or 0)
