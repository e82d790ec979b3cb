"""Actions on administrators."""

from datetime import timedelta
from typing import Any, Self

from pydantic import Field
from sqlalchemy import delete, select
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.ceilings import above, in_words, out_of_sight, require_companies
from server.actions.registry import Execution, ProtectedAction
from server.contract.message import Email, Id, Name, Username
from server.contract.notice import NoticeKind
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.store.audit_log import record
from server.store.grants import end_grants
from server.store.ids import new_id, new_token
from server.store.invitations import invitation_hash
from server.store.names import keep_name
from server.store.notices import providers, tell
from server.store.tables import Administrator, Invitation
from server.store.work import Work

INVITATION_LASTS = timedelta(days=7)


class CreateAdministrator(ProtectedAction):
    """Makes an account for a colleague, who sets its password with a one-time invitation."""

    name = "administrator.create"
    title = "Create administrator"
    kind = Kind.MANAGEMENT
    permission = Permission.ADMINISTRATORS_EDIT
    summary = "Create the administrator {target}"
    secrets = frozenset({"invitation"})

    username: Username
    email: Email
    role: Role
    companies: list[Id] | None = None
    permissions: list[Permission] = Field(default_factory=list)
    full_name: Name | None = Field(default=None, alias="name")

    @override
    def resolved(self, work: Work, by: Actor) -> Self:
        """A provider holds everything everywhere, whatever else was asked for."""
        return self.model_copy(update={"companies": None, "permissions": []}) if self.role is Role.PROVIDER else self

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        if not by.rights.covers(self._rights()):
            raise above()
        require_companies(work, self.companies)
        account = self._account(work)
        if account is not None and not (_is_invited(account) and self._may_replace(by, account)):
            raise Problem(409, "username_taken", "This user name is taken", "Choose another one.")
        return [{"type": "administrator", "id": account.id if account else "new", "name": self.username}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        account = self._account(work)
        return account and [account.role, account.companies, account.permissions, account.email]

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        rights, before = f"{in_words(work, self._rights())}.{out_of_sight(by, self._rights())}", self._account(work)
        if before is None:
            return f"The new account may sign in once its invitation is accepted: {rights}"
        return (
            f"It is invited already, as {before.email}: {in_words(work, before.rights)}. That invitation no longer "
            f"counts; with the new one the account may sign in as {self.email}: {rights}"
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = self._account(work) or Administrator(
            id=new_id("adm"), username_key=self.username.lower(), created_at=execution.now
        )
        rights = self._rights()
        account.username, account.email = self.username, self.email
        account.name = self.full_name or self.username
        account.role, account.permissions = self.role, sorted(self.permissions)
        account.companies = None if rights.companies is None else sorted(rights.companies)
        work.session.add(account)
        work.session.flush()
        keep_name(work, account)
        invitation, ends = new_token(), execution.now + INVITATION_LASTS
        end_grants(work, account.id, execution.now)  # of an account that is made again
        work.session.execute(delete(Invitation).where(Invitation.administrator_id == account.id))
        work.session.add(
            Invitation(
                administrator_id=account.id,
                token_hash=invitation_hash(work, account.id, invitation, ends),
                expires_at=ends,
            )
        )
        subject = [{"type": "administrator", "id": account.id, "name": account.username}]
        by, source = execution.by, execution.source
        record(work, Event.ADMINISTRATOR_CREATED, execution.now, username=by.username, source=source, target=subject)
        told = {each.id for each in providers(work)} - {account.id} if account.role == Role.PROVIDER else set()
        for each in told:  # a new provider is news to all providers
            others, kind = each != by.id, NoticeKind.RIGHTS_CHANGED
            tell(work, each, kind, execution.now, username=account.username, source=source, push=others)
        work.publish(Topic.ADMINISTRATORS, subject=account.id)
        return {"administrator": account.id, "invitation": invitation}

    @override
    def parameters(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)

    def _account(self, work: Work) -> Administrator | None:
        named = select(Administrator).where(Administrator.username_key == self.username.lower())
        return work.session.scalar(named)

    def _may_replace(self, by: Actor, account: Administrator) -> bool:
        """Whether the invited account lies in the companies of `by`, who holds all that it was to hold."""
        return by.rights.oversees(account.rights) and by.rights.covers(account.rights)

    def _rights(self) -> Rights:
        return Rights.of(self.role, self.companies, self.permissions)


def _is_invited(account: Administrator) -> bool:
    """Whether nobody has accepted the invitation yet, nor was the account disabled."""
    return account.password_hash is None and account.disabled_at is None
