"""The audit log: every event with all its parameters, filtered and paged by the server, exported whole."""

from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.words import n, t
from desktop.models.table import Column, TableModel
from desktop.pages.listing import Listing, head
from desktop.pages.page import Page
from desktop.widgets.audit_details import AuditDetails, mark_of_outcome
from desktop.widgets.button import button
from desktop.widgets.face import Face
from desktop.widgets.filter import Choice, DayFilter, filters
from desktop.widgets.layout import column
from desktop.widgets.search import Search
from desktop.widgets.split import Split
from desktop.widgets.table import Table
from desktop.widgets.text import Text, plain_tip
from server.contract import message
from server.contract.administrator import Administrator
from server.contract.audit import AuditEvent, Outcome
from server.contract.topic import Topic

LIST, DETAILS = 120, 190
"""Pixels that the list and the details need at least."""
SUBJECTS = (
    "request",
    "decision",
    "call",
    "action",
    "session",
    "enrolment",
    "device",
    "user",
    "company",
    "storage_account",
    "destination",
    "administrator",
    "invitation",
    "audit",
)


class AuditPage(Page):
    """Filters, the table, and the selected event in full."""

    name = "audit"
    icon = "scroll-text"
    topics = frozenset({Topic.AUDIT})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._model: TableModel[AuditEvent] = TableModel(
            desk, _columns(), _load, lambda event: event.id, self, grows=True
        )
        self._table = Table(self._model, "audit.table", row_height=36, least=116)
        self._table.setAccessibleName(t("console.audit.title"))
        self._facts = Text("", "muted", name="audit.facts")
        self._export_button = button(t("console.audit.export"), "audit.export", self._choose_file, icon="download")
        self._actors: list[str] = []
        self._details = AuditDetails()
        empty = Face("scroll-text", t("console.audit.empty"), t("console.audit.empty_text"), "audit.empty")
        self._faces = Listing(self._model, self._table, empty, "audit")
        top = head(t("console.audit.title"), self._facts, self._export_button)
        self._split = Split(self._filters(), self._faces.card(foot=6), self._details, (LIST, DETAILS), self._table)
        layout = column(top, 12, margins=(24, 24, 24, 24))
        layout.addWidget(self._split, 1)
        self.setLayout(layout)
        self.setFocusProxy(self._table)
        self._table.selected.connect(self._select)
        self._table.activated.connect(lambda _: self._open())
        self._table.clicked.connect(lambda _: self._open())
        self.shortcut(QKeySequence.StandardKey.Find, self._text.setFocus, self._text)
        self.shortcut("Ctrl+E", self._choose_file, self._export_button)
        self._model.loaded.connect(self._loaded)

    @override
    def reload(self) -> None:
        """Read what is shown again."""
        self._faces.renew(self._ask)
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: client.administrators({"limit": "100"}).items, self._offer_actors, lambda _: None)

    def _filters(self) -> QWidget:
        self._actor = Choice(t("console.audit.actor"), "audit.actor")
        self._event = Choice(t("console.audit.event"), "audit.event")
        self._outcome = Choice(t("console.audit.outcome"), "audit.outcome")
        self._from = DayFilter(t("console.audit.from"), "audit.from")
        self._to = DayFilter(t("console.audit.to"), "audit.to")
        self._actor.fill([])
        self._event.fill([(subject, t(f"console.audit.subject.{subject}")) for subject in SUBJECTS])
        self._outcome.fill([(outcome.value, mark_of_outcome(outcome).text) for outcome in Outcome])
        self._text = Search(t("console.audit.any_text"), "audit.search")
        self._text.asked.connect(self._ask)
        parts: list[QWidget] = [self._actor, self._event, self._outcome, self._from, self._to, self._text]
        for choice in (self._actor, self._event, self._outcome, self._from, self._to):
            choice.picked.connect(lambda _: self._ask())
        return filters(parts)

    def _query(self) -> dict[str, str]:
        query = {
            "actor": self._actor.value,
            "event": self._event.value,
            "outcome": self._outcome.value,
            "q": self._text.text().strip(),
        }
        start, end = self._from.day, self._to.day
        if isinstance(start, QDate):
            query["from"] = _instant(start)
        if isinstance(end, QDate):
            query["to"] = _instant(end.addDays(1))
        return {name: value for name, value in query.items() if value}

    def _ask(self) -> None:
        self._model.ask_for(self._query())

    def _offer_actors(self, administrators: list[Administrator]) -> None:
        names = [one.username for one in administrators]
        if names != self._actors:
            self._actors = names
            self._actor.fill([(name, name) for name in names])

    def _loaded(self) -> None:
        total = self._model.total
        self._facts.setText("" if total is None else n("console.audit.count", total))
        self._select(self._table.key())

    def _select(self, key: str) -> None:
        event = self._model.item(self._model.row_of(key)) if key else None
        if event is None:
            self._split.close_details()
            return
        self._details.show_event(event)
        self._split.show_details(asked=False)

    def _open(self) -> None:
        """Show the details, since somebody asked for them."""
        if self._table.key():
            self._split.show_details(asked=True)

    def _choose_file(self) -> None:
        name = f"audit-{QDate.currentDate().toString('yyyy-MM-dd')}.csv"
        dialog = QFileDialog(self, t("console.audit.export_title"), str(Path.home() / name))
        dialog.setObjectName("audit.export_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([t("console.audit.csv"), t("console.audit.jsonl")])
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("csv" if "csv" in chosen else "jsonl"))
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda file: self.export(Path(file)))
        dialog.open()

    def export(self, file: Path) -> None:
        """Write what the filters let through to a file; its ending is its format."""
        query = {**self._query(), "format": "jsonl" if file.suffix.lower() in (".jsonl", ".json") else "csv"}
        self._export_button.setEnabled(False)
        client = self.desk.client

        def done(_: int) -> None:
            self._export_button.setEnabled(True)
            self.desk.said.emit(t("console.audit.exported", file=file), "good")

        def failed(error: Exception) -> None:
            self._export_button.setEnabled(True)
            self.desk.tell(error)

        self.desk.run(self, lambda: client.export_audit(query, file), done, failed, slow=True)


def _columns() -> list[Column[AuditEvent]]:
    return [
        Column(t("console.audit.time"), _time, share=14, look="time", tip=lambda event: moments.utc(event.at)),
        Column(t("console.audit.event"), lambda event: event.event, share=23, look="strong"),
        Column(
            t("console.audit.actor"),
            lambda event: event.username or "",
            share=13,
            tip=lambda event: plain_tip(event.username or ""),
            folds=1,
        ),
        Column(t("console.audit.target"), _target, share=24, tip=lambda event: plain_tip(_target(event))),
        Column(
            t("console.audit.outcome"),
            lambda event: mark_of_outcome(event.outcome).text,
            share=13,
            mark=lambda event: mark_of_outcome(event.outcome),
        ),
        Column(
            t("console.audit.ip"),
            lambda event: event.ip or "",
            share=13,
            look="muted",
            tip=lambda event: plain_tip(event.ip or ""),
            folds=2,
        ),
    ]


def _time(event: AuditEvent) -> str:
    today = moments.date(event.at) == moments.today()
    return moments.clock(event.at) if today else f"{moments.day(event.at)}, {moments.clock(event.at)}"


def _target(event: AuditEvent) -> str:
    return ", ".join(thing.name for thing in event.target or [])


def _instant(day: QDate) -> str:
    return moments.midnight(day).strftime("%Y-%m-%dT%H:%M:%SZ")


def _load(client: Client, query: dict[str, str]) -> message.Page[AuditEvent]:
    return client.audit(query)
