"""Deletions that destroy data, as they are seen, called off and stopped by people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from server.contract.deletion import Deletion, DeletionInShort, DeletionMode, DeletionStatus, Why
from server.contract.message import Page
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.storage import TestResult
from server.services import administrators
from server.services.paging import page_after
from server.services.sessions import Caller
from server.store import deletions
from server.store.deletion_tables import Deletion as Row
from server.store.work import Work


def _within(caller: Caller) -> Select[Row]:
    rows, scope = select(Row), caller.rights.companies
    return rows if scope is None else rows.where(Row.company_id.in_(scope))


def listed(
    work: Work,
    caller: Caller,
    q: str | None,
    status: DeletionStatus | None,
    user: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Deletion]:
    """Return a page of those within one's companies, newest first; `q` is a part of the user's name."""
    rows = _within(caller)
    if q:
        rows = rows.where(func.lower(Row.username).contains(q.casefold(), autoescape=True))
    if status is not None:
        rows = rows.where(Row.status == status)
    if user is not None:
        rows = rows.where(Row.user_id == user)
    total = work.session.scalar(rows.with_only_columns(func.count(Row.number)))
    found, after = page_after(work, rows, Row.number, limit, cursor)
    return Page(items=[shown(each) for each in found], next=after, total=total)


def one(work: Work, caller: Caller, deletion: str) -> Deletion:
    """Return one of them."""
    return shown(_row(work, caller, deletion))


def _row(work: Work, caller: Caller, deletion: str) -> Row:
    found = work.session.scalar(_within(caller).where(Row.id == deletion))
    if found is None:
        raise Problem(404, "deletion_not_found", "This deletion does not exist")
    return found


def stop(work: Work, caller: Caller, deletion: str, now: datetime) -> Deletion:
    """Stop one that runs; what is gone stays gone."""
    administrators.require(caller.rights, Permission.USERS_DELETE)
    row, by, source = _row(work, caller, deletion), caller.account.username, caller.source
    running, left = row.status == DeletionStatus.RUNNING, row.left  # 0 where all is gone by then
    if running and left == 0:
        deletions.take_off(work, row, now)
    if not running or not deletions.end(work, row, DeletionStatus.STOPPED, now, username=by, source=source, left=left):
        raise Problem(409, "not_running", "This deletion does not run", "It has ended, or has not begun yet.")
    return shown(row)


def shown(row: Row) -> Deletion:
    """Return it as the API has it."""
    return Deletion(
        **_short(row),
        user=row.user_id,
        username=row.username,
        company=row.company_id,
        request=row.request_id,
        asked_by=row.asked_by,
        storage_account=row.storage_account_id,
        storage_account_name=row.storage_account_name,
        place=row.place,
        folder=row.folder,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_by=row.ended_by,
        bytes=row.bytes,
        measured_at=row.measured_at,
        deleted_bytes=row.deleted_bytes,
        failed=row.failed,
        failures=row.failures,
    )


def in_short(row: Row | None) -> DeletionInShort | None:
    """Return what a user shows of it."""
    return None if row is None else DeletionInShort(**_short(row))


def _short(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "mode": DeletionMode(row.mode),
        "status": DeletionStatus(row.status),
        "due_at": row.due_at,
        "late": row.late,
        "ended_at": row.ended_at,
        "objects": row.objects,
        "deleted": row.deleted,
        "left": row.left if row.ended_at else None,  # of one that runs it is but a note of ours
        "trouble": TestResult(row.trouble) if row.trouble else None,
        "why": Why(row.why) if row.why else None,
    }
