"""How accounts of administrators end: disabled for a while, or deleted for good."""

from datetime import datetime

from sqlalchemy import delete, select

from server.contract.enrolment import EnrolmentStatus
from server.contract.request import RequestStatus
from server.contract.topic import Topic
from server.store.devices import living_devices
from server.store.endings import (
    end_api_key,
    end_enrolment,
    end_other_sessions,
    end_phone_sessions,
    leave_pending,
    open_enrolments,
    pending_requests,
    revoke_device,
)
from server.store.grants import end_grants
from server.store.recovery import end_codes
from server.store.tables import Administrator, ApiKey, Device, Invitation, Request
from server.store.totp import end_setups, end_totp
from server.store.work import Work


def disable_account(work: Work, account: Administrator, now: datetime) -> None:
    """Lock an account out: what waits is void, its sessions, its phone's too, sign-ins and open enrolments end."""
    account.disabled_at = account.disabled_at or now
    work.keep_ended("access", account.id)
    work.session.flush()
    for request in pending_requests(work, Request.administrator_id == account.id):
        leave_pending(work, request, RequestStatus.VOID, now, void_reason="account_disabled")
    for enrolment in open_enrolments(work, account.id):
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    end_setups(work, account.id, now)
    end_other_sessions(work, account.id, now)
    end_phone_sessions(work, now, Device.administrator_id == account.id)
    work.publish(Topic.TWO_FACTOR, owner=account.id)  # its phone's stream ends with that


def enable_account(work: Work, account: Administrator) -> None:
    """Let a disabled account in again."""
    account.disabled_at = None
    work.keep_begun("access", account.id)


def delete_account(work: Work, account: Administrator, now: datetime, *, username: str) -> None:
    """End an account for good, by `username`; its row stays as whom the past names, its user name is free again."""
    disable_account(work, account, now)
    for device in living_devices(work, Device.administrator_id == account.id):
        revoke_device(work, device, now)
    for key in work.session.scalars(select(ApiKey).where(ApiKey.administrator_id == account.id)).all():
        end_api_key(work, key, now, username=username)
    end_grants(work, account.id, now)
    end_totp(work, account.id, now)
    end_codes(work, account.id, now)
    work.session.execute(delete(Invitation).where(Invitation.administrator_id == account.id))
    account.method = account.password_hash = None
    account.username_key = f"deleted {account.id}"  # no user name has a space
    account.deleted_at = now
    work.keep_ended("administrator", account.id)
    work.session.flush()
