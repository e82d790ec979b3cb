"""Changing the phone of an account."""

from typing import Any

from typing_extensions import override

from server.actions.actor import Actor
from server.actions.binding import bind
from server.actions.new_phone import NewPhone, on_probation
from server.actions.registry import Execution
from server.contract.request import Kind
from server.domain.quoting import quoted
from server.store.devices import active_device
from server.store.endings import revoke_device
from server.store.probation import set_probation
from server.store.totp import end_totp
from server.store.work import Work


class ChangeDevice(NewPhone):
    """Puts the confirmed phone in the place of the one that confirms until now, which is cut off."""

    name = "device.change"
    title = "Change phone"
    kind = Kind.AUTHENTICATION
    summary = "Use the phone {target} from now on"
    offered = False
    needs_two_factor = True

    @override
    def state(self, work: Work, by: Actor) -> Any:
        old = active_device(work, by.id)
        return {"device": old and old.id, "method": by.account.method}

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        old = active_device(work, by.id)
        gone = (
            f"The phone {quoted(old.name)} is cut off with whatever waits for it"
            if old is not None
            else "The authenticator app no longer counts"
            if by.account.method == "totp"
            else "The new phone confirms from now on"
        )
        weak = on_probation(work) if by.account.method == "totp" else ""
        return f"{gone}, and this account’s other sessions end. The recovery codes stay.{weak}{self.by_pin}"

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        if (old := active_device(work, by.id)) is not None:
            revoke_device(work, old, now, wake=execution.confirmed_by == "recovery_code")
        if by.account.method == "totp":  # a recovery code says no more: TOTP makes new ones
            set_probation(work, by.id, now)
        end_totp(work, by.id, now)
        device = self.activate(work, execution)
        bind(work, device, execution.request or "")
        return {"device": device.id}
