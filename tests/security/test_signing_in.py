"""Passwords: whom guessing holds up, what an answer gives away, and what guessing costs the server."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
import pytest

from tests.gates.world import Actor, World
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import status_of, together
from tests.server.test_administrators import WORD, done, me
from tests.server.test_decisions import colleague_of

WRONG = "not-the-password"
SLOT = 64 * 1024 * 1024  # what argon2id takes


def guess(console: TestConsole, username: str = USERNAME, password: str = WRONG, **more: Any) -> int:
    body = {"username": username, "password": password, "device_name": "x", "application": "y"}
    return console.raw("POST", "/sessions", body, **more).status_code


@pytest.mark.row("LG-2")
def test_guessing_from_everywhere_does_not_lock_the_owner_out(make_world: Callable[..., World]) -> None:
    world = make_world(trusted_proxies="127.0.0.1/32,::1/128")
    console, phone = world.root.console, world.root.own_phone
    stranger = TestConsole(console.url)
    answers = [guess(stranger, headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(60)]
    assert (answers.count(401), answers.count(429)) == (50, 10)
    request = console.delete(world.user())
    assert phone.approve(request["id"], request["code"]) == "executed"
    owner = TestConsole(console.url)
    owner.known = console.known
    owner.sign_in(phone=phone)
    assert owner.call("GET", "/me")["username"] == USERNAME


@pytest.mark.row("LG-2")
@pytest.mark.parametrize("resets", [1, 2])
def test_nor_an_owner_whose_second_factor_was_reset(make_world: Callable[..., World], resets: int) -> None:
    world = make_world(trusted_proxies="127.0.0.1/32,::1/128")
    console, phone = world.root.console, world.root.own_phone
    _, owner = colleague_of(console, phone)
    who = me(owner)
    for _ in range(resets):
        grant = done(console, phone, "administrator.reset_two_factor", administrator=who)["result"]["grant"]
        world.server.move(5)
    stranger = TestConsole(console.url)
    answers = [guess(stranger, "jonas", headers={"X-Forwarded-For": f"203.0.113.{n % 6}"}) for n in range(60)]
    assert (answers.count(401), answers.count(429)) == (50, 10)
    known = owner.known
    owner.sign_in("jonas", WORD)
    assert owner.known != known  # it is known for the counting of wrong passwords alone
    body = {"username": "jonas", "password": WRONG, "device_name": "x", "application": "y", "console": known}
    assert stranger.raw("POST", "/sessions", body).status_code == 401
    owner.protect("jonas", WORD, grant)
    assert stranger.raw("POST", "/sessions", body).status_code == 429  # as any stranger


@pytest.mark.row("LG-2")
def test_a_network_of_ipv6_is_one_source(make_world: Callable[..., World]) -> None:
    world = make_world(trusted_proxies="127.0.0.1/32,::1/128")
    stranger = TestConsole(world.server.url)
    answers = [guess(stranger, headers={"X-Forwarded-For": f"2001:db8:0:7::{n:x}"}) for n in range(1, 13)]
    assert (answers.count(401), answers.count(429)) == (10, 2)
    for elsewhere in ("2001:db8:0:8::1", "203.0.113.7"):
        assert guess(stranger, headers={"X-Forwarded-For": elsewhere}) == 401


@pytest.mark.row("LG-3")
def test_all_spellings_of_a_user_name_share_one_count(world: World) -> None:
    stranger = TestConsole(world.server.url)
    others = [" amelia.hart", "amelia.hart ", "amelia.hart\u00a0", "\uff41melia.hart"]
    assert [guess(stranger, other, PASSWORD) for other in others] == [401] * 4  # nobody signs in so, and it counts
    spellings = ["amelia.hart", "AMELIA.HART", "Amelia.Hart"] * 3
    assert [guess(stranger, spelling) for spelling in spellings] == [401] * 6 + [429] * 3
    assert guess(stranger, "amelia@northwind.example", PASSWORD) == 401  # no identifier of it at all


@pytest.mark.row("LG-4")
def test_nothing_tells_an_account_from_none_before_the_password_is_right(
    start_server: Callable[..., LivingServer],
) -> None:
    server = start_server(full_hashes=True)
    console, phone = server.protected()
    stranger, word = TestConsole(server.url), "quiet-Harbour-19-marble-otter"
    for username in ("invited", "disabled"):
        made = console.ask("administrator.create", username=username, email="i@n.example", role="provider")
        phone.approve(made["id"], made["code"])
        result = console.request(made["id"])["result"]
    stranger.call("POST", "/invitations", {"invitation": result["invitation"], "password": word})
    ended = console.ask("administrator.disable", administrator=result["administrator"])
    assert phone.approve(ended["id"], ended["code"]) == "executed"
    accounts = {USERNAME: WRONG, "nobody": PASSWORD, "invited": word, "disabled": word}
    took: dict[str, list[float]] = {name: [] for name in accounts}
    told = set()
    for _ in range(9):  # the tenth would be the last that is hashed
        for username, password in accounts.items():
            body = {"username": username, "password": password, "device_name": "x", "application": "y"}
            began = time.perf_counter()
            answer = stranger.raw("POST", "/sessions", body)
            took[username].append(time.perf_counter() - began)
            told.add((answer.status_code, *(str(value) for name, value in answer.json().items() if name != "call_id")))
    assert len(told) == 1
    medians = {name: statistics.median(times) for name, times in took.items()}
    assert max(medians.values()) < 2 * min(medians.values()), medians  # unhashed it would be a twentieth


@pytest.mark.row("LG-5")
def test_many_passwords_at_once_take_two_slots(start_server: Callable[..., LivingServer]) -> None:
    server = start_server(full_hashes=True)
    console, _ = server.protected()
    mia = console.user()
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    guess(TestConsole(server.url), "warm")
    base, highest, waited = process.memory_info().rss, 0, []

    def watch() -> int:
        nonlocal highest
        request = console.delete(mia)
        for _ in range(20):
            highest = max(highest, process.memory_info().rss)
            began = time.perf_counter()
            console.request(request["id"])
            waited.append(time.perf_counter() - began)
        return 0

    calls: list[Callable[[], int]] = [partial(guess, TestConsole(server.url), f"nobody-{n}") for n in range(40)]
    answers = together([watch, *calls])
    assert answers[1:] == [401] * 40
    assert highest < base + 2 * SLOT * 1.2
    assert statistics.median(waited) < 1


@pytest.mark.row("LG-6")
def test_the_owner_is_told_of_guesses_and_of_every_change_of_how_one_signs_in(world: World) -> None:
    owner, new = world.actor(), "lantern-Marble-otter-quiet-7"
    stranger = TestConsole(world.server.url)
    for _ in range(10):
        guess(stranger, owner.username)
    assert "wrong_password" in _told(owner)
    owner.do("password.change", {"current_password": owner.password, "new_password": new})
    owner.password = new
    assert "password_changed" in _told(owner)
    for _ in range(4):  # ten in all, whatever the requests
        if owner.console.raw("POST", "/actions/two_factor.disable", {"parameters": {}}).status_code == 202:
            [shown] = owner.own_phone.pending()
            for _ in range(3):
                status_of(partial(owner.own_phone.decide, shown, "approve", code="no code"))
    assert "wrong_codes" in _told(owner)
    assert "device_added" in _told(owner)
    ended = world.root.do("administrator.reset_two_factor", {"administrator": owner.id})
    world.server.move(3601)  # until then no phone of this account is asked anything
    owner.console = TestConsole(world.server.url)
    owner.console.sign_in(owner.username, new)
    owner.phone = owner.console.protect(owner.username, new, ended["grant"])
    assert "two_factor_reset" in _told(owner)


def _told(owner: Actor) -> list[str]:
    return [each["kind"] for each in owner.own_phone.notices()]
