"""The security policy as the console reads it, and who is left nothing but to turn two-factor authentication on."""

from datetime import datetime

from server.actions.policy import may_be_by_totp, may_be_without_code
from server.contract.policy import ShownPolicy
from server.contract.problem import Problem
from server.store import policy, tables
from server.store.work import Work


def shown(work: Work) -> ShownPolicy:
    """Return the policy, and what it may free from the code."""
    current = policy.current(work).model_dump()
    return ShownPolicy(**current, may_be_without_code=may_be_without_code(), may_be_by_totp=may_be_by_totp())


def must_enrol_by(work: Work, account: tables.Administrator) -> datetime | None:
    """Return when an account without two-factor authentication can do nothing but turn it on; null where never.

    Policy says so, or it was reset: then the password alone is worth nothing else.
    """
    if account.method is not None:
        return None
    moments = account.reset_at, policy.current(work).two_factor_from
    return min((moment for moment in moments if moment), default=None)


def must_enrol(work: Work, account: tables.Administrator, now: datetime) -> bool:
    """Whether its time is over: it can do nothing but turn two-factor authentication on."""
    until = must_enrol_by(work, account)
    return until is not None and until <= now


def has_password_alone(work: Work, account: tables.Administrator) -> bool:
    """Whether an account has no second factor where others have: so little hinders nobody else, nor its owner."""
    return work.marked and account.method is None


def require_enrolled(work: Work, account: tables.Administrator, now: datetime) -> None:
    """Raise 403 `two_factor_required` for an account whose time is over."""
    if must_enrol(work, account, now):
        raise Problem(
            403,
            "two_factor_required",
            "This account needs two-factor authentication",
            "Turn it on in Settings > General first.",
        )
