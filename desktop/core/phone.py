"""How one's own account is protected, live: its phone, whether what is sent to it arrives, its recovery codes."""

from datetime import datetime

from PySide6.QtCore import QObject, Signal

from desktop.core import clock
from desktop.core.live import Live
from desktop.core.session import Session
from desktop.core.tasks import Tasks
from desktop.core.words import known, t
from server.contract.reach import OriginDevice
from server.contract.request import Request
from server.contract.topic import Topic
from server.contract.two_factor import Device, TwoFactor

PIN = "PIN"
DEAD = frozenset({"gone", "refused", "proxy", "unreachable"})
"""Why nothing arrives at a phone that is to be woken, until something is done."""


class OwnPhone(QObject):
    """What the server knows; `device` is none where the account has no phone, `state` while nobody has asked yet."""

    changed = Signal()
    turned = Signal()
    """New recovery codes are told on the screen, or no longer."""

    def __init__(self, tasks: Tasks, live: Live, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state: TwoFactor | None = None
        self.tells_codes = False
        self._tasks = tasks
        self._session = session
        live.watch(self, {Topic.TWO_FACTOR}, self.reload)
        session.ended.connect(self._end)

    @property
    def device(self) -> Device | None:
        """The phone."""
        return self.state.device if self.state is not None else None

    def reload(self) -> None:
        """Ask again."""
        if self._session.account is not None:
            client = self._session.client.in_background()
            self._tasks.run(self, client.two_factor, self.take, lambda _: None)

    def take(self, state: TwoFactor) -> None:
        """Note what somebody has just read."""
        self._note(state)

    def tell_codes(self, *, on: bool) -> None:
        """Know that new recovery codes are on the screen, where somebody is just keeping them."""
        self.tells_codes = on
        self.turned.emit()

    def note_codes_saved(self) -> None:
        """Know that they are kept before the server is asked again."""
        if self.state is not None:
            self._note(self.state.model_copy(update={"recovery_codes_saved_at": clock.now()}))

    def mine(self, request: Request) -> Device | None:
        """Return the phone if this request waits for it."""
        me, device = self._session.account, self.device
        own = me is not None and request.requested_by == me.username
        return device if device is not None and own and device.name == request.device else None

    def _end(self) -> None:
        self.tells_codes = False
        self._note(None)

    def _note(self, state: TwoFactor | None) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit()


def name_of(device: str | None, verification: str | None) -> str:
    """Return the name of a phone, anybody's; one that has a PIN in place of a passkey is marked so."""
    name = device or t("console.phone")
    return t("console.device.with_pin", device=name) if verification == PIN else name


def name_in(request: Request) -> str:
    """Return the name of the phone that a request waits for, marked likewise."""
    return name_of(request.device, request.verification)


def holder_of(device: OriginDevice) -> str:
    """Return the name of a phone, marked likewise, and whose it is."""
    return f"{name_of(device.name, PIN if device.pin else None)} ({device.username})"


def badge_of(device: Device) -> str:
    """Say why the phone may not be reached when it is needed; nothing where it is, or is silent by choice."""
    if device.push_problem in DEAD:
        return t(f"console.push.problem.{device.push_problem}")
    return t("console.push.away") if device.away else ""


def trouble_of(device: Device) -> str:
    """Say why the phone is not woken, or has not been heard of, and what to do; nothing where all is well."""
    if (until := muted(device)) is not None:
        return t("console.push.muted", time=until.astimezone().strftime("%H:%M"))
    if device.push_problem:
        return known(f"console.push.problem.{device.push_problem}", t("console.push.problem.unreachable"))
    if not device.push:
        return t("console.push.problem.off")
    return t("console.push.away") if device.away else ""


def muted(device: Device) -> datetime | None:
    """Return until when the phone is not woken, if that is so now."""
    until = device.muted_until
    return until if until is not None and until > clock.now() else None
