"""Actions on managed backup users: deleting them, their data or both, and not waiting for the end of the hold."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.deletion import DeletionMode
from server.contract.message import Id, rfc3339
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.storage import StorageKind
from server.contract.topic import Topic
from server.contract.user import UserStatus
from server.domain import sizes
from server.domain.quoting import quoted
from server.store import deletions
from server.store.deletion_tables import Deletion
from server.store.storage_tables import StorageAccount
from server.store.tables import User
from server.store.work import Work

NO_DATA = "No data of this user is known."

_DELETE = delete(User.__table__).where(User.__table__.c.id == bindparam("user"))  # type: ignore[arg-type]


class _OfUser(ProtectedAction):
    """An action on a user within one's companies."""

    registered = False

    kind = Kind.MANAGEMENT
    permission = Permission.USERS_DELETE

    user: Id

    def _user(self, work: Work, by: Actor) -> User:
        found = work.session.get(User, self.user)
        if found is None or not by.rights.sees(found.company_id):
            raise Problem(404, "user_not_found", "This user does not exist", "It may have been deleted meanwhile.")
        return found

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        user = self._user(work, by)
        return [{"type": "user", "id": user.id, "name": user.username}]

    @override
    def company(self, work: Work, by: Actor) -> str | None:
        return self._user(work, by).company_id


class DeleteUser(_OfUser):
    """Deletes a managed backup user, the user with all data, or the data alone. Data is held for a while first."""

    name = "user.delete"
    title = "Delete user"
    summary = "Delete the user {target}"

    mode: DeletionMode

    @override
    def _user(self, work: Work, by: Actor) -> User:
        user = super()._user(work, by)
        if user.status == UserStatus.HELD:
            raise deletions.held_already()
        if self.mode == DeletionMode.DATA_ONLY and deletions.where(work, user) is None:
            raise Problem(409, "no_data", "This user has no destination, and so no data", "Choose another way.")
        return user

    @override
    def state(self, work: Work, by: Actor) -> Any:
        user = self._user(work, by)
        hold = None if self.mode == DeletionMode.USER_ONLY else work.config.hold  # the consequence gives a time for it
        return {**_found(user), "status": user.status, "data": _bound(work, user), "hold": hold}

    @override
    def sentence(self, work: Work, by: Actor) -> str:
        name = quoted(self._user(work, by).username)
        return {
            DeletionMode.USER_ONLY: f"Delete the user {name} and keep the data",
            DeletionMode.USER_AND_DATA: f"Delete the user {name} and all of the data",
            DeletionMode.DATA_ONLY: f"Delete all data of the user {name}",
        }[self.mode]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        user = self._user(work, by)
        who = quoted(user.username if user.name == user.username else f"{user.name} ({user.username})")
        found = deletions.where(work, user)
        if self.mode == DeletionMode.USER_ONLY:
            fate = "is kept, and belongs to no user any more"
            kept = _told(found[0].name, found[1].place, found[2], user, fate) if found else NO_DATA
            return f"{who} can no longer sign in, at once and for good. {kept}{_changed(user)}"
        hold, stays = work.config.hold, self.mode == DeletionMode.DATA_ONLY
        final = f"{sizes.duration(hold)} after it is approved" if hold else "as soon as it is approved"
        then = "The user stays." if stays else f"Then {who} is deleted too."
        off = "Until then it can be called off." if hold else "It cannot be called off."
        lost = _lost(found[0], found[0].name, found[1].place, found[2], user) if found else NO_DATA
        return f"{lost} This becomes final {final}. {off} {then}{_changed(user)}"

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        if self.mode == DeletionMode.USER_ONLY:
            work.connection.execute(_DELETE, {"user": self.user})
            work.publish(Topic.USERS, subject=self.user)
            return {"user": self.user}
        due_at = execution.now + timedelta(seconds=work.config.hold)
        row = deletions.hold(
            work,
            self._user(work, execution.by),
            self.mode,
            execution.now,
            due_at,
            execution.by.username,
            execution.request,
            execution.source,
        )
        return {"user": self.user, "deletion": row.id, "due_at": rfc3339(due_at)}


class DeleteUserNow(_OfUser):
    """Ends the hold of a user whose data is to be deleted: it goes at once, and nobody can call it off any more."""

    name = "user.delete_now"
    title = "Delete now"
    summary = "Delete the data of the user {target} now"

    def _held(self, work: Work, by: Actor) -> tuple[User, Deletion]:
        user, row = self._user(work, by), deletions.held_of(work, self.user)
        # what somebody else wrote is not signed anew
        if row is None or row.id != user.deletion_id or not deletions.is_whole(work, row):
            raise deletions.not_held()
        return user, row

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        self._held(work, by)
        return super().target(work, by)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        user, row = self._held(work, by)
        lies = [row.storage_account_id, row.settings_digest, row.place, row.folder]
        return {**_found(user), "deletion": row.id, "mode": row.mode, "data": lies}

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        user, row = self._held(work, by)
        then = "The user stays." if row.mode == DeletionMode.DATA_ONLY else "Then the user is deleted too."
        account = work.session.get(StorageAccount, row.storage_account_id or "")
        lost = NO_DATA
        if row.place:
            lost = _lost(account, row.storage_account_name or "", row.place, row.folder or "", user)
        final = "This becomes final as soon as it is approved. It cannot be called off."
        return f"{lost} {final} {then}{_changed(user)}"

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        _, row = self._held(work, execution.by)
        if not deletions.hasten(work, row, execution.now):
            raise deletions.not_held()
        return {"user": self.user, "deletion": row.id}


def _found(user: User) -> dict[str, Any]:
    """Return what of a user must be the same when it is approved; who was moved, and back since, is not."""
    changed = user.changed_at.isoformat() if user.changed_at else None
    return {"name": user.name, "company": user.company_id, "changed": changed}


def _bound(work: Work, user: User) -> list[str] | None:
    """Return where the data lies, as far as it must be the same when it is approved; how much it is may change."""
    found = deletions.where(work, user)
    if found is None:
        return None
    account, destination, folder = found
    return [account.id, account.name, deletions.settings_digest(account), destination.id, destination.place, folder]


def _changed(user: User) -> str:
    """Say when somebody last changed what is shown of the user: no phone was asked for that."""
    if user.changed_at is None:
        return ""
    at = f"{user.changed_at:%d %B %Y, %H:%M} UTC"
    return (
        f" Name, address, company or place of this user were last changed on {at} by {quoted(user.changed_by or '')}."
    )


def _lost(account: StorageAccount | None, name: str, place: str, folder: str, user: User) -> str:
    """Say what is lost of a user's data."""
    old = _OLD.get(StorageKind(account.kind), "") if account is not None else ""
    return f"{_told(name, place, folder, user, 'is deleted')}{old}"


_OLD_AT_S3 = " Old versions of it, which are not counted, are deleted too."
_OLD = {
    StorageKind.AMAZON_S3: _OLD_AT_S3,
    StorageKind.S3_COMPATIBLE: _OLD_AT_S3,
    StorageKind.AZURE_BLOB: " Blob versions and soft-deleted blobs stay, where the service is set to keep them.",
}
"""What becomes of what the service keeps of data that was written over or deleted."""


def _told(account: str, place: str, folder: str, user: User, fate: str) -> str:
    """Say what becomes of a user's data: where it lies, and how much it is."""
    lies = f"the folder {quoted(folder)} of {quoted(place)} at the storage account {quoted(account)}"
    at = f"All that lies in {lies} {fate}"
    if user.measured_at is None:
        return f"{at}. How much that is was never measured."
    much = f"{sizes.size(user.bytes or 0)}, {sizes.objects(user.objects or 0)}"
    return f"{at}: {much}, as measured on {user.measured_at:%d %B %Y, %H:%M} UTC."
