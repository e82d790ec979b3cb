"""The state of two-factor authentication: one's own, and its reset on the server's host."""

from datetime import datetime

from server.contract.problem import Problem
from server.contract.two_factor import Device, PushTest, TwoFactor
from server.services import administrators, ways
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import Source
from server.store.devices import active_device, is_away, verification_of
from server.store.names import require_name
from server.store.probation import probation_until
from server.store.recovery import last_set, living_codes, used_codes
from server.store.resetting import reset_two_factor
from server.store.totp import has_totp
from server.store.work import Work

_HOST = Source(application="countersign-server")


def shown(work: Work, caller: Caller, now: datetime) -> TwoFactor:
    """Return method, phone, and how many recovery codes are left."""
    account = caller.account
    row, made = active_device(work, account.id), last_set(work, account.id)
    return TwoFactor(
        enabled=account.method is not None,
        method=account.method,
        device=_device(work, row, now) if row else None,
        recovery_codes_left=len(living_codes(work, account.id)),
        recovery_codes_saved_at=made.saved_at if made else None,
        recovery_codes_used_at=list(used_codes(work, account.id)),
        authenticator=has_totp(work, account.id),
        recovery_codes_made_at=made.created_at if made else None,
        totp_confirms=ways.totp_confirms(work),
    )


def _device(work: Work, row: tables.Device, now: datetime) -> Device:
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
        probation_until=probation_until(work, row.administrator_id, now),
        away=is_away(row, now),
    )


def reset(work: Work, username: str, now: datetime) -> str:
    """Reset it on the server's host; return the grant with which a new phone is enrolled."""
    account = administrators.named(work, username)
    if account is None:
        raise Problem(404, "administrator_not_found", f"There is no administrator {username}")
    require_name(work, account)
    return reset_two_factor(work, account, now, username=account.username, by="the server's host", source=_HOST)
