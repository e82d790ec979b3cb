"""An account's phone: the one that is active, whatever a row that was written by others may say."""

from sqlalchemy import select

from server.store.tables import Device
from server.store.work import Work


def active_device(work: Work, administrator: str) -> Device | None:
    """Return the active phone, unless the ledger says that it was cut off."""
    found = work.session.scalar(
        select(Device).where(Device.administrator_id == administrator, Device.status == "active")
    )
    return None if found is None or is_cut_off(work, found) else found


def is_cut_off(work: Work, device: Device) -> bool:
    """Whether the device is revoked: by its row, or by the ledger."""
    return device.status == "revoked" or device.id in work.ledger.ended("device")
