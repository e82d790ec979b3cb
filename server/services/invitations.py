"""Accepting an invitation: the first password of an account, and the grant to enrol a phone."""

from datetime import datetime

from sqlalchemy import select, update

from server.contract.administrator import Created, InvitationAccepted
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store.audit_log import Source, record
from server.store.grants import give_grant
from server.store.tables import Administrator, Invitation
from server.store.work import Work


def gone() -> Problem:
    """Return the refusal."""
    return Problem(
        404, "invitation_not_found", "This invitation is used or over", "Ask the colleague who sent it for a new one."
    )


def invited(work: Work, token: str, now: datetime) -> Administrator:
    """Return the account that an open invitation is for; raises 404."""
    hashed = work.keys.mac("invitation", token)
    found = work.session.scalar(
        select(Administrator)
        .join(Invitation, Invitation.administrator_id == Administrator.id)
        .where(Invitation.token_hash == hashed, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .where(Administrator.disabled_at.is_(None), Administrator.deleted_at.is_(None))
    )
    if found is None:
        raise gone()
    return found


def accept(work: Work, token: str, password_hash: str, ip: str, now: datetime) -> InvitationAccepted:
    """Set the password, once."""
    account = invited(work, token, now)
    used = (
        update(Invitation)
        .where(Invitation.administrator_id == account.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.administrator_id)
    )
    if work.session.execute(used).one_or_none() is None:
        raise gone()
    account.password_hash = password_hash
    record(work, Event.INVITATION_ACCEPTED, now, username=account.username, source=Source(ip=ip))
    work.publish(Topic.ADMINISTRATORS, subject=account.id)
    created = Created(id=account.id, username=account.username)
    return InvitationAccepted(administrator=created, grant=give_grant(work, account.id, now))
