"""A row written into the database approves nothing (protocol, section 5): the attacker has SQL, but no key file."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server import protocol
from server.store.ids import hashed
from tests.both import on_sqlite
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused, status_of
from tests.server.by_totp import STEP, code_at, confirm, do, proof, turn_on
from tests.server.reaching import COLLEAGUES_PASSWORD, invited
from tests.server.test_administrators import done, me
from tests.server.test_decisions import colleague_of
from tests.server.test_sealed_results import ask

pytestmark = on_sqlite  # the attacker is the same on both


@pytest.fixture
def sql(server: LivingServer) -> Iterator[Callable[..., list[Any]]]:
    """Write into the database of the running server."""
    with closing(sqlite3.connect(server.data / "countersign.db", timeout=10, isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        yield lambda statement, *values: database.execute(statement, values).fetchall()


@pytest.fixture
def both(server: LivingServer) -> tuple[TestConsole, SoftwarePhone]:
    return server.protected()


@pytest.mark.parametrize(
    "change",
    [
        "parameters = '{}'",
        "action = 'nope'",
        "action = 'two_factor.disable'",
        "kind = 'authentication'",
        "code = x'00'",
        "qr = x'00'",
        "answer_key = x'00'",
        "server_signature = zeroblob(64)",
        "details = CAST(replace(CAST(details AS TEXT), 'mia', 'eve') AS BLOB)",
        "frozen = x'00'",
        "expires_at = expires_at + 60000000",
    ],
)
def test_a_changed_request_is_void(both: tuple[TestConsole, SoftwarePhone], sql: Any, change: str) -> None:
    console, phone = both
    mia = console.user()
    request = console.delete(mia)
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    sql(f"UPDATE requests SET {change} WHERE id = ?", request["id"])  # noqa: S608 - our own words
    assert phone.send(request["id"], body) == "void"
    assert console.raw("GET", f"/users/{mia}").status_code == 200


@pytest.mark.row("TA-2.6")
def test_what_was_frozen_is_not_exchanged_for_what_is_now(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    mia = console.user()
    before = console.delete(mia)
    console.call("PATCH", f"/users/{mia}", {"name": "Somebody else"})
    now = console.delete(mia)
    sql("UPDATE requests SET frozen = (SELECT frozen FROM requests WHERE id = ?) WHERE id = ?", now["id"], before["id"])
    assert phone.approve(before["id"], before["code"]) == "void"
    assert console.raw("GET", f"/users/{mia}").status_code == 200


@pytest.mark.parametrize("change", ["result_key = x'00'", "result_key = NULL", "session_id = 'other'"])
def test_secrets_are_for_nobody_else_than_who_asked(
    both: tuple[TestConsole, SoftwarePhone], sql: Any, change: str
) -> None:
    console, phone = both
    request = ask(console, protocol.new_key(), "recovery_codes.reset")
    columns = ", ".join(each["name"] for each in sql("PRAGMA table_info(sessions)"))
    theirs = columns.replace("id,", "'other',", 1).replace("token_hash", "x'00'")
    sql(f"INSERT INTO sessions ({columns}) SELECT {theirs} FROM sessions WHERE ended_at IS NULL")  # noqa: S608 - our own
    sql(f"UPDATE requests SET {change} WHERE id = ?", request["id"])  # noqa: S608 - likewise
    assert phone.approve(request["id"], request["code"]) == "void"


def test_a_changed_secret_is_told_as_none(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    request = console.ask("api_key.create", name="nightly", permissions=[])
    assert phone.approve(request["id"], request["code"]) == "executed"
    sql("UPDATE requests SET secret_result = x'00' WHERE id = ?", request["id"])
    assert "token" not in console.request(request["id"])["result"]


def test_an_ended_request_is_not_revived(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    mia, kofi = console.user(), console.user("kofi@litware.example")
    request = console.delete(mia)
    [before] = sql("SELECT answer_key, code, qr FROM requests WHERE id = ?", request["id"])
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    assert phone.reject(request["id"]) == "rejected"
    revive = "UPDATE requests SET status = 'pending', answer_key = ?, code = ?, qr = ? WHERE id = ?"
    sql(revive, *before, request["id"])
    assert phone.send(request["id"], body) == "void"
    assert [console.raw("GET", f"/users/{each}").status_code for each in (mia, kofi)] == [200, 200]


def test_nor_is_one_whose_end_was_taken_out_of_the_log_and_its_chain(
    both: tuple[TestConsole, SoftwarePhone], sql: Any
) -> None:
    console, phone = both
    _, colleague = colleague_of(console, phone)
    them = {"administrator": me(colleague)}
    request = console.ask("administrator.disable", **them)
    [before] = sql("SELECT * FROM requests WHERE id = ?", request["id"])
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    assert phone.send(request["id"], body) == "executed"
    done(console, phone, "administrator.enable", **them)
    for trigger in sql("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        sql(f"DROP TRIGGER {trigger['name']}")
    sql("DELETE FROM audit WHERE request = ? AND event IN ('request:approved', 'request:executed')", request["id"])
    chain = bytes(32)
    for number, line in enumerate(sql("SELECT number, body FROM audit ORDER BY number"), 1):
        chain = protocol.sha(protocol.label("countersign/v1 audit") + chain + line["body"])
        sql("UPDATE audit SET number = ?, hash = ? WHERE number = ?", number, chain, line["number"])
    names = ", ".join(f"{name} = ?" for name in before.keys())  # noqa: SIM118 - of a row
    sql(f"UPDATE requests SET {names} WHERE id = ?", *before, request["id"])  # noqa: S608 - our own words
    assert phone.send(request["id"], body) == "void"
    assert sql("SELECT disabled_at FROM administrators WHERE id = ?", them["administrator"])[0]["disabled_at"] is None


def test_a_revoked_phone_is_not_revived(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    off = console.ask("two_factor.disable")
    phone.approve(off["id"], off["code"])
    console.protect(grant=console.request(off["id"])["result"]["grant"], name="the new one")
    sql("UPDATE devices SET status = 'revoked' WHERE status = 'active'")
    sql("UPDATE devices SET status = 'active' WHERE id = ?", phone.device)
    refused(401, phone.state)
    assert refused(403, lambda: console.delete(console.user())).code == "no_device"


def test_a_phone_of_ones_own_is_not_put_in_anothers_place(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    thief, _ = colleague_of(console, phone, role="sub_administrator", permissions=[])
    [victim] = sql("SELECT administrator_id AS id FROM devices WHERE id = ?", phone.device)
    request = console.delete(console.user())
    sql("UPDATE devices SET status = 'revoked' WHERE id = ?", phone.device)
    sql("UPDATE devices SET administrator_id = ? WHERE id = ?", victim["id"], thief.device)
    sql("UPDATE requests SET device_id = ? WHERE id = ?", thief.device, request["id"])
    assert status_of(lambda: thief.send(request["id"], b"\4" + bytes(100))) == 401
    mine = console.raw("POST", "/actions/user.delete", {"parameters": request["parameters"]})
    assert mine.status_code == 202
    waiting = mine.json()["request"]
    refused(401, lambda: thief.approve(waiting["id"], waiting["code"]))


def void_reason(sql: Any, request: Any) -> str:
    [row] = sql("SELECT void_reason FROM requests WHERE id = ?", request["id"])
    return str(row["void_reason"])


def test_who_takes_anothers_name_for_a_while_decides_nothing_in_it(
    both: tuple[TestConsole, SoftwarePhone], sql: Any
) -> None:
    console, phone = both
    thief, grant = invited(console, phone, "jonas")
    owner, jonas, mine = me(console), me(thief), SoftwarePhone(None)

    def rename(account: str, name: str) -> None:
        sql("UPDATE administrators SET username = ?, username_key = ? WHERE id = ?", name, name, account)

    rename(owner, "somebody")
    rename(jonas, USERNAME)
    request = thief.enrol(mine, USERNAME, COLLEAGUES_PASSWORD, grant)
    refused(401, partial(mine.approve, request["id"], request["code"]))  # it is cut off with that
    assert void_reason(sql, request) == "account_changed"
    rename(jonas, "jonas")
    rename(owner, USERNAME)
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_the_names_of_before_count_after_an_update_and_no_later_ones(server: LivingServer, sql: Any) -> None:
    console, phone = server.protected()
    thief, colleague = colleague_of(console, phone, role="sub_administrator", permissions=[])
    server.stop()
    ledger = server.data / "ledger.jsonl"
    kept = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(line for line in kept if '"named"' not in line))
    server.start()
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"
    server.stop()
    sql("UPDATE administrators SET username = 'lena', username_key = 'lena' WHERE username = 'jonas'")
    server.start()
    request = colleague.ask("recovery_codes.reset")
    refused(401, partial(thief.approve, request["id"], request["code"]))
    sql("UPDATE devices SET status = 'revoked' WHERE id = ?", thief.device)
    refusal = server.run("admin", "reset-two-factor", "lena")
    assert (refusal.returncode, refusal.stdout) == (1, "")
    assert "knows lena as another account" in refusal.stderr


def test_nor_does_a_recovery_code_set_a_phone_up_in_it(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    _, thief = colleague_of(console, phone, role="sub_administrator", permissions=[])
    code = thief.call("GET", "/recovery-codes")["codes"][0]
    back = TestConsole(console.url)
    told = back.begin_sign_in("jonas", COLLEAGUES_PASSWORD)
    back._keep(back.call("POST", "/sessions/recovery", {"wait_token": told["wait_token"], "code": code}))
    for account, name in ((me(console), "somebody"), (me(thief), USERNAME)):
        sql("UPDATE administrators SET username = ?, username_key = ? WHERE id = ?", name, name, account)
    request = back.enrol(SoftwarePhone(None), USERNAME, COLLEAGUES_PASSWORD)
    assert (request["status"], void_reason(sql, request)) == ("void", "account_changed")


def test_an_account_that_an_older_ledger_does_not_know_comes_back_by_the_host(server: LivingServer) -> None:
    console, phone = server.protected()
    ledger = server.data / "ledger.jsonl"
    older = ledger.read_text()
    theirs, colleague = colleague_of(console, phone, role="sub_administrator", permissions=[])
    server.stop()
    ledger.write_text(older)
    server.start()
    request = colleague.ask("recovery_codes.reset")
    assert theirs.approve(request["id"], request["code"]) == "void"
    grant = server.run("admin", "reset-two-factor", "jonas").stdout.strip()
    back = TestConsole(server.url)
    back.sign_in("jonas", COLLEAGUES_PASSWORD)
    back.protect("jonas", COLLEAGUES_PASSWORD, grant)


def test_a_reset_on_the_host_before_the_names_are_kept_keeps_those_of_all(server: LivingServer) -> None:
    console, phone = server.protected()
    colleague_of(console, phone, role="sub_administrator", permissions=[])
    server.stop()
    ledger = server.data / "ledger.jsonl"
    kept = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(line for line in kept if '"named"' not in line))
    assert server.run("admin", "reset-two-factor", "jonas").returncode == 0
    server.start()
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_an_enrolment_is_not_given_to_another_account(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, phone = both
    _, colleague = colleague_of(console, phone)
    word = "quiet-Harbour-19-marble-otter"
    off = colleague.ask("two_factor.disable")
    [jonas] = sql("SELECT id, password_hash FROM administrators WHERE username = 'jonas'")
    [victim] = sql("SELECT id FROM administrators WHERE username = ?", USERNAME)
    # the colleague turns his off and begins anew, then gives the enrolment to the victim
    assert off["status"] == "pending"
    sql("UPDATE administrators SET method = NULL WHERE id IN (?, ?)", jonas["id"], victim["id"])
    sql("UPDATE devices SET status = 'revoked'")
    refused(401, lambda: colleague.call("POST", "/enrolments", {"password": word}))
    grants = sql("SELECT count(*) AS n FROM grants WHERE used_at IS NULL")[0]["n"]
    assert grants == 0


@pytest.mark.parametrize("origin", ["http://[bad", "https://x.test:99999"])
def test_what_is_no_origin_keeps_no_server_from_starting(server: LivingServer, origin: str) -> None:
    console = server.set_up()
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, PASSWORD)
    server.stop()
    with closing(sqlite3.connect(server.data / "countersign.db")) as database, database:
        database.execute("UPDATE devices SET origin = ?", (origin,))
    server.start()
    assert console.call("GET", "/health")["details"]["old_origins"] == []


def test_a_moved_enrolment_does_not_open(server: LivingServer, sql: Any) -> None:
    console = server.set_up()
    asked = console.call(
        "POST",
        "/actions/administrator.create",
        {"parameters": {"username": "jonas", "email": "j@n.example", "role": "sub_administrator"}},
    )
    word = "quiet-Harbour-19-marble-otter"
    jonas = TestConsole(server.url)
    jonas.call("POST", "/invitations", {"invitation": asked["result"]["invitation"], "password": word})
    jonas.sign_in("jonas", word)
    enrolment = jonas.call("POST", "/enrolments", {"password": word})
    [victim] = sql("SELECT id FROM administrators WHERE username = ?", USERNAME)
    sql("UPDATE enrolments SET administrator_id = ? WHERE id = ?", victim["id"], enrolment["id"])
    refused(400, lambda: SoftwarePhone(None).enrol(enrolment["qr"], USERNAME, PASSWORD))


def test_a_sign_in_is_not_approved_by_a_row(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    _, phone = both
    desk = TestConsole(both[0].url)
    waiting = desk.begin_sign_in()
    sql("UPDATE requests SET status = 'executed' WHERE id = ?", waiting["request"]["id"])
    refused(401, lambda: desk.complete(waiting["wait_token"]))
    assert phone.pending() == []


def test_what_a_phone_sends_beside_its_answer_is_not_kept(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    request = console.delete(console.user())
    shown = phone.request(request["id"])
    challenge = protocol.decision_challenge(shown.raw, "approve", "", request["code"])
    deep: Any = 1
    for _ in range(900):
        deep = [deep]

    def decision(**more: Any) -> bytes:
        webauthn = {**phone.passkey.get(challenge, phone.origin), **more}
        message = {
            "decision": "approve",
            "code": request["code"],
            "reason": "",
            "sig": protocol.b64u(protocol.sign(phone.dsk, challenge)),
            "webauthn": webauthn,
        }
        key = protocol.public_key(protocol.unb64u(shown.details["answer_key"], 65))
        return protocol.seal(key, protocol.answer_info(phone.device, shown.id), json.dumps(message).encode())

    wrong: list[dict[str, Any]] = [{"x": deep}, {"x": 2**60}, {"response": []}, {"id": 7}]
    for more in wrong:
        refused(400, partial(phone.send, shown.id, decision(**more)))
    assert phone.send(shown.id, decision(x="extra")) == "executed"
    [event] = console.audit(event="request:approved", subject=shown.id)
    assert set(event["evidence"]["webauthn"]) == {"id", "rawId", "type", "response", "clientExtensionResults"}


# Codes, apps and what a recovery code opened


def tried(console: TestConsole, code: str, way: str = "recovery") -> int:
    """Begin a sign-in on a computer that is not known, and send one code."""
    desk = TestConsole(console.url)
    told = desk.begin_sign_in()
    return desk.raw("POST", f"/sessions/{way}", {"wait_token": told["wait_token"], "code": code}).status_code


@pytest.mark.row("RC-2")
@pytest.mark.parametrize("renamed", [False, True])
def test_a_burnt_code_is_not_revived(both: tuple[TestConsole, SoftwarePhone], sql: Any, renamed: bool) -> None:  # noqa: FBT001 - a parameter
    console, _ = both
    [code, *_] = console.call("GET", "/recovery-codes")["codes"]
    assert tried(console, code) == 201
    sql("UPDATE recovery_codes SET used_at = NULL, ended_at = NULL")
    if renamed:  # to an id that the ledger does not have
        sql("UPDATE recovery_codes SET id = 'rec_' || lower(hex(randomblob(8)))")
    assert tried(console, code) == 401


def test_a_dead_set_is_not_revived_and_a_code_is_not_given_to_another(
    both: tuple[TestConsole, SoftwarePhone], sql: Any
) -> None:
    console, phone = both
    _, colleague = colleague_of(console, phone)
    dead = console.call("GET", "/recovery-codes")["codes"]
    theirs = colleague.call("GET", "/recovery-codes")["codes"]
    do(console, phone, "recovery_codes.reset")
    sql("UPDATE recovery_codes SET used_at = NULL, ended_at = NULL")
    assert tried(console, dead[0]) == 401
    [victim] = sql("SELECT id FROM administrators WHERE username = ?", USERNAME)
    sql("UPDATE recovery_codes SET administrator_id = ?", victim["id"])
    assert tried(console, theirs[0]) == 401


def test_a_code_of_ones_own_is_not_written(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, _ = both
    for forged in (b"0" * 32, hashlib.sha256(b"0" * 16).digest()):
        sql("UPDATE recovery_codes SET code_hash = ? WHERE id = (SELECT min(id) FROM recovery_codes)", forged)
        assert tried(console, "0000-0000-0000-0000") == 401


@pytest.mark.row("TO-3")
def test_an_accepted_step_does_not_come_back(server: LivingServer, sql: Any) -> None:
    console = server.set_up()
    secret = turn_on(console)
    now = datetime.fromisoformat(console.begin_sign_in()["request"]["now"]).timestamp()
    code, earlier = code_at(secret, now + STEP), code_at(secret, now)
    assert tried(console, code, "totp") == 201
    sql("UPDATE totp SET last_step = 0, hinted_step = NULL")
    assert tried(console, code, "totp") == 401
    assert tried(console, earlier, "totp") == 401  # nor does one before it


def test_an_app_that_was_ended_is_not_revived(server: LivingServer, sql: Any) -> None:
    console = server.set_up()
    secret = turn_on(console)
    [before] = sql("SELECT * FROM totp")
    off = console.ask("two_factor.disable")
    now = datetime.fromisoformat(off["now"]).timestamp()
    confirm(console, off, code_at(secret, now + STEP))
    grant = console.request(off["id"])["result"]["grant"]
    fresh = turn_on(console, grant=grant)
    [after] = sql("SELECT * FROM totp")
    places = ", ".join("?" * len(before.keys()))
    for row in ({**dict(before)}, {**dict(before), "id": after["id"]}, {**dict(before), "id": "app_0000"}):
        sql("DELETE FROM totp")
        sql(f"INSERT INTO totp ({', '.join(row)}) VALUES ({places})", *({**row, "last_step": 0}).values())  # noqa: S608 - our own words
        told = TestConsole(console.url).begin_sign_in()
        body = {"wait_token": told["wait_token"], "code": code_at(secret, now)}
        assert console.raw("POST", "/sessions/totp", body).status_code in (401, 403)
    assert fresh != secret


@pytest.mark.row("EN-5")
@pytest.mark.parametrize("how", ["another session", "another token", "spent"])
def test_what_a_recovery_code_opened_is_not_copied(both: tuple[TestConsole, SoftwarePhone], sql: Any, how: str) -> None:
    console, _ = both
    [code, *_] = console.call("GET", "/recovery-codes")["codes"]
    back = TestConsole(console.url)
    told = back.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": code}
    back._keep(back.call("POST", "/sessions/recovery", body))
    [opened] = sql("SELECT id, recovered FROM sessions WHERE recovered IS NOT NULL")
    if how == "another session":
        sql("UPDATE sessions SET recovered = ?", opened["recovered"])
        assert console.enrol(SoftwarePhone(None))["status"] == "pending"
    elif how == "another token":  # the thief's own, in the place of the owner's
        thief = TestConsole(console.url)
        thief.token = "A" * 43
        sql("UPDATE sessions SET token_hash = ? WHERE id = ?", hashed(thief.token), opened["id"])
        assert thief.enrol(SoftwarePhone(None))["status"] == "pending"
    else:
        assert back.enrol(SoftwarePhone(None))["status"] == "executed"
        sql("UPDATE sessions SET recovered = ? WHERE id = ?", opened["recovered"], opened["id"])
        assert back.enrol(SoftwarePhone(None))["status"] == "pending"


def test_a_method_written_into_the_account_confirms_nothing(both: tuple[TestConsole, SoftwarePhone], sql: Any) -> None:
    console, _ = both
    sql("UPDATE administrators SET method = 'totp'")
    assert refused(403, lambda: console.ask("two_factor.disable")).code == "no_device"
    sql("UPDATE policy SET by_totp = ?", '["user.delete"]')
    assert "user.delete" not in console.call("GET", "/policy")["by_totp"]


def test_who_takes_the_second_factor_of_an_account_away_shuts_it_and_gets_nothing(
    server: LivingServer, both: tuple[TestConsole, SoftwarePhone], sql: Any
) -> None:
    console, phone = both
    word = "quiet-Harbour-19-marble-otter"
    colleague_of(console, phone)
    sql(
        "UPDATE administrators SET method = NULL, password_hash = "
        "(SELECT password_hash FROM administrators WHERE username = 'jonas') WHERE username = ?",
        USERNAME,
    )
    refused(401, lambda: server.console().sign_in(USERNAME, word))
    refused(401, lambda: console.call("GET", "/me"))
    grant = server.run("admin", "reset-two-factor", USERNAME).stdout.strip()
    back = server.console()
    back.sign_in(USERNAME, word)
    assert back.protect(password=word, grant=grant).state()["status"] == "active"


@pytest.mark.parametrize("table", ["enrolments", "totp_setups"])
def test_a_grant_that_was_written_lets_nobody_go_on(
    both: tuple[TestConsole, SoftwarePhone], sql: Any, table: str
) -> None:
    console, phone = both
    word = "quiet-Harbour-19-marble-otter"
    theirs, colleague = colleague_of(console, phone)
    do(colleague, theirs, "two_factor.disable")
    [jonas] = sql("SELECT id FROM administrators WHERE username = 'jonas'")[0]
    sql("UPDATE administrators SET method = 'phone' WHERE id = ?", jonas)
    evil = SoftwarePhone(None, "evil")
    if table == "enrolments":
        begun = colleague.call("POST", "/enrolments", {"password": word})
        digits = evil.enrol(begun["qr"], "jonas", word)
    else:
        _, parameters = proof(colleague, word)
    sql("UPDATE administrators SET method = NULL WHERE id = ?", jonas)
    sql("INSERT INTO grants (token_hash, administrator_id, expires_at) VALUES (X'00', ?, 4000000000000000)", jonas)
    sql("UPDATE enrolments SET grant_hash = X'00'")
    sql("UPDATE totp_setups SET grant_hash = X'00'")
    if table == "enrolments":
        refusal = refused(403, lambda: colleague.call("POST", f"/enrolments/{begun['id']}/confirm", {"sas": digits}))
    else:
        body = {"parameters": parameters}
        refusal = refused(403, lambda: colleague.call("POST", "/actions/two_factor.enable", body))
    assert refusal.code == "grant_required"


def test_an_invitation_counts_once_for_its_account_and_its_time(
    both: tuple[TestConsole, SoftwarePhone], sql: Any
) -> None:
    console, phone = both
    role = {"role": "sub_administrator", "permissions": []}
    used, late = (
        done(console, phone, "administrator.create", username=name, email="n@n.example", **role)["result"]
        for name in ("jonas", "lena")
    )

    def accept(invitation: str) -> None:
        stranger = TestConsole(console.url)
        stranger.call("POST", "/invitations", {"invitation": invitation, "password": "quiet-Harbour-19-marble-otter"})

    accept(used["invitation"])
    sql("UPDATE invitations SET used_at = NULL WHERE administrator_id = ?", used["administrator"])
    refused(404, partial(accept, used["invitation"]))
    sql(
        "UPDATE invitations SET expires_at = expires_at + 86400000000 WHERE administrator_id = ?", late["administrator"]
    )
    refused(404, partial(accept, late["invitation"]))
    sql("DELETE FROM invitations WHERE administrator_id = ?", used["administrator"])
    sql("UPDATE invitations SET administrator_id = ?, expires_at = expires_at - 86400000000", used["administrator"])
    refused(404, partial(accept, late["invitation"]))


def test_a_used_grant_and_a_disabled_account_do_not_come_back(
    both: tuple[TestConsole, SoftwarePhone], sql: Any
) -> None:
    console, phone = both
    owner, grant = invited(console, phone, "jonas")
    owner.protect("jonas", COLLEAGUES_PASSWORD, grant)
    who = {"administrator": me(owner)}
    done(console, phone, "administrator.reset_two_factor", **who)
    thief = TestConsole(console.url)
    thief.sign_in("jonas", COLLEAGUES_PASSWORD)
    sql("UPDATE grants SET used_at = NULL, expires_at = 4000000000000000")
    body = {"password": COLLEAGUES_PASSWORD, "grant": grant}
    assert refused(403, partial(thief.call, "POST", "/enrolments", body)).code == "grant_required"
    done(console, phone, "administrator.disable", **who)
    sql("UPDATE administrators SET disabled_at = NULL")
    refused(401, partial(TestConsole(console.url).sign_in, "jonas", COLLEAGUES_PASSWORD))
