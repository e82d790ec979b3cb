"""Audit events as they are read; how they are chained is `domain.audit`."""

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict

from server.contract.message import Answer, Time
from server.contract.request import Kind, Target


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    DENIED = "denied"
    EXPIRED = "expired"
    FAILED = "failed"


class AuditEvent(Answer):
    """One immutable line; decisions also carry `evidence` (protocol, section 5)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    at: Time
    event: str
    outcome: Outcome
    username: str | None
    device_name: str | None
    application: str | None
    ip: str | None
    action: str | None
    kind: Kind | None
    request: str | None
    target: list[Target] | None
    parameters: dict[str, Any] | None
    reason: str | None
    device: str | None
