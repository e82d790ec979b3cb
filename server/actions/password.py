"""Changing the own password."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from server import protocol
from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.message import Password
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import Kind, RequestStatus
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store.audit_log import record
from server.store.endings import end_other_sessions, leave_pending, pending_requests
from server.store.notices import tell
from server.store.tables import Request
from server.store.work import Work

_Typed = Annotated[Password, Field(json_schema_extra={"format": "password"})]


class Passwords(BaseModel):
    """What is asked for; nothing of it is kept but the hash of the new one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    current_password: _Typed
    new_password: _Typed


class ChangePassword(ProtectedAction):
    """Sets a new password for the own account."""

    name = "password.change"
    title = "Change password"
    kind = Kind.AUTHENTICATION
    summary = "Change the password of {target}"
    asked = Passwords

    new_password: Literal["set"]
    new_password_digest: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]

    @classmethod
    def of(cls, encoded: str) -> "ChangePassword":
        """Bind the encoded hash of a new password."""
        return cls(new_password="set", new_password_digest=_digest(encoded))  # noqa: S106 - says that there is one

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return [{"type": "administrator", "id": by.id, "name": by.username}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return _digest(by.account.password_hash or "")

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        return (
            "The old password no longer signs in. This account’s other sessions end, "
            "and whatever else of it waits for the phone is cancelled."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        if execution.kept is None or _digest(execution.kept) != self.new_password_digest:
            raise Problem(409, "request_changed", "The new password is not the one that was asked for", "Ask again.")
        by.account.password_hash = execution.kept
        end_other_sessions(work, by.id, now, execution.session)
        _cancel_others(work, by, now)
        subject = [{"type": "administrator", "id": by.id, "name": by.username}]
        record(work, Event.PASSWORD_CHANGED, now, username=by.username, source=execution.source, target=subject)
        tell(work, by.id, NoticeKind.PASSWORD_CHANGED, now, username=by.username, source=execution.source)
        work.publish(Topic.ADMINISTRATORS, subject=by.id)
        return None


def _digest(encoded: str) -> str:
    return protocol.b64u(protocol.sha(encoded.encode()))


def _cancel_others(work: Work, by: Actor, now: datetime) -> None:
    for request in pending_requests(work, Request.administrator_id == by.id):
        leave_pending(work, request, RequestStatus.CANCELLED, now, why="the password was changed")
