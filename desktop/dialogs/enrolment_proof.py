"""The last step of an enrolment: its request, confirmed on a phone, or here by a code where that may be."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.approvals import OPEN
from desktop.core.desk import Desk
from desktop.core.moments import Deadline
from desktop.core.phone import name_in
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.dialogs.enrolment_by_code import PHONE, RECOVERY_CODE, TOTP, ByCode
from desktop.dialogs.enrolment_steps import Confirm
from desktop.widgets.layout import column
from server.contract.request import Request


class Proof(QWidget):
    """`ended` has the request once it has ended; `turned` says what is waited for, if anything."""

    ended = Signal(object)
    turned = Signal(str)

    def __init__(self, desk: Desk, *, side: int) -> None:
        super().__init__()
        self._desk = desk
        self._request: Request | None = None
        self._new = ""
        self._confirm, self._code = Confirm(desk.phone, side=side), ByCode()
        self.setLayout(column(self._confirm, self._code))
        self._confirm.missing.connect(lambda: self._turn(RECOVERY_CODE))
        self._code.turned.connect(self._turn)
        self._code.typed.connect(self._send)
        desk.approvals.changed.connect(self._follow)
        desk.approvals.finished.connect(self._finish)

    def begin(self, request: Request, new: str) -> None:
        """Wait for this request, which makes `new` the account's phone."""
        self._request, self._new = request, new
        if request.status not in OPEN:  # the recovery code that opened this session has confirmed it
            self._desk.approvals.reload()
            self._finish(request)
            return
        self._desk.approvals.add(request)
        self._turn(request.methods[0] if request.methods else PHONE)

    def forget(self) -> None:
        """Keep nothing."""
        self._request = None
        self._code.forget()

    @property
    def request(self) -> Request | None:
        """What is waited for."""
        return self._request

    def _turn(self, way: str) -> None:
        """Show how it is confirmed this way."""
        if (request := self._request) is None:
            return
        by_phone = way == PHONE
        self._confirm.setVisible(by_phone)
        self._code.setVisible(not by_phone)
        if by_phone:
            self._confirm.show_request(request)
            self.turned.emit(t("console.confirmation.waiting", device=name_in(request)))
        else:
            state = self._desk.phone.state
            self._code.begin(request, way, self._new, state.recovery_codes_left if state is not None else None)
            self.turned.emit("")
            self._code.focus()

    def _send(self, way: str, code: str) -> None:
        if (request := self._request) is None:
            return
        self._code.busy(on=True)
        client = self._desk.client
        confirm = client.confirm_by_totp if way == TOTP else client.confirm_by_recovery_code
        self._desk.run(self, lambda: confirm(request.id, code), self._sent, self._refused)

    def _sent(self, request: Request) -> None:
        self._code.forget()
        self._desk.approvals.reload()
        self._finish(request)

    def _refused(self, error: Exception) -> None:
        self._code.busy(on=False)
        self._code.say(shown(error).text)
        self._desk.approvals.reload()  # it may have ended

    def _follow(self) -> None:
        """Keep the countdown right while the request waits."""
        found = self._desk.approvals.find(self._request.id) if self._request else None
        if found is None:
            return
        if found.status in OPEN:
            self._confirm.count(Deadline(found.created_at, found.expires_at, found.now), found)
        else:
            self._finish(found)

    def _finish(self, request: Request) -> None:
        if self._request is not None and request.id == self._request.id and request.status not in OPEN:
            self.ended.emit(request)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int, /) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout is not None else 0
