"""A phone in software that speaks the phone protocol: for the demo, whose data are marked as such, and for tests."""

import json
import os
import secrets
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cbor2
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from server import protocol
from server.contract.problem import Problem

MARK = "demo-data"
TIMEOUT = 15
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class NotTheDemo(Exception):
    """The data folder is somebody's real one."""


class Distrusted(Exception):
    """The server said something that a phone must refuse; says what."""


@dataclass
class Passkey:
    """A platform authenticator with one ES256 credential; `unlocks` is whether its owner verifies when asked."""

    key: protocol.PrivateKey = field(default_factory=protocol.new_key)
    id: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    unlocks: bool = True

    @property
    def cose(self) -> bytes:
        """The public key as COSE (RFC 9053): EC2, ES256, P-256."""
        point = protocol.point(self.key)
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})

    def create(self, challenge: bytes, origin: str) -> dict[str, Any]:
        """Return a RegistrationResponseJSON, attestation none."""
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self.cose
        data = self._data(origin, _ATTESTED) + attested
        return self._answer(
            clientDataJSON=protocol.b64u(_client_data("webauthn.create", challenge, origin)),
            attestationObject=protocol.b64u(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            transports=["internal"],
        )

    def get(self, challenge: bytes, origin: str) -> dict[str, Any]:
        """Return an AuthenticationResponseJSON."""
        client, data = _client_data("webauthn.get", challenge, origin), self._data(origin, 0)
        signature = self.key.sign(data + protocol.sha(client), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=protocol.b64u(client),
            authenticatorData=protocol.b64u(data),
            signature=protocol.b64u(signature),
            userHandle=None,
        )

    def _data(self, origin: str, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.unlocks else 0)
        return protocol.sha(protocol.rp_id(origin).encode()) + bytes([flags]) + bytes(4)

    def _answer(self, **response: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
        name = protocol.b64u(self.id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }


def _client_data(kind: str, challenge: bytes, origin: str) -> bytes:
    told = {"type": kind, "challenge": protocol.b64u(challenge), "origin": origin, "crossOrigin": False}
    return json.dumps(told, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Shown:
    """A request as the phone shows it: the bytes that it will sign, and what is in them."""

    id: str
    status: str
    raw: bytes
    details: dict[str, Any]


class SoftwarePhone:
    """One enrolled phone. Raises `Problem` where the server refuses, `Distrusted` where the phone does."""

    def __init__(self, data: Path | None, name: str = "Demo phone", platform: str = "software") -> None:
        """Work with the server of the data folder `data`, which must carry the demo's mark unless under test."""
        marked = data is not None and (data / MARK).is_file()
        if not marked and "PYTEST_VERSION" not in os.environ:
            message = f"{data} is not the demo's data folder; a phone in software is no second factor"
            raise NotTheDemo(message)
        self.name, self.platform = name, platform
        self.passkey = Passkey()
        self.dsk, self.dhk = protocol.new_key(), protocol.new_key()
        self.ssk: protocol.PublicKey | None = None
        self.origin = self.device = self.token = self.username = ""
        self.account: dict[str, Any] = {}
        self._http = requests.Session()
        self._http.trust_env = False

    # Enrolling (section 1)

    def enrol(self, qr_text: str, username: str, password: str) -> str:
        """Claim the enrolment, and return the six digits to type into the console."""
        qr = protocol.EnrolmentQR.parse(qr_text)
        self.origin = qr.origin
        path = f"/enrolments/{protocol.b64u(qr.eid)}"
        bundle = self._call("GET", path).content
        if len(bundle) != 130 or protocol.fingerprint(bundle) != qr.fp:
            message = "the server's keys are not those in the code"
            raise Distrusted(message)
        dsk, dhk = protocol.point(self.dsk), protocol.point(self.dhk)
        transcript = protocol.transcript(qr.eid, qr.fp, dsk, dhk, self.name)
        mac = protocol.enrolment_mac(protocol.mac_key(qr.secret, qr.eid), transcript, self.passkey.id)
        claim = {
            "username": username,
            "password": password,
            "name": self.name,
            "platform": self.platform,
            "dsk": protocol.b64u(dsk),
            "dhk": protocol.b64u(dhk),
            "webauthn": self.passkey.create(transcript, qr.origin),
            "mac": protocol.b64u(mac),
            "sig": protocol.b64u(protocol.sign(self.dsk, transcript)),
        }
        sealed = protocol.seal(
            protocol.public_key(bundle[65:]), protocol.enrol_request_info(qr.eid), json.dumps(claim).encode()
        )
        reply = self._call("POST", path, data=sealed).content
        self.ssk = protocol.public_key(bundle[:65])
        told = protocol.loads(self._opened(protocol.enrol_reply_info(qr.eid, transcript), reply))
        share = protocol.unb64u(told["share"], 32)
        self.account = qr.open_box(share)
        if self.account["username"] != told["username"]:
            message = "the code and the server name different accounts"
            raise Distrusted(message)
        self.device, self.username = told["device"], told["username"]
        return protocol.sas(transcript, share)

    # Signing in (section 2)

    def sign_in(self) -> None:
        """Prove the device key for a token of ten minutes."""
        challenge = self._call("POST", "/sessions/challenge", json={"device": self.device}).json()["challenge"]
        message = protocol.session_message(self.device, protocol.unb64u(challenge, 32))
        proof = {"device": self.device, "challenge": challenge, "sig": protocol.b64u(protocol.sign(self.dsk, message))}
        self.token = self._call("POST", "/sessions", json=proof).json()["token"]

    def state(self) -> dict[str, Any]:
        """Return what the server says of this phone."""
        return dict(self._signed_in("GET", "/device").json())

    # Requests and decisions (section 3)

    def pending(self) -> list[Shown]:
        """Return the requests that wait, newest first."""
        listed = self._signed_in("GET", "/requests").json()["requests"]
        return [self._shown(item) for item in listed if item["status"] == "pending"]

    def request(self, request: str) -> Shown:
        """Return one request."""
        return self._shown(self._signed_in("GET", f"/requests/{request}").json())

    def approve(self, request: str, code: str) -> str:
        """Approve with the six digits, or with what was scanned; return the state by then."""
        return self.decide(self.request(request), "approve", code=code)

    def reject(self, request: str, reason: str = "cancelled") -> str:
        """Reject; needs no unlocking."""
        return self.decide(self.request(request), "reject", reason=reason)

    def decide(self, shown: Shown, decision: str, *, code: str = "", reason: str = "") -> str:
        """Sign, seal and send a decision."""
        return str(self.send(shown.id, self.sealed_decision(shown, decision, code=code, reason=reason)))

    def sealed_decision(self, shown: Shown, decision: str, *, code: str = "", reason: str = "") -> bytes:
        """Return a decision as it goes over the wire."""
        challenge = protocol.decision_challenge(shown.raw, decision, reason, code)
        message = {
            "decision": decision,
            "code": code,
            "reason": reason,
            "sig": protocol.b64u(protocol.sign(self.dsk, challenge)),
            "webauthn": self.passkey.get(challenge, self.origin) if decision == "approve" else None,
        }
        key = protocol.public_key(protocol.unb64u(shown.details["answer_key"], 65))
        return protocol.seal(key, protocol.answer_info(self.device, shown.id), json.dumps(message).encode())

    def send(self, request: str, sealed: bytes) -> str:
        """Post a sealed decision; return the state by then."""
        return str(self._signed_in("POST", f"/requests/{request}/decision", data=sealed).json()["status"])

    def _shown(self, item: dict[str, Any]) -> Shown:
        raw = self._opened(protocol.request_info(self.device, item["id"]), protocol.unb64u(item["sealed"]))
        details = protocol.loads(raw)
        if details["v"] != protocol.VERSION or details["id"] != item["id"]:
            message = "the details are of another version or request"
            raise Distrusted(message)
        if not protocol.code_allowed(details["code_digits"], details["kind"], details["action"]):
            message = "this request must ask for a code"
            raise Distrusted(message)
        return Shown(item["id"], item["status"], raw, details)

    def _opened(self, info: bytes, sealed: bytes) -> bytes:
        if self.ssk is None:
            message = "no server key is pinned yet"
            raise Distrusted(message)
        try:
            return protocol.open_signed(self.dhk, self.ssk, info, sealed)
        except protocol.Malformed as error:
            raise Distrusted(str(error)) from error

    def _signed_in(self, method: str, path: str, **more: Any) -> requests.Response:  # noqa: ANN401 - as requests
        if not self.token:
            self.sign_in()
        try:
            return self._call(method, path, **more)
        except Problem as problem:
            if problem.status != 401:
                raise
        self.sign_in()
        return self._call(method, path, **more)

    def _call(self, method: str, path: str, **more: Any) -> requests.Response:  # noqa: ANN401 - as requests
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if "data" in more:
            headers["Content-Type"] = "application/octet-stream"
        url = f"{self.origin}/phone/api/v1{path}"
        answer = self._http.request(method, url, headers=headers, timeout=TIMEOUT, **more)
        if answer.status_code >= 400:
            told = answer.json()
            known = {name: told.pop(name, "") for name in ("status", "code", "title", "detail", "call_id", "type")}
            raise Problem(answer.status_code, known["code"], known["title"], known["detail"], **told)
        return answer
