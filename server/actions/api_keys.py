"""Actions on API keys; ending one takes power away, and so is none."""

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field, StrictInt
from typing_extensions import override

from server.actions.actor import Actor
from server.actions.ceilings import above, in_words, require_companies
from server.actions.registry import Execution, ProtectedAction
from server.contract.message import Claim, Id
from server.contract.permission import Permission
from server.contract.request import Kind
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.domain.quoting import quoted
from server.store.audit_log import record
from server.store.ids import hashed, new_api_token, new_id
from server.store.tables import ApiKey
from server.store.work import Work


class CreateApiKey(ProtectedAction):
    """Makes a key with which a script asks in the own name. Its requests wait for the phone like all others."""

    name = "api_key.create"
    title = "Create API key"
    kind = Kind.MANAGEMENT
    permission = Permission.API_KEYS_EDIT
    summary = "Create the API key {target}"
    secrets = frozenset({"token"})

    key_name: Claim = Field(alias="name")
    permissions: list[Permission]
    companies: list[Id] | None = None
    expires_in_days: Annotated[StrictInt, Field(ge=1, le=3650)] | None = None

    @override
    def resolved(self, work: Work, by: Actor) -> Self:
        """Null companies are those that the account sees now, or all of them where it sees all."""
        scope = by.account.companies if self.companies is None else self.companies
        return self.model_copy(update={"companies": None if scope is None else sorted(set(scope))})

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        if not by.rights.covers(self._rights()):
            raise above()
        require_companies(work, self.companies)
        return [{"type": "api_key", "id": "new", "name": self.key_name}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        scope = by.account.companies  # of which what is asked for is a part
        return None if scope is None else sorted(scope)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        until = f"for {self.expires_in_days} days" if self.expires_in_days else "until it is ended"
        return (
            f"Whoever has it may read and ask as {quoted(by.username)} {until}: {in_words(work, self._rights())}. "
            "What is not protected it does without asking."
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        by, now, token = execution.by, execution.now, new_api_token()
        key = ApiKey(
            id=new_id("key"),
            token_hash=hashed(token),
            administrator_id=by.id,
            name=self.key_name,
            companies=self.companies,
            permissions=sorted(set(self.permissions)),
            created_at=now,
            expires_at=now + timedelta(days=self.expires_in_days) if self.expires_in_days else None,
        )
        work.session.add(key)
        subject = [{"type": "api_key", "id": key.id, "name": key.name}]
        record(work, Event.API_KEY_CREATED, now, username=by.username, source=execution.source, target=subject)
        work.publish(Topic.API_KEYS, subject=key.id, owner=by.id)
        return {"api_key": key.id, "token": token}

    @override
    def parameters(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)

    def _rights(self) -> Rights:
        """Return what it will hold."""
        return Rights.of_key(self.companies, self.permissions)
