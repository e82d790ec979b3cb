"""What a phone that was just confirmed becomes: the account's first one, or the one in place of the old."""

import math
from typing import Self

from sqlalchemy import select
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.binding import keys_of
from server.actions.registry import Execution, ProtectedAction
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import Id
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store.audit_log import record
from server.store.devices import is_cut_off
from server.store.endings import end_other_sessions, revoke_device
from server.store.notices import tell_widely
from server.store.tables import Device, Enrolment
from server.store.work import Work


def on_probation(work: Work) -> str:
    """Say what a phone confirms at first that codes of an authenticator app alone let in."""
    hours = math.ceil(work.config.probation / 3600)
    told = f" Let in by codes alone, it confirms for {hours} hours nothing but what concerns this account."
    return told if hours else ""


class NewPhone(ProtectedAction):
    """Makes a confirmed phone the account's; the parameters name its keys (protocol, section 1)."""

    registered = False

    enrolment: Id
    dsk: str
    dhk: str
    credential: dict[str, str] | None
    origin: str
    sas: str

    @classmethod
    def of(cls, enrolment: Enrolment, device: Device, sas: str) -> Self:
        """Name the keys of a phone that was just confirmed."""
        return cls(enrolment=enrolment.id, sas=sas, **keys_of(device))

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        device = self.device(work, by)
        return [{"type": "device", "id": device.id, "name": device.name}]

    @property
    def by_pin(self) -> str:
        """What its owner is told of a phone that is unlocked by a PIN, which is weaker; nothing of any other."""
        told = " The new phone confirms with a PIN that is typed into the app, instead of the phone’s screen lock."
        return told if self.credential is None else ""

    def device(self, work: Work, by: Actor) -> Device:
        """Return the phone; raises 409 where it is not, or no longer, the one whose keys are named."""
        enrolment = work.session.get(Enrolment, self.enrolment)
        device = enrolment and enrolment.device_id and work.session.get(Device, enrolment.device_id)
        if (
            not enrolment
            or not device
            or enrolment.administrator_id != by.id
            or enrolment.status != EnrolmentStatus.CONFIRMED
            or device.status != "confirmed"
            or is_cut_off(work, device)
            or keys_of(device) != self.model_dump(include=set(keys_of(device)))
        ):
            raise Problem(409, "enrolment_changed", "The phone is no longer the one that was confirmed")
        return device

    def activate(self, work: Work, execution: Execution) -> Device:
        """Make it the account's only phone, end the other sessions, and tell everybody who should know."""
        by, now = execution.by, execution.now
        device = self.device(work, by)
        enrolment = work.session.get_one(Enrolment, self.enrolment)
        active = select(Device).where(Device.administrator_id == by.id, Device.status == "active")
        for older in work.session.scalars(active).all():
            revoke_device(work, older, now)  # by the ledger alone until now, where the server was killed in between
        device.status, enrolment.status = "active", EnrolmentStatus.ACTIVE
        enrolment.share = enrolment.sas = None
        by.account.method, by.account.reset_at = "phone", None
        end_other_sessions(work, by.id, now, execution.session)
        subject = [{"type": "device", "id": device.id, "name": device.name}]
        record(work, Event.DEVICE_ACTIVATED, now, username=by.username, target=subject, device=device)
        work.session.flush()
        source = execution.source  # the owner has that phone in hand
        kind = NoticeKind.DEVICE_ADDED
        phone = f"{device.name} (PIN)" if self.credential is None else device.name
        tell_widely(work, by.account, kind, now, source=source, push_owner=False, phone=phone)
        work.publish(Topic.TWO_FACTOR, subject=device.id, owner=by.id)
        work.publish(Topic.ENROLMENTS, subject=enrolment.id, owner=by.id)
        work.publish(Topic.ADMINISTRATORS, subject=by.id)
        return device
