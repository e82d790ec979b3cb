"""Who is signed in: the token in memory, the account, and what one console keeps between sign-ins."""

import platform
import socket
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from desktop.core.client import Client
from desktop.core.vault import Vault
from desktop.core.version import version
from server.contract.administrator import Me
from server.contract.session import SignedIn, SignIn, Waiting

Result = TypeVar("Result")

CLAIM_LENGTH = 64
FREE_FOR = 15 * 60
"""Seconds for which the server takes a sign-in with a recovery code for the confirmation of a new phone, too."""


class Session(QObject):
    """One account at one server. `grants` are told once by the server, so they live here until they are used."""

    changed = Signal()
    ended = Signal(str)
    """The key of the words that say why."""

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.account: Me | None = None
        self.grants: dict[str, str] = {}
        self.recovered = False
        """Whether a recovery code opened this session, and no new phone has been set up since."""
        self._free_until = 0.0

    @property
    def me(self) -> Me:
        """The account, while somebody is signed in."""
        if self.account is None:
            message = "nobody is signed in"
            raise RuntimeError(message)
        return self.account

    @property
    def free_for(self) -> float:
        """Seconds for which a new phone is set up without a second code, since a recovery code opened this session."""
        return max(0.0, self._free_until - time.monotonic()) if self.recovered else 0.0

    def lasting(self, then: Callable[[Result], None]) -> Callable[[Result], None]:
        """Return `then` for as long as this session lasts: what was asked in one that has ended is nobody's answer."""
        token = self.client.token
        return lambda result: then(result) if token in (None, self.client.token) else None

    def begin(self, token: str, me: Me, *, recovered: bool = False) -> None:
        """Somebody has signed in, with a recovery code in place of the phone where it is `recovered`."""
        self.client.token = token
        self.recovered = recovered
        self._free_until = time.monotonic() + FREE_FOR
        self.take(me)

    def take(self, me: Me) -> None:
        """Note what the server says about the account now."""
        if me != self.account:
            self.account = me
            self.changed.emit()

    def end(self, why: str = "") -> None:
        """Nobody is signed in any more."""
        if self.account is not None or self.client.token is not None:
            self.client.token = None
            self.client.results.forget()
            self.account = None
            self.ended.emit(why)


def sign_in(client: Client, vault: Vault, username: str, password: str) -> SignedIn | Waiting:
    """Sign in, as a console that the server knows where it does; blocks."""
    known = vault.get(_name(client.url, username))
    form = SignIn(
        username=username,
        password=password,
        device_name=device_name(),
        application=application(),
        **({"console": known} if known else {}),
    )
    answer = client.sign_in(form)
    if isinstance(answer, SignedIn):
        remember(client, vault, answer)
    return answer


def remember(client: Client, vault: Vault, answer: SignedIn) -> None:
    """Keep the secret by which the server knows this console again; blocks."""
    if answer.console:
        vault.set(_name(client.url, answer.administrator.username), answer.console)


def carry_over(vault: Vault, username: str, old: str, new: str) -> None:
    """Keep that secret though the server has another address now; blocks."""
    if username and (known := vault.get(_name(old, username))):
        vault.set(_name(new, username), known)


def device_name() -> str:
    """Return this computer's name, as the phone will show it."""
    name = "".join(character for character in socket.gethostname() if character.isprintable()).strip()
    return name[:CLAIM_LENGTH] or platform.system()


def application() -> str:
    """Return this program's name and system, as the phone will show it."""
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    return f"Countersign {version()}, {system}"[:CLAIM_LENGTH]


def _name(url: str, username: str) -> str:
    return f"console {username.lower()} at {url}"
