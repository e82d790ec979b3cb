"""Signing in: the password first, then the phone; slots, wait tokens, sessions and their ends."""

import sys
from functools import partial
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from typing_extensions import override

from desktop.demo.phone import SoftwarePhone
from server.services import limits
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused, together
from tests.server.test_decisions import colleague_of


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


@pytest.mark.row("LG-7")
def test_set_up_happens_once_and_only_with_the_token(server: LivingServer) -> None:
    console = server.console()
    body = {"organisation": "N", "username": "a", "email": "a@b.example", "password": PASSWORD}
    assert console.call("GET", "/health")["setup_done"] is False
    refused(403, lambda: console.call("POST", "/setup", body, headers={"Setup-Token": "guess"}))
    refused(403, lambda: console.call("POST", "/setup", body))
    weak = {**body, "password": "password1234567"}
    problem = refused(422, lambda: console.call("POST", "/setup", weak, headers={"Setup-Token": server.setup_token}))
    assert problem.code == "weak_password"

    def call() -> int:
        return console.raw("POST", "/setup", body, headers={"Setup-Token": server.setup_token}).status_code

    assert sorted(together([call] * 8)) == [201, *[404] * 7]
    server.kill()
    server.start()
    assert server.process is not None
    assert call() == 404


@pytest.mark.row("LG-7")
@pytest.mark.parametrize("path", ["/setup", "/setup/", "//setup", "/Setup", "/setup/x", "/%73etup"])
def test_no_way_leads_back_to_set_up(server: LivingServer, path: str) -> None:
    console = server.set_up()
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        answer = console.raw(method, path, {}, headers={"Setup-Token": server.setup_token})
        assert answer.status_code in (404, 405)


def test_a_colleague_calls_no_sign_in_off(console: TestConsole, phone: SoftwarePhone) -> None:
    _, colleague = colleague_of(console, phone)
    told = TestConsole(console.url).begin_sign_in()
    request = told["request"]["id"]
    problem = refused(403, lambda: colleague.call("POST", f"/requests/{request}/cancel"))
    assert problem.title == "Only who signs in can call that off"
    assert phone.approve(request, told["request"]["code"]) == "executed"


def test_a_session_calls_no_sign_in_of_a_known_console_off(console: TestConsole, phone: SoftwarePhone) -> None:
    owner = TestConsole(console.url)
    owner.known = console.known
    mine, other = owner.begin_sign_in(), TestConsole(console.url).begin_sign_in()
    refused(403, lambda: console.call("POST", f"/requests/{mine['request']['id']}/cancel"))
    console.call("POST", f"/requests/{other['request']['id']}/cancel")  # a stranger's he may
    phone.approve(mine["request"]["id"], mine["request"]["code"])
    assert owner.complete(mine["wait_token"])


def test_the_log_says_who_called_off_and_ended_what_another_began(console: TestConsole, phone: SoftwarePhone) -> None:
    _, colleague = colleague_of(console, phone)
    request = console.delete(console.user())
    other = TestConsole(console.url, device_name="Laptop")
    other.sign_in(phone=phone)
    colleague.call("POST", f"/requests/{request['id']}/cancel")
    [line] = console.audit(event="request:cancelled")
    assert (line["username"], line["cancelled_by"]["username"]) == (USERNAME, "jonas")
    [mine] = [each["id"] for each in other.call("GET", "/sessions")["items"] if not each["current"]]
    other.call("DELETE", f"/sessions/{mine}")
    line = other.audit(event="session:ended")[0]
    assert (line["device_name"], line["ended_by"]["device_name"]) == ("NW-LT-014", "Laptop")


class From(HTTPAdapter):
    """Calls from another address of this computer."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    @override
    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **more)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have but one loopback address")
def test_who_begins_again_and_again_keeps_nobody_out_who_signs_in_elsewhere(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    owner, thief = TestConsole(console.url), TestConsole(console.url)
    owner.begin_sign_in()  # once, so that each of the thief's takes the place of one from elsewhere
    thief.mount(From("127.0.0.2"))
    for _ in range(limits.SIGN_INS):
        assert thief.begin_sign_in()["request"]["status"] == "pending"
        told = owner.begin_sign_in()
        assert told["request"]["status"] == "pending"
    assert thief.begin_sign_in()["request"]["status"] == "cancelled"
    assert [each.id for each in phone.pending()] == [told["request"]["id"]]
    assert phone.approve(told["request"]["id"], told["request"]["code"]) == "executed"
    owner.complete(told["wait_token"])


@pytest.mark.row("LG-4")
def test_a_wrong_password_and_an_unknown_user_look_the_same(console: TestConsole) -> None:
    stranger = TestConsole(console.url)
    answers = [
        stranger.raw("POST", "/sessions", {"username": name, "password": word, "device_name": "x", "application": "y"})
        for name, word in ((USERNAME, "wrong"), ("nobody", PASSWORD), ("", ""))
    ]
    told = [{k: v for k, v in answer.json().items() if k != "call_id"} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert told[0] == told[1] == told[2]


@pytest.mark.both
def test_signing_in_waits_for_the_phone_and_is_redeemed_once(console: TestConsole, phone: SoftwarePhone) -> None:
    desk = TestConsole(console.url)
    waiting = desk.begin_sign_in()
    assert waiting["methods"] == ["phone", "recovery_code"]
    assert waiting["request"]["notices"] == ["first sign-in from this computer"]
    token = {"wait_token": waiting["wait_token"]}
    assert desk.raw("POST", "/sessions/complete", token).status_code == 202
    assert "token" not in waiting
    phone.approve(waiting["request"]["id"], waiting["request"]["code"])
    answers = together([lambda: desk.raw("POST", "/sessions/complete", token).status_code] * 8)
    assert sorted(answers) == [201, *[401] * 7]


def test_a_rejected_or_cancelled_sign_in_opens_nothing(console: TestConsole, phone: SoftwarePhone) -> None:
    desk = TestConsole(console.url)
    waiting = desk.begin_sign_in()
    phone.reject(waiting["request"]["id"])
    problem = refused(403, lambda: desk.complete(waiting["wait_token"]))
    assert problem.members["request_status"] == "rejected"
    again = desk.begin_sign_in()
    cancelled = desk.call("POST", "/sessions/cancel", {"wait_token": again["wait_token"]})["request"]
    assert cancelled["status"] == "cancelled"
    refused(409, lambda: phone.approve(again["request"]["id"], again["request"]["code"]))
    refused(401, lambda: desk.complete("no such token"))


@pytest.mark.row("OB-5")
def test_a_newer_sign_in_takes_only_its_own_slot(console: TestConsole, phone: SoftwarePhone) -> None:
    owner, stranger = TestConsole(console.url), TestConsole(console.url)
    owner.known = console.known
    mine = owner.begin_sign_in()
    assert mine["request"]["notices"] == []
    first = stranger.begin_sign_in()
    second = stranger.begin_sign_in()
    states = [console.request(each["request"]["id"])["status"] for each in (mine, first, second)]
    assert states == ["pending", "cancelled", "pending"]
    phone.approve(mine["request"]["id"], mine["request"]["code"])
    owner.complete(mine["wait_token"])


def test_ending_a_session_cancels_what_it_asked_for(console: TestConsole, phone: SoftwarePhone) -> None:
    desk = TestConsole(console.url)
    desk.sign_in(phone=phone)
    request = desk.delete(desk.user())
    [mine] = [each for each in desk.call("GET", "/sessions")["items"] if each["current"]]
    console.call("DELETE", f"/sessions/{mine['id']}")
    refused(401, lambda: desk.call("GET", "/me"))
    refused(409, lambda: phone.approve(request["id"], request["code"]))
    assert console.request(request["id"])["status"] == "cancelled"
    console.call("DELETE", "/sessions/current")
    refused(401, lambda: console.call("GET", "/me"))


@pytest.mark.row("SE-1")
def test_tokens_of_one_kind_are_refused_elsewhere(console: TestConsole, phone: SoftwarePhone) -> None:
    phone.sign_in()
    wait = TestConsole(console.url).begin_sign_in()["wait_token"]
    for token in (phone.token, wait, "", "x"):
        other = TestConsole(console.url)
        other.token = token
        assert other.raw("GET", "/me").status_code == 401
        assert other.raw("GET", "/events").status_code == 401
    thief = SoftwarePhone(None)
    thief.origin, thief.token = phone.origin, console.token
    refused(401, lambda: thief._call("GET", "/requests"))


@pytest.mark.both
def test_a_phone_session_challenge_is_spent_once(phone: SoftwarePhone) -> None:
    from server import protocol

    made = phone._call("POST", "/sessions/challenge", json={"device": phone.device}).json()["challenge"]
    message = protocol.session_message(phone.device, protocol.unb64u(made))
    proof = {"device": phone.device, "challenge": made, "sig": protocol.b64u(protocol.sign(phone.dsk, message))}

    def open_session() -> int:
        return phone._http.post(f"{phone.origin}/phone/api/v1/sessions", json=proof, timeout=20).status_code

    assert sorted(together([open_session] * 8)) == [200, *[401] * 7]
    unknown = phone._call("POST", "/sessions/challenge", json={"device": "dev_unknown"}).json()["challenge"]
    assert len(protocol.unb64u(unknown)) == 32
    forged = {**proof, "challenge": protocol.b64u(bytes(32))}
    assert phone._http.post(f"{phone.origin}/phone/api/v1/sessions", json=forged, timeout=20).status_code == 401


def test_a_provider_sees_all_requests_and_a_sub_administrator_its_own(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    mia = console.user(company=company)
    kofi = console.user("kofi@litware.example")
    sub_phone, sub = colleague_of(
        console, phone, role="sub_administrator", companies=[company], permissions=["users.delete"]
    )
    refused(404, lambda: sub.delete(kofi))
    refused(403, lambda: sub.call("GET", "/audit"))
    refused(403, lambda: sub.user("new@contoso.example", company=company))
    assert [each["id"] for each in sub.call("GET", "/users")["items"]] == [mia]
    own = console.delete(kofi)
    refused(404, lambda: sub.request(own["id"]))
    asked = sub.delete(mia)
    assert asked["id"] in [each["id"] for each in console.call("GET", "/requests")["items"]]
    assert own["id"] not in [each["id"] for each in sub.call("GET", "/requests")["items"]]
    assert sub_phone.approve(asked["id"], asked["code"]) == "executed"


def test_nobody_gives_more_than_he_holds(console: TestConsole, phone: SoftwarePhone) -> None:
    held = ["administrators.edit", "users.edit"]
    _, sub = colleague_of(console, phone, role="sub_administrator", companies=None, permissions=held)
    for more in ({"role": "provider"}, {"role": "sub_administrator", "permissions": ["audit.view"]}):
        body = {"username": "eve", "email": "eve@example.com", **more}
        problem = refused(403, partial(sub.ask, "administrator.create", **body))
        assert problem.code == "forbidden"


def test_an_account_without_two_factor_can_do_nothing_protected_once_others_have_it(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    request = console.ask(
        "administrator.create", username="jonas", email="j@northwind.example", role="provider", name="Jonas Keller"
    )
    phone.approve(request["id"], request["code"])
    invitation = console.request(request["id"])["result"]["invitation"]
    desk, word = TestConsole(console.url), "quiet-Harbour-19-marble-otter"
    accept = {"invitation": invitation, "password": word}
    answers = together([lambda: desk.raw("POST", "/invitations", accept).status_code] * 4)
    assert sorted(answers) == [201, 404, 404, 404]
    desk.sign_in("jonas", word)
    mia = desk.user()  # what is not protected works as before
    assert refused(403, lambda: desk.delete(mia)).code == "two_factor_required"
    for grant in (None, "x" * 43):
        body = {"password": word, "grant": grant}
        assert refused(403, partial(desk.call, "POST", "/enrolments", body)).code == "grant_required"
    assert desk.call("GET", "/me")["grant_required"]


def test_before_anybody_has_two_factor_actions_execute_at_once_and_say_so(console: TestConsole) -> None:
    mia = console.user()
    body = {"parameters": {"user": mia, "mode": "user_only"}, "reason": "left"}
    assert console.call("POST", "/actions/user.delete", body) == {"status": "executed", "result": {"user": mia}}
    [event] = console.audit(event="action:executed")
    assert event["unprotected"] is True
    assert event["target"][0]["name"] == "mia.brandt@contoso.example"


def test_not_me_ends_approved_sign_ins_of_that_console_too(console: TestConsole, phone: SoftwarePhone) -> None:
    desk = TestConsole(console.url)
    desk.known = console.known
    first = desk.begin_sign_in()
    phone.approve(first["request"]["id"], first["request"]["code"])
    second = desk.begin_sign_in()
    phone.reject(second["request"]["id"], "not_me")
    refused(401, lambda: desk.complete(first["wait_token"]))
    assert console.raw("GET", "/me").status_code == 401


def test_an_invited_provider_is_not_overwritten_from_below(console: TestConsole, phone: SoftwarePhone) -> None:
    _, sub = colleague_of(console, phone, role="sub_administrator", companies=None, permissions=["administrators.edit"])
    boss = {"username": "boss", "email": "boss@n.example", "role": "provider"}
    request = console.ask("administrator.create", **boss)
    phone.approve(request["id"], request["code"])
    lower = {**boss, "role": "sub_administrator", "email": "mine@evil.example"}
    assert refused(409, partial(sub.ask, "administrator.create", **lower)).code == "username_taken"
    assert console.ask("administrator.create", **boss)["status"] == "pending"


def test_a_preview_refuses_what_asking_would_refuse_and_asks_nobody(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    body = {"parameters": {"user": mia, "mode": "user_only"}, "reason": "left"}
    details = console.call("POST", "/actions/user.delete/preview", body)["details"]
    assert (details["id"], details["answer_key"], details["reason"]) == ("", "", "left")
    assert phone.pending() == []
    for _ in range(5):
        console.delete(mia)
    refused(429, lambda: console.call("POST", "/actions/user.delete/preview", body))


def test_unknown_members_are_refused_without_being_told(console: TestConsole) -> None:
    for path in ("/sessions", "/users", "/actions/user.delete"):
        answer = console.raw("POST", path, {"hunter2-Secret": 1, "parameters": {"hunter2-Secret": 1}})
        assert answer.status_code == 422
        assert "hunter2" not in answer.text


@pytest.mark.row("LG-1", "LG-2")
def test_wrong_passwords_are_limited_before_they_are_hashed_and_the_owner_is_not_locked_out(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    stranger = TestConsole(console.url)

    def guess() -> int:
        body = {"username": "AMELIA.hart", "password": "wrong", "device_name": "x", "application": "y"}
        return stranger.raw("POST", "/sessions", body).status_code

    answers = together([guess] * 40)
    assert (answers.count(401), answers.count(429)) == (10, 30)
    limited = refused(429, stranger.begin_sign_in)  # even with the right password
    assert limited.code == "too_many_attempts"
    owner = TestConsole(console.url)
    owner.known = console.known
    waiting = owner.begin_sign_in()
    phone.approve(waiting["request"]["id"], waiting["request"]["code"])
    owner.complete(waiting["wait_token"])
    assert len(console.audit(event="session:refused")) == 10


@pytest.mark.row("LG-1")
def test_the_password_asked_again_is_limited_too(console: TestConsole) -> None:
    wrong = [console.raw("POST", "/enrolments", {"password": "wrong"}).status_code for _ in range(11)]
    assert wrong == [403] * 10 + [429]


def test_all_spellings_of_a_user_name_share_one_count(console: TestConsole) -> None:
    stranger = TestConsole(console.url)
    spellings = [USERNAME, "AMELIA.hart", " amelia.hart", "amelia.hart\u00a0", "\uff41melia.hart"] * 3

    def guess(username: str) -> int:
        body = {"username": username, "password": "wrong", "device_name": "x", "application": "y"}
        return stranger.raw("POST", "/sessions", body).status_code

    assert [guess(each) for each in spellings] == [401] * 10 + [429] * 5
    assert guess("nobody") == 401
