"""Writes who was refused what: a call that would have changed something, or a phone's decision."""

from datetime import datetime

from sqlalchemy import select

from server.domain.audit import Event
from server.services import phones
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import Source, record
from server.store.work import Work


def write_call(
    work: Work, caller: Caller, route: str, code: str, action: str | None, request: str, now: datetime
) -> None:
    """Write that a call was refused: on which route, why, and for which action or request where it was for one."""
    row = _request(work, request)
    record(
        work,
        Event.CALL_REFUSED,
        now,
        username=caller.account.username,
        source=caller.source,
        action=row.action if row else action,
        request=row.id if row else None,
        company=row.company if row else None,
        route=route,
        code=code,
    )


def decided(work: Work, token: str, request: str, now: datetime) -> tuple[str, str] | None:
    """Return which phone wanted to decide, and on which action; null where there is no such request."""
    device, row = phones.authenticate(work, token, now), _request(work, request)
    return (device.id, row.action) if row else None


def write_decision(work: Work, device: str, request: str, ip: str, code: str, now: datetime) -> None:
    """Write that a phone's decision was refused: a replay, one on a request of another phone, or one too late."""
    phone, row = work.session.get_one(tables.Device, device), _request(work, request)
    if row is None:
        return
    record(
        work,
        Event.DECISION_REFUSED,
        now,
        username=work.session.get_one(tables.Administrator, phone.administrator_id).username,
        source=Source(ip=ip),
        action=row.action,
        request=row.id,
        device=phone,
        company=row.company,
        code=code,
    )


def _request(work: Work, request: str) -> tables.Request | None:
    return work.session.scalar(select(tables.Request).where(tables.Request.id == request))
