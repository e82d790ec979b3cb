"""The organisation's mark where the ledger that holds it was lost: two-factor authentication was on, so it is set."""

from datetime import datetime

from sqlalchemy import select

from server.domain.audit import Event
from server.store.tables import Administrator, AuditEvent, Device
from server.store.work import Work

_LEDGER, _BEFORE = "ledger", "before"


def is_lost(work: Work) -> bool:
    """Whether the ledger says nothing of the mark, although an account has or had two-factor authentication."""
    return work.ledger.mark is None and any(
        work.session.scalar(select(trace.limit(1).exists()))
        for trace in (
            select(Administrator.id).where(Administrator.method.is_not(None)),
            select(Device.id).where(Device.statement.is_not(None)),
            select(AuditEvent.number).where(AuditEvent.event == Event.DEVICE_ACTIVATED),
        )
    )


def set_lost(work: Work) -> bool:
    """Set a mark that was lost, and keep that the ledger begins here; whether it was lost."""
    lost = is_lost(work)
    if lost:
        work.mark(on=True)
        work.keep_ended(_LEDGER, _BEFORE)
    return lost


def knows_since(work: Work, at: datetime) -> bool:
    """Whether the ledger holds all that was ended since then: it is there, and was not lost later."""
    return work.ledger.exists and not was_lost_since(work, at)


def was_lost_since(work: Work, at: datetime) -> bool:
    """Whether the ledger was lost since then, and with it what was ended."""
    lost = work.ledger.ended(_LEDGER).get(_BEFORE)
    return is_lost(work) or (lost is not None and lost >= at)
