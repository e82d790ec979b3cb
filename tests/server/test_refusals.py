"""What was refused leaves a line in the audit log: who tried it, from where, and why he was refused."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from server.web.seldom import MOST, OF_EACH, Seldom
from tests.both import on_sqlite
from tests.gates.world import ControlledServer
from tests.living import USERNAME, LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.reaching import COLLEAGUES_PASSWORD, invited
from tests.server.test_administrators import done, me, sub_of
from tests.server.test_decisions import colleague_of


def traces(console: TestConsole, event: str = "call:refused") -> list[tuple[Any, ...]]:
    """Return who was refused what and why, oldest first."""
    found = reversed(console.audit(event=event))
    return [(line["username"], line.get("route") or line["device"], line["action"], line["code"]) for line in found]


def test_who_has_no_grant_leaves_a_line_whatever_password_he_has(server: LivingServer) -> None:
    console, phone = server.protected()
    thief, _ = invited(console, phone, "jonas")
    for path in ("/enrolments", "/two-factor/totp"):
        for password in (COLLEAGUES_PASSWORD, "no-password-of-anybody"):
            call = partial(thief.call, "POST", path, {"password": password, "grant": "A" * 43})
            assert refused(403, call).code == "grant_required"
    assert traces(console) == [
        ("jonas", "POST /enrolments", None, "grant_required"),
        ("jonas", "POST /two-factor/totp", None, "grant_required"),
    ]
    [first, _] = console.audit(event="call:refused")
    assert (first["outcome"], first["ip"], first["device_name"]) == ("denied", "127.0.0.1", "NW-LT-031")


def test_an_action_that_is_refused_leaves_a_line_with_its_name(server: LivingServer) -> None:
    console, phone = server.protected()
    _, sub = sub_of(console, phone, "users.edit")
    mia = console.user()
    refused(403, lambda: sub.delete(mia))
    refused(403, lambda: sub.call("POST", "/actions/user.delete/preview", {"parameters": {"user": mia}}))
    refused(403, lambda: sub.call("GET", "/audit"))
    rights = {"administrator": me(console), "role": "provider"}
    assert refused(403, lambda: console.ask("administrator.set_permissions", **rights)).code == "own_account"
    assert traces(console) == [
        ("jonas", "POST /actions/{name}", "user.delete", "forbidden"),
        (USERNAME, "POST /actions/{name}", "administrator.set_permissions", "own_account"),
    ]


def test_so_does_one_that_needs_two_factor_and_one_that_needs_the_phone(server: LivingServer) -> None:
    console, phone = server.protected()
    thief, _ = invited(console, phone, "jonas")
    mia = console.user()
    assert refused(403, lambda: thief.delete(mia)).code == "two_factor_required"
    request = console.delete(mia)
    codes = partial(console.call, "POST", f"/requests/{request['id']}/recovery", {"code": "AAAA-AAAA-AAAA-AAAA"})
    assert refused(403, codes).code == "phone_required"
    assert traces(console) == [
        ("jonas", "POST /actions/{name}", "user.delete", "two_factor_required"),
        (USERNAME, "POST /requests/{request}/recovery", "user.delete", "phone_required"),
    ]
    [line, _] = console.audit(event="call:refused")
    assert line["request"] == request["id"]


def test_an_api_key_that_is_refused_leaves_a_line(server: LivingServer) -> None:
    console, phone = server.protected()
    asked = console.ask("api_key.create", name="nightly", permissions=[])
    phone.approve(asked["id"], asked["code"])
    script = TestConsole(server.url)
    script.token = console.request(asked["id"])["result"]["token"]
    refused(403, partial(script.call, "POST", "/companies", {"name": "Tailspin"}))
    assert traces(console) == [(USERNAME, "POST /companies", None, "forbidden")]
    [line] = console.audit(event="call:refused")
    assert line["device_name"] == "nightly"


def test_who_calls_off_the_owners_sign_in_leaves_a_line_of_that_request(server: LivingServer) -> None:
    console, _ = server.protected()
    owner = TestConsole(server.url)
    owner.known = console.known
    waiting = owner.begin_sign_in()["request"]["id"]
    problem = refused(403, lambda: console.call("POST", f"/requests/{waiting}/cancel"))
    assert (problem.code, problem.title[:16]) == ("forbidden", "Only the console")
    assert traces(console) == [(USERNAME, "POST /requests/{request}/cancel", "sign_in", "forbidden")]
    assert console.audit(event="call:refused")[0]["request"] == waiting


def test_a_refusal_leaves_one_line_a_minute_and_nobody_else_is_kept_from_his(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    thief, _ = invited(console, phone, "jonas")
    other = TestConsole(clocked.url, device_name="OTHER")
    other.sign_in("jonas", COLLEAGUES_PASSWORD)
    for each in (thief, thief, other, thief):
        refused(403, partial(each.call, "POST", "/enrolments", {"password": "x"}))
    assert [each["device_name"] for each in console.audit(event="call:refused")] == ["OTHER", "NW-LT-031"]
    clocked.move(60)
    refused(403, partial(thief.call, "POST", "/enrolments", {"password": "x"}))
    assert len(console.audit(event="call:refused")) == 3


def test_each_target_of_what_is_refused_has_its_line(server: LivingServer) -> None:
    console, phone = server.protected()
    owner, _ = invited(console, phone, "jonas")
    reset = console.ask("administrator.reset_two_factor", administrator=me(owner))
    phone.approve(reset["id"], reset["code"])
    owner.sign_in("jonas", COLLEAGUES_PASSWORD)
    for name in ("one", "two", "one", "n%00ul"):
        refused(403, partial(owner.call, "POST", f"/requests/{name}/totp", {"code": "000000"}))
    assert [line[1] for line in traces(console)] == ["POST /requests/{request}/totp"] * 3


def test_nobody_fills_the_log_with_what_is_refused() -> None:
    now, seldom = datetime(2026, 11, 24, tzinfo=UTC), Seldom()
    due = [seldom.is_due("jonas", (str(number),), now) for number in range(10_000)]
    assert due == [True] * OF_EACH + [False] * (10_000 - OF_EACH)
    assert seldom.is_due("amelia", ("0",), now)
    assert not seldom.is_due("jonas", ("0",), now + timedelta(seconds=59))
    assert seldom.is_due("jonas", ("0",), now + timedelta(seconds=60))
    assert seldom.is_due("jonas", ("0",), now - timedelta(hours=1))  # a clock that was set back silences nothing


def test_what_is_remembered_is_bounded() -> None:
    now, seldom = datetime(2026, 11, 24, tzinfo=UTC), Seldom()
    assert all(seldom.is_due(str(number), ("it",), now) for number in range(MOST))
    assert not seldom.is_due("0", ("it",), now)
    assert seldom.is_due("one more", ("it",), now)
    assert seldom.is_due("1", ("it",), now)  # who was quiet for longest was forgotten
    assert not seldom.is_due("0", ("it",), now)


def test_a_phone_that_sends_again_too_late_or_for_another_leaves_a_line(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    other, _ = colleague_of(console, phone)
    once, late = console.delete(console.user()), console.delete(console.user("kofi@litware.example"))
    in_time, too_late = (
        phone.sealed_decision(phone.request(each["id"]), "approve", code=each["code"]) for each in (once, late)
    )
    refused(404, partial(other.send, once["id"], in_time))
    phone.send(once["id"], in_time)
    for _ in range(2):
        refused(409, partial(phone.send, once["id"], in_time))
    refused(400, partial(phone.send, late["id"], in_time))
    refused(404, partial(phone.send, "req_AAAAAAAAAAAAAAAA", b"x"))
    clocked.move(121)
    refused(410, partial(phone.send, late["id"], too_late))
    assert traces(console, "decision:refused") == [
        ("jonas", "iPhone 16", "user.delete", "request_not_found"),
        (USERNAME, "Pixel 9", "user.delete", "not_pending"),
        (USERNAME, "Pixel 9", "user.delete", "malformed"),
        (USERNAME, "Pixel 9", None, "request_not_found"),
        (USERNAME, "Pixel 9", "user.delete", "expired"),
    ]
    lines = reversed(console.audit(event="decision:refused"))
    told = [(line["request"], line["outcome"], line["ip"]) for line in lines]
    assert told == [(each, "denied", "127.0.0.1") for each in (once["id"], once["id"], late["id"], None, late["id"])]


def test_what_does_not_exist_for_him_and_what_is_too_much_leave_a_line_each(server: LivingServer) -> None:
    console, phone = server.protected()
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    _, sub = sub_of(console, phone, "users.edit", "users.delete", companies=[company])
    theirs = [console.user(), console.user("kofi@litware.example")]
    for user in theirs:
        refused(404, partial(sub.delete, user))
    refused(404, partial(sub.call, "PATCH", f"/users/{theirs[0]}", {"name": "Somebody"}))
    refused(404, partial(sub.call, "POST", "/actions/policy.destroy", {}))
    refused(404, partial(sub.call, "GET", f"/users/{theirs[0]}"))
    preview = {"parameters": {"user": theirs[0], "mode": "user_only"}}
    refused(404, partial(sub.call, "POST", "/actions/user.delete/preview", preview))
    own = [sub.user(f"user{n}@contoso.example", company=company) for n in range(6)]
    for user in own[:5]:
        sub.delete(user)
    assert refused(429, partial(sub.delete, own[5])).code == "too_many_requests"
    assert traces(console) == [
        ("jonas", "POST /actions/{name}", "user.delete", "user_not_found"),
        ("jonas", "POST /actions/{name}", "user.delete", "user_not_found"),
        ("jonas", "PATCH /users/{user}", None, "user_not_found"),
        ("jonas", "POST /actions/{name}", None, "action_not_found"),
        ("jonas", "POST /actions/{name}", "user.delete", "too_many_requests"),
    ]
    told = [line["target"] for line in reversed(console.audit(event="call:refused"))]
    assert [each and each[0]["id"] for each in told] == [*theirs, None, None, own[5]]


def test_a_phone_that_was_cut_off_and_one_of_a_disabled_account_leave_a_line(server: LivingServer) -> None:
    console, phone = server.protected()
    for name, way in (("jonas", "administrator.disable"), ("lena", "administrator.reset_two_factor")):
        owner, grant = invited(console, phone, name)
        theirs = owner.protect(name, COLLEAGUES_PASSWORD, grant, f"Phone of {name}")
        request = owner.ask("two_factor.disable")
        body = theirs.sealed_decision(theirs.request(request["id"]), "approve", code=request["code"])
        url = f"{server.url}/phone/api/v1/requests/{request['id']}/decision"
        done(console, phone, way, administrator=me(owner))
        for token in (theirs.token, "A" * 43):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
            assert theirs._http.post(url, body, headers=headers, timeout=20).status_code == 401
        refused(403 if name == "jonas" else 401, theirs.sign_in)
    assert traces(console, "decision:refused") == [
        (name, f"Phone of {name}", "two_factor.disable", "phone_session_ended") for name in ("jonas", "lena")
    ]


def test_a_phone_that_was_cut_off_long_ago_leaves_none(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    phone.sign_in()
    request = console.delete(console.user())
    console.report_lost(console.call("GET", "/recovery-codes")["codes"][0])
    clocked.move(1201)
    url = f"{clocked.url}/phone/api/v1/requests/{request['id']}/decision"
    answer = phone._http.post(url, b"x", headers={"Authorization": f"Bearer {phone.token}"}, timeout=20)
    assert answer.status_code == 401
    assert console.audit(event="decision:refused") == []


def test_a_phone_whose_time_was_over_leaves_none(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    phone.sign_in()
    clocked.move(601)
    request = console.delete(console.user())
    url = f"{clocked.url}/phone/api/v1/requests/{request['id']}/decision"
    answer = phone._http.post(url, b"x", headers={"Authorization": f"Bearer {phone.token}"}, timeout=20)
    assert answer.status_code == 401
    assert console.audit(event="decision:refused") == []


def test_an_ended_session_that_is_used_again_leaves_a_line(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    ended, idle = (clocked.console(device_name=name) for name in ("ENDED", "IDLE"))
    for each in (ended, idle):
        each.sign_in(phone=phone)
    stolen = ended.ask("two_factor.disable")
    phone.reject(stolen["id"], "not_me")
    clocked.move(3601)
    console.sign_in(phone=phone)
    for each in (ended, ended, idle):
        refused(401, partial(each.call, "POST", "/actions/two_factor.disable", {}))
        refused(401, partial(each.call, "GET", "/me"))
    assert traces(console) == [(USERNAME, "POST /actions/{name}", "two_factor.disable", "session_ended")]
    assert console.audit(event="call:refused")[0]["device_name"] == "ENDED"
    clocked.move(24 * 3600)
    refused(401, partial(ended.call, "POST", "/companies", {"name": "Tailspin"}))
    console.sign_in(phone=phone)
    assert len(traces(console)) == 1, "who holds what ended long ago fills no log"


def test_who_was_shut_out_takes_no_lines_from_whoever_is_let_in(server: LivingServer) -> None:
    console, phone = server.protected()
    ended = server.console(device_name="ENDED")
    ended.sign_in(phone=phone)
    phone.reject(ended.ask("two_factor.disable")["id"], "not_me")
    for each in range(OF_EACH):
        refused(401, partial(ended.call, "PATCH", f"/users/usr_{each:016}", {"name": "x"}))
    refused(404, partial(console.call, "PATCH", "/users/usr_0000000000000000", {"name": "x"}))
    assert {line[-1] for line in traces(console)} == {"session_ended", "user_not_found"}


def test_so_does_an_api_key_where_sessions_alone_pass(server: LivingServer) -> None:
    console, phone = server.protected()
    made = done(console, phone, "api_key.create", name="nightly", permissions=[])["result"]
    script = TestConsole(server.url)
    script.token = made["token"]
    refused(401, partial(script.call, "POST", "/enrolments", {"password": "x"}))
    console.call("DELETE", f"/api-keys/{made['api_key']}")
    refused(401, partial(script.call, "POST", "/companies", {"name": "Tailspin"}))
    script.token = "A" * 43
    refused(401, partial(script.call, "POST", "/companies", {"name": "Tailspin"}))
    assert traces(console) == [
        (USERNAME, "POST /enrolments", None, "session_ended"),
        (USERNAME, "POST /companies", None, "api_key_ended"),
    ]


def test_nobody_learns_from_his_lines_of_what_he_may_not_see(server: LivingServer) -> None:
    console, phone = server.protected()
    own_phone, sub = sub_of(console, phone, "audit.view")
    request = console.delete(console.user())
    for each in (request["id"], "req_AAAAAAAAAAAAAAAA"):
        refused(404, partial(own_phone.send, each, b"x"))
    lines = [(line["action"], line["request"], line.get("company")) for line in sub.audit(event="decision:refused")]
    assert lines == [(None, None, None)] * 2


def test_who_is_no_known_phone_leaves_none(server: LivingServer) -> None:
    console, phone = server.protected()
    request = console.delete(console.user())
    url = f"{server.url}/phone/api/v1/requests/{request['id']}/decision"
    console.call("POST", f"/requests/{request['id']}/cancel")
    for token in (console.token, "A" * 43):
        assert phone._http.post(url, b"x", headers={"Authorization": f"Bearer {token}"}, timeout=20).status_code == 401
    assert console.audit(event="decision:refused") == []


@on_sqlite
def test_what_cannot_be_written_is_refused_all_the_same(server: LivingServer) -> None:
    console, phone = server.protected()
    thief, _ = invited(console, phone, "jonas")
    call = partial(thief.call, "POST", "/enrolments", {"password": "x"})
    with closing(sqlite3.connect(server.data / "countersign.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refused(403, call).code == "grant_required"
    wait_for(lambda: [refused(403, call)] and traces(console), 30)
    assert traces(console) == [("jonas", "POST /enrolments", None, "grant_required")]
