"""Only an unlocked phone approves: not its service worker, not an altered page, not one whose owner stays away."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Worker

from server import protocol
from tests.living import LivingServer, TestConsole
from tests.phone.handset import Handset

USER = "mia.brandt@contoso.example"

# A page that was altered to ask for no unlocking.
DISCOURAGED = """
  const get = CredentialsContainer.prototype.get;
  CredentialsContainer.prototype.get = function (options) {
    options.publicKey.userVerification = 'discouraged';
    return get.call(this, options);
  };
  0;
"""


@pytest.mark.row("OB-8")
def test_a_page_altered_to_ask_for_no_unlocking_is_refused(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.page.evaluate(DISCOURAGED)
    connected.unlocks(able=False)
    connected.approve(request["code"])
    connected.sees("The server could not verify this answer")
    assert console.request(request["id"])["status"] == "pending"
    assert "request:refused" in console.events_of(request["id"])


# Signs with the key that the phone keeps, as any script at its origin may.
SIGN = """async (message) => {
  const settled = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const database = await settled(indexedDB.open('countersign'));
  const [{ dsk }] = await settled(database.transaction('accounts').objectStore('accounts').getAll());
  database.close();
  const how = { name: 'ECDSA', hash: 'SHA-256' };
  return [...new Uint8Array(await crypto.subtle.sign(how, dsk.private, new Uint8Array(message)))];
}"""

POST = """async ([path, type, body, token]) => {
  const headers = { 'Content-Type': type, ...(token === '' ? {} : { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(`/phone/api/v1${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
  return [answer.status, await answer.json()];
}"""


class Altered:
    """What a service worker could do that was altered to approve by itself."""

    def __init__(self, worker: Worker, server: LivingServer, request: str) -> None:
        """Know the request as the phone does that has opened it."""
        self._worker, self._request = worker, request
        with closing(sqlite3.connect(server.data / "countersign.db")) as database:
            row = database.execute("SELECT details, device_id FROM requests WHERE id = ?", (request,)).fetchone()
        self._details, self._device = bytes(row[0]), str(row[1])

    def answer(self, decision: str, code: str = "") -> tuple[int, str]:
        """Sign in and send all of an answer that there is without the owner; the status, and the server's word."""
        _, asked = self._post("/sessions/challenge", {"device": self._device})
        session = protocol.session_message(self._device, protocol.unb64u(asked["challenge"], 32))
        proof = {"device": self._device, "challenge": asked["challenge"], "sig": self._signed(session)}
        _, told = self._post("/sessions", proof)
        signature = self._signed(protocol.decision_challenge(self._details, decision, "", code))
        message = {"decision": decision, "code": code, "reason": "", "sig": signature, "webauthn": None}
        key = protocol.public_key(protocol.unb64u(json.loads(self._details)["answer_key"], 65))
        info = protocol.answer_info(self._device, self._request)
        sealed = protocol.seal(key, info, json.dumps(message).encode())
        status, answer = self._post(f"/requests/{self._request}/decision", sealed, told["token"])
        return status, answer.get("code") or answer["status"]

    def _signed(self, message: bytes) -> str:
        return protocol.b64u(bytes(self._worker.evaluate(SIGN, list(message))))

    def _post(self, path: str, body: bytes | dict[str, str], token: str = "") -> tuple[int, Any]:
        sealed = isinstance(body, bytes)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/octet-stream" if sealed else "application/json"
        status, answer = self._worker.evaluate(POST, [path, kind, list(data), token])
        return int(status), answer


@pytest.mark.row("OB-9")
def test_the_service_worker_has_nothing_to_approve_with(
    connected: Handset, server: LivingServer, console: TestConsole
) -> None:
    request = console.delete(console.user(USER))
    connected.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    (worker,) = connected.context.service_workers
    missing = "[typeof navigator.credentials, typeof PublicKeyCredential, typeof document]"
    assert worker.evaluate(missing) == ["undefined"] * 3
    altered = Altered(worker, server, request["id"])
    assert altered.answer("approve", request["code"]) == (403, "not_verified")
    assert console.request(request["id"])["status"] == "pending"
    assert "request:refused" in console.events_of(request["id"])
    assert altered.answer("reject") == (200, "rejected"), "all but the owner was there"


def test_a_browser_that_cannot_unlock_says_so(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.type_code(request["code"])
    connected.page.evaluate("navigator.credentials.get = 0")
    connected.tap("Approve")
    connected.sees("The phone could not ask for the screen lock")
    connected.page.evaluate("delete window.PublicKeyCredential")
    connected.tap("Approve")
    connected.sees("This browser cannot ask for the screen lock")
    assert console.request(request["id"])["status"] == "pending"
