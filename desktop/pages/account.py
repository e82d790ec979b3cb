"""The own account: who one is, what one may do, the password, and where one is signed in."""

from collections.abc import Callable, Hashable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import clock, moments
from desktop.core.client import Client
from desktop.core.companies import all_companies
from desktop.core.desk import Desk
from desktop.core.phone import name_of
from desktop.core.rights import companies_of, sees_all
from desktop.core.words import t
from desktop.dialogs.administrator_form import AdministratorForm
from desktop.dialogs.change_password import ChangePassword
from desktop.dialogs.new_password import LEAST
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.style.theme import theme
from desktop.widgets.beat import Beat
from desktop.widgets.button import button
from desktop.widgets.card import Card
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.facts import Facts
from desktop.widgets.icon import Avatar, Tile
from desktop.widgets.layout import box, column, line, row, tab_through
from desktop.widgets.text import Elided, Text, show_time
from server.contract.company import Company
from server.contract.permission import Role
from server.contract.session import Session
from server.contract.topic import Topic

LOOK_EVERY_MS = 60_000
"""When a session was last used has no live event."""
FACTS = 120

Read = tuple[list[Session], list[Company]]


class AccountPage(Page):
    """Reached from the account's row at the bottom of the sidebar."""

    name = "account"
    icon = "user-cog"
    topics = frozenset({Topic.SESSIONS, Topic.COMPANIES, Topic.ADMINISTRATORS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._companies: list[Company] = []
        Beat(self, LOOK_EVERY_MS, self.reload)
        self._avatar = Avatar("", 40)
        self._name = Elided("", "section", snug=True, name="account.page.name")
        self._role = Chip(name="account.page.role")
        self._facts = Facts(label=FACTS, name="account.page.facts")
        self._edit = button(t("console.administrators.edit"), "account.edit", self._edit_me, icon="pencil")
        head = row(self._avatar, self._name, self._role, None, self._edit, gap=12)
        who = box("card", column(head, self._facts, gap=16, margins=(20, 16, 20, 20)))
        self._sessions = Card(t("console.account.sessions"), "account.sessions")
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(column(who, self._password_card(), self._sessions, None, gap=16))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        self._faces = Faces(scroll, None, self.reload, "account.faces")
        title = column(Text(t("console.account.title"), "title"), Text(t("console.account.lead"), "muted", wrap=True))
        layout = column(title, 12, margins=(24, 24, 24, 24))
        layout.addWidget(self._faces, 1)
        self.setLayout(layout)
        self.setFocusProxy(self._edit)
        desk.session.changed.connect(self._show_me)
        desk.phone.changed.connect(self._show_me)
        self._show_me()

    @override
    def reload(self) -> None:
        """Read the sessions, and the names of one's companies."""
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: _read(client), self._take, self._failed)

    @override
    def begin(self, what: str) -> None:
        """Change the password, if that is what is wanted."""
        if what == "password":
            self._change_password()

    def _password_card(self) -> QWidget:
        words = column(
            Text(t("console.password"), "section"),
            Text(t("console.account.password", count=LEAST), "muted", wrap=True),
            gap=4,
        )
        self._change = button(t("console.account.change_password"), "account.password", self._change_password)
        tile = Tile("key-round")
        inside = row(tile, gap=12, margins=(20, 16, 20, 16))
        inside.addLayout(words, 1)
        inside.addWidget(self._change, 0, Qt.AlignmentFlag.AlignVCenter)
        inside.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        return box("card", inside)

    def _take(self, read: Read) -> None:
        sessions, self._companies = read
        self._faces.turn(State.CONTENT)
        self._show_me()
        now = clock.now()
        rows: dict[Hashable, Callable[[], QWidget]] = {}
        for each in sorted(sessions, key=lambda one: (not one.current, -one.last_used_at.timestamp())):
            rows["line", each.id] = line
            rows[each.id, each.current, moments.ago(each.last_used_at, now)] = partial(_SessionRow, each, now, self)
        if self._sessions.show_rows(rows):
            tab_through(self._edit, [self._change, *self._sessions.stops()])

    def _failed(self, error: Exception) -> None:
        if self._faces.currentWidget() is not self._faces.widget(2):
            self._faces.turn(State.FAILED, error)

    def _show_me(self) -> None:
        me = self.desk.session.account
        if me is None:
            return
        provider, device = me.role is Role.PROVIDER, self.desk.phone.device
        self._avatar.show_name(me.name)
        self._name.setText(me.name)
        self._role.show_mark(Mark(t(f"console.role.{me.role}"), "accent" if provider else "off", dot=False))
        names = ", ".join(companies_of(me, {each.id: each.name for each in self._companies}))
        held = ", ".join(t(f"choice.{each}") for each in me.permissions)
        phone = name_of(device.name, device.verification) if device is not None else ""
        on = t("console.account.two_factor_on", device=phone) if phone else t("console.settings.on")
        self._facts.show_facts(
            [
                (t("console.username"), me.username),
                (t("console.email"), me.email),
                (
                    t("console.administrators.companies"),
                    t("console.administrators.all_companies") if sees_all(me) else names or t("console.account.none"),
                ),
                (
                    t("console.account.permissions"),
                    t("console.rights.everything") if provider else held or t("console.account.none"),
                ),
                (t("console.account.two_factor"), on if me.two_factor else t("console.account.two_factor_off")),
                (t("console.account.since"), moments.date(me.created_at)),
            ]
        )

    def end_session(self, session: Session) -> None:
        """End another one of one's own; it takes power away, so nobody has to confirm it."""
        client = self.desk.client
        self.desk.run(self, lambda: client.end_session(session.id), lambda _: self._ended(session))

    def _ended(self, session: Session) -> None:
        self.desk.said.emit(t("console.account.ended", device=session.device_name), "good")
        self.reload()

    def _edit_me(self) -> None:
        form = AdministratorForm(self, self.desk, self.desk.session.me)
        form.saved.connect(lambda account: self._saved(account.name))
        form.open()

    def _saved(self, name: str) -> None:
        self.desk.said.emit(t("console.administrators.saved", name=name), "good")

    def _change_password(self) -> None:
        form = ChangePassword(self, self.desk)
        form.executed.connect(lambda _: self.desk.said.emit(t("console.account.changed"), "good"))
        form.open()


class _SessionRow(QFrame):
    """Which program on which computer, from where, since when; the one that this console has cannot be ended here."""

    def __init__(self, session: Session, now: datetime, page: AccountPage) -> None:
        super().__init__()
        self.setObjectName("account.session")
        self.setProperty("look", "plain")
        name = Elided(session.device_name, "strong", snug=True)
        top = row(name, gap=8)
        if session.current:
            top.addWidget(Chip(Mark(t("console.account.this_session"), "good")))
        top.addStretch(1)
        seen = Elided("", "small-muted")
        ago = moments.ago(session.last_used_at, now)
        told = t("console.account.session_times", since=moments.full(session.created_at), used=ago)
        show_time(seen, session.last_used_at, told)
        places = t("console.account.moved", ip=session.ip, last=session.last_ip) if session.last_ip else session.ip
        where = Elided(f"{session.application} · {places}", "small")
        tile = Tile("laptop", "muted", ground="background", edge="line", size=32, inner=16)
        layout = row(tile, gap=12, margins=(20, 10, 20, 10))
        layout.addLayout(column(top, where, seen), 1)
        self.setMinimumHeight(theme().px(76))
        if not session.current:
            end = button(
                t("console.account.end"), f"account.end.{session.id}", partial(page.end_session, session), small=True
            )
            end.setAccessibleName(t("console.account.end_named", device=session.device_name))
            layout.addWidget(end)
        self.setLayout(layout)


def _read(client: Client) -> Read:
    return client.sessions().items, all_companies(client)
