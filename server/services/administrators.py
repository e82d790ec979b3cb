"""Accounts of administrators, as they are looked up, checked and shown."""

from typing import Any

from sqlalchemy import select

from server.contract.administrator import Administrator, Me
from server.contract.message import Page
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.domain.permissions import Rights
from server.store import tables
from server.store.work import Work


def forbidden() -> Problem:
    """Return the refusal."""
    return Problem(403, "forbidden", "You do not have the permission for this", "Ask a provider for it.")


def rights(account: tables.Administrator) -> Rights:
    """Return what the account holds."""
    return Rights.of(account.role, account.companies, account.permissions)


def require(account: tables.Administrator, permission: Permission | None) -> None:
    """Raise 403 `forbidden` unless the account holds it."""
    if not rights(account).may(permission):
        raise forbidden()


def named(work: Work, username: str) -> tables.Administrator | None:
    """Find an account by its user name, without regard to case."""
    return work.session.scalar(
        select(tables.Administrator).where(tables.Administrator.username_key == username.lower())
    )


def password_hash_of(work: Work, username: str) -> str | None:
    """Return the encoded hash of an account's password, null where there is none."""
    account = named(work, username)
    return account.password_hash if account else None


def shown(account: tables.Administrator) -> Administrator:
    """Return the account as others see it."""
    return Administrator(**_members(account))


def me(work: Work, account: tables.Administrator) -> Me:
    """Return the own account."""
    organisation = work.session.get_one(tables.Organisation, 1)
    return Me(
        **_members(account),
        organisation=organisation.name,
        grant_required=work.marked and account.method is None,
    )


def _members(account: tables.Administrator) -> dict[str, Any]:
    held = rights(account)
    return {
        "id": account.id,
        "username": account.username,
        "name": account.name,
        "email": account.email,
        "role": Role(account.role),
        "companies": account.companies,
        "permissions": sorted(held.permissions),
        "two_factor": account.method is not None,
        "created_at": account.created_at,
    }


def listed(work: Work, by: tables.Administrator) -> Page[Administrator]:
    """Return all administrators; without the permission to edit them, only oneself."""
    everyone = select(tables.Administrator).order_by(tables.Administrator.username_key)
    if not rights(by).may(Permission.ADMINISTRATORS_EDIT):
        everyone = everyone.where(tables.Administrator.id == by.id)
    items = [shown(account) for account in work.session.scalars(everyone)]
    return Page(items=items, total=len(items))
