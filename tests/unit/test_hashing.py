"""The two slots for password hashes: a crowd of strangers keeps nobody waiting whom an account knows."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server import hashing, keys
from server.contract.problem import Problem
from server.domain.passwords import Turn
from server.hashing import MOST_OF_ONE, MOST_WAITING, Passwords
from server.services import limits
from server.services.limits import Reserved
from server.store.audit_log import Source
from server.web import console

AMELIA, JONAS = Turn("amelia", "console con_1"), Turn("jonas", "console con_2")


def test_a_crowd_of_strangers_keeps_no_known_console_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, passwords = threading.Event(), Passwords(keys.create(tmp_path / "server.key"))

    def matches(encoded: str, _peppered: bytes) -> bool:
        return encoded == "known" or let_go.wait(20)

    monkeypatch.setattr(hashing, "_matches", matches)

    async def story() -> None:
        crowd = [asyncio.create_task(passwords.verify("a", "b", None)) for _ in range(MOST_WAITING)]
        assert await asyncio.wait_for(passwords.verify("known", "b", AMELIA), 10)
        with pytest.raises(Problem) as refused:
            await passwords.verify("a", "b", None)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
        let_go.set()
        assert all(await asyncio.gather(*crowd))
        assert await passwords.verify("a", "b", None), "there is room again"

    try:
        asyncio.run(story())
    finally:
        let_go.set()
        passwords.close()


def test_of_one_account_few_wait_so_that_others_get_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, passwords = threading.Event(), Passwords(keys.create(tmp_path / "server.key"))
    monkeypatch.setattr(hashing, "_matches", lambda _encoded, _peppered: let_go.wait(20))

    async def story() -> None:
        crowd = [asyncio.create_task(passwords.verify("a", "b", JONAS)) for _ in range(MOST_OF_ONE)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await passwords.verify("a", "b", JONAS)
        assert refused.value.status == 503
        other = asyncio.create_task(passwords.verify("a", "b", AMELIA))
        let_go.set()
        assert all(await asyncio.gather(*crowd, other))
        assert not passwords._waiting
        assert not passwords._locks
        assert await passwords.verify("a", "b", JONAS), "there is room again"

    try:
        asyncio.run(story())
    finally:
        let_go.set()
        passwords.close()


def test_of_new_passwords_of_one_account_no_more_wait_than_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, passwords = threading.Event(), Passwords(keys.create(tmp_path / "server.key"))
    monkeypatch.setattr(hashing, "_matches", lambda _encoded, _peppered: let_go.wait(20))

    async def story() -> None:
        first = asyncio.create_task(passwords.verify("a", "b", JONAS))
        crowd = [asyncio.create_task(passwords.hash("b", JONAS)) for _ in range(MOST_WAITING - 1)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await passwords.hash("b", JONAS)
        assert refused.value.status == 503
        for each in crowd:
            each.cancel()
        let_go.set()
        assert await first

    try:
        asyncio.run(story())
    finally:
        let_go.set()
        passwords.close()


def test_accounts_take_turns_and_in_each_those_who_send_its_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, passwords, done = threading.Event(), Passwords(keys.create(tmp_path / "server.key")), list[str]()

    def matches(encoded: str, _peppered: bytes) -> bool:
        done.append(encoded)
        return let_go.wait(20)

    monkeypatch.setattr(hashing, "_matches", matches)

    async def story() -> None:
        known = [Turn("jonas", f"console {n}") for n in range(10)]
        waiting = [("crowd", each) for each in known for _ in range(MOST_OF_ONE)]
        waiting += [("same account", Turn("jonas", "session")), ("other account", AMELIA)]
        tasks = [asyncio.create_task(passwords.verify(name, "b", turn)) for name, turn in waiting]
        await asyncio.sleep(0)
        let_go.set()
        assert all(await asyncio.gather(*tasks))

    try:
        asyncio.run(story())
    finally:
        let_go.set()
        passwords.close()
    assert done.index("other account") == 1
    assert done.index("same account") <= len(["first", "other account"]) + 9


def test_who_goes_away_keeps_his_turn_until_the_thread_is_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, began, passwords = threading.Event(), threading.Event(), Passwords(keys.create(tmp_path / "server.key"))
    done: list[str] = []

    def matches(encoded: str, _peppered: bytes) -> bool:
        done.append(encoded)
        began.set()
        return let_go.wait(20)

    monkeypatch.setattr(hashing, "_matches", matches)

    async def story() -> None:
        waiting = [asyncio.create_task(passwords.verify(str(n), "b", JONAS)) for n in range(MOST_OF_ONE)]
        assert await asyncio.to_thread(began.wait, 10)
        for gone in waiting[:2]:  # one is being looked at, one waits
            gone.cancel()
        await asyncio.wait(waiting[1:2])
        assert passwords._waiting[JONAS] == MOST_OF_ONE - 1
        let_go.set()
        assert await asyncio.gather(*waiting[2:]) == [True, True]
        await asyncio.wait(waiting[:1])
        assert waiting[0].cancelled()
        assert not passwords._waiting
        assert done == ["0", "2", "3"]

    try:
        asyncio.run(story())
    finally:
        let_go.set()
        passwords.close()


@pytest.mark.parametrize("known", [AMELIA, None])
def test_a_sign_in_waits_in_the_slot_of_those_like_it(known: Turn | None) -> None:
    slots: list[Turn | None] = []

    async def verify(_encoded: str | None, _password: str, known: Turn | None) -> bool:
        slots.append(known)
        return True

    async def write(service: Callable[..., object], *_: object) -> object:
        return Reserved("att_1", known) if service is limits.reserve else None

    passwords, store = SimpleNamespace(verify=verify), SimpleNamespace(write=write)
    context: Any = SimpleNamespace(passwords=passwords, store=store, clock=lambda: datetime.now(UTC))
    source = Source("NW-LT-014", "test", "127.0.0.1")
    checked = console.verify_password(context, "amelia", "typed", "hash", source, limits.Known(secret=None))
    assert asyncio.run(checked) == "hash"
    assert slots == [known]


def test_a_password_that_was_not_looked_at_is_not_counted_as_wrong() -> None:
    wrote: list[Callable[..., object]] = []

    async def verify(*_: object) -> bool:
        raise Problem(503, "too_busy", "Too many sign in at once")

    async def write(service: Callable[..., object], *_: object) -> object:
        wrote.append(service)
        return Reserved("att_1", None) if service is limits.reserve else None

    passwords, store = SimpleNamespace(verify=verify), SimpleNamespace(write=write)
    context: Any = SimpleNamespace(passwords=passwords, store=store, clock=lambda: datetime.now(UTC))
    source = Source("NW-LT-014", "test", "127.0.0.1")
    with pytest.raises(Problem):
        asyncio.run(console.verify_password(context, "amelia", "typed", "hash", source, limits.Known(secret=None)))
    assert wrote == [limits.reserve, limits.withdraw]
