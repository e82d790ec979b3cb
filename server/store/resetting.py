"""Takes an account's two-factor authentication away, whoever decided that, and gives it a new start."""

from datetime import datetime

from server.contract.enrolment import EnrolmentStatus
from server.contract.notice import NoticeKind
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store.audit_log import Source, record
from server.store.devices import active_device
from server.store.enabled import set_off
from server.store.endings import end_enrolment, end_other_sessions, open_enrolments, revoke_device
from server.store.grants import end_grants, give_grant
from server.store.mark import set_lost
from server.store.notices import tell_widely
from server.store.probation import end_probation
from server.store.recovery import end_codes
from server.store.tables import Administrator
from server.store.totp import end_totp
from server.store.work import Work


def reset_two_factor(
    work: Work, account: Administrator, now: datetime, *, username: str, by: str, source: Source
) -> str:
    """Cut the account's phone off and end its sessions; return the grant with which a new phone is enrolled.

    `username` decided it, `by` says in which way. The organisation's mark stays, so that the password alone does not
    become a phone; until there is one, the account can do nothing else.
    """
    if (device := active_device(work, account.id)) is not None:
        revoke_device(work, device, now, wake=True)
    for enrolment in open_enrolments(work, account.id):
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    end_grants(work, account.id, now)
    end_totp(work, account.id, now)
    end_codes(work, account.id, now)
    end_probation(work, account.id)
    if account.method is not None:
        work.mark(on=True)
    set_lost(work)
    account.method, account.reset_at = None, (account.reset_at or now) if work.marked else None
    set_off(work, account.id)
    if account.reset_at is not None:
        work.keep_ended("reset", account.id)
    work.session.flush()
    end_other_sessions(work, account.id, now)
    subject = [{"type": "administrator", "id": account.id, "name": account.username}]
    record(work, Event.TWO_FACTOR_RESET, now, username=username, source=source, target=subject, by=by)
    tell_widely(work, account, NoticeKind.TWO_FACTOR_RESET, now, source=source)
    work.publish(Topic.ADMINISTRATORS, subject=account.id)
    return give_grant(work, account.id, now)
