"""Binding a phone: one code, one phone, one time; digits compared; a password alone is never a phone."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import Distrusted, SoftwarePhone
from server import protocol
from server.contract.problem import Problem
from server.services import administrators, claiming
from server.store.work import Work
from tests.gates.world import ControlledServer
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused, status_of, together, wait_for
from tests.server.inside import store_of


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


def started(console: TestConsole, **more: Any) -> Any:
    return console.call("POST", "/enrolments", {"password": PASSWORD, **more})


@pytest.mark.row("EN-1")
def test_a_code_is_claimed_once_by_one_of_many_phones(console: TestConsole) -> None:
    enrolment = started(console)

    def claim(phone: SoftwarePhone) -> str:
        try:
            return phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
        except Problem as problem:
            return str(problem.status)

    phones = [SoftwarePhone(None) for _ in range(4)]
    answers = together([partial(claim, phone) for phone in phones])
    assert sorted(len(each) for each in answers) == [3, 3, 3, 6]
    assert answers.count("410") == 3


@pytest.mark.row("EN-3")
def test_the_code_gives_no_account_away_without_the_share(console: TestConsole) -> None:
    qr = protocol.EnrolmentQR.parse(started(console)["qr"])
    assert USERNAME.encode() not in qr.box
    with pytest.raises(protocol.Malformed):
        qr.open_box(bytes(32))


@pytest.mark.both
def test_five_wrong_passwords_burn_the_code_even_at_once(console: TestConsole) -> None:
    enrolment = started(console)

    def claim() -> int:
        return status_of(lambda: SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, "wrong-Password-77-lamp"))

    problem = refused(401, lambda: SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, "wrong-Password-77-lamp"))
    assert problem.members["attempts_left"] == 4
    answers = together([claim] * 8)
    assert set(answers) == {401, 410}
    assert answers.count(401) <= 4
    refused(410, lambda: SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, PASSWORD))
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "void"
    assert console.audit(event="enrolment:void")[0]["why"] == "wrong passwords"
    phone = console.protect()
    assert "wrong_password" in [each["kind"] for each in phone.notices()]  # the owner is told


def test_a_name_that_is_not_taken_is_told_and_costs_nothing(console: TestConsole) -> None:
    enrolment, phone = started(console), SoftwarePhone(None)
    for name in ("Mia\u200d", "گوشی\u200cمن", "1\ufe0f\u20e3", "ra\u202em", "e" + "\u0301" * 4, "\ue000"):
        phone.name = name
        assert refused(400, lambda: phone.enrol(enrolment["qr"], USERNAME, PASSWORD)).code == "device_name"
    phone.name = "Mia’s phone"
    assert len(phone.enrol(enrolment["qr"], USERNAME, PASSWORD)) == len("123456")


def test_a_phone_on_its_way_ends_itself_and_one_that_is_the_accounts_does_not(console: TestConsole) -> None:
    enrolment, phone = started(console), SoftwarePhone(None)
    phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
    phone.stop()
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "stopped"
    [told] = console.audit(event="enrolment:void")
    assert (told["why"], told["ip"], told["device"]) == ("stopped on the phone", "127.0.0.1", "Demo phone")
    assert refused(401, phone.state).status == 401
    assert refused(401, phone.stop).status == 401
    assert refused(409, lambda: console.call("DELETE", f"/enrolments/{enrolment['id']}")).code == "enrolment_over"

    phone = SoftwarePhone(None)
    request = console.enrol(phone)
    phone.stop()
    assert refused(401, lambda: phone.approve(request["id"], request["code"])).status == 401
    ended = console.request(request["id"])
    assert (ended["status"], ended["void_reason"]) == ("void", "phone_stopped")
    assert not console.call("GET", "/two-factor")["enabled"]

    first, second = console.protect(), SoftwarePhone(None, "iPhone 16")
    assert refused(409, first.stop).code == "phone_active"
    change = console.enrol(second)
    second.stop()
    assert console.request(change["id"])["void_reason"] == "phone_stopped"
    assert refused(409, lambda: first.approve(change["id"], change["code"])).members["request_status"] == "void"
    assert refused(409, first.stop).code == "phone_active"
    assert first.state()["status"] == "active"


def test_a_wrong_secret_never_counts_and_never_reaches_the_password(console: TestConsole) -> None:
    enrolment = started(console)
    qr = protocol.EnrolmentQR.parse(enrolment["qr"])
    forged = protocol.EnrolmentQR(qr.origin, qr.flags, qr.eid, bytes(32), qr.fp, qr.exp, qr.box)
    for _ in range(6):
        refused(403, lambda: SoftwarePhone(None).enrol(forged.text(), USERNAME, PASSWORD))
    assert [each["why"] for each in console.audit(event="enrolment:refused")] == ["wrong secret"], "once a minute"
    phone = SoftwarePhone(None)
    phone.passkey.unlocks = False
    refused(403, lambda: phone.enrol(enrolment["qr"], USERNAME, PASSWORD))
    assert [each["why"] for each in console.audit(event="enrolment:refused")] == ["passkey", "wrong secret"]
    SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, PASSWORD)


def test_a_password_that_is_changed_while_it_is_hashed_claims_nothing(
    server: LivingServer, console: TestConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment, sent = started(console), list[bytes]()
    original = SoftwarePhone._call

    def kept(phone: SoftwarePhone, method: str, path: str, **more: Any) -> Any:
        if method == "POST":
            sent.append(more["data"])
            raise InterruptedError
        return original(phone, method, path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(SoftwarePhone, "_call", kept)
        with pytest.raises(InterruptedError):
            SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, PASSWORD)
    now = datetime.now(UTC)
    with store_of(server) as store:
        claimed = store.run(claiming.examine, enrolment["id"], sent[0], now)
        assert isinstance(claimed, claiming.Claim)
        store.run(_change_password)
        problem = store.run(claiming.claim, claimed, "192.0.2.7", now, right=True)
    assert isinstance(problem, Problem)
    assert problem.code == "wrong_credentials"
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "pending"


def _change_password(work: Work) -> None:
    owner = administrators.named(work, USERNAME)
    assert owner
    owner.password_hash = "another"


def test_a_phone_that_does_not_unlock_is_refused(console: TestConsole) -> None:
    enrolment = started(console)
    phone = SoftwarePhone(None)
    phone.passkey.unlocks = False
    refused(403, lambda: phone.enrol(enrolment["qr"], USERNAME, PASSWORD))


def test_another_servers_keys_are_refused_by_the_phone(console: TestConsole) -> None:
    qr = protocol.EnrolmentQR.parse(started(console)["qr"])
    forged = protocol.EnrolmentQR(qr.origin, qr.flags, qr.eid, qr.secret, bytes(32), qr.exp, qr.box)
    with pytest.raises(Distrusted):
        SoftwarePhone(None).enrol(forged.text(), USERNAME, PASSWORD)


def test_what_does_not_open_counts_nothing(console: TestConsole) -> None:
    enrolment = started(console)
    phone = SoftwarePhone(None)
    phone.origin = console.url
    path = f"/enrolments/{enrolment['id']}"
    refused(400, lambda: phone._call("POST", path, data=b"\4" + bytes(200)))
    bundle = phone._call("GET", path).content
    messages: list[Any] = [{}, {"username": 1}, []]
    for message in messages:
        body = protocol.seal(
            protocol.public_key(bundle[65:]),
            protocol.enrol_request_info(protocol.unb64u(enrolment["id"])),
            json.dumps(message).encode(),
        )
        refused(400, partial(phone._call, "POST", path, data=body))
    phone.enrol(enrolment["qr"], USERNAME, PASSWORD)


@pytest.mark.row("EN-2")
def test_the_third_wrong_digits_cut_the_phone_off(console: TestConsole) -> None:
    enrolment, phone = started(console), SoftwarePhone(None)
    digits = phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    path = f"/enrolments/{enrolment['id']}"
    left = [
        refused(422, lambda: console.call("POST", f"{path}/confirm", {"sas": wrong})).members["attempts_left"]
        for _ in range(3)
    ]
    assert left == [2, 1, 0]
    refused(409, lambda: console.call("POST", f"{path}/confirm", {"sas": digits}))
    assert console.call("GET", path)["status"] == "void"
    refused(401, phone.sign_in)


@pytest.mark.row("EN-2")
def test_a_claimed_phone_sees_no_request_and_a_new_code_revokes_it(console: TestConsole) -> None:
    enrolment, phone = started(console), SoftwarePhone(None)
    phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
    assert phone.state()["status"] == "claimed"
    assert phone.pending() == []
    started(console)
    refused(401, phone.state)
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "void"


def test_rejecting_the_first_request_cuts_the_phone_off(console: TestConsole) -> None:
    phone = SoftwarePhone(None)
    request = console.enrol(phone)
    assert phone.state()["status"] == "confirmed"
    assert phone.reject(request["id"]) == "rejected"
    refused(401, phone.state)
    assert not console.call("GET", "/two-factor")["enabled"]
    enrolment = request["parameters"]["enrolment"]
    assert console.call("GET", f"/enrolments/{enrolment}")["status"] == "void"


@pytest.mark.row("EN-1")
def test_an_unconfirmed_phone_is_revoked_in_the_end(sweeping: ControlledServer) -> None:
    console, phone = sweeping.set_up(), SoftwarePhone(None)
    enrolment = started(console)
    digits = phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
    path = f"/enrolments/{enrolment['id']}"
    sweeping.move(600)
    wait_for(lambda: console.call("GET", path)["status"] == "expired", 20)
    refused(409, lambda: console.call("POST", f"{path}/confirm", {"sas": digits}))
    wait_for(lambda: status_of(phone.state) == 401, 10)


def test_enabling_ends_the_other_sessions(console: TestConsole) -> None:
    other = TestConsole(console.url)
    other.sign_in()
    console.protect()
    assert other.raw("GET", "/me").status_code == 401
    assert console.raw("GET", "/me").status_code == 200


@pytest.mark.row("EN-1")
def test_the_password_is_asked_again(console: TestConsole) -> None:
    assert refused(403, lambda: console.call("POST", "/enrolments", {"password": "x"})).code == "wrong_password"


def test_disabling_needs_the_phone_and_gives_a_grant_once(console: TestConsole) -> None:
    phone = console.protect()
    request = console.ask("two_factor.disable")
    assert console.call("GET", "/two-factor")["enabled"]
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert not console.call("GET", "/two-factor")["enabled"]
    assert console.request(request["id"])["result"]["grant"]
    assert console.request(request["id"])["result"] is None
    refused(401, phone.state)
    assert refused(409, lambda: console.ask("two_factor.disable")).code == "not_enabled"
    console.protect()  # the last account turned it off, so no grant is needed


def test_a_stopped_enrolment_voids_its_request(console: TestConsole) -> None:
    phone = SoftwarePhone(None)
    request = console.enrol(phone)
    console.call("DELETE", f"/enrolments/{request['parameters']['enrolment']}")
    assert console.request(request["id"])["status"] == "void"
    refused(401, lambda: phone.approve(request["id"], request["code"]))
