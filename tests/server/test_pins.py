"""A phone without a passkey: only where policy allows it, unlocked by its PIN, and marked wherever it is shown."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server import protocol, verifying
from server.contract.problem import Problem
from tests.both import on_sqlite
from tests.living import LivingServer, TestConsole
from tests.proving import refused, status_of, together
from tests.server.reaching import COLLEAGUES_PASSWORD, invited

PIN, WRONG = "048213", "048214"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this side's PBKDF2 be quick; the server never computes it, and the vectors hold for the real one."""
    monkeypatch.setattr(protocol, "pin_key", lambda pin, eid: protocol.sha(pin.encode() + eid))


@pytest.fixture
def living(start_server: Callable[..., LivingServer]) -> LivingServer:
    return start_server(pin_devices=1)


def protected(living: LivingServer) -> tuple[TestConsole, SoftwarePhone]:
    console, phone = living.set_up(), SoftwarePhone(None, "PIN phone", pin=PIN)
    request = console.enrol(phone)
    assert phone.approve(request["id"], request["code"]) == "executed"
    return console, phone


def test_pins_are_not_taken_from_who_confirms_with_one(start_server: Callable[..., LivingServer]) -> None:
    server = start_server(pin_devices=1)
    console, _ = protected(server)
    [origin] = console.call("GET", "/origins")["items"]
    assert (console.call("GET", "/reach")["pin_devices"], origin["devices"][0]["pin"]) == (True, True)
    done = server.run("tls", "no-pins")
    assert (done.returncode, "“PIN phone” of amelia.hart could confirm nothing" in done.stderr) == (1, True)


def typed(phone: SoftwarePhone, pin: str) -> Any:
    """Type a PIN; what the server says of a wrong one."""
    assert phone.pin
    phone.pin.typed = pin
    try:
        phone.unlock()
    except Problem as problem:
        return problem
    return None


def test_it_approves_and_is_marked_everywhere(living: LivingServer) -> None:
    phone = SoftwarePhone(None)
    phone.origin = living.url
    assert phone._call("GET", "/server").json()["pin"] is True
    console, phone = protected(living)
    device = console.call("GET", "/two-factor")["device"]
    assert device["verification"] == "PIN"
    request = console.delete(console.user())
    assert request["verification"] == "PIN"
    assert phone.approve(request["id"], request["code"]) == "executed"
    events = console.audit()
    caused = [each for each in events if each["device"] == "PIN phone"]
    assert {each["event"] for each in caused} >= {
        "enrolment:claimed",
        "enrolment:confirmed",
        "device:activated",
        "request:approved",
        "request:executed",
    }
    assert all(each["verification"] == "PIN" for each in caused)
    [approved] = [each for each in caused if each["event"] == "request:approved" and each["request"] == request["id"]]
    evidence = approved["evidence"]
    assert evidence["webauthn"] is None
    statement = protocol.loads(protocol.unb64u(evidence["statement"]))
    assert statement["credential"] is None
    verdict = verifying.verified(protocol.canonical(evidence))
    assert any("PIN" in line for line in verdict.lines())


def test_the_old_phone_says_that_the_new_one_has_a_pin(living: LivingServer) -> None:
    console, phone = living.protected()
    new = SoftwarePhone(None, "PIN phone", pin=PIN)
    change = console.enrol(new)
    assert "confirms with a PIN" in phone.request(change["id"]).details["consequence"]
    assert phone.approve(change["id"], change["code"]) == "executed"
    assert "confirms with a PIN" not in console.ask("two_factor.disable")["consequence"]


def test_without_the_policy_it_cannot_enrol(server: LivingServer) -> None:
    console, phone = server.set_up(), SoftwarePhone(None, pin=PIN)
    problem = refused(403, lambda: console.enrol(phone))
    assert "screen lock" in problem.detail
    assert console.audit(event="enrolment:refused")[0]["why"] == "no passkey, and a PIN is not allowed"
    assert phone._call("GET", "/server").json()["pin"] is False
    assert console.protect().state()["status"] == "active"


def test_where_the_policy_ends_it_only_rejects(living: LivingServer) -> None:
    console, phone = protected(living)
    living.stop()
    living.settings["COUNTERSIGN_PIN_DEVICES"] = "0"
    living.start()
    request, other = console.delete(console.user()), console.delete(console.user("kofi.mensah@litware.example"))
    problem = refused(403, partial(phone.approve, request["id"], request["code"]))
    assert problem.code == "pin_not_allowed"
    assert console.request(request["id"])["status"] == "pending"
    assert phone.reject(other["id"]) == "rejected"


def test_a_claim_has_one_of_the_two_and_the_verifier_is_bound(living: LivingServer) -> None:
    console = living.set_up()
    enrolment = console.call("POST", "/enrolments", {"password": "four-Unrelated-lantern-words"})
    for forge, status in ((_with_passkey, 400), (_with_another_verifier, 403), (_with_short_verifier, 400)):
        phone = SoftwarePhone(None, pin=PIN)
        original = protocol.seal
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(protocol, "seal", partial(_altered, original, forge))
            refused(status, partial(phone.enrol, enrolment["qr"], "amelia.hart", "x"))
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "pending"


def _altered(seal: Any, forge: Callable[[dict[str, Any]], None], key: Any, info: bytes, message: bytes) -> bytes:
    claim = protocol.loads(message)
    forge(claim)
    sealed: bytes = seal(key, info, protocol.canonical(claim))
    return sealed


def _with_passkey(claim: dict[str, Any]) -> None:
    claim["webauthn"] = {"rawId": "AAAA"}


def _with_another_verifier(claim: dict[str, Any]) -> None:
    claim["pin"] = protocol.b64u(bytes(32))


def _with_short_verifier(claim: dict[str, Any]) -> None:
    claim["pin"] = protocol.b64u(bytes(16))


@pytest.mark.both
def test_wrong_pins_count_once_each_and_the_fifth_in_a_row_cuts_it_off(living: LivingServer) -> None:
    console, phone = protected(living)
    assert phone.pin
    token, phone.pin.token = phone.pin.token, bytes(32)
    for _ in range(6):
        assert typed(phone, WRONG).members.keys() == set(), "a wrong token counts nothing"
    device, phone.device = phone.device, "dev_unknown"
    assert typed(phone, PIN).members.keys() == set()
    phone.device, phone.pin.token = device, token
    assert [typed(phone, WRONG).members["attempts_left"] for _ in range(4)] == [4, 3, 2, 1]
    assert typed(phone, PIN) is None
    assert typed(phone, WRONG).members["attempts_left"] == 4, "a right one begins anew"
    request = console.delete(console.user())
    phone.pin.typed = WRONG

    answers = together([partial(status_of, phone.unlock) for _ in range(12)])
    assert set(answers) == {401}
    wrong = [each["attempts_left"] for each in console.audit(event="device:wrong_pin")]
    assert sorted(wrong) == sorted([4, 3, 2, 1, 4, 3, 2, 1, 0]), "each counted once, none after the fifth"
    assert console.call("GET", "/two-factor")["device"] is None
    assert console.request(request["id"])["status"] == "void"
    assert typed(phone, PIN).members.keys() == set(), "it is cut off"
    refused(401, phone.sign_in)
    [revoked] = console.audit(event="device:revoked")
    assert revoked["verification"] == "PIN"


def test_owner_and_providers_hear_of_a_phone_that_wrong_pins_have_cut_off(living: LivingServer) -> None:
    console, phone = living.protected()
    colleague, grant = invited(console, phone, "jonas", role="sub_administrator")
    theirs = SoftwarePhone(None, "PIN phone", pin=PIN)
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    for _ in range(4):
        typed(theirs, WRONG)
    assert "wrong_codes" not in [each["kind"] for each in phone.notices()]
    assert typed(theirs, WRONG).members["attempts_left"] == 0
    [alarm] = [each for each in phone.notices() if each["kind"] == "wrong_codes"]
    assert (alarm["username"], alarm["phone"]) == ("jonas", "PIN phone")
    grant = living.run("admin", "reset-two-factor", "jonas").stdout.strip()
    colleague.sign_in("jonas", COLLEAGUES_PASSWORD)
    new = SoftwarePhone(None)
    on = colleague.enrol(new, "jonas", COLLEAGUES_PASSWORD, grant)
    assert new.approve(on["id"], on["code"]) == "executed"
    assert "wrong_codes" in [each["kind"] for each in new.notices()]


def test_the_twentieth_wrong_pin_in_all_cuts_even_a_claimed_phone_off(living: LivingServer) -> None:
    console, phone = living.set_up(), SoftwarePhone(None, pin=PIN)
    enrolment = console.call("POST", "/enrolments", {"password": "four-Unrelated-lantern-words"})
    phone.enrol(enrolment["qr"], "amelia.hart", "four-Unrelated-lantern-words")
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["verification"] == "PIN"
    left = []
    for place in range(1, 21):
        left.append(typed(phone, WRONG).members["attempts_left"])
        if place % 3 == 0 and place < 20:
            assert typed(phone, PIN) is None
    assert left[-3:] == [2, 1, 0]
    assert typed(phone, PIN) is not None
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "void"


@on_sqlite
def test_wrong_pins_stay_counted_whatever_is_written_or_put_back(living: LivingServer, tmp_path: Path) -> None:
    _, phone = protected(living)
    assert living.run("backup", str(tmp_path / "backup.db")).returncode == 0
    assert phone.pin
    for place in range(19):
        if place % 4 == 0:
            with closing(sqlite3.connect(living.data / "countersign.db", timeout=10)) as database, database:
                database.execute("UPDATE devices SET wrong_pins = 0, all_wrong_pins = 0")
        left = typed(phone, WRONG).members["attempts_left"]
    assert left == 1
    living.stop()
    assert living.run("restore", str(tmp_path / "backup.db")).returncode == 0
    living.start()
    phone.origin = living.url
    assert typed(phone, PIN) is None
    assert typed(phone, WRONG).members["attempts_left"] == 0
    assert typed(phone, PIN).members.keys() == set()


def test_a_passkey_is_no_answer_of_a_phone_without_one(living: LivingServer) -> None:
    console, phone = protected(living)
    request = console.delete(console.user())
    shown = phone.request(request["id"])
    phone.pin = None
    refused(403, lambda: phone.decide(shown, "approve", code=request["code"]))
    phone_with_null: Any = type("Null", (), {"get": lambda *_: None})
    phone.passkey = phone_with_null()
    assert phone.decide(shown, "approve", code=request["code"]) == "executed", "with null it is"


def test_what_does_not_parse_counts_nothing(living: LivingServer) -> None:
    phone = SoftwarePhone(None)
    phone.origin = living.url
    for body, status in (
        ({"device": "dev_x", "token": "A", "verifier": "A"}, 400),
        ({"device": "dev_x", "token": "A" * 43}, 422),
        ({"device": "no id!", "token": "A" * 43, "verifier": "A" * 43}, 422),
        ({"device": "dev_x", "token": "A" * 43, "verifier": "A" * 43}, 401),
    ):
        problem = refused(status, partial(phone._call, "POST", "/pin", json=body))
        assert "attempts_left" not in problem.members
