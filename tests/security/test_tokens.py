"""Sessions and tokens: random, of one kind each, worth nothing once copied from the database, and ended at once."""

import collections
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import pytest
import requests

from server.services import limits, sessions
from server.store.ids import new_token
from tests.gates.world import World
from tests.living import LivingServer, TestConsole
from tests.proving import refused, status_of, together, wait_for

HOUR = 3600


@pytest.mark.row("SE-1")
def test_a_hundred_thousand_tokens_are_all_different_and_of_no_pattern() -> None:
    tokens = [new_token() for _ in range(100_000)]
    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {43}  # 256 bits
    for place in range(42):  # the last one holds four bits alone
        counted = collections.Counter(token[place] for token in tokens)
        expected = len(tokens) / 64
        chi_square = (
            sum((counted[each] - expected) ** 2 / expected for each in counted) + (64 - len(counted)) * expected
        )
        assert chi_square < 150, place  # 63 degrees of freedom: once in 10^8


@pytest.mark.row("SE-2")
def test_nothing_in_the_database_is_a_token(world: World) -> None:
    actor = world.actor()
    console = world.root.console
    console.delete(world.user())
    waiting = TestConsole(console.url).begin_sign_in()
    for token in (console.token, actor.console.token, world.root.own_phone.token, waiting["wait_token"]):
        assert token
    found = set()
    for (table,) in world.server.sql("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in world.server.sql(f"SELECT * FROM {table}"):  # noqa: S608 - its own tables
            for value in row:
                found |= {value.hex(), _as_text(value)} if isinstance(value, bytes) else {str(value)}
    usable = [each for each in found if each.isascii() and each.isprintable() and 16 <= len(each) <= 100]
    assert len(usable) > 100
    thief = TestConsole(console.url)
    for token in usable:
        thief.token = token
        assert thief.raw("GET", "/me").status_code == 401
        assert thief.raw("POST", "/sessions/complete", {"wait_token": token}).status_code in (401, 422)
        answer = thief._http.get(
            f"{console.url}/phone/api/v1/device", headers={"Authorization": f"Bearer {token}"}, timeout=20
        )
        assert answer.status_code == 401


def _as_text(value: bytes) -> str:
    return value.decode("latin-1").strip()


@pytest.mark.row("SE-3")
def test_the_token_before_the_phone_is_worth_nothing_after_it(world: World) -> None:
    desk = TestConsole(world.server.url)
    waiting = desk.begin_sign_in()
    world.root.approve(waiting["request"])
    desk.token = waiting["wait_token"]
    refused(401, lambda: desk.call("GET", "/me"))
    desk.token = ""
    desk.complete(waiting["wait_token"])
    assert desk.token != waiting["wait_token"]
    assert desk.call("GET", "/me")
    refused(401, lambda: desk.complete(waiting["wait_token"]))


@pytest.mark.row("SE-4")
def test_what_a_console_does_by_itself_keeps_no_session_alive(world: World) -> None:
    console = world.root.sign_in_again()
    for _ in range(6):
        world.server.move(HOUR / 6 - 1)
        console.call("GET", "/requests", headers={"Countersign-Background": "1"})
    world.server.move(6)
    refused(401, lambda: console.call("GET", "/requests"))
    used = world.root.sign_in_again()
    for _ in range(12):
        world.server.move(HOUR - 1)
        assert used.call("GET", "/requests")
    world.server.move(13)
    refused(401, lambda: used.call("GET", "/requests"))


@pytest.mark.row("SE-5")
@pytest.mark.parametrize("end", ["signed out", "disabled", "deleted", "reset"])
def test_what_ends_a_session_acts_on_the_next_call_and_on_the_stream(world: World, end: str) -> None:
    actor = world.actor("users.edit")
    stream = requests.get(
        f"{world.server.url}/api/v1/events",
        headers={"Authorization": f"Bearer {actor.console.token}"},
        stream=True,
        timeout=(5, 30),
    )
    assert stream.status_code == 200
    closed = threading.Event()

    def read() -> None:
        with closing(stream):
            for _ in stream.iter_content(1):
                pass
        closed.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert actor.console.call("GET", "/users")
    if end == "signed out":
        actor.console.call("DELETE", "/sessions/current")
    else:
        name = {"disabled": "disable", "deleted": "delete", "reset": "reset_two_factor"}[end]
        world.root.do(f"administrator.{name}", {"administrator": actor.id})
    refused(401, lambda: actor.console.call("GET", "/users"))
    assert wait_for(closed.is_set, 5)
    thread.join()


@pytest.mark.row("SE-5")
def test_rights_that_were_taken_are_gone_on_the_next_call(world: World) -> None:
    actor = world.actor("users.edit")
    assert actor.console.user("first@contoso.example")
    rights: dict[str, Any] = {"role": "sub_administrator", "companies": None, "permissions": []}
    world.root.do("administrator.set_permissions", {"administrator": actor.id, **rights})
    refused(403, lambda: actor.console.user("second@contoso.example"))


@pytest.mark.row("SE-6")
def test_of_ten_sessions_each_is_ended_alone_and_nobody_elses_at_all(world: World) -> None:
    actor, root = world.actor(), world.root.console
    consoles = [actor.console, *(actor.sign_in_again() for _ in range(9))]
    mine = {each["id"] for each in actor.console.call("GET", "/sessions")["items"]}
    assert len(mine) == 10
    assert status_of(lambda: root.call("DELETE", f"/sessions/{next(iter(mine))}")) == 404
    for left in range(9, 0, -1):
        [own] = [each["id"] for each in consoles[-1].call("GET", "/sessions")["items"] if each["current"]]
        actor.console.call("DELETE", f"/sessions/{own}")
        assert [status_of(partial(desk.call, "GET", "/me")) for desk in consoles] == [200] * left + [401]
        consoles.pop()
    assert root.call("GET", "/me")


@pytest.mark.row("SE-6")
def test_an_old_session_does_not_keep_its_owner_out(world: World) -> None:
    stolen = world.root.console
    old = stolen.call("GET", "/sessions")["items"][0]["id"]

    def begun() -> tuple[TestConsole, str]:
        console = world.root.sign_in_again()
        return console, next(each["id"] for each in console.call("GET", "/sessions")["items"] if each["current"])

    for _ in range(limits.YOUNGER):
        stolen.call("DELETE", f"/sessions/{begun()[1]}")
    console, session = begun()
    problem = refused(429, lambda: stolen.call("DELETE", f"/sessions/{session}"))
    assert problem.code == "too_many_ended"
    assert console.call("DELETE", f"/sessions/{old}") is None
    refused(401, lambda: stolen.call("GET", "/me"))


def test_use_from_another_address_leaves_a_trace(make_world: Callable[..., World]) -> None:
    world = make_world(trusted_proxies="127.0.0.1/32,::1/128")
    console = world.root.console
    for number in (9, 9, 10, 9):
        stolen = {"X-Forwarded-For": f"203.0.113.{number}", "Countersign-Background": "1"}
        assert console.raw("GET", "/users", headers=stolen).status_code == 200
    listening = {"X-Forwarded-For": "203.0.113.11"}
    console.raw("GET", "/events", headers=listening, stream=True).close()
    traces = [each["ip"] for each in console.audit(event="session:moved")]
    assert sorted(traces) == ["203.0.113.10", "203.0.113.11", "203.0.113.9"]
    [mine] = console.call("GET", "/sessions")["items"]
    assert (mine["last_ip"], mine["ip"]) == ("203.0.113.11", "127.0.0.1")


@pytest.mark.row("SE-7")
def test_no_cookie_is_set_and_no_token_stands_in_an_address(server: LivingServer) -> None:
    console, phone = server.protected()
    answers = [console.raw("GET", path) for path in ("/me", "/health", "/users", "/audit", "/nowhere")]
    answers.append(console._http.get(f"{server.url}/phone/", timeout=20))
    answers.append(console._http.get(f"{server.url}/phone/api/v1/server", timeout=20))
    assert not [each for each in answers if "set-cookie" in each.headers]
    assert console.raw("GET", f"/me?token={console.token}", headers={"Authorization": ""}).status_code == 401
    phone.sign_in()
    console.call("DELETE", "/sessions/current")
    assert "?" not in "".join(line for line in server.log().splitlines() if '"path"' in line)


@pytest.mark.row("SE-8")
def test_an_account_has_a_hundred_sessions_at_most(make_world: Callable[..., World]) -> None:
    world = make_world(protected=False)
    first = world.root.console
    world.server.move(60)
    consoles = [TestConsole(world.server.url) for _ in range(sessions.MOST + 8)]
    for place in range(0, len(consoles), 9):  # while it is not known whether they are right, ten count as wrong
        together([console.sign_in for console in consoles[place : place + 9]])
    living = [status_of(partial(console.call, "GET", "/me")) for console in consoles]
    assert (living.count(200), living.count(401)) == (sessions.MOST, 8)
    refused(401, lambda: first.call("GET", "/me"))


@pytest.mark.row("SE-8")
@pytest.mark.parametrize("crowd", ["203.0.113.9", "2001:db8:0:7::{:x}"])
def test_of_too_many_sessions_one_ends_where_most_come_from(make_world: Callable[..., World], crowd: str) -> None:
    world = make_world(protected=False, trusted_proxies="127.0.0.1/32,::1/128")
    world.server.move(60)
    consoles = [TestConsole(world.server.url) for _ in range(sessions.MOST + 1)]
    for number, console in enumerate(consoles):
        console._http.headers["X-Forwarded-For"] = crowd.format(number + 1)
        console.sign_in()
    assert status_of(partial(world.root.console.call, "GET", "/me")) == 200  # used before all others
    living = [status_of(partial(console.call, "GET", "/me")) for console in consoles]
    assert living == [401] * 2 + [200] * (sessions.MOST - 1)


@pytest.mark.row("SE-8")
def test_two_sessions_are_no_crowd_and_what_nobody_uses_ends_first(make_world: Callable[..., World]) -> None:
    world = make_world(protected=False, trusted_proxies="127.0.0.1/32,::1/128")
    thief, owner = TestConsole(world.server.url), [TestConsole(world.server.url) for _ in range(2)]
    for number in range(sessions.MOST):
        thief._http.headers["X-Forwarded-For"] = f"2001:db8:0:{number:x}::1"
        thief.sign_in()
    world.server.move(60)
    for console in owner:
        console.sign_in()
    for number in range(3):
        thief._http.headers["X-Forwarded-For"] = f"2001:db8:1:{number:x}::1"
        thief.sign_in()
    assert [status_of(partial(console.call, "GET", "/me")) for console in owner] == [200, 200]
