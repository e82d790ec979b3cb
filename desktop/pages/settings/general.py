"""Settings, General: two-factor authentication and the phone of one's own account."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.phone import trouble_of
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.disable_two_factor import ACTION as DISABLE
from desktop.dialogs.disable_two_factor import DisableTwoFactor
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.device_card import DeviceCard
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.request import Request
from server.contract.topic import Topic
from server.contract.two_factor import TwoFactor


class GeneralPage(Page):
    """The check box shows what the server has confirmed, never what was only clicked.

    `here` is whether the server is one of this computer's, which can be made reachable from here.
    """

    name = "settings.general"
    icon = "settings"
    topics = frozenset({Topic.TWO_FACTOR, Topic.ENROLMENTS, Topic.REQUESTS})

    reach_asked = Signal()
    """Somebody wants to let phones connect before one is enrolled."""

    def __init__(self, desk: Desk, *, here: bool = False) -> None:
        super().__init__(desk)
        self._here = here
        self._state: TwoFactor | None = None
        self._enrolling = False
        self._box = QCheckBox(t("console.settings.enable"))
        self._box.setObjectName("settings.two_factor")
        self._box.setEnabled(False)
        self._box.clicked.connect(self._clicked)
        self._chip = Chip(name="settings.two_factor.state")
        self._text = Text(t("console.settings.off_text"), "muted", wrap=True)
        self._banner = Banner("waiting", "info", "settings.banner")
        self._show = button(t("console.users.show_request"), "settings.show_request", self._show_request, small=True)
        self._banner.offer(self._show)
        self._device = DeviceCard()
        self._device.tested.connect(self._test)
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
        desk.phone.changed.connect(self._badge)

    @override
    def reload(self) -> None:
        """Ask the server how the account is protected."""
        client = self.desk.client.in_background()
        self.desk.run(self, client.two_factor, self._take, self._failed)

    def enrol(self, password: str = "") -> None:
        """Open the dialog that enrols a phone, unless it is about to open; `password` was typed a moment ago."""
        if self._enrolling:
            return
        self._enrolling = True
        dialog = EnrolmentDialog(self, self.desk, here=self._here, password=password)
        dialog.finished.connect(self._enrolled)
        dialog.reach_asked.connect(self.reach_asked)
        dialog.open()

    @override
    def begin(self, what: str) -> None:
        """Begin to enrol, if that is what is wanted and not done yet."""
        if what == "enrol" and not self.desk.session.me.two_factor:
            self.enrol()

    def _enrolled(self) -> None:
        self._enrolling = False

    def _take(self, state: TwoFactor) -> None:
        self._state = state
        self.desk.phone.take(state)
        self._faces.turn(State.CONTENT)
        self._show_state()

    def _failed(self, error: Exception) -> None:
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
        self._box.setEnabled(pending is None)
        self._chip.show_mark(
            Mark(t("console.settings.on"), "good") if state.enabled else Mark(t("console.settings.off"), "off")
        )
        me = self.desk.session.account
        off = "console.settings.off_granted" if me and me.grant_required else "console.settings.off_text"
        self._text.setText(t("console.settings.on_text" if state.enabled else off))
        self._banner.say("" if pending is None else t(f"console.settings.pending.{pending.action}"))
        self._show.setVisible(pending is not None and pending.code is not None)
        self._device.setVisible(state.device is not None)
        if state.device is not None:
            self._device.show_device(state.device)

    def _test(self) -> None:
        self._device.busy()
        client = self.desk.client
        self.desk.run(self, client.test_notification, lambda _: self.reload(), self._not_tested)

    def _not_tested(self, error: Exception) -> None:
        self._device.refuse(shown(error).text)

    def _badge(self) -> None:
        device = self.desk.phone.device
        self.badged.emit(trouble_of(device) if device is not None else "")

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
            self.enrol()
            return
        DisableTwoFactor(self, self.desk).open()

    def _show_request(self) -> None:
        if (request := self._pending()) is not None:
            self.desk.asked.emit(request)
