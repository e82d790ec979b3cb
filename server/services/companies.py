"""Companies: the customers."""

from datetime import datetime

from sqlalchemy import func, select

from server.contract.company import Company, NewCompany
from server.contract.message import Page
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.services import administrators
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import record
from server.store.ids import new_id
from server.store.work import Work


def listed(work: Work, caller: Caller) -> Page[Company]:
    """Return one's companies by name."""
    counted = (
        select(tables.Company, func.count(tables.User.id))
        .outerjoin(tables.User, tables.User.company_id == tables.Company.id)
        .group_by(tables.Company.id)
        .order_by(tables.Company.name_key)
    )
    scope = administrators.rights(caller.account).companies
    if scope is not None:
        counted = counted.where(tables.Company.id.in_(scope))
    items = [_shown(row, users) for row, users in work.session.execute(counted)]
    return Page(items=items, total=len(items))


def add(work: Work, caller: Caller, call: NewCompany, now: datetime) -> Company:
    """Make a company."""
    administrators.require(caller.account, Permission.COMPANIES_EDIT)
    if administrators.rights(caller.account).companies is not None:
        raise administrators.forbidden()  # it would lie outside the companies of whoever makes it
    key = call.name.casefold()
    if work.session.scalar(select(tables.Company.id).where(tables.Company.name_key == key)) is not None:
        raise Problem(409, "name_taken", "A company with this name exists", "Choose another name.")
    row = tables.Company(id=new_id("cmp"), name=call.name, name_key=key, created_at=now)
    work.session.add(row)
    subject = [{"type": "company", "id": row.id, "name": row.name}]
    record(work, Event.COMPANY_CREATED, now, username=caller.account.username, source=caller.source, target=subject)
    work.publish(Topic.COMPANIES, subject=row.id)
    return _shown(row, 0)


def _shown(row: tables.Company, users: int) -> Company:
    return Company(id=row.id, name=row.name, users=users, created_at=row.created_at)
