"""Actions on what other administrators may do, up to nothing at all."""

from typing import Any

from pydantic import Field
from sqlalchemy import exists, select
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.registry import REGISTER, Execution, ProtectedAction
from server.contract.message import Id
from server.contract.notice import NoticeKind
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.request import Kind, RequestStatus
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.store.accounts import delete_account, disable_account, enable_account
from server.store.audit_log import record
from server.store.devices import active_device
from server.store.endings import leave_pending, pending_requests
from server.store.notices import providers, tell
from server.store.resetting import reset_two_factor
from server.store.tables import Administrator, Company, Request
from server.store.work import Work


class SetPermissions(ProtectedAction):
    """Changes role, companies and permissions of a colleague, from his next call on."""

    name = "administrator.set_permissions"
    title = "Change what an administrator may do"
    kind = Kind.MANAGEMENT
    permission = Permission.ADMINISTRATORS_EDIT
    summary = "Change what the administrator {target} may do"

    administrator: Id
    role: Role
    companies: list[Id] | None = None
    permissions: list[Permission] = Field(default_factory=list)

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = _visible(work, by, self.administrator)
        if self.role is not Role.PROVIDER:
            _require_other_provider(work, account)
        if account.id == by.id:
            raise _own(403, "Nobody changes his own permissions")
        _require_covered(by, account)
        if not by.rights.covers(self._rights()):
            raise above()
        require_companies(work, self.companies)
        return _target(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return _state(work, self.administrator)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        before = _rights_of(_visible(work, by, self.administrator))
        return f"Before: {in_words(work, before)}. From now on: {in_words(work, self._rights())}."

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account, rights = _visible(work, execution.by, self.administrator), self._rights()
        before = {"role": account.role, "companies": account.companies, "permissions": account.permissions}
        account.role, account.permissions = self.role, sorted(self.permissions)
        account.companies = None if rights.companies is None else sorted(rights.companies)
        work.session.flush()
        for request in pending_requests(work, Request.administrator_id == account.id):
            if not rights.may(REGISTER[request.action].permission):
                leave_pending(work, request, RequestStatus.VOID, execution.now, void_reason="permission_changed")
        _record(work, Event.ADMINISTRATOR_CHANGED, execution, account, parameters=self.parameters(), before=before)
        tell(
            work,
            account.id,
            NoticeKind.RIGHTS_CHANGED,
            execution.now,
            username=account.username,
            source=execution.source,
        )
        if self.role is Role.PROVIDER:  # who may do everything from now on is news to all who may already
            _tell_providers(work, execution, account)
        return None

    def _rights(self) -> Rights:
        return Rights.of(self.role, self.companies, self.permissions)


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
        account = _another(work, by, self.administrator)
        if account.disabled_at is not None:
            raise Problem(409, "already_disabled", "This administrator is disabled already")
        return _target(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return _state(work, self.administrator)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        return (
            "Signing in and the API keys are refused, sessions end, and whatever waits for the phone is void, "
            "until the account is enabled again."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = _another(work, execution.by, self.administrator)
        disable_account(work, account, execution.now)
        _record(work, Event.ADMINISTRATOR_DISABLED, execution, account)
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
        account = _visible(work, by, self.administrator)
        if account.disabled_at is None:
            raise Problem(409, "not_disabled", "This administrator is not disabled")
        _require_covered(by, account)
        return _target(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return _state(work, self.administrator)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        held = in_words(work, _rights_of(_visible(work, by, self.administrator)))
        return f"The account can sign in again, and its API keys work again: {held}."

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = _visible(work, execution.by, self.administrator)
        enable_account(work, account)
        _record(work, Event.ADMINISTRATOR_ENABLED, execution, account)
        return None


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
        return _target(_another(work, by, self.administrator))

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return _state(work, self.administrator)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        phone = active_device(work, self.administrator)
        cut_off = f", the phone “{phone.name}” is cut off" if phone else ""
        return (
            f"Signing in, sessions and API keys end for good{cut_off}, and what waits is void. "
            "This cannot be undone, not even by an old backup."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = _another(work, execution.by, self.administrator)
        delete_account(work, account, execution.now, username=execution.by.username)
        _record(work, Event.ADMINISTRATOR_DELETED, execution, account)
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
        account = _visible(work, by, self.administrator)
        if account.id == by.id:
            raise _own(409, "Nobody resets his own two-factor authentication")
        _require_covered(by, account)
        return _target(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        return _state(work, self.administrator)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        phone = active_device(work, self.administrator)
        cut_off = f"The phone “{phone.name}” is cut off and all" if phone else "All"
        return (
            f"{cut_off} sessions of the account end. Whoever has the grant, which is told once, "
            "and the account’s password can set up a new phone."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = _visible(work, execution.by, self.administrator)
        by, source = execution.by.username, execution.source
        return {"grant": reset_two_factor(work, account, execution.now, username=by, by=self.name, source=source)}


def above() -> Problem:
    """Return the refusal of what lies above one's ceiling."""
    return Problem(
        403,
        "forbidden",
        "This is more than you hold yourself",
        "Choose a role, companies and permissions within your own.",
    )


def require_companies(work: Work, companies: list[str] | None) -> None:
    """Raise 404 where one of them does not exist."""
    for company in companies or []:
        if work.session.get(Company, company) is None:
            raise Problem(404, "company_not_found", "This company does not exist")


def in_words(work: Work, rights: Rights) -> str:
    """Say what somebody may do, and for which companies."""
    if rights.role is Role.PROVIDER:
        return "provider, who may do everything for all companies"
    if rights.companies is None:
        scope = "all companies"
    else:
        names = sorted(work.session.scalars(select(Company.name).where(Company.id.in_(rights.companies))))
        scope = ", ".join(f"“{name}”" for name in names) or "no company"
    return f"{', '.join(sorted(rights.permissions)) or 'no permissions'}, for {scope}"


def _visible(work: Work, by: Actor, administrator: str) -> Administrator:
    """Return who is acted on; 404 where he does not lie in one's companies."""
    found = work.session.get(Administrator, administrator)
    if found is None or found.deleted_at is not None or not by.rights.oversees(_rights_of(found)):
        raise Problem(404, "administrator_not_found", "This administrator does not exist")
    return found


def _another(work: Work, by: Actor, administrator: str) -> Administrator:
    """Return whom one may disable or delete: somebody else, of whom one's rights cover, and not the last provider."""
    account = _visible(work, by, administrator)
    _require_other_provider(work, account)
    if account.id == by.id:
        raise _own(409, "Nobody does this to his own account")
    _require_covered(by, account)
    return account


def _require_covered(by: Actor, account: Administrator) -> None:
    if not by.rights.covers(_rights_of(account)):
        raise Problem(403, "forbidden", "This administrator may do more than you", "Ask a provider for it.")


def _require_other_provider(work: Work, account: Administrator) -> None:
    """Raise 409 where the account is the last provider who can sign in."""
    if account.role != Role.PROVIDER:
        return
    others = select(Administrator.id).where(
        Administrator.role == Role.PROVIDER,
        Administrator.id != account.id,
        Administrator.disabled_at.is_(None),
        Administrator.deleted_at.is_(None),
        Administrator.password_hash.is_not(None),
    )
    if not work.session.scalar(select(exists(others))):
        raise Problem(409, "last_provider", "This is the last provider", "Make another provider first.")


def _own(status: int, title: str) -> Problem:
    return Problem(status, "own_account", title, "Ask another provider for it.")


def _rights_of(account: Administrator) -> Rights:
    return Rights.of(account.role, account.companies, account.permissions)


def _target(account: Administrator) -> list[dict[str, str]]:
    return [{"type": "administrator", "id": account.id, "name": account.username}]


def _state(work: Work, administrator: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what of an account must be the same when it is acted on."""
    account, phone = work.session.get(Administrator, administrator), active_device(work, administrator)
    if account is None:
        return None
    held = [account.role, account.companies, account.permissions]
    return [held, account.disabled_at is None, account.password_hash is None, phone and phone.id]


def _record(
    work: Work,
    event: Event,
    execution: Execution,
    account: Administrator,
    **more: Any,  # noqa: ANN401 - JSON values
) -> None:
    record(
        work,
        event,
        execution.now,
        username=execution.by.username,
        source=execution.source,
        target=_target(account),
        **more,
    )
    work.publish(Topic.ADMINISTRATORS, subject=account.id)


def _tell_providers(work: Work, execution: Execution, account: Administrator) -> None:
    for provider in providers(work):
        if provider.id != account.id:
            others, now = provider.id != execution.by.id, execution.now
            kind, source = NoticeKind.RIGHTS_CHANGED, execution.source
            tell(work, provider.id, kind, now, username=account.username, source=source, push=others)
