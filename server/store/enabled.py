"""Which accounts have two-factor authentication, by the ledger: a row that others wrote does not take it away."""

from server.store.tables import Administrator
from server.store.work import Work

_ON = "two_factor_on"


def keep_on(work: Work, account: Administrator) -> None:
    """Keep that the account has it, as soon as it is used: never before it is committed that it has."""
    if account.method is not None and account.id not in work.ledger.ended(_ON):
        work.keep_ended(_ON, account.id)


def set_off(work: Work, account: str) -> None:
    """Keep that it was turned off, or reset."""
    work.keep_ended("two_factor", account)
    work.keep_begun(_ON, account)


def was_taken_away(work: Work, account: Administrator) -> bool:
    """Whether the row says that the account has none, although nobody turned it off."""
    return account.method is None and account.id in work.ledger.ended(_ON)
