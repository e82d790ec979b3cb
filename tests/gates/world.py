"""A real server whose clock is in our hands, and the accounts that act in it, each with a console and a phone."""

import itertools
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyotp

from desktop.demo.phone import SoftwarePhone
from tests.living import PASSWORD, SERVE, USERNAME, LivingServer, TestConsole
from tests.proving import wait_for

START = 1_795_521_600  # 2026-11-24, noon
COLLEAGUES_PASSWORD = "quiet-Harbour-19-marble-otter"
NEVER = 10_000_000  # seconds: so seldom that a test ends before


class ControlledServer(LivingServer):
    """A living server of `tests.gates.controlled_server`."""

    def __init__(
        self, data: Path, *, settings: dict[str, str] | None = None, planted: str = "", sweep: float = NEVER
    ) -> None:
        """Prepare its clock; `planted` is a bug that it is to have."""
        super().__init__(data, settings={"storage_refresh": "0"} | (settings or {}))  # nothing is measured by itself
        self.command = [sys.executable, "-m", "tests.gates.controlled_server", *SERVE[3:]]
        self._clock = data.parent / f"{data.name}.clock"
        self.environment = {"GATES_CLOCK": str(self._clock), "GATES_PLANTED": planted, "GATES_SWEEP": str(sweep)}
        self.move_to(START)

    @property
    def time(self) -> float:
        """Return the time on its clock."""
        return float(self._clock.read_text(encoding="ascii"))

    def move(self, seconds: float) -> None:
        """Move its clock on, or back."""
        self.move_to(self.time + seconds)

    def move_to(self, time: float) -> None:
        """Set its clock."""
        self._clock.parent.mkdir(parents=True, exist_ok=True)
        new = self._clock.with_suffix(".new")
        new.write_text(repr(float(time)), encoding="ascii")
        new.replace(self._clock)

    @contextmanager
    def comparing(self, call: Callable[[], int]) -> Iterator[Future[int]]:
        """Begin a call with a password; within, it was compared and nothing came of it yet."""
        hold, held = self._clock.with_suffix(".hold"), self._clock.with_suffix(".held")
        hold.touch()
        with ThreadPoolExecutor(1) as caller:
            answer = caller.submit(call)
            try:
                wait_for(held.exists)
                yield answer
            finally:
                held.unlink(missing_ok=True)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Look into its database, or arrange what would take too long to come about."""
        with closing(sqlite3.connect(self.data / "countersign.db", timeout=20, isolation_level=None)) as database:
            return database.execute(statement, values).fetchall()


@dataclass
class Actor:
    """An administrator with a console that is signed in, and a phone where two-factor authentication is on."""

    id: str
    username: str
    password: str
    console: TestConsole
    phone: SoftwarePhone | None = None
    grant: str | None = None
    codes: list[str] = field(default_factory=list)
    """Recovery codes, where they were read."""

    @property
    def own_phone(self) -> SoftwarePhone:
        """Return the phone of an actor that has one."""
        assert self.phone is not None
        return self.phone

    def ask(self, action: str, parameters: dict[str, Any], reason: str = "as agreed") -> Any:
        """Ask for an action; the request that waits."""
        body = {"parameters": parameters, "reason": reason}
        return self.console.call("POST", f"/actions/{action}", body)["request"]

    def approve(self, request: Any) -> str:
        """Approve with the code of the console."""
        return self.own_phone.approve(request["id"], request["code"])

    def do(self, action: str, parameters: dict[str, Any]) -> Any:
        """Ask, approve where that is asked, and return the result, secrets and all."""
        body = {"parameters": parameters, "reason": "as agreed"}
        told = self.console.call("POST", f"/actions/{action}", body)
        if "request" not in told:
            return told["result"]
        assert self.approve(told["request"]) == "executed"
        return self.console.request(told["request"]["id"])["result"]

    def sign_in_again(self) -> TestConsole:
        """Return another console of this account, signed in."""
        console = TestConsole(self.console.url)
        console.sign_in(self.username, self.password, self.phone)
        return console


def app_of(actor: Actor) -> dict[str, str]:
    """Set an authenticator app up; the parameters that show that it has the secret."""
    told = actor.console.call("POST", "/two-factor/totp", {"password": actor.password})
    code = pyotp.TOTP(told["secret"]).at(datetime.fromisoformat(told["now"]))
    return {"method": "totp", "enrolment": told["id"], "code": code}


def credentials(endpoint: str) -> dict[str, str]:
    """Return what an account of S3-compatible storage is set up with."""
    return {"preset": "other", "endpoint": endpoint, "access_key": "KEY", "secret_key": "not to be told"}


class World:
    """A server that is set up, its first provider, and as many colleagues as are wanted."""

    def __init__(self, server: ControlledServer, *, protected: bool = True) -> None:
        """Start it and set it up; `protected` turns two-factor authentication on for its provider."""
        self.server = server
        self._turns = itertools.count()
        self.kept: dict[tuple[str, ...], str] = {}
        """What was made once for many, by what it is."""
        server.start()
        console = server.set_up()
        self.root = Actor(console.call("GET", "/me")["id"], USERNAME, PASSWORD, console)
        if protected:
            self.root.phone = console.protect()

    def name(self, kind: str) -> str:
        """Return a name that is not taken."""
        return f"{kind}-{next(self._turns)}"

    def company(self) -> str:
        """Make a company; its id."""
        return str(self.root.console.call("POST", "/companies", {"name": self.name("Company")})["id"])

    def user(self, company: str | None = None) -> str:
        """Make a managed backup user; its id."""
        return self.root.console.user(f"{self.name('user')}@contoso.example", company=company)

    def storage(self) -> str:
        """Make a storage account, at an address that nobody has allowed; its id."""
        body = {"name": self.name("Vault"), "kind": "s3_compatible", "settings": credentials("https://127.0.0.1")}
        return str(self.root.console.call("POST", "/storage-accounts", body)["id"])

    def destination(self, account: str, company: str | None = None) -> str:
        """Add a destination for a company to a storage account; its id."""
        place = self.name("place")
        body = {"name": place, "place": place, "companies": [company] if company else []}
        made = self.root.console.call("POST", f"/storage-accounts/{account}/destinations", body)
        return str(made["destinations"][-1]["id"])

    def actor(
        self,
        *permissions: str,
        role: str = "sub_administrator",
        companies: Sequence[str] | None = None,
        phone: bool = True,
    ) -> Actor:
        """Invite a colleague, who accepts, signs in and, with `phone`, turns two-factor authentication on."""
        actor = self.invited(*permissions, role=role, companies=companies)
        actor.console.sign_in(actor.username, actor.password)
        if phone:
            name = f"Phone of {actor.username}"
            actor.phone = actor.console.protect(actor.username, actor.password, actor.grant, name)
        return actor

    def invited(
        self, *permissions: str, role: str = "sub_administrator", companies: Sequence[str] | None = None
    ) -> Actor:
        """Invite a colleague, who accepts."""
        username = self.name("colleague")
        rights = {"role": role, "companies": companies, "permissions": permissions}
        email = f"{username}@northwind.example"
        made = self.root.do("administrator.create", {"username": username, "email": email, **rights})
        console = TestConsole(self.server.url, device_name=f"PC of {username}")
        body = {"invitation": made["invitation"], "password": COLLEAGUES_PASSWORD}
        grant = console.call("POST", "/invitations", body)["grant"]
        return Actor(made["administrator"], username, COLLEAGUES_PASSWORD, console, grant=grant)

    def end(self) -> None:
        """Stop the server."""
        self.server.end()
