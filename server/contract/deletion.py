"""Deletions that destroy data: held first, then done, each with its report."""

from enum import StrEnum

from server.contract.message import Answer, Time
from server.contract.storage import TestResult


class DeletionMode(StrEnum):
    """What is deleted: the user, the data, or both."""

    USER_AND_DATA = "user_and_data"
    USER_ONLY = "user_only"
    DATA_ONLY = "data_only"


class DeletionStatus(StrEnum):
    """Held until it is due; nothing leaves the last four."""

    HELD = "held"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    CALLED_OFF = "called_off"


class Why(StrEnum):
    """Why it stopped or failed, where nobody stopped it.

    The storage is not what it was, nothing of what was measured was found, data stayed, a backup came.
    """

    STORAGE_CHANGED = "storage_changed"
    STORAGE_GONE = "storage_gone"
    CREDENTIALS = "credentials"
    NOTHING_FOUND = "nothing_found"
    NOT_DELETED = "not_deleted"
    RESTORED = "restored"
    NOT_OURS = "not_ours"


class Deletion(Answer):
    """`bytes` and `objects` are what is expected, and once it runs what was found; null where nobody knows.

    `left` is what stayed, null until it has ended or where nobody knows; `failures` names some of that. `trouble` is
    why it waits, or waited last before it was stopped or failed.
    """

    id: str
    user: str
    username: str
    company: str | None
    mode: DeletionMode
    status: DeletionStatus
    request: str | None
    asked_by: str
    storage_account: str | None
    storage_account_name: str | None
    place: str | None
    folder: str | None
    created_at: Time
    due_at: Time
    late: bool
    started_at: Time | None
    ended_at: Time | None
    ended_by: str | None
    bytes: int | None
    objects: int | None
    measured_at: Time | None
    deleted: int
    deleted_bytes: int
    failed: int
    left: int | None
    failures: list[str]
    trouble: TestResult | None
    why: Why | None


class DeletionInShort(Answer):
    """The current or last one of a user."""

    id: str
    mode: DeletionMode
    status: DeletionStatus
    due_at: Time
    late: bool
    ended_at: Time | None
    objects: int | None
    deleted: int
    left: int | None
    trouble: TestResult | None
    why: Why | None
