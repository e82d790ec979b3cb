"""What the matrix calls for: a thing of each kind, in the company of whoever calls, and the calls that name it."""

from collections.abc import Callable
from typing import Any

from desktop.demo.phone import SoftwarePhone
from tests.gates.callers import (
    NOBODY_HAS_IT,
    ONLY_OTHERS,
    OWN,
    PROVIDER,
    Caller,
)
from tests.gates.lines import Call, Line
from tests.gates.world import Actor, app_of, credentials
from tests.living import CLAIMS

SEALED = {"Content-Type": "application/octet-stream"}


def named(who: tuple[str, ...], path: Callable[[Caller], str], **more: Any) -> Line:
    return Line(who, call=lambda caller: Call(path(caller)), **more)


def elsewhere(caller: Caller) -> str:
    """Return a request of somebody else that is over: the one that turned two-factor authentication on for somebody."""
    found = "SELECT id FROM requests WHERE action = 'two_factor.enable' AND status = 'executed' LIMIT 1"
    [(request,)] = caller.world.server.sql(found)
    return str(request)


def waiting(caller: Caller) -> str:
    """Return a request of somebody else, which waits where there is a phone to ask."""
    root = caller.world.root
    if root.phone is None:
        return elsewhere(caller)
    for older in root.own_phone.pending():
        root.console.call("POST", f"/requests/{older.id}/cancel")
    return str(root.ask("two_factor.disable", {})["id"])


def kept(make: Callable[[Caller], str]) -> Callable[[Caller], str]:
    """Make one thing in a company for all callers, until something has happened to it."""

    def kept(caller: Caller) -> str:
        key = make.__name__, caller.company, caller.state
        if key not in caller.world.kept:
            caller.world.kept[key] = make(caller)
        return caller.world.kept[key]

    return kept


@kept
def user(caller: Caller) -> str:
    return caller.world.user(caller.company)


@kept
def held_user(caller: Caller) -> str:
    """Return a user who is deleted with all data once the hold is over."""
    held = caller.world.user(caller.company)
    caller.world.root.do("user.delete", {"user": held, "mode": "user_and_data"})
    return held


def new_user(caller: Caller) -> Call:
    return Call(body={"username": f"{caller.world.name('made')}@contoso.example", "company": caller.company})


def renamed(named: Callable[[Caller], str]) -> Callable[[Caller], Call]:
    return lambda caller: Call(named(caller), {"name": caller.world.name("Renamed")})


def company(caller: Caller) -> str:
    return caller.company


def new_company(caller: Caller) -> Call:
    return Call(body={"name": caller.world.name("Company")})


@kept
def storage(caller: Caller) -> str:
    """Return a storage account with a destination for the company."""
    account = caller.world.storage()
    caller.world.destination(account, caller.company)
    return account


@kept
def empty_storage(caller: Caller) -> str:
    return caller.world.storage()


@kept
def destination(caller: Caller) -> str:
    """Return a storage account and its destination."""
    account = caller.world.storage()
    return f"{account}/{caller.world.destination(account, caller.company)}"


def new_storage(caller: Caller) -> Call:
    return Call(body={"name": caller.world.name("Vault"), **tried(caller).body})


def tried(_: Caller) -> Call:
    return Call(body={"kind": "s3_compatible", "settings": credentials("https://127.0.0.1")})


def new_destination(caller: Caller) -> Call:
    place = caller.world.name("place")
    return Call(storage(caller), {"name": place, "place": place, "companies": [caller.company]})


def new_credentials(caller: Caller) -> dict[str, Any]:
    endpoint = f"https://{caller.world.name('s3')}.example.com"
    return {"storage_account": storage(caller), "settings": credentials(endpoint)}


def own_session(caller: Caller) -> str:
    """Return another session of the caller, or, for one who has none, somebody else's."""
    actor = caller.asker
    desk = actor.sign_in_again() if caller.actor else actor.console
    [current] = [each["id"] for each in desk.call("GET", "/sessions")["items"] if each["current"]]
    return str(current)


def invitation(caller: Caller) -> Call:
    name = caller.world.name("invited")
    asked = {"username": name, "email": f"{name}@n.example", "role": "sub_administrator"}
    made = caller.world.root.do("administrator.create", asked)
    return Call(body={"invitation": made["invitation"], "password": "nine-Silver-lanterns-below"})


def sign_in(caller: Caller) -> Call:
    root = caller.world.root
    return Call(body={"username": root.username, "password": root.password, **CLAIMS})


def wait(caller: Caller) -> Call:
    return Call(body={"wait_token": caller.token or "none"})


def wait_with_code(caller: Caller) -> Call:
    return Call(body={"wait_token": caller.token or "none", "code": "0000-0000-0000-0000"})


def waiting_with_code(caller: Caller) -> Call:
    return Call(waiting(caller), {"code": "000000"})


def codes_told(caller: Caller) -> Call:
    """Read the recovery codes, where the caller has any, before it is tried: they are told once."""
    if caller.actor is not None and caller.state == OWN:
        codes_of(caller.actor)
    return Call()


def codes_of(actor: Actor) -> list[str]:
    if not actor.codes:
        actor.codes = actor.console.call("GET", "/recovery-codes")["codes"]
    return actor.codes


def lost(caller: Caller) -> Call:
    """Report the phone as lost, and set up another one for the callers that come."""
    actor = caller.asker

    def another() -> None:
        actor.phone = SoftwarePhone(None, f"Phone of {actor.username}")
        request = actor.console.enrol(actor.phone, actor.username, actor.password)
        actor.console.call("POST", f"/requests/{request['id']}/recovery", {"code": actor.codes.pop()})

    code = codes_of(actor).pop() if actor.codes or caller.state == OWN else "none"
    return Call(body={"password": actor.password, "code": code}, done=another)


def app(caller: Caller) -> dict[str, Any]:
    """Return what proves an authenticator app, where the caller may set one up."""
    actor = caller.actor
    if actor is None or caller.state != OWN:
        return {"method": "totp", "enrolment": "unknown", "code": "000000"}
    return app_of(actor)


def password(caller: Caller) -> Call:
    return Call(body={"password": caller.asker.password})


def enrolment(caller: Caller) -> str:
    """Return an enrolment of somebody else."""
    [(enrolment,)] = caller.world.server.sql("SELECT id FROM enrolments ORDER BY created_at LIMIT 1")
    return str(enrolment)


def digits(caller: Caller) -> Call:
    return Call(enrolment(caller), {"sas": "123456"})


@kept
def colleague(caller: Caller) -> str:
    """Return an administrator of the company."""
    return caller.world.invited(companies=[caller.company]).id


def api_key(caller: Caller) -> str:
    """Return an API key of a provider who calls and may make one, else somebody else's."""
    own = caller.role == PROVIDER and caller.state != ONLY_OTHERS and caller.actor is not None
    name = caller.world.name("ended")
    (caller.asker if own else caller.world.root).do("api_key.create", {"name": name, "permissions": []})
    [(key,)] = caller.world.server.sql("SELECT id FROM api_keys WHERE name = ?", name)
    return str(key)


def unknown(_: Caller) -> str:
    return "unknown"


def sending(body: Any, named: Callable[[Caller], str] = unknown) -> Callable[[Caller], Call]:
    return lambda caller: Call(named(caller), body)


def sealed(named: Callable[[Caller], str]) -> Callable[[Caller], Call]:
    return lambda caller: Call(named(caller), data=b"nothing of ours", headers=SEALED)


def of_user(caller: Caller) -> dict[str, Any]:
    return {"user": user(caller), "mode": "user_only"}


def on_hold(caller: Caller) -> dict[str, Any]:
    return {"user": held_user(caller)}


def new_colleague(caller: Caller) -> dict[str, Any]:
    name = caller.world.name("new")
    held = {"role": "sub_administrator", "companies": [caller.company], "permissions": []}
    return {"username": name, "email": f"{name}@n.example", **held}


def on(which: Callable[[Caller], str], **more: Any) -> Callable[[Caller], dict[str, Any]]:
    return lambda caller: {"administrator": which(caller), **more}


def rights_of_colleague(caller: Caller) -> dict[str, Any]:
    held = {"role": "sub_administrator", "companies": [caller.company], "permissions": ["administrators.edit"]}
    return {"administrator": colleague(caller), **held}


@kept
def disabled_colleague(caller: Caller) -> str:
    found = caller.world.invited(companies=[caller.company]).id
    caller.world.root.do("administrator.disable", {"administrator": found})
    return found


@kept
def protected_colleague(caller: Caller) -> str:
    """Return one who has two-factor authentication, where anybody may."""
    return caller.world.actor(companies=[caller.company], phone=caller.state != NOBODY_HAS_IT).id


@kept
def origin(caller: Caller) -> str:
    """Return an old address under which a phone was set up, where anybody has one."""
    origin = f"https://{caller.world.name('old')}.example"
    if caller.state != NOBODY_HAS_IT:
        device = caller.world.actor().own_phone.device
        caller.world.server.sql("UPDATE devices SET origin = ? WHERE id = ?", origin, device)
    return origin


def new_password(caller: Caller) -> dict[str, Any]:
    new = f"seven-Copper-umbrellas-{caller.world.name('drift')}"
    return {"current_password": caller.asker.password, "new_password": new}


def other_policy(caller: Caller) -> dict[str, Any]:
    return {"request_lifetime": 30 + int(caller.world.name("").removeprefix("-")) % 500}


def new_key(caller: Caller) -> dict[str, Any]:
    return {"name": caller.world.name("key"), "permissions": [], "companies": [caller.company]}
