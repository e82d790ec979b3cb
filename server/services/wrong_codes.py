"""Wrong codes add up per account over all of its requests: a new request, with a new code, never starts them anew."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.domain.requests import COUNTED_FOR, WRONG_CODES_IN_ALL
from server.store import tables
from server.store.audit_log import Source
from server.store.endings import leave_pending, pending_requests
from server.store.notices import tell_widely
from server.store.work import Work

_REQUESTS = tables.Table.metadata.tables["requests"]
_WRONG = select(func.sum(_REQUESTS.c.attempts), func.min(_REQUESTS.c.created_at)).where(
    _REQUESTS.c.administrator_id == bindparam("account"),
    _REQUESTS.c.created_at > bindparam("since"),
    text("attempts > 0"),  # a literal, as in the index
)


def require_few(work: Work, account: tables.Administrator, now: datetime) -> None:
    """Raise where nothing can be asked of this account's phone, since too many codes were wrong."""
    if (refusal := too_many(work, account, now)) is not None:
        raise refusal


def too_many(work: Work, account: tables.Administrator, now: datetime) -> Problem | None:
    """Return that refusal, null where there is none."""
    count, oldest = _counted(work, account, now)
    if count < WRONG_CODES_IN_ALL:
        return None
    return Problem(
        429,
        "too_many_wrong_codes",
        "Too many wrong codes were typed on the phone of this account",
        "Nothing can be asked of it for up to an hour.",
        headers={"Retry-After": str(int((oldest + COUNTED_FOR - now).total_seconds()) + 1)},
    )


def add_up(work: Work, account: tables.Administrator, source: Source, now: datetime) -> bool:
    """Return whether one more was too many: then all that waits for the phone is void, and it is told."""
    if _counted(work, account, now)[0] < WRONG_CODES_IN_ALL:
        return False
    for waiting in pending_requests(work, tables.Request.administrator_id == account.id):
        leave_pending(work, waiting, RequestStatus.VOID, now, void_reason="wrong_codes")
    tell_widely(work, account, NoticeKind.WRONG_CODES, now, source=source)
    return True


def _counted(work: Work, account: tables.Administrator, now: datetime) -> tuple[int, datetime]:
    """Count those of the last hour's requests, each kept with its request as it was refused; and say when it began."""
    given = {"account": account.id, "since": now - COUNTED_FOR}
    count, oldest = work.connection.execute(_WRONG, given).one()
    return count or 0, oldest or now
