"""Actions on whether other administrators get in: disabled for a while, deleted for good, or with a new phone."""

from typing import Any

from typing_extensions import override

from server import clock
from server.actions.actor import Actor
from server.actions.ceilings import (
    another,
    colleague,
    in_words,
    own_account,
    record_on,
    require_covered,
    state_of,
    target_of,
)
from server.actions.registry import Execution, ProtectedAction
from server.contract.message import Id
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.request import Kind
from server.domain.audit import Event
from server.domain.quoting import quoted
from server.store.accounts import delete_account, disable_account, enable_account
from server.store.devices import active_device
from server.store.resetting import reset_two_factor
from server.store.tables import Invitation
from server.store.work import Work


class DisableAdministrator(ProtectedAction):
    """Locks a colleague out until he is enabled again; nothing of the account is lost."""

    name = "administrator.disable"
    title = "Disable administrator"
    kind = Kind.MANAGEMENT
    permission = Permission.ADMINISTRATORS_EDIT
    summary = "Disable the administrator {target}"

    administrator: Id

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = another(work, by, self.administrator)
        if account.disabled_at is not None:
            raise Problem(409, "already_disabled", "This administrator is disabled already")
        return target_of(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return state_of(work, self.administrator)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        return (
            "Signing in and the API keys are refused, sessions end, and whatever waits for the phone is void, "
            "until the account is enabled again."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = another(work, execution.by, self.administrator)
        disable_account(work, account, execution.now)
        record_on(work, Event.ADMINISTRATOR_DISABLED, execution, account)
        return None


class EnableAdministrator(ProtectedAction):
    """Lets a disabled colleague in again, with phone, password and API keys as they were."""

    name = "administrator.enable"
    title = "Enable administrator"
    kind = Kind.MANAGEMENT
    permission = Permission.ADMINISTRATORS_EDIT
    summary = "Enable the administrator {target}"

    administrator: Id

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = colleague(work, by, self.administrator)
        if account.disabled_at is None:
            raise Problem(409, "not_disabled", "This administrator is not disabled")
        require_covered(by, account)
        return target_of(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return [state_of(work, self.administrator), self._is_invited(work)]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        account = colleague(work, by, self.administrator)
        held = in_words(work, account.rights)
        if account.password_hash is None:
            if self._is_invited(work):
                return f"Its invitation counts again; once that is accepted the account can sign in: {held}."
            return f"Its invitation is over: only once it is invited again can the account sign in: {held}."
        return f"The account can sign in again, and its API keys work again: {held}."

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = colleague(work, execution.by, self.administrator)
        enable_account(work, account)
        record_on(work, Event.ADMINISTRATOR_ENABLED, execution, account)
        return None

    def _is_invited(self, work: Work) -> bool:
        """Whether an invitation can still be accepted."""
        invitation = work.session.get(Invitation, self.administrator)
        return invitation is not None and invitation.used_at is None and invitation.expires_at > clock.now()


class DeleteAdministrator(ProtectedAction):
    """Takes a colleague's account away for good; what he did stays in the audit log."""

    name = "administrator.delete"
    title = "Delete administrator"
    kind = Kind.MANAGEMENT
    permission = Permission.ADMINISTRATORS_EDIT
    summary = "Delete the administrator {target}"

    administrator: Id

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        return target_of(another(work, by, self.administrator))

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return state_of(work, self.administrator, phone=True)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        phone = active_device(work, self.administrator)
        cut_off = f", the phone {quoted(phone.name)} is cut off" if phone else ""
        return (
            f"Signing in, sessions and API keys end for good{cut_off}, and what waits is void. "
            "This cannot be undone, not even by an old backup."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = another(work, execution.by, self.administrator)
        delete_account(work, account, execution.now, username=execution.by.username)
        record_on(work, Event.ADMINISTRATOR_DELETED, execution, account)
        return None


class ResetTwoFactor(ProtectedAction):
    """Cuts a colleague's phone off and makes a one-time grant, with which he sets up another one."""

    name = "administrator.reset_two_factor"
    title = "Reset two-factor authentication"
    kind = Kind.MANAGEMENT
    permission = Permission.ADMINISTRATORS_EDIT
    summary = "Reset the two-factor authentication of {target}"
    secrets = frozenset({"grant"})

    administrator: Id

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = colleague(work, by, self.administrator)
        if account.id == by.id:
            raise own_account(409, "Nobody resets his own two-factor authentication")
        require_covered(by, account)
        return target_of(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return [state_of(work, self.administrator, phone=True), self.consequence(work, by)]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        phone = active_device(work, self.administrator)
        cut_off = f"The phone {quoted(phone.name)} is cut off and all" if phone else "All"
        shut = work.marked or colleague(work, by, self.administrator).method is not None
        then = "can do nothing else" if shut else "goes on without, as everybody here does"
        return (
            f"{cut_off} sessions of the account end. Its recovery codes are void, and an authenticator app no longer "
            "counts. Whoever has the grant, which is told once, and the account’s password can set up a new phone; "
            f"until then the account {then}."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = colleague(work, execution.by, self.administrator)
        by, source = execution.by.username, execution.source
        return {"grant": reset_two_factor(work, account, execution.now, username=by, by=self.name, source=source)}
