"""A real server process, and a console that speaks its API, for tests."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from desktop.demo.phone import SoftwarePhone
from server.contract.problem import Problem
from tests import forked
from tests.forked import ROOT, Forked

__all__ = ["ROOT", "LivingServer", "TestConsole"]

USERNAME, PASSWORD = "amelia.hart", "four-Unrelated-lantern-words"
SERVE = [sys.executable, "-m", "server.cli", "serve", "--ready-json", "--parent-pipe"]
CLAIMS = {"device_name": "NW-LT-014", "application": "Countersign 0.1 test"}


class LivingServer:
    """One data folder and the process that serves it; may be killed and started again."""

    def __init__(self, data: Path, *, port: int = 0, settings: dict[str, str] | None = None) -> None:
        """Remember how to start it; `settings` are configuration keys."""
        self.data, self._port = data, port
        self.command, self.environment = SERVE, dict[str, str]()
        self.settings = {f"COUNTERSIGN_{name.upper()}": value for name, value in (settings or {}).items()}
        self.process: Forked | subprocess.Popen[str] | None = None
        self.url, self.setup_token = "", ""

    def start(self) -> None:
        """Start it and wait for its ready line."""
        self.data.mkdir(parents=True, exist_ok=True)
        command = [*self.command, "--data", str(self.data), "--port", str(self._port)]
        self.process = forked.start(command, {**os.environ, **self.settings, **self.environment}, self._log)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the server did not start: {self.log()[-2000:]}"
        ready = json.loads(line)
        self.url, self.setup_token = ready["url"], ready["setup_token"] or self.setup_token

    def log(self) -> str:
        """Return what it wrote to standard error."""
        return self._log.read_text(encoding="utf-8")

    @property
    def _log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `countersign-server` on this data folder."""
        command = [sys.executable, "-m", "server.cli", *arguments, "--data", str(self.data)]
        return forked.run(command, {**os.environ, **self.settings})

    def gone(self) -> None:
        """Wait until it has ended by itself."""
        assert self.process is not None
        self.process.wait(15)
        self._close()

    def kill_now(self) -> None:
        """End it without a word, and without waiting: for another thread than the one that works with it."""
        if self.process is not None:
            self.process.kill()

    def kill(self) -> None:
        """End it without a word."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self._close()

    def stop(self) -> None:
        """End it by closing its parent pipe."""
        if self.process is None:
            return
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(15)
        finally:
            self.process.kill()
            self._close()

    def end(self) -> None:
        """End it after a test, where it still runs: as fast as can be, for that it stops well is proved elsewhere."""
        if self.process is not None:
            self.kill()

    def _close(self) -> None:
        assert self.process is not None
        self.process.wait(15)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
        self.process = None

    def console(self, **claims: str) -> "TestConsole":
        """Return a console that is not signed in."""
        return TestConsole(self.url, **claims)

    def set_up(self) -> "TestConsole":
        """Set up, and return a console that is signed in."""
        console = self.console()
        body = {
            "organisation": "Northwind Managed Services",
            "username": USERNAME,
            "name": "Amelia Hart",
            "email": "amelia@northwind.example",
            "password": PASSWORD,
        }
        console.call("POST", "/setup", body, headers={"Setup-Token": self.setup_token})
        console.sign_in()
        return console

    def protected(self) -> tuple["TestConsole", SoftwarePhone]:
        """Set up with a phone enrolled and two-factor authentication on."""
        console = self.set_up()
        return console, console.protect()


class TestConsole:
    """The console's side of the API, no more than a script would know."""

    __test__ = False

    def __init__(self, url: str, **claims: str) -> None:
        """Talk to the server at `url`."""
        self.url, self.token, self.known = url, "", None
        self._claims = CLAIMS | claims
        self._http = requests.Session()
        self._http.trust_env = False

    def mount(self, adapter: HTTPAdapter) -> None:
        """Call by way of `adapter`."""
        self._http.mount("http://", adapter)

    def raw(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Call, and return the answer as it is."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        return self._http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=20, **more)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call, and return the JSON; raises `Problem`."""
        answer = self.raw(method, path, body, **more)
        if answer.status_code >= 400:
            told = answer.json()
            known = {name: told.pop(name, "") for name in ("status", "code", "title", "detail", "call_id", "type")}
            raise Problem(answer.status_code, known["code"], known["title"], known["detail"], **told)
        return answer.json() if answer.content else None

    def begin_sign_in(self, username: str = USERNAME, password: str = PASSWORD) -> dict[str, Any]:
        """Send the password; the answer is a session, or what waits."""
        body = {"username": username, "password": password, "console": self.known, **self._claims}
        told: dict[str, Any] = self.call("POST", "/sessions", body)
        self._keep(told)
        return told

    def complete(self, wait_token: str) -> dict[str, Any]:
        """Redeem an approved sign-in."""
        told: dict[str, Any] = self.call("POST", "/sessions/complete", {"wait_token": wait_token})
        self._keep(told)
        return told

    def _keep(self, told: dict[str, Any]) -> None:
        if "token" in told:
            self.token, self.known = told["token"], told["console"] or self.known

    def sign_in(self, username: str = USERNAME, password: str = PASSWORD, phone: SoftwarePhone | None = None) -> None:
        """Sign in, with the phone's help where it is asked."""
        told = self.begin_sign_in(username, password)
        if "wait_token" in told:
            assert phone is not None, "two-factor authentication is on"
            phone.approve(told["request"]["id"], told["request"]["code"])
            self.complete(told["wait_token"])

    def enrol(
        self, phone: SoftwarePhone, username: str = USERNAME, password: str = PASSWORD, grant: str | None = None
    ) -> Any:
        """Enrol up to the confirmed digits; the request that turns two-factor authentication on."""
        enrolment = self.call("POST", "/enrolments", {"password": password, "grant": grant})
        digits = phone.enrol(enrolment["qr"], username, password)
        return self.call("POST", f"/enrolments/{enrolment['id']}/confirm", {"sas": digits})["request"]

    def protect(
        self, username: str = USERNAME, password: str = PASSWORD, grant: str | None = None, name: str = "Pixel 9"
    ) -> SoftwarePhone:
        """Enrol a new phone and turn two-factor authentication on."""
        phone = SoftwarePhone(None, name)
        request = self.enrol(phone, username, password, grant)
        assert phone.approve(request["id"], request["code"]) == "executed"
        return phone

    def report_lost(self, code: str, password: str = PASSWORD) -> Any:
        """Report the own phone as lost, with a recovery code; the state of two-factor authentication then."""
        return self.call("POST", "/two-factor/lost-phone", {"password": password, "code": code})

    def ask(self, action: str, **parameters: Any) -> Any:
        """Ask for an action; the request that waits."""
        return self.call("POST", f"/actions/{action}", {"parameters": parameters})["request"]

    def request(self, request: str) -> Any:
        """Return a request."""
        return self.call("GET", f"/requests/{request}")

    def user(self, username: str = "mia.brandt@contoso.example", **more: Any) -> str:
        """Make a user; its id."""
        return str(self.call("POST", "/users", {"username": username, **more})["id"])

    def delete(self, user: str) -> Any:
        """Ask to delete a user."""
        return self.ask("user.delete", user=user, mode="user_only")

    def audit(self, **filters: Any) -> list[Any]:
        """Return all audit events that match, newest first."""
        found, cursor = [], None
        while True:
            page = self.call("GET", "/audit", params={**filters, "cursor": cursor, "limit": 500})
            found += page["items"]
            if (cursor := page["next"]) is None:
                return found

    def events_of(self, request: str) -> list[str]:
        """Return the audit events of a request, oldest first, but for what was refused and left it as it was."""
        found = (each["event"] for each in reversed(self.audit()) if each["request"] == request)
        return [event for event in found if event not in ("call:refused", "decision:refused")]
