"""Actions on managed backup users."""

from typing import Any, Literal

from sqlalchemy import bindparam, delete
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.message import Id
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.topic import Topic
from server.domain.quoting import quoted
from server.store.tables import User
from server.store.work import Work

_DELETE = delete(User.__table__).where(User.__table__.c.id == bindparam("user"))  # type: ignore[arg-type]


class DeleteUser(ProtectedAction):
    """Deletes a managed backup user. The backed-up data stays where it is."""

    name = "user.delete"
    title = "Delete user"
    kind = Kind.MANAGEMENT
    permission = Permission.USERS_DELETE
    summary = "Delete the user {target} and keep the data"

    user: Id
    mode: Literal["user_only"]

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
    def state(self, work: Work, by: Actor) -> Any:
        user = self._user(work, by)
        return {"name": user.name, "company": user.company_id, "status": user.status}

    @override
    def company(self, work: Work, by: Actor) -> str | None:
        return self._user(work, by).company_id

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        user = self._user(work, by)
        who = quoted(user.username if user.name == user.username else f"{user.name} ({user.username})")
        return f"{who} can no longer sign in, at once and for good. Backed-up data is kept."

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        work.connection.execute(_DELETE, {"user": self.user})
        work.publish(Topic.USERS, subject=self.user)
        return {"user": self.user}
