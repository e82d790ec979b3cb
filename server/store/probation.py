"""Phones that TOTP alone activated: for a day they confirm only what concerns the own account; kept in the ledger."""

from datetime import datetime, timedelta

from server import protocol
from server.store.tables import Device
from server.store.work import Work

_DEVICE, _GRANT = "probation", "weak_grant"


def set_probation(work: Work, device: Device, now: datetime) -> None:
    """Begin a phone's time of probation."""
    work.keep_ended(_DEVICE, device.id, at=now)


def probation_until(work: Work, device: Device, now: datetime) -> datetime | None:
    """Return until when a phone is on probation; null where it is not."""
    began = work.ledger.ended(_DEVICE).get(device.id)
    end = began and began + timedelta(seconds=work.config.probation)
    return end if end and end > now else None


def weaken_grant(work: Work, grant_hash: bytes) -> None:
    """Keep that TOTP alone gave this grant: the phone that it enrols is on probation too."""
    work.keep_ended(_GRANT, protocol.b64u(grant_hash))


def is_weak_grant(work: Work, grant_hash: bytes | None) -> bool:
    """Whether TOTP alone gave it."""
    return grant_hash is not None and protocol.b64u(grant_hash) in work.ledger.ended(_GRANT)
