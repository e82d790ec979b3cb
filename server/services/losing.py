"""A lost phone: cut off at once, with everything that it could still decide."""

from datetime import datetime

from server.contract.enrolment import EnrolmentStatus
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.two_factor import TwoFactor
from server.domain.audit import Event
from server.services import administrators, two_factor
from server.services.sessions import SessionCaller
from server.store import tables
from server.store.audit_log import Source, record
from server.store.devices import kept_device
from server.store.endings import (
    end_enrolment,
    end_other_sessions,
    leave_pending,
    open_enrolments,
    pending_requests,
    revoke_device,
)
from server.store.notices import tell_widely
from server.store.recovered import recovered_after
from server.store.totp import end_totp, has_totp
from server.store.work import Work


def report(work: Work, caller: SessionCaller, verified: str | None, now: datetime) -> TwoFactor:
    """Report one's own phone as lost from a session; two-factor authentication stays on."""
    account = caller.account
    if account.password_hash is None or account.password_hash != verified:
        raise administrators.wrong_password()
    require_phone(work, account)
    cut_off(work, account, caller.source, caller.session, now)
    return two_factor.shown(work, caller, now)


def require_phone(work: Work, account: tables.Administrator) -> None:
    """Raise 409 for an account that has nothing to cut off."""
    if account.method is None:
        raise Problem(409, "not_enabled", "Two-factor authentication is off")
    if kept_device(work, account.id) is None and not has_totp(work, account.id):  # or a thief ends it all for ever
        raise Problem(409, "no_phone", "This account has no phone to cut off", "Set a new one up.")


def cut_off(work: Work, account: tables.Administrator, source: Source, keep: tables.Session, now: datetime) -> None:
    """Revoke phone and authenticator app, void what waits, end every session but `keep`.

    One that a recovery code opened later is spared too, with the phone that is set up there: a stolen session and the
    password would end the owner's way back, and burn his code.
    """
    kept = {keep.id} | {each.id for each in recovered_after(work, keep, now)}
    for request in pending_requests(work, tables.Request.administrator_id == account.id):
        leave_pending(work, request, RequestStatus.VOID, now, void_reason="phone_lost")
    for enrolment in open_enrolments(work, account.id):
        if enrolment.session_id not in kept:
            end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    device = kept_device(work, account.id)
    if device is not None or has_totp(work, account.id):
        told = [{"type": "device", "id": device.id, "name": device.name}] if device else None
        record(work, Event.PHONE_LOST, now, username=account.username, source=source, target=told, device=device)
        tell_widely(work, account, NoticeKind.PHONE_LOST, now, source=source, phone=device.name if device else "")
    if device is not None:
        revoke_device(work, device, now)
    end_totp(work, account.id, now)
    end_other_sessions(work, account.id, now, *kept, consoles=False)
