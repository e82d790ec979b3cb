"""The audit log's rules: what its events are called, and how each line is chained to the one before."""

from enum import StrEnum

from server import protocol
from server.contract.audit import Outcome
from server.contract.request import RequestStatus

GENESIS = bytes(32)


class Event(StrEnum):
    """Every audit event there is, `subject:verb`."""

    ORGANISATION_CREATED = "organisation:created"
    ORGANISATION_RESTORED = "organisation:restored"
    KEY_ROTATED = "organisation:key_rotated"
    ADMINISTRATOR_CREATED = "administrator:created"
    ADMINISTRATOR_CHANGED = "administrator:changed"
    ADMINISTRATOR_DISABLED = "administrator:disabled"
    ADMINISTRATOR_ENABLED = "administrator:enabled"
    ADMINISTRATOR_DELETED = "administrator:deleted"
    PASSWORD_CHANGED = "password:changed"  # noqa: S105 - what happened, not a password
    PASSWORD_REFUSED = "password:refused"  # noqa: S105 - what happened, not a password
    API_KEY_CREATED = "api_key:created"
    API_KEY_ENDED = "api_key:ended"
    TOTP_STARTED = "totp:started"
    TOTP_ACTIVATED = "totp:activated"
    PHONE_LOST = "device:lost"
    RECOVERY_CODES_SAVED = "recovery_codes:saved"
    RECOVERY_CODE_REFUSED = "recovery_codes:refused"
    TWO_FACTOR_RESET = "administrator:two_factor_reset"
    INVITATION_ACCEPTED = "invitation:accepted"
    SESSION_STARTED = "session:started"
    SESSION_MOVED = "session:moved"
    SESSION_REFUSED = "session:refused"
    SESSION_ENDED = "session:ended"
    CALL_REFUSED = "call:refused"
    REQUEST_CREATED = "request:created"
    REQUEST_WRONG_CODE = "request:wrong_code"
    REQUEST_REFUSED = "request:refused"
    REQUEST_APPROVED = "request:approved"
    REQUEST_EXECUTING = "request:executing"
    REQUEST_EXECUTED = "request:executed"
    REQUEST_FAILED = "request:failed"
    REQUEST_UNKNOWN = "request:unknown"
    REQUEST_REJECTED = "request:rejected"
    REQUEST_EXPIRED = "request:expired"
    REQUEST_CANCELLED = "request:cancelled"
    REQUEST_VOID = "request:void"
    DECISION_REFUSED = "decision:refused"
    ACTION_EXECUTED = "action:executed"
    ENROLMENT_STARTED = "enrolment:started"
    ENROLMENT_REFUSED = "enrolment:refused"
    ENROLMENT_CLAIMED = "enrolment:claimed"
    ENROLMENT_CONFIRMED = "enrolment:confirmed"
    ENROLMENT_VOID = "enrolment:void"
    ENROLMENT_EXPIRED = "enrolment:expired"
    DEVICE_ACTIVATED = "device:activated"
    DEVICE_REVOKED = "device:revoked"
    DEVICE_WRONG_PIN = "device:wrong_pin"
    DEVICE_PUSH_LOST = "device:push_lost"
    USER_CREATED = "user:created"
    USER_CHANGED = "user:changed"
    USER_HELD = "user:held"
    USER_RESTORED = "user:restored"
    USER_DELETION_STARTED = "user:deletion_started"
    USER_DELETION_STOPPED = "user:deletion_stopped"
    USER_DELETION_REPORTED = "user:deletion_reported"
    USER_DELETION_FAILED = "user:deletion_failed"
    USER_DATA_DELETED = "user:data_deleted"
    USERS_EXPORTED = "users:exported"
    COMPANY_CREATED = "company:created"
    COMPANY_CHANGED = "company:changed"
    STORAGE_ACCOUNT_CREATED = "storage_account:created"
    STORAGE_ACCOUNT_CHANGED = "storage_account:changed"
    STORAGE_ACCOUNT_TESTED = "storage_account:tested"
    STORAGE_ACCOUNT_TEST_FAILED = "storage_account:test_failed"
    STORAGE_PLACE_MADE = "storage_account:place_made"
    DESTINATION_CREATED = "destination:created"
    DESTINATION_CHANGED = "destination:changed"
    DESTINATION_DELETED = "destination:deleted"
    INSTALL_PAGE_OPENED = "install_page:opened"
    INSTALL_PAGE_CLOSED = "install_page:closed"
    AUDIT_EXPORTED = "audit:exported"

    @classmethod
    def of(cls, status: RequestStatus) -> "Event":
        """Name the event of a request that enters `status`."""
        return cls(f"request:{status}")


_OUTCOMES = {
    Event.SESSION_REFUSED: Outcome.DENIED,
    Event.PASSWORD_REFUSED: Outcome.DENIED,
    Event.RECOVERY_CODE_REFUSED: Outcome.DENIED,
    Event.CALL_REFUSED: Outcome.DENIED,
    Event.DECISION_REFUSED: Outcome.DENIED,
    Event.REQUEST_WRONG_CODE: Outcome.DENIED,
    Event.REQUEST_REFUSED: Outcome.DENIED,
    Event.REQUEST_REJECTED: Outcome.DENIED,
    Event.REQUEST_CANCELLED: Outcome.DENIED,
    Event.REQUEST_VOID: Outcome.DENIED,
    Event.REQUEST_EXPIRED: Outcome.EXPIRED,
    Event.REQUEST_FAILED: Outcome.FAILED,
    Event.REQUEST_UNKNOWN: Outcome.FAILED,
    Event.ENROLMENT_REFUSED: Outcome.DENIED,
    Event.ENROLMENT_VOID: Outcome.DENIED,
    Event.ENROLMENT_EXPIRED: Outcome.EXPIRED,
    Event.DEVICE_WRONG_PIN: Outcome.DENIED,
    Event.DEVICE_PUSH_LOST: Outcome.FAILED,
    Event.STORAGE_ACCOUNT_TEST_FAILED: Outcome.FAILED,
    Event.USER_DELETION_FAILED: Outcome.FAILED,
}


def outcome_of(event: Event) -> Outcome:
    """How an event ended."""
    return _OUTCOMES.get(event, Outcome.OK)


def chained(previous: bytes, body: bytes) -> bytes:
    """Return the hash of a line: of the hash before it and its body; the first line follows `GENESIS`."""
    return protocol.sha(protocol.label("countersign/v1 audit") + previous + body)
