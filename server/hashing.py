"""Password hashes: argon2id over the peppered password, in two slots of their own, away from everything else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.passwords import normalised
from server.keys import ServerKeys

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Nj3yUQyYQi22I5FMxe2lmA$eSpVG8W7hg+vFslw2FNpefVXmz9s2re+SbPWp5dGqew"
"""Verified in place of an account that does not exist, for the time it takes; nobody's password matches it."""

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


class Passwords:
    """Hashes and verifies, at most two at a time: each takes 64 MiB and about a tenth of a second."""

    def __init__(self, keys: ServerKeys) -> None:
        """Take the pepper from the key file."""
        self._keys = keys
        self._slots = ThreadPoolExecutor(2, "argon2")

    async def hash(self, password: str) -> str:
        """Return the encoded hash."""
        peppered = self._keys.pepper(normalised(password))
        return await asyncio.get_running_loop().run_in_executor(self._slots, _HASHER.hash, peppered)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where there is no account."""
        peppered = self._keys.pepper(normalised(password))
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._slots, _matches, encoded or _NOBODY, peppered)
        return right and encoded is not None

    def close(self) -> None:
        """Wait for what runs."""
        self._slots.shutdown()


def _matches(encoded: str, peppered: bytes) -> bool:
    try:
        return _HASHER.verify(encoded, peppered)
    except (VerificationError, InvalidHashError):
        return False
