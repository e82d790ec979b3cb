"""What the phone keeps, what it must not keep, and what it says without a network or an account."""

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.phone.handset import STORED, Handset
from tests.phone.test_pin import PUT_AWAY

USER = "mia.brandt@contoso.example"


def test_the_watch_for_forbidden_content_does_watch(handset: Handset) -> None:
    handset.open()
    handset.heading("Connect this phone")
    handset.page.evaluate("document.head.append(document.createElement('style')), document.images.length")
    handset.page.evaluate("fetch('https://elsewhere.example/').catch(() => 0)")
    handset.until(lambda: any("connect-src" in error for error in handset.errors))
    handset.errors.clear()


@pytest.mark.row("OB-7")
def test_keys_are_kept_where_no_program_reads_them(connected: Handset) -> None:
    connected.page.wait_for_function(f"({STORED})().then((kept) => kept.includes('\"binding\":null'))")
    kept = json.loads(connected.stored())
    (account,) = kept["databases"]
    assert account["dsk"]["private"] == account["dhk"]["private"] == "key"
    assert account["binding"] is None
    assert kept["local"] == kept["session"] == {}
    assert kept["cookie"] == ""


@pytest.mark.row("SE-7")
def test_requests_passwords_and_tokens_are_not_stored(connected: Handset, console: TestConsole) -> None:
    tokens: list[str] = []
    connected.page.on("request", lambda request: tokens.append(request.headers.get("authorization", "")))
    request = console.delete(console.user(USER))
    connected.review()
    connected.sees(USER)
    kept = connected.stored()
    for secret in (USER, PASSWORD, request["id"], request["code"], request["summary"]):
        assert secret not in kept
    assert any(tokens)
    assert not any(token.removeprefix("Bearer ") in kept for token in tokens if token)
    assert "/phone/api/" not in kept


def test_without_network_the_app_starts_and_says_that_it_cannot_answer(
    connected: Handset, console: TestConsole
) -> None:
    connected.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    request = console.delete(console.user(USER))
    connected.review()
    connected.type_code(request["code"])
    expect(connected.page.get_by_role("button", name="Approve")).to_be_enabled()
    connected.context.set_offline(offline=True)
    connected.sees("You cannot answer while offline")
    for name in ("Reject", "Scan instead", "Approve"):
        expect(connected.page.get_by_role("button", name=name)).to_be_disabled()
    connected.open()
    connected.page.reload()
    connected.sees("What you see may be old, and nothing can be answered")
    connected.context.set_offline(offline=False)
    connected.review()


@pytest.mark.parametrize("event", ["online", "focus", "pageshow", "none"])
def test_events_opened_without_an_answer_are_read_again_by_themselves(connected: Handset, event: str) -> None:
    refused = re.compile(r"/phone/api/v1/notices")
    if event == "online":
        connected.context.set_offline(offline=True)
    else:
        connected.page.route(refused, lambda route: route.abort())
    connected.tab("Events")
    connected.sees("The events cannot be read now")
    if event == "online":
        connected.context.set_offline(offline=False)
    else:
        connected.page.unroute(refused)
        connected.page.evaluate("(name) => name !== 'none' && dispatchEvent(new Event(name))", event)
    expect(connected.page.get_by_text("A phone was added").first).to_be_visible(timeout=20_000)
    expect(connected.page.get_by_text("The events cannot be read now")).to_be_hidden()


def test_an_event_that_is_not_in_the_list_yet_is_read_before_anything_is_said_of_it(connected: Handset) -> None:
    """A push tells of it at once, and the app that lay open has read its list before."""
    connected.tab("Events")
    connected.sees("A phone was added")
    held: list[Route] = []
    released = False

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    connected.page.route("**/phone/api/v1/notices", hold)
    connected.open("#/notices/not_of_nobody")
    expect(connected.page.locator(".skeleton")).to_be_visible()
    expect(connected.page.get_by_text("The server lists no such event")).to_be_hidden()
    connected.until(lambda: bool(held))
    released = True
    for route in held:
        route.continue_()
    connected.sees("The server lists no such event")


def test_a_revoked_phone_says_so_and_offers_to_forget(connected: Handset, console: TestConsole) -> None:
    request = console.ask("two_factor.disable")
    connected.review()
    connected.approve(request["code"])
    connected.heading("Approved and executed")
    connected.tap("Done")
    connected.sees("This phone is no longer registered")
    connected.tap("Remove the account from this phone")
    connected.heading("Connect this phone")
    assert json.loads(connected.stored())["databases"] == []


def test_a_phone_that_slept_listens_anew(connected: Handset, console: TestConsole) -> None:
    console.delete(console.user(USER))
    connected.sees(USER)  # heard over the stream, which is open
    with connected.page.expect_request("**/phone/api/v1/events"):
        connected.page.evaluate(PUT_AWAY, 25)


def test_the_server_hears_of_a_phone_whose_app_needs_no_download(handset: Handset) -> None:
    handset.open()
    handset.heading("Connect this phone")
    handset.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    with handset.page.expect_request("**/phone/api/v1/server"):
        handset.page.reload()


def test_a_server_that_is_away_while_a_request_is_open_is_told(
    connected: Handset, console: TestConsole, server: LivingServer
) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    server.stop()
    connected.sees("The server does not answer, so nothing can be answered now")
    expect(connected.page.get_by_role("button", name="Reject")).to_be_disabled()
    server.start()
    expect(connected.page.get_by_role("button", name="Reject")).to_be_enabled(timeout=20_000)
    connected.approve(request["code"])
    connected.heading("Approved and executed")


def test_a_proxy_that_answers_for_a_server_that_is_away_is_no_answer(connected: Handset, console: TestConsole) -> None:
    console.delete(console.user(USER))
    connected.review()
    connected.page.route("**/phone/api/**", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    console.delete(console.user("kofi.mensah@litware.example"))  # so that the phone reads its list
    connected.sees("The server does not answer, so nothing can be answered now")
    connected.page.unroute_all(behavior="ignoreErrors")
    expect(connected.page.get_by_text("The server does not answer")).to_be_hidden(timeout=20_000)
    connected.heading("Action: delete user")


def test_a_phone_whose_address_is_served_no_more_says_so(connected: Handset, console: TestConsole) -> None:
    refusal = {"status": 400, "code": "unknown_host", "title": "This server does not go by that name"}
    connected.page.route(
        "**/phone/api/**",
        lambda route: route.fulfill(status=400, content_type="application/problem+json", body=json.dumps(refusal)),
    )
    console.delete(console.user(USER))
    for tab in ("Requests", "Events"):
        connected.tab(tab)
        connected.sees("is no longer how this server is reached")
        connected.sees("enrol this phone again with a new QR code from the console")
    connected.open("#/notices/not_of_nobody")  # as the last push leads there
    connected.heading("Event")
    connected.sees("is no longer how this server is reached")
    expect(connected.page.get_by_text("cannot be read now")).to_have_count(0)
    connected.page.unroute_all(behavior="ignoreErrors")
    connected.open()
    connected.page.reload()
    connected.sees("1 pending")
    expect(connected.page.get_by_text("no longer how this server")).to_be_hidden()


def test_a_phone_that_was_cut_off_says_one_thing_everywhere(
    connected: Handset, console: TestConsole, server: LivingServer
) -> None:
    console.delete(console.user(USER))
    connected.sees("1 pending")
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    for _ in range(2):  # as it was open, and begun anew
        connected.sees("This phone is no longer registered with Northwind Managed Services for the account amelia.hart")
        connected.sees("enrol it with a new QR code from the console")
        connected.sees("Nothing arrives for this account")
        for said in ("1 pending", "1 waiting", "Not known right now", "Requests appear here"):
            expect(connected.page.get_by_text(said)).to_be_hidden()
        connected.tab("Events")
        connected.sees("This phone is no longer registered")
        connected.tab("Settings")
        connected.sees("Not registered")
        connected.sees("enrol it with a new QR code from the console")
        expect(connected.page.get_by_text("What it tells me")).to_be_hidden()
        connected.tap("Remove from this phone…")
        connected.sees("They open nothing any more")
        connected.tap("Keep it")
        connected.open("#/test/tst_of_nobody")
        connected.sees("The console could not be told: the server no longer knows this phone.")
        connected.sees("This phone is no longer registered")
        connected.open("#/request/req_of_nobody")
        connected.sees("enrol it with a new QR code from the console")
        for again in (False, True):
            connected.open("#/notices/not_of_nobody")
            if again:
                connected.page.reload()
            connected.sees("This phone is no longer registered")
            connected.sees("enrol it with a new QR code from the console")
            for said in ("No connection to the server", "The server lists no such event"):
                expect(connected.page.get_by_text(said)).to_be_hidden()
        connected.open()
        connected.page.reload()


def disabled(route: Route) -> None:
    """Answer as the server does while the account is disabled."""
    if route.request.url.endswith("/sessions"):
        refusal = {"status": 403, "code": "account_disabled", "title": "This account is disabled"}
    else:
        refusal = {"status": 401, "code": "phone_session_ended", "title": "This phone is not signed in"}
    told = json.dumps(refusal)
    route.fulfill(status=int(str(refusal["status"])), content_type="application/problem+json", body=told)


def test_a_disabled_account_is_told_as_that_and_goes_on_once_it_is_enabled(
    connected: Handset, console: TestConsole
) -> None:
    said = "The account amelia.hart at Northwind Managed Services is disabled"
    request = console.delete(console.user(USER))
    connected.review()
    connected.page.route(re.compile("/phone/api/v1/requests/.*/decision"), disabled)
    connected.page.route("**/phone/api/v1/sessions", disabled)
    connected.reject("I don’t want this")
    connected.sees("Your account is disabled")
    connected.page.route(re.compile("/phone/api/v1/(requests|device|notices|events)"), disabled)
    connected.page.evaluate("dispatchEvent(new Event('focus'))")
    connected.sees(said)
    expect(connected.page.get_by_text("Check the connection")).to_be_hidden()
    connected.open(f"#/request/{request['id']}")
    connected.page.reload()
    connected.sees(said)
    connected.tap("See what waits")
    for tab in ("Requests", "Events", "Settings"):
        connected.tab(tab)
        connected.sees(said)
        for untrue in ("1 pending", "The server answered with an error", "no longer registered"):
            expect(connected.page.get_by_text(untrue)).to_be_hidden()
    connected.page.unroute_all(behavior="ignoreErrors")
    connected.tab("Requests")
    connected.sees("1 pending")


def test_a_phone_that_is_taken_again_goes_on_hearing_what_changes(connected: Handset, console: TestConsole) -> None:
    refusal = {"status": 401, "code": "phone_session_ended", "title": "This phone is not signed in"}
    connected.page.route(
        "**/phone/api/**",
        lambda route: route.fulfill(status=401, content_type="application/problem+json", body=json.dumps(refusal)),
    )
    console.delete(console.user(USER))  # so that the phone reads its list
    connected.sees("This phone is no longer registered")
    connected.page.unroute_all(behavior="ignoreErrors")
    connected.page.evaluate("dispatchEvent(new Event('focus'))")
    connected.sees("1 pending")
    console.delete(console.user("kofi.mensah@litware.example"))
    connected.sees("2 pending")


def test_an_account_that_is_enrolled_anew_is_here_once(connected: Handset, console: TestConsole) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    connected.open("#/paste")
    connected.fill("Link from the console", enrolment["qr"])
    connected.tap("Continue")
    connected.sign_in()
    request = connected.confirm(console, enrolment)
    connected.open("#/")
    connected.review()
    connected.approve(request["code"])
    connected.heading("Approved and executed")
    connected.open("#/settings")
    expect(connected.page.get_by_text("amelia.hart")).to_have_count(1)
    connected.open("#/")
    connected.sees("Nothing is waiting")
    expect(connected.page.get_by_text("no longer registered")).to_have_count(0)
    user = console.delete(console.user(USER))
    connected.review()
    connected.approve(user["code"])
    connected.heading("Approved and executed")


def test_an_account_is_removed_only_after_a_question(connected: Handset) -> None:
    connected.tap("Settings")
    connected.tap("Remove from this phone…")
    connected.tap("Keep it")
    connected.sees("Northwind Managed Services")
    connected.tap("Remove from this phone…")
    connected.tap("Remove the account")
    expect(connected.page.get_by_text("Northwind Managed Services")).to_be_hidden()


# As once after an update of the system: the storage does not open, and later it does.
UNOPENED = """(() => {
  const open = indexedDB.open.bind(indexedDB);
  let broken = true;
  IDBFactory.prototype.open = (...args) => {
    if (!broken) return open(...args);
    broken = false;
    throw new DOMException('', 'UnknownError');
  };
})()"""


def test_a_storage_that_failed_once_is_asked_again(connected: Handset, console: TestConsole) -> None:
    connected.context.add_init_script(UNOPENED)
    connected.page.reload()
    connected.heading("Nothing can be kept here")
    connected.tap("Try again")
    console.delete(console.user(USER))
    connected.sees(USER)


def test_connect_that_is_tapped_twice_claims_once(handset: Handset, console: TestConsole) -> None:
    handset.paste(console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.fill("User name", USERNAME)
    handset.fill("Password", PASSWORD)
    connect = handset.page.get_by_role("button", name="Connect", exact=True)
    expect(connect).to_be_enabled()
    handset.page.evaluate(COUNT_PASSKEYS)
    connect.evaluate("(button) => { button.click(); button.click(); }")
    handset.digits()
    assert handset.page.evaluate("window.passkeys") == 1


COUNT_PASSKEYS = """() => {
  const create = navigator.credentials.create.bind(navigator.credentials);
  window.passkeys = 0;
  navigator.credentials.create = (options) => { window.passkeys += 1; return create(options); };
}"""
UNDELETED = "void (IDBObjectStore.prototype.delete = () => { throw new DOMException('', 'UnknownError'); })"


def test_an_account_that_the_storage_does_not_delete_is_still_there_and_works(
    connected: Handset, console: TestConsole
) -> None:
    connected.page.evaluate(UNDELETED)
    connected.tab("Settings")
    connected.tap("Remove from this phone…")
    connected.tap("Remove the account")
    connected.sees("This phone’s storage did not delete the keys")
    request = console.delete(console.user(USER))
    connected.tab("Requests")
    connected.review()
    connected.approve(request["code"])
    connected.heading("Approved and executed")


def test_digits_go_with_the_keys_that_they_were_to_confirm(handset: Handset, console: TestConsole) -> None:
    handset.paste(console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.sign_in()
    handset.digits()
    handset.tap("Back")
    handset.tab("Settings")
    handset.tap("Remove from this phone…")
    handset.tap("Remove the account")
    expect(handset.page.get_by_text("Northwind Managed Services")).to_be_hidden()
    handset.page.evaluate("location.hash = '#/add'")
    handset.sees("Paste the link")
    expect(handset.page.get_by_text("Type these digits into the console")).to_be_hidden()


def test_a_request_that_the_server_did_not_sign_is_not_shown(connected: Handset, console: TestConsole) -> None:
    def altered(text: str) -> str:
        return re.sub(r'("sealed": ?".{40})(.)', lambda found: found[1] + ("A" if found[2] != "A" else "B"), text)

    connected.page.route(
        re.compile(r"/phone/api/v1/requests"),
        lambda route: route.fulfill(body=altered(route.fetch().text()), content_type="application/json"),
    )
    console.delete(console.user(USER))
    connected.sees("A request that cannot be trusted")
    connected.tap("Why?")
    connected.sees("cannot be approved here")
    expect(connected.page.get_by_role("button", name="Approve")).to_be_hidden()
    expect(connected.page.get_by_text(USER)).to_be_hidden()


# Every key is taken, and then the phone's storage cannot keep it.
UNKEPT = """(() => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...args) {
    const asked = put.apply(this, args);
    asked.addEventListener('success', () => this.transaction.abort());
    return asked;
  };
})()"""


def test_keys_that_the_storage_took_and_could_not_keep_are_no_keys(handset: Handset, console: TestConsole) -> None:
    handset.context.add_init_script(UNKEPT)
    handset.paste(console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.sign_in()
    handset.sees("This phone could not finish the connection")
    expect(handset.page.get_by_text("Type these digits into the console")).to_be_hidden()
    assert json.loads(handset.stored())["databases"] == []
