"""Making new recovery codes."""

from typing import Any

from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.notice import NoticeKind
from server.contract.request import Kind
from server.contract.topic import Topic
from server.store.endings import end_other_sessions
from server.store.notices import tell
from server.store.recovery import last_set, living_codes, make_codes
from server.store.work import Work


class ResetRecoveryCodes(ProtectedAction):
    """Makes ten new recovery codes for the own account; the old ones are void."""

    name = "recovery_codes.reset"
    title = "Reset recovery codes"
    kind = Kind.AUTHENTICATION
    summary = "Make new recovery codes for {target}"
    needs_two_factor = True

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return [{"type": "administrator", "id": by.id, "name": by.username}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        made = last_set(work, by.id)
        return [made and int(made.created_at.timestamp() * 1000), len(living_codes(work, by.id))]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        left = len(living_codes(work, by.id))
        old = f"{left} old codes are void. " if left else ""
        return f"{old}The new ones are shown once, in the console that asked. This account’s other sessions end."

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        make_codes(work, by.id, execution.session, now, execution.result_key)
        end_other_sessions(work, by.id, now, execution.session)
        kind = NoticeKind.RECOVERY_CODES_RESET
        tell(work, by.id, kind, now, username=by.username, source=execution.source)
        work.publish(Topic.TWO_FACTOR, subject=by.id, owner=by.id)
        return None
