"""No secret is written anywhere in clear: not to the log, the audit log, an answer later on, the database, a backup."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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


NOWHERE = "https://127.0.0.1:9"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0mHbQFDH6TsZJ0vD1nPtvPDZEPeqhVZBTuVfVLXWN8"


def a_private_key() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def storage_settings(turn: str) -> list[tuple[str, dict[str, str], str]]:
    """Return settings of each kind, with a secret of its own in each, and what would give that away."""
    s3 = {"preset": "minio", "endpoint": NOWHERE, "access_key": "KEY"}
    sftp, pem = {"host": "127.0.0.1", "username": "u", "host_key": HOST_KEY}, a_private_key()
    azure = base64.b64encode(f"canary-azure-{turn}!".encode() * 3).decode()
    return [
        ("amazon_s3", {"region": "eu-central-1", "access_key": "K", "secret_key": f"canary-s3-{turn}"}, "canary-s3-"),
        ("s3_compatible", {**s3, "secret_key": f"canary-minio-{turn}"}, "canary-minio-"),
        ("azure_blob", {"account": "contoso", "endpoint": NOWHERE, "key": azure}, azure[:24]),
        ("sftp", {**sftp, "password": f"canary-sftp-{turn}"}, "canary-sftp-"),
        ("sftp", {**sftp, "private_key": pem}, pem.splitlines()[1]),
    ]


class Teller:
    """Calls, and keeps every answer."""

    def __init__(self, console: TestConsole, phone: SoftwarePhone) -> None:
        """Begin with none."""
        self.console, self.phone = console, phone
        self.told: list[str] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.console.raw(method, path, body)
        self.told.append(f"{answer.text}{answer.headers}")
        is_json = answer.content and answer.headers["content-type"] == "application/json"
        return answer.json() if is_json else None

    def set_up(self, kind: str, given: dict[str, str], name: str) -> str:
        """Try and add an account, also in wrong ways; its id."""
        if kind != "amazon_s3":  # which is not on this computer
            self.call("POST", "/storage-accounts/test", {"kind": kind, "settings": given})
        for wrong in ({**given, "canary": "x"}, {**given, "endpoint": given}, list(given.values())):
            self.call("POST", "/storage-accounts/test", {"kind": kind, "settings": wrong})
            self.call("POST", "/storage-accounts", {"kind": given, "name": given, "settings": wrong})
        return str(self.call("POST", "/storage-accounts", {"name": name, "kind": kind, "settings": given})["id"])

    def use(self, kind: str, base: str, place: str) -> None:
        """Call every route of an account."""
        self.call("PATCH", base, {"name": f"Renamed {place}"})
        self.call("POST", f"{base}/destinations", {"name": "d", "place": place})
        if kind != "amazon_s3":
            self.call("POST", f"{base}/test")
            self.call("GET", f"{base}/browse")
            self.call("POST", f"{base}/places", {"name": "fresh"})
            self.call("POST", f"{base}/measure")
            self.call("DELETE", f"{base}/measure")
        for path in (base, f"{base}/usage", "/storage-accounts"):
            self.call("GET", path)

    def change(self, which: str, settings: dict[str, str], decision: str) -> None:
        """Ask for new credentials, and decide."""
        parameters = {"storage_account": which, "settings": settings}
        asked = {"parameters": parameters, "reason": "as agreed"}
        action = "/actions/storage_account.change_credentials"
        self.call("POST", f"{action}/preview", asked)
        self.call("POST", action, {"parameters": {**parameters, "x": settings}})
        request = self.console.ask("storage_account.change_credentials", **parameters)
        self.told.append(json.dumps([request, self.phone.request(request["id"]).details]))
        if decision == "approve":
            assert self.phone.approve(request["id"], request["code"]) == "executed"
        else:
            self.phone.reject(request["id"])
        self.call("GET", f"/requests/{request['id']}")
        self.call("GET", f"/requests/{request['id']}/evidence")


@pytest.mark.row("CR-1", "CR-4")
def test_no_secret_of_a_storage_service_is_told_or_written(start_server: Callable[..., LivingServer]) -> None:
    server = start_server(storage_refresh=0)
    teller = Teller(*server.protected())
    kinds = {turn: storage_settings(turn) for turn in ("first", "approve", "reject")}
    for place, (kind, given, _) in enumerate(kinds["first"]):
        which = teller.set_up(kind, given, f"Account {place}")
        teller.use(kind, f"/storage-accounts/{which}", f"place-{place}")
        for decision in ("approve", "reject"):
            teller.change(which, kinds[decision][place][1], decision)
    for path in ("/requests", "/audit", "/audit/export?format=jsonl", "/overview", "/actions"):
        teller.call("GET", path)
    written = {f"answer {place}": text for place, text in enumerate(teller.told)}
    done = server.run("backup", str(server.data / "copy.db"))
    written |= {"backup command": done.stdout + done.stderr, "log": server.log()}
    server.stop()
    for file in server.data.iterdir():
        if file.is_file():
            written[file.name] = file.read_bytes().decode("latin-1")
    for where, text in written.items():
        for canary in {canary for turn in kinds.values() for _, _, canary in turn}:
            assert canary not in text, f"{canary} stands in {where}: {text[:2000]}"
