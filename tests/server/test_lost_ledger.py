"""A ledger that was lost lowers nothing: with two-factor authentication once on, a password alone executes nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.living import PASSWORD, LivingServer, TestConsole
from tests.proving import refused
from tests.server.reaching import COLLEAGUES_PASSWORD, invited
from tests.server.test_administrators import done
from tests.server.test_restore import backed_up, restored

NAME = "ledger.jsonl"


def served(server: LivingServer, _: Path) -> None:
    server.stop()
    (server.data / NAME).unlink()
    server.start()


def put_back(server: LivingServer, folder: Path) -> None:
    backed_up(server, folder / "old.db")
    (server.data / NAME).unlink()
    assert restored(server, folder / "old.db").returncode == 0


def begun_anew_while_served(server: LivingServer, _: Path) -> None:
    """Lose it, then let the running server write a line into another one."""
    (server.data / NAME).unlink()
    server.run("admin", "reset-two-factor", "amelia.hart")
    assert (server.data / NAME).exists()
    server.stop()
    server.start()


def signed_in(server: LivingServer, username: str, password: str) -> TestConsole:
    console = TestConsole(server.url)
    console.sign_in(username, password)
    return console


def nothing_by_password_alone(console: TestConsole, user: str, password: str) -> None:
    assert refused(403, partial(console.delete, user)).code == "two_factor_required"
    enrol = partial(console.call, "POST", "/enrolments", {"password": password})
    assert refused(403, enrol).code == "grant_required"


@pytest.mark.parametrize("lose", [served, put_back, begun_anew_while_served])
def test_a_lost_ledger_unprotects_nobody(
    server: LivingServer, tmp_path: Path, lose: Callable[[LivingServer, Path], None]
) -> None:
    console, phone = server.protected()
    invited(console, phone, "jonas")
    mia = console.user()
    lose(server, tmp_path)
    nothing_by_password_alone(signed_in(server, "jonas", COLLEAGUES_PASSWORD), mia, COLLEAGUES_PASSWORD)
    server.stop()
    server.start()  # and stays so
    nothing_by_password_alone(signed_in(server, "jonas", COLLEAGUES_PASSWORD), mia, COLLEAGUES_PASSWORD)


@pytest.mark.parametrize("lost", [False, True])
def test_a_reset_of_the_only_phone_leaves_the_organisation_protected(server: LivingServer, *, lost: bool) -> None:
    console, _ = server.protected()
    mia = console.user()
    if lost:
        (server.data / NAME).unlink()
    reset = server.run("admin", "reset-two-factor", "amelia.hart")
    for again in range(2):
        alone = TestConsole(server.url)
        alone.sign_in()
        nothing_by_password_alone(alone, mia, PASSWORD)
        if lost and not again:
            served(server, server.data)
    alone.protect(grant=reset.stdout.strip())


def test_a_lost_ledger_is_said_and_what_was_never_on_needs_none(server: LivingServer) -> None:
    console = server.set_up()
    server.stop()
    server.start()
    assert "ledger_missing" not in console.call("GET", "/health")["details"]["warnings"]
    phone = console.protect()  # never on, so no grant
    served(server, server.data)
    again = TestConsole(server.url)
    again.sign_in(phone=phone)  # its phone goes on
    assert "ledger_missing" in again.call("GET", "/health")["details"]["warnings"]


def test_a_ledger_begun_anew_does_not_vouch_for_the_time_before(server: LivingServer, tmp_path: Path) -> None:
    console, phone = server.protected()
    backed_up(server, tmp_path / "old.db")
    off = console.ask("two_factor.disable")
    assert phone.approve(off["id"], off["code"]) == "executed"
    served(server, tmp_path)
    said = restored(server, tmp_path / "old.db")
    assert "no phone is trusted" in said.stdout
    refused(401, phone.state)
    fresh = server.run("admin", "reset-two-factor", "amelia.hart").stdout.strip()
    back = TestConsole(server.url)
    back.sign_in()
    new = back.protect(grant=fresh)
    backed_up(server, tmp_path / "new.db")
    assert "stays ended" in restored(server, tmp_path / "new.db").stdout
    assert new.state()["status"] == "active"


def test_a_backup_with_which_no_provider_could_sign_in_is_refused(server: LivingServer, tmp_path: Path) -> None:
    console, phone = server.protected()
    amelia = console.call("GET", "/me")["id"]
    backed_up(server, tmp_path / "old.db")
    colleague, grant = invited(console, phone, "jonas")
    theirs: SoftwarePhone = colleague.protect("jonas", COLLEAGUES_PASSWORD, grant)
    done(colleague, theirs, "administrator.delete", administrator=amelia)
    said = restored(server, tmp_path / "old.db")
    assert said.returncode == 1
    assert "every provider of this backup was disabled or deleted since" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert colleague.call("GET", "/me")["username"] == "jonas"  # nothing was put in place


def test_a_restore_says_whose_passwords_and_rights_count(server: LivingServer, tmp_path: Path) -> None:
    server.protected()
    backed_up(server, tmp_path / "old.db")
    assert "with the password and the rights that the backup has" in restored(server, tmp_path / "old.db").stdout
