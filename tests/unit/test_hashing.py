"""The two slots for password hashes: a crowd of strangers keeps nobody waiting whom an account knows."""

import asyncio
import threading
from pathlib import Path

import pytest

from server import hashing, keys
from server.contract.problem import Problem
from server.hashing import MOST_WAITING, Passwords


def test_a_crowd_of_strangers_keeps_no_known_console_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, passwords = threading.Event(), Passwords(keys.create(tmp_path / "server.key"))

    def matches(encoded: str, _peppered: bytes) -> bool:
        return encoded == "known" or let_go.wait(20)

    monkeypatch.setattr(hashing, "_matches", matches)

    async def story() -> None:
        crowd = [asyncio.create_task(passwords.verify("a", "b", known=False)) for _ in range(MOST_WAITING)]
        assert await asyncio.wait_for(passwords.verify("known", "b", known=True), 10)
        with pytest.raises(Problem) as refused:
            await passwords.verify("a", "b", known=False)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
        let_go.set()
        assert all(await asyncio.gather(*crowd))
        assert await passwords.verify("a", "b", known=False), "there is room again"

    try:
        asyncio.run(story())
    finally:
        let_go.set()
        passwords.close()
