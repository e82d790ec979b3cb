"""What every route and every action answers to every caller: the table that the matrix is held to.

A line says how it answers where nothing stands in the way (`ok`), and what stands in the way, in this order: `but`, for
callers that have all its words; another kind of token, 401; a permission that is not held; a state of two-factor
authentication; a company that is not one's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from server.contract.permission import Permission as P
from tests.gates.callers import (
    KEY_WITH,
    KEYS,
    NOBODY,
    NOBODY_HAS_IT,
    ONLY_OTHERS,
    OTHER_COMPANY,
    OWN,
    OWN_COMPANY,
    PHONE,
    PROVIDER,
    SESSIONS,
    WAIT_TOKEN,
    WITH,
    WITHOUT,
    Caller,
)
from tests.gates.world import Actor
from tests.living import CLAIMS

ANYONE = (*SESSIONS, *KEYS, PHONE, WAIT_TOKEN, NOBODY)
BOTH = (*SESSIONS, *KEYS)
FORBIDDEN = "403 forbidden"
_NOTHING = "A" * 43  # 32 bytes, b64u


@dataclass(frozen=True)
class Call:
    """A call that is made: what stands in the place of the path's parameters, and what is sent."""

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
    permission: P | None = None
    gate: dict[str, str] = field(default_factory=dict)
    other: str | None = None
    but: dict[tuple[str, ...], str] = field(default_factory=dict)
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


def _named(who: tuple[str, ...], path: Callable[[Caller], str], **more: Any) -> Line:
    return Line(who, call=lambda caller: Call(path(caller)), **more)


def _asker(caller: Caller) -> Actor:
    """Return the account that calls, or, for one that is not known by a session, the first provider."""
    return caller.actor or caller.world.root


def _elsewhere(caller: Caller) -> str:
    """Return a request of somebody else that is over: the one that turned two-factor authentication on for somebody."""
    found = "SELECT id FROM requests WHERE action = 'two_factor.enable' AND status = 'executed' LIMIT 1"
    [(request,)] = caller.world.server.sql(found)
    return str(request)


def _waiting(caller: Caller) -> str:
    """Return a request of somebody else, which waits where there is a phone to ask."""
    root = caller.world.root
    if root.phone is None:
        return _elsewhere(caller)
    for older in root.own_phone.pending():
        root.console.call("POST", f"/requests/{older.id}/cancel")
    return str(root.ask("two_factor.disable", {})["id"])


def _kept(make: Callable[[Caller], str]) -> Callable[[Caller], str]:
    """Make one thing in a company for all callers, until something has happened to it."""

    def kept(caller: Caller) -> str:
        key = make.__name__, caller.company, caller.state
        if key not in caller.world.kept:
            caller.world.kept[key] = make(caller)
        return caller.world.kept[key]

    return kept


@_kept
def _user(caller: Caller) -> str:
    return caller.world.user(caller.company)


def _new_user(caller: Caller) -> Call:
    return Call(body={"username": f"{caller.world.name('made')}@contoso.example", "company": caller.company})


def _renamed(named: Callable[[Caller], str]) -> Callable[[Caller], Call]:
    return lambda caller: Call(named(caller), {"name": caller.world.name("Renamed")})


def _company(caller: Caller) -> str:
    return caller.company


def _new_company(caller: Caller) -> Call:
    return Call(body={"name": caller.world.name("Company")})


def _own_session(caller: Caller) -> str:
    """Return another session of the caller, or, for one who has none, somebody else's."""
    actor = _asker(caller)
    desk = actor.sign_in_again() if caller.actor else actor.console
    [current] = [each["id"] for each in desk.call("GET", "/sessions")["items"] if each["current"]]
    return str(current)


def _invitation(caller: Caller) -> Call:
    name = caller.world.name("invited")
    asked = {"username": name, "email": f"{name}@n.example", "role": "sub_administrator"}
    made = caller.world.root.do("administrator.create", asked)
    return Call(body={"invitation": made["invitation"], "password": "nine-Silver-lanterns-below"})


def _sign_in(caller: Caller) -> Call:
    root = caller.world.root
    return Call(body={"username": root.username, "password": root.password, **CLAIMS})


def _wait(caller: Caller) -> Call:
    return Call(body={"wait_token": caller.token or "none"})


def _password(caller: Caller) -> Call:
    return Call(body={"password": _asker(caller).password})


def _enrolment(caller: Caller) -> str:
    """Return an enrolment of somebody else."""
    [(enrolment,)] = caller.world.server.sql("SELECT id FROM enrolments ORDER BY created_at LIMIT 1")
    return str(enrolment)


def _digits(caller: Caller) -> Call:
    return Call(_enrolment(caller), {"sas": "123456"})


@_kept
def _colleague(caller: Caller) -> str:
    """Return an administrator of the company."""
    return caller.world.invited(companies=[caller.company]).id


def _api_key(caller: Caller) -> str:
    """Return an API key of a provider who calls and may make one, else somebody else's."""
    own = caller.role == PROVIDER and caller.state != ONLY_OTHERS and caller.actor is not None
    name = caller.world.name("ended")
    (_asker(caller) if own else caller.world.root).do("api_key.create", {"name": name, "permissions": []})
    [(key,)] = caller.world.server.sql("SELECT id FROM api_keys WHERE name = ?", name)
    return str(key)


def _unknown(_: Caller) -> str:
    return "unknown"


def _sending(body: Any, named: Callable[[Caller], str] = _unknown) -> Callable[[Caller], Call]:
    return lambda caller: Call(named(caller), body)


def _sealed(named: Callable[[Caller], str]) -> Callable[[Caller], Call]:
    return lambda caller: Call(named(caller), data=b"nothing of ours", headers=SEALED)


SEALED, JSON = {"Content-Type": "application/octet-stream"}, {"Content-Type": "application/json"}


def _provider_only(ok: str = "200") -> Line:
    return Line(SESSIONS, ok, but={(WITH,): FORBIDDEN, (WITHOUT,): FORBIDDEN})


def _of_phones(
    ok: str, call: Callable[[Caller], Call] = lambda _: Call(), but: dict[tuple[str, ...], str] | None = None
) -> Line:
    return Line((PHONE,), ok, call, but=but or {})


# Nothing here looks at companies, permissions or two-factor authentication unless it is said.
ROUTES: dict[str, Line] = {
    "GET /api/v1/health": Line(ANYONE, but={(role,): "401" for role in (*KEYS, PHONE, WAIT_TOKEN)}),
    "POST /api/v1/setup": Line((), call=_sign_in, but={(): "404"}),
    "POST /api/v1/invitations": Line(ANYONE, "201", _invitation, happens=True),
    "POST /api/v1/sessions": Line(ANYONE, "202", _sign_in, but={(NOBODY_HAS_IT,): "201"}, happens=True),
    # where the account has no phone any more its sign-in was cancelled
    "POST /api/v1/sessions/complete": Line((WAIT_TOKEN,), "403 not_confirmed", _wait, but={(WAIT_TOKEN, OWN): "202"}),
    "POST /api/v1/sessions/cancel": Line((WAIT_TOKEN,), "409", _wait, but={(WAIT_TOKEN, OWN): "200"}, happens=True),
    "GET /api/v1/sessions": Line(SESSIONS),
    "DELETE /api/v1/sessions/{session}": _named(SESSIONS, _own_session, ok="204", happens=True),
    "GET /api/v1/authority": Line((), but={(): "404"}),
    "GET /api/v1/reach": _provider_only(),
    "POST /api/v1/reach/install": _provider_only("409 no_authority"),
    "DELETE /api/v1/reach/install": _provider_only("204"),
    "GET /api/v1/origins": _provider_only(),
    "GET /api/v1/me": Line(SESSIONS),
    "GET /api/v1/overview": Line(SESSIONS),
    "GET /api/v1/policy": Line(SESSIONS),
    "GET /api/v1/events": Line(SESSIONS),
    "GET /api/v1/actions": Line(BOTH),
    "GET /api/v1/requests": Line(BOTH),
    # of somebody else: a provider reads it and may call it off; a key knows its own alone
    "GET /api/v1/requests/{request}": _named(BOTH, _elsewhere, ok="404", but={(PROVIDER,): "200"}),
    "POST /api/v1/requests/{request}/cancel": _named(
        BOTH, _waiting, ok="404", but={(PROVIDER, NOBODY_HAS_IT): "409", (PROVIDER,): "200"}, happens=True
    ),
    "GET /api/v1/requests/{request}/evidence": _named(SESSIONS, _elsewhere, ok="404", but={(PROVIDER,): "200"}),
    "GET /api/v1/two-factor": Line(SESSIONS),
    "POST /api/v1/two-factor/test-notification": Line(SESSIONS, "409"),
    "POST /api/v1/enrolments": Line(
        SESSIONS,
        "201",
        _password,
        gate={ONLY_OTHERS: "403 grant_required", OWN: "409 already_enabled"},
        happens=True,
    ),
    "GET /api/v1/enrolments/{enrolment}": _named(SESSIONS, _enrolment, ok="404"),
    "POST /api/v1/enrolments/{enrolment}/confirm": Line(SESSIONS, "404", _digits),
    "DELETE /api/v1/enrolments/{enrolment}": _named(SESSIONS, _enrolment, ok="404"),
    "GET /api/v1/users": Line(BOTH),
    "GET /api/v1/users/{user}": _named(BOTH, _user, other="404 user_not_found"),
    "POST /api/v1/users": Line(
        BOTH, "201", _new_user, P.USERS_EDIT, other="404 company_not_found", happens=True
    ),
    "PATCH /api/v1/users/{user}": Line(
        BOTH, "200", _renamed(_user), P.USERS_EDIT, other="404 user_not_found", happens=True
    ),
    "GET /api/v1/companies": Line(BOTH),
    "GET /api/v1/companies/{company}": _named(BOTH, _company, other="404 company_not_found"),
    # a new one would lie outside the companies of whoever does not see all
    "POST /api/v1/companies": Line(
        BOTH,
        "201",
        _new_company,
        P.COMPANIES_EDIT,
        but={(role, scope): FORBIDDEN for role in (WITH, KEY_WITH) for scope in (OWN_COMPANY, OTHER_COMPANY)},
        happens=True,
    ),
    "PATCH /api/v1/companies/{company}": Line(
        BOTH, "200", _renamed(_company), P.COMPANIES_EDIT, other="404 company_not_found", happens=True
    ),
    "GET /api/v1/administrators": Line(SESSIONS),
    "GET /api/v1/administrators/{administrator}": _named(
        SESSIONS, _colleague, permission=P.ADMINISTRATORS_EDIT, other="404", but={(WITHOUT,): "404"}
    ),
    "PATCH /api/v1/administrators/{administrator}": Line(
        SESSIONS,
        "200",
        _renamed(_colleague),
        P.ADMINISTRATORS_EDIT,
        other="404",
        but={(WITHOUT,): "404"},
        happens=True,
    ),
    # of somebody else: a provider may see and end everybody's
    "GET /api/v1/api-keys": Line(SESSIONS),
    "DELETE /api/v1/api-keys/{key}": _named(SESSIONS, _api_key, ok="404", but={(PROVIDER,): "204"}, happens=True),
    "GET /api/v1/audit": Line(BOTH, permission=P.AUDIT_VIEW),
    "GET /api/v1/audit/export": Line(SESSIONS, permission=P.AUDIT_VIEW, query="?format=csv"),
    "GET /phone/api/v1/server": Line(ANYONE),
    "GET /phone/api/v1/enrolments/{enrolment}": _named(ANYONE, _unknown, ok="404"),
    "POST /phone/api/v1/enrolments/{enrolment}": Line(ANYONE, "404", _sealed(_unknown)),
    "POST /phone/api/v1/sessions/challenge": Line(ANYONE, call=_sending({"device": "unknown"})),
    "POST /phone/api/v1/sessions": Line(ANYONE, "401", _sending({"device": "unknown", "challenge": "", "sig": ""})),
    "POST /phone/api/v1/pin": Line(ANYONE, "401", _sending({"device": "unknown", "token": _NOTHING, "verifier": _NOTHING})),
    "GET /phone/api/v1/device": _of_phones("200"),
    "PUT /phone/api/v1/device/push": _of_phones("204", lambda _: Call(data=b"null", headers=JSON)),
    "POST /phone/api/v1/device/push/test": _of_phones("404", _sending({"id": "unknown"})),
    "GET /phone/api/v1/device/settings": _of_phones("200"),
    "PUT /phone/api/v1/device/settings": _of_phones("204", _sending({"show_titles": True, "quiet": []})),
    "GET /phone/api/v1/notices": _of_phones("200"),
    "POST /phone/api/v1/notices/read": _of_phones("204", _sending({"ids": []})),
    "GET /phone/api/v1/requests": _of_phones("200"),
    # of somebody else's phone
    "GET /phone/api/v1/requests/{request}": _of_phones("404", lambda caller: Call(_waiting(caller))),
    "POST /phone/api/v1/requests/{request}/decision": _of_phones("404", _sealed(_waiting)),
    "GET /phone/api/v1/events": _of_phones("200"),
}


def _of_user(caller: Caller) -> dict[str, Any]:
    return {"user": _user(caller), "mode": "user_only"}


def _new_colleague(caller: Caller) -> dict[str, Any]:
    name = caller.world.name("new")
    held = {"role": "sub_administrator", "companies": [caller.company], "permissions": []}
    return {"username": name, "email": f"{name}@n.example", **held}


def _on(which: Callable[[Caller], str], **more: Any) -> Callable[[Caller], dict[str, Any]]:
    return lambda caller: {"administrator": which(caller), **more}


def _rights_of_colleague(caller: Caller) -> dict[str, Any]:
    held = {"role": "sub_administrator", "companies": [caller.company], "permissions": ["administrators.edit"]}
    return {"administrator": _colleague(caller), **held}


@_kept
def _disabled_colleague(caller: Caller) -> str:
    found = caller.world.invited(companies=[caller.company]).id
    caller.world.root.do("administrator.disable", {"administrator": found})
    return found


@_kept
def _protected_colleague(caller: Caller) -> str:
    """Return one who has two-factor authentication, where anybody may."""
    return caller.world.actor(companies=[caller.company], phone=caller.state != NOBODY_HAS_IT).id


@_kept
def _origin(caller: Caller) -> str:
    """Return an old address under which a phone was set up, where anybody has one."""
    origin = f"https://{caller.world.name('old')}.example"
    if caller.state != NOBODY_HAS_IT:
        device = caller.world.actor().own_phone.device
        caller.world.server.sql("UPDATE devices SET origin = ? WHERE id = ?", origin, device)
    return origin


def _new_password(caller: Caller) -> dict[str, Any]:
    new = f"seven-Copper-umbrellas-{caller.world.name('drift')}"
    return {"current_password": _asker(caller).password, "new_password": new}


def _other_policy(caller: Caller) -> dict[str, Any]:
    return {"request_lifetime": 30 + int(caller.world.name("").removeprefix("-")) % 500}


def _new_key(caller: Caller) -> dict[str, Any]:
    return {"name": caller.world.name("key"), "permissions": [], "companies": [caller.company]}


@dataclass(frozen=True)
class Deed:
    """The line of an action: asked for it is done at once where nobody has two-factor authentication, else it waits."""

    parameters: Callable[[Caller], dict[str, Any]]
    permission: P | None = None
    other: str | None = None
    but: dict[tuple[str, ...], str] = field(default_factory=dict)
    keys: bool = True
    offered: bool = True
    at_once: str = "200"

    def line(self, name: str, *, preview: bool) -> Line:
        """Return the line of asking for it, or of its preview."""
        if not self.offered:
            return Line(BOTH, "404 action_not_found", self._call(name))
        refused = {(key,): "403 session_required" for key in KEYS} if not self.keys else {}
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
                    _asker(caller).password = parameters["new_password"]

            return Call(name, {"parameters": parameters, "reason": "as agreed"}, done=done)

        return call


NO_PROVIDER = {(role, state): FORBIDDEN for role in (WITH, KEY_WITH) for state in (NOBODY_HAS_IT, OWN)}
NOT_OF_ALL = {
    (role, scope, state): FORBIDDEN
    for role in (WITH, KEY_WITH)
    for scope in (OWN_COMPANY, OTHER_COMPANY)
    for state in (NOBODY_HAS_IT, OWN)
}

ACTIONS: dict[str, Deed] = {
    "sign_in": Deed(lambda _: {}, offered=False),
    "two_factor.enable": Deed(lambda _: {}, offered=False),
    "two_factor.disable": Deed(lambda _: {}, keys=False, at_once="409 not_enabled"),
    "password.change": Deed(_new_password, keys=False),
    "user.delete": Deed(_of_user, P.USERS_DELETE, "404 user_not_found"),
    "administrator.create": Deed(_new_colleague, P.ADMINISTRATORS_EDIT, FORBIDDEN),
    "administrator.set_permissions": Deed(_rights_of_colleague, P.ADMINISTRATORS_EDIT, "404"),
    "administrator.disable": Deed(_on(_colleague), P.ADMINISTRATORS_EDIT, "404"),
    "administrator.enable": Deed(_on(_disabled_colleague), P.ADMINISTRATORS_EDIT, "404"),
    "administrator.delete": Deed(_on(_colleague), P.ADMINISTRATORS_EDIT, "404"),
    "administrator.reset_two_factor": Deed(_on(_protected_colleague), P.ADMINISTRATORS_EDIT, "404"),
    "api_key.create": Deed(_new_key, P.API_KEYS_EDIT, FORBIDDEN),
    "policy.change": Deed(_other_policy, P.POLICY_EDIT, but=NOT_OF_ALL),
    "origin.retire": Deed(
        lambda caller: {"origin": _origin(caller)},
        P.POLICY_EDIT,
        but={(PROVIDER, NOBODY_HAS_IT): "404 origin_not_found", **NO_PROVIDER},
    ),
}

TABLE: dict[str, Line] = {
    **ROUTES,
    **{f"POST /api/v1/actions/{{name}} {name}": deed.line(name, preview=False) for name, deed in ACTIONS.items()},
    **{f"POST /api/v1/actions/{{name}}/preview {name}": deed.line(name, preview=True) for name, deed in ACTIONS.items()},
}
