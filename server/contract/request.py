"""Approval requests as the console sees them."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from server.contract.message import Answer, Time


class Kind(StrEnum):
    """What a request is about: the own account, or others' things."""

    AUTHENTICATION = "authentication"
    MANAGEMENT = "management"


class RequestStatus(StrEnum):
    """States of a request (protocol, section 4)."""

    PENDING = "pending"
    APPROVED = "approved"
    EXECUTING = "executing"
    EXECUTED = "executed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOID = "void"


class Target(Answer):
    """One thing that is acted on, frozen when the request was made."""

    type: str
    id: str
    name: str


class DecidedBy(Answer):
    """Who ended the request: a device, TOTP, a recovery code, or an administrator who cancelled it."""

    type: str
    name: str


class Push(Answer):
    """When the push service took the message that wakes the phone, and when the phone opened the request."""

    sent_at: Time | None = None
    opened_at: Time | None = None


BY_API_KEY = "asked by an API key"
"""The notice by which a request is known to be a key's, whose name is that of the device then."""


class Request(Answer):
    """`code` and `qr` only go to the session that asked, and only while it waits."""

    id: str
    action: str
    kind: Kind
    title: str
    summary: str
    status: RequestStatus
    requested_by: str
    device_name: str
    application: str
    ip: str
    notices: list[str]
    target: list[Target]
    parameters: dict[str, Any]
    consequence: str
    reason: str
    code: str | None = None
    qr: str | None = None
    created_at: Time
    expires_at: Time
    decided_at: Time | None = None
    decided_by: DecidedBy | None = None
    result: dict[str, Any] | None = None
    push: Push = Push()
    device: str | None = None
    """Name of the phone that it waits for."""
    verification: str | None = None
    """How that phone is unlocked: `webauthn`, or `PIN`."""
    methods: list[str] = Field(default_factory=list)
    """By what it can be confirmed while it waits: `phone`, `totp`, `recovery_code`."""
    void_reason: str | None = None
    now: Time
    """The server's clock when this was written, for countdowns."""


class RequestAnswer(Answer):
    """A request inside another answer."""

    request: Request
