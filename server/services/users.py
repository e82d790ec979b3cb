"""Managed backup users: listed within one's companies, made and edited; deleting is a protected action."""

import json
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from server import protocol
from server.contract.message import Page
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.contract.user import EditUser, NewUser, User, UserStatus
from server.domain.audit import Event
from server.services import administrators
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import record
from server.store.ids import new_id
from server.store.work import Work

Sort = Literal["name", "username", "company", "status", "created_at"]

_COMPANY_NAME = func.coalesce(tables.Company.name_key, "")
_SORTS: dict[str, Any] = {
    "name": tables.User.name_key,
    "username": tables.User.username_key,
    "company": _COMPANY_NAME,
    "status": tables.User.status,
    "created_at": tables.User.created_at,
}


def _within(caller: Caller) -> Select[tables.User, str]:
    rows = select(tables.User, tables.Company.name).outerjoin(
        tables.Company, tables.Company.id == tables.User.company_id
    )
    scope = caller.rights.companies
    return rows if scope is None else rows.where(tables.User.company_id.in_(scope))


def listed(
    work: Work,
    caller: Caller,
    q: str,
    company: str | None,
    status: UserStatus | None,
    sort: Sort,
    order: Literal["asc", "desc"],
    limit: int,
    cursor: str | None,
) -> Page[User]:
    """Return a page, sorted on the server; the id breaks ties, so that no row is met twice or missed."""
    rows = _within(caller)
    if q:
        like = f"%{_escaped(q.casefold())}%"
        rows = rows.where(
            or_(
                tables.User.name_key.like(like, escape="\\"),
                tables.User.username_key.like(like, escape="\\"),
                _COMPANY_NAME.like(like, escape="\\"),
            )
        )
    if company is not None:
        rows = rows.where(tables.User.company_id == company)
    if status is not None:
        rows = rows.where(tables.User.status == status)
    total = work.session.scalar(select(func.count()).select_from(rows.subquery()))
    by = _SORTS[sort]
    if cursor is not None:
        rows = rows.where(_after(by, order, cursor))
    direction = (by.asc(), tables.User.id.asc()) if order == "asc" else (by.desc(), tables.User.id.desc())
    found = work.session.execute(rows.add_columns(by).order_by(*direction).limit(limit + 1)).all()
    after = _cursor(found[limit - 1][2], found[limit - 1][0].id) if len(found) > limit else None
    return Page(items=[_shown(row[0], row[1]) for row in found[:limit]], next=after, total=total)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _cursor(value: Any, last: str) -> str:  # noqa: ANN401 - the sorted column's value
    at = value.isoformat() if isinstance(value, datetime) else value
    return protocol.b64u(json.dumps([at, last], ensure_ascii=False).encode())


def _after(by: Any, order: str, cursor: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    try:
        text, last = (str(part) for part in json.loads(protocol.unb64u(cursor)))
        f"{text}{last}".encode()  # a lone surrogate is no text
        value = _moment(text) if by is tables.User.created_at else text
    except (ValueError, TypeError) as error:
        raise Problem(422, "invalid", "This cursor is not one of ours", fields={"cursor": "unknown"}) from error
    if order == "asc":
        return or_(by > value, and_(by == value, tables.User.id > last))
    return or_(by < value, and_(by == value, tables.User.id < last))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "a time without a zone"
        raise ValueError(message)
    return moment


def one(work: Work, caller: Caller, user: str) -> User:
    """Return a user within one's companies."""
    found = work.session.execute(_within(caller).where(tables.User.id == user)).one_or_none()
    if found is None:
        raise Problem(404, "user_not_found", "This user does not exist", "It may have been deleted meanwhile.")
    return _shown(found[0], found[1])


def add(work: Work, caller: Caller, call: NewUser, now: datetime) -> User:
    """Make a user."""
    administrators.require(caller.rights, Permission.USERS_EDIT)
    _check_company(work, caller, call.company)
    _check_username(work, call.username, None)
    row = tables.User(
        id=new_id("usr"),
        username=call.username,
        username_key=call.username.casefold(),
        name=call.name or call.username,
        name_key=(call.name or call.username).casefold(),
        company_id=call.company,
        status=UserStatus.ACTIVE,
        created_at=now,
    )
    work.session.add(row)
    work.session.flush()
    _record(work, caller, Event.USER_CREATED, row, now)
    return one(work, caller, row.id)


def edit(work: Work, caller: Caller, user: str, call: EditUser, now: datetime) -> User:
    """Change the members that were sent."""
    administrators.require(caller.rights, Permission.USERS_EDIT)
    before = one(work, caller, user)
    row = work.session.get_one(tables.User, before.id)
    sent = call.model_dump(exclude_unset=True)
    if "company" in sent:
        _check_company(work, caller, sent["company"])
        row.company_id = sent["company"]
    if sent.get("username"):
        _check_username(work, sent["username"], row.id)
        row.username, row.username_key = sent["username"], sent["username"].casefold()
    if sent.get("name"):
        row.name, row.name_key = sent["name"], sent["name"].casefold()
    work.session.flush()
    _record(work, caller, Event.USER_CHANGED, row, now)
    return one(work, caller, row.id)


def _check_company(work: Work, caller: Caller, company: str | None) -> None:
    if not caller.rights.sees(company) or (company is not None and work.session.get(tables.Company, company) is None):
        raise Problem(404, "company_not_found", "This company does not exist", "Choose one of your companies.")


def _check_username(work: Work, username: str, but: str | None) -> None:
    same = select(tables.User.id).where(tables.User.username_key == username.casefold(), tables.User.id != (but or ""))
    if work.session.scalar(same) is not None:
        raise Problem(
            409, "username_taken", "A user with this e-mail address exists", "Use another address, or edit that user."
        )


def _record(work: Work, caller: Caller, event: Event, row: tables.User, now: datetime) -> None:
    record(
        work,
        event,
        now,
        username=caller.account.username,
        source=caller.source,
        target=[{"type": "user", "id": row.id, "name": row.username}],
        parameters={"username": row.username, "name": row.name, "company": row.company_id},
        company=row.company_id,
    )
    work.publish(Topic.USERS, subject=row.id)


def _shown(row: tables.User, company_name: str | None) -> User:
    return User(
        id=row.id,
        username=row.username,
        name=row.name,
        company=row.company_id,
        company_name=company_name,
        status=UserStatus(row.status),
        created_at=row.created_at,
    )
