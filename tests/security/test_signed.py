"""What is seen is what is signed and then done: no member, header, route or order leads around it."""

import json
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from desktop.demo.phone import Shown, SoftwarePhone
from server import protocol
from server.contract.request import RequestStatus
from tests.gates.effects import Effects
from tests.gates.world import ControlledServer, World, app_of
from tests.living import TestConsole
from tests.proving import refused, status_of
from tests.server.test_decisions import sealed

DETAILS: dict[str, Any] = {
    "v": 1,
    "id": "req_1",
    "kind": "management",
    "action": "user.delete",
    "title": "Delete user",
    "summary": "Delete the user “mia”",
    "username": "amelia.hart",
    "device_name": "NW-LT-014",
    "application": "Countersign",
    "ip": "127.0.0.1",
    "notices": ["new network address"],
    "target": [{"type": "user", "id": "usr_1", "name": "mia"}],
    "parameters": {"user": "usr_1", "mode": "user_only"},
    "consequence": "Gone.",
    "reason": "left",
    "created_at": 1_795_521_600,
    "expires_at": 1_795_521_720,
    "code_digits": 6,
    "answer_key": "BA",
}
VALUE = some.recursive(
    some.one_of(some.text(max_size=12), some.integers(-(2**53) + 1, 2**53 - 1), some.booleans(), some.none()),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text("abc", max_size=3), inner, max_size=3),
    max_leaves=6,
)


def effects(server: ControlledServer) -> dict[str, str]:
    """Return what there is by now; the same where nothing has happened between two calls."""
    with closing(Effects(server)) as onlooker:
        return onlooker.now()


def challenge(details: dict[str, Any]) -> bytes:
    return protocol.decision_challenge(protocol.canonical(details), "approve", "", "123456")


@pytest.mark.row("TA-1.1")
@settings(max_examples=500, deadline=None)
@given(member=some.sampled_from(sorted(DETAILS)), value=VALUE)
def test_whatever_changes_in_the_details_changes_what_is_signed(member: str, value: Any) -> None:
    changed = {**DETAILS, member: value}
    same = json.dumps(changed, sort_keys=True) == json.dumps(DETAILS, sort_keys=True)
    assert (challenge(changed) == challenge(DETAILS)) == same
    turned = dict(reversed(changed.items()))
    assert protocol.canonical(turned) == protocol.canonical(changed)


@pytest.mark.row("TA-1.2", "TA-1.3")
def test_neither_phone_nor_method_is_changed_with_session_and_password_alone(world: World) -> None:
    console, before = world.root.console, effects(world.server)
    for action, parameters in (
        ("two_factor.disable", {"method": "totp"}),
        ("two_factor.disable", {"approved": True}),
        ("device.change", {}),
        ("two_factor.enable", {"method": "totp"}),
        ("policy.change", {"request_lifetime": 600, "method": "totp"}),
    ):
        assert status_of(partial(console.ask, action, **parameters)) in (404, 409, 422)
    for path in ("/two-factor", "/two-factor/phone", f"/devices/{world.root.own_phone.device}"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert console.raw(method, path, {}).status_code in (404, 405)
    assert effects(world.server) == before
    waiting = [console.ask("two_factor.disable"), console.ask("policy.change", request_lifetime=600)]
    thief = SoftwarePhone(None, "thief's")
    waiting += [console.enrol(thief, world.root.username, world.root.password)]
    waiting += [console.ask("two_factor.change_method", **app_of(world.root))]
    assert [each["status"] for each in waiting] == ["pending"] * 4
    assert [each["device"] for each in waiting] == [world.root.own_phone.name] * 4  # the old one decides
    for each in waiting:
        refused(404, partial(thief.approve, each["id"], each["code"]))
    assert console.call("GET", "/two-factor")["method"] == "phone"


@pytest.mark.row("TA-1.4")
def test_a_signature_for_signing_in_is_none_for_an_action_nor_the_other_way_round(world: World) -> None:
    phone, console = world.root.own_phone, world.root.console
    desk = TestConsole(world.server.url)
    sign_in, action = desk.begin_sign_in(), console.delete(world.user())
    asked = {"sign_in": sign_in["request"], "action": action}
    shown = {name: phone.request(request["id"]) for name, request in asked.items()}
    assert [shown[name].details["kind"] for name in asked] == ["authentication", "management"]
    bodies = {
        name: phone.sealed_decision(shown[name], "approve", code=request["code"]) for name, request in asked.items()
    }
    refused(400, lambda: phone.send(action["id"], bodies["sign_in"]))
    refused(400, lambda: phone.send(sign_in["request"]["id"], bodies["action"]))
    taken = protocol.unb64u(
        phone._call("POST", "/sessions/challenge", json={"device": phone.device}).json()["challenge"]
    )
    reading = protocol.b64u(protocol.sign(phone.dsk, protocol.session_message(phone.device, taken)))
    refused(403, lambda: phone.send(action["id"], sealed(phone, shown["action"], code=action["code"], sig=reading)))
    deciding = protocol.decision_challenge(shown["action"].raw, "approve", "", action["code"])
    proof = {
        "device": phone.device,
        "challenge": protocol.b64u(taken),
        "sig": protocol.b64u(protocol.sign(phone.dsk, deciding)),
    }
    refused(401, lambda: phone._call("POST", "/sessions", json=proof))
    assert phone.send(action["id"], bodies["action"]) == "executed"
    assert desk.raw("POST", "/sessions/complete", {"wait_token": sign_in["wait_token"]}).status_code == 202


@pytest.mark.row("TA-1.5", "TA-2.10")
def test_an_approval_counts_once_for_its_own_request_also_after_a_restart(world: World) -> None:
    phone, console = world.root.own_phone, world.root.console
    user = world.user()
    requests = [console.delete(user), console.delete(user), *(console.delete(world.user()) for _ in range(3))]
    bodies = [phone.sealed_decision(phone.request(each["id"]), "approve", code=each["code"]) for each in requests]
    for place, request in enumerate(requests[1:], 1):
        for other, body in enumerate(bodies):
            if other != place:
                refused(400, partial(phone.send, request["id"], body))
    assert phone.send(requests[0]["id"], bodies[0]) == "executed"
    world.server.kill()
    world.server.start()
    before = effects(world.server)
    for request in (requests[0], *requests[2:]):
        assert status_of(partial(phone.send, request["id"], bodies[0])) in (400, 409)
    assert effects(world.server) == before
    again = console.user("again@contoso.example")
    console.delete(again)
    assert [status_of(partial(phone.send, each.id, bodies[0])) for each in phone.pending()] == [400] * 5
    assert console.call("GET", f"/users/{again}")


def bent(body: dict[str, Any]) -> list[Any]:
    """Return a body with each member dropped, null, of another type, and with what some servers would obey."""
    made: list[Any] = [None, [], "x", 1, {}, [body]]
    for name, right in body.items():
        made.append({key: value for key, value in body.items() if key != name})
        others: list[Any] = [None, 1, "x", [], {}, True, [right]]
        made += [{**body, name: other} for other in others]
    obeyed = (
        "approved",
        "status",
        "code",
        "method",
        "protected",
        "unprotected",
        "decided_by",
        "device",
        "administrator",
    )
    return [*made, *({**body, name: value} for name in obeyed for value in (True, "executed", "approve"))]


@pytest.mark.row("TA-2.1", "TA-2.3")
def test_no_body_and_no_header_turns_the_check_off(world: World) -> None:
    console, user = world.root.console, world.user()
    body: dict[str, Any] = {"parameters": {"user": user, "mode": "user_only"}, "reason": "left"}
    inner = [{**body, "parameters": each} for each in bent(body["parameters"])]
    before = {name: found for name, found in effects(world.server).items() if name != "requests"}
    headers = [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Approved": "true", "X-Request-Status": "approved"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Authorization": f"Bearer {console.token}, Bearer {console.token}"},
        {"Authorization": f"Basic {console.token}"},
        {"Cookie": f"token={console.token}", "Authorization": ""},
    ]
    calls: list[tuple[Any, dict[str, str]]] = [(each, {}) for each in bent(body) + inner]
    calls += [(body, each) for each in headers]
    for sent, more in calls:
        answer = console.raw("POST", "/actions/user.delete", sent, headers=more)
        assert answer.status_code in (202, 400, 401, 404, 415, 422), (sent, more)
        if answer.status_code == 202:
            request = answer.json()["request"]
            assert (request["status"], request["requested_by"]) == ("pending", "amelia.hart")
            console.call("POST", f"/requests/{request['id']}/cancel")
    twice = f'{{"parameters": {json.dumps(body["parameters"])}, "parameters": {{}}}}'
    assert _raw(console, twice).status_code in (202, 400, 422)
    after = {name: found for name, found in effects(world.server).items() if name != "requests"}
    assert after == before
    assert console.call("GET", f"/users/{user}")


@pytest.mark.row("TA-2.1")
def test_no_bent_decision_executes_anything(world: World) -> None:
    phone, console = world.root.own_phone, world.root.console
    request = console.delete(world.user())
    shown = phone.request(request["id"])
    right = {"decision": "approve", "reason": "", "webauthn": None, "sig": "", "code": request["code"]}
    before = effects(world.server)
    for each in bent(right):
        message = json.dumps(each).encode()
        key = protocol.public_key(protocol.unb64u(shown.details["answer_key"], 65))
        body = protocol.seal(key, protocol.answer_info(phone.device, shown.id), message)
        assert status_of(partial(phone.send, shown.id, body)) in (400, 403)
    assert effects(world.server) == before
    assert phone.approve(shown.id, request["code"]) == "executed"


def _raw(console: TestConsole, body: str) -> Any:
    headers = {"Authorization": f"Bearer {console.token}", "Content-Type": "application/json"}
    return console._http.post(f"{console.url}/api/v1/actions/user.delete", data=body, headers=headers, timeout=20)


@pytest.mark.row("TA-2.1")
def test_where_requests_cannot_be_kept_nothing_is_executed(world: World) -> None:
    console, user = world.root.console, world.user()
    world.server.sql("CREATE TRIGGER broken BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'broken'); END")
    answer = console.raw("POST", "/actions/user.delete", {"parameters": {"user": user, "mode": "user_only"}})
    assert answer.status_code in (500, 503)
    assert "broken" not in answer.text
    console._http.close()  # where it has stumbled the server ends the connection
    assert console.call("GET", f"/users/{user}")
    world.server.sql("DROP TRIGGER broken")
    request = console.delete(user)
    phone = world.root.own_phone
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    world.server.sql("CREATE TRIGGER broken BEFORE UPDATE ON requests BEGIN SELECT RAISE(ABORT, 'broken'); END")
    assert status_of(lambda: phone.send(request["id"], body)) in (500, 503)
    phone._http.close()
    world.server.sql("DROP TRIGGER broken")
    assert console.call("GET", f"/users/{user}")
    assert phone.send(request["id"], body) == "executed"


@pytest.mark.row("TA-2.2")
def test_there_is_no_older_or_weaker_way_to_the_same(world: World) -> None:
    console, user = world.root.console, world.user()
    request, before = console.delete(user), effects(world.server)
    ways = [
        ("DELETE", f"/users/{user}"),
        ("POST", f"/users/{user}/delete"),
        *(("POST", f"/requests/{request['id']}/{way}") for way in ("approve", "decision", "execute")),
        ("PATCH", f"/requests/{request['id']}"),
        ("PUT", f"/requests/{request['id']}"),
        ("POST", "/actions/user.delete/execute"),
        ("PUT", "/actions/user.delete"),
        ("POST", "/actions/USER.DELETE"),
        ("POST", "/actions/sign_in"),
    ]
    for method, path in ways:
        body = {"parameters": {}} if path.startswith("/actions") else {"code": request["code"], "status": "approved"}
        assert console.raw(method, path, body).status_code in (404, 405), (method, path)
    for way in ("totp", "recovery"):  # for what it may confirm alone
        code = {"code": request["code"]}
        assert console.raw("POST", f"/requests/{request['id']}/{way}", code).status_code == 403
        assert console.raw("POST", f"/sessions/{way}", {**code, "wait_token": request["id"]}).status_code == 401
    for version in ("/api", "/api/v0", "/api/v2", "/v1", ""):
        url = f"{console.url}{version}/actions/user.delete"
        headers = {"Authorization": f"Bearer {console.token}"}
        answer = console._http.post(
            url, json={"parameters": {"user": user, "mode": "user_only"}}, headers=headers, timeout=20
        )
        assert answer.status_code in (404, 405), version
    assert effects(world.server) == before


@pytest.mark.row("TA-2.3")
def test_what_the_phone_shows_is_the_servers_own(world: World) -> None:
    console, user = world.root.console, world.user()
    name = console.call("GET", f"/users/{user}")["username"]
    body: dict[str, Any] = {"parameters": {"user": user, "mode": "user_only"}, "reason": "left"}
    for lie in ("summary", "title", "target", "consequence", "ip", "username", "device_name", "application", "notices"):
        assert console.raw("POST", "/actions/user.delete", {**body, lie: "a harmless thing"}).status_code == 422
        parameters = {**body["parameters"], lie: "a harmless thing"}
        assert console.raw("POST", "/actions/user.delete", {**body, "parameters": parameters}).status_code == 422
    request = console.call("POST", "/actions/user.delete", body)["request"]
    shown = world.root.own_phone.request(request["id"]).details
    assert shown["target"] == [{"type": "user", "id": user, "name": name}]
    assert name in shown["summary"]
    assert (shown["username"], shown["reason"]) == ("amelia.hart", "left")


FINAL = ("executed", "rejected", "cancelled", "void", "expired")


@pytest.mark.row("TA-2.5", "EX-1")
@pytest.mark.parametrize("state", FINAL)
def test_nothing_leaves_a_final_state(world: World, state: str) -> None:
    phone, console, user = world.root.own_phone, world.root.console, world.user()
    request = console.delete(user)
    shown, code = phone.request(request["id"]), request["code"]
    approval = phone.sealed_decision(shown, "approve", code=code)
    match state:
        case "executed":
            phone.send(shown.id, approval)
        case "rejected":
            phone.reject(shown.id)
        case "cancelled":
            console.call("POST", f"/requests/{shown.id}/cancel")
        case "void":
            console.call("PATCH", f"/users/{user}", {"name": "Another One"})
            assert phone.send(shown.id, approval) == "void"
        case "expired":
            world.server.move(120)
            refused(409, lambda: console.call("POST", f"/requests/{shown.id}/cancel"))
    before, events = effects(world.server), console.events_of(shown.id)
    later: list[Callable[[], Any]] = [
        partial(phone.send, shown.id, approval),
        partial(phone.decide, shown, "approve", code=code),
        partial(phone.decide, shown, "reject", reason="not_me"),
        partial(phone.decide, shown, "approve", code="000000"),
        partial(console.call, "POST", f"/requests/{shown.id}/cancel"),
    ]
    for event in later:
        problem = refused(410 if state == "expired" and event is not later[-1] else 409, event)
        assert problem.members["request_status"] == state
    assert (effects(world.server), console.events_of(shown.id)) == (before, events)
    assert RequestStatus(console.request(shown.id)["status"]) == state


@pytest.mark.row("TA-2.6")
def test_a_target_that_is_made_anew_under_the_same_name_is_another_one(world: World) -> None:
    phone, console, name = world.root.own_phone, world.root.console, "same@contoso.example"
    old = console.user(name)
    first, second = console.delete(old), console.delete(old)
    assert phone.approve(first["id"], first["code"]) == "executed"
    new = console.user(name)
    assert phone.approve(second["id"], second["code"]) == "void"
    assert console.request(second["id"])["void_reason"] == "target_changed"
    assert console.call("GET", f"/users/{new}")["username"] == name


@pytest.mark.row("TA-2.8")
@pytest.mark.parametrize("loss", ["disabled", "deleted", "rights", "phone", "session"])
def test_what_the_requester_loses_before_the_phone_answers_is_not_executed(world: World, loss: str) -> None:
    actor, user, root = world.actor("users.delete"), world.user(), world.root
    request = actor.console.delete(user)
    phone = actor.own_phone
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    who = {"administrator": actor.id}
    match loss:
        case "disabled":
            root.do("administrator.disable", who)
        case "deleted":
            root.do("administrator.delete", who)
        case "rights":
            rights: dict[str, Any] = {"role": "sub_administrator", "companies": None, "permissions": []}
            root.do("administrator.set_permissions", {**who, **rights})
        case "phone":
            root.do("administrator.reset_two_factor", who)
        case "session":
            actor.console.call("DELETE", "/sessions/current")
    outcome = _outcome(phone, request["id"], body)
    assert outcome in ("void", 401, 403, 404, 409)
    assert root.console.request(request["id"])["status"] in ("void", "cancelled")
    assert root.console.call("GET", f"/users/{user}")


def _outcome(phone: SoftwarePhone, request: str, body: bytes) -> str | int:
    told: list[str] = []
    status = status_of(lambda: told.append(phone.send(request, body)))
    return told[0] if told else status


@pytest.mark.row("TA-2.6")
def test_one_byte_of_what_was_shown_changes_what_counts(world: World) -> None:
    phone = world.root.own_phone
    request = world.root.console.delete(world.user())
    shown = phone.request(request["id"])
    for place in range(0, len(shown.raw), max(1, len(shown.raw) // 25)):
        changed = bytes([shown.raw[place] ^ 1])
        raw = shown.raw[:place] + changed + shown.raw[place + 1 :]
        other = Shown(shown.id, shown.status, raw, shown.details)
        refused(403, partial(phone.decide, other, "approve", code=request["code"]))
    assert phone.approve(shown.id, request["code"]) == "executed"
