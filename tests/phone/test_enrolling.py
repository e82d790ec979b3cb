"""Connecting a phone: by camera, by link, and the ways in which it must not work."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from server.contract.problem import Problem
from server.protocol import EnrolmentQR
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.phone.browser import show
from tests.phone.handset import Handset

SAFARI_TAB = """
  Object.defineProperty(navigator, 'standalone', { value: false });
  Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)' });
"""

HIDES_ITS_LOCK = """
  Object.defineProperty(navigator, 'standalone', { value: true });
  Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)' });
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => false;
"""

GETS_A_LOCK = """
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => window.lock === true;
"""
BECOME = """(state) => {
  window.lock = true;
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def begin(console: TestConsole) -> dict[str, str]:
    """Show a QR code in the console."""
    enrolment: dict[str, str] = console.call("POST", "/enrolments", {"password": PASSWORD})
    return enrolment


def test_a_phone_is_connected_by_its_camera(handset: Handset, console: TestConsole, camera: Path) -> None:
    enrolment = begin(console)
    show(camera, enrolment["qr"])
    handset.open()
    handset.tap("Scan the QR code")
    handset.sign_in()
    request = handset.confirm(console, enrolment)
    handset.heading("Your account")
    handset.approve(request["code"])
    handset.heading("Approved and executed")
    two_factor = console.call("GET", "/two-factor")
    assert two_factor["enabled"]
    assert two_factor["device"]["verification"]
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "active"


def test_a_phone_is_connected_by_a_pasted_link_after_a_wrong_password(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in(password="something else entirely")
    handset.sees("User name or password is wrong")
    handset.fill("Password", PASSWORD)
    handset.tap("Connect")
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")


def test_wrong_passwords_are_counted_and_the_fifth_ends_it(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in(password="something else entirely")
    for left in ("4 attempts", "3 attempts", "2 attempts", "1 attempt"):
        handset.sees(f"{left} left")
        handset.tap("Connect")
    handset.sees("wrong five times, so the QR code is void")
    expect(handset.page.get_by_label("Password")).to_be_hidden()
    expect(handset.page.locator(".top-time")).to_be_hidden()
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "void"


HOLD = """() => {
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  crypto.subtle.digest = (...given) => {
    crypto.subtle.digest = digest;
    return new Promise((resolve) => { window.release = () => resolve(digest(...given)); });
  };
}"""


def test_the_name_that_was_typed_last_counts_whatever_is_computed_last(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.fill("Name of this phone", "Any")
    handset.page.evaluate(HOLD)
    handset.fill("Name of this phone", "Early")
    handset.until(lambda: bool(handset.page.evaluate("'release' in window")))
    handset.fill("Name of this phone", "Late")
    expect(handset.page.get_by_label("Name of this phone")).to_have_value("Late")
    handset.page.evaluate("release()")
    handset.sign_in()
    assert len(handset.digits()) == 6
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["device_name"] == "Late"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_a_proxy_says_uses_up_no_attempt_and_ends_nothing(
    handset: Handset, console: TestConsole, status: int
) -> None:
    asks = True

    def between(route: Route) -> None:
        if asks:
            route.fulfill(status=status, body="a page of the proxy")
        else:
            route.continue_()

    for part in ("server", "enrolments/**"):
        handset.page.route(f"**/phone/api/v1/{part}", between)
    handset.paste(begin(console)["qr"])
    handset.sees("The server does not answer")
    asks = False
    handset.tap("Try again")
    expect(handset.page.get_by_label("User name")).to_be_visible(timeout=15_000)
    asks = True
    handset.sign_in()
    handset.sees("The server cannot take it right now")
    expect(handset.page.get_by_text("attempts left")).to_be_hidden()
    asks = False
    handset.tap("Connect")
    assert len(handset.digits()) == 6


def test_attempts_that_somebody_else_used_up_are_told_as_the_server_counts_them(
    handset: Handset, console: TestConsole
) -> None:
    lefts = iter((1, 0))

    def counted(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        answer = route.fetch()
        assert answer.status == HTTPStatus.UNAUTHORIZED
        told = answer.json() | {"attempts_left": next(lefts)}
        return route.fulfill(response=answer, json=told)

    handset.page.route("**/phone/api/v1/enrolments/*", counted)
    handset.paste(begin(console)["qr"])
    handset.sign_in(password="something else entirely")
    handset.sees("1 attempt left")
    handset.tap("Connect")
    handset.sees("wrong five times, so the QR code is void")


def test_the_apps_own_code_is_told_from_the_one_to_scan(handset: Handset, console: TestConsole, camera: Path) -> None:
    show(camera, handset.home)
    handset.open()
    handset.tap("Scan the QR code")
    handset.sees("This code only opens the app, and it is open. Go on in the console")
    handset.tap("Paste the link")
    for link in (handset.home, handset.home.removesuffix("/"), handset.page.url):
        handset.fill("Link from the console", "no link of ours")
        handset.tap("Continue")
        handset.sees("This is no Countersign code")
        handset.fill("Link from the console", link)
        handset.tap("Continue")
        handset.sees("This code only opens the app")
    handset.fill("Link from the console", "https://elsewhere.example/phone/")
    handset.tap("Continue")
    handset.sees("This code is for the address elsewhere.example. To use it, open the app there")
    show(camera, begin(console)["qr"])
    handset.tap("Back")
    expect(handset.page.get_by_label("User name")).to_be_visible()


def test_a_link_opened_from_elsewhere_begins_and_leaves_no_secret_in_the_address(
    handset: Handset, console: TestConsole
) -> None:
    enrolment = begin(console)
    handset.page.goto(enrolment["qr"])
    handset.heading("Add account")
    expect(handset.page.get_by_label("User name")).to_be_visible()
    assert handset.page.url == f"{handset.home}#/add"
    handset.page.go_back()
    assert "#e=" not in handset.page.url


def test_a_link_that_was_cut_short_says_so(handset: Handset) -> None:
    handset.page.goto(f"{handset.home}#e=AQ")
    handset.sees("The link that was opened is cut short or changed")
    handset.tap("Back")
    handset.heading("Connect this phone")


def test_a_tab_of_safari_leads_to_the_home_screen_and_uses_nothing_up(handset: Handset, console: TestConsole) -> None:
    handset.context.add_init_script(SAFARI_TAB)
    asked: list[str] = []
    handset.page.on("request", lambda request: asked.append(request.url))
    handset.page.goto(begin(console)["qr"])
    handset.heading("Add it to the home screen first")
    assert "#e=" not in handset.page.url
    called = {url.partition("/phone/api/v1")[2] for url in asked if "/phone/api/" in url}
    assert called <= {"/server"}, "that a phone got through is told, and nothing of the code"


def test_digits_survive_a_closed_app(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    digits = handset.digits()
    handset.open()
    handset.page.reload()
    handset.tap("Finish")
    assert handset.digits() == digits
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")


def kept(handset: Handset) -> list[str]:
    """Return the enrolments whose accounts are stored and wait for their confirmation."""
    accounts = json.loads(handset.stored())["databases"]
    return [account["binding"]["enrolment"] for account in accounts if account["binding"]]


def never_shown(link: str) -> str:
    """Return a link that parses, for the same server, of an enrolment that it never began."""
    return replace(EnrolmentQR.parse(link), eid=secrets.token_bytes(16)).text()


# As the system's camera does where the app is open.
TO_LINK = "(link) => { location.hash = new URL(link).hash; }"


def test_the_same_code_again_leaves_what_was_typed(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.page.goto(enrolment["qr"])
    handset.fill("User name", "half typ")
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.page.wait_for_url("**/#/add")
    expect(handset.page.get_by_label("User name")).to_have_value("half typ")


def test_the_same_code_again_leads_to_the_digits_in_this_tab_and_in_others(
    handset: Handset, console: TestConsole
) -> None:
    enrolment = begin(console)
    earlier = handset.context.new_page()
    earlier.goto(handset.home)
    expect(earlier.get_by_role("heading", name="Connect this phone")).to_be_visible()
    handset.page.bring_to_front()  # a passkey is made for the tab that is seen
    handset.page.goto(enrolment["qr"])
    handset.sign_in()
    digits = handset.digits()
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.page.wait_for_url("**/#/add")
    assert handset.digits() == digits
    handset.page.goto("about:blank")
    handset.page.goto(enrolment["qr"])
    assert handset.digits() == digits
    later = handset.context.new_page()
    later.goto(enrolment["qr"])
    earlier.evaluate(TO_LINK, enrolment["qr"])
    for page in (earlier, later):
        expect(page.locator(".sas")).to_have_text(digits)
    assert len(kept(handset)) == 1
    handset.page.bring_to_front()
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")


def test_a_code_that_comes_to_nothing_takes_no_claimed_phone_away(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    digits = handset.digits()
    handset.page.goto("about:blank")
    handset.page.goto(never_shown(enrolment["qr"]))
    handset.sees("The server does not know this QR code")
    assert len(kept(handset)) == 1
    handset.tap("Close")
    handset.tap("Finish")
    assert handset.digits() == digits
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")


def colleague_of(console: TestConsole, server: LivingServer) -> tuple[TestConsole, str]:
    """Invite b.okafor, who signs in at another console; that one, and the grant for a phone."""
    colleague = {"username": "b.okafor", "email": "b@northwind.example", "role": "provider"}
    invitation = console.call("POST", "/actions/administrator.create", {"parameters": colleague})["result"][
        "invitation"
    ]
    other = server.console(device_name="NW-LT-200")
    grant = other.call("POST", "/invitations", {"invitation": invitation, "password": PASSWORD})["grant"]
    other.sign_in("b.okafor", PASSWORD)
    return other, str(grant)


def test_a_code_that_is_opened_again_after_it_was_left_leads_back_to_where_it_stands(
    handset: Handset, console: TestConsole
) -> None:
    handset.page.route("**/phone/api/v1/requests", lambda route: route.abort())  # the old phone's, at a change
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    digits, request = handset.digits(), handset.confirm(console, enrolment)
    handset.sees("If another phone confirms this one")
    handset.tap("Back")
    handset.heading("Waiting for you")
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.sees("If another phone confirms this one")
    expect(handset.page.locator(".sas")).to_have_text(digits)
    handset.page.unroute_all()
    handset.approve(request["code"])
    handset.heading("Approved and executed")


def test_stop_throws_no_keys_away_while_the_server_may_have_confirmed_them(
    handset: Handset, console: TestConsole
) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.digits()
    handset.page.route("**/phone/api/v1/*", lambda route: route.abort())
    request = handset.confirm(console, enrolment)
    handset.page.reload()
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.tap("Stop, this is not mine")
    handset.sees("not known whether")
    handset.tap("Try again")
    handset.sees("not known whether")
    handset.tap("Close")
    handset.heading("Waiting for you")
    handset.page.unroute_all()
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.approve(request["code"])
    handset.heading("Approved and executed")


@pytest.mark.parametrize(("heard", "again"), [(False, True), (True, False), (True, True)])
def test_stop_whose_answer_was_lost_is_looked_after(
    handset: Handset, console: TestConsole, *, heard: bool, again: bool
) -> None:
    handset.page.route("**/phone/api/v1/requests", lambda route: route.abort())  # the old phone's, at a change
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.digits()
    handset.confirm(console, enrolment)
    handset.sees("If another phone confirms this one")

    def lose(route: Route) -> None:
        if heard and route.request.method == "DELETE":
            route.fetch()
        route.abort()

    handset.page.route("**/phone/api/v1/*", lose)
    handset.tap("Stop, this is not mine")
    handset.sees("not known whether")
    assert len(kept(handset)) == 1
    assert (console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "stopped") is heard
    handset.page.unroute("**/phone/api/v1/*")
    if again:
        handset.tap("Try again")
    handset.sees("The server no longer takes this phone")
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "stopped"
    assert kept(handset) == []


@pytest.mark.parametrize("compared", [False, True], ids=["claimed", "confirmed"])
def test_stop_ends_it_at_the_server_too(handset: Handset, console: TestConsole, *, compared: bool) -> None:
    handset.page.route("**/phone/api/v1/requests", lambda route: route.abort())  # the old phone's, at a change
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.digits()
    if compared:
        handset.confirm(console, enrolment)
        handset.sees("If another phone confirms this one")
    handset.tap("Stop, this is not mine")
    handset.sees("The server no longer takes this phone")
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "stopped"
    assert kept(handset) == []
    handset.tap("Close")
    handset.sees("Paste the link")


def test_stop_without_an_answer_throws_keys_away_that_nobody_has_confirmed(
    handset: Handset, console: TestConsole
) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    with handset.page.expect_response("**/phone/api/v1/device"):
        handset.sign_in()
    handset.digits()
    handset.page.route("**/phone/api/v1/*", lambda route: route.abort())
    handset.tap("Stop, this is not mine")
    handset.sees("stop it in the console too")
    assert kept(handset) == []
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "claimed"


def test_stop_that_comes_too_late_says_so_and_takes_nothing_away(handset: Handset, console: TestConsole) -> None:
    old = console.protect()
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    change = handset.confirm(console, enrolment)
    handset.sees("If another phone confirms this one")
    handset.page.route(
        "**/phone/api/v1/device", lambda route: route.continue_() if route.request.method == "DELETE" else route.abort()
    )
    assert old.approve(change["id"], change["code"]) == "executed"
    handset.tap("Stop, this is not mine")
    handset.sees("Too late to stop")
    handset.page.unroute_all()
    handset.tap("Close")
    handset.heading("Waiting for you")
    assert len(json.loads(handset.stored())["databases"]) == 1


def test_a_code_that_is_opened_again_leads_to_its_own_account_where_two_wait(
    handset: Handset, server: LivingServer, console: TestConsole
) -> None:
    other, grant = colleague_of(console, server)
    first = begin(console)
    handset.paste(first["qr"])
    handset.sign_in()
    request = handset.confirm(console, first)
    handset.heading("Your account")
    second = other.call("POST", "/enrolments", {"password": PASSWORD, "grant": grant})
    handset.page.evaluate(TO_LINK, second["qr"])
    handset.sign_in(username="b.okafor")
    digits = handset.digits()
    handset.page.evaluate(TO_LINK, first["qr"])
    handset.heading("Your account")
    handset.page.evaluate(TO_LINK, second["qr"])
    assert handset.digits() == digits
    handset.page.evaluate(TO_LINK, first["qr"])
    handset.approve(request["code"])
    handset.heading("Approved and executed")


def test_a_claimed_phone_makes_room_once_another_is_claimed(
    handset: Handset, server: LivingServer, console: TestConsole
) -> None:
    other, grant = colleague_of(console, server)
    begun = begin(console)
    handset.paste(begun["qr"])
    handset.sign_in()
    digits, first = handset.digits(), kept(handset)
    enrolment = other.call("POST", "/enrolments", {"password": PASSWORD, "grant": grant})
    handset.page.goto(enrolment["qr"])
    expect(handset.page.get_by_label("User name")).to_be_visible()
    handset.tap("Back")
    handset.tap("Finish")
    assert handset.digits() == digits
    assert kept(handset) == first
    handset.page.goto(enrolment["qr"])
    handset.sign_in(username="b.okafor")
    handset.until(lambda: len(kept(handset)) == 1 and kept(handset) != first)
    with pytest.raises(Problem):
        console.call("POST", f"/enrolments/{begun['id']}/confirm", {"sas": digits})
    handset.approve(handset.confirm(other, enrolment)["code"])
    handset.heading("Approved and executed")


def test_wrong_digits_three_times_end_the_connection_and_its_keys(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    wrong = f"{(int(handset.digits()) + 1) % 1_000_000:06}"
    for _ in range(3):
        console.raw("POST", f"/enrolments/{enrolment['id']}/confirm", {"sas": wrong})
    handset.sees("This connection has ended")
    assert '"databases":[]' in handset.stored()


def test_a_rejected_first_request_leaves_no_phone(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.confirm(console, enrolment)
    handset.heading("Your account")
    handset.reject("I don’t want this")
    handset.heading("Rejected")
    assert not console.call("GET", "/two-factor")["enabled"]


def test_a_used_code_and_a_code_of_another_server_are_refused(handset: Handset, console: TestConsole) -> None:
    first = begin(console)
    begin(console)
    handset.paste(first["qr"])
    handset.sees("This QR code was used, has expired, or was stopped")
    handset.paste(first["qr"].replace("localhost", "localhost.example"))
    handset.sees("This code is for the address localhost.example:")


def test_a_server_with_another_key_gets_no_password(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    posted: list[str] = []

    def altered(route: Route) -> None:
        posted.append(route.request.method)
        body = bytearray(route.fetch().body())
        body[-1] ^= 1
        route.fulfill(body=bytes(body), content_type="application/octet-stream")

    handset.page.route("**/phone/api/v1/enrolments/*", altered)
    handset.paste(enrolment["qr"])
    handset.sees("The server’s key does not match the QR code")
    assert posted == ["GET"]


def test_a_name_that_the_server_refuses_is_mended_at_its_field(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.fill("User name", USERNAME)
    handset.fill("Password", PASSWORD)
    field = handset.page.get_by_label("Name of this phone")
    field.fill("Mia 👨\u200d👩\u200d👧")
    expect(field).to_have_accessible_description(re.compile(r"^⟨U\+200D⟩ in this name cannot be used"))
    expect(handset.page.get_by_role("button", name="Connect")).to_be_disabled()
    field.fill("Mia")
    expect(field).to_have_accessible_description("")
    # A server that knows other characters than this phone's browser.
    told = {"status": 400, "code": "device_name", "title": "Not this name"}
    handset.page.route(
        "**/phone/api/v1/enrolments/*",
        lambda route: route.fulfill(status=400, json=told) if route.request.method == "POST" else route.continue_(),
    )
    handset.tap("Connect")
    expect(field).to_have_accessible_description(re.compile("The server does not take this name"))
    handset.page.unroute_all()
    field.fill("Mia’s phone")
    expect(field).to_have_accessible_description("")
    handset.tap("Connect")
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")
    assert console.call("GET", "/two-factor")["device"]["name"] == "Mia’s phone"


def test_each_step_is_heard(handset: Handset, console: TestConsole) -> None:
    handset.page.route("**/phone/api/v1/requests", lambda route: route.abort())  # the old phone's, at a change
    focused = handset.page.locator(":focus")
    handset.permits("notifications", "prompt")
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    expect(focused).to_have_text("May this app notify you?")
    handset.tap("Not now")
    expect(focused).to_have_text("Sign in once, so that a QR code alone is worth nothing.")
    handset.sign_in()
    digits = handset.digits()
    expect(focused).to_have_text("Type these digits into the console")
    expect(focused).to_have_accessible_description(" ".join(digits))
    handset.confirm(console, enrolment)
    expect(handset.page.locator("ol[aria-live]")).to_contain_text("The digits match")


def test_an_owner_who_does_not_unlock_sends_nothing(handset: Handset, console: TestConsole) -> None:
    enrolment = begin(console)
    handset.unlocks(able=False)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.sees("The screen lock was not confirmed")
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "pending"
    handset.unlocks(able=True)
    handset.tap("Connect")
    assert len(handset.digits()) == len("123456")


@pytest.mark.parametrize("pins", [False, True])
def test_an_iphone_without_a_lock_is_told_so_and_offered_a_pin_where_it_may_have_one(
    start_server: Callable[..., LivingServer], handset_for: Callable[[LivingServer], Handset], *, pins: bool
) -> None:
    server = start_server(pin_devices="on" if pins else "off")
    console, handset = server.set_up(), handset_for(server)
    handset.context.add_init_script(HIDES_ITS_LOCK)
    handset.unlocks(able=False)
    handset.paste(begin(console)["qr"])
    handset.sign_in()
    handset.sees("If this phone has none, better set one up" if pins else "If this phone has none, set one up")
    expect(handset.page.get_by_label("PIN for this app")).to_have_count(1 if pins else 0)
    handset.unlocks(able=True)  # there is one by now
    if pins:
        handset.tap("Try the screen lock again")
    handset.fill("Password", "mistyped, so that the form comes back")
    handset.tap("Connect")
    handset.sees("attempts left")
    expect(handset.page.get_by_text("was not confirmed")).to_have_count(0)
    handset.fill("Password", PASSWORD)
    handset.tap("Connect")
    assert len(handset.digits()) == len("123456")


@pytest.mark.parametrize("pins", [False, True])
def test_who_sets_a_lock_up_and_comes_back_needs_no_pin(
    start_server: Callable[..., LivingServer], handset_for: Callable[[LivingServer], Handset], *, pins: bool
) -> None:
    server = start_server(pin_devices="on" if pins else "off")
    console, handset = server.set_up(), handset_for(server)
    handset.context.add_init_script(GETS_A_LOCK)
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sees("This phone has no screen lock")
    expect(handset.page.get_by_label("PIN for this app")).to_have_count(1 if pins else 0)
    for state in ("hidden", "visible"):
        handset.page.evaluate(BECOME, state)
    expect(handset.page.get_by_text("This phone has no screen lock")).to_have_count(0)
    handset.sign_in()
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")
    assert console.call("GET", "/two-factor")["device"]["verification"] == "webauthn"


def test_a_phone_that_loses_its_connection_while_the_digits_are_compared_says_so(
    handset: Handset, console: TestConsole
) -> None:
    enrolment = begin(console)
    handset.paste(enrolment["qr"])
    handset.sign_in()
    handset.digits()
    handset.context.set_offline(True)
    handset.sees("No connection to the server at the moment")
    handset.context.set_offline(False)
    expect(handset.page.get_by_text("No connection to the server")).to_have_count(0)
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.heading("Approved and executed")


def test_an_add_screen_that_was_left_after_a_failure_offers_the_next_code(
    handset: Handset, console: TestConsole
) -> None:
    enrolment = begin(console)
    console.call("DELETE", f"/enrolments/{enrolment['id']}")
    handset.paste(enrolment["qr"])
    expect(handset.page.get_by_role("button", name="Close")).to_be_visible()
    handset.page.get_by_role("button", name="Back").click()
    handset.open("#/add")
    handset.sees("Paste the link")


def test_a_first_request_that_expires_is_told_for_what_it_is(
    start_server: Callable[..., LivingServer], handset_for: Callable[[LivingServer], Handset]
) -> None:
    server = start_server(request_lifetime=10)
    console, handset = server.set_up(), handset_for(server)
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sign_in()
    request = handset.confirm(console, enrolment)
    handset.until(lambda: console.request(request["id"])["status"] == "expired")
    handset.sees("the request that would have registered it has ended")
