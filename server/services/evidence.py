"""What a decision is, and what is kept of it so that an outsider can verify it years later (protocol, section 5)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from server import protocol
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.domain.audit import Event
from server.keys import ServerKeys
from server.services import requests
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import record
from server.store.work import Work


@dataclass(frozen=True)
class Decision:
    """What the phone sealed."""

    decision: str
    code: str
    reason: str
    sig: bytes
    webauthn: dict[str, Any] | None

    @property
    def approves(self) -> bool:
        """Whether it is an approval."""
        return self.decision == "approve"


@dataclass(frozen=True)
class Evidence:
    """A verified decision, and all that was verified."""

    device: tables.Device
    row: tables.Request
    decision: Decision
    challenge: bytes
    now: datetime

    def told(self, keys: ServerKeys) -> dict[str, Any]:
        """Return it as the audit log keeps it, with the device statement as it is by now."""
        device, row, decision = self.device, self.row, self.decision
        decided_at = int(self.now.timestamp())
        signature = device.statement_signature
        return {
            "v": protocol.VERSION,
            "details": protocol.b64u(row.details),
            "info": protocol.b64u(protocol.request_info(device.id, row.id)),
            "server_signature": protocol.b64u(row.server_signature),
            "decision": decision.decision,
            "reason": decision.reason,
            "code": decision.code,
            "sig": protocol.b64u(decision.sig),
            "webauthn": decision.webauthn,
            "statement": protocol.b64u(device.statement) if device.statement else None,
            "statement_signature": protocol.b64u(signature) if signature else None,
            "decided_at": decided_at,
            "receipt": protocol.b64u(keys.sign(protocol.receipt_message(self.challenge, decided_at))),
            "ssk": protocol.b64u(keys.ssk_point),
        }


def exported(work: Work, caller: Caller, request: str, now: datetime) -> dict[str, Any]:
    """Return the evidence of a request that was decided on a phone, as `countersign-server verify` takes it.

    A phone that was not bound to the account yet, and rejected that, proves nothing to others.
    """
    row = requests.visible(work, caller, request, now)
    decided = tables.AuditEvent.event.in_((Event.REQUEST_APPROVED, Event.REQUEST_REJECTED))
    line = work.session.scalar(select(tables.AuditEvent).where(tables.AuditEvent.request == row.id, decided))
    kept: dict[str, Any] | None = json.loads(line.body).get("evidence") if line else None
    if kept is None or kept["statement"] is None:
        void = row.status == RequestStatus.VOID
        why = "What a phone said of it came too late." if void else "No phone has decided it."
        raise Problem(409, "no_evidence", "There is no evidence of this request", why)
    if kept["webauthn"] is not None:
        kept["webauthn"]["response"].pop("userHandle", None)  # kept once, though nobody signs it
    record(
        work,
        Event.AUDIT_EXPORTED,
        now,
        username=caller.account.username,
        source=caller.source,
        request=row.id,
        parameters={"format": "evidence"},
        company=row.company,
    )
    return kept
