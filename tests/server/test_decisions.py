"""A decision counts once, from the right phone, on exactly what was shown, in time, with the right code."""

import json
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import Shown, SoftwarePhone
from server import protocol
from tests.gates.world import ControlledServer
from tests.living import LivingServer, TestConsole
from tests.proving import refused, status_of, together, wait_for


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def sealed(phone: SoftwarePhone, shown: Shown, **changed: Any) -> bytes:
    """Return a decision whose members were changed after signing."""
    challenge = protocol.decision_challenge(shown.raw, "approve", "", str(changed.get("code", "")))
    message = {
        "decision": "approve",
        "code": "",
        "reason": "",
        "sig": protocol.b64u(protocol.sign(phone.dsk, challenge)),
        "webauthn": phone.passkey.get(challenge, phone.origin),
        **changed,
    }
    key = protocol.public_key(protocol.unb64u(shown.details["answer_key"], 65))
    return protocol.seal(key, protocol.answer_info(phone.device, shown.id), json.dumps(message).encode())


def test_a_rejected_request_is_never_executed(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    request = console.delete(mia)
    assert phone.reject(request["id"]) == "rejected"
    assert console.raw("GET", f"/users/{mia}").status_code == 200
    after = console.request(request["id"])
    assert (after["status"], after["code"], after["qr"]) == ("rejected", None, None)
    assert after["decided_by"] == {"type": "device", "name": "Pixel 9"}
    problem = refused(409, lambda: phone.approve(request["id"], request["code"]))
    assert problem.members["request_status"] == "rejected"


@pytest.mark.row("OB-3")
def test_the_third_wrong_code_voids(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.delete(console.user())
    wrong = f"{(int(request['code']) + 1) % 1_000_000:06d}"
    left = [refused(422, lambda: phone.approve(request["id"], wrong)).members["attempts_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    assert refused(409, lambda: phone.approve(request["id"], request["code"])).members["request_status"] == "void"
    assert console.events_of(request["id"]) == ["request:created", *["request:wrong_code"] * 3, "request:void"]


@pytest.mark.row("OB-3", "TA-2.4")
def test_fifty_guesses_at_once_are_three(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.delete(console.user())
    shown = phone.request(request["id"])
    guesses = [f"{(int(request['code']) + 1 + n) % 1_000_000:06d}" for n in range(50)]
    bodies = [phone.sealed_decision(shown, "approve", code=guess) for guess in guesses]
    answers = together([partial(status_of, partial(phone.send, shown.id, body)) for body in bodies])
    assert (answers.count(422), answers.count(409)) == (3, 47)


@pytest.mark.row("EX-1")
def test_of_64_decisions_at_once_one_wins(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    request = console.delete(mia)
    shown = phone.request(request["id"])
    bodies = [
        phone.sealed_decision(shown, "approve", code=request["code"])
        if n % 2
        else phone.sealed_decision(shown, "reject", reason="cancelled")
        for n in range(64)
    ]
    answers = together([partial(status_of, partial(phone.send, shown.id, body)) for body in bodies])
    assert (answers.count(200), answers.count(409)) == (1, 63)
    after = console.request(request["id"])["status"]
    gone = console.raw("GET", f"/users/{mia}").status_code == 404
    assert (after, gone) in {("executed", True), ("rejected", False)}
    events = console.events_of(request["id"])
    assert len(events) == len(set(events)) == (3 if gone else 2)


def test_a_decision_is_worth_nothing_again(console: TestConsole, phone: SoftwarePhone) -> None:
    first, second = console.delete(console.user("a@contoso.example")), console.delete(console.user("b@contoso.example"))
    body = phone.sealed_decision(phone.request(first["id"]), "approve", code=first["code"])
    assert phone.send(first["id"], body) == "executed"
    refused(409, lambda: phone.send(first["id"], body))
    refused(400, lambda: phone.send(second["id"], body))
    refused(422, lambda: phone.approve(second["id"], first["code"]) if first["code"] != second["code"] else None)


@pytest.mark.parametrize("change", ["details", "device key", "passkey", "no passkey", "locked"])
def test_what_was_not_shown_or_not_unlocked_is_refused_and_stays_pending(
    console: TestConsole, phone: SoftwarePhone, change: str
) -> None:
    request = console.delete(console.user())
    shown = phone.request(request["id"])
    code = request["code"]
    match change:
        case "details":
            other = Shown(shown.id, shown.status, shown.raw.replace(b"mia.brandt", b"mia.brands"), shown.details)
            body = phone.sealed_decision(other, "approve", code=code)
        case "device key":
            stranger = SoftwarePhone(None)
            stranger.origin, stranger.device, stranger.passkey = phone.origin, phone.device, phone.passkey
            body = stranger.sealed_decision(shown, "approve", code=code)
        case "passkey":
            body = sealed(phone, shown, code=code, webauthn=SoftwarePhone(None).passkey.get(bytes(32), phone.origin))
        case "no passkey":
            body = sealed(phone, shown, code=code, webauthn=None)
        case _:
            phone.passkey.unlocks = False
            body = phone.sealed_decision(shown, "approve", code=code)
    refused(403, lambda: phone.send(shown.id, body))
    assert console.request(shown.id)["status"] == "pending"
    assert console.events_of(shown.id) == ["request:created", "request:refused"]


@pytest.mark.parametrize(
    "members",
    [
        {"reason": "cancelled"},
        {"decision": "maybe"},
        {"decision": "reject"},
        {"extra": 1},
        {"code": 7},
        {"sig": "x"},
        {"webauthn": []},
        {"code": "1" * 65},
    ],
    ids=str,
)
def test_a_malformed_decision_counts_nothing(
    console: TestConsole, phone: SoftwarePhone, members: dict[str, Any]
) -> None:
    request = console.delete(console.user())
    shown = phone.request(request["id"])
    refused(400, lambda: phone.send(shown.id, sealed(phone, shown, **members)))
    refused(400, lambda: phone.send(shown.id, b"nothing of ours"))
    assert phone.approve(shown.id, request["code"]) == "executed"


@pytest.mark.row("EX-7")
def test_an_expired_request_is_refused_and_told_once(sweeping: ControlledServer) -> None:
    console, phone = sweeping.protected()
    mia = console.user()
    request = console.delete(mia)
    shown = phone.request(request["id"])
    body = phone.sealed_decision(shown, "approve", code=request["code"])
    sweeping.move(120)
    events = wait_for(lambda: (found := console.events_of(request["id"])) and len(found) > 1 and found, 25)
    assert events == ["request:created", "request:expired"]
    problem = refused(410, lambda: phone.send(shown.id, body))
    assert problem.members["request_status"] == "expired"
    assert console.request(request["id"])["status"] == "expired"
    assert console.events_of(request["id"]) == ["request:created", "request:expired"]
    assert console.raw("GET", f"/users/{mia}").status_code == 200


def test_another_phone_sees_and_decides_nothing(console: TestConsole, phone: SoftwarePhone) -> None:
    other, colleague = colleague_of(console, phone)
    request = console.delete(console.user())
    assert [each.id for each in other.pending()] == []
    refused(404, lambda: other.request(request["id"]))
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    refused(404, lambda: other.send(request["id"], body))
    assert colleague.request(request["id"])["status"] == "pending"  # a provider sees all
    assert colleague.request(request["id"])["code"] is None


def colleague_of(
    console: TestConsole, phone: SoftwarePhone, role: str = "provider", **more: Any
) -> tuple[SoftwarePhone, TestConsole]:
    """Invite a colleague who sets up a phone of their own."""
    request = console.ask("administrator.create", username="jonas", email="jonas@northwind.example", role=role, **more)
    assert phone.approve(request["id"], request["code"]) == "executed"
    result = console.request(request["id"])["result"]
    assert "invitation" not in (console.request(request["id"])["result"] or {})
    password = "quiet-Harbour-19-marble-otter"
    colleague = TestConsole(console.url, device_name="NW-LT-031")
    accepted = colleague.call("POST", "/invitations", {"invitation": result["invitation"], "password": password})
    colleague.sign_in("jonas", password)
    return colleague.protect("jonas", password, accepted["grant"], "iPhone 16"), colleague


@pytest.mark.row("TA-2.6")
def test_a_target_that_changed_voids_the_request(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    for change in ({"name": "Mia Berg"}, {"username": "mia.berg@contoso.example"}):
        request = console.delete(mia)
        console.call("PATCH", f"/users/{mia}", change)
        assert phone.approve(request["id"], request["code"]) == "void"
        assert console.request(request["id"])["void_reason"] == "target_changed"
        shown = phone._signed_in("GET", f"/requests/{request['id']}").json()
        assert (shown["status"], shown["void_reason"]) == ("void", "target_changed")
    request = console.delete(mia)
    again = console.delete(mia)
    assert phone.approve(again["id"], again["code"]) == "executed"
    assert phone.approve(request["id"], request["code"]) == "void"


@pytest.mark.row("TA-2.6")
def test_so_does_one_that_was_moved_and_back(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Litware"))
    mia = console.user(company=here)
    request = console.delete(mia)
    for company in (there, here):
        console.call("PATCH", f"/users/{mia}", {"company": company})
    assert phone.approve(request["id"], request["code"]) == "void"
    assert console.request(request["id"])["void_reason"] == "target_changed"
    console.call("PATCH", f"/users/{mia}", {"storage_limit": 10**9})
    request = console.delete(mia)
    console.call("PATCH", f"/users/{mia}", {"storage_limit": None})
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_not_me_ends_the_session_that_asked(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    first, second = console.delete(mia), console.delete(mia)
    assert phone.reject(first["id"], "not_me") == "rejected"
    assert phone._signed_in("GET", f"/requests/{first['id']}").json()["reject_reason"] == "not_me"
    answer = console.raw("GET", "/me")
    assert (answer.status_code, answer.json()["why"]) == (401, "not_me")
    refused(409, lambda: phone.approve(second["id"], second["code"]))
    again = TestConsole(console.url)
    again.known = console.known
    waiting = again.begin_sign_in()
    assert waiting["request"]["notices"] == ["first sign-in from this computer"]  # its console is known no more
    phone.approve(waiting["request"]["id"], waiting["request"]["code"])
    again.complete(waiting["wait_token"])
    assert again.events_of(second["id"]) == ["request:created", "request:cancelled"]


@pytest.mark.row("OB-5")
def test_a_sixth_open_action_has_to_wait(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    requests = [console.delete(mia) for _ in range(5)]
    problem = refused(429, lambda: console.delete(mia))
    assert problem.code == "too_many_requests"
    console.call("POST", f"/requests/{requests[0]['id']}/cancel")
    console.delete(mia)
    assert phone.pending()


def test_cancelled_by_the_requester_cannot_be_approved(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    request = console.delete(mia)
    cancelled = console.call("POST", f"/requests/{request['id']}/cancel")["request"]
    assert cancelled["status"] == "cancelled"
    assert refused(409, lambda: phone.approve(request["id"], request["code"])).members == {
        "request_status": "cancelled"
    }
    refused(409, lambda: console.call("POST", f"/requests/{request['id']}/cancel"))
    assert console.raw("GET", f"/users/{mia}").status_code == 200


@pytest.mark.row("EX-6")
def test_approving_and_cancelling_at_once_end_in_one_state(console: TestConsole, phone: SoftwarePhone) -> None:
    for n in range(5):
        user = console.user(f"user{n}@contoso.example")
        request = console.delete(user)
        body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
        calls = [
            partial(status_of, partial(phone.send, request["id"], body)),
            partial(status_of, partial(console.call, "POST", f"/requests/{request['id']}/cancel")),
        ]
        assert sorted(together(calls)) == [200, 409]
        gone = console.raw("GET", f"/users/{user}").status_code == 404
        assert (console.request(request["id"])["status"] == "executed") == gone


@pytest.mark.both
def test_a_request_survives_the_server_being_killed(server: LivingServer) -> None:
    console, phone = server.protected()
    mia = console.user()
    request = console.delete(mia)
    server.kill()
    server.start()
    assert server.url == console.url
    assert console.request(request["id"])["code"] == request["code"]
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert console.raw("GET", f"/users/{mia}").status_code == 404


@pytest.mark.row("EX-5")
def test_an_idempotency_key_makes_one_request(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"parameters": {"user": console.user(), "mode": "user_only"}}
    headers = {"Idempotency-Key": "one"}
    answers = together(
        [lambda: console.raw("POST", "/actions/user.delete", body, headers=headers).json() for _ in range(16)]
    )
    assert len({each["request"]["id"] for each in answers}) == 1
    problem = refused(
        422, lambda: console.call("POST", "/actions/user.delete", {**body, "reason": "other"}, headers=headers)
    )
    assert problem.code == "idempotency_key_reused"
    assert len(phone.pending()) == 1
