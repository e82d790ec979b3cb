"""Recovery codes of one's own account that are new, or missing: shown, or asked for, on whatever page one is."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.recovery_codes import ACTION, RecoveryCodes, ResetRecoveryCodes
from server.contract.request import Request, RequestStatus

ENABLE = "two_factor.enable"
MAKING = frozenset({ACTION, ENABLE})


class NewCodes(QObject):
    """Codes that a request of this session has made are told as soon as it is approved."""

    turned = Signal()
    """They are under way, or no longer."""

    def __init__(self, over: QWidget, desk: Desk) -> None:
        super().__init__(over)
        self._over, self._desk = over, desk
        self._asks = False
        self._awaited: set[str] = set()
        desk.approvals.changed.connect(self._await)
        desk.phone.turned.connect(self.turned)
        desk.approvals.finished.connect(self._finished)
        desk.phone.changed.connect(self._look)

    @property
    def under_way(self) -> bool:
        """Tell whether new ones are asked for, or on the screen: that nobody has kept them says nothing until then."""
        return self._desk.phone.tells_codes or bool(self._awaited)

    def ask(self) -> None:
        """At sign-in: an account that never had codes is asked to make them, as soon as that is known."""
        self._asks = True
        self._look()

    def reset(self) -> None:
        """Ask for new ones."""
        state = self._desk.phone.state
        ResetRecoveryCodes(self._over, self._desk, left=state.recovery_codes_left if state is not None else 0).open()

    def _look(self) -> None:
        if not self._asks or (state := self._desk.phone.state) is None:
            return
        self._asks = False
        confirms = state.device is not None or state.method == "totp"
        if state.enabled and confirms and state.recovery_codes_made_at is None:
            self.reset()

    def _await(self) -> None:
        approvals = self._desk.approvals
        asked = {each.id for each in approvals.pending if each.action in MAKING and approvals.is_own(each)}
        if asked - self._awaited:
            self._awaited |= asked
            self.turned.emit()

    def _finished(self, request: Request) -> None:
        if request.action in MAKING:
            self._tell(request)
            self._awaited.discard(request.id)
            self.turned.emit()

    def _tell(self, request: Request) -> None:
        if request.status is not RequestStatus.EXECUTED:
            return
        dialogs = self._over.findChildren(EnrolmentDialog)
        if request.action == ENABLE and any(dialog.isVisible() for dialog in dialogs):
            return  # it shows them itself
        news = t("console.enrolment.done.title") if request.action == ENABLE else ""
        dialog = RecoveryCodes(self._over, self._desk, news=news)
        dialog.open()
        dialog.tell()
