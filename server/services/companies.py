"""Companies: the customers."""

from datetime import datetime

from sqlalchemy import Float, Select, cast, func, select

from server.contract.company import Company, CompanyDestination, EditCompany, NewCompany
from server.contract.message import Page
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.spelling import one_spelling
from server.services import administrators
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import record
from server.store.ids import new_id
from server.store.storage_tables import Destination, DestinationCompany, StorageAccount
from server.store.work import Work


def listed(work: Work, caller: Caller, q: str) -> Page[Company]:
    """Return one's companies by name, those whose name has `q` in it."""
    within = _within(caller).order_by(tables.Company.name_key)
    if q:
        within = within.where(tables.Company.name_key.contains(q.casefold(), autoescape=True))
    found = work.session.execute(within).all()
    usable = _destinations(work, [row.id for row, _, _ in found])
    items = [_shown(row, users, size, usable.get(row.id, [])) for row, users, size in found]
    return Page(items=items, total=len(items))


def _within(caller: Caller) -> Select[tables.Company, int, float | None]:
    """Return the companies of the caller, each with how many users belong to it, and what they store."""
    stored = func.sum(cast(tables.User.bytes, Float))  # what a service claims may be more than fits an integer
    counted = (
        select(tables.Company, func.count(tables.User.id), stored)
        .outerjoin(tables.User, tables.User.company_id == tables.Company.id)
        .group_by(tables.Company.id)
    )
    scope = caller.rights.companies
    return counted if scope is None else counted.where(tables.Company.id.in_(scope))


def one(work: Work, caller: Caller, company: str) -> Company:
    """Return one of one's companies."""
    found = work.session.execute(_within(caller).where(tables.Company.id == company)).one_or_none()
    if found is None:
        raise Problem(404, "company_not_found", "This company does not exist", "Choose one of your companies.")
    row, users, size = found
    return _shown(row, users, size, _destinations(work, [row.id]).get(row.id, []))


def add(work: Work, caller: Caller, call: NewCompany, now: datetime) -> Company:
    """Make a company."""
    administrators.require(caller.rights, Permission.COMPANIES_EDIT)
    if caller.rights.companies is not None:
        raise administrators.forbidden()  # it would lie outside the companies of whoever makes it
    row = tables.Company(
        id=new_id("cmp"),
        name=call.name,
        name_key=_free(work, call.name, None),
        storage_limit=call.storage_limit,
        created_at=now,
    )
    work.session.add(row)
    _record(work, caller, Event.COMPANY_CREATED, row, now)
    return _shown(row, 0, None, [])


def edit(work: Work, caller: Caller, company: str, call: EditCompany, now: datetime) -> Company:
    """Change the members that were sent."""
    administrators.require(caller.rights, Permission.COMPANIES_EDIT)
    row = work.session.get_one(tables.Company, one(work, caller, company).id)
    if call.name is not None and call.name != row.name:
        row.name, row.name_key = call.name, _free(work, call.name, row.id)
    if "storage_limit" in call.model_fields_set:
        row.storage_limit = call.storage_limit
    work.session.flush()
    _record(work, caller, Event.COMPANY_CHANGED, row, now)
    work.publish(Topic.USERS)  # they are listed under its name
    return one(work, caller, row.id)


def _free(work: Work, name: str, but: str | None) -> str:
    """Return by what a name is listed; raises 409 where another company has it, or one that looks the same."""
    others = work.session.scalars(select(tables.Company.name).where(tables.Company.id != (but or "")))
    if one_spelling(name) in map(one_spelling, others):
        raise Problem(409, "name_taken", "A company with this name exists", "Choose another name.")
    return name.casefold()


def _record(work: Work, caller: Caller, event: Event, row: tables.Company, now: datetime) -> None:
    record(
        work,
        event,
        now,
        username=caller.account.username,
        source=caller.source,
        target=[{"type": "company", "id": row.id, "name": row.name}],
        company=row.id,
    )
    work.publish(Topic.COMPANIES, subject=row.id)


def _destinations(work: Work, companies: list[str]) -> dict[str, list[CompanyDestination]]:
    """Return where the users of each may store, by name."""
    usable = (
        select(DestinationCompany.company_id, Destination, StorageAccount.name)
        .join(Destination, Destination.id == DestinationCompany.destination_id)
        .join(StorageAccount, StorageAccount.id == Destination.storage_account_id)
        .where(DestinationCompany.company_id.in_(companies))
        .order_by(Destination.name)
    )
    found: dict[str, list[CompanyDestination]] = {}
    for company, row, account in work.session.execute(usable):
        shown = CompanyDestination(
            id=row.id, name=row.name, storage_account=row.storage_account_id, storage_account_name=account
        )
        found.setdefault(company, []).append(shown)
    return found


def _shown(row: tables.Company, users: int, size: float | None, destinations: list[CompanyDestination]) -> Company:
    return Company(
        id=row.id,
        name=row.name,
        users=users,
        created_at=row.created_at,
        storage_limit=row.storage_limit,
        bytes=None if size is None else int(size),  # a sum is a numeric on PostgreSQL
        destinations=destinations,
    )
