"""A database that was just put back: what was ended since the backup stays ended, what was open is closed."""

from datetime import datetime

from sqlalchemy import func, select, update

from server.contract.enrolment import EnrolmentStatus
from server.contract.permission import Role
from server.contract.request import RequestStatus
from server.contract.topic import Topic
from server.domain.audit import Event
from server.services import emptying
from server.services.administrators import is_enabled
from server.store import tables
from server.store.accounts import delete_account, disable_account
from server.store.audit_log import first_broken, record
from server.store.backup import NotABackup
from server.store.enabled import set_off, was_taken_away
from server.store.endings import (
    OPEN_ENROLMENT,
    end_api_key,
    end_enrolment,
    end_other_sessions,
    leave_pending,
    pending_requests,
    revoke_device,
)
from server.store.ledger import Ledger
from server.store.mark import knows_since, set_lost
from server.store.names import keep_all
from server.store.recovery import end_codes
from server.store.totp import end_setups, end_totp
from server.store.work import Work


def settle(work: Work, ledger: Ledger, now: datetime) -> bool:
    """Apply the ledger and close what was open; whether the ledger knows what was ended since this backup.

    Raises `NotABackup` where the file is not this server's, or changed, or nobody could sign in as a provider.
    """
    if work.session.scalar(select(tables.Organisation.server_key)) != work.keys.fingerprint:
        message = "this backup belongs to another server's key file"
        raise NotABackup(message)
    held, broken = first_broken(work)
    if broken is not None:
        message = f"the audit log in this backup is broken after {held} events"
        raise NotABackup(message)
    written_until = work.session.scalar(select(func.max(tables.AuditEvent.at)))
    known = written_until is not None and knows_since(work, written_until)
    set_lost(work)
    if not known:
        keep_all(work)
    _end_requests(work, now)
    emptying.stop_all(work, now)
    _end_access(work, now)
    _end_devices(work, ledger, now, known=known)
    _end_codes(work, now, known=known)
    _end_accounts(work, ledger, now, known=known)
    for administrator in work.session.scalars(select(tables.Administrator)).all():
        if was_taken_away(work, administrator):  # turned on after the backup: from now on a grant does it again
            set_off(work, administrator.id)
    _require_provider(work)
    for account, at in ledger.ended("two_factor").items():
        found = work.session.get(tables.Administrator, account)
        if found is not None and written_until is not None and at > written_until:
            found.method = None
            if at <= ledger.ended("reset").get(account, written_until):
                found.reset_at = now  # else an old backup would let the password alone read again
            end_totp(work, account, now)
            end_codes(work, account, now)
    record(work, Event.ORGANISATION_RESTORED, now, parameters={"events": held, "ledger": known})
    work.publish(Topic.ALL)
    return known


def _end_requests(work: Work, now: datetime) -> None:
    for request in pending_requests(work):
        leave_pending(work, request, RequestStatus.VOID, now, void_reason="restored")
    for status, to in ((RequestStatus.APPROVED, RequestStatus.VOID), (RequestStatus.EXECUTING, RequestStatus.UNKNOWN)):
        work.session.execute(update(tables.Request).where(tables.Request.status == status).values(status=to))


def _end_access(work: Work, now: datetime) -> None:
    unfinished = select(tables.Enrolment).where(tables.Enrolment.status.in_(OPEN_ENROLMENT))
    for enrolment in work.session.scalars(unfinished).all():
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    for account in work.session.scalars(select(tables.Administrator)).all():
        end_other_sessions(work, account.id, now)
    for table in (tables.Grant, tables.Invitation):
        work.session.execute(update(table).where(table.used_at.is_(None)).values(used_at=now))


def _end_devices(work: Work, ledger: Ledger, now: datetime, *, known: bool) -> None:
    """Revoke what was revoked since; without a whole ledger nobody knows, so every phone."""
    for device in work.session.scalars(select(tables.Device).where(tables.Device.status != "revoked")).all():
        if not known or device.id in ledger.ended("device"):
            revoke_device(work, device, now)


def _end_codes(work: Work, now: datetime, *, known: bool) -> None:
    """Without a whole ledger nobody knows which recovery codes and TOTP steps were used since: none counts.

    With it, those that it has do not count, whatever the rows say.
    """
    for account in work.session.scalars(select(tables.Administrator)).all():
        end_setups(work, account.id, now)
        if not known:
            end_totp(work, account.id, now)
            end_codes(work, account.id, now)


def _end_accounts(work: Work, ledger: Ledger, now: datetime, *, known: bool) -> None:
    """Delete and disable whom the ledger has as that, and end its ended API keys; without a whole one, every key."""
    for account in work.session.scalars(
        select(tables.Administrator).where(tables.Administrator.deleted_at.is_(None))
    ).all():
        if account.id in ledger.ended("administrator"):
            delete_account(work, account, now, username=account.username)
        elif account.id in ledger.ended("access"):
            disable_account(work, account, now)
    for key in work.session.scalars(select(tables.ApiKey).where(tables.ApiKey.ended_at.is_(None))).all():
        if not known or key.id in ledger.ended("api_key"):
            end_api_key(work, key, now)


def _require_provider(work: Work) -> None:
    """Raise where every provider of the backup has been disabled or deleted since: nobody could sign in any more."""
    left = work.session.scalars(select(tables.Administrator).where(tables.Administrator.role == Role.PROVIDER)).all()
    if not any(is_enabled(work, provider) and provider.password_hash is not None for provider in left):
        message = "every provider of this backup was disabled or deleted since: with it nobody could sign in any more"
        raise NotABackup(message)
