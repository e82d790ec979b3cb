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
from tests.server.test_administrators import me, sub_of
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
