"""Whose user name is whose, by the ledger: phones and evidence name it, and rows that others wrote exchange it."""

from sqlalchemy import select

from server.store.tables import Administrator
from server.store.work import Work

_NAMED = "named"


def keep_name(work: Work, account: Administrator) -> None:
    """Keep the user name of an account that is made, or made again."""
    if not has_its_name(work, account):
        work.keep_ended(_NAMED, _subject(account))


def keep_unknown(work: Work, account: Administrator) -> None:
    """Keep the user name of an account where the ledger, such as an older one, knows neither."""
    known = {part for subject in work.ledger.ended(_NAMED) for part in subject.split(" ", 1)}
    if known.isdisjoint(_subject(account).split(" ", 1)):
        keep_name(work, account)


def has_its_name(work: Work, account: Administrator) -> bool:
    """Whether the account still has the user name under which it was made."""
    return _subject(account) in work.ledger.ended(_NAMED)


def knows_none(work: Work) -> bool:
    """Whether the ledger is of a time, or a version, in which no names were kept."""
    return not work.ledger.ended(_NAMED)


def keep_all(work: Work) -> None:
    """Keep the names of all accounts of which the ledger knows none, as they are now."""
    known = {subject.partition(" ")[0] for subject in work.ledger.ended(_NAMED)}
    for account in work.session.scalars(select(Administrator)):
        if account.id not in known:
            keep_name(work, account)


def _subject(account: Administrator) -> str:
    return f"{account.id} {account.username.lower()}"
