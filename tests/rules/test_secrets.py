"""No secret is written anywhere in clear: not to the log, the audit log, an answer later on, the database, a backup."""

import json
from collections.abc import Callable

import pytest

from desktop.demo.phone import SoftwarePhone
from server import protocol
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.server.test_decisions import colleague_of


@pytest.mark.row("SE-7")
def test_no_secret_is_written_anywhere(start_server: Callable[..., LivingServer]) -> None:
    server = start_server(pin_devices=1)
    console, phone = server.protected()
    colleague_of(console, phone)
    waiting = TestConsole(server.url).begin_sign_in()
    request = console.delete(console.user())
    scanned = phone.request(request["id"])
    phone.approve(request["id"], request["code"])
    made = console.ask("api_key.create", name="nightly", permissions=["users.edit"])
    phone.approve(made["id"], made["code"])
    script = TestConsole(server.url)
    script.token = console.request(made["id"])["result"]["token"]
    script.call("GET", "/users")
    off = console.ask("two_factor.disable")
    phone.approve(off["id"], off["code"])
    grant = console.request(off["id"])["result"]["grant"]
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD, "grant": grant})
    pin_phone = SoftwarePhone(None, pin="048213")
    pin_phone.enrol(enrolment["qr"], USERNAME, PASSWORD)
    assert pin_phone.pin
    assert protocol.private_bytes(pin_phone.unlock()) == protocol.private_bytes(pin_phone.dsk)
    wrong = "canary-Password-never-right"
    console.raw("POST", "/enrolments", {"password": wrong})
    TestConsole(server.url).raw(
        "POST", "/sessions", {"username": wrong, "password": wrong, "device_name": "d", "application": "a"}
    )
    console.raw("GET", f"/users?q={wrong}")
    secrets = {
        "password": PASSWORD,
        "colleague's password": "quiet-Harbour-19-marble-otter",
        "wrong password": wrong,
        "session": console.token,
        "API key": script.token,
        "console": str(console.known),
        "phone session": phone.token,
        "wait token": waiting["wait_token"],
        "set-up token": server.setup_token,
        "grant": grant,
        "enrolment QR code": enrolment["qr"].partition("#e=")[2],
        "PIN token": protocol.b64u(pin_phone.pin.token),
        "PIN verifier": protocol.b64u(pin_phone.pin.verifier()),
        "confirmation QR code": request["qr"].partition("#a=")[2],
    }
    written = {"audit log": json.dumps(console.audit())}
    written["requests"] = json.dumps(console.call("GET", "/requests")["items"])
    done = server.run("backup", str(server.data / "copy.db"))
    written["backup command"] = done.stdout + done.stderr
    for file in server.data.iterdir():
        written[file.name] = file.read_bytes().decode("latin-1")
    written["log"] = server.log()
    for place, text in written.items():
        for name, secret in secrets.items():
            assert secret not in text, f"the {name} stands in the {place}"
    assert scanned.details["answer_key"]
    lines = [json.loads(line) for line in written["log"].splitlines()]
    called = [line for line in lines if line["message"] == "call"]
    assert len(called) > 20
    assert {"call_id", "method", "path", "status", "ms"} <= set(called[0])
    assert all("?" not in line["path"] for line in called)
