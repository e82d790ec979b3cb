"""Tries to cheat the demo's own server over HTTP, with all that can be stolen, and looks up what came of it.

Whoever cheats here has the console's token and so the six digits, has recorded what the phone sent, has read the
database, and has an account and an unlocked phone of his own, whose keys sign whatever he likes.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import requests

from desktop.core.client import Client
from desktop.demo.colleague import Colleague
from desktop.demo.phone import TIMEOUT, Sent, Shown
from server.contract.problem import Problem
from server.contract.request import RequestStatus

LOOK_EVERY = 0.1
"""Seconds between two looks at a request that is to run out."""
_ROWS = {
    "users": "SELECT * FROM users ORDER BY id",
    "companies": "SELECT * FROM companies ORDER BY id",
    "administrators": "SELECT id, username, role, companies, permissions, password_hash, method FROM administrators",
    "phones": "SELECT id, administrator_id, status, dsk FROM devices WHERE status <> 'revoked' ORDER BY id",
    "executed actions": "SELECT id FROM audit WHERE event IN ('request:executed', 'action:executed') ORDER BY id",
}


class Tried(NamedTuple):
    """What was tried, what the server answered, and what is different since: nothing, or it has succeeded."""

    what: str
    answers: list[str]
    effects: list[str]

    @property
    def line(self) -> str:
        """Return it for a person to read."""
        came = f"it CHANGED {', '.join(self.effects)}." if self.effects else "nothing changed."
        return f"{self.what}: {', then '.join(self.answers)}; {came}"


class Attempt(NamedTuple):
    """One way to cheat; `waits` where it takes until a request has run out."""

    run: Callable[[], Tried]
    waits: bool = False


class Cheating:
    """Five ways to cheat; each is tried once, in this order, since later ones use what earlier ones have stolen."""

    def __init__(self, victim: Client, data: Path, recorded: Sent, colleague: Colleague, users: list[str]) -> None:
        """`recorded` is an approval of the victim's phone, `users` are the ids of three that must stay."""
        self._victim, self._data, self._recorded, self._colleague = victim, data, recorded, colleague
        self._first, self._second, self._third = users
        self._stolen: dict[str, Any] = {}
        self._script = requests.Session()
        self._script.trust_env = False

    def attempts(self) -> Iterator[Attempt]:
        """Give them one by one, to be run where that may take long."""
        yield self._attempt("A stolen session, in a script that deletes at once, and then asks", self._stolen_session)
        if not self._stolen:  # it was done at once, so that nothing waits for a phone
            return
        yield self._attempt("A recorded approval, sent again, and to another request", self._replayed)
        yield self._attempt("One byte of the details changed before they were signed", self._altered)
        yield self._attempt("Another account’s phone, with the right six digits", self._another_phone)
        yield self._attempt("Signed in time, but sent too late", self._too_late, waits=True)

    def _attempt(self, what: str, answers: Callable[[], list[str]], *, waits: bool = False) -> Attempt:
        def run() -> Tried:
            before, told, after = self._world(), answers(), self._world()
            return Tried(what, told, [name for name, found in before.items() if after[name] != found])

        return Attempt(run, waits)

    def _world(self) -> dict[str, Any]:
        """Return all that an action could have changed, as the database has it, and the users as the API tells them."""
        found: dict[str, Any] = {name: self._rows(rows) for name, rows in _ROWS.items()}
        return {**found, "users that the API tells": self._victim.users({"limit": "500"}).items}

    def _rows(self, statement: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(f"{(self._data / 'countersign.db').as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(statement, values).fetchall()

    def _stolen_session(self) -> list[str]:
        body = {"parameters": {"user": self._first, "mode": "user_only"}, "reason": "clean-up"}
        asked = self._call("POST", f"{self._victim.url}/api/v1/actions/user.delete", self._victim.token, json=body)
        self._stolen = asked.json().get("request", {})
        direct = self._call("DELETE", f"{self._victim.url}/api/v1/users/{self._first}", self._victim.token)
        return [_told(direct), _told(asked)]

    def _replayed(self) -> list[str]:
        url, token, body = self._recorded
        *_, recorded, _ = url.split("/")
        urls = [url, url.replace(recorded, self._stolen["id"])]
        return [_told(self._call("POST", each, token, data=body)) for each in urls]

    def _altered(self) -> list[str]:
        asked = self._colleague.ask_to_delete(self._second)
        shown = self._colleague.phone.request(asked.id)
        name = asked.target[0].name
        other = f"{'b' if name.startswith('a') else 'a'}{name[1:]}"
        raw = shown.raw.replace(name.encode(), other.encode(), 1)
        return self._decided(Shown(shown.id, shown.status, raw, shown.details), asked.code or "")

    def _another_phone(self) -> list[str]:
        request = self._stolen["id"]
        [(raw,)] = self._rows("SELECT details FROM requests WHERE id = ?", request)
        return self._decided(Shown(request, "pending", raw, json.loads(raw)), self._stolen["code"])

    def _too_late(self) -> list[str]:
        asked, phone = self._colleague.ask_to_delete(self._third), self._colleague.phone
        body = phone.sealed_decision(phone.request(asked.id), "approve", code=asked.code or "")
        while self._colleague.client.request(asked.id).status is RequestStatus.PENDING:
            Event().wait(LOOK_EVERY)
        return [_answer(lambda: phone.send(asked.id, body))]

    def _decided(self, shown: Shown, code: str) -> list[str]:
        phone = self._colleague.phone
        body = phone.sealed_decision(shown, "approve", code=code)
        return [_answer(lambda: phone.send(shown.id, body))]

    def _call(self, method: str, url: str, token: str | None, **more: Any) -> requests.Response:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {token}"}
        if "data" in more:
            headers["Content-Type"] = "application/octet-stream"
        return self._script.request(method, url, headers=headers, timeout=TIMEOUT, **more)


def _told(answer: requests.Response) -> str:
    """Return what the server answered; raises where it failed, which is no refusal."""
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        answer.raise_for_status()
    told = answer.json()
    if answer.ok:
        return f"{answer.status_code}, a request that is {told.get('request', told)['status']}"
    return f"{answer.status_code} “{told['title']}”"


def _answer(send: Callable[[], str]) -> str:
    """Return what the server answered to a phone's decision."""
    try:
        return f"200, a request that is {send()}"
    except Problem as problem:
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return f"{problem.status} “{problem.title}”"
