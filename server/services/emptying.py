"""What becomes of deletions while their data is deleted: begun, counted, told of, and ended with a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from server.contract.deletion import DeletionStatus, Why
from server.contract.problem import Problem
from server.contract.storage import StorageKind, TestResult, TryStorage
from server.contract.topic import Topic
from server.contract.user import UserStatus
from server.domain.audit import Event
from server.store import deletions, mark, storage_accounts, tables
from server.store.deletion_tables import Deletion
from server.store.storage_tables import StorageAccount
from server.store.work import Work

MOST_FAILURES = 20
REPORTED = timedelta(hours=1)  # after its end it is counted what one has left, and not what has come since
PROMPT = timedelta(minutes=1)


@dataclass(frozen=True)
class Due:
    """What is to be deleted now, each with its storage account, and when the next is due."""

    ready: list[tuple[str, str | None]]
    next: datetime | None


@dataclass(frozen=True)
class Plan:
    """Where what is to be deleted lies, and by which credentials; null where there is none. Begun before: `goes_on`."""

    deletion: str
    remote: TryStorage | None
    path: str
    place: str = ""
    account: str = ""
    digest: str = ""
    goes_on: bool = False


@dataclass(frozen=True)
class Found:
    """What lies in a folder by a count: `nothing` at all.

    It has `gone` where it itself is missing, or, where there are no folders, what was in it and was not deleted here.
    Where there are folders: whether it has from a `bare` place, where nothing else lies either.
    """

    bytes: int
    objects: int
    nothing: bool
    gone: bool
    bare: bool


@dataclass(frozen=True)
class Counted:
    """What there was, and how much of it is gone."""

    bytes: int
    objects: int
    deleted: int
    deleted_bytes: int


@dataclass(frozen=True)
class Left:
    """What stayed: null where nobody can count it, by name some of it.

    `all` counts at least what is no object too, such as a folder that may not be listed, or a link.
    """

    bytes: int | None
    objects: int | None
    all: int
    names: Sequence[str]


def due(work: Work, now: datetime) -> Due:
    """Return those that run already, and those whose hold is over."""
    rows = deletions.under_way(work)
    ready = sorted((each for each in rows if _is_due(each, now)), key=lambda each: each.status == DeletionStatus.HELD)
    waiting = [each.due_at for each in rows if not _is_due(each, now)]
    return Due([(each.id, each.storage_account_id) for each in ready], min(waiting, default=None))


def _is_due(row: Deletion, now: datetime) -> bool:
    return row.status == DeletionStatus.RUNNING or row.due_at <= now


def begin(work: Work, deletion: str, now: datetime, up_since: datetime) -> Plan | None:
    """Begin one, or go on with it; null where it has ended, or ends now since it may not be done.

    Nothing is touched before this is committed. Everything is looked at again: who has the database alone, or put an
    old one in its place, has nothing deleted.
    """
    row = _row(work, deletion)
    if row is None or not _is_due(row, now):
        return None
    if row.id in work.ledger.ended(deletions.DONE):  # it was done, and an old database put in place
        _done(work, row, now)
        return None
    if (why := _hindrance(work, row)) is not None:
        to = DeletionStatus.STOPPED if why is Why.RESTORED else DeletionStatus.FAILED
        deletions.end(work, row, to, now, why=why)
        return None
    plan = _plan(work, row)
    if plan is None:
        deletions.end(work, row, DeletionStatus.FAILED, now, why=Why.CREDENTIALS)
        return None
    late = row.due_at < up_since  # to wait for others of its account is none
    if row.status == DeletionStatus.HELD and not deletions.begin(work, row, now, late=late):
        return None
    return plan


def _hindrance(work: Work, row: Deletion) -> Why | None:
    """Say why it may not be done; null where it may."""
    if row.id in work.ledger.ended(deletions.ENDED) or mark.was_lost_since(work, row.created_at):
        return Why.RESTORED  # it has ended, or nobody knows whether it has
    user = work.session.get(tables.User, row.user_id)
    theirs = user is not None and (user.deletion_id, user.status) == (row.id, UserStatus.HELD)
    if not theirs or not deletions.is_whole(work, row):
        return Why.NOT_OURS
    if row.storage_account_id is None:
        return None
    account = work.session.get(StorageAccount, row.storage_account_id)
    if account is None:
        return Why.STORAGE_GONE
    return None if deletions.settings_digest(account) == row.settings_digest else Why.STORAGE_CHANGED


def _plan(work: Work, row: Deletion) -> Plan | None:
    """Return where it lies; null where the credentials do not open."""
    if row.storage_account_id is None or not row.place or not row.folder:
        return Plan(row.id, None, "")
    account = work.session.get_one(StorageAccount, row.storage_account_id)
    try:
        settings = storage_accounts.opened(work, account)
    except Problem:
        return None
    remote = TryStorage(kind=StorageKind(account.kind), settings=settings)
    digest = storage_accounts.digest_of(account)
    goes_on = row.status == DeletionStatus.RUNNING
    return Plan(row.id, remote, f"{row.place}/{row.folder}", row.place, account.id, digest, goes_on)


def changed(work: Work, plans: Sequence[Plan]) -> list[str]:
    """Return those whose account is not any more what they were planned with."""
    with_one = [plan for plan in plans if plan.account]
    return [plan.deletion for plan in with_one if not storage_accounts.is_as(work, plan.account, plan.digest)]


def _row(work: Work, deletion: str) -> Deletion | None:
    """Return one that is under way."""
    of = select(Deletion).where(Deletion.id == deletion, Deletion.status.in_(deletions.UNDER_WAY))
    return work.session.scalar(of)


def _running(work: Work, deletion: str) -> Deletion | None:
    row = _row(work, deletion)
    return row if row is not None and row.status == DeletionStatus.RUNNING else None


def count(work: Work, deletion: str, found: Found, now: datetime) -> Counted | None:
    """Take what lies there now: at first that is all, later it tells what is gone; null where it does not run any more.

    It ends where nothing is found of what was measured, or not even the folder, unless it is written that all is gone:
    a disk that is not mounted has no folders. Nor does a bare place where something lay say that somebody had nothing;
    and where nothing was found before of what had not been deleted, it was asked again by now.
    """
    row = _running(work, deletion)
    if row is None:
        return None
    if row.counted:
        lost = (found.gone and row.left != 0) or (found.nothing and row.trouble == TestResult.NOTHING_FOUND)
    else:
        lost = found.nothing if row.objects else found.bare and deletions.lay_there(work, row)
    if lost:
        row.trouble = None
        if row.counted:  # what was deleted until then is gone, whatever became of the rest
            deletions.take_off(work, row, row.measured_at or now)
        deletions.end(work, row, DeletionStatus.FAILED, now, why=Why.NOTHING_FOUND)
        return None
    if row.counted:
        _take(row, found.bytes, found.objects)
    else:
        _take_first(row, found.bytes, found.objects, now)
    row.trouble, row.left = None, 0 if found.gone else None
    work.session.flush()
    work.publish(Topic.USERS, subject=row.user_id)
    return Counted(row.bytes or 0, row.objects or 0, row.deleted, row.deleted_bytes)


def _take_first(row: Deletion, size: int, objects: int, now: datetime) -> None:
    row.bytes, row.objects, row.measured_at, row.counted = size, objects, now, True


def _take(row: Deletion, size: int, objects: int) -> None:
    """Count as deleted what is not there any more; where more came meanwhile, there was more to delete."""
    row.objects, row.deleted = _added_up(row.objects or 0, row.deleted, objects)
    row.bytes, row.deleted_bytes = _added_up(row.bytes or 0, row.deleted_bytes, size)


def _take_rest(work: Work, row: Deletion, left: Left, now: datetime) -> None:
    if left.bytes is not None and left.objects is not None:
        if row.counted:
            _take(row, left.bytes, left.objects)
        else:
            _take_first(row, left.bytes, left.objects, now)
        work.session.flush()
        deletions.take_off(work, row, now)
    row.failed, row.failures = left.all, list(left.names)[:MOST_FAILURES]


def _added_up(before: int, deleted: int, now: int) -> tuple[int, int]:
    """Return how much there was, and how much of it is deleted, so that with what is there now it adds up."""
    return (before, before - now) if now <= before else (deleted + now, deleted)


def tell(
    work: Work, deletion: str, deleted: int, deleted_bytes: int, failed: int, trouble: TestResult | None = None
) -> bool:
    """Write how far it is, and what keeps it there.

    False where it does not run any more, and nothing more may be deleted.
    """
    row = _running(work, deletion)
    if row is None:
        return False
    row.deleted = min(deleted, max(0, (row.objects or 0) - 1))  # that all is gone is not told on the way
    row.deleted_bytes, row.failed, row.trouble = deleted_bytes, failed, trouble
    work.session.flush()
    work.publish(Topic.USERS, subject=row.user_id)
    return True


def trouble(work: Work, deletion: str, result: TestResult) -> bool:
    """Write why it waits; it goes on later. False where it does not run any more."""
    row = _running(work, deletion)
    if row is None:
        return False
    row.trouble = result
    work.session.flush()
    work.publish(Topic.USERS, subject=row.user_id)
    return True


def all_gone(work: Work, deletion: str) -> bool:
    """Write that all of it is deleted, before its folder goes, without which nothing else would say so.

    False where it does not run any more, and so the folder stays.
    """
    row = _running(work, deletion)
    if row is None:
        return False
    row.deleted, row.deleted_bytes, row.left = row.objects or 0, row.bytes or 0, 0
    work.session.flush()
    return True


def not_gone(work: Work, deletion: str) -> None:
    """Take that back: something lies there."""
    if (row := _running(work, deletion)) is not None:
        row.left = None
        work.session.flush()


def finish(work: Work, deletion: str, now: datetime) -> bool:
    """End it: all is gone, and with it the user, where that was asked; in one transaction, or not at all."""
    row = _running(work, deletion)
    if row is None:
        return False
    return _done(work, row, now)


def _done(work: Work, row: Deletion, now: datetime) -> bool:
    row.deleted, row.deleted_bytes = row.objects or 0, row.bytes or 0
    row.failed, row.trouble = 0, None
    work.session.flush()
    deletions.take_off(work, row, now)
    return deletions.end(work, row, DeletionStatus.DONE, now, left=0)


def fail(work: Work, deletion: str, now: datetime, left: Left, result: TestResult) -> bool:
    """End it: this is left, and cannot be deleted. The user is active again, so that it can be asked again."""
    row = _running(work, deletion)
    if row is None:
        return False
    _take_rest(work, row, left, now)
    row.trouble = result
    work.session.flush()
    return deletions.end(work, row, DeletionStatus.FAILED, now, why=Why.NOT_DELETED, left=left.all)


def lacks_report(work: Work, deletion: str, now: datetime) -> bool:
    """Whether one has ended while it was done, by others, not long ago, and what it left can be, and is not, told."""
    return not moot(work, [deletion], now)


def moot(work: Work, reports: Sequence[str], now: datetime) -> list[str]:
    """Return those of them that nobody needs any more, or that come too late."""
    lacking = _lacking(now).with_only_columns(Deletion.id).where(Deletion.id.in_(reports))
    needed = set(work.session.scalars(lacking)) if reports else set[str]()
    return [each for each in reports if each not in needed]


def _lacking(now: datetime) -> Select[Deletion]:
    ended = Deletion.status.in_((DeletionStatus.STOPPED, DeletionStatus.FAILED)) & Deletion.left.is_(None)
    recently = (Deletion.ended_at > now - REPORTED) & Deletion.why.is_distinct_from(Why.NOTHING_FOUND)
    # where it is not its user's newest, what lies there is a matter of a later one
    newest = (tables.User.id == Deletion.user_id) & (tables.User.deletion_id == Deletion.id)
    there = StorageAccount.id == Deletion.storage_account_id
    return select(Deletion).join(tables.User, newest).join(StorageAccount, there).where(ended & recently)


def unreported(work: Work, now: datetime) -> Sequence[str]:
    """Return those that others have ended while they were done, and of which nobody has said what they left."""
    return work.session.scalars(_untold(now).with_only_columns(Deletion.id).order_by(Deletion.number)).all()


def to_report(work: Work, deletion: str, now: datetime) -> Plan | None:
    """Return where one of them lies; null where it has its report, or the account leads elsewhere."""
    row = work.session.scalar(_untold(now).where(Deletion.id == deletion))
    account = row and row.storage_account_id and work.session.get(StorageAccount, row.storage_account_id)
    if not row or not account or not deletions.is_whole(work, row):
        return None
    return _plan(work, row) if deletions.settings_digest(account) == row.settings_digest else None


def _untold(now: datetime) -> Select[Deletion]:
    moved = (Deletion.status == DeletionStatus.FAILED) & (Deletion.why == Why.STORAGE_CHANGED)
    begun = Deletion.started_at.is_not(None) & Deletion.left.is_(None) & (Deletion.ended_at > now - REPORTED)
    return select(Deletion).where(begun & (moved | (Deletion.status == DeletionStatus.STOPPED)))


def report(work: Work, deletion: str, left: Left, now: datetime) -> None:
    """Complete the report of one that others have ended: what was left when nothing more was deleted."""
    row = work.session.scalar(_lacking(now).where(Deletion.id == deletion))
    if row is None:  # it was moot before it was counted
        return
    if row.ended_at is not None and now > row.ended_at + PROMPT and left.objects is not None:
        # what came since is no reason to say that less was deleted
        row.objects = max(row.objects or 0, row.deleted + left.objects)
        row.bytes = max(row.bytes or 0, row.deleted_bytes + (left.bytes or 0))
    _take_rest(work, row, left, now)
    row.left = left.all
    work.session.flush()
    deletions.write(work, row, Event.USER_DELETION_REPORTED, now)
    deletions.measure_anew(work, row, now)
    work.publish(Topic.USERS, subject=row.user_id)


def stop_all(work: Work, now: datetime) -> None:
    """End all that are held or run, in a database that was put back: what it knows of them may be over since."""
    for row in deletions.under_way(work):
        deletions.end(work, row, DeletionStatus.STOPPED, now, why=Why.RESTORED)
