"""An old backup brings back no revoked phone, no pending request, no session, no grant; and says what it did."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from desktop.demo.phone import SoftwarePhone
from server.store.backup import may_be_undone
from tests.both import on_sqlite
from tests.living import PASSWORD, LivingServer, TestConsole
from tests.postgresql import PostgreSQL
from tests.proving import refused
from tests.server.by_totp import STEP, code_at, sign_in, turn_on
from tests.server.test_administrators import done
from tests.server.test_decisions import colleague_of


def backed_up(server: LivingServer, file: Path) -> None:
    done = server.run("backup", str(file))
    assert done.returncode == 0, done.stderr


def restored(server: LivingServer, file: Path) -> subprocess.CompletedProcess[str]:
    server.stop()
    done = server.run("restore", str(file))
    server.start()
    return done


def test_an_old_backup_brings_nothing_back_that_was_ended(server: LivingServer, tmp_path: Path) -> None:
    console, old_phone = server.protected()
    jonas, colleague = colleague_of(console, old_phone)
    mia = console.user()
    waiting = console.delete(mia)
    sleeper = TestConsole(server.url).begin_sign_in()
    backed_up(server, tmp_path / "old.db")
    old_phone.approve(waiting["id"], waiting["code"])
    assert console.raw("GET", f"/users/{mia}").status_code == 404
    off = console.ask("two_factor.disable")
    old_phone.approve(off["id"], off["code"])
    grant = console.request(off["id"])["result"]["grant"]

    done = restored(server, tmp_path / "old.db")
    assert done.returncode == 0, done.stderr
    for signed_in in (console, colleague):
        refused(401, partial(signed_in.call, "GET", "/me"))
    refused(401, old_phone.state)  # revoked since: stays revoked
    refused(403, lambda: TestConsole(server.url).complete(sleeper["wait_token"]))
    back = TestConsole(server.url)
    back.sign_in()  # its two-factor was turned off since: stays off
    assert back.call("GET", "/me")["grant_required"]
    refused(403, lambda: back.call("POST", "/enrolments", {"password": PASSWORD, "grant": grant}))
    assert back.raw("GET", f"/users/{mia}").status_code == 200  # the data is the backup's
    refused(403, lambda: back.delete(mia))
    assert back.request(waiting["id"])["status"] == "void"
    [event] = back.audit(event="organisation:restored")
    assert event["parameters"]["ledger"] is True
    again = TestConsole(server.url)
    again.sign_in("jonas", "quiet-Harbour-19-marble-otter", jonas)  # a phone that was not revoked goes on
    server.stop()
    assert server.run("audit", "verify").returncode == 0


def test_an_old_backup_brings_back_no_administrator_and_no_key_that_was_ended(
    server: LivingServer, tmp_path: Path
) -> None:
    console, phone = server.protected()
    theirs, _ = colleague_of(console, phone)
    made = {"email": "x@n.example", "role": "provider"}
    kofi, lena = (
        done(console, phone, "administrator.create", username=name, **made)["result"] for name in ("kofi", "lena")
    )
    keys = {
        name: done(console, phone, "api_key.create", name=name, permissions=["users.edit"])["result"]
        for name in ("ended", "living")
    }
    jonas = {each["username"]: each["id"] for each in console.call("GET", "/administrators")["items"]}["jonas"]
    done(console, phone, "administrator.disable", administrator=lena["administrator"])
    backed_up(server, tmp_path / "old.db")
    done(console, phone, "administrator.delete", administrator=jonas)
    done(console, phone, "administrator.disable", administrator=kofi["administrator"])
    done(console, phone, "administrator.enable", administrator=lena["administrator"])
    assert console.raw("DELETE", f"/api-keys/{keys['ended']['api_key']}").status_code == 204

    assert restored(server, tmp_path / "old.db").returncode == 0
    back = TestConsole(server.url)
    back.sign_in(phone=phone)
    found = {each["username"]: each for each in back.call("GET", "/administrators")["items"]}
    assert set(found) == {"amelia.hart", "kofi", "lena"}
    assert not found["kofi"]["enabled"]
    assert not found["lena"]["enabled"]  # enabled since: the backup's word counts, which takes power away
    refused(401, lambda: TestConsole(server.url).begin_sign_in("jonas", "quiet-Harbour-19-marble-otter"))
    refused(401, theirs.state)
    refused(404, partial(back.call, "GET", f"/administrators/{jonas}"))
    assert [each["name"] for each in back.call("GET", "/api-keys")["items"]] == ["living"]
    for name, status in (("ended", 401), ("living", 200)):
        script = TestConsole(server.url)
        script.token = keys[name]["token"]
        assert script.raw("GET", "/users").status_code == status
    again = done(back, phone, "administrator.create", username="jonas", **made)["result"]  # the user name is free
    assert again["administrator"] != jonas
    (server.data / "ledger.jsonl").unlink()
    assert restored(server, tmp_path / "old.db").returncode == 0
    script.url = server.url
    refused(401, partial(script.call, "GET", "/users"))  # without a ledger nobody knows which keys had ended


def test_who_was_reset_since_can_do_nothing_else_after_a_restore(server: LivingServer, tmp_path: Path) -> None:
    server.protected()
    backed_up(server, tmp_path / "old.db")
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    assert restored(server, tmp_path / "old.db").returncode == 0
    again = TestConsole(server.url)
    again.sign_in()
    refused(403, partial(again.call, "GET", "/users"))
    assert again.call("GET", "/me")["must_enrol_by"] is not None


def test_without_the_ledger_no_phone_counts(server: LivingServer, tmp_path: Path) -> None:
    _, phone = server.protected()
    backed_up(server, tmp_path / "old.db")
    (server.data / "ledger.jsonl").unlink()
    done = restored(server, tmp_path / "old.db")
    assert "no phone is trusted any more" in done.stdout
    refused(401, phone.state)
    assert TestConsole(server.url).begin_sign_in()["methods"] == ["recovery_code"]  # and no code counts either
    done = server.run("admin", "reset-two-factor", "amelia.hart")
    again = TestConsole(server.url)
    again.sign_in()
    again.protect(grant=done.stdout.strip())


def test_what_is_no_backup_changes_nothing(
    server: LivingServer, start_server: Callable[..., LivingServer], tmp_path: Path
) -> None:
    console, phone = server.protected()
    backed_up(server, tmp_path / "good.db")
    assert server.run("backup", str(tmp_path / "good.db")).returncode == 1
    held = server.run("restore", str(tmp_path / "good.db"))
    assert "running server" in held.stderr
    (tmp_path / "text.db").write_text("no database")
    torn = (tmp_path / "good.db").read_bytes()
    (tmp_path / "torn.db").write_bytes(torn[: len(torn) // 2])
    shutil.copy(tmp_path / "good.db", tmp_path / "changed.db")
    changed = sqlite3.connect(tmp_path / "changed.db")
    changed.execute("DROP TRIGGER audit_refuses_update")
    changed.execute(
        "UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'amelia', 'eve') AS BLOB) WHERE number = 2"
    )
    changed.commit()
    changed.close()
    other = start_server()
    other.set_up()
    backed_up(other, tmp_path / "other.db")
    other.stop()
    shutil.copy(tmp_path / "good.db", tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    shutil.copy(tmp_path / "good.db", tmp_path / "less.db")
    with closing(sqlite3.connect(tmp_path / "less.db")) as less:
        less.execute("DROP TABLE grants")
        less.commit()
    for name in ("text.db", "torn.db", "missing.db", "changed.db", "other.db", "newer.db", "less.db"):
        failed = restored(server, tmp_path / name)
        assert failed.returncode == 1, name
        assert len(failed.stderr.splitlines()) == 1, failed.stderr
    assert console.call("GET", "/me")["username"] == "amelia.hart"
    assert phone.state()["status"] == "active"
    assert isinstance(phone, SoftwarePhone)
    assert not list(server.data.glob("restoring-*"))


def test_what_a_backup_holds_besides_its_rows_stays_outside(server: LivingServer, tmp_path: Path) -> None:
    console, phone = server.protected()
    backed_up(server, tmp_path / "old.db")
    with closing(sqlite3.connect(tmp_path / "old.db")) as crafted:
        crafted.execute("CREATE TABLE smuggled (x)")
        for table, column in (("sessions", "ended_at"), ("devices", "status")):
            crafted.execute(
                f"CREATE TRIGGER keep_{table} BEFORE UPDATE OF {column} ON {table} BEGIN SELECT RAISE(IGNORE); END"
            )
        crafted.commit()
    (server.data / "ledger.jsonl").unlink()
    assert restored(server, tmp_path / "old.db").returncode == 0
    refused(401, partial(console.call, "GET", "/me"))
    refused(401, phone.state)
    backed_up(server, tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "new.db")) as clean:
        names = {name for (name,) in clean.execute("SELECT name FROM sqlite_master")}
    assert not {"smuggled", "keep_sessions", "keep_devices"} & names


def test_a_refused_restore_leaves_an_empty_database_empty(
    server: LivingServer, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    server.set_up()
    backed_up(server, tmp_path / "changed.db")
    with closing(sqlite3.connect(tmp_path / "changed.db")) as changed:
        changed.execute("DROP TRIGGER audit_refuses_update")
        changed.execute("UPDATE audit SET words = 'eve' WHERE number = 2")
        changed.commit()
    server.stop()
    server.settings = {"COUNTERSIGN_DATABASE": postgresql.new()}
    assert "broken" in server.run("restore", str(tmp_path / "changed.db")).stderr
    server.start()
    assert TestConsole(server.url).call("GET", "/health")["setup_done"] is False


def test_a_backup_of_one_kind_of_database_restores_into_the_other(
    server: LivingServer, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    console, phone = server.protected()
    mia = console.user()
    request = console.delete(mia)
    phone.approve(request["id"], request["code"])
    kofi = console.user("kofi@litware.example")
    backed_up(server, tmp_path / "moving.db")
    server.stop()
    told = server.settings
    server.settings = {} if "COUNTERSIGN_DATABASE" in told else {"COUNTERSIGN_DATABASE": postgresql.new()}
    done = server.run("restore", str(tmp_path / "moving.db"))
    assert done.returncode == 0, done.stderr
    server.start()
    moved = TestConsole(server.url)
    moved.sign_in(phone=phone)
    assert moved.request(request["id"])["status"] == "executed"
    assert moved.raw("GET", f"/users/{mia}").status_code == 404
    later = moved.delete(kofi)
    assert phone.approve(later["id"], later["code"]) == "executed"
    server.stop()
    assert server.run("audit", "verify").returncode == 0


@on_sqlite
def test_a_damaged_database_is_kept_as_it_is_and_replaced(server: LivingServer, tmp_path: Path) -> None:
    _, phone = server.protected()
    backed_up(server, tmp_path / "old.db")
    server.stop()
    (server.data / "countersign.db").write_bytes(b"garbage" * 1000)
    (server.data / "countersign.db-wal").write_bytes(b"more of it")
    for command in (["backup", str(tmp_path / "of-garbage.db")], ["audit", "verify"]):
        refused_one = server.run(*command)
        assert (refused_one.returncode, len(refused_one.stderr.splitlines())) == (1, 1)
    assert not list(tmp_path.glob("of-garbage*"))
    done = server.run("restore", str(tmp_path / "old.db"))
    assert done.returncode == 0, done.stderr
    [kept] = server.data.glob("*.before-restore-*[0-9a-f]")
    assert str(kept) in done.stdout
    assert kept.read_bytes().startswith(b"garbage")
    server.start()
    TestConsole(server.url).sign_in(phone=phone)


def test_an_old_backup_brings_back_no_code_no_step_no_app_and_no_dead_set(server: LivingServer, tmp_path: Path) -> None:
    console, phone = server.protected()
    theirs, colleague = colleague_of(console, phone)
    word = "quiet-Harbour-19-marble-otter"
    used, living, *_ = console.call("GET", "/recovery-codes")["codes"]
    dead = colleague.call("GET", "/recovery-codes")["codes"]
    lena, grant = invited(server, console, phone, "lena", word)
    secret = turn_on(lena, word, grant)
    backed_up(server, tmp_path / "old.db")
    now = seconds(server.console().begin_sign_in()["request"]["now"])
    code, gone = code_at(secret, now + STEP), secret
    sign_in(server.console(), code, "lena", word)
    recover(server, used)
    done(colleague, theirs, "recovery_codes.reset")

    assert restored(server, tmp_path / "old.db").returncode == 0
    assert by_recovery(server, used) == 401
    assert by_recovery(server, living) == 201
    assert by_recovery(server, dead[0], "jonas", word) == 401
    told = server.console().begin_sign_in("lena", word)
    assert told["methods"] == ["totp", "recovery_code"]
    body = {"wait_token": told["wait_token"], "code": code}
    assert server.console().raw("POST", "/sessions/totp", body).status_code == 401
    # the app is replaced after the backup, and then it is put back once more
    kofi, grant = invited(server, TestConsole(server.url), phone, "kofi", word, sign_in_first=True)
    secret = turn_on(kofi, word, grant)
    backed_up(server, tmp_path / "later.db")
    kofi.report_lost(kofi.call("GET", "/recovery-codes")["codes"][0], word)
    assert restored(server, tmp_path / "later.db").returncode == 0
    assert server.console().begin_sign_in("kofi", word)["methods"] == ["recovery_code"]
    assert gone != secret


def test_without_the_ledger_no_code_counts(server: LivingServer, tmp_path: Path) -> None:
    console = server.set_up()
    turn_on(console)
    codes = console.call("GET", "/recovery-codes")["codes"]
    backed_up(server, tmp_path / "old.db")
    server.stop()
    (server.data / "ledger.jsonl").unlink()
    assert server.run("restore", str(tmp_path / "old.db")).returncode == 0
    server.start()
    assert server.console().begin_sign_in()["methods"] == ["recovery_code"]
    assert by_recovery(server, codes[0]) == 401
    told = server.run("admin", "reset-two-factor", "amelia.hart")
    back = server.console()
    back.sign_in()
    turn_on(back, grant=told.stdout.strip())


def seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


def by_recovery(server: LivingServer, code: str, username: str = "amelia.hart", password: str = PASSWORD) -> int:
    """Sign in with a recovery code; how that is answered."""
    desk = server.console()
    told = desk.begin_sign_in(username, password)
    body = {"wait_token": told["wait_token"], "code": code}
    return desk.raw("POST", "/sessions/recovery", body).status_code


def recover(server: LivingServer, code: str) -> None:
    assert by_recovery(server, code) == 201


def invited(
    server: LivingServer,
    console: TestConsole,
    phone: SoftwarePhone,
    username: str,
    password: str,
    *,
    sign_in_first: bool = False,
) -> tuple[TestConsole, str]:
    """Invite a provider; his console, signed in, and his grant."""
    if sign_in_first:
        console.sign_in(phone=phone)
    made = done(console, phone, "administrator.create", username=username, email="x@n.example", role="provider")
    theirs = server.console()
    body = {"invitation": made["result"]["invitation"], "password": password}
    grant = str(theirs.call("POST", "/invitations", body)["grant"])
    theirs.sign_in(username, password)
    return theirs, grant


def test_what_is_left_beside_a_database_that_was_deleted_undoes_no_restore(tmp_path: Path) -> None:
    kept = tmp_path / "countersign.db.before-restore-20261201-120000-ab12"
    kept.with_name(f"{kept.name}-wal").touch()
    assert not may_be_undone(tmp_path)
    kept.touch()
    assert may_be_undone(tmp_path)
