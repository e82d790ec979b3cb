"""What a line of the table is: how it calls, and how it is answered to every caller."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from server.contract.permission import Permission
from tests.gates.callers import (
    KEYS,
    NOBODY,
    NOBODY_HAS_IT,
    ONLY_OTHERS,
    OTHER_COMPANY,
    PHONE,
    SESSIONS,
    WAIT_TOKEN,
    Caller,
)

ANYONE = (*SESSIONS, *KEYS, PHONE, WAIT_TOKEN, NOBODY)
BOTH = (*SESSIONS, *KEYS)
FORBIDDEN = "403 forbidden"
Answers = dict[tuple[str, ...], str]


@dataclass(frozen=True)
class Call:
    """A call that is made: what stands in the place of the path's parameters (`one/two`), and what is sent."""

    named: str = ""
    body: Any = None
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    done: Callable[[], None] = lambda: None
    """What is to be remembered where it was done at once."""


@dataclass(frozen=True)
class Line:
    """One line of the table; statuses are followed by the problem's code where it matters."""

    who: tuple[str, ...]
    ok: str = "200"
    call: Callable[[Caller], Call] = lambda _: Call()
    permission: Permission | None = None
    gate: dict[str, str] = field(default_factory=dict)
    other: str | None = None
    but: Answers = field(default_factory=dict)
    happens: bool = False
    """Whether there is an effect where it is not refused."""
    at_once: bool = False
    """Whether, where nobody has two-factor authentication, what waits elsewhere is done at once: 200 instead of 202."""
    query: str = ""

    def expected(self, caller: Caller) -> str:
        """Return how this caller is answered."""
        for words, answer in self.but.items():
            if caller.words >= set(words):
                return answer
        if caller.role not in self.who:
            return "401"
        if self.permission is not None and caller.role.startswith(("without", "key without")):
            return FORBIDDEN
        if caller.state in self.gate:
            return self.gate[caller.state]
        if caller.scope == OTHER_COMPANY and self.other is not None:
            return self.other
        return "200" if self.at_once and caller.state == NOBODY_HAS_IT else self.ok


@dataclass(frozen=True)
class Deed:
    """The line of an action: asked for it is done at once where nobody has two-factor authentication, else it waits."""

    parameters: Callable[[Caller], dict[str, Any]]
    permission: Permission | None = None
    other: str | None = None
    but: Answers = field(default_factory=dict)
    keys: bool = True
    offered: bool = True
    at_once: str = "200"

    def line(self, name: str, *, preview: bool) -> Line:
        """Return the line of asking for it, or of its preview."""
        if not self.offered:
            return Line(BOTH, "404 action_not_found", self._call(name))
        refused: Answers = {(key,): "403 session_required" for key in KEYS} if not self.keys else {}
        gate = {ONLY_OTHERS: "403 two_factor_required"}
        if self.at_once != "200":
            gate = {NOBODY_HAS_IT: self.at_once, ONLY_OTHERS: self.at_once}
        return Line(
            BOTH,
            "200" if preview else "202",
            self._call(name),
            self.permission,
            gate,
            self.other,
            {**refused, **self.but},
            happens=not preview,
            at_once=not preview,
        )

    def _call(self, name: str) -> Callable[[Caller], Call]:
        def call(caller: Caller) -> Call:
            parameters = self.parameters(caller)

            def done() -> None:
                if "new_password" in parameters:
                    caller.asker.password = parameters["new_password"]

            return Call(name, {"parameters": parameters, "reason": "as agreed"}, done=done)

        return call
