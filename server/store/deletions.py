"""Deletions as rows: held, hastened, begun and ended, each by one conditional update, and proved to be the server's."""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from server import protocol
from server.contract.deletion import DeletionMode, DeletionStatus, Why
from server.contract.problem import Problem
from server.contract.storage import StorageKind
from server.contract.topic import Topic
from server.contract.user import UserStatus
from server.domain.audit import Event
from server.domain.storage import leads_to
from server.store import tables
from server.store.audit_log import NOWHERE, Source, record
from server.store.deletion_tables import Deletion
from server.store.ids import new_id
from server.store.storage_tables import Destination, StorageAccount
from server.store.work import Work

UNDER_WAY = (DeletionStatus.HELD, DeletionStatus.RUNNING)
ENDED, DONE = "deletion", "deletion_done"
"""What the ledger has: those that must never begin again, and of them those whose data is gone."""

_EVENTS = {
    DeletionStatus.DONE: Event.USER_DATA_DELETED,
    DeletionStatus.STOPPED: Event.USER_DELETION_STOPPED,
    DeletionStatus.FAILED: Event.USER_DELETION_FAILED,
    DeletionStatus.CALLED_OFF: Event.USER_RESTORED,
}


def settings_digest(account: StorageAccount) -> str:
    """Return what tells whether an account still leads where it led, by whatever keys and secrets."""
    leads = leads_to(StorageKind(account.kind), account.settings)
    return protocol.b64u(protocol.sha(json.dumps([account.kind, leads]).encode()))


def where(work: Work, user: tables.User) -> tuple[StorageAccount, Destination, str] | None:
    """Return where a user's data lies: account, destination, folder; null where he has no destination."""
    if user.destination_id is None or not user.folder:
        return None
    destination = work.session.get_one(Destination, user.destination_id)
    return work.session.get_one(StorageAccount, destination.storage_account_id), destination, user.folder


def is_whole(work: Work, row: Deletion) -> bool:
    """Whether the server wrote what is to be deleted, and when."""
    return hmac.compare_digest(row.proof, _proof(work, row))


def _proof(work: Work, row: Deletion) -> bytes:
    names = (row.id, row.user_id, row.mode, row.storage_account_id, row.settings_digest, row.place, row.folder)
    kept = json.dumps([*names, row.due_at.astimezone(UTC).isoformat(timespec="microseconds")])
    return work.keys.mac("deletion", kept)


def hold(
    work: Work,
    user: tables.User,
    mode: DeletionMode,
    now: datetime,
    due_at: datetime,
    by: str,
    request: str | None,
    source: Source,
) -> Deletion:
    """Put a user on hold until then; raises 409 where he is already."""
    held = update(tables.User).where(tables.User.id == user.id, tables.User.status == UserStatus.ACTIVE)
    held = held.values(status=UserStatus.HELD, held_until=due_at)
    if work.session.execute(held.returning(tables.User.id)).one_or_none() is None:
        raise held_already()
    row = _new(work, user, mode, now, due_at)
    row.asked_by, row.request_id = by, request
    row.proof = _proof(work, row)
    work.session.add(row)
    work.session.flush()
    work.session.execute(update(tables.User).where(tables.User.id == user.id).values(deletion_id=row.id))
    work.session.refresh(user)
    write(work, row, Event.USER_HELD, now, username=by, source=source)
    return row


def _new(work: Work, user: tables.User, mode: DeletionMode, now: datetime, due_at: datetime) -> Deletion:
    found = where(work, user)
    account, destination, folder = found or (None, None, None)
    return Deletion(
        id=new_id("del"),
        user_id=user.id,
        username=user.username,
        company_id=user.company_id,
        mode=mode,
        storage_account_id=account and account.id,
        storage_account_name=account and account.name,
        destination_id=destination and destination.id,
        place=destination and destination.place,
        folder=folder,
        settings_digest=account and settings_digest(account),
        status=DeletionStatus.HELD,
        created_at=now,
        due_at=due_at,
        late=False,
        bytes=user.bytes,
        objects=user.objects,
        measured_at=user.measured_at,
        counted=False,
        deleted=0,
        deleted_bytes=0,
        failed=0,
        failures=[],
    )


def held_already() -> Problem:
    """Return the refusal of what cannot be done with a held user."""
    way_out = "Restore the user first; once deleting has begun, stop it or wait for its end."
    return Problem(409, "held", "This user is being deleted", way_out)


def not_held() -> Problem:
    """Return the refusal of what only a held user allows."""
    return Problem(409, "not_held", "This user is not on hold", "It was restored, or its deletion has begun.")


def held_of(work: Work, user: str) -> Deletion | None:
    """Return the deletion for which a user is held and which has not begun."""
    of = select(Deletion).where(Deletion.user_id == user, Deletion.status == DeletionStatus.HELD)
    return work.session.scalar(of)


def under_way(work: Work) -> Sequence[Deletion]:
    """Return all that are held or run, the one that is due first first."""
    rows = select(Deletion).where(Deletion.status.in_(UNDER_WAY))
    return work.session.scalars(rows.order_by(Deletion.due_at, Deletion.number)).all()


def hasten(work: Work, row: Deletion, now: datetime) -> bool:
    """Let a held one be due now; whether it still was held."""
    if not _leave(work, row, DeletionStatus.HELD, due_at=now):
        return False
    row.proof = _proof(work, row)
    work.session.flush()
    held = update(tables.User).where(tables.User.id == row.user_id, tables.User.deletion_id == row.id)
    work.session.execute(held.values(held_until=now))
    work.publish(Topic.USERS, subject=row.user_id)
    return True


def begin(work: Work, row: Deletion, now: datetime, *, late: bool) -> bool:
    """Let a held one run, which is committed before anything is touched; whether it still was held."""
    if not _leave(work, row, DeletionStatus.HELD, status=DeletionStatus.RUNNING, started_at=now, late=late):
        return False
    more: dict[str, Any] = {"late": True} if late else {}
    write(work, row, Event.USER_DELETION_STARTED, now, **more)
    return True


def end(
    work: Work,
    row: Deletion,
    to: DeletionStatus,
    now: datetime,
    *,
    username: str | None = None,
    source: Source = NOWHERE,
    why: Why | None = None,
    left: int | None = None,
) -> bool:
    """End one that is held or runs, once and for good; false where it had ended before.

    The user is gone where that was asked and is done, else active again.
    """
    changed: dict[str, Any] = {"status": to, "ended_at": now, "ended_by": username, "why": why, "left": left}
    before = DeletionStatus.HELD if to is DeletionStatus.CALLED_OFF else None
    kept = row.trouble if to in (DeletionStatus.FAILED, DeletionStatus.STOPPED) else None
    if not _leave(work, row, before, **changed, trouble=kept):
        return False
    done = to is DeletionStatus.DONE
    work.keep_ended(DONE if done else ENDED, row.id)
    _release(work, row, gone=done and row.mode == DeletionMode.USER_AND_DATA)
    if why is not Why.NOTHING_FOUND:  # which is for a person to look at
        measure_anew(work, row, now)
    write(work, row, _EVENTS[to], now, username=username, source=source)
    return True


def lay_there(work: Work, row: Deletion) -> bool:
    """Whether something lay in the place of one, whosever it was, as far as that was measured."""
    return any(each.objects for each in _destinations(work, row))


def _destinations(work: Work, row: Deletion) -> Sequence[Destination]:
    """Return where one deletes: the place in its account, while there is a destination for it."""
    here = (Destination.storage_account_id == row.storage_account_id, Destination.place == row.place)
    return work.session.scalars(select(Destination).where(*here)).all()


def measure_anew(work: Work, row: Deletion, now: datetime) -> None:
    """Have counted what is left where one was deleting, once nothing more is to be deleted in that account."""
    account = row.storage_account_id
    if account is None or row.started_at is None:
        return
    if any(each.storage_account_id == account and each.due_at <= now for each in under_way(work)):
        return
    for each in _destinations(work, row):
        each.tried_at = None
    work.publish(Topic.STORAGE, subject=account)


def _leave(work: Work, row: Deletion, before: DeletionStatus | None, **values: Any) -> bool:  # noqa: ANN401
    """Change one that is `before`, or where that is null held or running; false where it is not."""
    status = UNDER_WAY if before is None else (before,)
    moved = update(Deletion).where(Deletion.number == row.number, Deletion.status.in_(status)).values(**values)
    done = work.session.execute(moved.returning(Deletion.number)).one_or_none() is not None
    work.session.refresh(row)
    return done


def _release(work: Work, row: Deletion, *, gone: bool) -> None:
    """Let the user go on, or go; only the one who is held for this."""
    user = work.session.get(tables.User, row.user_id)
    if user is None or user.deletion_id != row.id:
        return
    if gone:
        work.session.delete(user)
    else:
        user.status, user.held_until = UserStatus.ACTIVE, None
    work.session.flush()


def take_off(work: Work, row: Deletion, now: datetime) -> None:
    """Take what is deleted off what was measured, of the user and of the place, so that no number outlives its data."""
    user = work.session.get(tables.User, row.user_id)
    gone, lay = (row.deleted_bytes, row.deleted), (row.id, row.destination_id, row.folder)
    if user is not None and (user.deletion_id, user.destination_id, user.folder) == lay:
        left = (row.bytes or 0) - row.deleted_bytes, (row.objects or 0) - row.deleted
        if user.bytes is not None and user.objects is not None:
            # so much of the place is hers, whenever it was measured
            gone = max(0, user.bytes - left[0]), max(0, user.objects - left[1])
        user.bytes, user.objects, user.measured_at = *left, now
    for each in _destinations(work, row):
        if each.bytes is not None and each.objects is not None:
            each.bytes, each.objects = max(0, each.bytes - gone[0]), max(0, each.objects - gone[1])
    work.session.flush()


def write(
    work: Work,
    row: Deletion,
    event: Event,
    now: datetime,
    *,
    username: str | None = None,
    source: Source = NOWHERE,
    **more: Any,  # noqa: ANN401 - JSON values
) -> None:
    """Write what happened to a deletion, and tell the consoles."""
    record(
        work,
        event,
        now,
        username=username or row.asked_by,
        source=source,
        request=row.request_id,
        target=[{"type": "user", "id": row.user_id, "name": row.username}],
        parameters=_told(row) | more,
        company=row.company_id,
    )
    work.publish(Topic.USERS, subject=row.user_id)


def _told(row: Deletion) -> dict[str, Any]:
    """Return what the audit log has of a deletion: what it is for, and once it has ended its report."""
    lies = {"storage_account": row.storage_account_name, "place": row.place, "folder": row.folder}
    told: dict[str, Any] = {"deletion": row.id, "mode": row.mode, **lies}
    if row.status == DeletionStatus.HELD:
        told |= {"due_at": row.due_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")}
    if row.ended_at is not None and row.started_at is not None:
        told |= {"deleted": row.deleted, "bytes": row.deleted_bytes, "left": row.left}
    return told | ({"why": row.why} if row.why else {})
