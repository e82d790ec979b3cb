"""The state of one's own two-factor authentication."""

from sqlalchemy import select

from server.contract.two_factor import Device, TwoFactor
from server.services.sessions import Caller
from server.store import tables
from server.store.work import Work


def shown(work: Work, caller: Caller) -> TwoFactor:
    """Return method and phone."""
    row = work.session.scalar(
        select(tables.Device).where(
            tables.Device.administrator_id == caller.account.id, tables.Device.status == "active"
        )
    )
    device = row and Device(
        id=row.id,
        name=row.name,
        platform=row.platform,
        verification="webauthn",
        enrolled_at=row.enrolled_at,
        last_seen_at=row.last_seen_at,
        push=row.push is not None,
    )
    return TwoFactor(
        enabled=caller.account.method is not None,
        method=caller.account.method,
        device=device or None,
        recovery_codes_left=0,
        recovery_codes_saved_at=None,
        recovery_codes_used_at=[],
    )
