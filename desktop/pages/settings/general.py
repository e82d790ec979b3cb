"""Settings, General: two-factor authentication of one's own account, its phone, and the ways back in."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import recovery_codes
from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.core.phone import trouble_of
from desktop.core.problems import shown
from desktop.core.rights import must_enrol_now
from desktop.core.words import t
from desktop.dialogs.disable_two_factor import ACTION as DISABLE
from desktop.dialogs.disable_two_factor import DisableTwoFactor
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.lost_phone import LostPhoneDialog
from desktop.dialogs.recovery_codes import ACTION as RESET
from desktop.dialogs.recovery_codes import ResetRecoveryCodes
from desktop.dialogs.totp import CHANGE, ENABLE, TotpDialog
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.widgets.coverage_card import CoverageCard, coverage_of, named
from desktop.widgets.layout import column
from desktop.widgets.recovery_card import RecoveryCard
from desktop.widgets.two_factor_card import PHONE, TOTP, TwoFactorCard
from server.contract.action import ActionInfo
from server.contract.administrator import Me
from server.contract.problem import Problem
from server.contract.request import Request
from server.contract.topic import Topic
from server.contract.two_factor import TwoFactor

ABOUT = frozenset({DISABLE, ENABLE, CHANGE, RESET, "device.change"})
"""Requests about what is shown here."""

Read = tuple[TwoFactor, list[ActionInfo]]


class GeneralPage(Page):
    """Shows what the server has confirmed.

    `here` is whether the server is one of this computer's, which can be made reachable from here.
    """

    name = "settings.general"
    icon = "settings"
    topics = frozenset({Topic.TWO_FACTOR, Topic.ENROLMENTS, Topic.REQUESTS, Topic.POLICY})

    reach_asked = Signal()
    """Somebody wants to let phones connect before one is enrolled."""

    def __init__(self, desk: Desk, *, here: bool = False) -> None:
        super().__init__(desk)
        self._here = here
        self._state: TwoFactor | None = None
        self._actions: list[ActionInfo] = []
        self._busy = False
        self._card, self._codes, self._coverage = TwoFactorCard(), RecoveryCard(), CoverageCard()
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(column(self._card, self._codes, self._coverage, None, gap=16))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        self._faces = Faces(scroll, None, self.reload, "settings.faces")
        self.setLayout(column(self._faces))
        self._card.turned.connect(self._turn)
        self._card.method_chosen.connect(self._choose)
        self._card.change_asked.connect(self.enrol_another)
        self._card.lost_asked.connect(self._report_lost)
        self._card.request_asked.connect(self._show_request)
        self._card.device.tested.connect(self._test)
        self._codes.reset_asked.connect(self.reset_codes)
        desk.approvals.changed.connect(self._show_state)
        desk.phone.changed.connect(self.badged)

    @property
    @override
    def badge(self) -> str:
        phone = self.desk.phone
        told = trouble_of(phone.device) if phone.device is not None else ""
        return told or (recovery_codes.trouble_of(phone.state) if phone.state is not None else "")

    @override
    def reload(self) -> None:
        """Ask the server how the account is protected."""
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: _read(client), self._take, self._failed)

    def enrol(self, password: str = "", *, reached: bool = False) -> None:
        """Open the dialog that enrols a phone, the first one or another; `password` was typed a moment ago.

        `reached` is that the phone has just been let in.
        """
        change = self._state.enabled if self._state is not None else None
        if self._begins():
            dialog = EnrolmentDialog(
                self, self.desk, here=self._here, password=password, change=change, reached=reached
            )
            dialog.finished.connect(self._ended)
            dialog.reach_asked.connect(self.reach_asked)
            dialog.open()

    def enrol_another(self) -> None:
        """Open that dialog, for the phone that takes another one's place."""
        self.enrol()

    def enrol_reached(self) -> None:
        """Open it for a phone that has just got through to the server."""
        self.enrol(reached=True)

    def set_up_totp(self) -> None:
        """Open the dialog that sets an authenticator app up."""
        state = self._state
        if state is not None and self._begins():
            _, uncovered = coverage_of(state, self._actions)
            device = state.device.name if state.device is not None else ""
            dialog = TotpDialog(self, self.desk, uncovered=named(uncovered), device=device)
            dialog.finished.connect(self._ended)
            dialog.open()

    def reset_codes(self) -> None:
        """Open the dialog that asks for new recovery codes."""
        state = self.desk.phone.state
        ResetRecoveryCodes(self, self.desk, left=state.recovery_codes_left if state is not None else 0).open()

    @override
    def begin(self, what: str) -> None:
        """Begin to enrol, if that is what is wanted and not done yet."""
        if what == "enrol" and not self.desk.session.me.two_factor:
            self.enrol()

    def _begins(self) -> bool:
        """Tell whether a dialog may open: none is open, nor about to."""
        begins, self._busy = not self._busy, True
        return begins

    def _ended(self) -> None:
        self._busy = False

    def _take(self, read: Read) -> None:
        self._state, self._actions = read
        self.desk.phone.take(self._state)
        self._faces.turn(State.CONTENT)
        self._show_state()

    def _failed(self, error: Exception) -> None:
        self._show_state()
        if self._state is None:
            self._faces.turn(State.FAILED, error)
        else:
            self.desk.tell(error)

    def _show_state(self) -> None:
        if (state := self._state) is None:
            return
        me, pending = self.desk.session.account, self._pending()
        showable = pending is not None and (pending.code is not None or TOTP in pending.methods)
        self._card.show_state(
            state,
            pending="" if pending is None else t(f"console.settings.pending.{pending.action}"),
            showable=showable,
            off=_off(me),
        )
        self._codes.show_state(state)
        self._coverage.show_coverage(*coverage_of(state, self._actions))

    def _test(self) -> None:
        self._card.device.busy()
        client = self.desk.client
        self.desk.run(self, client.test_notification, lambda _: self.reload(), self._not_tested)

    def _not_tested(self, error: Exception) -> None:
        self._card.device.refuse(shown(error).text)

    def _pending(self) -> Request | None:
        me = self.desk.session.account
        for request in self.desk.approvals.pending:
            if me and request.requested_by == me.username and request.action in ABOUT:
                return request
        return None

    def _turn(self, wanted: bool) -> None:  # noqa: FBT001 - a signal's
        if not wanted:
            DisableTwoFactor(self, self.desk).open()
        elif self._card.method == TOTP:
            self.set_up_totp()
        else:
            self.enrol()

    def _choose(self, method: str) -> None:
        if method == PHONE:
            self.enrol()
        elif self._state is not None and self._state.device is None:
            self.desk.said.emit(t("console.method.no_phone_to_ask"), "plain")
        else:
            self.set_up_totp()

    def _report_lost(self) -> None:
        if self._state is not None:
            dialog = LostPhoneDialog(self, self.desk, self._state)
            dialog.reported.connect(self._lost)
            dialog.open()

    def _lost(self, state: TwoFactor) -> None:
        self._take((state, self._actions))
        self.desk.said.emit(t("console.lost.done"), "good")

    def _show_request(self) -> None:
        if (request := self._pending()) is not None:
            self.desk.asked.emit(request)


def _off(me: Me | None) -> str:
    """Say what it means for this account that two-factor authentication is off."""
    if me is not None and must_enrol_now(me):
        return t("console.settings.off_shut")
    return t("console.settings.off_granted" if me is not None and me.grant_required else "console.settings.off_text")


def _read(client: Client) -> Read:
    """Read the state; what could be asked for only says what an authenticator app does not cover."""
    state = client.two_factor()
    try:
        return state, client.actions()
    except Problem:
        return state, []
