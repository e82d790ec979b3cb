"""Turning two-factor authentication on and off."""

from typing import Any

from sqlalchemy import func, select
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.new_phone import NewPhone, on_probation
from server.actions.registry import Execution, ProtectedAction
from server.actions.totp import EnableTotp
from server.actions.turning_on import for_others, turn_on
from server.contract.enrolment import EnrolmentStatus
from server.contract.request import Kind
from server.contract.topic import Topic
from server.domain.quoting import quoted
from server.store import policy
from server.store.devices import active_device
from server.store.enabled import set_off
from server.store.endings import end_enrolment, end_other_sessions, open_enrolments, revoke_device
from server.store.grants import give_grant
from server.store.probation import is_weak, probation_until, set_probation, set_weak, was_on_probation
from server.store.recovery import end_codes
from server.store.tables import Administrator, Enrolment
from server.store.totp import end_totp
from server.store.work import Work


class EnableTwoFactor(NewPhone):
    """Makes the confirmed phone the account's second factor; the parameters name its keys."""

    name = "two_factor.enable"
    title = "Turn on two-factor authentication"
    kind = Kind.AUTHENTICATION
    summary = "Turn on two-factor authentication with the phone {target}"
    by_name = EnableTotp

    @override
    def state(self, work: Work, by: Actor) -> Any:
        begun = work.session.get(Enrolment, self.enrolment)
        # without a grant it was begun before the mark was set, and told what that means
        granted = begun is not None and begun.grant_hash is not None
        return {"method": by.account.method, "for_others": for_others(work) if granted else None}

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        weak = on_probation(work) if is_weak(work, by.id) else ""
        return (
            "From now on signing in and every protected action of this account wait for this phone. "
            f"Its other sessions end.{weak}{self.by_pin}{for_others(work)}"
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        device = self.activate(work, execution)
        if is_weak(work, execution.by.id):
            set_probation(work, execution.by.id, execution.now)
        turn_on(work, execution)
        return {"device": device.id}


class DisableTwoFactor(ProtectedAction):
    """Turns two-factor authentication off and cuts the phone off."""

    name = "two_factor.disable"
    title = "Turn off two-factor authentication"
    kind = Kind.AUTHENTICATION
    summary = "Turn off two-factor authentication for {target}"
    needs_two_factor = True
    secrets = frozenset({"grant"})

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return [{"type": "administrator", "id": by.id, "name": by.username}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        device = active_device(work, by.id)
        return {
            "device": device and device.id,
            "method": by.account.method,
            "consequence": self.consequence(work, by),  # it depends on who else has two-factor, and on policy
        }

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        others = work.session.scalar(
            select(func.count()).where(Administrator.method.is_not(None), Administrator.id != by.id)
        )
        after = "The password alone signs in, and this account can do nothing protected until a phone is set up again."
        if unprotects := not others and by.account.method != "totp":
            after = "The password alone signs in, and protected actions are executed without being confirmed."
            if was_on_probation(work, by.id):
                after += " Not so while this phone is on probation: then nothing protected is done."
        if (forced := policy.current(work).two_factor_from) is not None:
            date = f"{forced.day} {forced:%B %Y}"
            after = (
                f"Your organisation asks for two-factor authentication: from {date} on the password alone "
                "signs in and can do nothing but turn it on again, with the grant that this gives."
            )
            if unprotects and not was_on_probation(work, by.id):
                after += " Until that day protected actions are executed at once, unconfirmed."
        device = active_device(work, by.id)
        what = (
            f"The phone {quoted(device.name)} is cut off with whatever waits for it"
            if device
            else "The authenticator app no longer counts"
        )
        return f"{what}, the recovery codes are void, and this account’s other sessions end. {after}"

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now = execution.by, execution.now
        weak = by.account.method == "totp" or probation_until(work, by.id, now) is not None
        if weak:
            set_weak(work, by.id)
        by.account.method = None
        set_off(work, by.id)
        work.session.flush()
        if (device := active_device(work, by.id)) is not None:
            revoke_device(work, device, now)
        for enrolment in open_enrolments(work, by.id):  # begun when no grant was needed
            end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
        end_totp(work, by.id, now)
        end_codes(work, by.id, now)
        end_other_sessions(work, by.id, now, execution.session)
        if not weak and not work.session.scalar(select(func.count()).where(Administrator.method.is_not(None))):
            work.mark(on=False)
        work.publish(Topic.ADMINISTRATORS, subject=by.id)
        work.publish(Topic.TWO_FACTOR, subject=by.id, owner=by.id)
        return {"grant": give_grant(work, by.id, now)}
