"""Changing what another administrator may do."""

from typing import Any, Self

from pydantic import Field
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.ceilings import (
    above,
    colleague,
    in_words,
    out_of_sight,
    own_account,
    record_on,
    require_companies,
    require_covered,
    require_other_provider,
    state_of,
    target_of,
)
from server.actions.registry import REGISTER, Execution, ProtectedAction
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import Id
from server.contract.notice import NoticeKind
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.request import Kind, RequestStatus
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.store.endings import end_enrolment, leave_pending, open_enrolments, pending_requests
from server.store.grants import end_grants
from server.store.notices import providers, tell
from server.store.tables import Administrator, Request
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
    def resolved(self, work: Work, by: Actor) -> Self:
        """A provider holds everything everywhere, whatever else was asked for."""
        return self.model_copy(update={"companies": None, "permissions": []}) if self.role is Role.PROVIDER else self

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = colleague(work, by, self.administrator)
        if self.role is not Role.PROVIDER:
            require_other_provider(work, account)
        if account.id == by.id:
            raise own_account(403, "Nobody changes his own permissions")
        require_covered(by, account)
        if not by.rights.covers(self._rights()):
            raise above()
        require_companies(work, self.companies)
        if account.password_hash is None:
            raise Problem(
                409,
                "invited",
                "This administrator has not accepted the invitation yet",
                "Invite the administrator again, with the new rights: the invitation of before then ends.",
            )
        return target_of(account)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        account = colleague(work, by, self.administrator)
        return [state_of(work, account.id), self._ends_grants(work, account)]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        account = colleague(work, by, self.administrator)
        said = f"Before: {in_words(work, account.rights)}. From now on: {in_words(work, self._rights())}."
        if self._ends_grants(work, account):
            said += " A grant to set up a phone that was given before counts no more: reset it to give another."
        return said + out_of_sight(by, self._rights())

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account, rights = colleague(work, execution.by, self.administrator), self._rights()
        before = {"role": account.role, "companies": account.companies, "permissions": account.permissions}
        if not account.rights.covers(rights):
            _end_ways_to_a_phone(work, account, execution)
        account.role, account.permissions = self.role, sorted(set(self.permissions))
        account.companies = None if rights.companies is None else sorted(rights.companies)
        work.session.flush()
        for request in pending_requests(work, Request.administrator_id == account.id):
            if not rights.may(REGISTER[request.action].permission):
                leave_pending(work, request, RequestStatus.VOID, execution.now, void_reason="permission_changed")
        record_on(work, Event.ADMINISTRATOR_CHANGED, execution, account, parameters=self.parameters(), before=before)
        _tell(work, execution, account)
        return None

    def _ends_grants(self, work: Work, account: Administrator) -> bool:
        return account.method is None and work.marked and not account.rights.covers(self._rights())

    def _rights(self) -> Rights:
        return Rights.of(self.role, self.companies, self.permissions)


def _end_ways_to_a_phone(work: Work, account: Administrator, execution: Execution) -> None:
    """End the grants of an account that is raised: whoever was told one may hold less than the account from now on."""
    for enrolment in open_enrolments(work, account.id):
        if enrolment.grant_hash is not None:
            end_enrolment(work, enrolment, EnrolmentStatus.VOID, execution.now)
    end_grants(work, account.id, execution.now)


def _tell(work: Work, execution: Execution, account: Administrator) -> None:
    """Tell whose rights they are; a new provider is news to all providers."""
    told = {account.id}
    if account.role == Role.PROVIDER:
        told |= {provider.id for provider in providers(work)}
    for each in told:
        others, kind = each != execution.by.id, NoticeKind.RIGHTS_CHANGED
        tell(work, each, kind, execution.now, username=account.username, source=execution.source, push=others)
