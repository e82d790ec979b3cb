"""An account's phone: the one that is active, whatever a row that was written by others may say."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, select

from server.store.session import Finding
from server.store.tables import Device
from server.store.work import Work

AWAY = timedelta(days=7)

_ACTIVE = Finding(Device, Device.administrator_id == bindparam("owner"), Device.status == "active")


def active_device(work: Work, administrator: str) -> Device | None:
    """Return the active phone, unless the ledger says that it was cut off."""
    found = _ACTIVE.first(work.session, owner=administrator)
    return None if found is None or is_cut_off(work, found) else found


def is_away(device: Device, now: datetime) -> bool:
    """Whether nothing was heard of a phone for a week."""
    return (device.last_seen_at or device.enrolled_at) <= now - AWAY


def kept_device(work: Work, administrator: str) -> Device | None:
    """Return the phone that the database still has as active, also where the ledger says that it was cut off."""
    return _ACTIVE.first(work.session, owner=administrator)


def verification_of(device: Device) -> str:
    """Return how its owner unlocks it for an approval: `webauthn`, or `PIN` where it has no passkey (section 6)."""
    return "webauthn" if device.credential_id is not None and device.cose is not None else "PIN"


def living_devices(work: Work, *where: ColumnElement[bool]) -> Sequence[Device]:
    """Return the phones that are claimed, confirmed or active, oldest first."""
    found = select(Device).where(Device.status != "revoked", *where).order_by(Device.enrolled_at, Device.id)
    return [device for device in work.session.scalars(found) if not is_cut_off(work, device)]


def is_cut_off(work: Work, device: Device) -> bool:
    """Whether the device is revoked: by its row, or by the ledger."""
    return device.status == "revoked" or device.id in work.ledger.ended("device")
