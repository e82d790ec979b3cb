"""What is secret in a result, sealed for the key that came with the request: a copied token reads nothing of it."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, select

from desktop.demo.phone import SoftwarePhone
from server import protocol
from server.config import load
from server.store import tables
from server.store.database import url
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused
from tests.server.by_totp import proof
from tests.server.test_api_keys import script_of

INVITED = {"username": "jonas", "email": "jonas@northwind.example", "role": "provider"}


@pytest.fixture
def both(server: LivingServer) -> tuple[TestConsole, SoftwarePhone]:
    return server.protected()


@pytest.fixture
def database(server: LivingServer) -> Iterator[Connection]:
    """Read what the running server has committed."""
    engine = create_engine(url(load(environment=server.settings, data=server.data)), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def ask(by: TestConsole, key: protocol.PrivateKey | None, action: str, *, once: str = "", **parameters: Any) -> Any:
    """Ask for an action with a key for its secrets; the request that waits."""
    headers = {"Result-Key": protocol.b64u(protocol.point(key))} if key else {}
    headers |= {"Idempotency-Key": once} if once else {}
    return by.call("POST", f"/actions/{action}", {"parameters": parameters}, headers=headers)["request"]


def approved(by: TestConsole, phone: SoftwarePhone, key: protocol.PrivateKey, action: str, **parameters: Any) -> str:
    """Ask with a key, and approve; the id of the request."""
    request = ask(by, key, action, **parameters)
    assert phone.approve(request["id"], request["code"]) == "executed"
    return str(request["id"])


def opened(key: protocol.PrivateKey, request: str, result: dict[str, Any]) -> Any:
    """Open what is sealed in the result of a request."""
    return json.loads(protocol.open_sealed(key, protocol.result_info(request), protocol.unb64u(result["sealed"])))


def thief_of(console: TestConsole) -> TestConsole:
    """Return whoever has copied the token of a session."""
    thief = TestConsole(console.url)
    thief.token = console.token
    return thief


def test_a_thief_who_reads_first_cannot_open_an_invitation_and_its_owner_still_can(
    both: tuple[TestConsole, SoftwarePhone], server: LivingServer
) -> None:
    (console, phone), key = both, protocol.new_key()
    request = approved(console, phone, key, "administrator.create", **INVITED)
    stolen = thief_of(console).request(request)["result"]
    assert set(stolen) == {"administrator", "sealed"}
    with pytest.raises(protocol.Malformed):
        opened(protocol.new_key(), request, stolen)
    assert console.request(request)["result"] == stolen, "it is told again"
    assert "sealed" not in str(console.call("GET", "/requests")["items"])
    elsewhere = TestConsole(server.url)
    elsewhere.sign_in(phone=phone)
    assert set(elsewhere.request(request)["result"]) == {"administrator"}, "nor is it told to another session"
    told = opened(key, request, stolen)
    assert set(told) == {"invitation"}
    colleague = {"invitation": told["invitation"], "password": "quiet-Harbour-19-marble-otter"}
    assert server.console().call("POST", "/invitations", colleague)["administrator"]["username"] == "jonas"


@pytest.mark.parametrize(
    ("action", "parameters", "secret"),
    [("two_factor.disable", {}, "grant"), ("api_key.create", {"name": "nightly", "permissions": []}, "token")],
)
def test_a_grant_and_a_token_are_sealed_too(
    both: tuple[TestConsole, SoftwarePhone], action: str, parameters: dict[str, Any], secret: str
) -> None:
    (console, phone), key = both, protocol.new_key()
    request = approved(console, phone, key, action, **parameters)
    stolen = thief_of(console).request(request)["result"]
    assert secret not in stolen
    assert set(opened(key, request, stolen)) == {secret}


def test_a_sealed_secret_outlives_a_restart_and_stands_nowhere_in_plain(
    both: tuple[TestConsole, SoftwarePhone], server: LivingServer, database: Connection
) -> None:
    (console, phone), key = both, protocol.new_key()
    asked = ask(console, key, "administrator.create", **INVITED)
    server.kill()
    server.start()
    assert phone.approve(asked["id"], asked["code"]) == "executed"
    server.kill()
    server.start()
    sealed = thief_of(console).request(asked["id"])["result"]
    [invitation] = opened(key, asked["id"], console.request(asked["id"])["result"]).values()
    kept = b"".join(each.read_bytes() for each in server.data.iterdir() if each.is_file())
    for table in tables.Table.metadata.tables.values():
        for value in (value for row in database.execute(select(table)) for value in row):
            kept += value if isinstance(value, bytes) else str(value).encode()
    assert protocol.point(key) in kept
    for plain in (invitation, sealed["sealed"]):
        assert plain.encode() not in kept
        assert protocol.unb64u(plain) not in kept


def test_what_was_sealed_for_a_session_is_forgotten_when_it_ends(
    both: tuple[TestConsole, SoftwarePhone], database: Connection
) -> None:
    console, phone = both
    script = script_of(console, phone, "administrators.edit", "api_keys.edit")
    for by in (console, script):
        approved(by, phone, protocol.new_key(), "api_key.create", name="nightly", permissions=[])

    def waiting() -> int:
        return len(database.execute(select(tables.Request.id).where(tables.Request.secret_result.is_not(None))).all())

    def codes() -> bool:
        return database.execute(select(tables.RecoverySet.codes)).scalar_one() is not None

    made = ask(console, protocol.new_key(), "recovery_codes.reset")
    assert phone.approve(made["id"], made["code"]) == "executed"
    assert (waiting(), codes()) == (2, True)
    [key] = [each["id"] for each in console.call("GET", "/api-keys")["items"] if each["name"] == "Nightly clean-up"]
    console.call("DELETE", f"/api-keys/{key}")
    assert waiting() == 1
    console.call("DELETE", "/sessions/current")
    assert (waiting(), codes()) == (0, False)


def test_without_a_key_a_secret_is_told_once_in_plain(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    request = console.ask("administrator.create", **INVITED)
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert set(thief_of(console).request(request["id"])["result"]) == {"administrator", "invitation"}
    assert set(console.request(request["id"])["result"]) == {"administrator"}


def test_a_result_without_secrets_stays_as_it_is(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    user, key = console.user(), protocol.new_key()
    request = approved(console, phone, key, "user.delete", user=user, mode="user_only")
    assert "sealed" not in (console.request(request)["result"] or {})


def test_what_is_done_at_once_tells_its_secret_to_the_very_call(server: LivingServer) -> None:
    console = server.set_up()
    headers = {"Result-Key": protocol.b64u(protocol.point(protocol.new_key()))}
    done = console.call("POST", "/actions/administrator.create", {"parameters": INVITED}, headers=headers)
    assert set(done["result"]) == {"administrator", "invitation"}


def test_the_caller_of_an_api_key_may_have_it_sealed(both: tuple[TestConsole, SoftwarePhone]) -> None:
    (console, phone), key = both, protocol.new_key()
    script = script_of(console, phone, "administrators.edit", "api_keys.edit")
    request = approved(script, phone, key, "api_key.create", name="second", permissions=[])
    assert set(console.request(request)["result"]) == {"api_key"}
    assert opened(key, request, thief_of(script).request(request)["result"])["token"].startswith("csk.")


def test_a_malformed_key_is_refused_with_what_it_must_be(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    point = protocol.point(protocol.new_key())
    good = protocol.b64u(point)
    lengths = [protocol.b64u(each) for each in (point[:64], point + b"\0", b"\2" + point[1:33], b"\4" + bytes(64))]
    for malformed in ("", "nonsense", f"{good}=", f"+{good[1:]}", *lengths):
        headers = {"Result-Key": malformed}
        call = partial(console.call, "POST", "/actions/administrator.create", {"parameters": INVITED}, headers=headers)
        problem = refused(422, call)
        assert problem.code == "invalid"
        assert "must be a P-256 key: the 65 bytes of its uncompressed point" in problem.detail
        assert problem.members["fields"].keys() == {"result-key"}
    assert phone.pending() == []


def test_a_repeated_call_puts_no_other_key_in_place_of_the_first(both: tuple[TestConsole, SoftwarePhone]) -> None:
    (console, phone), key = both, protocol.new_key()
    request = ask(console, key, "administrator.create", once="k", **INVITED)
    assert ask(console, key, "administrator.create", once="k", **INVITED)["id"] == request["id"]
    for other in (protocol.new_key(), None):
        again = partial(ask, thief_of(console), other, "administrator.create", once="k", **INVITED)
        assert refused(422, again).code == "idempotency_key_reused"
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert set(opened(key, request["id"], console.request(request["id"])["result"])) == {"invitation"}


def test_recovery_codes_are_sealed_for_the_session_that_turned_two_factor_on(server: LivingServer) -> None:
    console, phone, key = server.set_up(), SoftwarePhone(None, "Pixel 9"), protocol.new_key()
    with_key = {"headers": {"Result-Key": protocol.b64u(protocol.point(key))}}
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    digits = phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
    path = f"/enrolments/{enrolment['id']}/confirm"
    request = console.call("POST", path, {"sas": digits}, **with_key)["request"]
    assert phone.approve(request["id"], request["code"]) == "executed"
    first = codes_of(console, key)
    made_again = ask(console, key, "recovery_codes.reset")
    assert phone.approve(made_again["id"], made_again["code"]) == "executed"
    second = codes_of(console, key)
    assert not set(first) & set(second)
    elsewhere = server.console()
    body = {"wait_token": elsewhere.begin_sign_in()["wait_token"], "code": second[0]}
    assert elsewhere.call("POST", "/sessions/recovery", body)["token"]


def codes_of(console: TestConsole, key: protocol.PrivateKey) -> list[str]:
    """Open recovery codes that a thief has read first."""
    stolen = thief_of(console).call("GET", "/recovery-codes")
    assert stolen["codes"] == []
    with pytest.raises(protocol.Malformed):
        opened(protocol.new_key(), "recovery_codes", stolen)
    mine = console.call("GET", "/recovery-codes")
    assert mine == stolen, "they are told again"
    codes = opened(key, "recovery_codes", mine)["codes"]
    assert len(codes) == 10
    return list(codes)


def test_recovery_codes_of_an_authenticator_app_that_is_on_at_once_are_sealed_too(server: LivingServer) -> None:
    console, key = server.set_up(), protocol.new_key()
    _, parameters = proof(console)
    headers = {"Result-Key": protocol.b64u(protocol.point(key))}
    console.call("POST", "/actions/two_factor.enable", {"parameters": parameters}, headers=headers)
    codes_of(console, key)
