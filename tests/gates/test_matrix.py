"""Every route and every action, for every role, company scope and state of two-factor authentication.

A route or an action without a line fails here. What is refused has no effect, and what is not refused has one where the
table says so: both are read from the database, not from the answer.
"""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
import requests

from server.actions import REGISTER
from server.web.routes import CONSOLE, CONSOLE_ROUTES, PLAIN_ROUTES
from tests.forms import LONG
from tests.gates.callers import NOBODY_HAS_IT, OWN, STATES, Caller, Callers
from tests.gates.effects import Effects
from tests.gates.expected import ACTIONS, ROUTES, TABLE
from tests.gates.lines import Line
from tests.gates.world import ControlledServer, World
from tests.proving import status_of

BY_PERMISSION = sorted(TABLE.items(), key=lambda item: str(item[1].permission))  # so that rights seldom change
TRIED = [
    (name, state)
    for turn, (name, _) in enumerate(BY_PERMISSION)
    for state in (STATES if LONG else [STATES[turn % len(STATES)]])
]
"""Each line in every state; in the short form in one."""
PATIENT = {"request_lifetime": "600"}
ASKING = [f"POST {CONSOLE}/actions/{{name}}", f"POST {CONSOLE}/actions/{{name}}/preview"]


def test_every_route_and_every_action_has_a_line() -> None:
    served = [f"{route.method} {CONSOLE}{route.path}" for route in CONSOLE_ROUTES]
    served += [f"{route.method} {route.path}" for route in PLAIN_ROUTES]
    assert sorted(served) == sorted([*ROUTES, *ASKING])
    assert set(ACTIONS) == set(REGISTER)


class Matrix:
    """A server for all who call where somebody has a phone, one for all who call where nobody has."""

    def __init__(self, server: ControlledServer, *, protected: bool) -> None:
        """Start it."""
        self.world = World(server, protected=protected)
        self.callers: dict[str, Callers] = {}
        self.effects, self.http = Effects(self.world.server), requests.Session()
        self.http.trust_env = False

    def hold(self, name: str, state: str) -> None:
        """Hold the answers to all callers of a state to one line of the table."""
        line = TABLE[name]
        if state not in self.callers:
            self.callers[state] = Callers(self.world, state)
        found = [self.tried(name, line, caller) for caller in self.callers[state].of(line.permission)]
        assert [each for each in found if each] == []

    def tried(self, name: str, line: Line, caller: Caller) -> str | None:
        """Call, and say what is not as the table has it; null where all is."""
        call, expected = line.call(caller), line.expected(caller)
        method, path = name.split(" ")[:2]
        names = cycle(call.named.split("/"))
        filled = "/".join(next(names) if part.startswith("{") else part for part in path.split("/"))
        headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
        before = self.effects.now()
        answer = self.http.request(
            method,
            f"{self.world.server.url}{filled}{line.query}",
            headers=headers | call.headers,
            json=call.body if method != "GET" and call.data is None else None,
            data=call.data,
            stream=True,
            timeout=20,
        )
        after = self.effects.now()
        told = answer.json() if answer.status_code in (202, *range(400, 600)) else {}
        answer.close()
        if answer.status_code == 202:
            _take_back(caller, told)
        elif line.happens and answer.status_code < 400:
            self.world.kept.clear()
            call.done()
        status, _, code = expected.partition(" ")
        where = f"{name} for {caller.role}, {caller.scope}, {caller.state}: "
        if str(answer.status_code) != status or code not in ("", told.get("code")):
            return f"{where}{answer.status_code} {told.get('code', '')}, not {expected}"
        changed = {table for table in after if after[table] != before[table]}
        if changed and answer.status_code >= 400:
            return f"{where}refused, and {changed} changed"
        if changed and method == "GET":
            return f"{where}read, and {changed} changed"
        if line.happens and answer.status_code < 400 and not changed:
            return f"{where}nothing has happened"
        return None

    def end(self) -> None:
        """Stop the server."""
        self.effects.close()
        self.http.close()
        self.world.end()


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Matrix]]:
    """Return where those call who are in a state of two-factor authentication."""
    made: dict[bool, Matrix] = {}

    def of(state: str) -> Matrix:
        protected = state != NOBODY_HAS_IT
        if protected not in made:
            server = ControlledServer(tmp_path_factory.mktemp("matrix") / "data", settings=PATIENT)
            made[protected] = Matrix(server, protected=protected)
        return made[protected]

    yield of
    for each in made.values():
        each.end()


@pytest.mark.parametrize(("name", "state"), TRIED)
def test_who_may_do_what(matrix: Callable[[str], Matrix], name: str, state: str) -> None:
    matrix(state).hold(name, state)


def _take_back(caller: Caller, told: dict[str, Any]) -> None:
    """Call off what waits, so that there is room for what comes."""
    if caller.state == OWN and (request := told.get("request")) and "id" in request:
        status_of(lambda: caller.world.root.console.call("POST", f"/requests/{request['id']}/cancel"))
