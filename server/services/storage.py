"""Storage accounts: set up, looked at, renamed; deleting them and changing their credentials are protected actions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from server.actions.storage import ChangeCredentials, Credentials
from server.contract.message import Page
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.storage import (
    Destination,
    EditStorageAccount,
    Measuring,
    NewStorageAccount,
    StorageAccount,
    StorageKind,
    TestResult,
    TryStorage,
)
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.storage import address, checked, divided
from server.services import administrators
from server.services.asking import Prepared, unfit
from server.services.sessions import Caller
from server.store import storage_accounts
from server.store import storage_tables as tables
from server.store.audit_log import record
from server.store.ids import new_id
from server.store.storage_accounts import unknown
from server.store.work import Work

Going = Mapping[str, Measuring]
"""The measurements that are going on, by account."""


def require_editing(caller: Caller) -> None:
    """Raise 403 unless the caller may set storage up: it serves several companies, so only for who sees all."""
    administrators.require(caller.rights, Permission.STORAGE_EDIT)
    if caller.rights.companies is not None:
        raise administrators.forbidden()


def listed(work: Work, caller: Caller, q: str, going: Going) -> Page[StorageAccount]:
    """Return the accounts by name, those whose name has `q` in it."""
    rows = select(tables.StorageAccount).order_by(tables.StorageAccount.name_key)
    if q:
        rows = rows.where(tables.StorageAccount.name_key.contains(q.casefold(), autoescape=True))
    found = _destinations(work, caller, None)
    visible = [each for each in work.session.scalars(rows) if caller.rights.companies is None or each.id in found]
    items = [_shown(row, found.get(row.id, []), _going(caller, row.id, going)) for row in visible]
    return Page(items=items, total=len(items))


def one(work: Work, caller: Caller, account: str, going: Going) -> StorageAccount:
    """Return one of them; whoever sees some companies only sees those with a destination for one of these."""
    row, found = work.session.get(tables.StorageAccount, account), _destinations(work, caller, account)
    if row is None or (caller.rights.companies is not None and not found):
        raise unknown()
    return _shown(row, found.get(account, []), _going(caller, account, going))


def editable(work: Work, caller: Caller, account: str) -> tables.StorageAccount:
    """Return the row of an account for one who may edit it."""
    require_editing(caller)
    row = work.session.get(tables.StorageAccount, account)
    if row is None:
        raise unknown()
    return row


def add(work: Work, caller: Caller, call: NewStorageAccount, going: Going, now: datetime) -> StorageAccount:
    """Make one; what is secret is sealed, and never told again."""
    settings = tried(work, caller, call, trying=False).settings
    row = tables.StorageAccount(
        id=new_id("sto"), name=call.name, name_key=_free(work, call.name, None), kind=call.kind, created_at=now
    )
    storage_accounts.keep(work, row, settings)
    work.session.add(row)
    work.session.flush()
    write(work, caller, Event.STORAGE_ACCOUNT_CREATED, row, now, kind=row.kind, settings=row.settings)
    return one(work, caller, row.id, going)


def rename(
    work: Work, caller: Caller, account: str, call: EditStorageAccount, going: Going, now: datetime
) -> StorageAccount:
    """Give it another name."""
    row = editable(work, caller, account)
    before, row.name, row.name_key = row.name, call.name, _free(work, call.name, row.id)
    work.session.flush()
    write(work, caller, Event.STORAGE_ACCOUNT_CHANGED, row, now, name=row.name, before=before)
    return one(work, caller, row.id, going)


def tried(work: Work, caller: Caller, call: TryStorage, *, trying: bool = True) -> TryStorage:
    """Return what is to be tried or kept, checked; raises 422 that names what does not fit."""
    require_editing(caller)
    settings = checked(call.kind, call.settings, trying=trying)
    storage_accounts.require_folder(work, call.kind, settings)
    return TryStorage(kind=call.kind, settings=settings)


def opened(work: Work, caller: Caller, account: str) -> TryStorage:
    """Return kind and settings of an account, secrets too, for the engine alone."""
    row = editable(work, caller, account)
    return TryStorage(kind=StorageKind(row.kind), settings=storage_accounts.opened(work, row))


def to_test(work: Work, caller: Caller, account: str) -> tuple[TryStorage, list[str]]:
    """Return the same as `opened`, and the places of its destinations."""
    return opened(work, caller, account), [each.place for each in storage_accounts.destinations(work, account)]


def with_secrets(work: Work, caller: Caller, parameters: dict[str, Any]) -> Prepared:
    """Return what is asked of the phone for new credentials, and apart from it their secrets, which it only binds."""
    try:
        given = Credentials.model_validate(parameters)
    except ValidationError as error:
        raise unfit(error) from None
    row = editable(work, caller, given.storage_account)
    kind = StorageKind(row.kind)
    settings = checked(kind, given.settings, within="parameters.settings")
    storage_accounts.require_folder(work, kind, settings, "parameters.settings.path")
    seen, secret = divided(kind, settings)
    action, kept = ChangeCredentials.of(row.id, seen, secret)
    return Prepared(action.parameters(), kept=kept, password_hash=None)


def note_test(
    work: Work, caller: Caller, account: str | None, call: TryStorage, result: TestResult, now: datetime
) -> None:
    """Write that a service was tried, and what came of it."""
    row = work.session.get(tables.StorageAccount, account) if account else None
    seen, _ = divided(call.kind, call.settings)
    event = Event.STORAGE_ACCOUNT_TESTED if result is TestResult.OK else Event.STORAGE_ACCOUNT_TEST_FAILED
    told = {"kind": call.kind, "settings": seen, "result": result}
    name = row.name if row else address(call.kind, seen)
    _write(work, caller, event, [_target(row.id if row else "new", name)], now, told)


def note_place(work: Work, caller: Caller, account: str, place: str, now: datetime) -> None:
    """Write that a bucket, a container or a folder was made at the service."""
    row = work.session.get(tables.StorageAccount, account)
    target = [_target(account, row.name if row else account)]
    _write(work, caller, Event.STORAGE_PLACE_MADE, target, now, {"place": place})


def write(
    work: Work,
    caller: Caller,
    event: Event,
    row: tables.StorageAccount,
    now: datetime,
    destination: tables.Destination | None = None,
    **told: Any,  # noqa: ANN401 - JSON values
) -> None:
    """Write what happened to an account, or to a destination of it, and tell the consoles."""
    target = [_target(row.id, row.name)]
    if destination is not None:
        target.insert(0, {"type": "destination", "id": destination.id, "name": destination.name})
    _write(work, caller, event, target, now, told)
    work.publish(Topic.STORAGE, subject=row.id)


def _write(
    work: Work, caller: Caller, event: Event, target: list[dict[str, str]], now: datetime, told: dict[str, Any]
) -> None:
    by, source = caller.account.username, caller.source
    record(work, event, now, username=by, source=source, target=target, parameters=told)


def _target(account: str, name: str) -> dict[str, str]:
    return {"type": "storage_account", "id": account, "name": name}


def _free(work: Work, name: str, but: str | None) -> str:
    """Return by what a name is told apart; raises 409 where another account has it."""
    key, of = name.casefold(), tables.StorageAccount
    if work.session.scalar(select(of.id).where(of.name_key == key, of.id != (but or ""))) is not None:
        raise Problem(409, "name_taken", "A storage account with this name exists", "Choose another name.")
    return key


def _destinations(work: Work, caller: Caller, account: str | None) -> dict[str, list[Destination]]:
    """Return the destinations that the caller may see by account, each with those of its companies that he sees."""
    linked: dict[str, list[str]] = {}
    shared: set[str] = set()
    for link in work.session.scalars(select(tables.DestinationCompany).order_by(tables.DestinationCompany.company_id)):
        if caller.rights.sees(link.company_id):
            linked.setdefault(link.destination_id, []).append(link.company_id)
        else:
            shared.add(link.destination_id)
    rows = select(tables.Destination).order_by(tables.Destination.created_at, tables.Destination.id)
    if account is not None:
        rows = rows.where(tables.Destination.storage_account_id == account)
    found: dict[str, list[Destination]] = {}
    for row in work.session.scalars(rows):
        if caller.rights.companies is None or row.id in linked:
            found.setdefault(row.storage_account_id, []).append(
                _destination(row, linked.get(row.id, []), sums=row.id not in shared)
            )
    return found


def _destination(row: tables.Destination, companies: list[str], *, sums: bool) -> Destination:
    """Return it as the API has it; what lies there only to one who sees everybody who has it there."""
    return Destination(
        id=row.id,
        name=row.name,
        place=row.place,
        companies=companies,
        bytes=row.bytes if sums else None,
        objects=row.objects if sums else None,
        measured_at=row.measured_at if sums else None,
        failure=TestResult(row.failure) if row.failure else None,
    )


def _going(caller: Caller, account: str, going: Going) -> Measuring | None:
    """Return what is being measured: it counts all destinations, so nobody hears of it who does not see all."""
    return going.get(account) if caller.rights.companies is None else None


def _shown(row: tables.StorageAccount, found: list[Destination], measuring: Measuring | None) -> StorageAccount:
    measured = [each for each in found if each.measured_at is not None]
    return StorageAccount(
        id=row.id,
        name=row.name,
        kind=StorageKind(row.kind),
        settings=row.settings,
        destinations=found,
        bytes=sum(each.bytes or 0 for each in measured) if measured else None,
        objects=sum(each.objects or 0 for each in measured) if measured else None,
        measured_at=max((each.measured_at for each in measured if each.measured_at), default=None),
        measuring=measuring,
        created_at=row.created_at,
    )
