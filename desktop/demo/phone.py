"""A phone in software that speaks the phone protocol: for the demo, whose data are marked as such, and for tests."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import requests

from desktop.demo.unlocking import Passkey, Pin
from server import protocol
from server.contract.problem import Problem

MARK = "demo-data"
TIMEOUT = 15


class NotTheDemo(Exception):
    """The data folder is somebody's real one."""


class Distrusted(Exception):
    """The server said something that a phone must refuse; says what."""


@dataclass(frozen=True)
class Shown:
    """A request as the phone shows it: the bytes that it will sign, and what is in them."""

    id: str
    status: str
    raw: bytes
    details: dict[str, Any]


class Sent(NamedTuple):
    """A decision as it goes over the wire: all that somebody who listens could record."""

    url: str
    token: str
    body: bytes


class SoftwarePhone:
    """One enrolled phone. Raises `Problem` where the server refuses, `Distrusted` where the phone does.

    With a `pin` it has no passkey; `push` is a Web Push subscription that its claim takes along.
    """

    def __init__(
        self,
        data: Path | None,
        name: str = "Demo phone",
        platform: str = "software",
        *,
        pin: str | None = None,
        push: dict[str, Any] | None = None,
    ) -> None:
        """Work with the server of the data folder `data`, which must carry the demo's mark unless under test."""
        marked = data is not None and (data / MARK).is_file()
        if not marked and "PYTEST_VERSION" not in os.environ:
            message = f"{data} is not the demo's data folder; a phone in software is no second factor"
            raise NotTheDemo(message)
        self.name, self.platform = name, platform
        self.passkey = Passkey()
        self.pin = Pin(pin) if pin is not None else None
        self.push = push
        self.dsk, self.dhk = protocol.new_key(), protocol.new_key()
        self.ssk: protocol.PublicKey | None = None
        self.origin = self.device = self.token = self.username = ""
        self.account: dict[str, Any] = {}
        self.sent: dict[str, Sent] = {}
        """Its last decision on each request."""
        self._http = requests.Session()
        self._http.trust_env = False

    # Enrolling (section 1)

    def enrol(self, qr_text: str, username: str, password: str) -> str:
        """Claim the enrolment, and return the six digits to type into the console; some codes need no password."""
        qr = protocol.EnrolmentQR.parse(qr_text)
        if not qr.flags & protocol.ASKS_FOR_PASSWORD:
            username = password = ""
        self.origin = qr.origin
        path = f"/enrolments/{protocol.b64u(qr.eid)}"
        bundle = self._call("GET", path).content
        if len(bundle) != 130 or protocol.fingerprint(bundle) != qr.fp:
            message = "the server's keys are not those in the code"
            raise Distrusted(message)
        dsk, dhk = protocol.point(self.dsk), protocol.point(self.dhk)
        transcript = protocol.transcript(qr.eid, qr.fp, dsk, dhk, self.name)
        mac_key = protocol.mac_key(qr.secret, qr.eid)
        unlocking: dict[str, Any] = {"webauthn": None}
        if self.pin is None:
            unlocking["webauthn"] = self.passkey.create(transcript, qr.origin)
            mac = protocol.enrolment_mac(mac_key, transcript, self.passkey.id)
        else:
            self.pin.eid = qr.eid
            verifier = self.pin.verifier()
            unlocking["pin"] = protocol.b64u(verifier)
            mac = protocol.enrolment_mac_with_pin(mac_key, transcript, verifier)
        claim = {
            "username": username,
            "password": password,
            "name": self.name,
            "platform": self.platform,
            "dsk": protocol.b64u(dsk),
            "dhk": protocol.b64u(dhk),
            **unlocking,
            **({"push": self.push} if self.push else {}),
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
        if self.pin is not None:
            self.pin.token = protocol.unb64u(told["pin_token"], 32)
            self.pin.wrap(self.dsk, protocol.unb64u(told["pin_share"], 32))
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

    def stop(self) -> None:
        """End the own enrolment, which has not made it the account's phone yet."""
        self._signed_in("DELETE", "/device")

    def subscribe(self, subscription: dict[str, Any] | None) -> None:
        """Let the server push, or no more."""
        null = {"headers": {"Content-Type": "application/json"}, "data": b"null"}
        self._signed_in("PUT", "/device/push", **({"json": subscription} if subscription else null))

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
        approves = decision == "approve"
        key = self.unlock() if approves and self.pin else self.dsk
        message = {
            "decision": decision,
            "code": code,
            "reason": reason,
            "sig": protocol.b64u(protocol.sign(key, challenge)),
            "webauthn": self.passkey.get(challenge, self.origin) if approves and self.pin is None else None,
        }
        answer_key = protocol.public_key(protocol.unb64u(shown.details["answer_key"], 65))
        return protocol.seal(answer_key, protocol.answer_info(self.device, shown.id), json.dumps(message).encode())

    def send(self, request: str, sealed: bytes) -> str:
        """Post a sealed decision; return the state by then."""
        answer = self._signed_in("POST", f"/requests/{request}/decision", data=sealed)
        self.sent[request] = Sent(answer.url, self.token, sealed)
        return str(answer.json()["status"])

    # A PIN instead of WebAuthn (section 6)

    def unlock(self) -> protocol.PrivateKey:
        """Ask for the server's share with the PIN that the owner types, and return the device key."""
        assert self.pin is not None  # noqa: S101 - this phone has no passkey
        verifier = protocol.b64u(self.pin.verifier())
        proof = {"device": self.device, "token": protocol.b64u(self.pin.token), "verifier": verifier}
        sealed = self._call("POST", "/pin", json=proof).content
        return self.pin.unwrap(self._opened(protocol.pin_info(self.device), sealed))

    # Notices

    def notices(self) -> list[dict[str, Any]]:
        """Return what its owner is told, newest first, with `read` beside what the server signed."""
        told = self._signed_in("GET", "/notices").json()["notices"]
        return [self._notice(item) for item in told]

    def _notice(self, item: dict[str, Any]) -> dict[str, Any]:
        sealed = protocol.unb64u(item["sealed"])
        notice = protocol.loads(self._opened(protocol.notice_info(self.device, item["id"]), sealed))
        if notice["v"] != protocol.VERSION or notice["id"] != item["id"]:
            message = "the notice is of another version, or another one"
            raise Distrusted(message)
        return {**notice, "read": item["read"]}

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
        headers |= more.pop("headers", {})
        url = f"{self.origin}/phone/api/v1{path}"
        answer = self._http.request(method, url, headers=headers, timeout=TIMEOUT, **more)
        if answer.status_code >= 400:
            told = answer.json()
            known = {name: told.pop(name, "") for name in ("status", "code", "title", "detail", "call_id", "type")}
            raise Problem(answer.status_code, known["code"], known["title"], known["detail"], **told)
        return answer
