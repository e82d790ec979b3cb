"""The list of deletions that destroy data, newest first: what waits, what runs, and the report of each that ended."""

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.client import Client
from desktop.core.deletions import AnyDeletion
from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.delete_now import ACTION as DELETE_NOW
from desktop.dialogs.deletion_steps import DeletionSteps
from desktop.models.table import TableModel
from desktop.pages.listing import Listing
from desktop.pages.page import Page
from desktop.widgets.beat import Beat
from desktop.widgets.deletion_bar import DeletionBar
from desktop.widgets.deletion_columns import columns
from desktop.widgets.face import Face
from desktop.widgets.filter import Choice
from desktop.widgets.layout import column, row
from desktop.widgets.search import Search
from desktop.widgets.table import Table
from server.contract import message
from server.contract.deletion import Deletion, DeletionStatus
from server.contract.topic import Topic

TICK_MS = 5000


class DeletionList(Page):
    """The users of what is done are gone: this is where their reports are found."""

    name = "users.deletions"
    icon = "trash-2"
    topics = frozenset({Topic.USERS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._chosen: Deletion | None = None
        self._model: TableModel[Deletion] = TableModel(desk, columns(), _load, lambda each: each.id, self)
        self.table = Table(self._model, "deletions.table")
        self.table.keep_rows(2)
        self.table.setAccessibleName(t("console.users.deletions.title"))
        self.search = Search(t("console.deletions.search"), "deletions.search", in_head=True)
        self.filters = QWidget()
        self._status = Choice(t("console.users.status"), "deletions.status")
        self._status.fill([(each.value, t(f"console.deletions.status.{each}")) for each in DeletionStatus])
        self.filters.setLayout(row(self._status))
        self.filters.setFocusProxy(self._status)
        self._empty = Face(
            "trash-2", t("console.deletions.empty"), t("console.deletions.empty_text"), "deletions.empty"
        )
        self._bar = DeletionBar()
        self._steps = DeletionSteps(self, desk)
        self._faces = Listing(self._model, self.table, self._empty, "deletions", bar=self._bar)
        self.setLayout(column(self._faces.card()))
        self.setFocusProxy(self.table)
        self._join()

    @override
    def reload(self) -> None:
        """Read what is shown again."""
        self._faces.renew(self._ask)

    @override
    def begin(self, what: str) -> None:
        """Show those of a status."""
        self.search.clear()
        self._status.setCurrentIndex(max(0, self._status.findData(what)))
        self._ask()

    def _join(self) -> None:
        self.search.asked.connect(self._ask)
        self.shortcut(QKeySequence.StandardKey.Find, self.search.setFocus, self.search)
        self._status.picked.connect(lambda _: self._ask())
        self.table.selected.connect(self._select)
        self.table.activated.connect(lambda _: self._bar.report_asked.emit())
        self._bar.request_asked.connect(self.desk.asked)
        self._steps.serve(self._bar, self._on_its_way)
        self._steps.changed.connect(self.reload)
        self._steps.request_asked.connect(lambda request: self.wanted.emit(f"approvals#{request}"))
        self._model.state_changed.connect(self._turn)
        self._model.loaded.connect(lambda: self._select(self.table.key()))
        self.desk.approvals.changed.connect(self._show_pending)
        Beat(self, TICK_MS, self._tick)

    def _ask(self) -> None:
        asked = {"q": self.search.text().strip(), "status": self._status.value}
        self._model.ask_for({name: value for name, value in asked.items() if value})

    def _turn(self) -> None:
        if self._model.query:
            self._empty.say(t("console.deletions.none_found"), t("console.deletions.none_found_text"))
        else:
            self._empty.say(t("console.deletions.empty"), t("console.deletions.empty_text"))

    def _tick(self) -> None:
        self.table.tick(lambda each: each.status is DeletionStatus.HELD)
        self._bar.tick()

    def _show_pending(self) -> None:
        self._select(self.table.key())

    def _select(self, key: str) -> None:
        self._chosen = chosen = self._model.item(self._model.row_of(key)) if key else None
        hastened = self.desk.approvals.waiting_for(DELETE_NOW, chosen.user) if chosen is not None else None
        self._bar.show_deletion(chosen, self.desk.session.me, hastened)

    def _on_its_way(self) -> tuple[str, str, AnyDeletion] | None:
        chosen = self._chosen
        return None if chosen is None else (chosen.user, chosen.username, chosen)


def _load(client: Client, query: dict[str, str]) -> message.Page[Deletion]:
    return client.deletions(query)
