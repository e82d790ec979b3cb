"""An authenticator app as the second factor: the older method, which covers less."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.actions.turning_on import for_others, turn_on
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import Id
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.quoting import quoted
from server.store.audit_log import record
from server.store.devices import active_device
from server.store.endings import end_enrolment, end_other_sessions, open_enrolments, revoke_device
from server.store.grants import require_still_granted
from server.store.notices import tell_widely
from server.store.totp import activate, living_setup
from server.store.work import Work


class TotpProof(BaseModel):
    """What is asked for: the set-up from `POST /two-factor/totp`, and one right code of it, which is not kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    method: Literal["totp"]
    enrolment: Id
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", repr=False)]


class _ToTotp(ProtectedAction):
    """Makes an authenticator app the account's second factor."""

    registered = False

    asked = TotpProof

    method: Literal["totp"]
    enrolment: Id

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return [{"type": "administrator", "id": by.id, "name": by.username}]

    def activate(self, work: Work, execution: Execution) -> None:
        """Take the set-up's secret, whose code was found right; raises where it is over, or needs a grant by now."""
        by, now = execution.by, execution.now
        setup = living_setup(work, by.id, self.enrolment)
        if setup is None or execution.kept is None:
            raise setup_over()
        require_still_granted(work, by.account, setup.id, setup.grant_hash, setup.grant_proof)
        activate(work, setup, int(execution.kept), now)
        by.account.method, by.account.reset_at = "totp", None
        work.session.flush()
        for begun in open_enrolments(work, by.id):  # of a phone that would take the app's place unasked
            end_enrolment(work, begun, EnrolmentStatus.VOID, now)
        end_other_sessions(work, by.id, now, execution.session)
        subject = [{"type": "administrator", "id": by.id, "name": by.username}]
        record(work, Event.TOTP_ACTIVATED, now, username=by.username, source=execution.source, target=subject)
        tell_widely(work, by.account, NoticeKind.METHOD_CHANGED, now, source=execution.source)
        work.publish(Topic.TWO_FACTOR, subject=by.id, owner=by.id)
        work.publish(Topic.ADMINISTRATORS, subject=by.id)


class EnableTotp(_ToTotp):
    """Turns two-factor authentication on: with `method` `totp` here, with a phone by an enrolment."""

    registered = False

    name = "two_factor.enable"
    title = "Turn on two-factor authentication"
    kind = Kind.AUTHENTICATION
    summary = "Turn on two-factor authentication with an authenticator app for {target}"
    needs_none = True

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        return (
            "From now on signing in asks for a code of the authenticator app. It covers less than the phone app. "
            f"This account’s other sessions end.{for_others(work)}"
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        self.activate(work, execution)
        turn_on(work, execution)
        return None


class ChangeMethod(_ToTotp):
    """Puts an authenticator app in the place of the phone; the phone confirms it, and is cut off."""

    name = "two_factor.change_method"
    title = "Change the method of two-factor authentication"
    kind = Kind.AUTHENTICATION
    summary = "Use an authenticator app instead of the phone for {target}"
    needs_two_factor = True

    @override
    def state(self, work: Work, by: Actor) -> Any:
        device = active_device(work, by.id)
        return {
            "device": device and device.id,
            "method": by.account.method,
            "set_up": living_setup(work, by.id, self.enrolment) is not None,
        }

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        device = active_device(work, by.id)
        if by.account.method != "phone" or device is None:
            raise Problem(409, "not_by_phone", "No phone confirms for this account")
        return (
            f"The phone {quoted(device.name)} is cut off with whatever waits for it, and this account’s other sessions "
            "end; the recovery codes stay. An authenticator app covers less: the destruction of others’ things cannot "
            "be confirmed with it unless policy says so."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        if (device := active_device(work, execution.by.id)) is not None:
            revoke_device(work, device, execution.now)
        self.activate(work, execution)
        return None


def setup_over() -> Problem:
    """Return the refusal of a set-up that was used, or whose time is over."""
    return Problem(409, "setup_over", "This set-up was used, or its time is over", "Begin again.")
