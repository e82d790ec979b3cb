"""Every screen of the app, seen once: accessible, large enough, whole with large type, within its security policy."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

import resources
from server import installing
from tests.living import PASSWORD, LivingServer, TestConsole
from tests.phone.browser import show
from tests.phone.handset import Handset
from tests.phone.look import MOVES, Look
from tests.phone.sealed import Sealer
from tests.phone.test_enrolling import SAFARI_TAB, TO_LINK

USER = "mia.brandt@contoso.example"
SCRIPT = "Get-Service Spooler |\n\tRestart-Service\n" + "# a line that goes on and on " * 12


def test_a_phone_that_was_cut_off(connected: Handset, server: LivingServer, look: Look) -> None:
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    connected.sees("no longer registered")
    look.at(connected, "cut-off")
    connected.tab("Events")
    connected.sees("no longer registered")
    look.at(connected, "cut-off-events")
    connected.tab("Settings")
    connected.sees("Not registered")
    look.at(connected, "cut-off-settings")


@pytest.mark.timeout(240)
def test_connecting(handset: Handset, console: TestConsole, camera: Path, look: Look) -> None:
    handset.permits("notifications", "prompt")
    handset.open()
    handset.heading("Connect this phone")
    look.at(handset, "welcome")
    show(camera, "https://elsewhere.example/phone/#a=AQ")
    handset.tap("Scan the QR code")
    handset.sees("Point the camera")
    look.at(handset, "scan")
    handset.tap("Paste the link")
    handset.fill("Link from the console", handset.home)
    handset.tap("Continue")
    handset.sees("This code only opens the app")
    look.at(handset, "paste-app-code")
    handset.fill("Link from the console", "no link of ours")
    handset.tap("Continue")
    handset.sees("This is no Countersign code")
    look.at(handset, "paste")
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.fill("Link from the console", enrolment["qr"])
    handset.tap("Continue")
    handset.heading("May this app notify you?")
    look.at(handset, "notify")
    handset.tap("Not now")
    handset.sign_in(password="something else entirely")
    handset.sees("User name or password is wrong")
    look.at(handset, "form")
    handset.fill("Name of this phone", "Mia 👨\u200d👩\u200d👧")
    handset.sees("in this name cannot be used")
    look.at(handset, "form-name")
    handset.fill("Name of this phone", "Mia’s phone")
    handset.fill("Password", PASSWORD)
    handset.tap("Connect")
    handset.digits()
    look.at(handset, "digits")
    request = handset.confirm(console, enrolment)
    handset.heading("Your account")
    look.at(handset, "confirm")
    show(camera, request["qr"])
    handset.tap("Scan the QR code in the console")
    handset.sees("Code scanned")
    look.at(handset, "scanned")
    handset.tap("Approve")
    handset.heading("Approved and executed")
    look.at(handset, "executed")


def test_a_stop_without_an_answer(handset: Handset, console: TestConsole, look: Look) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.digits()
    handset.page.route("**/phone/api/v1/*", lambda route: route.abort())
    handset.confirm(console, enrolment)
    handset.page.reload()  # else it knows that nobody had confirmed it
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.tap("Stop, this is not mine")
    handset.sees("not known whether")
    look.at(handset, "stop-unsure")


LARGE = "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%'; });"


@pytest.mark.timeout(240)
def test_with_large_type_what_decides_is_seen_at_once(
    handset: Handset, server: LivingServer, console: TestConsole, look: Look
) -> None:
    handset.context.add_init_script(LARGE)
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sign_in(password="something else entirely")
    handset.sees("4 attempts left")
    look.at_large(handset, "from-the-start-form")
    handset.tap("Connect")
    handset.sees("3 attempts left")
    look.at_large(handset, "from-the-start-form-again")
    handset.fill("Password", PASSWORD)
    handset.tap("Connect")
    handset.digits()
    look.at_large(handset, "from-the-start-digits")
    request = handset.confirm(console, enrolment)
    handset.heading("Your account")
    look.at_large(handset, "from-the-start-confirm")
    handset.approve(request["code"])
    handset.tap("Done")
    waiting = server.console(device_name="NW-LT-099").begin_sign_in()["request"]
    handset.review()
    look.at_large(handset, "from-the-start-sign-in")
    handset.approve(f"{(int(waiting['code']) + 1) % 1_000_000:06}")
    handset.sees("2 attempts left")
    look.at_large(handset, "from-the-start-wrong-code")


def test_what_moves_does_so_only_for_those_who_want_it(connected: Handset, console: TestConsole) -> None:
    console.delete(console.user(USER))
    bar = connected.page.locator(".bar > div")
    for wanted, moves in (("no-preference", "transform"), ("reduce", "all")):  # `all` in no time is nothing
        connected.page.emulate_media(reduced_motion=wanted)  # type: ignore[arg-type]
        expect(bar).to_have_css("transition-property", moves)
    assert connected.page.evaluate(MOVES) == []


def test_a_closed_question_gives_the_focus_back(connected: Handset, console: TestConsole) -> None:
    console.delete(console.user(USER))
    connected.review()
    connected.tap("Reject")
    connected.tap("Back to the request")
    expect(connected.page.get_by_role("button", name="Reject")).to_be_focused()
    connected.tap("Back")
    connected.tab("Settings")
    connected.tap("Remove from this phone…")
    connected.tap("Keep it")
    expect(connected.page.get_by_role("button", name="Remove from this phone…")).to_be_focused()


def test_a_code_pasted_as_the_console_shows_it_is_taken_whole(connected: Handset, console: TestConsole) -> None:
    console.delete(console.user(USER))
    connected.review()
    field = connected.page.get_by_label("Six digits from the console")
    field.focus()
    connected.page.keyboard.insert_text("482 913")
    expect(field).to_have_value("482913")
    connected.page.keyboard.type("7")
    expect(field).to_have_value("482913")


@pytest.mark.timeout(240)
def test_answering(connected: Handset, server: LivingServer, console: TestConsole, look: Look) -> None:
    handset = connected
    look.at(handset, "home-empty")
    laptop = server.console(device_name="NW-LT-099")
    laptop.begin_sign_in()
    console.delete(console.user(USER))
    expect(handset.page.get_by_role("button", name="Review")).to_have_count(2)
    look.at(handset, "home")
    handset.page.get_by_role("article").filter(has_text="Sign-in").get_by_role("button").click()
    handset.heading("Sign-in: is this you?")
    look.at(handset, "sign-in")
    handset.tap("Reject")
    handset.sees("Reject this request?")
    look.at(handset, "reject")
    handset.page.get_by_role("dialog").get_by_role("button", name="Not me").click()
    handset.heading("Rejected: not you")
    look.at(handset, "rejected")
    handset.tap("Done")
    handset.page.get_by_role("button", name="Rejected: not you").click()
    handset.heading("Rejected: not you")
    look.at(handset, "ended")
    handset.tap("Back")
    handset.review()
    handset.approve("000000")
    handset.sees("That is not the code")
    look.at(handset, "wrong-code")
    handset.context.set_offline(offline=True)
    handset.sees("You cannot answer while offline")
    look.at(handset, "request-offline")
    handset.tap("Back")
    handset.sees("Offline. What you see may be old")
    look.at(handset, "home-offline")
    handset.context.set_offline(offline=False)
    expect(handset.page.get_by_text("Offline.")).to_be_hidden()
    sealer = Sealer(server)
    group = [{"type": "computer", "id": f"cmp_{i}", "name": f"TAILSPIN-WS{i:03}"} for i in range(40)]
    command = {"shell": "powershell", "text": SCRIPT, "sha256": "ab" * 32}
    told = {"target": group, "parameters": {"command": command}, "consequence": "40 computers restart a service."}
    sealer.show(handset, sealer.request("req_group", **told))
    handset.open("#/request/req_group")
    handset.page.reload()
    handset.sees("Restart-Service")
    look.at(handset, "group")
    handset.open("#/request/req_unknown")
    handset.sees("The server knows no such request")
    look.at(handset, "unknown")


def test_what_is_chosen_has_words_and_behind_them_what_was_signed(
    connected: Handset, server: LivingServer, look: Look
) -> None:
    handset, sealer = connected, Sealer(server)
    given = {"role": "sub_administrator", "permissions": ["users.delete", "of.tomorrow"], "name": "provider"}
    target = [{"type": "administrator", "id": "adm_1", "name": "jonas"}]
    told = {"target": target, "parameters": given, "consequence": "jonas may do more."}
    sealer.show(handset, sealer.request("req_rights", action="administrator.create", **told))
    handset.open("#/request/req_rights")
    handset.page.reload()
    for words in ("Sub-administrator sub_administrator", "Delete users users.delete", "of.tomorrow"):
        handset.sees(words)
    expect(handset.page.get_by_text("Provider", exact=True)).to_have_count(0)  # a name is nothing that is chosen
    look.at(handset, "rights")


@pytest.mark.timeout(240)
def test_events_and_settings(connected: Handset, look: Look) -> None:
    handset = connected
    handset.permits("notifications", "prompt")
    handset.tab("Events")
    handset.sees("A phone was added")
    look.at(handset, "events")
    handset.page.get_by_role("button", name="A phone was added").click()
    handset.sees("From now on a new phone confirms")
    assert (
        handset.page.locator("dt", has_text="Phone").locator("xpath=following-sibling::dd[1]").inner_text() == "Phone"
    )
    look.at(handset, "event")
    handset.tap("Back")
    handset.tab("Settings")
    handset.sees("Allow notifications")
    handset.page.get_by_text("What it tells me").click()
    handset.sees("Notify me about")
    look.at(handset, "settings")
    handset.permits("notifications", "denied")
    handset.permits("camera", "denied")
    handset.page.reload()
    expect(handset.page.get_by_text("Blocked", exact=True)).to_have_count(2)
    look.at(handset, "settings-blocked")
    handset.tap("Remove from this phone…")
    handset.sees("Remove this account?")
    look.at(handset, "remove")
    handset.tap("Keep it")
    handset.tap("Add account")
    handset.heading("Add account")
    look.at(handset, "add")
    handset.tap("Scan the QR code Scan the QR code that it shows.")
    handset.sees("The camera is not allowed")
    look.at(handset, "camera-denied")
    handset.open("#/test/tst_unknown")
    handset.heading("Test notification")
    handset.sees("The server knows no such test")
    look.at(handset, "test")


def scan_fails(handset: Handset, script: str, said: str) -> None:
    """Scan with a camera, or a browser, that does not do its part."""
    handset.open()
    handset.page.reload()
    handset.page.evaluate(script)
    handset.tap("Scan the QR code")
    handset.sees(said)


FAILS = "() => {{ navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{}'); }}; }}"
READS_NOTHING = """() => {
  WebAssembly.instantiate = WebAssembly.instantiateStreaming = async () => { throw new Error('none'); };
}"""
GOES_AWAY = "() => document.querySelector('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"


@pytest.mark.timeout(240)
def test_a_camera_that_does_not_do(handset: Handset, look: Look) -> None:
    scan_fails(handset, FAILS.format("NotReadableError"), "Another app is using the camera")
    look.at(handset, "camera-busy")
    scan_fails(handset, FAILS.format("NotFoundError"), "No camera was found")
    look.at(handset, "camera-none")
    scan_fails(handset, FAILS.format("TypeMismatchError"), "The camera does not open")
    look.at(handset, "camera-failed")
    scan_fails(handset, READS_NOTHING, "no QR code can be read")
    look.at(handset, "camera-unreadable")
    scan_fails(handset, "0", "Point the camera")
    handset.until(lambda: bool(handset.page.evaluate("document.querySelector('video').srcObject !== null")))
    handset.page.evaluate(GOES_AWAY)
    handset.sees("The camera has stopped")
    look.at(handset, "camera-ended")


def test_a_browser_that_keeps_nothing(handset: Handset, look: Look) -> None:
    handset.context.add_init_script("indexedDB.open = () => { throw new DOMException('', 'SecurityError'); }")
    handset.open()
    handset.sees("as in a private window")
    look.at(handset, "no-storage")


def test_the_page_that_installs_the_authority(handset: Handset, look: Look) -> None:
    body = installing.page("https://console.northwind.example:8443", ":".join(["AB"] * 32))
    headers = installing.HEADERS | {"Content-Type": "text/html; charset=utf-8"}
    handset.page.route("http://install.example/", lambda route: route.fulfill(body=body, headers=headers))
    handset.page.goto("http://install.example/")
    handset.heading("Let this phone connect")
    look.at(handset, "authority")


# Each file of `screens/`, and a look that has it.
SHOWN_BY = {
    "add": "add",
    "answer": "sign-in",
    "claim-form": "form",
    "code-panel": "wrong-code",
    "details-view": "group",
    "digits": "digits",
    "done": "executed",
    "history": "home",
    "home": "home-empty",
    "install": "install",
    "no-storage": "no-storage",
    "notice": "event",
    "notices": "events",
    "notify-step": "notify",
    "paste": "paste",
    "pin-choice": "pin-choice",
    "reject-dialog": "reject",
    "request": "ended",
    "scan": "scan",
    "settings": "settings",
    "settings-account": "cut-off-settings",
    "settings-permissions": "settings-blocked",
    "test": "test",
    "welcome": "welcome",
}


def test_no_screen_is_without_a_look() -> None:
    files = {file.stem for file in resources.path("phone", "src", "screens").glob("*.tsx")}
    assert set(SHOWN_BY) == files, "a new screen is looked at too"
    words = json.loads(resources.path("translations", "en.json").read_text(encoding="utf-8"))
    cameras = {f"camera-{key.rpartition('.')[2]}" for key in words if key.startswith("phone.camera.")}
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    looks = set(re.findall(r'look\.at\(\w+, "([^"]+)"\)', tests))
    assert not (set(SHOWN_BY.values()) | cameras) - looks


def test_a_tab_of_safari(handset_for: Callable[[LivingServer], Handset], server: LivingServer, look: Look) -> None:
    handset = handset_for(server)
    handset.context.add_init_script(SAFARI_TAB)
    handset.open()
    handset.heading("Add it to the home screen first")
    look.at(handset, "install")
