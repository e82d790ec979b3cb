"""Who may call what: the whole map, as a table of its own; a route without a line here fails."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.web.routes import CONSOLE, CONSOLE_ROUTES, PHONE, PLAIN_ROUTES, Who
from tests.living import LivingServer, TestConsole

EXPECTED = {
    "GET /api/v1/health": "anyone",
    "POST /api/v1/setup": "set-up token",
    "POST /api/v1/invitations": "anyone",
    "POST /api/v1/sessions": "anyone",
    "POST /api/v1/sessions/complete": "wait token",
    "POST /api/v1/sessions/cancel": "wait token",
    "POST /api/v1/sessions/totp": "wait token",
    "POST /api/v1/sessions/recovery": "wait token",
    "POST /api/v1/sessions/lost-phone": "wait token",
    "GET /api/v1/sessions": "session",
    "DELETE /api/v1/sessions/{session}": "session",
    "GET /api/v1/authority": "anyone",
    "GET /api/v1/reach": "session",
    "POST /api/v1/reach/install": "session",
    "DELETE /api/v1/reach/install": "session",
    "GET /api/v1/origins": "session",
    "GET /api/v1/me": "session",
    "GET /api/v1/actions": "session, key",
    "POST /api/v1/actions/{name}/preview": "session, key",
    "POST /api/v1/actions/{name}": "session, key",
    "GET /api/v1/requests": "session, key",
    "GET /api/v1/requests/{request}": "session, key",
    "POST /api/v1/requests/{request}/cancel": "session, key",
    "POST /api/v1/requests/{request}/totp": "session",
    "POST /api/v1/requests/{request}/recovery": "session",
    "GET /api/v1/requests/{request}/evidence": "session",
    "GET /api/v1/two-factor": "session",
    "POST /api/v1/two-factor/test-notification": "session",
    "POST /api/v1/two-factor/totp": "session",
    "POST /api/v1/two-factor/lost-phone": "session",
    "GET /api/v1/recovery-codes": "session",
    "POST /api/v1/recovery-codes/saved": "session",
    "POST /api/v1/enrolments": "session",
    "GET /api/v1/enrolments/{enrolment}": "session",
    "POST /api/v1/enrolments/{enrolment}/confirm": "session",
    "DELETE /api/v1/enrolments/{enrolment}": "session",
    "GET /api/v1/users": "session, key",
    "POST /api/v1/users": "session, key",
    "GET /api/v1/users/{user}": "session, key",
    "PATCH /api/v1/users/{user}": "session, key",
    "GET /api/v1/users/export": "session",
    "POST /api/v1/users/{user}/restore": "session, key",
    "GET /api/v1/deletions": "session, key",
    "GET /api/v1/deletions/{deletion}": "session, key",
    "POST /api/v1/deletions/{deletion}/stop": "session, key",
    "GET /api/v1/companies": "session, key",
    "POST /api/v1/companies": "session, key",
    "GET /api/v1/companies/{company}": "session, key",
    "PATCH /api/v1/companies/{company}": "session, key",
    "GET /api/v1/storage-accounts": "session, key",
    "POST /api/v1/storage-accounts": "session, key",
    "POST /api/v1/storage-accounts/test": "session, key",
    "GET /api/v1/storage-accounts/{account}": "session, key",
    "PATCH /api/v1/storage-accounts/{account}": "session, key",
    "POST /api/v1/storage-accounts/{account}/test": "session, key",
    "GET /api/v1/storage-accounts/{account}/browse": "session, key",
    "POST /api/v1/storage-accounts/{account}/places": "session, key",
    "POST /api/v1/storage-accounts/{account}/destinations": "session, key",
    "PATCH /api/v1/storage-accounts/{account}/destinations/{destination}": "session, key",
    "DELETE /api/v1/storage-accounts/{account}/destinations/{destination}": "session, key",
    "POST /api/v1/storage-accounts/{account}/measure": "session, key",
    "DELETE /api/v1/storage-accounts/{account}/measure": "session, key",
    "GET /api/v1/storage-accounts/{account}/usage": "session, key",
    "GET /api/v1/policy": "session",
    "GET /api/v1/overview": "session",
    "GET /api/v1/administrators": "session",
    "GET /api/v1/administrators/{administrator}": "session",
    "PATCH /api/v1/administrators/{administrator}": "session",
    "GET /api/v1/api-keys": "session",
    "DELETE /api/v1/api-keys/{key}": "session",
    "GET /api/v1/audit": "session, key",
    "GET /api/v1/audit/export": "session",
    "GET /api/v1/events": "session",
    "GET /phone/api/v1/server": "anyone",
    "GET /phone/api/v1/enrolments/{enrolment}": "anyone",
    "POST /phone/api/v1/enrolments/{enrolment}": "anyone",
    "POST /phone/api/v1/sessions/challenge": "anyone",
    "POST /phone/api/v1/sessions": "anyone",
    "POST /phone/api/v1/pin": "anyone",
    "GET /phone/api/v1/device": "phone session",
    "DELETE /phone/api/v1/device": "phone session",
    "PUT /phone/api/v1/device/push": "phone session",
    "POST /phone/api/v1/device/push/test": "phone session",
    "GET /phone/api/v1/device/settings": "phone session",
    "PUT /phone/api/v1/device/settings": "phone session",
    "GET /phone/api/v1/notices": "phone session",
    "POST /phone/api/v1/notices/read": "phone session",
    "GET /phone/api/v1/requests": "phone session",
    "GET /phone/api/v1/requests/{request}": "phone session",
    "POST /phone/api/v1/requests/{request}/decision": "phone session",
    "GET /phone/api/v1/events": "phone session",
}

ROUTES = {f"{route.method} {CONSOLE}{route.path}": route for route in CONSOLE_ROUTES} | {
    f"{route.method} {route.path}": route for route in PLAIN_ROUTES
}


@pytest.mark.row("RO-1")
def test_the_map_is_this_table() -> None:
    assert {name: str(route.who) for name, route in ROUTES.items()} == EXPECTED


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingServer]:
    folder: Path = tmp_path_factory.mktemp("routes") / "data"
    server = LivingServer(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def tokens(living: LivingServer) -> dict[str, str]:
    """One token of each kind, from a server where all kinds exist."""
    console, phone = living.protected()
    phone.sign_in()
    waiting = TestConsole(living.url).begin_sign_in()
    made = console.ask("api_key.create", name="nightly", permissions=["users.edit", "audit.view"])
    phone.approve(made["id"], made["code"])
    return {
        "session": console.token,
        "key": console.request(made["id"])["result"]["token"],
        "phone session": phone.token,
        "wait token": waiting["wait_token"],
        "none": "",
    }


@pytest.mark.row("SE-1", "RO-1")
@pytest.mark.parametrize("name", list(EXPECTED))
def test_each_route_takes_its_own_kind_of_token_alone(name: str, living: LivingServer, tokens: dict[str, str]) -> None:
    method, path = name.split(" ")
    who = ROUTES[name].who
    for kind, token in tokens.items():
        if kind in who.split(", ") or who in (Who.ANYONE, Who.WAIT_TOKEN, Who.SETUP_TOKEN):
            continue
        answer = _call(living, method, path, token)
        assert answer.status_code == 401, (name, kind)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", list(EXPECTED))
def test_each_answer_carries_the_headers(name: str, living: LivingServer, tokens: dict[str, str]) -> None:
    method, path = name.split(" ")
    if path.endswith("/events"):
        return
    for token in ("", tokens["session"]):
        headers = _call(living, method, path, token).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
        assert headers["call-id"]
        assert "server" not in headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"x" * 70_000, 413),
        (b'{"unknown": 1}', 422),
        (b"[]", 422),
        (b"[" * 30_000, 400),
        (b'{"username": "a", "username": "b", "password": "p", "device_name": "d", "application": "a"}', 400),
        (b'{"username": "' + b"x" * 30_000 + b'", "password": "p", "device_name": "d", "application": "a"}', 422),
        (b'{"username": "a\\u0000b", "password": "p", "device_name": "d", "application": "a"}', 422),
    ],
)
def test_bad_bodies_are_refused_and_nothing_of_them_is_told(living: LivingServer, body: bytes, status: int) -> None:
    console = living.console()
    answer = console._http.post(
        f"{living.url}{CONSOLE}/sessions", data=body, headers={"Content-Type": "application/json"}, timeout=20
    )
    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert {"type", "code", "title", "detail", "status", "call_id"} <= set(told)


@pytest.mark.parametrize(
    "name",
    [
        "DELETE /api/v1/sessions/{session}",
        "POST /api/v1/reach/install",
        "DELETE /api/v1/reach/install",
        "POST /api/v1/requests/{request}/cancel",
        "POST /api/v1/two-factor/test-notification",
        "POST /api/v1/recovery-codes/saved",
        "DELETE /api/v1/enrolments/{enrolment}",
        "POST /api/v1/users/{user}/restore",
        "POST /api/v1/deletions/{deletion}/stop",
        "POST /api/v1/storage-accounts/{account}/test",
        "POST /api/v1/storage-accounts/{account}/measure",
        "DELETE /api/v1/storage-accounts/{account}/measure",
        "DELETE /api/v1/storage-accounts/{account}/destinations/{destination}",
        "DELETE /api/v1/api-keys/{key}",
    ],
)
def test_where_no_body_belongs_an_empty_one_is_taken_and_no_other(
    name: str, living: LivingServer, tokens: dict[str, str]
) -> None:
    method, path = name.split(" ")

    def status(body: bytes, token: str = tokens["session"]) -> int:
        return int(_call(living, method, path, token, body).status_code)

    refused = {b'{"a": 1}': 422, b"[]": 422, b'"x"': 422, b"{": 400, b"\xff{": 400}
    assert {body: status(body) for body in refused} == refused
    assert status(b'{"a": 1}', token="") == 401
    assert not {status(b"{}"), status(b"")} & {400, 401, 422}


def test_a_query_with_nul_is_refused_before_anything_is_sent(living: LivingServer, tokens: dict[str, str]) -> None:
    answer = _call(living, "GET", f"{CONSOLE}/audit/export?format=csv&q=%00", tokens["session"])
    assert answer.status_code == 422


def test_a_body_without_end_is_refused_early(living: LivingServer) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(4096):
            yield b"x" * 4096

    answer = living.console()._http.post(f"{living.url}{CONSOLE}/sessions", data=endless(), timeout=20)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Host", "evil.example", 400),
        ("Host", "[", 400),
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
        ("Origin", "http://[", 403),
    ],
)
def test_pages_of_other_sites_are_refused(living: LivingServer, header: str, value: str, status: int) -> None:
    answer = living.console()._http.get(f"{living.url}{CONSOLE}/health", headers={header: value}, timeout=20)
    assert answer.status_code == status


@pytest.mark.row("OB-11")
def test_a_forwarded_address_counts_only_from_a_listed_proxy(living: LivingServer, tokens: dict[str, str]) -> None:
    console = living.console()
    headers = {"X-Forwarded-For": "1.2.3.4"}
    body = {"username": "x", "password": "y", "device_name": "a", "application": "b"}
    assert console.raw("POST", "/sessions", body, headers=headers).status_code == 401
    console.token = tokens["session"]
    assert console.audit(event="session:refused")[0]["ip"] in ("127.0.0.1", "::1")
    health = console.call("GET", "/health")
    assert health["status"] == "degraded"
    assert "unlisted_proxy" in health["details"]["warnings"]


@pytest.mark.row("OB-11")
def test_of_several_forwarded_lines_the_last_hop_counts(tmp_path: Path) -> None:
    server = LivingServer(tmp_path / "data", settings={"trusted_proxies": "127.0.0.1/32,::1/128"})
    server.start()
    console = server.set_up()
    raw = (
        f"POST {CONSOLE}/sessions HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 6.6.6.6\r\n"
        "X-Forwarded-For: 203.0.113.9\r\nContent-Type: application/json\r\nConnection: close\r\n"
    )
    body = '{"username":"x","password":"y","device_name":"a","application":"b"}'
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=20) as connection:
        connection.sendall(f"{raw}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        while connection.recv(4096):
            pass
    assert console.audit(event="session:refused")[0]["ip"] == "203.0.113.9"
    server.stop()


def _call(living: LivingServer, method: str, path: str, token: str, body: bytes = b"") -> Any:
    console = living.console()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Content-Type": "application/json"} if body else {}
    filled = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
    return console._http.request(method, f"{living.url}{filled}", data=body, headers=headers, timeout=20)


def test_the_phones_routes_lie_under_its_own_path() -> None:
    assert all(route.path.startswith((PHONE, f"{CONSOLE}/events")) for route in PLAIN_ROUTES)
