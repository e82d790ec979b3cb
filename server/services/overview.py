"""What the console's first page shows: counts of what one may see, and how the last days went."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, case, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from server.contract.overview import Day, Overview
from server.contract.permission import Permission, Role
from server.contract.request import RequestStatus
from server.services import administrators
from server.services.sessions import Caller
from server.store import tables
from server.store.devices import is_away, living_devices
from server.store.work import Work

DAYS = 14
_A_DAY = 86_400_000_000  # microseconds
_APPROVED = ("approved", "executing", "executed", "failed", "unknown")


def shown(work: Work, caller: Caller, now: datetime) -> Overview:
    """Return the counts and the days; of administrators only to whoever may edit them."""
    counts: dict[str, int | None] = dict.fromkeys(("administrators", "without_two_factor", "phones_away", "invited"))
    if caller.rights.may(Permission.ADMINISTRATORS_EDIT):
        counts |= _of_administrators(work, caller, now)
    return Overview(
        users=_within(work, caller, tables.User.company_id),
        companies=_within(work, caller, tables.Company.id),
        days=_days(work, caller, now),
        **counts,
    )


def _within(work: Work, caller: Caller, company: InstrumentedAttribute[Any]) -> int:
    """Count the rows that lie in the caller's companies."""
    rows, scope = select(func.count()).select_from(company.class_), caller.rights.companies
    return work.session.scalar(rows if scope is None else rows.where(company.in_(scope))) or 0


def _of_administrators(work: Work, caller: Caller, now: datetime) -> dict[str, int]:
    found = work.session.scalars(select(tables.Administrator).where(tables.Administrator.deleted_at.is_(None)))
    seen = {each.id: each for each in found if caller.rights.oversees(each.rights)}
    enabled = {each.id for each in seen.values() if administrators.is_enabled(work, each)}
    waiting = select(tables.Invitation.administrator_id).where(
        tables.Invitation.used_at.is_(None), tables.Invitation.expires_at > now
    )
    return {
        "administrators": len(seen),
        "without_two_factor": sum(seen[each].method is None for each in enabled),
        "phones_away": sum(each.administrator_id in enabled and is_away(each, now) for each in _phones(work)),
        "invited": sum(each in enabled for each in work.session.scalars(waiting)),
    }


def _phones(work: Work) -> list[tables.Device]:
    return list(living_devices(work, tables.Device.status == "active"))


def _days(work: Work, caller: Caller, now: datetime) -> list[Day]:
    """Count the requests of the last days by how they ended: a provider's everybody's, else the own."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    request = tables.Request
    overdue = (request.status == RequestStatus.PENDING) & (request.expires_at <= now)
    status = case((overdue, RequestStatus.EXPIRED), else_=request.status).label("status")
    day = (type_coerce(request.created_at, BigInteger) // _A_DAY).label("day")
    rows = select(day, status, func.count()).where(
        request.created_at >= datetime(first.year, first.month, first.day, tzinfo=UTC)
    )
    if caller.rights.role is not Role.PROVIDER:
        rows = rows.where(request.administrator_id == caller.account.id)
    counts = Counter[tuple[Any, str]]()
    for number, ended, count in work.session.execute(rows.group_by(day, status)):
        counts[datetime.fromtimestamp(number * 86_400, UTC).date(), ended] += count
    days = [first + timedelta(days=each) for each in range(DAYS)]
    return [
        Day(
            day=each,
            approved=sum(counts[each, name] for name in _APPROVED),
            rejected=counts[each, "rejected"],
            expired=sum(counts[each, name] for name in ("expired", "cancelled", "void")),
        )
        for each in days
    ]
