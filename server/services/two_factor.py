"""The state of two-factor authentication: one's own, and its reset on the server's host."""

from datetime import datetime, timedelta

from server.contract.enrolment import EnrolmentStatus
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.contract.two_factor import Device, PushTest, TwoFactor
from server.domain.audit import Event
from server.services import administrators
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import Source, record
from server.store.devices import active_device, verification_of
from server.store.endings import end_enrolment, end_other_sessions, open_enrolments, revoke_device
from server.store.grants import end_grants, give_grant
from server.store.notices import providers, tell
from server.store.work import Work

AWAY = timedelta(days=7)
_HOST = Source(application="countersign-server")


def shown(work: Work, caller: Caller, now: datetime) -> TwoFactor:
    """Return method and phone."""
    row = active_device(work, caller.account.id)
    return TwoFactor(
        enabled=caller.account.method is not None,
        method=caller.account.method,
        device=_device(row, now) if row else None,
        recovery_codes_left=0,
        recovery_codes_saved_at=None,
        recovery_codes_used_at=[],
    )


def _device(row: tables.Device, now: datetime) -> Device:
    return Device(
        id=row.id,
        name=row.name,
        platform=row.platform,
        verification=verification_of(row),
        enrolled_at=row.enrolled_at,
        last_seen_at=row.last_seen_at,
        push=row.push is not None,
        push_problem=row.push_problem or ("off" if row.push is None else None),
        push_sent_at=row.push_sent_at,
        push_test=PushTest.model_validate(row.push_test) if row.push_test else None,
        muted_until=row.muted_until if row.muted_until and row.muted_until > now else None,
        away=(row.last_seen_at or row.enrolled_at) <= now - AWAY,
    )


def reset(work: Work, username: str, now: datetime) -> str:
    """Cut an account's phone off and end its sessions; return the grant with which a new phone is enrolled.

    The organisation's mark stays, so that the password alone does not become a phone.
    """
    account = administrators.named(work, username)
    if account is None:
        raise Problem(404, "administrator_not_found", f"There is no administrator {username}")
    if (device := active_device(work, account.id)) is not None:
        revoke_device(work, device, now)
    for enrolment in open_enrolments(work, account.id):
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    end_grants(work, account.id, now)
    end_other_sessions(work, account.id, now, keep=None)
    account.method = None
    work.keep_ended("two_factor", account.id)
    subject = [{"type": "administrator", "id": account.id, "name": account.username}]
    record(work, Event.TWO_FACTOR_RESET, now, username=account.username, target=subject, by="the server's host")
    for told in {account.id, *(provider.id for provider in providers(work))}:
        tell(work, told, NoticeKind.TWO_FACTOR_RESET, now, username=account.username, source=_HOST)
    work.publish(Topic.ADMINISTRATORS, subject=account.id)
    return give_grant(work, account.id, now)
