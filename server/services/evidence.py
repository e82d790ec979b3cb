"""What a decision is, and what is kept of it so that an outsider can verify it years later (protocol, section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server import protocol
from server.keys import ServerKeys
from server.store import tables


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
