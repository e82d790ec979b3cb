"""Measurements: which are due, what they found, and how much lay in an account over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from server.contract.problem import Problem
from server.contract.storage import StorageKind, TestResult, TryStorage, Usage, Usages
from server.contract.topic import Topic
from server.services import storage
from server.services.sessions import Caller
from server.store import storage_accounts
from server.store import storage_tables as kept
from server.store.ids import new_id
from server.store.tables import User
from server.store.work import Work

MOST = 400  # usages of one account
AGAIN = timedelta(hours=1)  # after a failure


@dataclass(frozen=True)
class Plan:
    """What is to be measured, and by which credentials; null where these do not open.

    `places` is by destination, `folders` has, by destination again, where each user's data lies in it, `before` when
    each destination and each user was measured last: what differs by then has other figures, which came later.
    """

    account: str
    remote: TryStorage | None
    places: dict[str, str]
    folders: dict[str, dict[str, str]]
    digest: str
    before: dict[str, tuple[datetime | None, ...]]


@dataclass(frozen=True)
class Found:
    """What lay in a destination, or why nobody knows."""

    destination: str
    bytes: int = 0
    objects: int = 0
    failure: TestResult | None = None
    users: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    """Bytes and objects of each user whose folder was measured; null where there is no such folder."""


def due(work: Work, now: datetime) -> Sequence[str]:
    """Return the accounts with a destination that is to be measured by now, longest ago first."""
    every = work.config.storage_refresh
    if not every:
        return []
    refresh = timedelta(seconds=every)
    rows = work.session.scalars(select(kept.Destination)).all()
    longest_ago = sorted(rows, key=lambda row: row.tried_at or row.created_at)
    return list(dict.fromkeys(row.storage_account_id for row in longest_ago if _is_due(row, refresh, now)))


def _is_due(row: kept.Destination, refresh: timedelta, now: datetime) -> bool:
    wait = refresh if row.failure is None else min(refresh, AGAIN)
    return row.tried_at is None or row.tried_at + wait <= now


def wanted(work: Work, caller: Caller, account: str) -> None:
    """Raise unless the caller may have this account measured, and there is something to measure."""
    row = storage.editable(work, caller, account)
    if not storage_accounts.destinations(work, row.id):
        raise Problem(409, "no_destinations", "There is nothing to measure", "Add a destination first.")


def planned(work: Work, account: str) -> Plan | None:
    """Return what is to be measured of an account; null where it is gone."""
    row = work.session.get(kept.StorageAccount, account)
    if row is None:
        return None
    try:
        remote = TryStorage(kind=StorageKind(row.kind), settings=storage_accounts.opened(work, row))
    except Problem:
        remote = None
    destinations = storage_accounts.destinations(work, account)
    places = {each.id: each.place for each in destinations}
    before = {each.id: _measured(each) for each in destinations}
    folders: dict[str, dict[str, str]] = {each: {} for each in places}
    for user in work.session.scalars(select(User).where(User.destination_id.in_(places))).all():
        folders[user.destination_id or ""][user.id] = user.folder or ""
        before[user.id] = _measured(user)
    return Plan(account, remote, places, folders, storage_accounts.digest_of(row), before)


def _measured(row: kept.Destination | User) -> tuple[datetime | None, ...]:
    return (row.measured_at,) if isinstance(row, User) else (row.measured_at, row.tried_at)


def changed(work: Work, plans: Sequence[Plan]) -> list[str]:
    """Return those accounts that are not any more what is being measured."""
    return [plan.account for plan in plans if not storage_accounts.is_as(work, plan.account, plan.digest)]


def settle(work: Work, plan: Plan, found: Sequence[Found], now: datetime, asked: bool) -> None:  # noqa: FBT001
    """Keep what was found; a failure leaves the numbers of before, and nothing is kept of what has changed since.

    Where a user's data was deleted meanwhile, nobody knows how much of it was counted: the place is left as it is too.
    Where a disk is not mounted there is nothing: unless somebody asked and so takes it as it is, that is no number.
    """
    if not storage_accounts.is_as(work, plan.account, plan.digest):
        return
    doubtful = not asked and plan.remote is not None and plan.remote.kind.has_folders
    measured = False
    for each in found:
        row = work.session.get(kept.Destination, each.destination)
        if row is None:
            continue
        lost = doubtful and row.objects and not each.objects
        failure = each.failure or (TestResult.NOTHING_FOUND if lost else None)
        if _as_planned(work, plan, row):
            row.tried_at, row.failure = now, failure
            if failure is None:
                measured = True
                row.bytes, row.objects, row.measured_at = each.bytes, each.objects, now
        elif row.tried_at is not None:
            row.tried_at = now  # where users go all the time, it would be measured without an end
        if failure is None:
            _settle_users(work, plan, each, now, doubtful=doubtful)
    work.session.flush()
    if measured:
        _add_usage(work, plan.account, now)
    work.publish(Topic.STORAGE, subject=plan.account)


def _as_planned(work: Work, plan: Plan, row: kept.Destination) -> bool:
    """Whether nobody else has written figures of a destination, or of what a user had in it, since that was planned."""
    users = [work.session.get(User, each) for each in plan.folders[row.id]]
    taken_off = any(each is None or each.measured_at not in (None, *plan.before[each.id]) for each in users)
    return plan.before[row.id] == _measured(row) and not taken_off


def _settle_users(work: Work, plan: Plan, found: Found, now: datetime, *, doubtful: bool) -> None:
    """Keep what lay in users' folders, of those whose data still lies there, and has no newer figures."""
    for user, size in found.users.items():
        row, lies = work.session.get(User, user), (found.destination, plan.folders[found.destination][user])
        if row is None or (row.destination_id, row.folder) != lies or plan.before[user] != _measured(row):
            continue
        if size is None and doubtful and row.objects:
            continue
        row.bytes, row.objects = size or (0, 0)
        row.measured_at = now
        work.publish(Topic.USERS, subject=user)


def put_off(work: Work, caller: Caller, account: str, now: datetime) -> None:
    """Remember that a measurement was stopped by hand: it is not begun anew before the next is due."""
    storage.editable(work, caller, account)
    for row in storage_accounts.destinations(work, account):
        row.tried_at = now
    work.publish(Topic.STORAGE, subject=account)


def _add_usage(work: Work, account: str, now: datetime) -> None:
    """Write the sum over all destinations, each by its last measurement, and forget the oldest sums."""
    rows = [each for each in storage_accounts.destinations(work, account) if each.measured_at is not None]
    total = sum(each.bytes or 0 for each in rows), sum(each.objects or 0 for each in rows)
    usage = kept.Usage(id=new_id("use"), storage_account_id=account, at=now, bytes=total[0], objects=total[1])
    work.session.add(usage)
    work.session.flush()
    of = kept.Usage.storage_account_id == account
    newest = select(kept.Usage.id).where(of).order_by(kept.Usage.at.desc(), kept.Usage.id).limit(MOST)
    work.session.execute(delete(kept.Usage).where(of, kept.Usage.id.not_in(work.session.scalars(newest).all())))


def history(work: Work, caller: Caller, account: str) -> Usages:
    """Return how much lay in an account, oldest first; nothing for who does not see all that is in the sums."""
    storage.one(work, caller, account, {})
    if caller.rights.companies is not None:
        return Usages(items=[])
    rows = select(kept.Usage).where(kept.Usage.storage_account_id == account)
    found = work.session.scalars(rows.order_by(kept.Usage.at, kept.Usage.id)).all()
    return Usages(items=[Usage(at=each.at, bytes=each.bytes, objects=each.objects) for each in found])
