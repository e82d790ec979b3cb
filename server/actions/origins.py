"""Actions on the origins that phones keep."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.config import is_loopback
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import visible
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.request import Kind
from server.domain.quoting import quoted
from server.store.devices import active_device, living_devices
from server.store.endings import end_enrolment, open_enrolments, revoke_device
from server.store.resetting import reset_two_factor
from server.store.tables import Administrator, Device
from server.store.work import Work

NAMED = 10  # how many of those who are cut off the sentence names; the target names all


class RetireOrigin(ProtectedAction):
    """Stops serving an earlier address: cuts off the phones that were set up under it, each owner getting a grant."""

    name = "origin.retire"
    title = "Stop serving an old address"
    kind = Kind.MANAGEMENT
    permission = Permission.POLICY_EDIT
    summary = "Stop serving an old address, which cuts off {target}"
    secrets = frozenset({"grants"})

    origin: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(visible)]

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        found = self._devices(work, by)
        owners = _owners(work, found)
        named = {
            each.id: f"{quoted(each.name)}{' (PIN)' * (each.cose is None)} of {owners[each.administrator_id].username}"
            for each in found
        }
        return [{"type": "device", "id": device, "name": name} for device, name in named.items()]

    @override
    def sentence(self, work: Work, by: Actor) -> str:
        count = len(self._devices(work, by))
        return f"Stop serving the old address {quoted(self.origin)}, which cuts off {count} phone{'s' * (count != 1)}"

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return [[each.id, each.status] for each in self._devices(work, by)]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        owners = sorted(each.username for each in _owners(work, self._devices(work, by)).values())
        named = ", ".join(quoted(name) for name in owners[:NAMED])
        more = f" and {len(owners) - NAMED} more" if len(owners) > NAMED else ""
        return (
            f"The phones of {named}{more} are cut off and their sessions end. "
            "Each of them needs a grant, which is told once, to set up a phone again."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        found = self._devices(work, by)
        owners = _owners(work, [each for each in found if each.status == "active"])
        on_their_way = {each.id for each in found if each.status != "active"}
        for owner in _owners(work, found).values():
            for enrolment in open_enrolments(work, owner.id):
                if enrolment.device_id in on_their_way:
                    end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
        for device in found:
            if device.status != "active":
                revoke_device(work, device, now)
        grants = []
        for owner in sorted(owners.values(), key=lambda each: each.username_key):
            grant = reset_two_factor(work, owner, now, username=by.username, by=self.name, source=execution.source)
            grants.append({"username": owner.username, "grant": grant})
        return {"grants": grants}

    def _devices(self, work: Work, by: Actor) -> Sequence[Device]:
        """Return whom it cuts off; raises a `Problem` where it may not, or where that is nobody.

        It resets accounts and tells their grants, providers' too: so only a provider may, whatever else one holds.
        """
        if by.rights.role is not Role.PROVIDER:
            raise Problem(403, "forbidden", "Only a provider may do this", "Ask a provider for it.")
        if self.origin == work.origin:
            raise Problem(
                409, "current_origin", "This is the current address", "Change the public URL first, then end this one."
            )
        found = living_devices(work, Device.origin == self.origin)
        if not found:
            raise Problem(404, "origin_not_found", "No phone uses this address", "Then it is not served either.")
        own = active_device(work, by.id)
        if own is not None and own.origin == self.origin:  # else a provider keeps a phone: the one who asks
            raise Problem(
                409,
                "only_way_back",
                "Your own phone was set up under this address",
                f"{_way_out(work)} Or run countersign-server admin reset-two-factor on the server's computer.",
            )
        return found


def _way_out(work: Work) -> str:
    if is_loopback(urlsplit(work.origin).hostname or ""):
        return (
            "No other phone reaches the server at its present address. Let phones connect again and choose "
            "Change device in Settings > General, or turn two-factor authentication off there."
        )
    return (
        "Choose Change device in Settings > General: a phone that you set up under the present address takes its "
        "place, and the old one confirms that; or say there that you do not have it, and give a recovery code."
    )


def _owners(work: Work, devices: Sequence[Device]) -> dict[str, Administrator]:
    found = (work.session.get_one(Administrator, each) for each in {device.administrator_id for device in devices})
    return {each.id: each for each in found}
