"""Changing the password: the right one first, a good one then, the phone last; and nothing of it is kept in clear."""

from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server import protocol
from tests.gates.world import ControlledServer
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused
from tests.server.test_decisions import colleague_of

NEW = "seven-Granite-otter-umbrella"


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def change(console: TestConsole, current: str = PASSWORD, new: str = NEW, **more: Any) -> Any:
    body = {"parameters": {"current_password": current, "new_password": new}}
    return console.call("POST", "/actions/password.change", body, **more)


@pytest.mark.row("SE-5", "LG-6")
def test_the_phone_confirms_and_then_the_new_one_counts(console: TestConsole, phone: SoftwarePhone) -> None:
    elsewhere = TestConsole(console.url)
    elsewhere.sign_in(phone=phone)
    sleeper = TestConsole(console.url).begin_sign_in()
    other = console.delete(console.user())
    request = change(console)["request"]
    assert set(request["parameters"]) == {"new_password", "new_password_digest"}
    assert request["parameters"]["new_password"] == "set"
    details = phone.request(request["id"]).details
    assert details["parameters"] == request["parameters"]
    assert len(protocol.unb64u(details["parameters"]["new_password_digest"])) == 32
    assert details["target"][0]["name"] == "amelia.hart"
    TestConsole(console.url).begin_sign_in()  # until then the old one counts
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert console.call("GET", "/me")["username"] == "amelia.hart"  # the session that asked goes on
    refused(401, partial(elsewhere.call, "GET", "/me"))
    refused(403, lambda: TestConsole(console.url).complete(sleeper["wait_token"]))
    assert console.request(other["id"])["status"] == "cancelled"
    refused(401, lambda: TestConsole(console.url).begin_sign_in())
    TestConsole(console.url).sign_in(password=NEW, phone=phone)
    assert "password_changed" in [each["kind"] for each in phone.notices()]
    [event] = console.audit(event="password:changed")
    assert event["username"] == "amelia.hart"


def test_a_rejected_change_changes_nothing(console: TestConsole, phone: SoftwarePhone) -> None:
    request = change(console)["request"]
    phone.reject(request["id"])
    TestConsole(console.url).sign_in(phone=phone)
    refused(401, lambda: TestConsole(console.url).begin_sign_in(password=NEW))


def test_of_two_changes_the_first_approved_counts(console: TestConsole, phone: SoftwarePhone) -> None:
    first, second = change(console)["request"], change(console, new="eight-Granite-otter-umbrella")["request"]
    assert phone.approve(second["id"], second["code"]) == "executed"
    problem = refused(409, lambda: phone.approve(first["id"], first["code"]))
    assert problem.members["request_status"] == "cancelled"
    TestConsole(console.url).sign_in(password="eight-Granite-otter-umbrella", phone=phone)


def test_a_wrong_current_password_is_refused_counted_and_asks_nobody(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    """Whoever has a stolen session does not learn the password by trying, nor locks the owner out elsewhere."""
    answers = [refused_or_429(console) for _ in range(12)]
    assert answers == ["wrong_password"] * 10 + ["too_many_attempts"] * 2
    assert phone.pending() == []
    assert len(console.audit(event="password:refused", outcome="denied")) == 10
    TestConsole(console.url).sign_in(phone=phone)  # another console is not affected
    owner = TestConsole(console.url)
    owner.known = console.known
    owner.sign_in(phone=phone)  # nor the very one whose session it is
    assert change(owner)["request"]["status"] == "pending"
    assert refused_or_429(console) == "too_many_attempts"


def refused_or_429(console: TestConsole) -> str:
    answer = console.raw(
        "POST",
        "/actions/password.change",
        {"parameters": {"current_password": "wrong", "new_password": NEW}},
    )
    assert answer.status_code in (403, 429)
    return str(answer.json()["code"])


def test_strangers_who_guess_do_not_keep_the_owner_from_changing_it(console: TestConsole, phone: SoftwarePhone) -> None:
    stranger = TestConsole(console.url)
    for _ in range(11):
        stranger.raw(
            "POST", "/sessions", {"username": "amelia.hart", "password": "x", "device_name": "d", "application": "a"}
        )
    assert change(console)["request"]["status"] == "pending"
    assert phone.pending()


def test_a_call_is_known_again_for_a_day(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    once: Any = {"headers": {"Idempotency-Key": "once"}}
    body = {"parameters": {"user": console.user(), "mode": "user_only"}}

    def asked() -> str:
        return str(console.call("POST", "/actions/user.delete", body, **once)["request"]["id"])

    first = asked()
    clocked.move(24 * 3600 - 1)
    console.sign_in(phone=phone)
    assert asked() == first
    clocked.move(1)
    assert asked() != first


@pytest.mark.both
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sessions", {"username": USERNAME, "device_name": "PC", "application": "tests"}),
        ("/enrolments", {}),
        ("/two-factor/totp", {}),
        ("/two-factor/lost-phone", {"code": "0000-0000-0000-0000"}),
        ("/actions/password.change", {"parameters": {"current_password": PASSWORD, "new_password": f"{NEW}-2"}}),
    ],
)
def test_one_that_was_changed_since_it_was_compared_opens_nothing(
    clocked: ControlledServer, path: str, body: dict[str, Any]
) -> None:
    console, phone = clocked.protected()
    request = change(console)["request"]
    given = body if "parameters" in body else body | {"password": PASSWORD}
    with clocked.comparing(lambda: console.raw("POST", path, given).status_code) as answer:
        assert phone.approve(request["id"], request["code"]) == "executed"
    assert answer.result() == (401 if path == "/sessions" else 403)
    assert phone.state()["status"] == "active"
    assert console.call("GET", "/requests", params={"status": "pending"})["items"] == []


@pytest.mark.parametrize("new", ["short", "amelia.hart.2026", "aaaaaaaaaaaaaaaaaaaa", "Northwind Managed Services"])
def test_a_weak_one_is_refused_with_its_place(console: TestConsole, phone: SoftwarePhone, new: str) -> None:
    problem = refused(422, lambda: change(console, new=new))
    assert problem.code == "weak_password"
    assert set(problem.members["fields"]) == {"parameters.new_password"}
    assert phone.pending() == []


def test_the_old_one_is_no_new_one(console: TestConsole) -> None:
    assert refused(422, lambda: change(console, new=PASSWORD)).code == "weak_password"


def test_the_digest_cannot_be_asked_for(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"parameters": {"new_password": "set", "new_password_digest": "x" * 43}}
    for path in ("/actions/password.change", "/actions/password.change/preview"):
        assert refused(422, partial(console.call, "POST", path, body)).code == "invalid"
    assert phone.pending() == []


def test_the_form_asks_for_two_passwords(console: TestConsole) -> None:
    [action] = [each for each in console.call("GET", "/actions")["items"] if each["name"] == "password.change"]
    assert set(action["schema"]["properties"]) == {"current_password", "new_password"}
    assert {each["format"] for each in action["schema"]["properties"].values()} == {"password"}


def test_a_preview_refuses_what_asking_would_and_asks_nobody(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"parameters": {"current_password": PASSWORD, "new_password": NEW}}
    details = console.call("POST", "/actions/password.change/preview", body)["details"]
    assert details["parameters"]["new_password"] == "set"
    assert phone.pending() == []
    body["parameters"]["current_password"] = "wrong"
    refused(403, partial(console.call, "POST", "/actions/password.change/preview", body))


def test_without_two_factor_it_is_changed_at_once(console: TestConsole) -> None:
    elsewhere = TestConsole(console.url)
    elsewhere.sign_in()
    key: Any = {"headers": {"Idempotency-Key": "once"}}
    assert change(console, **key)["status"] == "executed"
    assert change(console, **key)["status"] == "executed"  # the same call again, though its password is the old one
    assert refused(422, lambda: change(console, new="nine-Granite-otter-umbrella", **key)).code == (
        "idempotency_key_reused"
    )
    refused(401, partial(elsewhere.call, "GET", "/me"))
    TestConsole(console.url).sign_in(password=NEW)
    [event] = console.audit(event="action:executed")
    assert set(event["parameters"]) == {"new_password", "new_password_digest"}


def test_an_account_without_two_factor_needs_it_once_others_have_it(console: TestConsole, phone: SoftwarePhone) -> None:
    theirs, colleague = colleague_of(console, phone)
    off = colleague.ask("two_factor.disable")
    theirs.approve(off["id"], off["code"])
    ask = partial(change, colleague, "quiet-Harbour-19-marble-otter")
    assert refused(403, ask).code == "two_factor_required"


def test_no_password_is_written_anywhere(server: LivingServer, console: TestConsole, phone: SoftwarePhone) -> None:
    key: Any = {"headers": {"Idempotency-Key": "once"}}
    request = change(console, **key)["request"]
    assert change(console, **key)["request"]["id"] == request["id"]
    refused(422, lambda: change(console, new="nine-Granite-otter-umbrella", **key))
    written = str(console.audit()) + str(console.request(request["id"])) + server.log()
    for file in server.data.iterdir():
        written += file.read_bytes().decode("latin-1")
    for secret in (PASSWORD, NEW, "nine-Granite-otter-umbrella"):
        assert secret not in written
    assert phone.approve(request["id"], request["code"]) == "executed"
