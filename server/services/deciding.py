"""The phone's decision: verified, then state, audit event and effect in one transaction (protocol, section 3)."""

import hmac
import json
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import bindparam

from server import passkeys, protocol
from server.actions import REGISTER, ProtectedAction
from server.actions.binding import bind, is_bound
from server.actions.two_factor import EnableTwoFactor
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.domain.audit import Event
from server.services import settling, wrong_codes
from server.services.asking import code_digits
from server.services.evidence import Decision, Evidence
from server.services.quieting import alarm, app_opened
from server.store import tables
from server.store.audit_log import Source
from server.store.devices import is_cut_off
from server.store.endings import end_api_key, end_console, end_session, record_request
from server.store.session import Finding
from server.store.work import Work

LONGEST_MEMBER = 4096
_ASKED = Finding(
    tables.Request, tables.Request.id == bindparam("request"), tables.Request.device_id == bindparam("device")
)
_MEMBERS = {"decision", "code", "reason", "sig", "webauthn"}


def decide(work: Work, device: tables.Device, now: datetime, request_id: str, body: bytes) -> RequestStatus | Problem:
    """Take the decision: the first check that fails answers; 400 and later leave the request as it is, or count."""
    row = _ASKED.first(work.session, request=request_id, device=device.id)
    owner = work.session.get_one(tables.Administrator, device.administrator_id)
    if row is not None and not _speaks_for(work, device, owner, row):
        raise Problem(401, "device_not_bound", "This phone is not bound to the account", "Set it up again.")
    if row is None:
        raise Problem(404, "request_not_found", "This request does not exist")
    settling.require_pending(row, now)
    if (ended := settling.ended_before(work, row, owner, now)) is not None:
        return ended
    decision = _opened(work, device, row, body)
    app_opened(device)
    challenge = protocol.decision_challenge(row.details, decision.decision, decision.reason, decision.code)
    if (refused := _refused(work, device, row, decision, challenge, now)) is not None:
        return refused
    if decision.approves and not _code_is_right(work, row, decision.code):
        return _count_wrong_code(work, row, owner, now)
    action = REGISTER[row.action].model_validate(row.parameters)
    evidence = Evidence(device, row, decision, challenge, now)
    if decision.approves and (why := _void_reason(work, row, owner, action, decision, now)) is not None:
        return settling.void(work, row, now, why, evidence=evidence.told(work.keys))
    by = {"type": "device", "name": device.name}
    if not decision.approves:
        reason = decision.reason
        told = evidence.told(work.keys)
        settling.move(work, row, RequestStatus.REJECTED, now, decided_by=by, reason=reason, evidence=told)
        row.reject_reason = reason or None
        if reason == "not_me":
            _freeze_source(work, row, now)
            alarm(work, device, row, now)
        return RequestStatus.REJECTED
    if isinstance(action, EnableTwoFactor):
        bind(work, device, row.id)
    return settling.approve(work, row, owner, action, now, by, evidence=evidence.told(work.keys))


def _speaks_for(work: Work, device: tables.Device, owner: tables.Administrator, row: tables.Request) -> bool:
    if is_cut_off(work, device):
        return False
    if row.action == EnableTwoFactor.name and device.status == "confirmed":
        return True  # decided under the keys in its parameters, which `target` compares
    return device.status == "active" and is_bound(work, device, owner.username)


def _opened(work: Work, device: tables.Device, row: tables.Request, body: bytes) -> Decision:
    try:
        key = protocol.private_key(work.keys.unseal(row.answer_key or b"", f"requests/{row.id}/answer_key"))
        message = protocol.loads(protocol.open_sealed(key, protocol.answer_info(device.id, row.id), body))
        return _parsed(message)
    except protocol.Malformed as error:
        raise Problem(400, "malformed", "This decision does not open, or is not one") from error


def _parsed(message: dict[str, Any]) -> Decision:
    if set(message) != _MEMBERS:
        _malformed("its members")
    decision, code, reason, webauthn = (message[name] for name in ("decision", "code", "reason", "webauthn"))
    if not all(isinstance(each, str) and len(each) <= 64 for each in (decision, code, reason)):
        _malformed("a member's type")
    approval = decision == "approve" and reason == ""
    rejection = decision == "reject" and code == "" and webauthn is None and reason in ("", "cancelled", "not_me")
    if not approval and not rejection:
        _malformed("a combination")
    return Decision(decision, code, reason, protocol.unb64u(message["sig"], 64), _assertion(webauthn))


def _assertion(webauthn: Any) -> dict[str, Any] | None:  # noqa: ANN401 - any JSON value
    """Keep of an AuthenticationResponseJSON the members that are verified, and nothing else."""
    if webauthn is None:
        return None
    if not isinstance(webauthn, dict) or not isinstance(webauthn.get("response"), dict):
        _malformed("its passkey")
    response = webauthn["response"]
    kept = {name: webauthn.get(name) for name in ("id", "rawId", "type")}
    inner = {name: response.get(name) for name in ("clientDataJSON", "authenticatorData", "signature")}
    if not all(isinstance(each, str) and len(each) <= LONGEST_MEMBER for each in (*kept.values(), *inner.values())):
        _malformed("its passkey")
    if kept["rawId"] != kept["id"] or kept["type"] != "public-key":
        _malformed("its passkey")
    for text in (kept["id"], *inner.values()):
        protocol.unb64u(text)  # one writing of the same bytes, as whoever verifies the evidence takes it
    return {**kept, "response": inner, "clientExtensionResults": {}}


def _malformed(what: str) -> NoReturn:
    message = f"a decision is wrong in {what}"
    raise protocol.Malformed(message)


def _refused(
    work: Work, device: tables.Device, row: tables.Request, decision: Decision, challenge: bytes, now: datetime
) -> Problem | None:
    """Refuse, and leave pending, what does not verify, and an approval by PIN where policy has ended that."""
    if (why := _unverified(device, decision, challenge)) is not None:
        record_request(work, row, Event.REQUEST_REFUSED, now, why=why)
        return Problem(403, "not_verified", "The signature of this decision does not verify", "Try again.")
    if decision.approves and device.cose is None and not work.config.pin_devices:
        record_request(work, row, Event.REQUEST_REFUSED, now, why="a PIN, which is not allowed any more")
        way_out = "Whoever runs the server can allow it (pin_devices), or give a new start: admin reset-two-factor."
        return Problem(403, "pin_not_allowed", "Phones with a PIN may not approve here any more", way_out)
    return None


def _unverified(device: tables.Device, decision: Decision, challenge: bytes) -> str | None:
    """Say which signature does not hold; null where all do."""
    if not protocol.verify(protocol.public_key(device.dsk), decision.sig, challenge):
        return "device signature"
    answer = decision.webauthn
    if device.cose is None:  # it has a PIN, which unlocked the device key
        return None if answer is None else "a passkey of a phone that has none"
    if not decision.approves:
        return None
    if answer is None or answer.get("id") != protocol.b64u(device.credential_id or b""):
        return "no answer of the enrolled passkey"
    return None if passkeys.verifies(answer, challenge, device.origin, device.cose) else "passkey"


def _code_is_right(work: Work, row: tables.Request, code: str) -> bool:
    if code == "" and json.loads(row.details)["code_digits"] == 0:
        return True
    digits = work.keys.unseal(row.code or b"", f"requests/{row.id}/code")
    scanned = protocol.b64u(work.keys.unseal(row.qr or b"", f"requests/{row.id}/qr")).encode()
    given = code.encode()
    return hmac.compare_digest(given, digits) | hmac.compare_digest(given, scanned)


def _void_reason(
    work: Work,
    row: tables.Request,
    owner: tables.Administrator,
    action: ProtectedAction,
    decision: Decision,
    now: datetime,
) -> str | None:
    """Say what changed since it was asked, or that policy asks by now for the code that was not given."""
    changed = settling.void_reason(work, row, owner, action, now)
    needs_code = decision.code == "" and code_digits(work, action, row.api_key_id) > 0
    return changed or ("policy_changed" if needs_code else None)


def _count_wrong_code(work: Work, row: tables.Request, owner: tables.Administrator, now: datetime) -> Problem:
    left = settling.count_wrong(work, row, tables.Request.attempts, now)
    if wrong_codes.add_up(work, owner, Source.of(json.loads(row.details)), now):
        left = 0
    advice = "Look at the console again." if left > 0 else "It is void now; ask for it again."
    return Problem(422, "wrong_code", "This is not the code in the console", advice, attempts_left=left)


def _freeze_source(work: Work, row: tables.Request, now: datetime) -> None:
    """End the session or API key that asked, and all that its console has: *not me* really freezes it."""
    if (key := settling.key_of(work, row)) is not None:
        end_api_key(work, key, now)
    if row.session_id is not None:
        end_session(work, work.session.get_one(tables.Session, row.session_id), now)
    if row.console_id is not None:
        end_console(work, row.console_id, now, but=row.id)
