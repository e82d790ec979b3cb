"""Whose user name is whose, by the ledger: phones and evidence name it, and rows that others wrote exchange it."""

from sqlalchemy import select

from server.contract.problem import Problem
from server.store.tables import Administrator
from server.store.work import Work

_NAMED = "named"


def keep_name(work: Work, account: Administrator) -> None:
    """Keep the user name of an account that is made, or made again."""
    if not has_its_name(work, account):
        work.keep_ended(_NAMED, _subject(account))


def require_name(work: Work, account: Administrator) -> None:
    """Keep the user name of an account where the ledger, such as an older one, knows neither.

    Raises 409 where it knows the name as that of another account, or the account by another name.
    """
    if knows_none(work):
        keep_all(work)  # as the next start would
    if has_its_name(work, account):
        return
    deleted = work.ledger.ended("administrator")
    known = [subject.split(" ", 1) for subject in work.ledger.ended(_NAMED)]
    if any(id_ == account.id or (name == account.username.lower() and id_ not in deleted) for id_, name in known):
        advice = "Put the newest ledger.jsonl back beside the key file, with the server stopped."
        raise Problem(409, "name_of_another", f"The ledger knows {account.username} as another account", advice)
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
