"""The app as files and as a program that lives on a phone: small, installable, updated, there without network."""

import asyncio
import json
import mimetypes
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect
from starlette.requests import Request

import resources
from server.web.phone import App
from tests.living import PASSWORD, SERVE, LivingServer, TestConsole
from tests.phone.browser import show
from tests.phone.handset import Handset

USER = "mia.brandt@contoso.example"
LIMIT = 60 * 1024  # bytes, gzip

OFFER = """(() => {
  const offer = new Event('beforeinstallprompt', { cancelable: true });
  window.asked = 0;
  offer.prompt = async () => { window.asked += 1; };
  dispatchEvent(offer);
  return offer.defaultPrevented;
})()"""


def test_the_shell_is_small(server: LivingServer) -> None:
    """All that the first screen waits for; the fonts come when they come, the QR decoder only with the camera."""
    built = resources.path("built", "phone")
    if not built.is_dir():
        pytest.skip("the phone app is not built")
    index = (built / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="/phone/(assets/[^"]+)"', index)
    names = ["", "sw.js", "manifest.webmanifest", *named]
    assert any(name.endswith(".js") for name in named)
    assert any(name.endswith(".css") for name in named)
    sizes = {name: received(f"{server.url}/phone/{name}") for name in names}
    assert sum(sizes.values()) <= LIMIT, sizes
    assert not any("reader" in name for name in named)


def received(address: str) -> int:
    """Count the bytes that come over the line, as a browser asks for them."""
    with requests.get(address, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}, stream=True, timeout=10) as told:
        assert told.ok, address
        return len(told.raw.read(decode_content=False))


@pytest.mark.parametrize("suffix", [".js", ".wasm", ".woff2"])
def test_what_is_packed_is_the_same_file_and_never_forced_on_anybody(server: LivingServer, suffix: str) -> None:
    built = resources.path("built", "phone")
    file = next((each for each in sorted(built.rglob(f"*{suffix}")) if each.parent.name == "assets"), None)
    if file is None:
        pytest.skip("the phone app is not built")
    address, whole, packs = f"{server.url}/phone/assets/{file.name}", file.read_bytes(), suffix != ".woff2"

    def asked(encoding: str, method: str = "GET", **headers: str) -> requests.Response:
        return requests.request(method, address, headers={"Accept-Encoding": encoding, **headers}, timeout=10)

    for encoding, packed in (("gzip", packs), ("br, GZIP;q=0.5", packs), ("gzip;q=0", False), ("identity", False)):
        told = asked(encoding)
        assert told.content == whole
        assert (told.headers.get("Content-Encoding") == "gzip") is packed, encoding
        assert (told.headers.get("Vary") == "Accept-Encoding") is packs
        assert asked(encoding, "HEAD").headers["Content-Length"] == told.headers["Content-Length"]
    part = asked("gzip", Range="bytes=5-9")
    assert (part.status_code, part.content) == (206, whole[5:10])


TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


def test_every_file_has_its_type_whatever_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an installed program has made `.js` plain text, as the registry of Windows allows, nothing would run."""
    monkeypatch.setattr(mimetypes, "guess_type", lambda *_: ("text/plain", None))
    built = resources.path("built", "phone")
    files = [file for file in built.rglob("*.*") if file.suffix != ".webmanifest"]
    if not files:
        pytest.skip("the phone app is not built")
    for file in files:
        path = f"/phone/{file.relative_to(built).as_posix()}"
        asked = Request({"type": "http", "path": path, "server": ("localhost", 80), "headers": []})
        served = asyncio.run(App(built).serve(asked))
        assert served.headers["Content-Type"] == TYPES[file.suffix], path


def test_it_can_be_installed_and_is_offered_by_a_button(handset: Handset) -> None:
    handset.open()
    handset.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # The browser of a test is a private window, which installs nothing; else there is nothing in the way.
    found = {error["errorId"] for error in handset.devtools("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert found <= {"in-incognito"}
    expect(handset.page.get_by_role("button", name="Install the app")).to_be_hidden()
    assert handset.page.evaluate(OFFER) is True
    handset.tap("Install the app")
    assert handset.page.evaluate("window.asked") == 1
    expect(handset.page.get_by_role("button", name="Install the app")).to_be_hidden()


def test_the_app_is_named_after_the_organisation(start_server: Callable[..., LivingServer]) -> None:
    server = start_server()
    manifest = f"{server.url}/phone/manifest.webmanifest"
    assert requests.get(manifest, timeout=10).json()["name"] == "Countersign"
    server.set_up()
    told = requests.get(manifest, timeout=10)
    assert told.headers["Content-Type"].startswith("application/manifest+json")
    assert told.json()["short_name"] == "Northwind Managed Services"
    assert told.json()["name"] == "Countersign · Northwind Managed Services"


def test_without_a_camera_there_is_another_way(handset: Handset, console: TestConsole) -> None:
    handset.permits("camera", "denied")
    handset.open()
    handset.tap("Scan the QR code")
    handset.sees("The camera is not allowed")
    handset.tap("Paste the link")
    handset.fill("Link from the console", console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.tap("Continue")
    expect(handset.page.get_by_label("User name")).to_be_visible()


UNFOLLOWED = "Permissions.prototype.query = () => Promise.reject(new TypeError('not this one'));"
COMES_BACK = """async () => {
  for (const state of ['hidden', 'visible']) {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    await new Promise(requestAnimationFrame); // the app has drawn that nobody looks
  }
}"""


def test_a_camera_that_is_allowed_afterwards_starts(handset: Handset, console: TestConsole, camera: Path) -> None:
    show(camera, console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.permits("camera", "denied")
    handset.open()
    handset.tap("Scan the QR code")
    handset.sees("The camera is not allowed")
    handset.sees("To allow that: click the icon left of the address")
    handset.tap("Try again")
    handset.sees("The camera is not allowed")
    handset.permits("camera", "granted")
    expect(handset.page.get_by_label("User name")).to_be_visible()


@pytest.mark.parametrize("by", ["coming back", "Try again"])
def test_where_no_change_is_told_the_camera_is_tried_again(
    handset: Handset, console: TestConsole, camera: Path, by: str
) -> None:
    show(camera, console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.context.add_init_script(UNFOLLOWED)
    handset.permits("camera", "denied")
    handset.open()
    handset.tap("Scan the QR code")
    handset.sees("The camera is not allowed")
    handset.permits("camera", "granted")
    if by == "Try again":
        handset.tap(by)
    else:
        handset.page.evaluate(COMES_BACK)
    expect(handset.page.get_by_label("User name")).to_be_visible()


def test_a_new_version_waits_until_no_request_is_open(
    handset_for: Callable[[LivingServer], Handset], tmp_path: Path
) -> None:
    app = tmp_path / "app"
    shutil.copytree(resources.path("built", "phone"), app)
    server = LivingServer(tmp_path / "data")
    server.command = [sys.executable, "-m", "tests.phone.changing_server", *SERVE[3:]]
    server.environment = {"PHONE_APP": str(app)}
    server.start()
    try:
        update_while_a_request_is_open(handset_for(server), server.set_up(), app / "sw.js")
    finally:
        server.stop()


def update_while_a_request_is_open(connected: Handset, console: TestConsole, worker: Path) -> None:
    """Bring out a new version just then."""
    connected.protect(console)
    connected.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    connected.page.reload()
    connected.page.wait_for_function("navigator.serviceWorker.controller !== null")
    console.delete(console.user(USER))
    connected.review()
    connected.type_code("12345")
    (name,) = connected.page.evaluate("caches.keys()")
    version = name.removeprefix("countersign-")
    connected.page.evaluate("caches.open('of-another-app').then(() => true)")
    worker.write_text(worker.read_text("utf-8").replace(version, "newer"), "utf-8")
    waiting = "navigator.serviceWorker.getRegistration().then((it) => it.update()).then((it) => it.waiting !== null)"
    connected.until(lambda: bool(connected.page.evaluate(waiting)))
    expect(connected.page.get_by_label("Six digits from the console")).to_have_value("12345")
    with connected.page.expect_event("load"):
        connected.tap("Back")
    connected.heading("Waiting for you")
    kept = ["countersign-newer", "of-another-app"]
    connected.until(lambda: sorted(connected.page.evaluate("caches.keys()")) == kept)


def test_two_accounts_are_told_apart(connected: Handset, server: LivingServer, console: TestConsole) -> None:
    told = console.ask("administrator.create", username="b.okafor", email="b@northwind.example", role="provider")
    connected.review()
    connected.approve(told["code"])
    connected.heading("Approved and executed")
    invitation = console.request(told["id"])["result"]["invitation"]
    other = server.console(device_name="NW-LT-200")
    grant = other.call("POST", "/invitations", {"invitation": invitation, "password": PASSWORD})["grant"]
    other.sign_in("b.okafor", PASSWORD)
    enrolment = other.call("POST", "/enrolments", {"password": PASSWORD, "grant": grant})
    connected.open()
    connected.tab("Settings")
    connected.tap("Add account")
    connected.page.get_by_role("button", name="Paste the link").click()
    connected.fill("Link from the console", enrolment["qr"])
    connected.tap("Continue")
    connected.sign_in(username="b.okafor")
    connected.approve(connected.confirm(other, enrolment)["code"])
    connected.tap("Done")
    connected.sees("2 of 2 accounts")
    console.delete(console.user(USER))
    other.delete(other.user("kofi.mensah@litware.example"))
    for mine, whose in ((USER, "amelia.hart"), ("kofi.mensah@litware.example", "b.okafor")):
        card = connected.page.get_by_role("article").filter(has_text=mine)
        expect(card).to_contain_text(whose)
    connected.tap("Switch")
    connected.sees("1 of 2 accounts")
    assert len(json.loads(connected.stored())["databases"]) == 2
    connected.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    connected.context.set_offline(offline=True)
    connected.page.reload()
    connected.sees("What you see may be old")
    expect(connected.page.get_by_label("Other accounts")).to_contain_text("Not known right now")
    expect(connected.page.get_by_text("nothing waiting")).to_be_hidden()


def test_without_network_it_starts_again_and_decides_nothing(
    connected: Handset, console: TestConsole, camera: Path
) -> None:
    connected.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    request = console.delete(console.user(USER))
    connected.context.set_offline(offline=True)
    connected.page.reload()
    connected.sees("What you see may be old, and nothing can be answered")
    show(camera, request["qr"])
    connected.tap("Scan a QR code")
    connected.sees("belongs to no request that waits on this phone")
    for place, said in (
        ("#/notices", "The events cannot be read now"),
        (f"#/request/{request['id']}", "cannot be read"),
    ):
        connected.open(place)
        connected.sees(said)
    assert console.request(request["id"])["status"] == "pending"


def test_a_server_elsewhere_is_named_before_anything_is_scanned(
    handset_for: Callable[[LivingServer], Handset], server: LivingServer
) -> None:
    handset = handset_for(server)
    handset.open()
    handset.sees(f"Server: {server.url.removeprefix('http://')}")
