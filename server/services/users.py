"""Managed backup users: listed within one's companies, made and edited; deleting is a protected action."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from server import protocol
from server.contract.deletion import DeletionStatus
from server.contract.message import Page
from server.contract.permission import Permission
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.contract.user import EditUser, NewUser, User, UserStatus
from server.domain import tabular
from server.domain.audit import Event
from server.services import administrators, placing
from server.services.deletions import in_short
from server.services.sessions import Caller
from server.store import deletions, tables
from server.store.audit_log import record
from server.store.deletion_tables import Deletion
from server.store.ids import new_id
from server.store.storage_tables import Destination
from server.store.work import Work

Sort = Literal["name", "username", "company", "status", "bytes", "storage_limit", "created_at"]

Order = Literal["asc", "desc"]

_CSV_MEMBERS = (
    *("id", "username", "name", "company", "company_name", "status", "enabled", "destination", "destination_name"),
    *("folder", "storage_limit", "bytes", "objects", "measured_at", "held_until", "created_at"),
)
CSV_HEAD = tabular.lines([_CSV_MEMBERS])

_COMPANY_NAME = func.coalesce(tables.Company.name_key, "")
_SORTS: dict[str, Any] = {
    "name": tables.User.name_key,
    "username": tables.User.username_key,
    "company": _COMPANY_NAME,
    "status": case(
        (tables.User.status != UserStatus.ACTIVE, tables.User.status), (tables.User.enabled, "active"), else_="disabled"
    ),
    "bytes": func.coalesce(tables.User.bytes, -1),
    "storage_limit": func.coalesce(tables.User.storage_limit, -1),
    "created_at": tables.User.created_at,
}

_NUMBERS = ("bytes", "storage_limit")
"""Where nothing is known, that is least."""


def _within(caller: Caller) -> Select[tables.User, str, str, Deletion]:
    """Return the users of one's companies, each with the names of company and destination, and the deletion."""
    rows = (
        select(tables.User, tables.Company.name, Destination.name, Deletion)
        .outerjoin(tables.Company, tables.Company.id == tables.User.company_id)
        .outerjoin(Destination, Destination.id == tables.User.destination_id)
        .outerjoin(Deletion, Deletion.id == tables.User.deletion_id)
    )
    scope = caller.rights.companies
    return rows if scope is None else rows.where(tables.User.company_id.in_(scope))


@dataclass(frozen=True)
class Filters:
    """Which users are meant; null and empty are no condition."""

    q: str = ""
    company: str | None = None
    status: UserStatus | None = None
    enabled: bool | None = None
    destination: str | None = None

    def told(self) -> dict[str, Any]:
        """Return those that are set."""
        return {name: value for name, value in vars(self).items() if value not in ("", None)}


def _matching(caller: Caller, filters: Filters) -> Select[tables.User, str, str, Deletion]:
    rows = _within(caller)
    if filters.q:
        searched = (tables.User.name_key, tables.User.username_key, _COMPANY_NAME)
        rows = rows.where(or_(*(each.contains(filters.q.casefold(), autoescape=True) for each in searched)))
    if filters.company is not None:
        rows = rows.where(tables.User.company_id == filters.company)
    if filters.status is not None:
        rows = rows.where(tables.User.status == filters.status)
    if filters.enabled is not None:
        rows = rows.where(tables.User.enabled.is_(filters.enabled))
    if filters.destination is not None:
        rows = rows.where(tables.User.destination_id == filters.destination)
    return rows


def listed(
    work: Work, caller: Caller, filters: Filters, sort: Sort, order: Order, limit: int, cursor: str | None
) -> Page[User]:
    """Return a page, sorted on the server; the id breaks ties, so that no row is met twice or missed."""
    rows = _matching(caller, filters)
    total = work.session.scalar(rows.with_only_columns(func.count(tables.User.id)))
    items, after = _page(work, rows, sort, order, limit, cursor)
    return Page(items=items, next=after, total=total)


def _page(
    work: Work,
    rows: Select[tables.User, str, str, Deletion],
    sort: Sort,
    order: Order,
    limit: int,
    cursor: str | None,
) -> tuple[list[User], str | None]:
    by = _SORTS[sort]
    if cursor is not None:
        rows = rows.where(_after(by, order, cursor))
    direction = (by.asc(), tables.User.id.asc()) if order == "asc" else (by.desc(), tables.User.id.desc())
    found = work.session.execute(rows.add_columns(by).order_by(*direction).limit(limit + 1)).all()
    after = _cursor(found[limit - 1][-1], found[limit - 1][0].id) if len(found) > limit else None
    return [_shown(*row[:-1]) for row in found[:limit]], after


def begin_export(work: Work, caller: Caller, filters: Filters, now: datetime) -> None:
    """Write that users are exported."""
    record(
        work,
        Event.USERS_EXPORTED,
        now,
        username=caller.account.username,
        source=caller.source,
        parameters={"format": "csv", **filters.told()},
    )


def export_part(work: Work, caller: Caller, filters: Filters, limit: int, cursor: str | None) -> tuple[str, str | None]:
    """Return the next lines, by user name, and where to go on; null at the end."""
    items, after = _page(work, _matching(caller, filters), "username", "asc", limit, cursor)
    return tabular.lines([[getattr(each, name) for name in _CSV_MEMBERS] for each in items]), after


def _cursor(value: Any, last: str) -> str:  # noqa: ANN401 - the sorted column's value
    at = value.isoformat() if isinstance(value, datetime) else value
    return protocol.b64u(json.dumps([at, last], ensure_ascii=False).encode())


def _after(by: Any, order: str, cursor: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    try:
        text, last = (str(part) for part in json.loads(protocol.unb64u(cursor)))
        f"{text}{last}".encode()  # a lone surrogate is no text
        value: datetime | int | str = text
        if by is tables.User.created_at:
            value = _moment(text)
        elif any(by is _SORTS[each] for each in _NUMBERS):
            value = _whole(text)
    except (ValueError, TypeError) as error:
        raise Problem(422, "invalid", "This cursor is not one of ours", fields={"cursor": "unknown"}) from error
    if order == "asc":
        return or_(by > value, and_(by == value, tables.User.id > last))
    return or_(by < value, and_(by == value, tables.User.id < last))


def _whole(text: str) -> int:
    number = int(text)
    if not -1 <= number < 1 << 63:  # below nothing is what is not known
        message = "a number that no column holds"
        raise ValueError(message)
    return number


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
    return _shown(*found)


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
        enabled=call.enabled,
        storage_limit=call.storage_limit,
        created_at=now,
    )
    placing.place(work, caller, row, call.model_dump(exclude_unset=True))
    work.session.add(row)
    work.session.flush()
    _record(work, caller, Event.USER_CREATED, row, now)
    return one(work, caller, row.id)


def edit(work: Work, caller: Caller, user: str, call: EditUser, now: datetime) -> User:
    """Change the members that were sent."""
    administrators.require(caller.rights, Permission.USERS_EDIT)
    before = one(work, caller, user)
    row = work.session.get_one(tables.User, before.id)
    sent, known_by = call.model_dump(exclude_unset=True), _known_by(row)
    if sent.keys() & {"company", "destination", "folder"}:
        if row.status == UserStatus.HELD:
            raise deletions.held_already()
        if "company" in sent:
            _check_company(work, caller, sent["company"])
            row.company_id = sent["company"]
        placing.place(work, caller, row, sent)
    if sent.get("enabled") is not None:
        row.enabled = sent["enabled"]
    if "storage_limit" in sent:
        row.storage_limit = sent["storage_limit"]
    if sent.get("username"):
        _check_username(work, sent["username"], row.id)
        row.username, row.username_key = sent["username"], sent["username"].casefold()
    if sent.get("name"):
        row.name, row.name_key = sent["name"], sent["name"].casefold()
    if _known_by(row) != known_by:
        row.changed_at, row.changed_by = now, caller.account.username
    work.session.flush()
    _record(work, caller, Event.USER_CHANGED, row, now)
    return one(work, caller, row.id)


def _known_by(row: tables.User) -> tuple[str | None, ...]:
    return row.username, row.name, row.company_id, row.destination_id, row.folder


def restore(work: Work, caller: Caller, user: str, now: datetime) -> User:
    """Call a deletion off while its user is on hold; with its end, one of both is done and the other is not."""
    if not any(caller.rights.may(each) for each in (Permission.USERS_DELETE, Permission.USERS_EDIT)):
        raise administrators.forbidden()
    one(work, caller, user)
    row, by = deletions.held_of(work, user), caller.account.username
    called_off = DeletionStatus.CALLED_OFF
    if row is None or not deletions.end(work, row, called_off, now, username=by, source=caller.source):
        raise deletions.not_held()
    return one(work, caller, user)


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
        parameters={
            "username": row.username,
            "name": row.name,
            "company": row.company_id,
            "enabled": row.enabled,
            "destination": row.destination_id,
            "folder": row.folder,
            "storage_limit": row.storage_limit,
        },
        company=row.company_id,
    )
    work.publish(Topic.USERS, subject=row.id)


def _shown(row: tables.User, company_name: str | None, destination_name: str | None, deletion: Deletion | None) -> User:
    return User(
        id=row.id,
        username=row.username,
        name=row.name,
        company=row.company_id,
        company_name=company_name,
        status=UserStatus(row.status),
        created_at=row.created_at,
        enabled=row.enabled,
        destination=row.destination_id,
        destination_name=destination_name,
        folder=row.folder,
        storage_limit=row.storage_limit,
        bytes=row.bytes,
        objects=row.objects,
        measured_at=row.measured_at,
        held_until=row.held_until,
        deletion=in_short(deletion),
    )
