"""Accepting an invitation: the first password of an account, and the grant to enrol a phone."""

from datetime import datetime

from sqlalchemy import select, update

from server import protocol
from server.contract.administrator import Created, InvitationAccepted
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.services import administrators
from server.store.audit_log import Source, record
from server.store.grants import give_grant
from server.store.invitations import invitation_hash
from server.store.tables import Administrator, Invitation
from server.store.work import Work

_USED = "invitation"


def gone() -> Problem:
    """Return the refusal."""
    return Problem(
        404, "invitation_not_found", "This invitation is used or over", "Ask the colleague who sent it for a new one."
    )


def invited(work: Work, token: str, now: datetime) -> Administrator:
    """Return the account that an open invitation is for; raises 404."""
    rows = select(Invitation).where(Invitation.used_at.is_(None), Invitation.expires_at > now)
    for row in work.session.scalars(rows).all():
        hashed = invitation_hash(work, row.administrator_id, token, row.expires_at)
        if hashed == row.token_hash and protocol.b64u(hashed) not in work.ledger.ended(_USED):
            account = work.session.get_one(Administrator, row.administrator_id)
            if administrators.is_enabled(work, account):
                return account
    raise gone()


def accept(work: Work, token: str, password_hash: str, ip: str, now: datetime) -> InvitationAccepted:
    """Set the password, once."""
    account = invited(work, token, now)
    used = (
        update(Invitation)
        .where(Invitation.administrator_id == account.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.token_hash)
    )
    if (hashed := work.session.execute(used).scalar_one_or_none()) is None:
        raise gone()
    work.keep_ended(_USED, protocol.b64u(hashed))
    account.password_hash = password_hash
    record(work, Event.INVITATION_ACCEPTED, now, username=account.username, source=Source(ip=ip))
    work.publish(Topic.ADMINISTRATORS, subject=account.id)
    created = Created(id=account.id, username=account.username)
    return InvitationAccepted(administrator=created, grant=give_grant(work, account.id, now))
