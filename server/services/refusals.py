"""Writes who was refused what: a call that would have changed something, or a phone's decision."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from server.contract.permission import Role
from server.contract.problem import Problem
from server.domain.audit import Event
from server.services import phones, requests
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import Source, record
from server.store.work import Work


def write_call(
    work: Work,
    caller: Caller,
    route: str,
    code: str,
    action: str | None,
    named: Mapping[str, str],
    request: str,
    now: datetime,
) -> None:
    """Write that a call was refused: on which route, why, for which action on what, and for which request he may see.

    What the body `named` is told by its id alone, which the caller knew: nobody learns whether there is such a thing.
    """
    try:
        row = requests.visible(work, caller, request, now)
    except Problem:
        row = None
    record(
        work,
        Event.CALL_REFUSED,
        now,
        username=caller.account.username,
        source=caller.source,
        action=row.action if row else action,
        request=row.id if row else None,
        target=[{"type": name, "id": each, "name": each} for name, each in named.items()] or None,
        company=row.company if row else None,
        route=route,
        code=code,
    )


def phone_of(work: Work, token: str, now: datetime) -> str:
    """Return which phone wanted to decide, also one that was shut out; raises 401 where it is none that is known."""
    return (phones.shut_out(work, token, now) or phones.authenticate(work, token, now)).id


def write_decision(work: Work, device: str, request: str, ip: str, code: str, now: datetime) -> None:
    """Write that a phone's decision was refused, such as a replay, one for another phone's request, or one too late.

    Nobody learns from it of a request that he may not see.
    """
    phone = work.session.get_one(tables.Device, device)
    account = work.session.get_one(tables.Administrator, phone.administrator_id)
    row = work.session.scalar(select(tables.Request).where(tables.Request.id == request))
    if row is not None and row.administrator_id != account.id and account.role != Role.PROVIDER:
        row = None
    record(
        work,
        Event.DECISION_REFUSED,
        now,
        username=account.username,
        source=Source(ip=ip),
        action=row.action if row else None,
        request=row.id if row else None,
        device=phone,
        company=row.company if row else None,
        code=code,
    )
