"""Password hashes: argon2id over the peppered password, in two slots of their own, away from everything else."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TypeVar
from weakref import WeakValueDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.contract.problem import Problem
from server.domain.passwords import Turn, normalised
from server.keys import ServerKeys

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Nj3yUQyYQi22I5FMxe2lmA$eSpVG8W7hg+vFslw2FNpefVXmz9s2re+SbPWp5dGqew"
"""Verified in place of an account that does not exist, for the time it takes; nobody's password matches it."""

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)

Result = TypeVar("Result")


MOST_WAITING = 100
"""Strangers, or new passwords of one account, that wait, about a tenth of a second each: as long as a console waits."""

MOST_OF_ONE = 4
"""Passwords that wait in one turn in the other slot to be compared."""


class Passwords:
    """Hashes and verifies in two slots: each hash takes 64 MiB and about a tenth of a second.

    One slot is for strangers; whom an account knows takes the other, and no crowd keeps him waiting. There accounts
    take turns, however many wait for one, and within an account those who send passwords for it.
    """

    def __init__(self, keys: ServerKeys) -> None:
        """Take the pepper from the key file."""
        self._keys = keys
        self._known, self._strangers = ThreadPoolExecutor(1, "argon2"), ThreadPoolExecutor(1, "argon2")
        self._waiting = Counter[Turn | None]()
        self._locks = WeakValueDictionary[Turn | str, asyncio.Lock]()  # forgets those that nobody holds or waits for

    async def hash(self, password: str, turn: Turn) -> str:
        """Return the encoded hash; raises 503 where too many wait."""
        peppered = self._keys.pepper(normalised(password))
        return await self._in(turn, MOST_WAITING, lambda: _HASHER.hash(peppered))

    async def verify(self, encoded: str | None, password: str, turn: Turn | None) -> bool:
        """Whether it is the password; takes as long where there is no account. Raises 503 where too many wait.

        `turn` is null for strangers.
        """
        peppered = self._keys.pepper(normalised(password))
        most = MOST_WAITING if turn is None else MOST_OF_ONE
        right = await self._in(turn, most, lambda: _matches(encoded or _NOBODY, peppered))
        return right and encoded is not None

    async def _in(self, turn: Turn | None, most: int, work: Callable[[], Result]) -> Result:
        if self._waiting[turn] >= most:
            raise Problem(
                503, "too_busy", "Too many sign in at once", "Try again in a few seconds.", headers={"Retry-After": "5"}
            )
        self._waiting[turn] += 1
        try:
            async with AsyncExitStack() as locks:
                for each in (turn, turn.account) if turn is not None else ():
                    await locks.enter_async_context(self._locks.setdefault(each, asyncio.Lock()))
                return await _done(self._strangers if turn is None else self._known, work)
        finally:
            self._waiting[turn] -= 1
            self._waiting += Counter()  # forgets who has nobody waiting

    def close(self) -> None:
        """Wait for what runs."""
        self._known.shutdown()
        self._strangers.shutdown()


async def _done(slot: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
    """Work in a slot; whoever is cancelled meanwhile takes it until the thread is through, which nothing stops."""
    job = slot.submit(work)
    try:
        return await asyncio.wrap_future(job)
    finally:
        if job.running():
            await asyncio.wait([asyncio.wrap_future(job)])


def _matches(encoded: str, peppered: bytes) -> bool:
    try:
        return _HASHER.verify(encoded, peppered)
    except (VerificationError, InvalidHashError):
        return False
