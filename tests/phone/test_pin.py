"""A phone without a passkey: a PIN takes its place, the server counts wrong ones, and the mark is seen."""

import socket
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.living import PASSWORD, LivingServer, TestConsole
from tests.phone.handset import Handset
from tests.phone.look import Look
from tests.proving import wait_for

USER = "mia.brandt@contoso.example"
PIN = "739154"

# Out of sight for so many seconds, and looked at again: the phone slept, and its steady clock stood still.
PUT_AWAY = """(seconds) => {
  const become = (state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const now = Date.now.bind(Date);
  become('hidden');
  Date.now = () => now() + seconds * 1000;
  become('visible');
}"""


@pytest.fixture
def server(start_server: Callable[..., LivingServer]) -> LivingServer:
    """Return a server whose origin is a number, which no passkey can be made for."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    return start_server(port=port, public_url=f"http://127.0.0.1:{port}", pin_devices="on")


def enrol(handset: Handset, console: TestConsole) -> None:
    """Connect the phone with a PIN, up to its first approval."""
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sees("The server’s address is a number and not a name")
    handset.fill("PIN for this app", PIN)
    handset.fill("The same PIN again", PIN)
    handset.sign_in()
    request = handset.confirm(console, enrolment)
    handset.type_code(request["code"])
    handset.fill("Your PIN", PIN)
    handset.tap("Approve")
    handset.heading("Approved and executed")
    handset.sees("Signed on this phone, PIN verified")
    handset.tap("Done")


def test_a_phone_with_a_pin(handset: Handset, console: TestConsole, look: Look) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    for weak, said in (
        ("12345", "6 to 12 digits"),
        ("123456", "That is a sequence"),
        ("121212", "That repeats itself"),
    ):
        handset.fill("PIN for this app", weak)
        handset.sees(said)
    handset.fill("The same PIN again", "999999")
    handset.sees("The two PINs differ")
    look.at(handset, "pin-choice")
    enrol(handset, console)
    assert console.call("GET", "/two-factor")["device"]["verification"] == "PIN"
    handset.tab("Settings")
    handset.sees("PIN")
    look.at(handset, "settings-pin")
    assert "EXTRACTABLE" not in handset.stored()
    assert PIN not in handset.stored()

    request = console.delete(console.user(USER))
    handset.page.reload()
    handset.tab("Requests")
    handset.sees("Your PIN comes first")
    expect(handset.page.get_by_text("Requests appear here")).to_be_hidden()
    look.at(handset, "pin-locked")
    handset.fill("Your PIN", "000001")
    handset.tap("Open")
    handset.sees("That is not your PIN. 4 attempts left")
    handset.fill("Your PIN", PIN)
    handset.tap("Open")
    handset.review()
    look.at(handset, "pin-request")
    expect(handset.page.get_by_role("button", name="Approve")).to_be_disabled()
    handset.type_code(request["code"])
    handset.fill("Your PIN", "000001")
    handset.tap("Approve")
    handset.sees("That is not your PIN. 4 attempts left")
    look.at(handset, "pin-wrong")
    assert console.request(request["id"])["status"] == "pending"
    handset.fill("Your PIN", PIN)
    handset.tap("Approve")
    handset.heading("Approved and executed")


def test_a_test_notification_waits_for_the_pin(handset: Handset, console: TestConsole) -> None:
    enrol(handset, console)
    handset.page.goto("about:blank")
    handset.open("#/test/tst_unknown")
    handset.sees("Type your PIN, then the console is told.")
    handset.fill("Your PIN", PIN)
    handset.tap("Open")
    handset.sees("The server knows no such test")


def test_the_pin_that_is_being_typed_is_seen_whole(handset: Handset, console: TestConsole, look: Look) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.fill("PIN for this app", PIN)
    handset.fill("The same PIN again", PIN)
    handset.sign_in()
    handset.type_code(handset.confirm(console, enrolment)["code"])
    handset.fill("Your PIN", PIN)
    field = handset.page.get_by_label("Your PIN", exact=True)
    ring = field.evaluate("(one) => parseFloat(getComputedStyle(one).outlineOffset) + 2")
    box, bar = field.bounding_box(), handset.page.locator(".answer-bar").bounding_box()
    assert box is not None
    assert bar is not None
    assert box["y"] + box["height"] + ring <= bar["y"]
    look.at(handset, "pin-typed")


def test_a_server_that_takes_no_pin_any_more_says_so_and_another_account_begins_anew(
    handset: Handset, console: TestConsole, server: LivingServer, look: Look
) -> None:
    enrol(handset, console)
    handset.tab("Settings")
    handset.tap("Add account")
    expect(handset.page.get_by_text("This phone now confirms")).to_be_hidden()
    handset.sees("Paste the link")
    server.stop()
    server.settings["COUNTERSIGN_PIN_DEVICES"] = "off"
    server.start()
    request = console.delete(console.user(USER))
    handset.page.goto(handset.home)
    handset.fill("Your PIN", PIN)
    handset.tap("Open")
    handset.tap("Review")
    handset.sees("This server does not take approvals with a PIN any more")
    expect(handset.page.get_by_role("button", name="Approve")).to_be_disabled()
    look.at(handset, "pin-not-allowed")
    handset.reject("I don’t want this")
    wait_for(lambda: console.request(request["id"])["status"] == "rejected")


def believing(route: Route) -> None:
    """Let the app believe that the server takes PINs."""
    route.fulfill(json=route.fetch().json() | {"pin": True})


def test_a_pin_that_the_server_takes_no_more_since_the_app_asked_is_refused(
    handset: Handset, console: TestConsole, server: LivingServer
) -> None:
    enrol(handset, console)
    handset.page.route("**/phone/api/v1/server", believing)
    server.stop()
    server.settings["COUNTERSIGN_PIN_DEVICES"] = "off"
    server.start()
    request = console.delete(console.user(USER))
    handset.review()
    handset.type_code(request["code"])
    handset.fill("Your PIN", PIN)
    handset.tap("Approve")
    handset.sees("This server does not take approvals with a PIN any more")
    expect(handset.page.get_by_label("Your PIN")).to_be_hidden()
    assert console.request(request["id"])["status"] == "pending"


def test_a_phone_that_was_put_away_asks_for_its_pin_and_shows_nothing(handset: Handset, console: TestConsole) -> None:
    enrol(handset, console)
    console.delete(console.user(USER))
    handset.sees(USER)
    handset.page.evaluate(PUT_AWAY, 30)
    handset.sees(USER)
    handset.page.evaluate(PUT_AWAY, 61)
    handset.sees("Your PIN comes first")
    expect(handset.page.get_by_text(USER)).to_be_hidden()
    expect(handset.page.get_by_text("Turn on two-factor")).to_be_hidden()
    handset.fill("Your PIN", PIN)
    handset.tap("Open")
    handset.sees(USER)


def test_the_fifth_wrong_pin_cuts_the_phone_off(handset: Handset, console: TestConsole) -> None:
    enrol(handset, console)
    request = console.delete(console.user(USER))
    handset.open(f"#/request/{request['id']}")
    handset.page.reload()
    for left in (4, 3, 2, 1):
        handset.fill("Your PIN", "000001")
        handset.tap("Open")
        handset.sees(f"{left} attempt")
    handset.fill("Your PIN", "000001")
    handset.tap("Open")
    handset.sees("This phone is no longer registered")
    handset.sees("its PIN was wrong too often")
    assert console.call("GET", "/two-factor")["device"] is None


def test_where_no_pin_is_allowed_it_says_what_the_server_needs(
    handset_for: Callable[[LivingServer], Handset], start_server: Callable[..., LivingServer]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = start_server(port=port, public_url=f"http://127.0.0.1:{port}")
    handset, console = handset_for(server), server.set_up()
    handset.paste(console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.sees("It needs a name and not a number")
    expect(handset.page.get_by_label("PIN for this app")).to_be_hidden()
