"""The phone as second channel: what only the console shows, how long it counts, and whose keys alone decide."""

import collections
import json
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import Shown, SoftwarePhone
from server import protocol
from tests.gates.world import Actor, World
from tests.living import TestConsole
from tests.proving import refused, status_of
from tests.server.test_decisions import sealed

LIFETIME = 120


def scanned(request: Any) -> bytes:
    """Return the secret that stands in the QR code of the console."""
    return protocol.parse_confirmation_qr(request["qr"])[2]


@pytest.mark.row("OB-1")
def test_the_phone_is_never_sent_what_is_to_be_carried_to_it(world: World) -> None:
    phone = world.root.own_phone
    request = world.root.console.delete(world.user())
    qr = protocol.b64u(scanned(request))
    listed = phone._signed_in("GET", "/requests").text
    one = phone._signed_in("GET", f"/requests/{request['id']}").text
    opened = phone.request(request["id"]).raw.decode()
    state = json.dumps([phone.state(), phone.notices()])
    for told in (listed, one, opened, state):
        assert f'"{request["code"]}"' not in told
        assert qr not in told
    assert not {"code", "qr"} & set(json.loads(opened))
    shown = phone.request(request["id"])
    for code in ("", "0", f"{(int(request['code']) + 1) % 1_000_000:06d}"):
        assert status_of(partial(phone.decide, shown, "approve", code=code)) in (409, 422)
    assert world.root.console.request(request["id"])["status"] == "void"


@pytest.mark.row("OB-1")
def test_no_other_session_is_shown_the_code(world: World) -> None:
    request = world.root.console.delete(world.user())
    others = [world.root.sign_in_again(), world.actor(role="provider").console]
    for other in others:
        shown = other.request(request["id"])
        assert (shown["code"], shown["qr"]) == (None, None)
        assert request["code"] not in json.dumps([each["code"] for each in other.call("GET", "/requests")["items"]])


@pytest.mark.row("OB-2")
def test_codes_are_drawn_anew_for_each_request_and_from_all_there_are(world: World) -> None:
    """A hundred and sixty of a million: hardly two alike, every digit at every place, none of another request."""
    user, codes, secrets = world.user(), [], set()
    for _ in range(40):
        requests = [world.root.console.delete(user) for _ in range(4)]
        codes += [each["code"] for each in requests]
        secrets |= {scanned(each) for each in requests}
        for each in requests:
            world.root.console.call("POST", f"/requests/{each['id']}/cancel")
    assert len(secrets) == 160
    assert len(set(codes)) > 156
    for place in range(6):
        counted = collections.Counter(code[place] for code in codes)
        assert sum((counted[digit] - 16) ** 2 / 16 for digit in "0123456789") < 45, place  # 9 degrees: once in 10^6


@pytest.mark.row("OB-2")
def test_the_code_and_the_qr_code_of_another_request_approve_nothing(world: World) -> None:
    phone, console = world.root.own_phone, world.root.console
    first, second = console.delete(world.user()), console.delete(world.user())
    qr = protocol.b64u(scanned(first))
    if first["code"] != second["code"]:
        refused(422, lambda: phone.approve(second["id"], first["code"]))
    refused(422, lambda: phone.approve(second["id"], qr))
    assert phone.approve(first["id"], qr) == "executed"
    refused(409, lambda: phone.approve(first["id"], first["code"]))


@pytest.mark.row("OB-4", "EX-7")
def test_a_request_counts_to_its_last_second_by_the_servers_clock_and_looking_adds_none(world: World) -> None:
    phone, console = world.root.own_phone, world.root.console
    first = console.delete(world.user())
    world.server.move(LIFETIME - 1)
    shown = phone.request(first["id"])  # opened, asked after and looked at again: the end stays where it was
    assert [each.id for each in phone.pending()] == [first["id"]]
    assert console.request(first["id"])["expires_at"] == first["expires_at"]
    assert phone.decide(shown, "approve", code=first["code"]) == "executed"
    user = world.user()
    late = console.delete(user)
    body = phone.sealed_decision(phone.request(late["id"]), "approve", code=late["code"])
    world.server.move(LIFETIME)
    assert refused(410, lambda: phone.send(late["id"], body)).members["request_status"] == "expired"
    assert console.call("GET", f"/users/{user}")
    refused(409, lambda: console.call("POST", f"/requests/{late['id']}/cancel"))
    refused(410, lambda: phone.send(late["id"], body))
    assert console.events_of(late["id"]) == ["request:created", "request:expired"]  # though nothing swept it up


@pytest.mark.row("OB-6")
def test_not_me_freezes_the_console_that_asked_and_tells_the_providers(world: World) -> None:
    victim, provider = world.actor("users.delete"), world.actor(role="provider")
    others = victim.sign_in_again()
    mine, second = victim.console.delete(world.user()), victim.console.delete(world.user())
    assert victim.own_phone.reject(mine["id"], "not_me") == "rejected"
    refused(401, lambda: victim.console.call("GET", "/me"))
    assert others.call("GET", "/me")  # the owner is not locked out
    assert world.root.console.request(second["id"])["status"] == "cancelled"
    assert "not_me" in [each["kind"] for each in provider.own_phone.notices()]
    assert victim.sign_in_again().call("GET", "/me")


@pytest.mark.row("OB-7")
def test_the_bearer_of_a_phones_token_decides_nothing_without_its_keys(world: World) -> None:
    phone = world.root.own_phone
    request = world.root.console.delete(world.user())
    shown = phone.request(request["id"])
    thief = SoftwarePhone(None)
    thief.origin, thief.device, thief.token = phone.origin, phone.device, phone.token
    for decision, more in (("approve", {"code": request["code"]}), ("reject", {"reason": "cancelled"})):
        body = thief.sealed_decision(shown, decision, **more)
        refused(403, partial(thief.send, request["id"], body))
    assert world.root.console.request(request["id"])["status"] == "pending"
    thief.token = ""
    refused(401, thief.sign_in)


@pytest.mark.row("OB-7")
def test_the_server_has_no_key_of_the_phone(world: World) -> None:
    phone = world.root.own_phone
    private = [protocol.private_bytes(key) for key in (phone.dsk, phone.dhk)]
    for file in world.server.data.iterdir():
        written = file.read_bytes()
        assert not [key for key in private if key in written or key.hex().encode() in written], file.name


@pytest.mark.row("OB-8")
@pytest.mark.parametrize("answer", ["locked", "of another request", "of a rejection", "of another phone", "none"])
def test_an_approval_needs_the_phone_unlocked_for_it_and_now(world: World, answer: str) -> None:
    phone = world.root.own_phone
    request, other = (world.root.console.delete(world.user()) for _ in range(2))
    shown, code = phone.request(request["id"]), request["code"]
    challenge = protocol.decision_challenge(shown.raw, "approve", "", code)
    another = protocol.decision_challenge(phone.request(other["id"]).raw, "approve", "", code)
    rejection = protocol.decision_challenge(shown.raw, "reject", "", "")
    webauthn: Any = None
    match answer:
        case "locked":
            phone.passkey.unlocks = False
            webauthn = phone.passkey.get(challenge, phone.origin)
            phone.passkey.unlocks = True
        case "of another request":
            webauthn = phone.passkey.get(another, phone.origin)
        case "of a rejection":
            webauthn = phone.passkey.get(rejection, phone.origin)
        case "of another phone":
            webauthn = world.actor().own_phone.passkey.get(challenge, phone.origin)
    refused(403, lambda: phone.send(shown.id, sealed(phone, shown, code=code, webauthn=webauthn)))
    assert world.root.console.request(shown.id)["status"] == "pending"
    assert phone.approve(shown.id, code) == "executed"


@pytest.mark.row("OB-11")
@pytest.mark.parametrize(
    "forwarded", ["1.2.3.4", "a", ", ".join(f"10.0.0.{n}" for n in range(50)), "127.0.0.1, 9.9.9.9"]
)
def test_the_address_that_is_shown_is_that_of_the_socket(world: World, forwarded: str) -> None:
    headers = {"X-Forwarded-For": forwarded, "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4"}
    body = {"parameters": {"user": world.user(), "mode": "user_only"}}
    asked = world.root.console.raw("POST", "/actions/user.delete", body, headers=headers)
    assert asked.status_code == 202
    shown = world.root.own_phone.request(asked.json()["request"]["id"])
    assert shown.details["ip"] in ("127.0.0.1", "::1")


@pytest.mark.row("RO-4", "TA-2.7")
def test_no_phone_sees_or_decides_what_was_asked_of_another(world: World) -> None:
    """Every pair of five accounts; the foreign phone is told everything that the right one knows."""
    actors = [world.root, *(world.actor("users.delete") for _ in range(4))]
    asked = {id(actor): actor.console.delete(world.user()) for actor in actors}
    for actor in actors:
        request = asked[id(actor)]
        shown = actor.own_phone.request(request["id"])
        for other in (each for each in actors if each is not actor):
            _is_nothing_to(other, shown, request["code"])
        assert world.root.console.request(request["id"])["status"] == "pending"
    assert [_approved(actor, asked[id(actor)]) for actor in actors] == ["executed"] * 5


def _is_nothing_to(other: Actor, shown: Shown, code: str) -> None:
    phone = other.own_phone
    assert shown.id not in [each.id for each in phone.pending()]
    for attempt in (
        partial(phone.request, shown.id),
        partial(phone.decide, shown, "approve", code=code),
        partial(phone.decide, shown, "reject", reason="not_me"),
    ):
        assert refused(404, attempt).code == refused(404, partial(phone.request, "req_unknown")).code


def _approved(actor: Actor, request: Any) -> str:
    return actor.own_phone.approve(request["id"], request["code"])


@pytest.mark.row("OB-5")
def test_who_has_the_password_fills_one_slot_and_the_owner_still_signs_in(world: World) -> None:
    phone = world.root.own_phone
    for _ in range(20):
        TestConsole(world.server.url).begin_sign_in()
    assert len(phone.pending()) == 1
    owner = TestConsole(world.server.url)
    owner.known = world.root.console.known
    owner.sign_in(phone=phone)
    assert owner.call("GET", "/me")
    created = [each for each in owner.audit(event="request:created") if each["action"] == "sign_in"]
    assert len(created) == 21
