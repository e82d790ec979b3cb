"""Where the machine plays: an organisation with three accounts and their phones, put up anew for every play."""

import copy
import shutil
import sqlite3
from pathlib import Path

import requests

from desktop.demo.phone import SoftwarePhone
from tests.gates.model import Account, Desk, Model
from tests.gates.world import START, Actor, ControlledServer, World
from tests.living import TestConsole

HELD = {
    "jonas": ("sub_administrator", True, ("users.edit", "users.delete", "administrators.edit")),
    "kofi": ("sub_administrator", False, ("users.delete", "users.edit", "administrators.edit", "audit.view")),
}


class Stage:
    """One data folder, and how it was when the play began."""

    def __init__(self, folder: Path, *, planted: str = "") -> None:
        """Set the organisation up; `planted` is a bug that its server has."""
        self.server = ControlledServer(folder / "data", planted=planted)
        world = World(self.server)
        self.companies = [world.company(), world.company()]
        self._actors = {"amelia": world.root} | {
            name: world.actor(*held, companies=self.companies[:1] if narrow else None)
            for name, (_, narrow, held) in HELD.items()
        }
        self.users = {
            world.user(company): company for _ in range(3) for company in (self.companies[0], self.companies[1], None)
        }
        self._codes = {
            name: actor.console.call("GET", "/recovery-codes")["codes"] for name, actor in self._actors.items()
        }
        self._time = self.server.time
        self.server.stop()
        self._kept = folder / "kept"
        shutil.copytree(self.server.data, self._kept)

    def begin(self) -> Model:
        """Put everything back as it was, and start the server; what should be."""
        shutil.rmtree(self.server.data)
        shutil.copytree(self._kept, self.server.data)
        self.server._log.unlink(missing_ok=True)
        self.server.move_to(self._time)
        self.server.start()
        accounts = {name: self._account(name, actor) for name, actor in self._actors.items()}
        model = Model(self._time, accounts, {user: ("", company) for user, company in self.users.items()})
        for place, (name, actor) in enumerate(self._actors.items()):
            console = TestConsole(self.server.url)
            console.token, console.known = actor.console.token, actor.console.known
            model.desks.append(Desk(accounts[name], console, place, START, START))
            model.known[place] = accounts[name], str(console.known)
        return model

    def _account(self, name: str, actor: Actor) -> Account:
        role, narrow, held = HELD.get(name, ("provider", False, ()))
        companies = self.companies[:1] if narrow else None
        phone = _as_before(actor.own_phone)
        account = Account(actor.username, actor.id, actor.password, phone, role, companies, frozenset(held))
        account.codes = list(self._codes[name])
        return account

    def codes(self, account: str) -> list[str]:
        """Return the recovery codes of an account as they were when the play began."""
        return next(self._codes[name] for name, actor in self._actors.items() if actor.username == account)

    def look(self) -> sqlite3.Connection:
        """Open the database to look into."""
        return sqlite3.connect(self.server.data / "countersign.db", timeout=20, isolation_level=None)


def _as_before(phone: SoftwarePhone) -> SoftwarePhone:
    """Return the phone with its keys, and without what it has done since."""
    again = copy.copy(phone)
    again._http, again.token = requests.Session(), ""
    again._http.trust_env = False
    return again
