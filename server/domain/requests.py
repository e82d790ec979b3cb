"""The state machine of an approval request (protocol, section 4)."""

from datetime import datetime, timedelta
from typing import Any

from server.contract.request import RequestStatus as S

NEXT: dict[S, frozenset[S]] = {
    S.PENDING: frozenset({S.APPROVED, S.REJECTED, S.EXPIRED, S.CANCELLED, S.VOID}),
    S.APPROVED: frozenset({S.EXECUTED, S.EXECUTING}),
    S.EXECUTING: frozenset({S.EXECUTED, S.FAILED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.EXECUTED, S.FAILED}),
    S.EXECUTED: frozenset(),
    S.FAILED: frozenset(),
    S.REJECTED: frozenset(),
    S.EXPIRED: frozenset(),
    S.CANCELLED: frozenset(),
    S.VOID: frozenset(),
}

WRONG_CODES = 3
WRONG_CODES_IN_ALL, COUNTED_FOR = 10, timedelta(hours=1)
OPEN_ACTIONS = 5
REDEEM_FOR = timedelta(minutes=5)
MOST_TARGETS = 1000


def status_at(status: S, expires_at: datetime, now: datetime) -> S:
    """Return the status as it is at `now`: expiry is computed when read, whether or not it was written yet."""
    return S.EXPIRED if status is S.PENDING and expires_at <= now else status


def require_move(status: S, to: S) -> None:
    """Raise ValueError where a request in `status` may not enter `to`; nothing leaves a final state."""
    if to not in NEXT[status]:
        message = f"a request that is {status} never becomes {to}"
        raise ValueError(message)


def ends_at(now: datetime, lifetime: int) -> datetime:
    """Return when a request made at `now` ends: `lifetime` seconds later, rounded up to a whole second."""
    end = now + timedelta(seconds=lifetime)
    return end if end.microsecond == 0 else end.replace(microsecond=0) + timedelta(seconds=1)


def words(details: dict[str, Any]) -> str:
    """Return by what a request is found: its requester's user name on a line of its own, its summary, the names."""
    names = (each["name"] for each in details["target"])
    return "\n".join([details["username"], details["summary"], *names]).casefold()
