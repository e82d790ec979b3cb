"""All approval requests, filtered and paged by the server, and one of them in full with its evidence."""

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.told import secrets_in
from desktop.core.words import known, n, t
from desktop.dialogs.confirmation import outcome_of
from desktop.dialogs.evidence import EvidenceWritten
from desktop.models.table import Column, TableModel
from desktop.pages.listing import Listing, head
from desktop.pages.page import Page
from desktop.widgets.face import Face
from desktop.widgets.filter import Choice, DayFilter, filters
from desktop.widgets.layout import column
from desktop.widgets.request_card import target_of, title_of
from desktop.widgets.request_details import LEAST, RequestDetails, exactly
from desktop.widgets.search import Search
from desktop.widgets.split import Split
from desktop.widgets.table import Table
from desktop.widgets.text import Text, plain_tip
from server.contract import message
from server.contract.audit import AuditEvent
from server.contract.permission import Permission, Role
from server.contract.request import Request, RequestStatus
from server.contract.topic import Topic

LIST = 120
"""Pixels that the list needs at least."""
UNASKED = ("sign_in", "device.change")
"""Actions that have requests though nobody asks for them by their name."""


class ApprovalsPage(Page):
    """A provider sees everybody's requests, all others their own."""

    name = "approvals"
    icon = "shield-check"
    topics = frozenset({Topic.REQUESTS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._everybody = desk.session.me.role is Role.PROVIDER
        self._chosen: Request | None = None
        self._wanted = ""
        """The request that is shown though it was not chosen in the list."""
        self._model: TableModel[Request] = TableModel(desk, _columns(), _load, lambda request: request.id, self)
        self._table = Table(self._model, "approvals.table", row_height=36, least=116)
        self._table.setAccessibleName(t("console.approvals.title"))
        self._facts = Text("", "muted", name="approvals.facts")
        self._details = RequestDetails()
        empty = Face("shield-check", t("console.approvals.none"), t("console.approvals.none_text"), "approvals.none")
        self._faces = Listing(self._model, self._table, empty, "approvals")
        self._split = Split(self._filters(), self._faces.card(foot=6), self._details, (LIST, LEAST), self._table)
        layout = column(head(t("console.approvals.title"), self._facts), 12, margins=(24, 24, 24, 24))
        layout.addWidget(self._split, 1)
        self.setLayout(layout)
        self.setFocusProxy(self._table)
        self._join()

    @override
    def reload(self) -> None:
        """Read what is shown again."""
        self._faces.renew(self._ask)
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: [each.name for each in client.actions()], self._offer_actions, lambda _: None)
        if self._everybody:
            self.desk.run(
                self,
                lambda: [each.username for each in client.administrators({"limit": "100"}).items],
                lambda names: self._requester.fill([(name, name) for name in names]),
                lambda _: None,
            )

    @override
    def begin(self, what: str) -> None:
        """Show the request with this id, whatever the filters let through."""
        client = self.desk.client
        self._wanted = what
        self.desk.run(self, lambda: client.request(what), self._arrived)

    def _arrived(self, request: Request) -> None:
        """Show a request that was asked for; a secret that it told, it tells never again."""
        if secrets := secrets_in(request.action, target_of(request), request.result):
            self.desk.told.emit(secrets)
        if request.id == self._wanted:
            self._table.select(request.id)
            self._show(request, asked=True)

    def _join(self) -> None:
        self._table.selected.connect(self._select)
        self._table.activated.connect(lambda _: self._open())
        self._table.clicked.connect(lambda _: self._open())
        self._details.shown.connect(lambda: self.desk.asked.emit(self._chosen))
        self._details.cancelled.connect(self._cancel)
        self._details.exported.connect(self._choose_file)
        self.shortcut(QKeySequence.StandardKey.Find, self._text.setFocus, self._text)
        self._model.loaded.connect(self._loaded)

    def _filters(self) -> QWidget:
        self._status = Choice(t("console.approvals.status"), "approvals.status")
        self._action = Choice(t("console.audit.action"), "approvals.action")
        self._requester = Choice(t("console.approvals.by_whom"), "approvals.requester")
        self._from = DayFilter(t("console.audit.from"), "approvals.from")
        self._to = DayFilter(t("console.audit.to"), "approvals.to")
        self._text = Search(t("console.audit.any_text"), "approvals.search")
        self._status.fill([(status.value, t(f"status.{status}")) for status in RequestStatus])
        self._action.fill([])
        self._requester.fill([])
        if not self._everybody:
            self._requester.hide()
        self._text.asked.connect(self._ask)
        choices = [self._status, self._action, *([self._requester] if self._everybody else [])]
        days = [self._from, self._to]
        for choice in choices:
            choice.picked.connect(lambda _: self._ask())
        for day in days:
            day.picked.connect(lambda _: self._ask())
        return filters([*choices, *days, self._text])

    def _query(self) -> dict[str, str]:
        query = {
            "status": self._status.value,
            "action": self._action.value,
            "requested_by": self._requester.value,
            "from": _instant(self._from.day),
            "to": _instant(self._to.day.addDays(1)) if isinstance(self._to.day, QDate) else "",
            "q": self._text.text().strip(),
        }
        return {name: value for name, value in query.items() if value}

    def _ask(self) -> None:
        self._model.ask_for(self._query())

    def _offer_actions(self, names: list[str]) -> None:
        words = [(name, known(f"action.{name}", name)) for name in {*names, *UNASKED}]
        self._action.fill(sorted(words, key=lambda each: each[1]))

    def _loaded(self) -> None:
        total = self._model.total
        self._facts.setText(n("console.approvals.count", total) if total is not None else "")
        if key := self._table.key():
            self._select(key)

    def _select(self, key: str) -> None:
        request = self._model.item(self._model.row_of(key)) if key else None
        if request is None and self._wanted:
            self._table.select(self._wanted)  # the list came after it, maybe without it
        elif request is None:
            self._chosen = None
            self._split.close_details()
        else:
            if self._chosen is None or self._chosen.id != key:
                self._wanted = ""
            self._show(request, asked=False)

    def _show(self, request: Request, *, asked: bool) -> None:
        known_here = self._chosen
        self._chosen = request
        me = self.desk.session.me
        mine, about_me = request.requested_by == me.username, me.id in (each.id for each in request.target)
        theirs = self._everybody and not about_me and request.action != "sign_in"  # which only who signs in calls off
        self._details.show_request(request, outcome_of(request), cancellable=mine or theirs)
        self._split.show_details(asked=asked)
        if self.isVisible():
            self.desk.alarms.open(request.id)
        if known_here is None or (known_here.id, known_here.status) != (request.id, request.status):
            self._read_events(request)

    def _open(self) -> None:
        """Show the details, since somebody asked for them."""
        if self._chosen is not None and self._table.key():
            self._split.show_details(asked=True)

    def _read_events(self, request: Request) -> None:
        if Permission.AUDIT_VIEW not in self.desk.session.me.permissions:
            return
        client, query = self.desk.client.in_background(), {"subject": request.id, "limit": "100"}

        def show(events: list[AuditEvent]) -> None:
            if self._chosen is not None and self._chosen.id == request.id:
                self._details.show_events([each for each in reversed(events) if each.request == request.id])

        self.desk.run(self, lambda: client.audit(query).items, show, lambda _: None)

    def _cancel(self) -> None:
        if self._chosen is not None:
            self.desk.approvals.cancel(self, self._chosen.id, self._not_cancelled)

    def _not_cancelled(self, error: Exception) -> None:
        self.desk.tell(error)
        self.reload()

    def _choose_file(self) -> None:
        if self._chosen is None:
            return
        request = self._chosen.id
        file = Path.home() / f"countersign-evidence-{request}.json"
        dialog = QFileDialog(self, t("console.evidence.export_title"), str(file))
        dialog.setObjectName("approvals.export_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([t("console.evidence.json")])
        dialog.setDefaultSuffix("json")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.export(request, Path(chosen)))
        dialog.open()

    def export(self, request: str, file: Path) -> None:
        """Write the evidence of a request to a file, and say how it is checked."""
        client = self.desk.client
        self._details.exporting(on=True)

        def done(server_key: str) -> None:
            self._details.exporting(on=False)
            EvidenceWritten(self, file, server_key).open()

        def failed(error: Exception) -> None:
            self._details.exporting(on=False)
            self.desk.tell(error)

        self.desk.run(self, lambda: _write(client, request, file), done, failed, slow=True)


def _write(client: Client, request: str, file: Path) -> str:
    """Write it so that the file appears only once it is whole; return the fingerprint of the server's key."""
    text = json.dumps(client.evidence(request), indent=2, ensure_ascii=False)
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return client.health().server_key or ""


def _columns() -> list[Column[Request]]:
    return [
        Column(
            t("console.approvals.asked"), _time, share=15, look="time", tip=lambda each: moments.utc(each.created_at)
        ),
        Column(t("console.audit.action"), title_of, share=22, look="strong", tip=_tip(title_of)),
        Column(t("console.audit.target"), target_of, share=29, tip=_tip(target_of)),
        Column(
            t("console.approvals.requester"),
            lambda each: each.requested_by,
            share=15,
            tip=lambda each: plain_tip(each.requested_by),
            folds=1,
        ),
        Column(
            t("console.approvals.status"),
            lambda each: t(f"status.{each.status}"),
            share=19,
            mark=lambda each: exactly(each.status),
        ),
    ]


def _tip(text: Callable[[Request], str]) -> Callable[[Request], str]:
    return lambda request: plain_tip(text(request))


def _time(request: Request) -> str:
    at = request.created_at
    today = moments.date(at) == moments.today()
    return moments.clock(at) if today else f"{moments.day(at)}, {moments.short(at)}"


def _instant(day: QDate | None) -> str:
    return moments.midnight(day).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(day, QDate) else ""


def _load(client: Client, query: dict[str, str]) -> message.Page[Request]:
    return client.requests(query)
