"""A lost phone is not the end: the server's host gives a grant, loud on every console, and nobody else can use it."""

import subprocess
from collections.abc import Callable
from functools import partial

import pytest

from tests.living import PASSWORD, LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.test_decisions import colleague_of
from tests.server.test_reading import Events


def reset(server: LivingServer, username: str) -> subprocess.CompletedProcess[str]:
    return server.run("admin", "reset-two-factor", username)


def test_the_host_gives_an_account_whose_phone_is_lost_its_way_back(server: LivingServer) -> None:
    console, phone = server.protected()
    _, colleague = colleague_of(console, phone)
    stream = Events(colleague)
    waiting = console.delete(console.user())
    done = reset(server, "AMELIA.HART")
    assert done.returncode == 0, done.stderr
    grant = done.stdout.strip()
    wait_for(lambda: [each for each in stream.seen if "administrators" in each["topics"]])
    refused(401, lambda: console.call("GET", "/me"))
    refused(401, phone.state)
    [event] = colleague.audit(event="administrator:two_factor_reset")
    assert event["target"][0]["name"] == "amelia.hart"
    assert colleague.request(waiting["id"])["status"] == "void"
    again = TestConsole(server.url)
    again.sign_in()
    assert again.call("GET", "/me")["must_enrol_by"] is not None
    for nothing_else in (again.user, partial(again.call, "GET", "/users"), partial(again.ask, "two_factor.disable")):
        assert refused(403, nothing_else).code == "two_factor_required"
    assert again.call("GET", "/health") == TestConsole(server.url).call("GET", "/health")
    body = {"password": PASSWORD}
    assert refused(403, lambda: again.call("POST", "/enrolments", body)).code == "grant_required"
    wrong = refused(403, lambda: again.call("POST", "/enrolments", {**body, "grant": grant[::-1]}))
    assert (wrong.code, wrong.title[:25]) == ("grant_required", "This is not a grant of th")
    again.protect(grant=grant)
    assert again.call("GET", "/me")["must_enrol_by"] is None
    assert again.call("GET", "/health")["server_key"]
    assert again.user("kofi@litware.example")
    assert again.call("GET", "/two-factor")["enabled"]
    colleague.call("DELETE", "/sessions/current")
    assert stream.ended.wait(10)


def test_whoever_has_but_the_password_of_a_reset_account_ends_no_session_of_its_owner(server: LivingServer) -> None:
    server.protected()
    grant = reset(server, "amelia.hart").stdout.strip()
    owner, thief = server.console(), server.console()
    owner.sign_in()
    thief.sign_in()
    [theirs] = [each["id"] for each in thief.call("GET", "/sessions")["items"] if not each["current"]]
    assert refused(403, lambda: thief.call("DELETE", f"/sessions/{theirs}")).code == "two_factor_required"
    owner.protect(grant=grant)
    refused(401, lambda: thief.call("GET", "/me"))


def test_an_account_is_not_shut_where_nobody_has_a_second_factor(server: LivingServer) -> None:
    server.set_up()
    assert reset(server, "amelia.hart").returncode == 0
    again = server.console()
    again.sign_in()
    assert again.call("GET", "/me")["must_enrol_by"] is None
    assert again.user()


@pytest.mark.row("CR-3")
def test_another_servers_key_file_gives_no_way_back(
    server: LivingServer, start_server: Callable[..., LivingServer]
) -> None:
    _, phone = server.protected()
    other = start_server()
    other.stop()
    server.stop()
    mine = (server.data / "server.key").read_bytes()
    (server.data / "server.key").write_bytes((other.data / "server.key").read_bytes())
    failed = reset(server, "amelia.hart")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "not the key file of this database" in failed.stderr
    (server.data / "server.key").write_bytes(mine)
    server.start()
    assert phone.state()["status"] == "active"


def test_who_does_not_exist_is_said_in_one_line(server: LivingServer) -> None:
    server.set_up()
    failed = reset(server, "nobody")
    assert failed.returncode == 1
    assert failed.stderr == "countersign-server: There is no administrator nobody.\n"
