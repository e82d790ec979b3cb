"""Killed before, between and after every commit of the story: all or nothing, nothing twice, and the story goes on."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from desktop.demo.phone import SoftwarePhone
from tests.living import PASSWORD, SERVE, USERNAME, LivingServer, TestConsole
from tests.proving import refused, status_of

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
    made.server.stop()


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
