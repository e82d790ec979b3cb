"""An account's phone: the one that is active, whatever a row that was written by others may say."""

from sqlalchemy import bindparam

from server.store.session import Finding
from server.store.tables import Device
from server.store.work import Work

_ACTIVE = Finding(Device, Device.administrator_id == bindparam("owner"), Device.status == "active")


def active_device(work: Work, administrator: str) -> Device | None:
    """Return the active phone, unless the ledger says that it was cut off."""
    found = _ACTIVE.first(work.session, owner=administrator)
    return None if found is None or is_cut_off(work, found) else found


def is_cut_off(work: Work, device: Device) -> bool:
    """Whether the device is revoked: by its row, or by the ledger."""
    return device.status == "revoked" or device.id in work.ledger.ended("device")
