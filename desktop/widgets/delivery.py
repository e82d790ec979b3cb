"""Whether a request has reached its phone: sent, opened, or why nothing was sent and what to do."""

from datetime import datetime, timedelta

from PySide6.QtCore import QTimer

from desktop.core import moments
from desktop.core.phone import OwnPhone, muted
from desktop.core.words import t
from desktop.widgets.text import Elided
from server.contract.request import Request, RequestStatus
from server.contract.two_factor import Device

SOON = timedelta(seconds=6)
"""Within this time a push is on its way."""


class Delivery(Elided):
    """Keeps itself right while it is seen."""

    def __init__(self, request: Request, phone: OwnPhone, look: str = "muted", name: str = "") -> None:
        super().__init__("", look, name=name)
        self._request = request
        self._phone = phone
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._be_late)
        phone.changed.connect(self._show)
        self.follow(request)

    def follow(self, request: Request) -> None:
        """Show what is known of this request now."""
        self._request = request
        left = request.created_at + SOON - request.now
        self._late = left <= timedelta(0)
        if not self._late:
            self._timer.start(int(left / timedelta(milliseconds=1)))
        self._show()

    def _be_late(self) -> None:
        self._late = True
        self._show()

    def _show(self) -> None:
        self.setText(delivery_of(self._request, self._phone.mine(self._request), late=self._late))


def delivery_of(request: Request, device: Device | None, *, late: bool) -> str:
    """Tell it in a few words; `device` is the phone where it is one's own, `late` where a push should have gone out."""
    if (told := sent_of(request)) or request.status is not RequestStatus.PENDING:
        return told
    if device is not None and (until := muted(device)) is not None:
        return t("console.delivery.muted", time=moments.short(until))
    if device is not None and (not device.push or device.push_problem):
        return t("console.delivery.off")
    return t("console.delivery.silent" if late else "console.delivery.sending")


def sent_of(request: Request) -> str:
    """Tell when the phone was woken, and when it opened the request."""
    return steps_of(request.push.sent_at, request.push.opened_at)


def steps_of(sent: datetime | None, opened: datetime | None) -> str:
    """Return such as `Sent 12:01:03 · opened 12:01:09`."""
    parts = []
    if sent:
        parts.append(t("console.request.sent", time=moments.clock(sent)))
    if opened:
        parts.append(t("console.request.opened", time=moments.clock(opened)))
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]
