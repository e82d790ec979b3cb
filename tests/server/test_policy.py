"""The security policy: changed only with the phone, told in words, and enforced by the server on every way in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from desktop.demo.phone import SoftwarePhone
from server import protocol
from server.actions import REGISTER
from server.config import load
from server.store.database import url
from server.web.routes import CONSOLE_ROUTES, Who
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused
from tests.server.test_decisions import colleague_of

STRICT = {
    "request_lifetime": 120,
    "without_code": [],
    "reason_required": False,
    "qr_alone": False,
    "two_factor_from": None,
    "by_totp": [],
}
SOON, BEFORE = datetime.now(UTC) + timedelta(days=3), datetime.now(UTC) - timedelta(days=3)


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def policy(console: TestConsole) -> Any:
    """Return the policy, without what may be in it."""
    told = console.call("GET", "/policy")
    del told["may_be_without_code"], told["may_be_by_totp"]
    return told


def change(console: TestConsole, phone: SoftwarePhone, **members: Any) -> Any:
    """Change the policy, confirmed by the phone; the request as it was asked."""
    body = {"parameters": members, "reason": "as agreed"}
    request = console.call("POST", "/actions/policy.change", body)["request"]
    assert phone.approve(request["id"], request["code"]) == "executed"
    return request


def test_it_is_strict_until_it_is_changed_and_the_change_is_told_in_words(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    assert policy(console) == STRICT
    request = change(console, phone, request_lifetime=300, without_code=["user.delete"], reason_required=True)
    assert request["parameters"] == {
        "request_lifetime": 300,
        "without_code": ["user.delete"],
        "reason_required": True,
    }
    assert request["consequence"] == (
        "A request waits 300 seconds for the phone, instead of 120. "
        "No code is typed any more for “Delete user”: the phone is unlocked, and that is all. "
        "Whoever asks for a management action must say why, which nobody has to now."
    )
    assert policy(console) == STRICT | request["parameters"]
    back = change(console, phone, without_code=[], two_factor_from=SOON.isoformat())
    assert "The code is asked for again for “Delete user”." in back["consequence"]
    assert f"From {SOON:%Y-%m-%d %H:%M} UTC, instead of never, an account" in back["consequence"]
    assert back["consequence"].endswith("0 accounts have none now.")
    assert console.call("GET", "/policy")["without_code"] == []
    never = change(console, phone, two_factor_from=None)
    assert f"instead of from {SOON:%Y-%m-%d %H:%M} UTC" in never["consequence"]
    assert console.events_of(request["id"]) == ["request:created", "request:approved", "request:executed"]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"request_lifetime": 29},
        {"request_lifetime": 601},
        {"request_lifetime": None},
        {"request_lifetime": "60"},
        {"reason_required": "yes"},
        {"qr_alone": 1},
        {"without_code": ["sign_in"]},
        {"without_code": ["administrator.create"]},
        {"without_code": ["policy.change"]},
        {"without_code": ["origin.retire"]},
        {"without_code": ["no.such"]},
        {"two_factor_from": "2026-12-01T00:00:00"},
        {"two_factor_from": "0001-01-01T00:00:00+14:00"},
        {"two_factor_from": "9999-12-31T23:59:59-14:00"},
        {"two_factor_from": "0001-01-01T00:00:00Z"},
        {"two_factor_from": "2999-01-01T00:00:00Z"},
        {"forever": True},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(console: TestConsole, members: dict[str, Any]) -> None:
    for path in ("/actions/policy.change", "/actions/policy.change/preview"):
        refused(422, partial(console.call, "POST", path, {"parameters": members}))
    assert policy(console) == STRICT


def test_two_factor_is_forced_from_a_day_that_consoles_can_show(console: TestConsole) -> None:
    problem = refused(422, lambda: console.ask("policy.change", two_factor_from="2999-01-01T00:00:00Z"))
    assert "from 2000 to 2099" in problem.members["fields"]["parameters.two_factor_from"]
    for path in ("/audit", "/requests"):  # nor does a filter fall over the ends of the calendar
        for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
            console.call("GET", path, params={"from": moment, "to": moment})


def test_only_who_may_and_sees_all_companies_changes_it(console: TestConsole, phone: SoftwarePhone) -> None:
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    _, sub = colleague_of(console, phone, "sub_administrator", companies=[company], permissions=["policy.edit"])
    assert refused(403, lambda: sub.ask("policy.change", reason_required=True)).code == "forbidden"
    assert refused(403, lambda: sub.ask("origin.retire", origin="http://x")).code == "forbidden"
    assert policy(sub) == STRICT


def test_what_is_so_already_is_no_change_and_a_change_meanwhile_voids(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    assert refused(409, lambda: console.ask("policy.change", reason_required=False)).code == "unchanged"
    first = console.ask("policy.change", request_lifetime=60)
    second = console.ask("policy.change", reason_required=True)
    assert phone.approve(second["id"], second["code"]) == "executed"
    assert phone.approve(first["id"], first["code"]) == "void"
    assert console.request(first["id"])["void_reason"] == "target_changed"
    assert console.call("GET", "/policy")["request_lifetime"] == 120


def test_providers_are_told_of_a_change(console: TestConsole, phone: SoftwarePhone) -> None:
    other, _ = colleague_of(console, phone)
    change(console, phone, request_lifetime=60)
    [notice] = [each for each in other.notices() if each["kind"] == "policy_changed"]
    assert (notice["username"], notice["device_name"]) == (USERNAME, "NW-LT-014")


def test_a_request_lives_as_long_as_policy_says(console: TestConsole, phone: SoftwarePhone) -> None:
    change(console, phone, request_lifetime=30)
    waiting = TestConsole(console.url).begin_sign_in()["request"]
    for request in (console.delete(console.user()), waiting):
        details = phone.request(request["id"]).details
        assert 30 <= details["expires_at"] - details["created_at"] <= 31
        assert lasting(request) <= 31


def lasting(request: Any) -> float:
    moments = [datetime.fromisoformat(request[name]) for name in ("created_at", "expires_at")]
    return (moments[1] - moments[0]).total_seconds()


def test_without_a_code_the_unlocked_phone_is_enough_for_that_action_alone(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    change(console, phone, without_code=["user.delete"])
    request = console.delete(console.user())
    assert request["code"] is None
    assert console.request(request["id"])["code"] is None
    assert request["qr"].startswith(console.url)
    assert phone.request(request["id"]).details["code_digits"] == 0
    wrong = "000000"
    assert refused(422, lambda: phone.approve(request["id"], wrong)).code == "wrong_code"  # what is sent is compared
    phone.passkey.unlocks = False
    refused(403, lambda: phone.approve(request["id"], ""))
    phone.passkey.unlocks = True
    assert phone.approve(request["id"], "") == "executed"
    again = console.delete(console.user("kofi@litware.example"))
    _, _, secret = protocol.parse_confirmation_qr(again["qr"])
    assert phone.approve(again["id"], protocol.b64u(secret)) == "executed"
    for other in (
        console.ask("policy.change", request_lifetime=60),
        TestConsole(console.url).begin_sign_in()["request"],
        console.ask("administrator.create", username="eve", email="eve@n.example", role="provider"),
    ):
        assert len(other["code"]) == 6
        refused(422, lambda: phone.approve(other["id"], ""))  # noqa: B023 - called at once


def test_what_was_asked_without_a_code_is_void_once_the_policy_wants_one(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    change(console, phone, without_code=["user.delete"])
    waiting, scanned, refused_one = (console.delete(console.user(f"{name}@contoso.example")) for name in "abc")
    change(console, phone, without_code=[])
    assert phone.approve(waiting["id"], "") == "void"
    assert console.request(waiting["id"])["void_reason"] == "policy_changed"
    _, _, secret = protocol.parse_confirmation_qr(scanned["qr"])
    assert phone.approve(scanned["id"], protocol.b64u(secret)) == "executed"
    assert phone.reject(refused_one["id"]) == "rejected"


def test_an_api_key_always_has_its_code_and_gives_a_reason(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.ask("api_key.create", name="Night job", permissions=["users.delete"])
    phone.approve(request["id"], request["code"])
    script = TestConsole(console.url)
    script.token = console.request(request["id"])["result"]["token"]
    change(console, phone, without_code=["user.delete"], reason_required=True)
    parameters = {"user": console.user(), "mode": "user_only"}
    without = {"parameters": parameters, "reason": ""}
    assert refused(422, lambda: script.call("POST", "/actions/user.delete", without)).code == "reason_required"
    body = {"parameters": parameters, "reason": "every night"}
    assert script.call("POST", "/actions/user.delete/preview", body)["details"]["code_digits"] == 6
    asked = script.call("POST", "/actions/user.delete", body)["request"]
    assert len(asked["code"]) == 6
    refused(422, lambda: phone.approve(asked["id"], ""))
    assert phone.approve(asked["id"], asked["code"]) == "executed"


def test_the_preview_says_whether_a_code_is_needed(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"parameters": {"user": console.user(), "mode": "user_only"}}
    path = "/actions/user.delete/preview"
    assert console.call("POST", path, body)["details"]["code_digits"] == 6
    change(console, phone, without_code=["user.delete"])
    assert console.call("POST", path, body)["details"]["code_digits"] == 0


def test_what_needs_its_code_always_is_never_freed(console: TestConsole) -> None:
    free = set(console.call("GET", "/policy")["may_be_without_code"])
    offered = {each["name"]: each for each in console.call("GET", "/actions")["items"]}
    always = ("administrator.", "policy.change", "api_key.create", "origin.retire", "audit.prune", "rmm.run_on_group")
    assert free == {
        name
        for name, each in offered.items()
        if each["kind"] == "management" and not name.startswith(always) and name in REGISTER
    }


def test_a_reason_is_needed_where_policy_says_so(console: TestConsole, phone: SoftwarePhone) -> None:
    change(console, phone, reason_required=True)
    parameters = {"user": console.user(), "mode": "user_only"}
    for reason in ("", "  "):
        body = {"parameters": parameters, "reason": reason}
        for path in ("/actions/user.delete", "/actions/user.delete/preview"):
            problem = refused(422, partial(console.call, "POST", path, body))
            assert problem.code == "reason_required"
            assert set(problem.members["fields"]) == {"reason"}
    asked = console.call("POST", "/actions/user.delete", {"parameters": parameters, "reason": "left"})["request"]
    assert phone.request(asked["id"]).details["reason"] == "left"
    assert console.ask("two_factor.disable")["status"] == "pending"  # the own account needs none


def test_a_qr_code_alone_enrols_where_policy_says_so(console: TestConsole) -> None:
    done = console.call("POST", "/actions/policy.change", {"parameters": {"qr_alone": True}})
    assert done["status"] == "executed"
    refused(403, lambda: console.call("POST", "/enrolments", {"password": "wrong"}))  # the console asks all the same
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    qr = protocol.EnrolmentQR.parse(enrolment["qr"])
    assert qr.flags == 0
    named = SoftwarePhone(None)
    told = protocol.EnrolmentQR(qr.origin, protocol.ASKS_FOR_PASSWORD, qr.eid, qr.secret, qr.fp, qr.exp, qr.box).text()
    refused(400, lambda: named.enrol(told, USERNAME, PASSWORD))  # the server goes by what it stored
    phone = SoftwarePhone(None)
    digits = phone.enrol(enrolment["qr"], "", "")
    request = console.call("POST", f"/enrolments/{enrolment['id']}/confirm", {"sas": digits})["request"]
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert phone.username == USERNAME


def test_asking_for_the_password_again_ends_the_codes_that_need_none(console: TestConsole) -> None:
    console.call("POST", "/actions/policy.change", {"parameters": {"qr_alone": True}})
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    console.call("POST", "/actions/policy.change", {"parameters": {"qr_alone": False}})
    refused(410, lambda: SoftwarePhone(None).enrol(enrolment["qr"], "", ""))
    strict = console.call("POST", "/enrolments", {"password": PASSWORD})
    lying = protocol.EnrolmentQR.parse(strict["qr"])
    text = protocol.EnrolmentQR(lying.origin, 0, lying.eid, lying.secret, lying.fp, lying.exp, lying.box).text()
    refused(401, lambda: SoftwarePhone(None).enrol(text, "", ""))
    console.protect()


def invited(console: TestConsole, phone: SoftwarePhone) -> tuple[TestConsole, str]:
    """Invite a colleague who has no phone yet; signed in, with the grant to enrol one."""
    request = console.call(
        "POST",
        "/actions/administrator.create",
        {"parameters": {"username": "jonas", "email": "j@n.example", "role": "provider"}, "reason": "new"},
    )["request"]
    phone.approve(request["id"], request["code"])
    invitation = console.request(request["id"])["result"]["invitation"]
    desk, word = TestConsole(console.url), "quiet-Harbour-19-marble-otter"
    grant = desk.call("POST", "/invitations", {"invitation": invitation, "password": word})["grant"]
    desk.sign_in("jonas", word)
    return desk, grant


def test_forcing_two_factor_leaves_time_and_then_nothing_but_to_enrol(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    desk, grant = invited(console, phone)
    assert desk.call("GET", "/me")["must_enrol_by"] is None
    request = change(console, phone, two_factor_from=SOON.isoformat())
    assert request["consequence"].endswith("1 account has none now.")
    by = desk.call("GET", "/me")["must_enrol_by"]
    assert abs(datetime.fromisoformat(by) - SOON) < timedelta(seconds=1)
    assert console.call("GET", "/me")["must_enrol_by"] is None
    assert desk.user()
    change(console, phone, two_factor_from=BEFORE.isoformat())
    assert refused(403, lambda: desk.user("kofi@litware.example")).code == "two_factor_required"
    assert desk.call("GET", "/me")["username"] == "jonas"
    desk.protect("jonas", "quiet-Harbour-19-marble-otter", grant)
    assert desk.user("kofi@litware.example")


def test_who_turns_it_off_although_policy_asks_for_it_is_told_what_is_left(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    change(console, phone, two_factor_from=BEFORE.isoformat())
    request = console.ask("two_factor.disable")
    assert "can do nothing but turn it on again" in request["consequence"]
    assert "without being confirmed" not in request["consequence"]
    assert "Until that day protected actions are executed at once" in request["consequence"]
    assert phone.approve(request["id"], request["code"]) == "executed"
    refused(403, console.user)
    grant = console.request(request["id"])["result"]["grant"]
    console.protect(grant=grant)
    assert console.user()


def test_no_route_leads_around_it(console: TestConsole, phone: SoftwarePhone) -> None:
    desk, _ = invited(console, phone)
    change(console, phone, two_factor_from=BEFORE.isoformat())
    open_still = set()
    for route in CONSOLE_ROUTES:
        if route.who not in (Who.SESSION, Who.SESSION_OR_KEY):
            continue
        path = "/".join("x" if part.startswith("{") else part for part in route.path.split("/"))
        answer = desk.raw(route.method, path, {} if route.method != "GET" else None)
        if answer.status_code != 403 or answer.json()["code"] != "two_factor_required":
            open_still.add(f"{route.method} {route.path}")
    assert open_still == {
        "GET /sessions",
        "DELETE /sessions/{session}",
        "GET /reach",
        "POST /reach/install",
        "DELETE /reach/install",
        "GET /me",
        "GET /actions",
        "GET /policy",
        "GET /two-factor",
        "POST /two-factor/totp",
        "GET /recovery-codes",
        "POST /recovery-codes/saved",
        "POST /enrolments",
        "GET /enrolments/{enrolment}",
        "POST /enrolments/{enrolment}/confirm",
        "DELETE /enrolments/{enrolment}",
        "GET /requests/{request}",
        "POST /requests/{request}/cancel",
    }


def test_nobody_without_two_factor_forces_others(console: TestConsole) -> None:
    problem = refused(409, lambda: console.ask("policy.change", two_factor_from=SOON.isoformat()))
    assert problem.code == "not_enabled"
    changed = console.call("POST", "/actions/policy.change", {"parameters": {"request_lifetime": 60}})
    assert changed["status"] == "executed"


def test_a_policy_written_into_the_database_loosens_nothing(start_server: Callable[..., LivingServer]) -> None:
    server = start_server()
    console, phone = server.protected()
    change(console, phone, request_lifetime=300)
    server.stop()
    engine = create_engine(url(load(environment=server.settings, data=server.data)))
    with engine.begin() as connection:
        connection.execute(text("""UPDATE policy SET without_code = '["user.delete"]', qr_alone = TRUE"""))
    engine.dispose()
    server.start()
    assert policy(console) == STRICT
    assert len(console.delete(console.user())["code"]) == 6
    change(console, phone, reason_required=True)
    assert policy(console) == STRICT | {"reason_required": True}
