"""What a server answers about deletions that destroy data, from memory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from desktop.core.calls import Query
from desktop.core.client import Client
from server.contract.deletion import Deletion, DeletionInShort, DeletionMode, DeletionStatus, Why
from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.storage import TestResult
from server.contract.user import User, UserStatus

GB = 10**9
HOLD = timedelta(hours=72)
ENDED = (DeletionStatus.DONE, DeletionStatus.STOPPED, DeletionStatus.FAILED)
FAILURES = [f"2026/plan-{place}/disk-{place}.img.part{place:04}" for place in range(3)]


def deletion(number: int = 0, status: DeletionStatus = DeletionStatus.HELD, **more: Any) -> Deletion:
    """Return one that was approved a minute and a bit ago; what has ended did so this minute."""
    begun = status in (DeletionStatus.RUNNING, *ENDED)
    created = datetime.now(UTC) - timedelta(seconds=61) - (HOLD if begun else timedelta(0))
    ended = status in (*ENDED, DeletionStatus.CALLED_OFF)
    deleted = {DeletionStatus.DONE: 48_120, DeletionStatus.FAILED: 48_117}.get(status, 20_210) if begun else 0
    values: dict[str, Any] = {
        "id": f"del_{number}",
        "user": f"usr_{number}",
        "username": f"person.{number:04}@contoso.example",
        "company": "cmp_1",
        "mode": DeletionMode.USER_AND_DATA,
        "status": status,
        "request": "req_1",
        "asked_by": "amelia.hart",
        "storage_account": "sto_1",
        "storage_account_name": "Wasabi Frankfurt",
        "place": "northwind-backups",
        "folder": f"person.{number:04}",
        "created_at": created,
        "due_at": created + HOLD,
        "late": False,
        "started_at": created + HOLD if begun else None,
        "ended_at": datetime.now(UTC) if ended else None,
        "ended_by": "jonas.keller" if status in (DeletionStatus.STOPPED, DeletionStatus.CALLED_OFF) else None,
        "bytes": 412 * GB,
        "objects": 48_120,
        "measured_at": created - timedelta(hours=5),
        "deleted": deleted,
        "deleted_bytes": deleted * 412 * GB // 48_120,
        "failed": 3 if status is DeletionStatus.FAILED else 0,
        "left": 48_120 - deleted if status in ENDED else None,
        "failures": FAILURES if status is DeletionStatus.FAILED else [],
        "trouble": None,
        "why": Why.NOT_DELETED if status is DeletionStatus.FAILED else None,
    }
    return Deletion(**(values | more))


def in_short(whole: Deletion) -> DeletionInShort:
    """Return what a user has of it."""
    names = DeletionInShort.model_fields.keys()
    return DeletionInShort(**{name: getattr(whole, name) for name in names})


def some_deletions() -> list[Deletion]:
    """Return one in every state."""
    status, only = DeletionStatus, DeletionMode.DATA_ONLY
    return [
        deletion(1),
        deletion(2, due_at=datetime.now(UTC) + timedelta(minutes=59, seconds=30), mode=only),
        deletion(3, status.RUNNING),
        deletion(4, status.RUNNING, trouble=TestResult.WRONG_KEY, late=True),
        deletion(5, status.RUNNING, objects=None, bytes=None, deleted=0, deleted_bytes=0, late=True),
        deletion(6, status.DONE),
        deletion(7, status.DONE, mode=only, late=True),
        deletion(8, status.FAILED),
        deletion(9, status.STOPPED, trouble=TestResult.NO_LIST_PERMISSION),
        deletion(10, status.CALLED_OFF),
        deletion(11, status.FAILED, why=Why.STORAGE_GONE, failures=[], left=None, started_at=None, deleted=0),
        deletion(12, status.DONE, storage_account=None, storage_account_name=None, place=None, folder=None, bytes=None),
    ]


class DeletionAnswers(Client):
    """Says what the world holds, and does as the server would."""

    world: Any

    @override
    def deletions(self, query: Query) -> Page[Deletion]:
        if self.world.fails is not None:
            raise self.world.fails
        status, user = query.get("status"), query.get("user")
        found = [each for each in self.world.deletions if status in (None, each.status) and user in (None, each.user)]
        found = [each for each in found if query.get("q", "") in each.username]
        limit = int(query.get("limit", "100"))
        return Page(items=found[:limit], next="more" if len(found) > limit else None, total=len(found))

    @override
    def deletion(self, deletion: str) -> Deletion:
        found: list[Deletion] = [each for each in self.world.deletions if each.id == deletion]
        if not found:
            raise Problem(404, "deletion_not_found", "This deletion does not exist")
        return found[0]

    @override
    def restore_user(self, user: str) -> User:
        held = [each for each in self.world.users if each.id == user and each.status is UserStatus.HELD]
        self._hear("restore_user", user)
        if not held:
            raise Problem(409, "not_held", "This user is not on hold", "It was restored, or its deletion has begun.")
        free: User = held[0].model_copy(update={"status": UserStatus.ACTIVE, "held_until": None, "deletion": None})
        self.world.users = [free if each.id == user else each for each in self.world.users]
        return free

    @override
    def stop_deletion(self, deletion: str) -> Deletion:
        self._hear("stop_deletion", deletion)
        whole = self.deletion(deletion)
        changed = {"status": DeletionStatus.STOPPED, "ended_at": datetime.now(UTC), "ended_by": "amelia.hart"}
        stopped = whole.model_copy(update=changed)
        self.world.deletions = [stopped if each.id == deletion else each for each in self.world.deletions]
        return stopped

    @override
    def export_users(self, query: Query, target: Path, progress: Any = None) -> int:
        self._hear("export_users", query)
        return target.write_text("id,username\n", encoding="utf-8")

    def _hear(self, name: str, what: object) -> None:
        self.world.storage.calls.append((name, what))
        if name in self.world.storage.refuses:
            raise self.world.storage.refuses[name]
