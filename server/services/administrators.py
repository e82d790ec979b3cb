"""Accounts of administrators, as they are looked up, checked and shown."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from server.actions.actor import Actor
from server.contract.administrator import Administrator, EditAdministrator, Me
from server.contract.message import Page
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.services import policy, setup
from server.store import tables
from server.store.audit_log import record
from server.store.devices import active_device, is_away
from server.store.enabled import was_taken_away
from server.store.work import Work

if TYPE_CHECKING:
    from server.services.sessions import Caller


def forbidden() -> Problem:
    """Return the refusal."""
    return Problem(403, "forbidden", "You do not have the permission for this", "Ask a provider for it.")


def wrong_password() -> Problem:
    """Return the refusal of a password in a body."""
    return Problem(403, "wrong_password", "The password is wrong", "Type the password of your account.")


def refuse_password(work: Work, caller: "Caller", now: datetime) -> Problem:
    """Leave a trace of a wrong password that was typed in a session; return the refusal."""
    event = Event.PASSWORD_REFUSED
    record(work, event, now, username=caller.account.username, source=caller.source)
    return wrong_password()


def require(held: Rights, permission: Permission | None) -> None:
    """Raise 403 `forbidden` unless it is held."""
    if not held.may(permission):
        raise forbidden()


def is_enabled(work: Work, account: tables.Administrator) -> bool:
    """Whether the account may sign in and ask: neither disabled nor deleted, by its row or by the ledger.

    Nor whose second factor somebody took away in the database: a colleague or the host gives that one a new start.
    """
    by_row = account.disabled_at is None and account.deleted_at is None
    by_ledger = all(account.id not in work.ledger.ended(what) for what in ("access", "administrator"))
    return by_row and by_ledger and not was_taken_away(work, account)


def named(work: Work, username: str) -> tables.Administrator | None:
    """Find an account by its user name, without regard to case."""
    return work.session.scalar(
        select(tables.Administrator).where(tables.Administrator.username_key == username.lower())
    )


def password_hash_of(work: Work, username: str) -> str | None:
    """Return the encoded hash of the password by which an account may sign in, null where there is none."""
    account = named(work, username)
    return account.password_hash if account and is_enabled(work, account) else None


def shown(work: Work, account: tables.Administrator, now: datetime) -> Administrator:
    """Return the account as others see it."""
    return Administrator(**_members(work, account, now))


def me(work: Work, account: tables.Administrator, now: datetime) -> Me:
    """Return the own account."""
    return Me(
        **_members(work, account, now),
        organisation=setup.organisation(work),
        origin=work.origin,
        grant_required=work.marked and account.method is None,
        must_enrol_by=policy.must_enrol_by(work, account),
    )


def _members(work: Work, account: tables.Administrator, now: datetime) -> dict[str, Any]:
    held, invitation = account.rights, work.session.get(tables.Invitation, account.id)
    phone = active_device(work, account.id)
    open_invitation = invitation and invitation.used_at is None and invitation.expires_at > now
    return {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "email": account.email,
        "role": Role(account.role),
        "companies": account.companies,
        "permissions": sorted(held.permissions),
        "two_factor": account.method is not None,
        "phone_away": phone is not None and is_away(phone, now),
        "enabled": account.disabled_at is None,
        "invited": invitation.expires_at if invitation and open_invitation else None,
        "created_at": account.created_at,
    }


def listed(work: Work, by: Actor, now: datetime) -> Page[Administrator]:
    """Return the administrators that lie in one's companies; without the permission to edit them, only oneself."""
    everyone = select(tables.Administrator).where(tables.Administrator.deleted_at.is_(None))
    found = work.session.scalars(everyone.order_by(tables.Administrator.username_key))
    items = [shown(work, account, now) for account in found if _sees(by, account)]
    return Page(items=items, total=len(items))


def one(work: Work, by: Actor, administrator: str, now: datetime) -> Administrator:
    """Return one of them."""
    return shown(work, _visible(work, by, administrator), now)


def edit(work: Work, caller: "Caller", administrator: str, call: EditAdministrator, now: datetime) -> Administrator:
    """Change the members that were sent: one's own, or those of whom one's rights cover."""
    by = caller.actor
    account = _visible(work, by, administrator)
    if account.id != by.id and not by.rights.covers(account.rights):
        raise forbidden()
    sent = call.model_dump(exclude_none=True)
    for name, value in sent.items():
        setattr(account, name, value)
    work.session.flush()
    subject = [{"type": "administrator", "id": account.id, "name": account.username}]
    event = Event.ADMINISTRATOR_CHANGED
    record(work, event, now, username=by.username, source=caller.source, target=subject, parameters=sent)
    work.publish(Topic.ADMINISTRATORS, subject=account.id)
    return shown(work, account, now)


def _sees(by: Actor, account: tables.Administrator) -> bool:
    mine = by.rights.may(Permission.ADMINISTRATORS_EDIT) and by.rights.oversees(account.rights)
    return account.id == by.id or mine


def _visible(work: Work, by: Actor, administrator: str) -> tables.Administrator:
    found = work.session.get(tables.Administrator, administrator)
    if found is None or found.deleted_at is not None or not _sees(by, found):
        raise Problem(404, "administrator_not_found", "This administrator does not exist")
    return found
