"""Verifies the evidence of a decision off-line, without server or database (protocol, section 5)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server import passkeys, protocol

_MEMBERS = {
    *("v", "details", "info", "server_signature", "decision", "reason", "code", "sig", "webauthn", "statement"),
    *("statement_signature", "decided_at", "receipt", "ssk"),
}
_SIGNED = {"clientDataJSON", "authenticatorData", "signature"}
_STATEMENT = {"v", "device", "username", "dsk", "credential", "origin", "enrolled_at", "bound_by"}


class DoesNotFit(Exception):
    """What in the evidence does not fit; one sentence."""


@dataclass(frozen=True)
class Verdict:
    """Who decided exactly what, when, with which key, and under which server's key."""

    decision: str
    reason: str
    details: dict[str, Any]
    device: dict[str, Any]
    decided_at: datetime
    server_key: str

    def lines(self) -> list[str]:
        """Return it for a person to read."""
        told, device = self.details, self.device
        who, request, ip = (_plain(told[each]) for each in ("username", "id", "ip"))
        unlocked = "unlocked with its passkey" if device["credential"] else "PIN, without a passkey"
        passkey = unlocked if self.decision == "approve" else "a rejection needs no unlocking"
        said = f", for the reason {self.reason}" if self.reason else ""
        key = protocol.b64u(protocol.sha(protocol.unb64u(device["dsk"])))
        return [
            f"{self.decision}: {_plain(told['action'])} — {_plain(told['summary'])}",
            "this proves what the person decided, and not that it was executed",
            *(f"on {each['type']} {each['id']} {_written(each['name'])}" for each in told["target"]),
            f"with {_written(told['parameters'])}, because {_written(told['reason'])}",
            f"said to mean {_written(told['consequence'])}",
            f"by {who} on phone {device['device']} ({passkey}){said}, bound by {device['bound_by']}",
            f"under the phone's key {key}",
            f"at {self.decided_at.isoformat().replace('+00:00', 'Z')}, request {request} asked from {ip}",
            f"under the server key {self.server_key}",
        ]


def _written(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return it on one line, letters as they are, and escaped what is not seen or what a terminal would act on."""
    return _plain(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _plain(text: object) -> str:
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in str(text))


def verified(file: bytes) -> Verdict:
    """Verify an `evidence` object; raises `DoesNotFit`. Whose server it was is the caller's to compare.

    Blanks and the order of its members are free, as in a copy out of the audit log. All else has one reading: it is
    UTF-8 without a mark, no member stands twice, and numbers are integers.
    """
    try:
        return _verified(protocol.loads(file))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = "this is no evidence of a decision, or a part of it cannot be read"
        raise DoesNotFit(message) from error


def _verified(evidence: dict[str, Any]) -> Verdict:
    _fits(set(evidence) == _MEMBERS and _is_version(evidence["v"]), "it has other members than version 1")
    ssk = protocol.public_key(protocol.unb64u(evidence["ssk"]))
    raw, info = protocol.unb64u(evidence["details"]), protocol.unb64u(evidence["info"])
    details = protocol.loads(raw)
    signature = protocol.unb64u(evidence["server_signature"])
    _fits(protocol.canonical(details) == raw, "the details are not written in the one canonical way")
    _fits(protocol.verify(ssk, signature, info + raw), "the server did not sign these details")
    device = _device(evidence, ssk)
    _fits(device["username"] == details["username"], "the phone belongs to another account than the request")
    _fits(info == protocol.request_info(device["device"], details["id"]), "the details were sealed for another phone")
    challenge = protocol.decision_challenge(raw, evidence["decision"], evidence["reason"], evidence["code"])
    dsk = protocol.public_key(protocol.unb64u(device["dsk"]))
    _fits(protocol.verify(dsk, protocol.unb64u(evidence["sig"]), challenge), "the phone did not sign this decision")
    if evidence["decision"] == "approve":
        _unlocked(evidence["webauthn"], device, challenge)
    else:
        _fits(evidence["decision"] == "reject" and evidence["webauthn"] is None, "it is neither approval nor rejection")
    moment = evidence["decided_at"]
    _fits(type(moment) is int and 0 <= moment < 2**64, "the time of the decision is none")
    receipt = protocol.receipt_message(challenge, moment)
    _fits(protocol.verify(ssk, protocol.unb64u(evidence["receipt"]), receipt), "the receipt is of another time")
    _fits(details["created_at"] - 1 <= moment <= details["expires_at"], "it was decided too early or too late")
    fingerprint = protocol.b64u(protocol.sha(protocol.unb64u(evidence["ssk"])))
    decided_at = datetime.fromtimestamp(moment, UTC)
    return Verdict(evidence["decision"], evidence["reason"], details, device, decided_at, fingerprint)


def _device(evidence: dict[str, Any], ssk: protocol.PublicKey) -> dict[str, Any]:
    _fits(evidence["statement"] is not None, "the phone was not bound to the account yet")
    statement, signature = (protocol.unb64u(evidence[name]) for name in ("statement", "statement_signature"))
    device = protocol.loads(statement)
    _fits(protocol.canonical(device) == statement and set(device) == _STATEMENT, "the device statement is no version 1")
    signed = protocol.verify(ssk, signature, protocol.statement_message(statement))
    _fits(signed, "the server did not sign the device statement")
    return device


def _unlocked(answer: dict[str, Any] | None, device: dict[str, Any], challenge: bytes) -> None:
    credential = device["credential"]
    if credential is None:
        _fits(answer is None, "a passkey answered for a phone that has none")
        return
    _fits(answer is not None and answer["id"] == credential["id"], "the phone’s own passkey did not answer")
    _fits(_is_exact(answer, credential["id"]), "the passkey’s answer holds what nobody signed")
    verifies = passkeys.verifies(answer, challenge, device["origin"], protocol.unb64u(credential["cose"]))
    _fits(verifies, "the passkey’s answer does not verify, or its owner did not unlock it")


def _is_exact(answer: dict[str, Any] | None, credential: str) -> bool:
    """Whether it is written in the one way in which all of it is signed, or follows from what is."""
    response: dict[str, Any] = answer["response"] if answer else {}
    rest = {"id": credential, "rawId": credential, "type": "public-key", "clientExtensionResults": {}}
    for signed in _SIGNED:
        protocol.unb64u(response[signed])  # the library takes more than one writing of the same bytes
    return set(response) == _SIGNED and answer == {**rest, "response": response}


def _is_version(told: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether it is the number, since `true == 1`."""
    return type(told) is int and told == protocol.VERSION


def _fits(holds: bool, what: str) -> None:  # noqa: FBT001 - a check and its sentence
    if not holds:
        raise DoesNotFit(what)
