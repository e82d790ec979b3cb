"""Settings, Server: who and where it is, how it is, and whether it goes on without this console."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.desk import Desk
from desktop.core.health import warnings_of
from desktop.core.words import known, t
from desktop.dialogs.reach import Found, ReachDialog, read_reach
from desktop.keeper import By, Keeper
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.pages.settings.phones import PhonesCard
from desktop.widgets.beat import Beat
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.facts import Fact, Facts
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Elided, Text
from server.contract.health import Health
from server.contract.permission import Role
from server.contract.reach import Reach

LOOK_EVERY_MS = 15_000
"""A server's health has no live event: it is asked for again while the page is shown."""
TONES = {"ok": "good", "degraded": "waiting", "read_only": "bad"}
TROUBLE, WARNINGS, PUSH = "trouble", "warnings", "push"


class ServerPage(Page):
    """`keeper` is there where this console runs the server of a folder on this computer."""

    name = "settings.server"
    icon = "server"
    topics = frozenset()

    enrol = Signal()
    """Phones get through now: somebody wants to enrol one."""

    def __init__(self, desk: Desk, keeper: Keeper | None) -> None:
        super().__init__(desk)
        self._keeper = keeper
        self._health: Health | None = None
        self._reach: Reach | None = None
        Beat(self, LOOK_EVERY_MS, self.reload)
        self._chip = Chip(name="settings.server.state")
        self._warnings = Banner("waiting", "triangle-alert", "settings.server.warnings")
        self._facts = Facts(label=120, name="settings.server.facts")
        self._address = Elided("", "section", snug=True, name="settings.server.address")
        head = row(Tile("server"), self._address, self._chip, None, gap=12)
        server = box("card", column(head, self._warnings, self._facts, gap=16, margins=(20, 20, 20, 20)))
        inner = QWidget()
        inner.setProperty("look", "plain")
        self._phones = PhonesCard(here=keeper is not None)
        self._phones.opened.connect(self.let_phones_connect)
        inner.setLayout(column(server, self._phones, _Keeping(keeper), None, gap=16))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        self._faces = Faces(scroll, None, self.reload, "settings.server.faces")
        self.setLayout(column(self._faces))
        desk.live.switched.connect(self._changed)
        if keeper is not None:
            keeper.changed.connect(self._show)

    @override
    def reload(self) -> None:
        """Ask the server how it is, and the system what runs it."""
        client = self.desk.client.in_background()
        self.desk.run(self, client.health, self._take, self._failed)
        if self.desk.session.me.role is Role.PROVIDER:
            self.desk.run(self, partial(read_reach, client), self._take_reach, lambda _: None)
        if self._keeper is not None:
            self._keeper.look()

    @override
    def hideEvent(self, event: QHideEvent, /) -> None:
        super().hideEvent(event)
        self._stale = True

    def let_phones_connect(self) -> None:
        """Open the dialog that does it; with a server elsewhere it only lets a phone in."""
        dialog = ReachDialog(self, self.desk, self._keeper)
        dialog.enrol.connect(self.enrol)
        dialog.finished.connect(self.reload)
        dialog.open()

    @override
    def begin(self, what: str) -> None:
        """Let phones connect, if that is what is wanted."""
        if what == "reach":
            self.let_phones_connect()

    def _take(self, health: Health) -> None:
        self._health = health
        self._faces.turn(State.CONTENT)
        self._show()

    def _take_reach(self, told: Found) -> None:
        self._reach = told[0]
        self._phones.show_reach(*told)
        self._show()

    def _failed(self, error: Exception) -> None:
        if self._health is None:
            self._faces.turn(State.FAILED, error)
        self._show()

    def _show(self) -> None:
        health = self._health
        if health is None:
            return
        self._address.setText(self.desk.client.url)  # another one where the server was made anew
        here = self.desk.live.online
        mark = Mark(t(f"console.health.{health.status}"), TONES[health.status])
        self._chip.show_mark(mark if here else Mark(t("console.health.away"), "waiting"))
        told = health.details or {}
        self._warnings.say("\n\n".join(words for _, words in warnings_of(health, self._reach)))
        by = self._keeper.by if self._keeper else "elsewhere"
        facts = [
            (t("console.server.version"), health.version),
            (t("console.server.key"), health.server_key or ""),
            (t("console.server.folder"), str(self._keeper.host.folder) if self._keeper else ""),
            (t("console.server.by"), t(f"console.server.by.{by}")),
            *_push(told.get(PUSH)),
            *_told({name: each for name, each in told.items() if name not in (TROUBLE, WARNINGS, PUSH)}),
        ]
        self._facts.show_facts(facts)


class _Keeping(QFrame):
    """The check box shows what the system has done, never what was only clicked."""

    def __init__(self, keeper: Keeper | None) -> None:
        super().__init__()
        self.setObjectName("settings.server.keeping")
        self.setProperty("look", "card")
        self._keeper = keeper
        self._box = QCheckBox(t("console.keeping.keep"))
        self._box.setObjectName("settings.server.keep")
        self._box.setEnabled(False)
        self._box.clicked.connect(self._clicked)
        self._text = Text("", "muted", wrap=True, name="settings.server.keep.text")
        self._banner = Banner("bad", "triangle-alert", "settings.server.keep.refused")
        self._outlive = button(t("console.keeping.outlive"), "settings.server.outlive", self._outlive_session)
        self._outlive.hide()
        offer = column(self._text, self._banner, self._outlive, gap=12, margins=(28, 4, 0, 0))
        offer.setAlignment(self._outlive, Qt.AlignmentFlag.AlignLeft)
        self.setLayout(column(self._box, offer, margins=(20, 20, 20, 20)))
        if keeper is not None:
            keeper.changed.connect(self._show)
            keeper.failed.connect(self._banner.say)
        self._show()

    def _show(self) -> None:
        keeper = self._keeper
        with QSignalBlocker(self._box):
            self._box.setChecked(keeper is not None and keeper.kept)
        self._box.setEnabled(keeper is not None and keeper.ready)
        standing = keeper.standing if keeper else None
        ends = keeper is not None and keeper.kept and standing is not None and standing.outlives_session is False
        self._outlive.setVisible(ends)
        self._text.setText(" ".join(_sentences(keeper)))

    def _clicked(self) -> None:
        on = self._box.isChecked()
        with QSignalBlocker(self._box):
            self._box.setChecked(not on)
        self._banner.say("")
        if self._keeper is not None:
            self._keeper.keep(on=on)

    def _outlive_session(self) -> None:
        self._banner.say("")
        if self._keeper is not None:
            self._keeper.outlive_session()


def _sentences(keeper: Keeper | None) -> Iterator[str]:
    if keeper is None:
        yield t("console.keeping.remote")
    elif keeper.busy:
        yield t("console.keeping.busy")
    elif keeper.obstacle:
        yield keeper.obstacle
    elif not keeper.kept:
        yield t("console.keeping.off")
    else:
        yield t("console.keeping.on" if keeper.by is By.SERVICE else "console.keeping.idle")
        yield t(
            "console.keeping.stays" if keeper.standing and keeper.standing.outlives_session else "console.keeping.ends"
        )


def _push(told: object) -> Iterator[Fact]:
    """Say how it is with the push service, as far as that is known."""
    if isinstance(told, dict) and (problem := told.get("problem")):
        words = known(f"console.health.push.{problem}", str(problem))
        since, host = told.get("since"), told.get("host")
        if isinstance(since, str):
            words += " " + t("console.health.push.since", time=moments.full(datetime.fromisoformat(since)))
        yield t("console.health.push"), f"{words} ({host})" if host else words


def _told(details: dict[str, object]) -> Iterator[Fact]:
    """Give what else the server says of itself as facts, in our words where we have some."""
    for name, value in details.items():
        if isinstance(value, dict):
            yield from _told({f"{name}.{inner}": each for inner, each in value.items()})
        elif value is not None:
            label = known(f"console.health.{name}", name.replace("_", " ").replace(".", ", ").capitalize())
            yield label, _word(name, value)


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return t("console.yes" if value else "console.no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(_word(name, each) for each in value)
    return known(f"console.health.{name}.{value}", str(value))
