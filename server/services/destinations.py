"""Destinations: places of a storage account, and which companies may use them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete

from server.contract.problem import Problem
from server.contract.storage import EditDestination, NewDestination, StorageAccount, StorageKind
from server.domain.audit import Event
from server.domain.storage import checked_place
from server.services import storage
from server.services.sessions import Caller
from server.services.storage import Going
from server.store import storage_accounts
from server.store.ids import new_id
from server.store.storage_tables import Destination, DestinationCompany
from server.store.tables import Company
from server.store.work import Work


def add(work: Work, caller: Caller, account: str, call: NewDestination, going: Going, now: datetime) -> StorageAccount:
    """Make one; its place is nobody else's, so that nothing is ever counted or deleted twice."""
    owner = storage.editable(work, caller, account)
    place = checked_place(call.place, "place")
    storage_accounts.require_apart(work, StorageKind(owner.kind), owner.settings, [place])
    row = Destination(id=new_id("dst"), storage_account_id=owner.id, name=call.name, place=place, created_at=now)
    work.session.add(row)
    work.session.flush()
    companies = _link(work, row, call.companies)
    told = {"name": row.name, "place": row.place, "companies": companies}
    storage.write(work, caller, Event.DESTINATION_CREATED, owner, now, row, **told)
    return storage.one(work, caller, owner.id, going)


def edit(
    work: Work, caller: Caller, account: str, destination: str, call: EditDestination, going: Going, now: datetime
) -> StorageAccount:
    """Change its name, or who may use it."""
    owner = storage.editable(work, caller, account)
    row = _one(work, owner.id, destination)
    told: dict[str, object] = {}
    if call.name is not None:
        row.name = told["name"] = call.name
    if call.companies is not None:
        told["companies"] = _link(work, row, call.companies)
    work.session.flush()
    storage.write(work, caller, Event.DESTINATION_CHANGED, owner, now, row, **told)
    return storage.one(work, caller, owner.id, going)


def remove(work: Work, caller: Caller, account: str, destination: str, now: datetime) -> None:
    """Forget one; what lies there stays."""
    owner = storage.editable(work, caller, account)
    row = _one(work, owner.id, destination)
    storage_accounts.require_unused(work, [row])
    storage.write(work, caller, Event.DESTINATION_DELETED, owner, now, row, place=row.place)
    storage_accounts.forget_destination(work, row)


def _one(work: Work, account: str, destination: str) -> Destination:
    found = work.session.get(Destination, destination)
    if found is None or found.storage_account_id != account:
        raise Problem(404, "destination_not_found", "This destination does not exist", "It may have been removed.")
    return found


def _link(work: Work, row: Destination, companies: Sequence[str]) -> list[str]:
    """Let these companies use it and no others; raises 404 for one that does not exist."""
    work.session.execute(delete(DestinationCompany).where(DestinationCompany.destination_id == row.id))
    chosen = sorted(set(companies))
    for company in chosen:
        if work.session.get(Company, company) is None:
            raise Problem(404, "company_not_found", "This company does not exist", "Choose one of your companies.")
        work.session.add(DestinationCompany(destination_id=row.id, company_id=company))
    work.session.flush()
    return chosen
