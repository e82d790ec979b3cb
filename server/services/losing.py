"""A lost phone: cut off at once, with everything that it could still decide."""

from datetime import datetime

from server.contract.enrolment import EnrolmentStatus
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.two_factor import TwoFactor
from server.domain.audit import Event
from server.services import administrators, limits, two_factor, ways
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
from server.store.recovery import burn_code, living_codes
from server.store.totp import end_totp, has_totp
from server.store.work import Work


def report(
    work: Work, caller: SessionCaller, verified: str | None, code: str | None, now: datetime
) -> TwoFactor | Problem:
    """Report one's own phone as lost from a session, by a recovery code; two-factor authentication stays on.

    The password alone is not enough: who has stolen a session and knows it would cut the owner's phone off.
    """
    account, by = caller.account, limits.Known(session=caller.session.id)
    if account.password_hash is None or account.password_hash != verified:
        raise administrators.wrong_password()
    typed = require_reportable(work, account, code)
    if (refused := limits.too_many_codes(work, account, by, now)) is not None:
        return refused
    if not burn_code(work, account.id, typed, now):
        limits.count_code(work, account, by, caller.source, now)
        record(work, Event.RECOVERY_CODE_REFUSED, now, username=account.username, source=caller.source)
        return Problem(422, "wrong_code", "This code is wrong, or was used", "Each code counts once.")
    tell_widely(work, account, NoticeKind.RECOVERY_CODE_USED, now, source=caller.source)
    cut_off(work, account, caller.source, caller.session, now)
    return two_factor.shown(work, caller, now)


def require_reportable(work: Work, account: tables.Administrator, code: str | None) -> str:
    """Return the code; raise 409 for an account that has nothing to cut off, 403 where a code is missing."""
    if account.method is None:
        raise Problem(409, "not_enabled", "Two-factor authentication is off")
    if kept_device(work, account.id) is None and not has_totp(work, account.id):
        raise Problem(409, "no_phone", "This account has no phone to cut off", "Set a new one up.")
    if code is None or not living_codes(work, account.id):
        raise Problem(
            403,
            "recovery_code_required",
            "A phone is reported as lost with a recovery code",
            "Where you have none, a colleague resets your two-factor authentication, or whoever runs the server does, "
            "with countersign-server admin reset-two-factor: both cut the phone off.",
        )
    return code


def cut_off(work: Work, account: tables.Administrator, source: Source, keep: tables.Session, now: datetime) -> None:
    """Revoke phone and authenticator app, void what waits, end every session but `keep`, by a code that was right."""
    for request in pending_requests(work, tables.Request.administrator_id == account.id):
        leave_pending(work, request, RequestStatus.VOID, now, void_reason="phone_lost")
    for enrolment in open_enrolments(work, account.id):
        if enrolment.session_id != keep.id:
            end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    device = kept_device(work, account.id)
    if device is not None or has_totp(work, account.id):
        told = [{"type": "device", "id": device.id, "name": device.name}] if device else None
        record(
            work,
            Event.PHONE_LOST,
            now,
            username=account.username,
            source=source,
            target=told,
            device=device,
            verification=ways.RECOVERY_CODE,
        )
        tell_widely(work, account, NoticeKind.PHONE_LOST, now, source=source, phone=device.name if device else "")
    if device is not None:
        revoke_device(work, device, now, wake=True)
    end_totp(work, account.id, now)
    end_other_sessions(work, account.id, now, keep.id, consoles=False)
