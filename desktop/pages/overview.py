"""The first page: what waits for whom, what needs attention, the first steps until they are done, the last days."""

from collections.abc import Callable, Hashable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget
from typing_extensions import override

from desktop.core import clock, moments
from desktop.core.desk import Desk
from desktop.core.moments import Deadline
from desktop.core.outlook import FirstStep, Outlook, concerns_of, first_steps_of, invited, read
from desktop.core.phone import name_in
from desktop.core.words import n, t
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.style.theme import theme
from desktop.widgets.beat import Beat
from desktop.widgets.card import Card
from desktop.widgets.chart import Chart
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.layout import column, tab_through
from desktop.widgets.outlook_rows import ConcernRow, NumberRow, StepRow, WaitingRow
from desktop.widgets.request_card import asked_by, icon_of, target_of, title_of
from desktop.widgets.scrolled import scrolled
from desktop.widgets.storage_card import StorageCard
from desktop.widgets.text import Text
from desktop.widgets.time_left import TimeLeft
from server.contract.administrator import Administrator
from server.contract.request import Request
from server.contract.topic import Topic

LOOK_EVERY_MS = 60_000
"""What has no live event, such as the server's health, is asked for again while the page is shown."""
NARROW = 600
"""Pixels below which the cards stand under each other."""
AFTER_MS = 20
"""After the approvals beside it, which hear of the same events, have had their turns to be made and painted."""
WIDE, SLIM = 3, 2
"""Shares of two cards beside each other."""


class OverviewPage(Page):
    """Everything on it leads to where it is dealt with."""

    name = "overview"
    icon = "layout-dashboard"
    topics = frozenset(
        {
            Topic.USERS,
            Topic.COMPANIES,
            Topic.ADMINISTRATORS,
            Topic.REQUESTS,
            Topic.POLICY,
            Topic.TWO_FACTOR,
            Topic.STORAGE,
        }
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._outlook: Outlook | None = None
        self._reading = self._again = self._narrow = False
        self._arranged: tuple[bool, bool] | None = None
        self._title = Text(t("console.overview.title"), "title")
        self._facts = Text("", "muted", wrap=True, name="overview.facts")
        self._waiting = Card(t("console.overview.waiting"), "overview.waits")
        self._count = Chip(name="overview.concerns.count")
        self._concerns = Card(t("console.overview.concerns"), "overview.concerns", self._count)
        self._progress = Text("", "muted", name="overview.steps.progress")
        self._steps = Card(t("console.overview.steps"), "overview.steps", self._progress)
        self._chart = Chart("overview.chart")
        self._days = Card("", "overview.days")
        self._days.show_rows({"chart": lambda: self._chart})
        self._numbers = Card(t("console.overview.numbers"), "overview.numbers")
        self._users = self._number("users", "users")
        self._companies = self._number("building-2", "companies")
        self._administrators = self._number("user-cog", "administrators")
        self._numbers.show_rows(
            {"users": lambda: self._users, "companies": lambda: self._companies, "all": lambda: self._administrators}
        )
        self._storage = StorageCard(partial(self.wanted.emit, "storage"))
        self._grid = QGridLayout()
        self._grid.setSpacing(theme().px(16))
        self._scroll = scrolled(column(self._grid, None, margins=(24, 0, 24, 24)))
        self._faces = Faces(self._scroll, None, self.reload, "overview.faces")
        head = column(self._title, self._facts, margins=(24, 24, 24, 12))
        layout = column(head)
        layout.addWidget(self._faces, 1)
        self.setLayout(layout)
        self.setFocusProxy(self._scroll)
        self._arrange()
        Beat(self, LOOK_EVERY_MS, self.reload)
        self._paint = self._turn(lambda: self._waiting.setUpdatesEnabled(True))
        self._soon = self._turn(self._show)
        self._soon.setInterval(AFTER_MS)
        self._due = self._turn(self.reload)
        desk.approvals.changed.connect(self._soon.start)
        desk.phone.changed.connect(self._soon.start)
        desk.session.changed.connect(self._changed)

    @override
    def reload(self) -> None:
        """Ask for everything again, once more if asked meanwhile."""
        if self._reading:
            self._again = True
        elif (me := self.desk.session.account) is not None:
            self._reading = True
            client = self.desk.client.in_background()
            self.desk.run(self, lambda: read(client, me), self._take, self._failed)

    @override
    def showEvent(self, event: QShowEvent, /) -> None:
        self._show()
        super().showEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        if (narrow := self.width() < theme().px(NARROW)) != self._narrow:
            self._narrow = narrow
            self._arrange()

    def _take(self, outlook: Outlook) -> None:
        first, self._outlook = self._outlook is None, outlook
        self._watch_time(outlook)
        if first:
            self._show()
        else:
            self._soon.start()
        self._faces.turn(State.CONTENT)
        self._go_on()

    def _watch_time(self, outlook: Outlook) -> None:
        """Ask again when two-factor authentication begins to be forced, if that is before anybody would."""
        begin = outlook.policy.two_factor_from if outlook.policy else None
        left = (begin - outlook.now).total_seconds() * 1000 if begin is not None else 0
        if 0 < left < LOOK_EVERY_MS:
            self._due.start(int(left) + 50)

    def _failed(self, error: Exception) -> None:
        if self._outlook is None:
            self._faces.turn(State.FAILED, error)
        else:
            self.desk.tell(error)
        self._go_on()

    def _go_on(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.reload()

    def _turn(self, work: Callable[[], object]) -> QTimer:
        """Return what does it in a turn of the event loop of its own, after what is typed and clicked."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(work)
        return timer

    def _number(self, icon: str, place: str) -> NumberRow:
        words = t(f"console.overview.{place}")
        return NumberRow(icon, words, f"overview.numbers.{place}", partial(self.wanted.emit, place))

    def _show(self) -> None:
        outlook = self._outlook
        if outlook is None or self.desk.session.account is None or not self.isVisible():
            return  # what is not seen is made when somebody looks
        pending = self.desk.approvals.pending
        waiting = n("console.overview.pending", len(pending)) if pending else t("console.overview.nothing_pending")
        self._facts.setText(f"{moments.weekday(clock.now())} · {waiting}")
        new = [
            self._show_waiting(pending, invited(outlook), outlook.now),
            self._show_concerns(outlook),
            self._show_steps(outlook),
            self._storage.show_storage(outlook.storage, outlook.usage),
        ]
        self._show_counts(outlook)
        if any(new):
            self._waiting.setUpdatesEnabled(False)  # painting has a turn of its own
            self._paint.start()
            self._arrange()

    def _show_waiting(self, pending: list[Request], people: list[Administrator], now: datetime) -> bool:
        rows: dict[Hashable, Callable[[], QWidget]] = {}
        for request in pending:
            told = request.model_copy(update={"now": request.created_at})
            rows[told.model_dump_json()] = partial(self._request_row, request)
        for person in people:
            rows[person.model_dump_json()] = partial(self._invitation_row, person, now)
        nothing = partial(_calm, "overview.waits.nothing", t("console.overview.nothing_waits"))
        return self._waiting.show_rows(rows or {None: nothing})

    def _request_row(self, request: Request) -> WaitingRow:
        mine = request.requested_by == self.desk.session.me.username
        at = moments.short(request.created_at)
        whose = "console.overview.your_device" if mine else "console.overview.device_of"
        no_device = "console.overview.no_device"
        texts = (
            f"{title_of(request)} {target_of(request)}".strip(),
            t("console.overview.asked", who=asked_by(request, self.desk.session.me.username), time=at),
            t(whose if request.device else no_device, username=request.requested_by, device=name_in(request)),
        )
        left = TimeLeft(Deadline(request.created_at, request.expires_at, request.now), name="overview.waiting.left")
        return WaitingRow(icon_of(request.action), texts, left, partial(self.desk.asked.emit, request), urgent=True)

    def _invitation_row(self, person: Administrator, now: datetime) -> WaitingRow:
        until = person.invited or now
        texts = (
            t("console.overview.invitation", username=person.username),
            t("console.overview.invited_until", time=f"{moments.date(until)}, {moments.short(until)}"),
            t("console.overview.invited_for", name=person.name),
        )
        left = Text(moments.span(until - now), "strong", name="overview.waiting.left")
        go = partial(self.wanted.emit, f"administrators#{person.id}")
        return WaitingRow("mail", texts, left, go, urgent=False)

    def _show_concerns(self, outlook: Outlook) -> bool:
        concerns = concerns_of(outlook, self.desk.phone.state)
        self._count.show_mark(Mark(str(len(concerns)) if concerns else "", "waiting", dot=False))
        if concerns:
            self._count.setAccessibleName(n("console.overview.concerns_count", len(concerns)))
        rows: dict[Hashable, Callable[[], QWidget]] = {
            concern: partial(ConcernRow, concern, self._way(concern.place)) for concern in concerns
        }
        nothing = partial(_calm, "overview.concerns.nothing", t("console.overview.no_concerns"))
        return self._concerns.show_rows(rows or {None: nothing})

    def _show_steps(self, outlook: Outlook) -> bool:
        steps = first_steps_of(outlook)
        done = sum(step.done for step in steps)
        self._progress.setText(t("console.overview.progress", done=done, count=len(steps)))
        following = next((step for step in steps if not step.done), None)
        rows: dict[Hashable, Callable[[], QWidget]] = {
            (step, step is following): partial(self._step_row, step, now=step is following, last=step is steps[-1])
            for step in steps
        }
        hidden = following is None
        moved = self._steps.isHidden() is not hidden
        self._steps.setHidden(hidden)
        return (not hidden and self._steps.show_rows(rows)) or moved

    def _step_row(self, step: FirstStep, *, now: bool, last: bool) -> QWidget:
        row = StepRow(step, self._way(step.place), now=now)
        row.setContentsMargins(0, 0, 0, theme().px(12) if last else 0)
        return row

    def _show_counts(self, outlook: Outlook) -> None:
        counts = outlook.overview
        self._days.setVisible(counts is not None)
        self._numbers.setVisible(counts is not None)
        if counts is not None:
            self._days.title.setText(n("console.chart.title", len(counts.days)))
            self._chart.show_days(counts.days)
            self._users.show_number(counts.users)
            self._companies.show_number(counts.companies)
            self._administrators.show_number(counts.administrators)

    def _way(self, place: str) -> Callable[[], object]:
        return partial(self.wanted.emit, place)

    def _arrange(self) -> None:
        """Put the cards in one column or two, where they are not yet, and let Tab follow."""
        cards = (self._waiting, self._concerns, self._steps, self._days, self._numbers, self._storage)
        if self._arranged != (arranged := (self._narrow, self._steps.isHidden())):
            self._arranged = arranged
            self._place(cards)
        tab_through(self._scroll, [stop for card in cards if not card.isHidden() for stop in card.stops()])

    def _place(self, cards: tuple[Card, ...]) -> None:
        for card in cards:
            self._grid.removeWidget(card)
        if self._narrow:
            for place, card in enumerate(cards):
                self._grid.addWidget(card, place, 0)
        else:
            self._grid.addWidget(self._waiting, 0, 0, 1, 2)
            self._grid.addWidget(self._concerns, 1, 0, 1, 2 if self._steps.isHidden() else 1)
            self._grid.addWidget(self._steps, 1, 1)
            self._grid.addWidget(self._days, 2, 0)
            self._grid.addWidget(self._numbers, 2, 1)
            self._grid.addWidget(self._storage, 3, 0, 1, 2)
        self._grid.setColumnStretch(0, WIDE)
        self._grid.setColumnStretch(1, 0 if self._narrow else SLIM)


def _calm(name: str, words: str) -> QWidget:
    """Return a row that says that there is nothing."""
    holder = QFrame()
    holder.setProperty("look", "bar")
    holder.setLayout(column(Text(words, "muted", wrap=True, name=name), margins=(20, 12, 20, 12)))
    return holder
