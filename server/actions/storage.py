"""Actions on storage accounts: deleting one, and changing what it reaches and by which credentials."""

import json
import secrets
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from typing_extensions import override

from server import protocol
from server.actions.actor import Actor
from server.actions.registry import Execution, ProtectedAction
from server.contract.deletion import DeletionStatus, Why
from server.contract.message import Id
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.request import Kind
from server.contract.storage import Settings, StorageKind, fingerprint
from server.contract.topic import Topic
from server.domain import sizes
from server.domain.quoting import quoted
from server.domain.storage import address, leads_to
from server.store import deletions, storage_accounts
from server.store.deletion_tables import Deletion
from server.store.storage_tables import StorageAccount
from server.store.tables import User
from server.store.work import Work


class _OfAccount(ProtectedAction):
    """An action on a storage account, for whoever sees all companies: it may serve each of them."""

    registered = False

    kind = Kind.MANAGEMENT

    storage_account: Id

    def _account(self, work: Work, by: Actor) -> StorageAccount:
        if by.rights.companies is not None:
            raise Problem(
                403, "forbidden", "A storage account may serve all companies", "Ask somebody who sees all of them."
            )
        found = work.session.get(StorageAccount, self.storage_account)
        if found is None:
            raise storage_accounts.unknown()
        return found

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = self._account(work, by)
        return [{"type": "storage_account", "id": account.id, "name": account.name}]

    @override
    def state(self, work: Work, by: Actor) -> Any:
        account = self._account(work, by)
        places = [[each.id, each.name, each.place] for each in storage_accounts.destinations(work, account.id)]
        return {"account": storage_accounts.digest_of(account), "destinations": places}


class DeleteStorageAccount(_OfAccount):
    """Forgets a storage account, its credentials and its destinations. What is stored stays at the service."""

    name = "storage_account.delete"
    title = "Delete storage account"
    permission = Permission.STORAGE_DELETE
    summary = "Delete the storage account {target} and keep what is stored there"

    @override
    def _account(self, work: Work, by: Actor) -> StorageAccount:
        account = super()._account(work, by)
        storage_accounts.require_unused(work, storage_accounts.destinations(work, account.id))
        return account

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        account = self._account(work, by)
        places = storage_accounts.destinations(work, account.id)
        measured = [each for each in places if each.measured_at is not None]
        size, objects = sum(each.bytes or 0 for each in measured), sum(each.objects or 0 for each in measured)
        known = f" By the last measurement that is {sizes.objects(objects)}, {sizes.size(size)}"
        if len(measured) < len(places):
            known += f" in {len(measured)} of {len(places)} destinations" if measured else ""
        at, what = address(StorageKind(account.kind), account.settings), _destinations(len(places))
        forgets, stays = f", its credentials and its {what}", "at the service, and the credentials stay valid there"
        if account.kind == StorageKind.LOCAL:
            forgets, stays = f" and its {what}", "in the folder"
        return (
            f"Countersign forgets this account at {at}{forgets}, at once and for good. What is stored stays "
            f"{stays}.{f'{known}.' if measured else ''}"
            f"{' How much it is was never measured.' if places and not measured else ''}"
        )

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = self._account(work, execution.by)
        storage_accounts.forget(work, account)
        work.publish(Topic.STORAGE, subject=account.id)
        return {"storage_account": account.id}


class Credentials(BaseModel):
    """What is asked for: all settings of the account as they are to be. The secrets are sealed and told to nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    storage_account: Id
    settings: Annotated[Settings, Field(json_schema_extra={"format": "password"})]


class ChangeCredentials(_OfAccount):
    """Changes how a storage account is reached: address, region, keys. Secrets are bound by a digest, and not shown."""

    name = "storage_account.change_credentials"
    title = "Change storage credentials"
    permission = Permission.STORAGE_EDIT
    summary = "Change the credentials of the storage account {target}"
    asked = Credentials

    settings: Settings
    secrets_: Literal["set", "none"] = Field(alias="secrets")
    secrets_digest: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]

    @classmethod
    def of(cls, account: str, settings: dict[str, str], secret: dict[str, str]) -> tuple["ChangeCredentials", str]:
        """Bind the secrets, and return besides what is kept of them."""
        kept = _sealable(secret)
        given = {"storage_account": account, "settings": settings, "secrets": "set" if secret else "none"}
        return cls.model_validate({**given, "secrets_digest": _digest(kept)}), kept

    @override
    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        account = self._account(work, by)
        places = [each.place for each in storage_accounts.destinations(work, account.id)]
        kind = StorageKind(account.kind)
        storage_accounts.require_folder(work, kind, self.settings, "parameters.settings.path")
        storage_accounts.require_apart(work, kind, self.settings, places, but=account.id)
        return super().target(work, by)

    @override
    def parameters(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)

    @override
    def consequence(self, work: Work, by: Actor) -> str:
        account = self._account(work, by)
        told, before = [], account.settings
        for name in sorted({*before, *self.settings}):
            old, new = before.get(name, ""), self.settings.get(name, "")
            if old != new:
                if name == "host_key":  # bound as a whole, and compared as people do it
                    old, new = (fingerprint(key) or key for key in (old, new))
                told.append(f"The {_WORDS.get(name, name)} changes from {_quoted(old)} to {_quoted(new)}.")
        if self._moves(account):
            places = storage_accounts.destinations(work, account.id)
            by_key = not self._moves(account, but_key=True)
            leads = "leads" if len(places) == 1 else "lead"
            leads = "may lead elsewhere by another key" if by_key else f"{leads} to the new place"
            told.append(
                f"Its {_destinations(len(places))} {leads}, and what lies at the old one stays there, out of sight."
            )
        if under_way := self._under_way(work, account):
            told.append(_ending(len(under_way)) if self._moves(account) else _GOING_ON)
        told.append(
            "Countersign uses the new credentials at once and forgets the old ones, which stay valid at the service."
            if account.kind != StorageKind.LOCAL
            else "Countersign looks there at once."
        )
        return " ".join(told)

    @override
    def state(self, work: Work, by: Actor) -> Any:
        account = self._account(work, by)
        ends = self._under_way(work, account) if self._moves(account) else []
        return {**super().state(work, by), "ends": sorted(each.id for each in ends)}

    def _under_way(self, work: Work, account: StorageAccount) -> list[Deletion]:
        return [each for each in deletions.under_way(work) if each.storage_account_id == account.id]

    def _moves(self, account: StorageAccount, *, but_key: bool = False) -> bool:
        """Whether it leads elsewhere then; `but_key`, whichever the access key is."""
        kind, given = StorageKind(account.kind), dict(self.settings)
        if but_key:
            given["access_key"] = account.settings.get("access_key", "")
        return leads_to(kind, account.settings) != leads_to(kind, given)

    @override
    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        account = self._account(work, execution.by)
        if execution.kept is None or _digest(execution.kept) != self.secrets_digest:
            raise Problem(409, "request_changed", "The secrets are not those that were asked for", "Ask again.")
        moves = self._moves(account)
        now, by, source = execution.now, execution.by.username, execution.source
        for each in self._under_way(work, account) if moves else ():
            why = Why.STORAGE_CHANGED
            deletions.end(work, each, DeletionStatus.FAILED, now, username=by, source=source, why=why)
        storage_accounts.keep(work, account, {**self.settings, **json.loads(execution.kept)["secrets"]})
        for destination in storage_accounts.destinations(work, account.id):
            destination.tried_at = destination.failure = None  # so that it is measured anew
            if moves:
                destination.bytes = destination.objects = destination.measured_at = None
                unknown = update(User).where(User.destination_id == destination.id)
                work.session.execute(unknown.values(bytes=None, objects=None, measured_at=None))
        work.session.flush()
        work.publish(Topic.STORAGE, subject=account.id)
        return {"storage_account": account.id}


_WORDS = {"access_key": "access key", "host_key": "host key", "path": "folder", "username": "user name"}


def _sealable(secret: dict[str, str]) -> str:
    """Return secrets as they are kept with a request: beside salt, so that nobody finds them out by their digest."""
    return json.dumps({"salt": secrets.token_urlsafe(32), "secrets": secret}, sort_keys=True)


def _digest(kept: str) -> str:
    return protocol.b64u(protocol.sha(kept.encode()))


def _quoted(text: str) -> str:
    return quoted(text) if text else "nothing"


_GOING_ON = "Deletions of users' data that are on their way there go on with that."


def _ending(count: int) -> str:
    which = (
        "The deletion of a user's data that is on its way there ends"
        if count == 1
        else f"The {count} deletions of users' data that are on their way there end"
    )
    return f"{which} without deleting anything more."


def _destinations(count: int) -> str:
    return "1 destination" if count == 1 else f"{count} destinations"
