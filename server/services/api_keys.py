"""API keys as the console lists and ends them; making one is a protected action."""

from datetime import datetime

from sqlalchemy import select

from server.contract.administrator import Created
from server.contract.api_key import ApiKey
from server.contract.message import Page
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.services import policy
from server.services.sessions import SessionCaller, is_living
from server.store import tables
from server.store.endings import end_api_key
from server.store.work import Work


def listed(work: Work, caller: SessionCaller, now: datetime) -> Page[ApiKey]:
    """Return the living ones, newest first: one's own, or everybody's for a provider."""
    rows = (
        select(tables.ApiKey, tables.Administrator)
        .join(tables.Administrator, tables.Administrator.id == tables.ApiKey.administrator_id)
        .where(tables.ApiKey.ended_at.is_(None))
        .order_by(tables.ApiKey.created_at.desc(), tables.ApiKey.id)
    )
    if caller.rights.role is not Role.PROVIDER:
        rows = rows.where(tables.ApiKey.administrator_id == caller.account.id)
    found = work.session.execute(rows).all()
    items = [_shown(key, owner) for key, owner in found if is_living(work, key, now)]
    return Page(items=items, total=len(items))


def end(work: Work, caller: SessionCaller, key: str, now: datetime) -> None:
    """End it at once; 404 where it is neither one's own nor the caller a provider, 403 without two-factor."""
    found = work.session.get(tables.ApiKey, key)
    others = found is not None and found.administrator_id != caller.account.id
    if found is None or (others and caller.rights.role is not Role.PROVIDER):
        raise _unknown()
    if others and policy.has_password_alone(work, caller.account):
        advice = "That ends keys of others; the own ones end without."
        raise Problem(403, "two_factor_required", "Turn two-factor authentication on first", advice)
    if not end_api_key(work, found, now, username=caller.account.username, source=caller.source):
        raise _unknown()


def _unknown() -> Problem:
    return Problem(404, "api_key_not_found", "This API key does not exist, or has ended")


def _shown(key: tables.ApiKey, owner: tables.Administrator) -> ApiKey:
    return ApiKey(
        id=key.id,
        name=key.name,
        administrator=Created(id=owner.id, username=owner.username),
        companies=key.companies,
        permissions=[Permission(each) for each in key.permissions],
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
