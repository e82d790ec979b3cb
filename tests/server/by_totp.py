"""An account whose second factor is an authenticator app, and the app, which shares nothing with the server's."""

import base64
import hmac
from datetime import datetime
from typing import Any

from desktop.demo.phone import SoftwarePhone
from tests.living import PASSWORD, USERNAME, TestConsole

STEP = 30


def code_at(secret: str, time: float) -> str:
    """Return the code of a time: RFC 6238 with SHA-1, six digits, 30 s."""
    digest = hmac.digest(base64.b32decode(secret), int(time // STEP).to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    return f"{int.from_bytes(digest[place : place + 4], 'big') % 2**31 % 10**6:06d}"


def wrong(secret: str, time: float) -> str:
    """Return a code that is none within an hour."""
    near = {code_at(secret, time + STEP * steps) for steps in range(-60, 61)}
    return next(code for code in (f"{number:06d}" for number in range(1000)) if code not in near)


def proof(console: TestConsole, password: str = PASSWORD, grant: str | None = None) -> tuple[str, dict[str, str]]:
    """Set an app up; its secret, and what shows that it has it."""
    told = console.call("POST", "/two-factor/totp", {"password": password, "grant": grant})
    code = code_at(told["secret"], datetime.fromisoformat(told["now"]).timestamp())
    return told["secret"], {"method": "totp", "enrolment": told["id"], "code": code}


def turn_on(console: TestConsole, password: str = PASSWORD, grant: str | None = None) -> str:
    """Turn two-factor authentication on with an app; its secret."""
    secret, parameters = proof(console, password, grant)
    done = console.call("POST", "/actions/two_factor.enable", {"parameters": parameters})
    assert done["status"] == "executed"
    return secret


def sign_in(console: TestConsole, code: str, username: str = USERNAME, password: str = PASSWORD) -> TestConsole:
    """Sign in with a code."""
    told = console.begin_sign_in(username, password)
    console._keep(console.call("POST", "/sessions/totp", {"wait_token": told["wait_token"], "code": code}))
    return console


def confirm(console: TestConsole, request: Any, code: str, way: str = "totp") -> Any:
    """Confirm a request with a code; the request as it is then."""
    return console.call("POST", f"/requests/{request['id']}/{way}", {"code": code})["request"]


def do(console: TestConsole, phone: SoftwarePhone, action: str, **parameters: Any) -> Any:
    """Ask, approve on the phone, and return the result."""
    request = console.ask(action, **parameters)
    assert phone.approve(request["id"], request["code"]) == "executed"
    return console.request(request["id"])["result"]
