"""Secrets that outlive a run, in the system's keyring; where there is none they are kept in memory only."""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from types import ModuleType
from typing import Protocol

SERVICE = "Countersign"
PATIENCE = 15.0
"""Seconds; a locked keyring may ask its owner first, or hang."""


class Vault(Protocol):
    """May block: never called on the GUI thread."""

    def get(self, name: str) -> str | None:
        """Return a secret."""

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""


class MemoryVault:
    """Forgets everything at the end of the run."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """Return a secret."""
        return self._secrets.get(name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self._secrets[name] = secret


class KeyringVault:
    """The system's keyring, behind the memory."""

    def __init__(self) -> None:
        self._memory = MemoryVault()
        self._lock = Lock()
        self._works = True

    def get(self, name: str) -> str | None:
        """Return a secret."""
        known = self._memory.get(name)
        return known if known is not None else self._try(lambda keyring: keyring.get_password(SERVICE, name))

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self._memory.set(name, secret)
        self._try(lambda keyring: keyring.set_password(SERVICE, name, secret))

    def _try(self, function: Callable[[ModuleType], str | None]) -> str | None:
        found: list[str | None] = []

        def attempt() -> None:
            import keyring  # noqa: PLC0415 - slow to load, and here on a thread that may be slow
            from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

            try:
                found.append(function(keyring))
            except (KeyringError, OSError, RuntimeError) as error:
                logging.getLogger(__name__).info("no keyring: %s", type(error).__name__)
                found.append(None)
                self._works = False

        with self._lock:
            if not self._works:
                return None
            thread = Thread(target=attempt, name="keyring", daemon=True)
            thread.start()
            thread.join(PATIENCE)
            if not found:
                self._works = False
            return found[0] if found else None
