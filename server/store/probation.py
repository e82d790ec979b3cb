"""Accounts whose phone TOTP alone let in: for a day it confirms only what concerns them; kept in the ledger.

It is the account that is on probation, so that no second phone, and no turning off and on again, ends it early. A reset
by somebody else does.
"""

from datetime import datetime, timedelta

from server.store.work import Work

_BEGAN, _WEAK = "probation", "by_totp_alone"


def set_probation(work: Work, account: str, now: datetime) -> None:
    """Begin the time of probation, for whatever phone the account has meanwhile."""
    work.keep_ended(_BEGAN, account, at=now)
    _forget(work, _WEAK, account)


def probation_until(work: Work, account: str, now: datetime) -> datetime | None:
    """Return until when an account's phone is on probation; null where it is not."""
    began = work.ledger.ended(_BEGAN).get(account)
    end = began and began + timedelta(seconds=work.config.probation)
    return end if end and end > now else None


def was_on_probation(work: Work, account: str) -> bool:
    """Whether its phone is on probation, or was: for what is told without knowing the time."""
    return account in work.ledger.ended(_BEGAN)


def set_weak(work: Work, account: str) -> None:
    """Keep that TOTP alone turned two-factor authentication off: the next phone is on probation."""
    work.keep_ended(_WEAK, account)


def is_weak(work: Work, account: str) -> bool:
    """Whether TOTP alone turned it off last."""
    return account in work.ledger.ended(_WEAK)


def end_probation(work: Work, account: str) -> None:
    """Somebody else vouches for the account's next phone."""
    for what in (_BEGAN, _WEAK):
        _forget(work, what, account)


def _forget(work: Work, what: str, account: str) -> None:
    if account in work.ledger.ended(what):
        work.keep_begun(what, account)
