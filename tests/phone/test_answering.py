"""Answering requests: approved, rejected, too late, wrong, and what the console sees of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from server.contract.problem import Problem
from server.services.quieting import MUTED_FOR
from tests.living import LivingServer, TestConsole
from tests.phone.browser import show
from tests.phone.handset import Handset

USER = "mia.brandt@contoso.example"


def test_an_action_is_approved_with_the_six_digits(connected: Handset, console: TestConsole) -> None:
    user = console.user(USER)
    request = console.delete(user)
    connected.review()
    connected.sees(USER)
    for shown in (request["summary"], request["ip"], "NW-LT-014", "Countersign 0.1 test", "user_only"):
        connected.sees(shown)
    connected.approve(request["code"])
    connected.heading("Approved and executed")
    assert console.request(request["id"])["status"] == "executed"
    with pytest.raises(Problem):
        console.call("GET", f"/users/{user}")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, "nf", "The server did not take the answer"),
        (403, "no", "The server did not take the answer"),
        (200, '{"status": "weird"}', "No answer from the server"),
    ],
)
def test_what_a_proxy_answers_in_between_ends_no_request(
    connected: Handset, console: TestConsole, status: int, body: str, said: str
) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.page.route("**/decision", lambda route: route.fulfill(status=status, body=body))
    connected.approve(request["code"])
    connected.sees(said)
    connected.page.unroute_all(behavior="wait")
    connected.tap("Approve")
    connected.heading("Approved and executed")


def test_an_answer_that_counted_is_not_said_to_be_lost(connected: Handset, console: TestConsole) -> None:
    """A proxy gave up waiting for the server, which had carried it out already."""
    request = console.delete(console.user(USER))
    connected.review()

    answered = False

    def lost(route: Route) -> None:
        nonlocal answered
        if route.request.url.endswith("/decision"):
            answered = True  # from here on nothing else tells the phone how it went
            route.fetch()
        if answered:
            route.fulfill(status=502, body="Bad Gateway")
        else:
            route.continue_()

    connected.page.route(re.compile(r"/phone/api/v1/requests"), lost)
    connected.approve(request["code"])
    connected.sees("Your answer may have reached it")
    assert console.request(request["id"])["status"] == "executed"
    connected.page.unroute_all(behavior="wait")
    connected.sees("Approved and carried out")


def test_an_account_that_was_removed_in_another_window_answers_nothing_here(
    connected: Handset, console: TestConsole
) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.type_code(request["code"])
    here, connected.page = connected.page, connected.context.new_page()
    connected.open()
    connected.tab("Settings")
    connected.tap("Remove from this phone…")
    connected.tap("Remove the account")
    expect(here.get_by_role("button", name="Approve", exact=True)).to_be_hidden(timeout=15_000)
    assert console.request(request["id"])["status"] == "pending"


def test_data_is_not_said_to_be_gone_before_it_is(connected: Handset, console: TestConsole) -> None:
    request = console.ask("user.delete", user=console.user(USER), mode="user_and_data")
    connected.review()
    connected.approve(request["code"])
    connected.heading("Approved, the data will be deleted")
    expect(connected.page.get_by_text("Executed")).to_have_count(0)
    connected.tap("Done")
    connected.page.get_by_role("button", name="Delete user").click()
    connected.sees("the console shows when")


def test_an_action_is_approved_by_scanning_the_dialog(connected: Handset, console: TestConsole, camera: Path) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    show(camera, request["qr"])
    connected.tap("Scan instead")
    connected.sees("Code scanned")
    connected.tap("Approve")
    connected.heading("Approved and executed")
    assert console.request(request["id"])["status"] == "executed"


def test_the_code_of_another_request_is_not_taken(connected: Handset, console: TestConsole, camera: Path) -> None:
    console.delete(console.user(USER))
    connected.review()
    other = console.delete(console.user("oskar.lind@fabrikam.example"))
    show(camera, other["qr"])
    connected.tap("Scan instead")
    connected.sees("This QR code belongs to another request")


def test_a_confirmation_link_fills_nothing_in(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.page.goto(request["qr"])
    connected.heading("Waiting for you")
    assert connected.page.url == f"{connected.home}#/"
    connected.review()
    expect(connected.page.get_by_label("Six digits from the console")).to_have_value("")
    expect(connected.page.get_by_role("button", name="Approve")).to_be_disabled()


@pytest.mark.parametrize(
    ("tapped", "reason", "said"),
    [("I don’t want this", "cancelled", "Rejected"), ("Not me", "not_me", "Rejected: not you")],
)
def test_a_request_is_rejected_without_unlocking(
    connected: Handset, server: LivingServer, console: TestConsole, tapped: str, reason: str, said: str
) -> None:
    other = server.console()
    waiting = other.begin_sign_in()
    connected.unlocks(able=False)
    connected.review()
    connected.reject(tapped)
    connected.heading(said)
    assert console.raw("GET", "/me").ok
    (event,) = [each for each in console.audit(event="request:rejected") if each["request"] == waiting["request"]["id"]]
    assert event["reason"] == reason


def test_closing_the_question_rejects_nothing(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.tap("Reject")
    expect(connected.page.get_by_role("dialog")).to_be_visible()
    connected.page.keyboard.press("Enter")
    connected.page.keyboard.press("Escape")
    expect(connected.page.get_by_role("dialog")).to_be_hidden()
    connected.type_code(request["code"])
    connected.page.keyboard.press("Enter")
    expect(connected.page.get_by_role("button", name="Approve")).to_be_enabled()
    assert console.request(request["id"])["status"] == "pending"


def test_a_sign_in_is_asked_as_a_question_and_approved(connected: Handset, server: LivingServer) -> None:
    laptop = server.console(device_name="NW-LT-099")
    waiting = laptop.begin_sign_in()
    connected.review()
    connected.heading("Sign-in: is this you?")
    connected.sees("Somebody with your password wants to sign in as")
    connected.sees("NW-LT-099")
    connected.approve(waiting["request"]["code"])
    connected.heading("Approved and executed")
    assert laptop.complete(waiting["wait_token"])["token"]


def test_the_third_wrong_code_voids_the_request(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    wrong = f"{(int(request['code']) + 1) % 1_000_000:06}"
    connected.review()
    connected.approve(wrong)
    connected.sees("2 attempts left")
    connected.approve(wrong)
    connected.sees("1 attempt left")
    connected.approve(wrong)
    connected.heading("Not executed")
    connected.sees("A wrong code was typed three times.")
    expect(connected.page.get_by_text("or what it was about has changed")).to_be_hidden()
    assert console.request(request["id"])["status"] == "void"


def test_an_owner_who_does_not_unlock_approves_nothing(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.unlocks(able=False)
    connected.review()
    connected.approve(request["code"])
    connected.sees("The screen lock was not confirmed")
    connected.sees("If the phone offers no passkey, connect it again")  # which some phones report just so
    assert console.request(request["id"])["status"] == "pending"
    connected.unlocks(able=True)
    connected.tap("Approve")
    connected.heading("Approved and executed")


def test_an_expired_request_says_so_and_cannot_be_answered(
    handset_for: Callable[[LivingServer], Handset], start_server: Callable[..., LivingServer]
) -> None:
    server = start_server(request_lifetime=10)
    console = server.set_up()
    handset = handset_for(server)
    handset.protect(console)
    request = console.delete(console.user(USER))
    handset.review()
    handset.sees("Nobody answered in time")
    expect(handset.page.get_by_role("button", name="Approve")).to_be_hidden()
    handset.until(lambda: console.request(request["id"])["status"] == "expired")


def test_a_request_that_was_withdrawn_says_so_by_itself(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    console.call("POST", f"/requests/{request['id']}/cancel")
    connected.sees("The request was withdrawn")
    expect(connected.page.get_by_role("button", name="Approve")).to_be_hidden()


def test_a_target_that_changed_is_told_as_not_executed(connected: Handset, console: TestConsole) -> None:
    user = console.user(USER)
    request = console.delete(user)
    connected.review()
    console.call("PATCH", f"/users/{user}", {"username": "mia.renamed@contoso.example"})
    connected.approve(request["code"])
    connected.heading("Not executed")
    assert console.request(request["id"])["status"] == "void"


def test_what_was_answered_leaves_no_step_behind_for_the_back_button(connected: Handset, console: TestConsole) -> None:
    connected.open()
    before = connected.page.evaluate("navigation.currentEntry.key")
    for name in ("a", "b", "c"):
        request = console.delete(console.user(f"{name}@contoso.example"))
        connected.review()
        connected.approve(request["code"])
        connected.page.get_by_role("button", name="Done").evaluate("(it) => { it.click(); it.click(); }")
        connected.sees("Nothing is waiting")
        assert connected.page.evaluate("navigation.currentEntry.key") == before


def test_what_was_scanned_and_answered_leaves_no_step_behind_either(
    connected: Handset, console: TestConsole, camera: Path
) -> None:
    connected.open()
    request = console.delete(console.user(USER))
    connected.sees(USER)
    before = connected.page.evaluate("navigation.currentEntry.key")
    show(camera, request["qr"])
    connected.tap("Scan a QR code")
    connected.sees("Code scanned")
    connected.tap("Approve")
    connected.heading("Approved and executed")
    connected.tap("Done")
    connected.sees("Nothing is waiting")
    assert connected.page.evaluate("navigation.currentEntry.key") == before


def test_history_is_read_again_with_its_details(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.approve(request["code"])
    connected.tap("Done")
    connected.page.reload()
    connected.page.get_by_role("button", name="Delete user").click()
    connected.sees(USER)
    connected.sees("Approved and carried out")


def test_what_others_wrote_is_shown_and_not_obeyed(connected: Handset, console: TestConsole) -> None:
    written = '<b onclick="x">bold</b> \u00e9\u202eevil'
    body = {"parameters": {"user": console.user(USER), "mode": "user_only"}, "reason": written}
    answer = console.raw("POST", "/actions/user.delete", body)
    if answer.status_code == 422:
        body["reason"] = written.replace("\u202e", "")
        console.call("POST", "/actions/user.delete", body)
    connected.review()
    connected.sees('<b onclick="x">bold</b>')
    expect(connected.page.locator("bdi b")).to_have_count(0)


def test_what_became_void_says_why(connected: Handset, console: TestConsole) -> None:
    user = console.user(USER)
    request = console.delete(user)
    connected.review()
    console.call("PATCH", f"/users/{user}", {"name": "Mia Berg"})
    connected.approve(request["code"])
    connected.heading("Not executed")
    connected.sees("What it is about has changed since.")
    expect(connected.page.get_by_text("Something had changed")).to_be_hidden()


def open_history(handset: Handset, action: str) -> None:
    """Open what was answered."""
    handset.page.get_by_role("listitem").get_by_role("button", name=action).first.click()


def test_what_was_rejected_as_not_mine_is_told_so_afterwards(connected: Handset, server: LivingServer) -> None:
    server.console(device_name="NW-LT-099").begin_sign_in()
    connected.review()
    connected.sees("Approve only if you are sitting at it")
    connected.sees("Whoever asked can work")
    connected.reject("Not me")
    connected.tap("Done")
    open_history(connected, "Rejected: not you")
    connected.heading("Rejected: not you")
    connected.sees("If somebody knows your password, change it")
    for said in ("is this you?", "Approve only if", "wants to sign in", "Whoever asked can work"):
        expect(connected.page.get_by_text(said)).to_be_hidden()


def test_not_me_says_what_has_ended_and_that_the_phone_is_silent(
    connected: Handset, server: LivingServer, console: TestConsole
) -> None:
    minutes = f"{MUTED_FOR // timedelta(minutes=1)} minutes"
    server.console(device_name="NW-LT-099").begin_sign_in()
    connected.review()
    connected.tap("Reject")
    connected.sees("The attempt ends at once")
    connected.sees(f"do not wake this phone for {minutes}")
    expect(connected.page.get_by_text("a session or an API key")).to_be_hidden()
    connected.page.get_by_role("dialog").get_by_role("button", name="Not me").click()
    connected.sees("Nobody is signed in: the attempt has ended")
    connected.sees(f"For {minutes} requests of this account do not wake this phone")
    connected.tap("Done")
    connected.tab("Events")
    connected.page.get_by_role("button", name="Somebody tapped “Not me”").click()
    connected.sees("You answered a request with “Not me”")
    expect(connected.page.get_by_text("Talk to the owner")).to_be_hidden()
    console.delete(console.user(USER))
    connected.tap("Back")
    connected.tab("Requests")
    connected.review()
    connected.tap("Reject")
    connected.sees("a session or an API key, ends at once")
    connected.page.get_by_role("dialog").get_by_role("button", name="Not me").click()
    connected.sees("a session or an API key, has ended")
    connected.tap("Done")
    connected.sees("Notifications are silent until")
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    connected.sees("This phone is no longer registered")
    expect(connected.page.get_by_text("Notifications are silent until")).to_be_hidden()


def test_not_me_claims_nothing_where_the_request_was_void_already(connected: Handset, console: TestConsole) -> None:
    console.delete(console.user(USER))
    connected.review()
    answer = {"status": "void", "void_reason": "target_changed"}
    connected.page.route("**/decision", lambda route: route.fulfill(json=answer))
    connected.reject("Not me")
    connected.heading("Not executed")
    connected.sees("Nothing is carried out.")
    for said in ("has ended", "do not wake this phone"):
        expect(connected.page.get_by_text(said)).to_be_hidden()


@pytest.mark.parametrize(("reason", "said"), [("not_me", "Rejected: not you"), ("cancelled", "Rejected")])
def test_how_it_was_rejected_is_taken_from_the_server_that_tells_it(
    connected: Handset, server: LivingServer, reason: str, said: str
) -> None:
    server.console(device_name="NW-LT-099").begin_sign_in()
    connected.review()
    connected.reject("I don’t want this")
    connected.heading("Rejected")

    def telling(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for item in told.get("requests", [told]):
            item["reject_reason"] = reason if item["status"] == "rejected" else None
        route.fulfill(response=answer, json=told)

    connected.page.route(re.compile(r"/phone/api/v1/requests"), telling)
    connected.tap("Done")
    connected.page.reload()
    open_history(connected, "Sign in")
    expect(connected.page.get_by_role("heading", name=said, exact=True)).to_be_visible()
    expect(connected.page.get_by_text("Approve only if")).to_be_hidden()


def test_a_void_request_whose_reason_is_not_told_says_what_it_may_be(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    voided = {"status": "void", "void_reason": None}
    connected.page.route(
        f"**/phone/api/v1/requests/{request['id']}",
        lambda route: route.fulfill(json=route.fetch().json() | voided),
    )
    connected.page.reload()
    connected.heading("Not executed")
    connected.sees("the code was wrong three times, or what it was about has changed")


def test_an_unknown_request_leads_to_what_waits(connected: Handset, console: TestConsole) -> None:
    connected.open("#/request/req_of_nobody")
    connected.sees("The server knows no such request for this phone.")
    console.delete(console.user(USER))
    connected.tap("See what waits")
    connected.heading("Waiting for you")
    connected.review()


def test_a_request_that_cannot_be_read_now_is_tried_again(connected: Handset) -> None:
    refused = re.compile(r"/phone/api/v1/requests/")
    connected.page.route(refused, lambda route: route.abort())
    connected.open("#/request/req_of_nobody")
    connected.sees("cannot be read now")
    connected.page.unroute(refused)
    connected.tap("Try again")
    connected.sees("The server knows no such request for this phone.")
