"""Killed before, between and after every commit of the story: all or nothing, nothing twice, and the story goes on."""

import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from desktop.demo.phone import SoftwarePhone
from tests.living import PASSWORD, SERVE, USERNAME, LivingServer, TestConsole
from tests.proving import refused, status_of
from tests.server.by_totp import STEP, code_at, proof, turn_on


def moment(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


PHASES = ("before", "between", "after")


class Crash:
    """A server that dies at one point, and what is left of it."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        """Prepare a data folder."""
        self.server = LivingServer(folder, settings=settings)

    def arm(self, point: str, skip: int = 0) -> None:
        """Start it so that it dies at `point`, having passed it `skip` times."""
        if self.server.process is not None:
            self.server.stop()
        self.server.command = [sys.executable, "-m", "tests.faults.crashing_server", *SERVE[3:]]
        self.server.environment = {"CRASH_AT": point, "CRASH_SKIP": str(skip)}
        self.server.start()

    def dies(self, call: Callable[[], Any]) -> None:
        """Make the call during which it dies; then start the product as it is."""
        with pytest.raises(requests.RequestException):
            call()
        self.server.gone()
        self.server.command, self.server.environment = SERVE, {}
        self.server.start()
        done = self.server.run("audit", "verify")
        assert done.returncode == 0, done.stderr


@pytest.fixture
def crash(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> Any:
    made = Crash(tmp_path / "data", new_database())
    yield made
    made.server.end()


@pytest.mark.parametrize("phase", PHASES)
def test_set_up(crash: Crash, phase: str) -> None:
    crash.arm(f"setup.set_up:{phase}")
    crash.dies(crash.server.set_up)
    if phase == "after":
        TestConsole(crash.server.url).sign_in()
    else:
        crash.server.set_up()
    assert len(TestConsole(crash.server.url).call("GET", "/health")) >= 3


@pytest.mark.parametrize("phase", PHASES)
def test_asking(crash: Crash, phase: str) -> None:
    crash.arm(f"asking.ask:{phase}")
    console, phone = crash.server.protected()
    mia = console.user()
    crash.dies(lambda: console.delete(mia))
    assert len(phone.pending()) == (1 if phase == "after" else 0)
    assert console.raw("GET", f"/users/{mia}").status_code == 200
    if phase == "after":
        [waiting] = phone.pending()
        assert phone.approve(waiting.id, console.request(waiting.id)["code"]) == "executed"
        assert console.events_of(waiting.id) == ["request:created", "request:approved", "request:executed"]


@pytest.mark.row("EX-2")
@pytest.mark.parametrize("phase", PHASES)
def test_deciding(crash: Crash, phase: str) -> None:
    crash.arm(f"deciding.decide:{phase}", skip=1)  # the first one turned two-factor on
    console, phone = crash.server.protected()
    mia = console.user()
    request = console.delete(mia)
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    crash.dies(lambda: phone.send(request["id"], body))
    again = status_of(lambda: phone.send(request["id"], body))
    assert again == (409 if phase == "after" else 200)
    assert console.request(request["id"])["status"] == "executed"
    assert console.raw("GET", f"/users/{mia}").status_code == 404
    assert console.events_of(request["id"]) == ["request:created", "request:approved", "request:executed"]


@pytest.mark.row("EX-2")
@pytest.mark.parametrize("phase", PHASES)
def test_enabling(crash: Crash, phase: str) -> None:
    crash.arm(f"deciding.decide:{phase}")
    console, phone = crash.server.set_up(), SoftwarePhone(None)
    request = console.enrol(phone)
    crash.dies(lambda: phone.approve(request["id"], request["code"]))
    enabled = console.call("GET", "/two-factor")["enabled"]
    assert enabled == (phase == "after")
    if phase == "before":
        assert phone.approve(request["id"], request["code"]) == "executed"
    if phase == "between":  # the mark is set, since it comes before the commit; the phone that waits may still go on
        assert console.call("GET", "/me")["grant_required"]
        assert phone.approve(request["id"], request["code"]) == "executed"
    assert console.call("GET", "/two-factor")["enabled"]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("service", ["enrolments.start", "claiming.examine", "claiming.claim", "enrolments.confirm"])
def test_enrolling(crash: Crash, service: str, phase: str) -> None:
    crash.arm(f"{service}:{phase}")
    console, phone = crash.server.set_up(), SoftwarePhone(None)

    def enrol() -> None:
        started = console.call("POST", "/enrolments", {"password": PASSWORD})
        digits = phone.enrol(started["qr"], USERNAME, PASSWORD)
        console.call("POST", f"/enrolments/{started['id']}/confirm", {"sas": digits})

    crash.dies(enrol)
    assert not console.call("GET", "/two-factor")["enabled"]
    fresh = console.protect(
        name="the second try"
    )  # a reply that was lost means a new enrolment, which voids the old one
    assert console.call("GET", "/two-factor")["device"]["name"] == "the second try"
    assert fresh.state()["status"] == "active"
    if phone.device:
        refused(401, phone.state)


@pytest.mark.parametrize("phase", PHASES)
def test_signing_in(crash: Crash, phase: str) -> None:
    crash.arm(f"signing_in.complete:{phase}")
    console, phone = crash.server.protected()
    desk = TestConsole(crash.server.url)
    waiting = desk.begin_sign_in()
    phone.approve(waiting["request"]["id"], waiting["request"]["code"])
    crash.dies(lambda: desk.complete(waiting["wait_token"]))
    if phase == "after":  # redeemed, though nobody got the session: sign in again
        refused(401, lambda: desk.complete(waiting["wait_token"]))
    else:
        desk.complete(waiting["wait_token"])
    assert console.call("GET", "/me")["username"] == USERNAME


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("service", ["by_code", "without_phone"])
def test_signing_in_by_a_recovery_code(crash: Crash, service: str, phase: str) -> None:
    """A code is used up where a session was opened, and nowhere else."""
    crash.arm(f"signing_in.{service}:{phase}")
    console, phone = crash.server.protected()
    code, *others = console.call("GET", "/recovery-codes")["codes"]
    desk = TestConsole(crash.server.url)
    told = desk.begin_sign_in()
    path = "/sessions/recovery" if service == "by_code" else "/sessions/lost-phone"
    body = {"wait_token": told["wait_token"], "code": code}
    crash.dies(lambda: desk.call("POST", path, body))
    lost = service == "without_phone"
    if phase == "after":
        assert status_of(phone.state) == (401 if lost else 200)
        assert desk.raw("POST", path, body).status_code == 409  # that sign-in is over
        told = desk.begin_sign_in()
        body = {"wait_token": told["wait_token"], "code": code}
        assert desk.raw("POST", path, body).status_code == 401
    elif phase == "between":  # the ledger has it, and the database has not: the ledger counts
        assert lost or phone.state()["status"] == "active"
        assert desk.raw("POST", path, body).status_code == 401
    else:
        assert phone.state()["status"] == "active"
        assert console.call("GET", "/two-factor")["recovery_codes_left"] == 10
        assert desk.raw("POST", path, body).status_code == 201
        return
    told = desk.begin_sign_in()
    assert desk.raw("POST", path, {"wait_token": told["wait_token"], "code": others[0]}).status_code == 201


@pytest.mark.parametrize("phase", PHASES)
def test_signing_in_by_totp(crash: Crash, phase: str) -> None:
    crash.arm(f"signing_in.by_code:{phase}")
    console = crash.server.set_up()
    secret = turn_on(console)
    desk = TestConsole(crash.server.url)
    told = desk.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": code_at(secret, moment(told["request"]["now"]) + STEP)}
    crash.dies(lambda: desk.call("POST", "/sessions/totp", body))
    again = desk.raw("POST", "/sessions/totp", body).status_code
    assert again == {"before": 201, "between": 401, "after": 409}[phase]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("service", ["confirming.confirm", "enrolments.confirm", "deciding.decide"])
def test_changing_the_phone(crash: Crash, service: str, phase: str) -> None:
    """By a code, by a sign-in with one, by the old phone: one phone is active, before and after."""
    crash.arm(f"{service}:{phase}", skip=1 if service != "confirming.confirm" else 0)  # the first one's own
    console, old = crash.server.protected()
    codes, new = console.call("GET", "/recovery-codes")["codes"], SoftwarePhone(None, "the new one")
    if service == "enrolments.confirm":
        told = console.begin_sign_in()
        body = {"wait_token": told["wait_token"], "code": codes[0]}
        console.token = console.call("POST", "/sessions/recovery", body)["token"]
        crash.dies(lambda: console.enrol(new))
    else:
        request = console.enrol(new)
        sent = {"code": codes[0]}
        by_code = partial(console.call, "POST", f"/requests/{request['id']}/recovery", sent)
        by_phone = partial(old.approve, request["id"], request["code"])
        crash.dies(by_code if service == "confirming.confirm" else by_phone)
    living = [phone for phone in (old, new) if status_of(phone.state) == 200 and phone.state()["status"] == "active"]
    expected = {"before": [old], "after": [new], "between": []}[phase]  # between: the ledger has cut the old one off
    assert living == expected
    if not living:
        assert TestConsole(crash.server.url).begin_sign_in()["methods"][-1] == "recovery_code"
        third = SoftwarePhone(None, "the third")
        told = console.begin_sign_in()
        body = {"wait_token": told["wait_token"], "code": codes[1]}
        console.token = console.call("POST", "/sessions/recovery", body)["token"]
        assert console.enrol(third)["status"] == "executed"
        assert third.state()["status"] == "active"


@pytest.mark.parametrize("phase", PHASES)
def test_enabling_by_totp(crash: Crash, phase: str) -> None:
    crash.arm(f"asking.ask:{phase}")
    console = crash.server.set_up()
    _, parameters = proof(console)
    crash.dies(lambda: console.call("POST", "/actions/two_factor.enable", {"parameters": parameters}))
    state = console.call("GET", "/two-factor")
    on = phase == "after"
    assert (state["enabled"], state["recovery_codes_left"]) == (on, 10 if on else 0)
    if on:
        assert len(console.call("GET", "/recovery-codes")["codes"]) == 10
    if phase == "before":
        turn_on(console)


@pytest.mark.parametrize("phase", PHASES)
def test_reporting_a_phone_as_lost(crash: Crash, phase: str) -> None:
    crash.arm(f"losing.report:{phase}")
    console, phone = crash.server.protected()
    waiting = console.delete(console.user())
    codes = console.call("GET", "/recovery-codes")["codes"]
    report = partial(console.report_lost, codes[1])
    crash.dies(partial(console.report_lost, codes[0]))  # which may be used up already
    assert status_of(phone.state) == (200 if phase == "before" else 401)
    if phase != "after":
        report()
    assert refused(409, report).code == "no_phone"
    refused(401, phone.state)
    assert console.request(waiting["id"])["status"] == "void"
