"""Settings, General: two-factor authentication and the phone of one's own account."""

from datetime import UTC, datetime

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.desk import Desk
from desktop.core.words import known, t
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Elided, Text, show_time
from server.contract.action import Executed
from server.contract.request import Request
from server.contract.topic import Topic
from server.contract.two_factor import Device, TwoFactor

DISABLE = "two_factor.disable"


class GeneralPage(Page):
    """The check box shows what the server has confirmed, never what was only clicked."""

    name = "settings.general"
    icon = "settings"
    topics = frozenset({Topic.TWO_FACTOR, Topic.ENROLMENTS, Topic.REQUESTS})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._state: TwoFactor | None = None
        self._busy = False
        self._box = QCheckBox(t("console.settings.enable"))
        self._box.setObjectName("settings.two_factor")
        self._box.setEnabled(False)
        self._box.clicked.connect(self._clicked)
        self._chip = Chip(name="settings.two_factor.state")
        self._text = Text(t("console.settings.off_text"), "muted", wrap=True)
        self._banner = Banner("waiting", "info", "settings.banner")
        self._show = button(t("console.users.show_request"), "settings.show_request", self._show_request, small=True)
        self._banner.offer(self._show)
        self._device = _DeviceCard()
        self._device.hide()
        head = row(self._box, self._chip, None, gap=12)
        words = column(self._text, margins=(28, 4, 0, 0))
        below = column(self._banner, self._device, gap=12)
        inside = column(head, words, 12, below, margins=(20, 20, 20, 20))
        card = box("card", inside)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(column(card, None))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        self._faces = Faces(scroll, None, self.reload, "settings.faces")
        self.setLayout(column(self._faces))
        desk.approvals.changed.connect(self._show_state)

    @override
    def reload(self) -> None:
        """Ask the server how the account is protected."""
        client = self.desk.client.in_background()
        self.desk.run(self, client.two_factor, self._take, self._failed)

    def _take(self, state: TwoFactor) -> None:
        self._state = state
        self._busy = False
        self._faces.turn(State.CONTENT)
        self._show_state()

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._show_state()
        if self._state is None:
            self._faces.turn(State.FAILED, error)
        else:
            self.desk.tell(error)

    def _show_state(self) -> None:
        state = self._state
        if state is None:
            return
        pending = self._pending()
        with QSignalBlocker(self._box):
            self._box.setChecked(state.enabled)
        self._box.setEnabled(not self._busy and pending is None)
        self._chip.show_mark(
            Mark(t("console.settings.on"), "good") if state.enabled else Mark(t("console.settings.off"), "off")
        )
        self._text.setText(t("console.settings.on_text" if state.enabled else "console.settings.off_text"))
        self._banner.say("" if pending is None else t(f"console.settings.pending.{pending.action}"))
        self._show.setVisible(pending is not None and pending.code is not None)
        self._device.setVisible(state.device is not None)
        if state.device is not None:
            self._device.show_device(state.device)

    def _pending(self) -> Request | None:
        me = self.desk.session.account
        for request in self.desk.approvals.pending:
            if me and request.requested_by == me.username and request.action in (DISABLE, "two_factor.enable"):
                return request
        return None

    def _clicked(self) -> None:
        wanted = self._box.isChecked()
        with QSignalBlocker(self._box):
            self._box.setChecked(bool(self._state and self._state.enabled))
        if wanted:
            EnrolmentDialog(self, self.desk).open()
            return
        self._busy = True
        self._box.setEnabled(False)
        client = self.desk.client
        self.desk.run(self, lambda: client.ask(DISABLE, {}), self._asked, self._failed)

    def _asked(self, answer: Executed | Request) -> None:
        self._busy = False
        if isinstance(answer, Request):
            self.desk.approvals.add(answer)
            self.desk.asked.emit(answer)
        elif answer.result and isinstance(grant := answer.result.get("grant"), str):
            self.desk.session.grants[self.desk.session.me.username] = grant
        self.reload()

    def _show_request(self) -> None:
        if (request := self._pending()) is not None:
            self.desk.asked.emit(request)


class _DeviceCard(QFrame):
    """The phone."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settings.device")
        self.setProperty("look", "card")
        self._name = Elided("", "section", snug=True, name="settings.device.name")
        self._chip = Chip(Mark(t("console.device.active"), "good"))
        self._platform = Elided("", "muted")
        self._enrolled, self._seen = Text(""), Text("")
        self._lock = Text("", wrap=True)
        top = row(self._name, self._chip, None, gap=8)
        names = column(top, self._platform)
        head = row(Tile("smartphone"), gap=12)
        head.addLayout(names, 1)
        facts = row(gap=16)
        for key, value in (("enrolled", self._enrolled), ("seen", self._seen), ("lock", self._lock)):
            facts.addLayout(column(Text(t(f"console.device.{key}"), "muted"), value, None), 1)
        whole = column(head, 16, facts, margins=(16, 16, 16, 16))
        self.setLayout(whole)
        self.setContentsMargins(0, theme().px(4), 0, 0)

    def show_device(self, device: Device) -> None:
        """Show this one."""
        self._name.setText(device.name)
        self._platform.setText(known(f"console.device.platform.{device.platform.lower()}", device.platform))
        show_time(
            self._enrolled,
            device.enrolled_at,
            f"{moments.date(device.enrolled_at)}, {moments.short(device.enrolled_at)}",
        )
        seen = device.last_seen_at
        now = datetime.now(UTC)
        show_time(self._seen, seen, moments.ago(seen, now) if seen else None, absent=t("console.device.never"))
        self._lock.setText(known(f"console.device.lock.{device.verification.lower()}", device.verification))
