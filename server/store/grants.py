"""Grants: what an account without two-factor needs beside its password to enrol a phone, once others have it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from server import protocol
from server.contract.problem import Problem
from server.store.ids import new_token
from server.store.tables import Administrator, Grant
from server.store.work import Work

LASTS = timedelta(days=7)
_USED = "grant"


def give_grant(work: Work, administrator: str, now: datetime) -> str:
    """Make a grant: 32 bytes, b64u; told once, kept as an HMAC bound to the account."""
    grant = new_token()
    hashed = grant_hash(work, administrator, grant)
    work.session.add(Grant(token_hash=hashed, administrator_id=administrator, expires_at=now + LASTS))
    work.session.flush()
    return grant


def grant_hash(work: Work, administrator: str, grant: str) -> bytes:
    """Return by what a grant is kept."""
    return work.keys.mac("grant", administrator, grant)


def find_grant(work: Work, administrator: str, grant: str, now: datetime) -> bytes | None:
    """Return the hash of a grant that this account may use now."""
    hashed = grant_hash(work, administrator, grant)
    usable = select(Grant.token_hash).where(Grant.token_hash == hashed, Grant.used_at.is_(None), Grant.expires_at > now)
    found = work.session.scalar(usable)
    return None if found is None or _is_used(work, found) else found


def required_grant(work: Work, account: Administrator, grant: str | None, now: datetime) -> bytes | None:
    """Return the hash of a usable grant; raises 403 where an account without two-factor authentication needs one."""
    granted = find_grant(work, account.id, grant, now) if grant else None
    if account.method is None and work.marked and granted is None:
        raise grant_required(given=bool(grant))
    return granted


def grant_required(*, given: bool = False) -> Problem:
    """Return the refusal of an account that needs a grant, or needs another one than it has `given`."""
    if given:
        return Problem(
            403,
            "grant_required",
            "This is not a grant of this account, or it was used, or its time is over",
            "Compare it letter by letter, or have a provider reset two-factor authentication: that gives a new one.",
        )
    return Problem(
        403,
        "grant_required",
        "This account needs a one-time grant to set up two-factor authentication",
        "It comes with an invitation, or a provider gives you one.",
    )


def grant_proof(work: Work, what: str, grant: bytes | None) -> bytes | None:
    """Return what shows that `what`, an enrolment or a set-up, was begun with this grant, and not by a written row."""
    return None if grant is None else work.keys.mac("granted", what, protocol.b64u(grant))


def require_still_granted(
    work: Work, account: Administrator, what: str, grant: bytes | None, proof: bytes | None
) -> None:
    """Raise 403 where an account needs a grant by now, and what was begun has none that still counts."""
    if account.method is not None or not work.marked:
        return
    row = work.session.get(Grant, grant) if grant is not None else None
    usable = row is not None and row.used_at is None and not _is_used(work, row.token_hash)
    if not usable or proof is None or proof != grant_proof(work, what, grant):
        raise grant_required()


def end_grants(work: Work, administrator: str, now: datetime) -> None:
    """Use up all that an account still has."""
    unused = update(Grant).where(Grant.administrator_id == administrator, Grant.used_at.is_(None))
    for hashed in work.session.scalars(unused.values(used_at=now).returning(Grant.token_hash)).all():
        work.keep_ended(_USED, protocol.b64u(hashed))


def _is_used(work: Work, hashed: bytes) -> bool:
    return protocol.b64u(hashed) in work.ledger.ended(_USED)
