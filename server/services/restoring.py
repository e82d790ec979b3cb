"""A database that was just put back: what was ended since the backup stays ended, what was open is closed."""

from datetime import datetime

from sqlalchemy import func, select, update

from server.contract.enrolment import EnrolmentStatus
from server.contract.request import RequestStatus
from server.contract.topic import Topic
from server.domain.audit import Event
from server.store import tables
from server.store.accounts import delete_account, disable_account
from server.store.audit_log import first_broken, record
from server.store.backup import NotABackup
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
from server.store.work import Work


def settle(work: Work, ledger: Ledger, now: datetime) -> None:
    """Apply the ledger and close what was open; raises `NotABackup` where the file is not this server's, or changed."""
    if work.session.scalar(select(tables.Organisation.server_key)) != work.keys.fingerprint:
        message = "this backup belongs to another server's key file"
        raise NotABackup(message)
    held, broken = first_broken(work)
    if broken is not None:
        message = f"the audit log in this backup is broken after {held} events"
        raise NotABackup(message)
    written_until = work.session.scalar(select(func.max(tables.AuditEvent.at)))
    _end_requests(work, now)
    _end_access(work, now)
    _end_devices(work, ledger, now)
    _end_accounts(work, ledger, now)
    for account, at in ledger.ended("two_factor").items():
        found = work.session.get(tables.Administrator, account)
        if found is not None and written_until is not None and at > written_until:
            found.method = None
    record(work, Event.ORGANISATION_RESTORED, now, parameters={"events": held, "ledger": ledger.exists})
    work.publish(Topic.ALL)


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
        end_other_sessions(work, account.id, now, keep=None)
    for table in (tables.Grant, tables.Invitation):
        work.session.execute(update(table).where(table.used_at.is_(None)).values(used_at=now))


def _end_devices(work: Work, ledger: Ledger, now: datetime) -> None:
    """Revoke what was revoked since; without a ledger nobody knows, so every phone."""
    for device in work.session.scalars(select(tables.Device).where(tables.Device.status != "revoked")).all():
        if not ledger.exists or device.id in ledger.ended("device"):
            revoke_device(work, device, now)


def _end_accounts(work: Work, ledger: Ledger, now: datetime) -> None:
    """Delete and disable whom the ledger has as that, and end its ended API keys; without a ledger, every key."""
    for account in work.session.scalars(
        select(tables.Administrator).where(tables.Administrator.deleted_at.is_(None))
    ).all():
        if account.id in ledger.ended("administrator"):
            delete_account(work, account, now, username=account.username)
        elif account.id in ledger.ended("access"):
            disable_account(work, account, now)
    for key in work.session.scalars(select(tables.ApiKey).where(tables.ApiKey.ended_at.is_(None))).all():
        if not ledger.exists or key.id in ledger.ended("api_key"):
            end_api_key(work, key, now)
