"""Turning two-factor authentication on and off."""

from typing import Any

from sqlalchemy import func, select
from typing_extensions import override

from server import protocol
from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import Id
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store.audit_log import record
from server.store.devices import active_device, is_cut_off
from server.store.endings import OPEN_ENROLMENT, end_enrolment, end_other_sessions, revoke_device
from server.store.grants import end_grants, give_grant
from server.store.notices import providers, tell
from server.store.tables import Administrator, Device, Enrolment
from server.store.work import Work


class EnableTwoFactor(ProtectedAction):
    """Makes the confirmed phone the account's second factor; the parameters name its keys."""

    name = "two_factor.enable"
    title = "Turn on two-factor authentication"
    kind = Kind.AUTHENTICATION
    summary = "Turn on two-factor authentication with the phone {target}"
    offered = False

    enrolment: Id
    dsk: str
    dhk: str
    credential: dict[str, str] | None
    origin: str
    sas: str

    @classmethod
    def of(cls, enrolment: Enrolment, device: Device, sas: str) -> "EnableTwoFactor":
        """Name the keys of a phone that was just confirmed."""
        return cls(enrolment=enrolment.id, sas=sas, **_keys(device))

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        device = self._device(work, by)
        return [{"type": "device", "id": device.id, "name": device.name}]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        return (
            "From now on signing in and every protected action of this account wait for this phone. "
            "Its other sessions end."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        device = self._device(work, by)
        enrolment = work.session.get_one(Enrolment, self.enrolment)
        device.status, enrolment.status = "active", EnrolmentStatus.ACTIVE
        enrolment.share = enrolment.sas = None
        by.account.method = "phone"
        end_grants(work, by.id, now)
        if not work.marked:
            work.mark(on=True)
            _void_ungranted(work, by.id, execution)
        end_other_sessions(work, by.id, now, execution.session)
        subject = [{"type": "device", "id": device.id, "name": device.name}]
        record(work, Event.DEVICE_ACTIVATED, now, username=by.username, target=subject, device=device)
        work.session.flush()
        _tell_of_new_phone(work, by, execution)
        work.publish(Topic.TWO_FACTOR, subject=device.id, owner=by.id)
        work.publish(Topic.ENROLMENTS, subject=enrolment.id, owner=by.id)
        work.publish(Topic.ADMINISTRATORS, subject=by.id)
        return {"device": device.id}

    def _device(self, work: Work, by: Actor) -> Device:
        enrolment = work.session.get(Enrolment, self.enrolment)
        device = enrolment and enrolment.device_id and work.session.get(Device, enrolment.device_id)
        if (
            not enrolment
            or not device
            or enrolment.administrator_id != by.id
            or enrolment.status != EnrolmentStatus.CONFIRMED
            or device.status != "confirmed"
            or is_cut_off(work, device)
            or _keys(device) != {name: value for name, value in self.parameters().items() if name in _keys(device)}
        ):
            raise Problem(409, "enrolment_changed", "The phone is no longer the one that was confirmed")
        return device


class DisableTwoFactor(ProtectedAction):
    """Turns two-factor authentication off and cuts the phone off."""

    name = "two_factor.disable"
    title = "Turn off two-factor authentication"
    kind = Kind.AUTHENTICATION
    summary = "Turn off two-factor authentication for {target}"
    needs_two_factor = True
    secrets = frozenset({"grant"})

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return [{"type": "administrator", "id": by.id, "name": by.username}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return {"device": _active(work, by).id}

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        others = work.session.scalar(
            select(func.count()).where(Administrator.method.is_not(None), Administrator.id != by.id)
        )
        after = (
            "The password alone signs in, and this account can do nothing protected until a phone is set up again."
            if others
            else "The password alone signs in, and protected actions are executed without being confirmed."
        )
        return f"The phone “{_active(work, by).name}” is cut off and this account’s other sessions end. {after}"

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        device = _active(work, by)
        by.account.method = None
        work.keep_ended("two_factor", by.id)
        work.session.flush()
        revoke_device(work, device, now)
        end_other_sessions(work, by.id, now, execution.session)
        if not work.session.scalar(select(func.count()).where(Administrator.method.is_not(None))):
            work.mark(on=False)
        work.publish(Topic.ADMINISTRATORS, subject=by.id)
        return {"grant": give_grant(work, by.id, now)}


def bind(work: Work, device: Device, request: str) -> None:
    """Write the device statement, which binds a phone to its account by the request that activates it (section 5)."""
    owner = work.session.get_one(Administrator, device.administrator_id)
    keys = _keys(device)
    statement = protocol.canonical(
        {
            "v": 1,
            "device": device.id,
            "username": owner.username,
            "dsk": keys["dsk"],
            "credential": keys["credential"],
            "origin": device.origin,
            "enrolled_at": int(device.enrolled_at.timestamp()),
            "bound_by": request,
        }
    )
    device.statement = statement
    device.statement_signature = work.keys.sign(protocol.statement_message(statement))


def is_bound(work: Work, device: Device, username: str) -> bool:
    """Whether the device statement verifies and names this device, account, keys and origin."""
    if device.statement is None or device.statement_signature is None:
        return False
    if not protocol.verify(work.keys.ssk, device.statement_signature, protocol.statement_message(device.statement)):
        return False
    keys = _keys(device)
    told = protocol.loads(device.statement)
    expected = {"device": device.id, "username": username, "origin": device.origin, **keys}
    expected.pop("dhk")
    return all(told.get(name) == value for name, value in expected.items())


def _keys(device: Device) -> dict[str, Any]:
    credential = None
    if device.credential_id is not None and device.cose is not None:
        credential = {"id": protocol.b64u(device.credential_id), "cose": protocol.b64u(device.cose)}
    return {
        "dsk": protocol.b64u(device.dsk),
        "dhk": protocol.b64u(device.dhk),
        "credential": credential,
        "origin": device.origin,
    }


def _active(work: Work, by: Actor) -> Device:
    found = active_device(work, by.id)
    if found is None:
        raise Problem(409, "not_enabled", "Two-factor authentication is off")
    return found


def _tell_of_new_phone(work: Work, owner: Actor, execution: Execution) -> None:
    """Tell the owner, who has that phone in hand, and all providers; the source is what the asking console claimed."""
    for account in {owner.id, *(provider.id for provider in providers(work))}:
        others, now = account != owner.id, execution.now
        tell(work, account, NoticeKind.DEVICE_ADDED, now, username=owner.username, source=execution.source, push=others)


def _void_ungranted(work: Work, but: str, execution: Execution) -> None:
    ungranted = select(Enrolment).where(
        Enrolment.administrator_id != but, Enrolment.grant_hash.is_(None), Enrolment.status.in_(OPEN_ENROLMENT)
    )
    for enrolment in work.session.scalars(ungranted).all():
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, execution.now)
