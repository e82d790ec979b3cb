"""Password hashes: argon2id over the peppered password, in two slots of their own, away from everything else."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.contract.problem import Problem
from server.domain.passwords import normalised
from server.keys import ServerKeys

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Nj3yUQyYQi22I5FMxe2lmA$eSpVG8W7hg+vFslw2FNpefVXmz9s2re+SbPWp5dGqew"
"""Verified in place of an account that does not exist, for the time it takes; nobody's password matches it."""

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


MOST_WAITING = 100
"""Strangers who wait for their slot, about a tenth of a second each: as long as a console waits for its answer."""

MOST_OF_ONE = 4
"""Those that wait in the other slot for one who is known, so that no account keeps the others waiting."""


class Passwords:
    """Hashes and verifies in two slots: each hash takes 64 MiB and about a tenth of a second.

    One slot is for strangers; whom an account knows takes the other, and no crowd keeps him waiting.
    """

    def __init__(self, keys: ServerKeys) -> None:
        """Take the pepper from the key file."""
        self._keys = keys
        self._known, self._strangers = ThreadPoolExecutor(1, "argon2"), ThreadPoolExecutor(1, "argon2")
        self._waiting = Counter[str | None]()

    async def hash(self, password: str) -> str:
        """Return the encoded hash."""
        peppered = self._keys.pepper(normalised(password))
        return await asyncio.get_running_loop().run_in_executor(self._known, _HASHER.hash, peppered)

    async def verify(self, encoded: str | None, password: str, turn: str | None) -> bool:
        """Whether it is the password; takes as long where there is no account. Raises 503 where too many wait.

        `turn` names whose it is, null for strangers.
        """
        if self._waiting[turn] >= (MOST_WAITING if turn is None else MOST_OF_ONE):
            raise Problem(
                503, "too_busy", "Too many sign in at once", "Try again in a few seconds.", headers={"Retry-After": "5"}
            )
        peppered = self._keys.pepper(normalised(password))
        self._waiting[turn] += 1
        try:
            slot = self._strangers if turn is None else self._known
            right = await asyncio.get_running_loop().run_in_executor(slot, _matches, encoded or _NOBODY, peppered)
        finally:
            self._waiting[turn] -= 1
            self._waiting += Counter()  # forgets who has nobody waiting
        return right and encoded is not None

    def close(self) -> None:
        """Wait for what runs."""
        self._known.shutdown()
        self._strangers.shutdown()


def _matches(encoded: str, peppered: bytes) -> bool:
    try:
        return _HASHER.verify(encoded, peppered)
    except (VerificationError, InvalidHashError):
        return False
